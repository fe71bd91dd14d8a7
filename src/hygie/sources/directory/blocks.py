"""Entries between rules of dashes, as a search tool shows them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hygie.sources.base import Document, Item, Refusal
from hygie.sources.directory.entry import Entries
from hygie.sources.directory.record import ATTRIBUTE, ENTRY_LIMIT, MULTIPLE, Record, lines_of

_BETWEEN_NAMES = re.compile(r", (?=(?:CN|OU|DC)=)", re.IGNORECASE)


def read_blocks(document: Document, entries: Entries) -> Iterator[Item]:
    """Gather the attributes between two rules."""
    record = Record(0)
    for number, line in lines_of(document):
        if isinstance(line, Refusal):
            yield line
        elif line.startswith(b"-" * 20):
            yield from _close_block(record, entries)
            record = Record(0)
        elif line.strip():
            yield from _keep_block_line(record, number, line)
    yield from _close_block(record, entries)


def _keep_block_line(record: Record, number: int, line: bytes) -> Iterator[Item]:
    found = ATTRIBUTE.match(line)
    if found is None or record.size > ENTRY_LIMIT:
        yield Refusal(number, "`attribute: value`", "save the output of the tool as it is")
        return
    record.position = record.position or number
    name, value = found[1].decode("ascii").lower(), line[found.end() :].decode("utf-8", "replace")
    for part in _BETWEEN_NAMES.split(value) if name in MULTIPLE - {"objectclass"} else [value]:
        record.keep(name, part.encode())


def _close_block(record: Record, entries: Entries) -> Iterator[Item]:
    if record.attributes and not entries.add(record.position, record.attributes):
        yield Refusal(record.position, "an entry with a name or an identifier", "ask for objectSid or objectGUID")
