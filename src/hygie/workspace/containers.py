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
from dataclasses import dataclass, field
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
    damage: list[UnreadableError] = field(default_factory=list)


@dataclass(frozen=True)
class _Context:
    """What holds for a whole file: its bounds, its name, and the damage met while its streams are read."""

    limits: Limits
    path: str
    damage: list[UnreadableError]

    def label(self, name: str) -> str:
        return f"{self.path}:{name}" if name else self.path


class Bounded(io.RawIOBase):
    """A stream that gives up past its size or ratio, and ends where the packed data is cut or damaged.

    What stands before the damage is good evidence: it is read, and the damage is told in `context.damage`.
    """

    def __init__(self, inner: Any, beneath: Any, packed: int, context: _Context, name: str) -> None:
        self._inner = inner
        self._beneath = beneath
        self._read = getattr(inner, "read1", inner.read)  # `read` would lose what it held before the damage
        self._limit = min(context.limits.size, max(FREE, packed * context.limits.ratio))
        self._context = context
        self._name = context.label(name)
        self._seen = 0
        self._over = False

    def readable(self) -> bool:
        """Always: there is nothing to write to."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer`; an over-long stream raises `UnreadableError`, a damaged one ends."""
        data = b"" if self._over else self._next(len(buffer))
        self._seen += len(data)
        if self._seen > self._limit:
            raise UnreadableError(
                f"expected at most {self._limit} bytes once unpacked",
                where=self._name,
                hint="if the file is sound, raise maximum_file or maximum_ratio in hygie.yaml",
            )
        buffer[: len(data)] = data
        return len(data)

    def _next(self, size: int) -> bytes:
        try:
            return bytes(self._read(size))
        except UnreadableError:
            raise
        except Exception as error:  # zlib, lzma, zstd and tar each have their own way to say "broken"
            self._over = True
            message = f"expected a whole compressed stream, found it cut or damaged after {self._seen} bytes"
            hint = "copy or export the file again"
            fault = UnreadableError(f"{message} ({type(error).__name__})", where=self._name, hint=hint)
            self._context.damage.append(fault)
            return b""

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
    context = _Context(limits or Limits(), path.name, [])
    yield from _unwrap("", lambda: path.open("rb"), size, 0, context)


def is_open_xml(names: list[str]) -> bool:
    """Whether the names of a zip are those of a spreadsheet or a text document, which readers open themselves."""
    return any(name.startswith(OPEN_XML) for name in names[:50])


def _unwrap(name: str, opener: Opener, size: int, depth: int, context: _Context) -> Iterator[Member]:
    try:
        with opener() as stream:
            head = stream.read(512)
    except UnreadableError as error:
        yield Member(name, opener, refusal=error)
        return
    form = _form(head)
    if form and depth >= DEPTH:
        message = f"expected at most {DEPTH} archives in one another"
        refusal = UnreadableError(message, hint="unpack the archive and drop what it holds")
        yield Member(name, opener, refusal=refusal)
    elif form in ("gzip", "zstd"):
        yield from _unwrap(name, _decompressed(form, opener, size, name, context), -1, depth + 1, context)
    elif form == "zip":
        yield from _zip(name, opener, size, depth, context)
    elif form == "tar":
        yield from _tar(name, opener, depth, context)
    else:
        yield Member(name, opener, size, damage=context.damage)


def _form(head: bytes) -> str:
    if head[:2] == b"\x1f\x8b":
        return "gzip"
    if head[:4] == b"\x28\xb5\x2f\xfd":
        return "zstd"
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return "zip"
    return "tar" if head[257:262] == b"ustar" else ""


def _decompressed(form: str, opener: Opener, packed: int, name: str, context: _Context) -> Opener:
    def open_stream() -> BinaryIO:
        raw = opener()
        inner: Any
        if form == "gzip":
            inner = gzip.GzipFile(fileobj=raw)
        else:
            inner = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True)
        bounded = Bounded(inner, raw, packed if packed > 0 else context.limits.size, context, name)
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
    parts = name.replace("\\", "/").split("/")
    return name.startswith(("/", "\\")) or ".." in parts or "\x00" in name or ":" in name[:3]


def _zip(name: str, opener: Opener, size: int, depth: int, context: _Context) -> Iterator[Member]:
    try:
        packed = _seekable(opener, context.label(name))
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
            yield Member(name, opener, size, damage=context.damage)
            return
        for entry in entries[:MEMBERS]:
            yield from _zip_entry(archive, entry, _join(name, entry.filename), depth, context)
        if len(entries) > MEMBERS:
            yield Member(_join(name, "…"), opener, refusal=UnreadableError(f"expected at most {MEMBERS} members"))


def _zip_entry(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, depth: int, context: _Context
) -> Iterator[Member]:
    def open_entry() -> BinaryIO:
        try:
            raw = archive.open(entry)
        except (RuntimeError, NotImplementedError, zipfile.BadZipFile, OSError) as error:
            hint = "export it without a password" if entry.flag_bits & 1 else "copy or export the archive again"
            raise UnreadableError(f"expected a readable member ({error})", where=name, hint=hint) from None
        return cast("BinaryIO", io.BufferedReader(Bounded(raw, None, entry.compress_size, context, name), 256 * 1024))

    if _unsafe(entry.filename):
        hint = "the archive may be hostile: check where it comes from"
        refusal = UnreadableError("expected a member name without `..` or root", hint=hint)
        yield Member(name, open_entry, refusal=refusal)
    else:
        yield from _unwrap(name, open_entry, entry.file_size, depth + 1, context)


def _tar(name: str, opener: Opener, depth: int, context: _Context) -> Iterator[Member]:
    try:
        packed = _seekable(opener, context.label(name))
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
            label = _join(name, entry.name.encode("utf-8", "replace").decode())  # a name may be in any encoding
            if _unsafe(entry.name):
                refusal = UnreadableError("expected a member name without `..` or root")
                yield Member(label, opener, refusal=refusal)
                continue
            yield from _unwrap(label, _tar_opener(archive, entry), entry.size, depth + 1, context)


def _tar_opener(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> Opener:
    def open_entry() -> BinaryIO:
        stream = archive.extractfile(entry)
        if stream is None:
            raise UnreadableError("expected a plain file in the archive", where=entry.name)
        return cast("BinaryIO", stream)

    return open_entry
