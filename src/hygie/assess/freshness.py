"""How old the evidence of a check is, and whether that is too old."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hygie.assess.control import MaximumAge
from hygie.assess.store import Store
from hygie.tables import load_tables

DATED_BY = ("content", "name")
COLLECTED = {"directory_object": "collected"}
BY_DEVICE = {"firewall_rule": "firewall", "firewall_match": "firewall"}  # a fresh firewall does not excuse a stale one


class Freshness:
    """The newest date of each table: its newest event, or the export of the newest file that feeds it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._evidence = [row for row in store.evidence.to_pylist() if row.get("status", "read") == "read"]
        self._newest: dict[str, datetime | None] = {}

    def newest(self, table: str) -> datetime | None:
        """The newest date of a table, never later than today; nothing when no evidence feeds it."""
        if table not in self._newest:
            device = self._oldest_device(table, BY_DEVICE[table]) if table in BY_DEVICE else None
            self._newest[table] = device or self._newest_of_all(table)
        return self._newest[table]

    def _newest_of_all(self, table: str) -> datetime | None:
        dates = [one for one in (self._newest_event(table), *self._exports(table)) if one is not None]
        return max((min(one, self._store.today) for one in dates), default=None)

    def _oldest_device(self, table: str, column: str) -> datetime | None:
        """The newest export of each device, of which the oldest counts."""
        exported = {(row["evidence_id"], row.get("member") or ""): row.get("exported") for row in self._evidence}
        newest: dict[str, datetime] = {}
        sql = f'SELECT DISTINCT "{column}" AS device, evidence_id, member FROM "{table}"'
        for row in self._store.query(sql).to_pylist():
            date = exported.get((row["evidence_id"], row["member"] or ""))
            if date is not None:
                device, date = row["device"] or "", min(date, self._store.today)
                newest[device] = max(newest.get(device, date), date)
        return min(newest.values(), default=None)

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
