"""What the rows above the headers say of the whole file: when it was exported, who signed it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from hygie.sources.tabular.mapping import SIGNED, TableMapping
from hygie.sources.tabular.normal import clean, header
from hygie.sources.tabular.times import Clock, moment
from hygie.words.folding import fold

Titles = Sequence[Sequence[str]]
_SPEAKS = (
    r"\bau|liste|\ble|export\w*|extrait\w*|extraction|edit\w*|gener\w*|print\w*|imprim\w*|arrete\w*|etat|situation"
)
_ISO = r"\d{4}-\d{2}-\d{2}(?:[t ]\d{2}:\d{2}(?::\d{2})?)?"
_LOCAL = r"\d{1,2}[/.\-]\d{1,2}[/.\-]\d{4}(?:\s+(?:a\s+)?\d{1,2}[h:]\d{2}(?::\d{2})?)?"
_EXPORTED = re.compile(rf"(?:{_SPEAKS}|date|report)\D{{0,40}}?({_ISO}|{_LOCAL})")


def exported(titles: Titles, zone: str) -> tuple[int, str] | None:
    """The date of the export: microseconds, and as it is told (a day alone stays a day).

    >>> exported([["Liste des équipements"], ["Édité le 20/11/2026"]], "Europe/Paris")
    (1795129200000000, '2026-11-20')
    """
    for row in titles:
        match = _EXPORTED.search(fold(" ".join(row))[:500])
        if not match:
            continue
        try:
            stamp = Clock(zone).read(match[1])
        except (ValueError, OverflowError):
            continue
        when = moment(stamp)
        if stamp is not None and when is not None:
            timed = ":" in match[1] or "h" in match[1]
            return stamp, when.isoformat() if timed else when.astimezone(ZoneInfo(zone)).date().isoformat()
    return None


def signed(titles: Titles, mapping: TableMapping) -> bool | None:
    """Whether the rows above the headers sign the whole file, with a date; None when they do not speak of it."""
    stated: dict[str, bool] = {}
    for row in titles:
        cells = [cell for cell in row if cell.strip()]
        for index, cell in enumerate(cells):
            label, _, value = cell.partition(":")
            for name in SIGNED.keys() & mapping.fields.keys():
                if header(label) in mapping.fields[name].headers:
                    after = value if value.strip() else (cells[index + 1] if index + 1 < len(cells) else "")
                    stated[name] = bool(clean(after).strip("_. …"))
    return all(stated.get(name) for name in SIGNED) if stated else None
