"""One column of a table: each distinct text is understood once, what does not fit is told with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hygie.sources.tabular import networks, values
from hygie.sources.tabular.content import care_service
from hygie.sources.tabular.mapping import Field
from hygie.sources.tabular.normal import choice, clean, split_words
from hygie.sources.tabular.times import Clock, month_first

CACHED = 300_000
LISTS = frozenset({"prefixes", "objects", "protocols", "ports", "several", "care_services"})
_LEVEL = re.compile(r"\s*(?:>|\\|›|»)\s*|\s+/\s+")
Convert = Callable[[str], Any]


@dataclass(frozen=True)
class Misfit:
    """A text that is not of the type of its column."""

    expected: str


def care_services(cell: str) -> list[str]:
    """Care services of a cell that may name several."""
    return list(dict.fromkeys(map(care_service, values.several(cell))))


def account(cell: str) -> str:
    r"""An account without its domain.

    >>> account("CHU\\adm.durand"), account("adm.durand@chu.local"), account("adm.durand")
    ('adm.durand', 'adm.durand', 'adm.durand')
    """
    return values.text(cell).rpartition("\\")[2].partition("@")[0]


def account_domain(cell: str) -> str:
    """The domain an account is written with, or nothing."""
    before, slash, _ = values.text(cell).rpartition("\\")
    return before.lower() if slash else values.text(cell).partition("@")[2].lower()


def listed(cell: str) -> str:
    """The items of a cell, separated by one blank."""
    return " ".join(values.several(cell))


CONVERTERS: Mapping[str, Convert] = {
    "text": values.text,
    "lower": values.lower,
    "mac": values.mac,
    "macs": values.macs,
    "ip": values.ip,
    "ips": values.ips,
    "host": values.host,
    "number": values.number,
    "integer": values.integer,
    "boolean": values.boolean,
    "several": values.several,
    "listed": listed,
    "prefixes": networks.prefixes,
    "objects": networks.objects,
    "protocols": networks.protocols,
    "ports": networks.ports,
    "care_service": care_service,
    "care_services": care_services,
    "account": account,
    "account_domain": account_domain,
}
EXPECTED = {"time": "a date", "duration": "a duration such as 4 h, 15 min or 2h30", "size": "a size"}


class Column:
    """Understand the cells of one field of a mapping, under one header."""

    def __init__(self, field: Field, title: str, zone: str) -> None:
        self.field = field
        self.title = title
        self.clock: Clock | None = None
        self._zone = zone
        self._convert: Convert | None = None
        self._known: dict[str, Any] = {}
        self._misfit = False

    def read(self, cells: Sequence[str]) -> tuple[list[Any], list[tuple[int, str]]]:
        """The values of the cells, and the places of those that do not fit with what was expected."""
        if self._convert is None:
            self._convert = self._converter(cells)
        if len(self._known) > CACHED:
            self._known.clear()
            self._misfit = False
        known = self._known
        for cell in set(cells) - known.keys():
            known[cell] = self._fresh(cell)
            self._misfit = self._misfit or type(known[cell]) is Misfit
        found = [known[cell] for cell in cells]
        if not self._misfit:
            return found, []
        faults = [(index, value.expected) for index, value in enumerate(found) if type(value) is Misfit]
        return [None if type(value) is Misfit else value for value in found], faults

    def _converter(self, cells: Sequence[str]) -> Convert:
        kind = self.field.type
        if kind == "time":
            self.clock = Clock(self._zone, month_first(cells), self.field.end_of_day)
            return self.clock.read
        if kind == "size":
            return values.size(self.title)
        if kind == "duration":
            return values.duration(self.title)
        if kind == "factors":
            return self._factors
        return CONVERTERS.get(kind, values.text)

    def _fresh(self, cell: str) -> Any:
        field = self.field
        if field.part is not None:
            cell = level(cell, field.part)
        if field.values and (exact := choice(cell)) in field.values:
            return field.values[exact]
        bare = clean(cell)
        if not bare:
            return field.default
        if field.words and field.type != "factors":
            text = f" {choice(bare)} {choice(split_words(bare))} "
            for word, value in field.words.items():
                if f" {word} " in text:
                    return value
        if field.otherwise is not None:
            return field.otherwise
        if (field.values or field.words) and field.type in ("text", "boolean") and not field.open:
            return self._outside(bare)
        return self._typed(bare)

    def _outside(self, bare: str) -> Any:
        if self.field.type == "boolean":
            return self._typed(bare)
        if self.field.quiet:
            return None
        names = list(
            dict.fromkeys(str(value) for value in (self.field.values or self.field.words).values() if value is not None)
        )
        return Misfit(f"one of {', '.join(names[:12])}")

    def _typed(self, bare: str) -> Any:
        try:
            value = self._convert(bare) if self._convert else None
        except (ValueError, OverflowError, RecursionError) as error:
            if self.field.quiet:
                return None
            if self.field.open:
                return values.text(bare)
            return Misfit(EXPECTED.get(self.field.type) or str(error)[:80])
        return None if value in ("", []) else value

    def _factors(self, bare: str) -> int | None:
        """Count the kinds of factors named: what one knows, has, or a certificate; a lone token says nothing."""
        text = f" {choice(bare)} "
        found = {value for word, value in self.field.words.items() if f" {word} " in text}
        if len(found) == 1:
            return 1 if found & {"knowledge", "certificate"} else None
        return len(found) or None


def level(cell: str, part: int) -> str:
    """One level of a path of places; -1 is the last when it is not also the first two.

    >>> level("CHU > Bât. A > 214", 0), level("CHU > Bât. A > 214", -1), level("CHU", -1), level("CHU", 0)
    ('CHU', '214', '', 'CHU')
    """
    parts = [piece.strip() for piece in _LEVEL.split(cell) if piece.strip()]
    if part == -1:
        return parts[-1] if len(parts) > 2 else ""
    return parts[part] if part < len(parts) else ""
