"""One mechanism for every table: CSV and spreadsheets, French or English, through mappings kept as data.

`content/mappings/*.yaml` says which headers mean which column of which table; a hospital adds its own in
`site/mappings/`. What cannot be mapped is explained (`explain`), and `propose` writes the mapping that settles it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import islice
from typing import Any

from hygie.errors import UnreadableError, UsageError
from hygie.sources.base import SAMPLE_SIZE, Document, Item, Note, Sample
from hygie.sources.tabular import framing
from hygie.sources.tabular.explanation import Explanation, explain_rows
from hygie.sources.tabular.framing import SEPARATORS, Row, encoding, text_lines
from hygie.sources.tabular.locate import HEADER_WITHIN, SAMPLE_ROWS, Located, locate, normal_titles
from hygie.sources.tabular.mapping import TableMapping, kinds, mappings, shipped
from hygie.sources.tabular.normal import clean, header
from hygie.sources.tabular.reader import TableReader
from hygie.sources.tabular.workbook import OLE, ZIP, Workbook

KINDS: tuple[str, ...] = kinds()
LIKE = 0.82
_NOT_TABLES = (
    b"{",
    b"[",
    b"<",
    b"#separator",
    b"dn:",
    b"%PDF",
    b"\x0a\x0d\x0d\x0a",
    b"\xd4\xc3\xb2\xa1",
    b"ElfFile",
    b"-----BEGIN",
)


def detect_kind(sample: Sample) -> tuple[str, int]:
    r"""The kind of a text table and how sure (0 when no mapping knows it); spreadsheets go by `detect_document`.

    >>> detect_kind(Sample("x", "Matricule;Nom;Prénom;Date de fin\n1;DURAND;Anne;31/12/2026\n".encode()))[0]
    'staff-list'
    """
    if _is_packed(sample.head) or not _may_be_table(sample.head):
        return "", 0
    return _told(_locate_text(_document(sample), mappings()))


def detect_document(document: Document) -> tuple[str, int]:
    """The kind of a whole document, text or spreadsheet, with the mappings of the site first."""
    with document.open() as stream:
        head = stream.read(SAMPLE_SIZE)
    if not _is_packed(head) and not _may_be_table(head):
        return "", 0
    found = _located(document, head, _in_force(document), keep=True)
    return _told(found[0] if found else None)


def read(document: Document, kind: str) -> Iterator[Item]:
    """The rows of a table of a known kind, from its CSV text or the first sheet that matches."""
    with document.open() as stream:
        head = stream.read(SAMPLE_SIZE)
    chosen = tuple(mapping for mapping in _in_force(document) if mapping.kind == kind)
    found = _located(document, head, chosen)
    if found is None:
        raise UnreadableError(
            f"expected the columns of {kind}", where=document.name, hint=f"hygie import FILE --kind {kind}"
        )
    located, rows = found
    if located.mapping.unused:
        yield Note("unused", located.mapping.unused.get("en", kind))
        return
    yield from TableReader(document, located).read(rows, padded=bool(located.sheet))


def explain(sample: Sample) -> Explanation | None:
    """What was understood of a table that no mapping recognised, or None when it is no table at all."""
    return explain_document(_document(sample)) if _is_packed(sample.head) or _may_be_table(sample.head) else None


def explain_document(document: Document) -> Explanation | None:
    """The same for a whole document: the nearest mapping, its headers, the command that settles it."""
    with document.open() as stream:
        head = stream.read(SAMPLE_SIZE)
    try:
        samples = [rows for _, rows in _samples(document, head)]
    except UnreadableError:
        return None
    return explain_rows(samples, _in_force(document), document.name)


def propose(document: Document, kind: str) -> dict[str, Any]:
    """A mapping for the site, to be reviewed: headers that are known, headers that are alike, headers left over."""
    base = next((mapping for mapping in shipped() if mapping.kind == kind), None)
    if base is None:
        raise UsageError(f"no kind of table is called {kind}", hint=f"kinds: {', '.join(KINDS)}")
    with document.open() as stream:
        head = stream.read(SAMPLE_SIZE)
    titles = _likely_headers([rows for _, rows in _samples(document, head)], base)
    chosen: dict[str, list[str]] = {}
    left: list[str] = []
    for title in titles:
        name = _alike(title, base, set(chosen))
        chosen.setdefault(name, []).append(title) if name else left.append(title)
    names = [name for name in base.fields if not name.startswith("_")]
    return {
        "kind": kind,
        "identify": {"all": titles},
        "columns": {name: {"headers": titles} for name, titles in chosen.items()},
        "notes": {"headers_left": left, "columns_without_header": [name for name in names if name not in chosen]},
    }


def show(document: Document, position: int) -> str:
    """One row of a table that is not plain UTF-8 text; empty when its lines can be shown as they are."""
    with document.open() as stream:
        head = stream.read(SAMPLE_SIZE)
    if not _is_packed(head):
        return _shown_text(document, head, position)
    found = _located(document, head, _in_force(document))
    book = Workbook.of(document) if found is None else None
    headers: tuple[str, ...] = found[0].headers if found else ()
    rows: Iterator[Row] = found[1] if found else iter(book.rows(book.sheets[0])) if book and book.sheets else iter(())
    row = next((cells for number, cells in rows if number == position and isinstance(cells, list)), [])
    named = zip([*headers, *[""] * len(row)], row, strict=False)
    return "  ".join(f"{clean(title)}={cell}" if title else cell for title, cell in named if cell.strip())


def _shown_text(document: Document, head: bytes, position: int) -> str:
    how = encoding(head)
    for number, line in text_lines(document, how):
        if number == position:
            plain = not (how.wide or how.carriage) and _is_utf8(document, position)
            return line if isinstance(line, str) and not plain else ""
    return ""


def _is_utf8(document: Document, position: int) -> bool:
    line = next((line for number, line in document.lines() if number == position), b"")
    try:
        return isinstance(line, bytes) and line.decode() is not None
    except UnicodeDecodeError:
        return False


def _told(located: Located | None) -> tuple[str, int]:
    return (located.mapping.kind, located.score) if located else ("", 0)


def _in_force(document: Document) -> tuple[TableMapping, ...]:
    return mappings(document.settings.get("mappings", ()))


def _document(sample: Sample) -> Document:
    return Document(sample.name, lambda: io.BytesIO(sample.head), len(sample.head))


def _is_packed(head: bytes) -> bool:
    return head.startswith((ZIP, OLE))


def _may_be_table(head: bytes) -> bool:
    """Cheap: text, with a separator, and no form that others read."""
    how = encoding(head)
    if not how.wide and b"\0" in head[:4096]:
        return False
    start = head[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    return bool(start) and not start.startswith(_NOT_TABLES)


def _located(
    document: Document, head: bytes, chosen: Sequence[TableMapping], *, keep: bool = False
) -> tuple[Located, Iterator[Row]] | None:
    if _is_packed(head):
        return _locate_book(document, chosen, keep)
    located = _locate_text(document, chosen)
    return (located, framing.text_rows(document, encoding(head), located.separator)) if located else None


def _locate_text(document: Document, chosen: Sequence[TableMapping]) -> Located | None:
    with document.open() as stream:
        head = stream.read(SAMPLE_SIZE)
    best: Located | None = None
    for separator, rows in _text_samples(document, head):
        found = locate(rows, chosen)
        if found and (best is None or (found.score, found.matched) > (best.score, best.matched)):
            best = replace(found, separator=separator)
    return best


def _locate_book(
    document: Document, chosen: Sequence[TableMapping], keep: bool
) -> tuple[Located, Iterator[Row]] | None:
    book = Workbook.of(document, keep=keep)
    if book is None:
        return None
    best: Located | None = None
    for sheet in book.sheets[:50]:
        found = locate(list(book.rows(sheet, SAMPLE_ROWS)), chosen)
        if found and best is None:
            others = tuple(other for other in book.sheets if other != sheet)
            best = replace(found, sheet=sheet, others=others)
    return (best, iter(book.rows(best.sheet))) if best else None


def _samples(document: Document, head: bytes) -> Iterator[tuple[str, list[Row]]]:
    if not _is_packed(head):
        yield from _text_samples(document, head)
        return
    book = Workbook.of(document)
    if book is not None:
        for sheet in book.sheets[:50]:
            yield sheet, list(book.rows(sheet, SAMPLE_ROWS))


def _text_samples(document: Document, head: bytes) -> Iterator[tuple[str, list[Row]]]:
    cut = len(head) >= SAMPLE_SIZE
    part = Document(document.name, lambda: io.BytesIO(head), len(head))
    lines = list(islice(text_lines(part, encoding(head)), 4 * SAMPLE_ROWS))
    if cut and len(lines) > 1 and len(lines) < 4 * SAMPLE_ROWS:
        lines.pop()
    text = [line for _, line in lines[: HEADER_WITHIN * 2] if isinstance(line, str)]
    for separator in SEPARATORS:
        if any(separator in line for line in text):
            yield separator, list(islice(framing.rows(iter(lines), separator), SAMPLE_ROWS))


def _likely_headers(samples: Sequence[Sequence[Row]], base: TableMapping) -> list[str]:
    best: tuple[int, int, list[str]] = (0, 0, [])
    for rows in samples:
        for _, row in rows[:HEADER_WITHIN]:
            if isinstance(row, list):
                titles = [clean(cell) for cell in row if clean(cell)]
                known = sum(1 for title in normal_titles(titles) if title in base.known)
                best = max(best, (known, len(titles), titles), key=lambda one: one[:2])
    return list(dict.fromkeys(best[2]))


def _alike(title: str, base: TableMapping, taken: set[str]) -> str:
    own = header(title)
    if own in base.known:
        return base.known[own][0]
    rated = [
        (SequenceMatcher(None, own, known).ratio(), name)
        for known, (name, _) in base.known.items()
        if name not in taken
    ]
    ratio, name = max(rated, default=(0.0, ""))
    return name if ratio >= LIKE else ""
