"""Where the table begins and what it is: the row of headers among the first ones, the mapping that knows it best."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hygie.sources.base import Refusal
from hygie.sources.tabular.framing import MOST_COLUMNS, Row
from hygie.sources.tabular.mapping import TableMapping
from hygie.sources.tabular.normal import choice, header

HEADER_WITHIN = 30
SAMPLE_ROWS = 60
TYPICAL_SHARE = 0.2


@dataclass(frozen=True)
class Located:
    """One way to read a table: its mapping, the row of its headers, how sure; how it was cut."""

    mapping: TableMapping
    position: int
    headers: tuple[str, ...]
    score: int
    matched: int
    titles: tuple[tuple[str, ...], ...] = ()
    separator: str = ""
    sheet: str = ""
    others: tuple[str, ...] = ()
    tag: str = ""


def locate(rows: Sequence[Row], mappings: Iterable[TableMapping]) -> Located | None:
    """The best mapping and header row of a sample of rows, or None when nothing is known well enough.

    A status file may hold several tables, each line tagged by its own: `HEADER,tag,…` then `tag,…`.
    """
    mappings = tuple(mappings)
    everything = {title for mapping in mappings for title in mapping.known}
    best: Located | None = None
    plain = [(position, row) for position, row in rows if not isinstance(row, Refusal)]
    for index, (position, cells) in enumerate(plain[:HEADER_WITHIN]):
        tag = cells[1] if cells[:1] == ["HEADER"] and len(cells) > 3 else ""
        row = cells[2:] if tag else cells
        titles = normal_titles(row)
        if len(everything & set(titles)) < 1 or sum(map(bool, titles)) < 2:
            continue
        for mapping in mappings:
            score, matched = rate(mapping, titles, [below for _, below in plain[index + 1 :]])
            if score and (best is None or (score, matched) > (best.score, best.matched)):
                above = tuple(tuple(title) for _, title in plain[:index])
                best = Located(mapping, position, tuple(row), score, matched, above, tag=tag)
    return best


def normal_titles(row: Sequence[str]) -> list[str]:
    """The normal form of each cell of a row; a row that could not be headers gives nothing."""
    if len(row) > MOST_COLUMNS:
        return []
    return [header(cell) if len(cell) <= 120 else "" for cell in row]


def rate(mapping: TableMapping, titles: Sequence[str], below: Sequence[Sequence[str]] = ()) -> tuple[int, int]:
    """How sure a mapping is of a row of headers (0, or 60 to 95), and how many of its columns it found."""
    present = {title for title in titles if title}
    if mapping.exclude & present or not mapping.all <= present:
        return 0, 0
    found = columns(mapping, titles)
    marks = len(mapping.marks & present)
    typical = bool(mapping.words) and _typical(mapping, below)
    if len(found) < mapping.minimum or marks + typical < mapping.marks_minimum:
        return 0, 0
    if any(not group & found.keys() for group in mapping.need):
        return 0, 0
    if mapping.all:
        return 95, len(found)
    known = {title for title in present if title in mapping.known} | (mapping.marks & present)
    share = len(known) / len(present)
    score = 60 + 18 * share + 6 * min(1, marks / 2) + 5 * min(1, len(found) / 8) + 6 * typical
    return min(95, round(score) + (10 if mapping.site else 0)), len(found)


def columns(mapping: TableMapping, titles: Sequence[str]) -> dict[str, list[int]]:
    """The columns of a mapping found in a row of headers, with their places: the preferred one, or several to join.

    A header stands once: its repetition is nothing.
    """
    found: dict[str, list[tuple[int, int]]] = {}
    seen: set[str] = set()
    for place, title in enumerate(titles):
        name, rank = mapping.known.get(title) or mapping.known.get(title.rstrip("0123456789")) or ("", 0)
        if title in seen or not name:
            continue
        seen.add(title)
        if title not in mapping.known and not mapping.fields[name].joins:
            continue
        found.setdefault(name, []).append((rank, place))
    return {
        name: [place for _, place in sorted(places)][: None if mapping.fields[name].joins else 1]
        for name, places in found.items()
    }


def _typical(mapping: TableMapping, below: Sequence[Sequence[str]]) -> bool:
    rows = [row for row in below[:SAMPLE_ROWS] if any(row)]
    hits = sum(any(_has_word(cell, mapping.words) for cell in row) for row in rows)
    return bool(rows) and hits / len(rows) >= TYPICAL_SHARE


def _has_word(cell: str, words: frozenset[str]) -> bool:
    text = f" {choice(cell[:80])} "
    return any(f" {word} " in text for word in words)
