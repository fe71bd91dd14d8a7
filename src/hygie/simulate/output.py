"""Write files the same way each time: no clock, no order left to chance."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

DATED = (2026, 1, 1, 0, 0, 0)


class Output:
    """The folder the evidence goes to; every path is relative to it."""

    def __init__(self, root: Path) -> None:
        """Begin in this folder."""
        self.root = root

    def path(self, name: str) -> Path:
        """Give a path whose folders exist."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def data(self, name: str, content: bytes) -> str:
        """Write bytes as they are; a name in .gz or .zst is compressed on the way."""
        if name.endswith(".gz"):
            content = gzip.compress(content, compresslevel=1, mtime=0)
        elif name.endswith(".zst"):
            name, content = _zstandard(name, content)
        self.path(name).write_bytes(content)
        return name

    def text(self, name: str, content: str, encoding: str = "utf-8") -> str:
        """Write text."""
        return self.data(name, content.encode(encoding))

    def table(
        self,
        name: str,
        header: Sequence[str],
        rows: Iterable[Sequence[object]],
        *,
        encoding: str = "utf-8-sig",
        separator: str = ";",
        above: Sequence[str] = (),
    ) -> str:
        """Write a CSV table, with title lines above the header when asked."""
        buffer = io.StringIO()
        for line in above:
            buffer.write(line + "\r\n")
        writer = csv.writer(buffer, delimiter=separator, lineterminator="\r\n")
        writer.writerow(header)
        writer.writerows(rows)
        return self.text(name, buffer.getvalue(), encoding)

    def archive(self, name: str, members: dict[str, bytes]) -> str:
        """Write a zip archive."""
        with zipfile.ZipFile(self.path(name), "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for member, content in members.items():
                archive.writestr(zipfile.ZipInfo(member, DATED), content, zipfile.ZIP_DEFLATED)
        return name

    def sheet(
        self, name: str, sheets: dict[str, list[list[object]]], dates: Sequence[int] = (), title_rows: int = 0
    ) -> str:
        """Write a workbook; the columns numbered in dates hold days. Empty cells stay empty."""
        import xlsxwriter

        workbook = xlsxwriter.Workbook(
            str(self.path(name)), {"default_date_format": "dd/mm/yyyy", "remove_timezone": True}
        )
        workbook.set_properties({"created": datetime(*DATED)})  # noqa: DTZ001 — a fixed day, so that bytes repeat
        for title, rows in sheets.items():
            worksheet = workbook.add_worksheet(title)
            for line, row in enumerate(rows):
                for column, value in enumerate(row):
                    if value is None or value == "":
                        continue
                    if column in dates and line > title_rows:
                        worksheet.write_datetime(line, column, value)
                    else:
                        worksheet.write(line, column, value)
        workbook.close()
        return name


def _zstandard(name: str, content: bytes) -> tuple[str, bytes]:
    try:
        import zstandard
    except ImportError:
        return name.removesuffix(".zst") + ".gz", gzip.compress(content, compresslevel=1, mtime=0)
    return name, bytes(zstandard.ZstdCompressor(level=1, threads=0).compress(content))
