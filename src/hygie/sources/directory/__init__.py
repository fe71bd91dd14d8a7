"""Directories exported as text: LDIF (ldifde, ldapsearch, slapcat), CSVDE, and blocks of an LDAP search tool.

Positions are the line on which an entry begins. Nothing is followed: a value given as a URL is refused. Records that
only change a directory (modify, delete, rename) are counted and left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hygie.sources.base import SAMPLE_SIZE, Document, Item, Note, Refusal, Sample
from hygie.sources.directory.blocks import read_blocks
from hygie.sources.directory.csvde import read_csvde
from hygie.sources.directory.entry import SECRETS, Entries
from hygie.sources.directory.ldif import read_ldif, unfolded

LDIF, CSVDE, BLOCKS = "ldif", "csvde", "ldapsearch-text"
KINDS = (LDIF, CSVDE, BLOCKS)
SHOWN_LINES, SHOWN_LENGTH = 60, 200
_FIRST_LINE = re.compile(r"(?:version:\s*\d+\s*$|dn::?\s*\S)", re.IGNORECASE)
_ENTRY_LINE = re.compile(r"^dn::? ?\S.*=", re.IGNORECASE | re.MULTILINE)
_BLOCK = re.compile(r"^-{20,}\r?$", re.MULTILINE)
_HEADER = re.compile(r'"?DN"?,.*"?objectClass"?', re.IGNORECASE)


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
    reader = {LDIF: read_ldif, CSVDE: read_csvde, BLOCKS: read_blocks}[kind]
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
    for number, line in unfolded(document):
        if number < position or isinstance(line, Refusal):
            continue
        if not line.strip() or line.startswith(b"-" * 20) or len(shown) == SHOWN_LINES:
            break
        name = line.partition(b":")[0].partition(b";")[0].decode("ascii", "replace").lower()
        if name not in SECRETS:
            shown.append(line[:SHOWN_LENGTH].decode("utf-8", "replace"))
    return "; ".join(shown)
