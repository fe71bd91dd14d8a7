"""Rows for showing: every text that came from evidence is made harmless before it reaches a screen or a page."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Protocol

import pyarrow as pa

from hygie.workspace.masking import harmless

LONGEST_VALUE = 300


class Reading(Protocol):
    """What showing needs of a publication."""

    workspace: Any
    snapshot: str
    as_of: datetime
    today: datetime
    settings: Any
    evidence: pa.Table
    refusals: pa.Table

    def query(self, sql: str, **parameters: Any) -> pa.Table:
        """Run trusted SQL over the tables of the publication."""
        ...


def clean(value: Any) -> Any:
    r"""A value safe to show.

    >>> clean("a\x1b[2Jb"), clean(3)
    ('a\\x1b[2Jb', 3)
    """
    if isinstance(value, str) and not (value.isprintable() and len(value) <= LONGEST_VALUE):
        return harmless(value, LONGEST_VALUE).replace("\t", " ")
    return value


def shown(table: pa.Table) -> list[dict[str, Any]]:
    """The rows of an Arrow table, safe to show."""
    return [{name: clean(value) for name, value in row.items()} for row in table.to_pylist()]


def rows(store: Reading, sql: str, **parameters: Any) -> list[dict[str, Any]]:
    """The rows of a query, safe to show."""
    return shown(store.query(sql, **parameters))


def detail(text: str | None) -> dict[str, Any]:
    """The JSON values of a finding or of a case listed apart; dates become dates.

    >>> detail('{"port": 443, "last": "2026-11-21T14:02:00+00:00"}')["last"].year
    2026
    """
    try:
        loaded = json.loads(text or "{}")
    except ValueError:
        return {}
    return {str(name): _dated(value) for name, value in loaded.items()} if isinstance(loaded, dict) else {}


def _dated(value: Any) -> Any:
    if isinstance(value, str) and 10 <= len(value) <= 35 and value[4:5] == "-" and value[7:8] == "-":
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return clean(value)
        return moment
    return clean(value)
