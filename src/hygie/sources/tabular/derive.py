"""Columns made from others of the same row, named in mappings under `derive`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hygie.sources.tabular.explode import Columns
from hygie.sources.tabular.times import SECOND


def _end(made: Columns, name: str, _: str, count: int) -> list[Any]:
    blank: list[Any] = [None] * count
    if "_duration" not in made:
        return made.get(name, blank)
    lines = zip(made.get(name, blank), made.get("start", blank), made.get("_duration", blank), strict=True)
    return [
        end if end is not None or start is None or hours is None else start + round(hours * 3600) * SECOND
        for end, start, hours in lines
    ]


def _fill(made: Columns, name: str, other: str, count: int) -> list[Any]:
    blank: list[Any] = [None] * count
    return [two if one is None else one for one, two in zip(made.get(name, blank), made.get(other, blank), strict=True)]


def _row_text(made: Columns, name: str, other: str, count: int) -> list[Any]:
    """An identifier for rows that have none: another column as text."""
    blank: list[Any] = [None] * count
    lines = zip(made.get(name, blank), made.get(other, blank), strict=True)
    return [one if one is not None else None if two is None else str(two) for one, two in lines]


def _up_to(made: Columns, name: str, other: str, count: int) -> list[Any]:
    """A range whose last port stands in a column of its own."""
    blank: list[Any] = [None] * count
    lines = zip(made.get(name, blank), made.get(other, blank), strict=True)
    return [_range(ports, last) for ports, last in lines]


def _range(ports: list[Any] | None, last: int | None) -> list[Any] | None:
    if not ports or last is None or len(ports) > 1 or not ports[0][1] <= last <= 65535:
        return ports
    return [(ports[0][0], ports[0][1], last)]


DERIVATIONS: dict[str, Callable[[Columns, str, str, int], list[Any]]] = {
    "end_from_duration": _end,
    "fill": _fill,
    "up_to": _up_to,
    "row_text": _row_text,
}


def derive(made: Columns, name: str, rule: str, count: int) -> list[Any]:
    """One derived column: `end_from_duration`, `fill OTHER` where it is empty, `row_text OTHER` as an
    identifier, `up_to OTHER` for a range of ports.

    >>> derive({"domain": [None, "a"], "_other": ["x", "y"]}, "domain", "fill _other", 2)
    ['x', 'a']
    """
    verb, _, other = rule.partition(" ")
    return DERIVATIONS[verb](made, name, other, count)
