"""Directory exports as comma-separated values, by csvde."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from hygie.errors import UnreadableError
from hygie.sources.base import Document, Item, Refusal
from hygie.sources.directory.entry import Entries
from hygie.sources.directory.record import LINE_LIMIT, MULTIPLE, lines_of
from hygie.sources.text_stream import decoded

RECORD_LINES = 500
_RECORD_START = re.compile(r'"?(?:CN|OU|DC)=', re.IGNORECASE)
_OCTETS = re.compile(r"X'([0-9A-Fa-f]*)'$")


def read_csvde(document: Document, entries: Entries) -> Iterator[Item]:
    """Each row is an entry; the header names its attributes."""
    csv.field_size_limit(max(csv.field_size_limit(), LINE_LIMIT))
    header: list[str] = []
    for position, record in _csv_records(document):
        if isinstance(record, Refusal):
            yield record
            continue
        cells = _cells(record)
        if not header:
            header = [cell.strip().lower() for cell in cells or []]
            if "dn" not in header:
                raise UnreadableError("expected a header with DN", where=document.name, hint="export with csvde -f")
        elif cells is None or len(cells) != len(header):
            yield Refusal(
                position, f"{len(header)} columns, as the header has", "the line is cut or a quote is missing"
            )
        elif not entries.add(position, _csv_entry(header, cells)):
            yield Refusal(position, "a DN", "export the entry again")


def _csv_records(document: Document) -> Iterator[tuple[int, str | Refusal]]:
    """Records of CSV, which may hold line ends between quotes; a quote never closed costs one record, not the rest."""
    start, parts, quotes = 0, list[str](), 0
    for number, line in lines_of(document):
        if isinstance(line, Refusal):
            yield number, line
            continue
        text = decoded(line)
        if parts and (_RECORD_START.match(text) or len(parts) >= RECORD_LINES):
            yield start, Refusal(start, "a closing quote", "the record is cut")
            parts, quotes = [], 0
        start = start if parts else number
        parts.append(text)
        quotes += text.count('"')
        if quotes % 2 == 0:
            if any(parts):
                yield start, "\n".join(parts)
            parts, quotes = [], 0
    if parts:
        yield start, Refusal(start, "a closing quote", "the file is cut here: export it again")


def _cells(record: str) -> list[str] | None:
    try:
        return next(csv.reader([record.replace("\n", " ").replace("\r", " ").replace("\0", "")]), [])
    except csv.Error:
        return None


def _csv_entry(header: list[str], cells: list[str]) -> dict[str, list[bytes]]:
    entry: dict[str, list[bytes]] = {}
    for name, cell in zip(header, cells, strict=True):
        if cell:
            parts = cell.split(";") if name in MULTIPLE else [cell]
            entry.setdefault(name, []).extend(_octets(part) for part in parts)
    return entry


def _octets(text: str) -> bytes:
    found = _OCTETS.match(text.strip())
    if found is None or len(found[1]) % 2:
        return text.encode("utf-8", "replace")
    return bytes.fromhex(found[1])
