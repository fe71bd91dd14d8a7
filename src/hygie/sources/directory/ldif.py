"""LDIF as ldifde, ldapsearch and slapcat write it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Generator, Iterator

from hygie.sources.base import Document, Item, Note, Refusal
from hygie.sources.directory.entry import Entries
from hygie.sources.directory.record import ATTRIBUTE, ENTRY_LIMIT, Record, lines_of

_TRAILERS = frozenset({"search", "result", "ref", "control", "version"})


def read_ldif(document: Document, entries: Entries) -> Iterator[Item]:
    """Gather the attributes up to an empty line or the next `dn:`."""
    record, skipped = Record(0), 0
    for position, line in unfolded(document):
        if isinstance(line, Refusal):
            yield line
        elif not line.strip():
            skipped += yield from _close(record, entries)
            record = Record(0)
        else:
            if line[:3].lower() == b"dn:" and "dn" in record.attributes:
                skipped += yield from _close(record, entries)
                record = Record(0)
            refusal = _keep_line(record, position, line)
            if refusal is not None:
                yield refusal
    skipped += yield from _close(record, entries)
    if skipped:
        yield Note("changes_skipped", str(skipped))


def unfolded(document: Document) -> Iterator[tuple[int, bytes | Refusal]]:
    """Logical lines: continuations joined, comments (folded too) left out."""
    start, parts, size = 0, list[bytes](), 0
    for number, line in lines_of(document):
        if not isinstance(line, Refusal) and line[:1] == b" " and start:
            size += len(line)
            if size <= ENTRY_LIMIT:
                parts.append(line[1:])
            continue
        yield from _whole(start, parts, size)
        start, parts, size = 0, [], 0
        if isinstance(line, Refusal) or not line:
            yield number, line
        else:
            start, parts, size = number, [line], len(line)
    yield from _whole(start, parts, size)


def _whole(start: int, parts: list[bytes], size: int) -> Iterator[tuple[int, bytes | Refusal]]:
    if size > ENTRY_LIMIT:
        yield start, Refusal(start, f"a value of at most {ENTRY_LIMIT} bytes", "export without photographs and files")
    elif parts and not parts[0].startswith(b"#"):
        yield start, b"".join(parts)


def _keep_line(record: Record, position: int, line: bytes) -> Refusal | None:
    record.position = record.position or position
    found = ATTRIBUTE.match(line)
    if found is None:
        hint = "lines of LDIF are folded by a leading blank"
        return Refusal(position, "`attribute: value`", hint) if line != b"-" else None
    value, name = line[found.end() :], found[1].decode("ascii").lower()
    if found[2] == b"<":
        return Refusal(position, "a value in the file itself", "a value given by a URL is never followed")
    if found[2] == b":":
        try:
            value = base64.b64decode(value.strip(), validate=True)
        except (binascii.Error, ValueError):
            return Refusal(position, "base64 text after `::`", "the value is cut or damaged")
    if name == "version" and not record.attributes:
        record.position = 0
    elif record.size <= ENTRY_LIMIT:
        record.keep(name.removesuffix(";binary"), value)
    return None


def _close(record: Record, entries: Entries) -> Generator[Item, None, int]:
    """End a record; returns 1 when it was a change that is left."""
    attributes = record.attributes
    if not attributes:
        return 0
    change = attributes.get("changetype", [b"add"])[0].strip().lower()
    if change != b"add":
        return 1
    if "dn" not in attributes:
        if attributes.keys() <= _TRAILERS:
            yield from _result(attributes)
        else:
            yield Refusal(record.position, "an entry that begins with `dn:`", "export the directory again")
    elif not attributes["dn"][0].strip():
        return 0
    else:
        entries.add(record.position, attributes)
    return 0


def _result(attributes: dict[str, list[bytes]]) -> Iterator[Note]:
    """The last words of a search: any code but 0 says that entries are missing."""
    result = attributes.get("result", [b""])[0].split()
    if result:
        yield Note("complete", "true" if result[0] == b"0" else "false")
