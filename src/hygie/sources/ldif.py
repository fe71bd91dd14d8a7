"""Directories exported as text: LDIF (ldifde, ldapsearch, slapcat), CSVDE, and blocks of an LDAP search tool.

Positions are the line on which an entry begins. Nothing is followed: a value given as a URL is refused. Records that
only change a directory (modify, delete, rename) are counted and left.
"""

from __future__ import annotations

import base64
import binascii
import csv
import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

from hygie.errors import UnreadableError
from hygie.sources.base import SAMPLE_SIZE, Document, Item, Note, Refusal, Sample, number_lines
from hygie.sources.directory_entry import SECRETS, Entries
from hygie.sources.text_stream import utf8_stream

LDIF, CSVDE, BLOCKS = "ldif", "csvde", "ldapsearch-text"
KINDS = (LDIF, CSVDE, BLOCKS)
LINE_LIMIT = 8 * 1024 * 1024
ENTRY_LIMIT = 64 * 1024 * 1024
RECORD_LINES = 500
SHOWN_LINES, SHOWN_LENGTH = 60, 200
MULTIPLE = frozenset({"objectclass", "member", "memberof", "uniquemember", "serviceprincipalname", "proxyaddresses"})
_FIRST_LINE = re.compile(r"(?:version:\s*\d+\s*$|dn::?\s*\S)", re.IGNORECASE)
_ENTRY_LINE = re.compile(r"^dn::? ?\S.*=", re.IGNORECASE | re.MULTILINE)
_BLOCK = re.compile(r"^-{20,}\r?$", re.MULTILINE)
_ATTRIBUTE = re.compile(rb"([A-Za-z][A-Za-z0-9.-]{0,200}(?:;[A-Za-z0-9=*.-]{1,100}){0,8}):(:|<)?[ \t]*")
_HEADER = re.compile(r'"?DN"?,.*"?objectClass"?', re.IGNORECASE)
_RECORD_START = re.compile(r'"?(?:CN|OU|DC)=', re.IGNORECASE)
_OCTETS = re.compile(r"X'([0-9A-Fa-f]*)'$")
_BETWEEN_NAMES = re.compile(r", (?=(?:CN|OU|DC)=)", re.IGNORECASE)
_TRAILERS = frozenset({"search", "result", "ref", "control", "version"})


@dataclass
class _Record:
    """One record of LDIF being gathered."""

    position: int
    attributes: dict[str, list[bytes]] = field(default_factory=dict)
    size: int = 0

    def keep(self, name: str, value: bytes) -> None:
        self.attributes.setdefault(name, []).append(value)
        self.size += len(value) + 64


def detect_kind(sample: Sample) -> tuple[str, int]:
    """Recognise an entry's `dn:` line, the header of a CSVDE export, or separated blocks with directory attributes."""
    text = sample.text.lstrip("\ufeff")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if not lines:
        return LDIF, 0
    if _FIRST_LINE.match(lines[0]) and _ENTRY_LINE.search(text):
        return LDIF, 95
    if _HEADER.match(lines[0]):
        return CSVDE, 95
    if _BLOCK.match(lines[0]) and re.search(r"^(?:objectGUID|objectSid|objectClass|distinguishedName): ", text, re.M):
        return BLOCKS, 90
    return LDIF, 0


def read(document: Document, kind: str) -> Iterator[Item]:
    """Read the entries of a directory: objects, then memberships."""
    entries = Entries(None)
    yield Note("product", {LDIF: "LDIF", CSVDE: "CSVDE", BLOCKS: "ldapsearch"}[kind])
    reader = {LDIF: _read_ldif, CSVDE: _read_csvde, BLOCKS: _read_blocks}[kind]
    for item in reader(document, entries):
        yield item
        yield from entries.ready()
    yield from entries.finish()


def show(document: Document, position: int) -> str:
    """The entry that begins on a line, without secrets and long values, for a proof; empty for a line of CSV."""
    with document.open() as stream:
        head = stream.read(SAMPLE_SIZE)
    if detect_kind(Sample(document.name, head))[0] == CSVDE:
        return ""
    shown: list[str] = []
    for number, line in _unfolded(document):
        if number < position or isinstance(line, Refusal):
            continue
        if not line.strip() or line.startswith(b"-" * 20) or len(shown) == SHOWN_LINES:
            break
        name = line.partition(b":")[0].partition(b";")[0].decode("ascii", "replace").lower()
        if name not in SECRETS:
            shown.append(line[:SHOWN_LENGTH].decode("utf-8", "replace"))
    return "; ".join(shown)


def _lines(document: Document) -> Iterator[tuple[int, bytes | Refusal]]:
    with document.open() as stream:
        yield from number_lines(utf8_stream(stream), LINE_LIMIT)


def _read_ldif(document: Document, entries: Entries) -> Iterator[Item]:
    record, skipped = _Record(0), 0
    for position, line in _unfolded(document):
        if isinstance(line, Refusal):
            yield line
        elif not line.strip():
            skipped += yield from _close(record, entries)
            record = _Record(0)
        else:
            if line[:3].lower() == b"dn:" and "dn" in record.attributes:
                skipped += yield from _close(record, entries)
                record = _Record(0)
            refusal = _keep_line(record, position, line)
            if refusal is not None:
                yield refusal
    skipped += yield from _close(record, entries)
    if skipped:
        yield Note("changes_skipped", str(skipped))


def _unfolded(document: Document) -> Iterator[tuple[int, bytes | Refusal]]:
    """Logical lines: continuations joined, comments (folded too) left out."""
    start, parts, size = 0, list[bytes](), 0
    for number, line in _lines(document):
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


def _keep_line(record: _Record, position: int, line: bytes) -> Refusal | None:
    record.position = record.position or position
    found = _ATTRIBUTE.match(line)
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


def _close(record: _Record, entries: Entries) -> Generator[Item, None, int]:
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


# --- CSVDE


def _read_csvde(document: Document, entries: Entries) -> Iterator[Item]:
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
    for number, line in _lines(document):
        if isinstance(line, Refusal):
            yield number, line
            continue
        text = _decoded(line)
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


def _decoded(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


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


# --- blocks of a search tool


def _read_blocks(document: Document, entries: Entries) -> Iterator[Item]:
    record = _Record(0)
    for number, line in _lines(document):
        if isinstance(line, Refusal):
            yield line
        elif line.startswith(b"-" * 20):
            yield from _close_block(record, entries)
            record = _Record(0)
        elif line.strip():
            yield from _keep_block_line(record, number, line)
    yield from _close_block(record, entries)


def _keep_block_line(record: _Record, number: int, line: bytes) -> Iterator[Item]:
    found = _ATTRIBUTE.match(line)
    if found is None or record.size > ENTRY_LIMIT:
        yield Refusal(number, "`attribute: value`", "save the output of the tool as it is")
        return
    record.position = record.position or number
    name, value = found[1].decode("ascii").lower(), line[found.end() :].decode("utf-8", "replace")
    for part in _BETWEEN_NAMES.split(value) if name in MULTIPLE - {"objectclass"} else [value]:
        record.keep(name, part.encode())


def _close_block(record: _Record, entries: Entries) -> Iterator[Item]:
    if record.attributes and not entries.add(record.position, record.attributes):
        yield Refusal(record.position, "an entry with a name or an identifier", "ask for objectSid or objectGUID")
