"""Spreadsheets as rows of text cells, opened only when what they would unpack to is within bounds."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from hygie.errors import UnreadableError
from hygie.sources.base import Document

MOST_BYTES = 256 * 1024 * 1024
MOST_UNPACKED = 512 * 1024 * 1024
MOST_RATIO = 400
RATIO_MATTERS = 16 * 1024 * 1024
MOST_CELLS = 30_000_000
MOST_PARTS = 5_000
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_CELL = re.compile(rb"""[\s<]r\s*=\s*["']\s*\$?([A-Za-z]{0,4})\$?(\d{0,9})([^"']{0,1})""")
SAVE = "open it and save it as .xlsx or .csv"


class Workbook:
    """The sheets of one document, in order."""

    def __init__(self, data: bytes, document: Document) -> None:
        if data.startswith(ZIP):
            _check_zip(data, document.name)
        self._book = _open(data, document.name)
        self._sheets: dict[str, Any] = {}

    @classmethod
    def of(cls, document: Document, *, keep: bool = False) -> Workbook | None:
        """The workbook of a document, or None when it is another kind of packed file.

        `keep` keeps it open for the next call on the same bytes: a file is recognised, then read at once.
        """
        data = document.content(MOST_BYTES)
        if not _is_workbook(data, document.name):
            return None
        key = hashlib.sha256(data).digest()
        book = _KEPT.pop(key, None) or cls(data, document)
        _KEPT.clear()
        if keep:
            _KEPT[key] = book
        return book

    @property
    def sheets(self) -> list[str]:
        """Names of the sheets."""
        return list(self._book.sheet_names)

    def rows(self, sheet: str, most: int | None = None) -> Iterator[tuple[int, list[str]]]:
        """Rows of a sheet numbered as the sheet numbers them, cells as text."""
        try:
            table = self._sheets.get(sheet) or self._book.get_sheet_by_name(sheet)
            self._sheets = {sheet: table}
            listed = table.to_python(skip_empty_area=False, nrows=most) if most else table.iter_rows()
            left = [] if most or not table.start else [""] * table.start[1]  # empty rows come along, columns do not
            for number, row in enumerate(listed, 1):
                yield number, left + [cell_text(value) for value in row]
        except UnreadableError:
            raise
        except Exception as error:  # calamine has errors of its own and of Rust
            raise _unreadable(error, sheet) from None


_KEPT: dict[bytes, Workbook] = {}


def _is_workbook(data: bytes, name: str) -> bool:
    if data.startswith(ZIP):
        if b"opendocument.spreadsheet" in data[:200]:  # its repeated cells would be unfolded without bound
            raise UnreadableError("expected a workbook in .xlsx, not .ods", where=name, hint=SAVE)
        return _is_sheet(data)
    if not data.startswith(OLE):
        return False
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise UnreadableError("expected a workbook without password", where=name, hint="save it without one")
    return any(mark.encode("utf-16-le") in data for mark in ("Workbook\0", "Book\0"))


def cell_text(value: Any) -> str:
    """A cell as one would type it: `12.0` is 12, dates in ISO form.

    >>> cell_text(12.0), cell_text(0.25), cell_text(True), cell_text(date(2026, 11, 23))
    ('12', '0.25', 'true', '2026-11-23')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        midnight = value.hour == value.minute == value.second == value.microsecond == 0
        return value.date().isoformat() if midnight else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return "" if value is None else str(value)


def _open(data: bytes, name: str) -> Any:
    import python_calamine

    try:
        return python_calamine.load_workbook(io.BytesIO(data))
    except Exception as error:
        raise _unreadable(error, name) from None


def _unreadable(error: Exception, where: str) -> UnreadableError:
    if type(error).__name__ == "PasswordError":
        return UnreadableError("expected a workbook without password", where=where, hint="save it without one")
    return UnreadableError(f"expected a readable workbook ({str(error)[:120]})", where=where, hint=SAVE)


def _is_sheet(data: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist()[:MOST_PARTS])
            return "xl/workbook.xml" in names or "xl/workbook.bin" in names
    except (zipfile.BadZipFile, OSError, ValueError, KeyError, NotImplementedError, RuntimeError):
        return data.startswith(ZIP) and b"xl/workbook" in data[: 1 << 16]


def _check_zip(data: bytes, name: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_parts(archive, len(data), name)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError, zlib.error) as error:
        raise UnreadableError(
            f"expected a whole workbook ({error})", where=name, hint="copy or export it again"
        ) from None


def _check_parts(archive: zipfile.ZipFile, packed: int, name: str) -> None:
    parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > MOST_PARTS or unpacked > MOST_UNPACKED:
        raise UnreadableError(
            f"expected a workbook of at most {MOST_UNPACKED} bytes once unpacked",
            where=name,
            hint="split it, or save it as .csv",
        )
    if unpacked > RATIO_MATTERS and unpacked > packed * MOST_RATIO:
        raise UnreadableError(
            f"expected a compression of at most {MOST_RATIO} to 1", where=name, hint="save it as .csv"
        )
    for part in parts:
        lower = part.filename.lower()
        if lower.endswith(".bin") and lower.startswith("xl/w"):
            raise UnreadableError("expected a workbook in XML (.xlsx)", where=name, hint=SAVE)
        if lower.endswith(".xml"):
            _check_cells(archive, part, name)


def _check_cells(archive: zipfile.ZipFile, part: zipfile.ZipInfo, name: str) -> None:
    """A sheet is held as a full rectangle: a lone cell far away would cost all memory."""
    rows = columns = read = 0
    rest = b""
    sheet = part.filename.lower().startswith("xl/worksheets/")
    with archive.open(part) as stream:
        while chunk := stream.read(1 << 20):
            read += len(chunk)
            if read > part.file_size or read > MOST_UNPACKED:
                raise UnreadableError(
                    "expected the sizes the archive announces", where=name, hint="copy or export it again"
                )
            if b"<!ENTITY" in rest[-16:] + chunk:
                raise UnreadableError("expected XML without entities", where=name, hint="the file may be hostile")
            if sheet:
                rows, columns = _extent(rest + chunk, rows, columns, name)
            rest = chunk[-64:]
    if rows * columns > MOST_CELLS:
        raise UnreadableError(f"expected a sheet of at most {MOST_CELLS} cells", where=name, hint=SAVE)


def _extent(data: bytes, rows: int, columns: int, name: str) -> tuple[int, int]:
    found = _CELL.findall(data)
    if not found:
        return rows, columns
    letters, digits, odd = map(set, zip(*found, strict=True))
    if odd != {b""}:
        raise UnreadableError("expected plain cell references", where=name, hint="the file may be hostile")
    return max(rows, *(int(text or 0) for text in digits)), max(columns, *map(_column, letters))


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
