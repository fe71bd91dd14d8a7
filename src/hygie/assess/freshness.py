"""How old the evidence of a check is, and whether that is too old."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hygie.assess.control import MaximumAge
from hygie.assess.store import Store
from hygie.tables import load_tables

DATED_BY = ("content", "name")
COLLECTED = {"directory_object": "collected"}


class Freshness:
    """The newest date of each table: its newest event, or the export of the newest file that feeds it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._evidence = [row for row in store.evidence.to_pylist() if row.get("status", "read") == "read"]
        self._newest: dict[str, datetime | None] = {}

    def newest(self, table: str) -> datetime | None:
        """The newest date of a table, never later than today; nothing when no evidence feeds it."""
        if table not in self._newest:
            dates = [one for one in (self._newest_event(table), *self._exports(table)) if one is not None]
            known = [min(one, self._store.today) for one in dates]
            self._newest[table] = max(known, default=None)
        return self._newest[table]

    def _newest_event(self, table: str) -> datetime | None:
        column = COLLECTED.get(table) or load_tables()[table].time
        if not column:
            return None
        rows = self._store.query(f'SELECT max("{column}") AS newest FROM "{table}"').to_pylist()
        newest: datetime | None = rows[0]["newest"]
        return newest

    def _exports(self, table: str) -> list[datetime | None]:
        """Dates of export: from content or name; the day of receipt only says so where rows carry no date."""
        mine = [row for row in self._evidence if table in (row.get("tables") or "").split()]
        dated = bool(load_tables()[table].time)
        return [row.get("exported") for row in mine if _says_its_date(row) or not dated]

    def stale(self, limits: MaximumAge) -> list[str]:
        """The tables that are older than a check allows; a table without rows is missing, not old."""
        return [table for table, days in limits.limits.items() if self._store.has(table) and self._is_old(table, days)]

    def _is_old(self, table: str, days: int) -> bool:
        newest = self.newest(table)
        return newest is None or self._store.today - newest > timedelta(days=days)


def _says_its_date(row: dict[str, Any]) -> bool:
    return row.get("exported_by") in DATED_BY
