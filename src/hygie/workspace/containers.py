"""Open what files come wrapped in: gzip, Zstandard, zip, tar, up to three deep, bounded, never written to disk.

A reader sees plain streams. A member is named by its chain, `inner.zip/conn.log`; the name of a single compressed
stream is dropped, since it holds nothing else (`conn.log.gz` has the member "").
"""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import zstandard

from hygie.errors import UnreadableError

DEPTH = 3
MEMBERS = 20_000
SPOOL = 512 * 1024 * 1024
FREE = 64 * 1024 * 1024  # the ratio is judged only past this size: small logs compress well
OPEN_XML = ("xl/", "word/", "ppt/", "content.xml", "mimetype", "META-INF/", "[Content_Types].xml")

Opener = Callable[[], BinaryIO]


@dataclass(frozen=True)
class Limits:
    """How much one file may become once unpacked: `size` bytes per stream, `ratio` times its packed size."""

    size: int = 64 * 1024**3
    ratio: int = 400


@dataclass(frozen=True)
class Member:
    """One plain stream of a file, or the reason why it cannot be had."""

    name: str
    open: Opener
    size: int = -1
    refusal: UnreadableError | None = None


class Bounded(io.RawIOBase):
    """A stream that gives up, with a clear error, past its size or ratio, or where the packed data is broken."""

    def __init__(self, inner: Any, packed: int, limits: Limits, name: str, beneath: BinaryIO | None = None) -> None:
        self._inner = inner
        self._beneath = beneath
        self._limit = min(limits.size, max(FREE, packed * limits.ratio))
        self._name = name
        self._seen = 0

    def readable(self) -> bool:
        """Always: there is nothing to write to."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer`; a damaged or over-long stream raises `UnreadableError`."""
        try:
            data = self._inner.read(len(buffer))
        except UnreadableError:
            raise
        except Exception as error:  # zlib, lzma, zstd and tar each have their own way to say "broken"
            raise UnreadableError(
                f"expected a whole compressed stream, found it cut or damaged after {self._seen} bytes"
                f" ({type(error).__name__})",
                where=self._name,
                hint="copy or export the file again",
            ) from None
        self._seen += len(data)
        if self._seen > self._limit:
            raise UnreadableError(
                f"expected at most {self._limit} bytes once unpacked",
                where=self._name,
                hint="if the file is sound, raise maximum_file or maximum_ratio in hygie.yaml",
            )
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Close this stream and what it reads from."""
        if not self.closed:
            self._inner.close()
            if self._beneath is not None:
                self._beneath.close()
        super().close()


def members(path: Path, limits: Limits | None = None) -> Iterator[Member]:
    """All plain streams of a file, in the order of the archive.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "a.gz").write_bytes(gzip.compress(b"hello"))
    >>> [member] = members(folder / "a.gz")
    >>> with member.open() as stream:
    ...     member.name, stream.read()
    ('', b'hello')
    """
    size = path.stat().st_size
    yield from _unwrap("", lambda: path.open("rb"), size, limits or Limits(), 0, path.name)


def is_open_xml(names: list[str]) -> bool:
    """Whether the names of a zip are those of a spreadsheet or a text document, which readers open themselves."""
    return any(name.startswith(OPEN_XML) for name in names[:50])


def _unwrap(name: str, opener: Opener, size: int, limits: Limits, depth: int, path: str) -> Iterator[Member]:
    try:
        with opener() as stream:
            head = stream.read(512)
    except UnreadableError as error:
        yield Member(name, opener, refusal=error)
        return
    form = _form(head)
    if form and depth >= DEPTH:
        hint = "unpack the archive and drop what it holds"
        yield Member(
            name, opener, refusal=UnreadableError(f"expected at most {DEPTH} archives in one another", hint=hint)
        )
    elif form in ("gzip", "zstd"):
        label = path if not name else f"{path}:{name}"
        yield from _unwrap(name, _decompressed(form, opener, size, limits, label), -1, limits, depth + 1, path)
    elif form == "zip":
        yield from _zip(name, opener, size, limits, depth, path)
    elif form == "tar":
        yield from _tar(name, opener, limits, depth, path)
    else:
        yield Member(name, opener, size)


def _form(head: bytes) -> str:
    if head[:2] == b"\x1f\x8b":
        return "gzip"
    if head[:4] == b"\x28\xb5\x2f\xfd":
        return "zstd"
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return "zip"
    return "tar" if head[257:262] == b"ustar" else ""


def _decompressed(form: str, opener: Opener, packed: int, limits: Limits, label: str) -> Opener:
    def open_stream() -> BinaryIO:
        raw = opener()
        inner: Any
        if form == "gzip":
            inner = gzip.GzipFile(fileobj=raw)
        else:
            inner = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True)
        bounded = Bounded(inner, packed if packed > 0 else limits.size, limits, label, raw)
        return cast("BinaryIO", io.BufferedReader(bounded, 256 * 1024))

    return open_stream


def _seekable(opener: Opener, label: str) -> BinaryIO:
    """Zip and tar need to jump about: a packed stream is unpacked in memory, within a bound."""
    stream = opener()
    if stream.seekable() and not isinstance(getattr(stream, "raw", None), Bounded):
        return stream
    with stream:
        data = stream.read(SPOOL + 1)
    if len(data) > SPOOL:
        raise UnreadableError(
            f"expected an inner archive of at most {SPOOL} bytes", where=label, hint="unpack it first"
        )
    return io.BytesIO(data)


def _join(outer: str, inner: str) -> str:
    return f"{outer}/{inner}" if outer else inner


def _unsafe(name: str) -> bool:
    return (
        name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or "\x00" in name or ":" in name[:3]
    )


def _zip(name: str, opener: Opener, size: int, limits: Limits, depth: int, path: str) -> Iterator[Member]:
    try:
        packed = _seekable(opener, path)
    except UnreadableError as error:
        yield Member(name, opener, refusal=error)
        return
    with packed:
        try:
            archive = zipfile.ZipFile(packed)
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            hint = "copy or export the archive again"
            yield Member(name, opener, refusal=UnreadableError(f"expected a whole zip archive ({error})", hint=hint))
            return
        if is_open_xml([entry.filename for entry in entries]):
            yield Member(name, opener, size)
            return
        for entry in entries[:MEMBERS]:
            yield from _zip_entry(archive, entry, _join(name, entry.filename), limits, depth, path)
        if len(entries) > MEMBERS:
            yield Member(_join(name, "…"), opener, refusal=UnreadableError(f"expected at most {MEMBERS} members"))


def _zip_entry(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, limits: Limits, depth: int, path: str
) -> Iterator[Member]:
    def open_entry() -> BinaryIO:
        try:
            raw = archive.open(entry)
        except (RuntimeError, NotImplementedError, zipfile.BadZipFile, OSError) as error:
            hint = "export it without a password" if entry.flag_bits & 1 else "copy or export the archive again"
            raise UnreadableError(f"expected a readable member ({error})", where=name, hint=hint) from None
        bounded = Bounded(raw, entry.compress_size, limits, f"{path}:{name}")
        return cast("BinaryIO", io.BufferedReader(bounded, 256 * 1024))

    if _unsafe(entry.filename):
        hint = "the archive may be hostile: check where it comes from"
        yield Member(
            name, open_entry, refusal=UnreadableError("expected a member name without `..` or root", hint=hint)
        )
    else:
        yield from _unwrap(name, open_entry, entry.file_size, limits, depth + 1, path)


def _tar(name: str, opener: Opener, limits: Limits, depth: int, path: str) -> Iterator[Member]:
    try:
        packed = _seekable(opener, path)
    except UnreadableError as error:
        yield Member(name, opener, refusal=error)
        return
    with packed:
        try:
            archive = tarfile.open(fileobj=packed)  # noqa: SIM115 (its file is closed above)
            entries = [entry for entry in archive if entry.isfile()]
        except (tarfile.TarError, OSError, ValueError, EOFError) as error:
            yield Member(name, opener, refusal=UnreadableError(f"expected a whole tar archive ({error})"))
            return
        for entry in entries[:MEMBERS]:
            label = _join(name, entry.name)
            if _unsafe(entry.name):
                refusal = UnreadableError("expected a member name without `..` or root")
                yield Member(label, opener, refusal=refusal)
                continue
            yield from _unwrap(label, _tar_opener(archive, entry), entry.size, limits, depth + 1, path)


def _tar_opener(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> Opener:
    def open_entry() -> BinaryIO:
        stream = archive.extractfile(entry)
        if stream is None:
            raise UnreadableError("expected a plain file in the archive", where=entry.name)
        return cast("BinaryIO", stream)

    return open_entry
