"""What to say of a table that no mapping recognises: the nearest kind, and the command that settles it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hygie.sources.tabular.framing import MOST_COLUMNS, Row
from hygie.sources.tabular.locate import HEADER_WITHIN, columns, normal_titles
from hygie.sources.tabular.mapping import TableMapping
from hygie.sources.tabular.normal import clean


@dataclass(frozen=True)
class Explanation:
    """The nearest mapping of an unknown table: headers it knows and does not, first rows, what to do."""

    kind: str
    matched: tuple[tuple[str, str], ...]
    unmatched: tuple[str, ...]
    missing: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    command: str
    reason: str
    hint: str


def explain_rows(samples: Iterable[Sequence[Row]], mappings: Sequence[TableMapping], name: str) -> Explanation | None:
    """The explanation of a sample of rows, or None when nothing in it looks like headers."""
    best: tuple[float, Explanation] | None = None
    unknown: Explanation | None = None
    for rows in samples:
        plain = [row for _, row in rows if isinstance(row, list)]
        if any(len(row) > MOST_COLUMNS for row in plain):
            return _too_wide(name)
        for index, row in enumerate(plain[:HEADER_WITHIN]):
            titles = [clean(cell) for cell in row]
            if sum(map(bool, titles)) >= 2 and not any(len(title) > 120 for title in titles):
                for mapping in mappings:
                    rated = _rate(mapping, titles, plain[index + 1 : index + 4], name)
                    if rated and (best is None or rated[0] > best[0]):
                        best = rated
        unknown = unknown or _unknown(plain, name)
    return best[1] if best else unknown


def _unknown(rows: Sequence[Sequence[str]], name: str) -> Explanation | None:
    """A table by its shape (rows of as many cells), whose words say nothing."""
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    if len(filled) < 2 or len(filled[0]) < 2 or any(len(row) != len(filled[0]) for row in filled[:5]):
        return None
    place = max(range(min(len(filled), HEADER_WITHIN)), key=lambda one: (sum(map(bool, filled[one])), -one))
    titles = tuple(clean(cell)[:120] for cell in filled[place])
    command = f'hygie import "{name}"'
    shown = tuple(tuple(cell[:80] for cell in row[:12]) for row in filled[place + 1 : place + 4])
    reason = "a table of no known kind, none of its headers is known"
    return Explanation("", (), titles, (), shown, command, reason, f"{command} settles which header means what")


def _rate(
    mapping: TableMapping, titles: Sequence[str], below: Sequence[Sequence[str]], name: str
) -> tuple[float, Explanation] | None:
    normal = normal_titles(titles)
    found = columns(mapping, normal)
    if len(found) < 2:
        return None
    places = {place: column for column, where in found.items() for place in where}
    matched = tuple((title, places[place]) for place, title in enumerate(titles) if place in places)
    unmatched = tuple(title for place, title in enumerate(titles) if title and place not in places)
    missing = tuple(
        " / ".join(sorted(name.strip("_") for name in group)) for group in mapping.need if not group & found.keys()
    )
    command = f'hygie import "{name}" --kind {mapping.kind}'
    kind = mapping.title.get("en", mapping.kind)
    reason = (
        f"a table of no known kind; nearest: {mapping.kind} ({kind}), {len(matched)} of {len(titles)} headers known"
    )
    lacking = f"; no header was recognised for {', '.join(missing)}" if missing else ""
    hint = f"{command} settles which header means what{lacking}"
    rows = tuple(tuple(cell[:80] for cell in row[:12]) for row in below)
    rated = len(matched) / len(titles) + 0.5 * (1 - len(missing) / max(1, len(mapping.need)))
    return rated, Explanation(mapping.kind, matched, unmatched, missing, rows, command, reason, hint)


def _too_wide(name: str) -> Explanation:
    reason = f"a table of more than {MOST_COLUMNS} columns"
    hint = "check the separator, or export fewer columns"
    return Explanation("", (), (), (), (), f'hygie import "{name}"', reason, hint)
