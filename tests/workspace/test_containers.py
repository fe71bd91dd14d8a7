"""What files come wrapped in: opened within bounds, or refused with a reason; nothing is written to disk."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest
import zstandard

from hygie.errors import UnreadableError
from hygie.workspace.containers import Limits, members


def contents(path: Path, limits: Limits | None = None) -> dict[str, bytes | str]:
    """Every member with its bytes, or with the start of the reason why it cannot be read."""
    found: dict[str, bytes | str] = {}
    for member in members(path, limits):
        try:
            if member.refusal is not None:
                raise member.refusal
            with member.open() as stream:
                found[member.name] = stream.read()
            if member.damage:
                raise member.damage[-1]
        except UnreadableError as error:
            found[member.name] = error.message
    return found


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_plain_and_single_streams_have_no_member_name(tmp_path: Path) -> None:
    for name, data in {
        "a.log": b"line\n",
        "a.log.gz": gzip.compress(b"line\n"),
        "wrong.txt": zstandard.ZstdCompressor().compress(b"line\n"),
    }.items():
        assert contents(write(tmp_path, name, data)) == {"": b"line\n"}


def test_archives_in_archives_are_named_by_their_chain(tmp_path: Path) -> None:
    inner = zipped({"conn.log": b"1", "b/dns.log.gz": gzip.compress(b"2")})
    path = write(tmp_path, "triage.zip", zipped({"été/inner.zip": inner, "x": b"3"}))
    assert contents(path) == {"été/inner.zip/conn.log": b"1", "été/inner.zip/b/dns.log.gz": b"2", "x": b"3"}


def test_tar_members(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, data in (("logs/a", b"1"), ("../evil", b"2")):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    found = contents(write(tmp_path, "a.tar.gz", buffer.getvalue()))
    assert found["logs/a"] == b"1"
    assert "`..`" in str(found["../evil"])


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a/../../b", "C:\\x"])
def test_hostile_member_names_are_refused_and_the_rest_is_read(tmp_path: Path, name: str) -> None:
    found = contents(write(tmp_path, "a.zip", zipped({name: b"1", "good": b"2"})))
    assert found.pop("good") == b"2"
    assert ["`..` or root" in str(reason) for reason in found.values()] == [True]


def test_a_bomb_is_refused_by_its_ratio(tmp_path: Path) -> None:
    bomb = gzip.compress(bytes(80 * 1024 * 1024), 9)
    path = write(tmp_path, "bomb.gz", bomb)
    assert "once unpacked" in str(contents(path, Limits(ratio=100))[""])


def test_archives_too_deep_are_refused(tmp_path: Path) -> None:
    data = b"x"
    for _ in range(5):
        data = zipped({"in.zip": data})
    [reason] = contents(write(tmp_path, "deep.zip", data)).values()
    assert "in one another" in str(reason)


@pytest.mark.parametrize("cut", [1, 10, 40])
def test_cut_streams_tell_where(tmp_path: Path, cut: int) -> None:
    whole = gzip.compress(bytes(range(256)) * 40)
    assert "cut or damaged" in str(contents(write(tmp_path, "a.gz", whole[:-cut]))[""])


def test_what_stands_before_the_damage_is_read(tmp_path: Path) -> None:
    text = "".join(f"line {n}\n" for n in range(20_000)).encode()
    [member] = members(write(tmp_path, "a.gz", gzip.compress(text)[:-2000]))
    with member.open() as stream:
        kept = stream.read()
    assert len(kept) > 1000
    assert text.startswith(kept)
    assert len(member.damage) == 1


def test_a_cut_zip_and_a_locked_member(tmp_path: Path) -> None:
    assert "whole zip" in str(contents(write(tmp_path, "cut.zip", zipped({"a": b"1"})[:-10]))[""])
    locked = bytearray(zipped({"a": b"1"}))
    central = locked.index(b"PK\x01\x02")
    locked[6] |= 1
    locked[central + 8] |= 1
    assert "readable member" in str(contents(write(tmp_path, "locked.zip", bytes(locked)))["a"])


def test_spreadsheets_are_left_whole(tmp_path: Path) -> None:
    book = zipped({"[Content_Types].xml": b"", "xl/workbook.xml": b""})
    assert contents(write(tmp_path, "a.xlsx", book)) == {"": book}
