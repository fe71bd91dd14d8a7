"""A store of a few rows: every declared table is there, most of them empty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import duckdb
import pyarrow as pa

from hygie.tables import arrow_schema, empty, load_tables


class FakeLedger:
    """Names an entity by its kind and first key, so that tests can read ids."""

    def __init__(self) -> None:
        self.taken: set[str] = set()
        self.keys: dict[str, list[str]] = {}

    def id_for(self, kind: str, keys: Sequence[str]) -> str:
        base = name = f"{kind}|{keys[0] if keys else ''}"
        count = 1
        while name in self.taken:
            count += 1
            name = f"{base}|{count}"
        self.taken.add(name)
        self.keys[name] = list(keys)
        return name

    def keys_of(self, name: str) -> list[str]:
        return [key for key in [name.removeprefix("device|")] if name.startswith("device|")]


class FakeStore:
    def __init__(
        self,
        tables: Mapping[str, Sequence[Mapping[str, Any]]],
        as_of: datetime = datetime(2026, 11, 1, tzinfo=UTC),
        **settings: Any,
    ) -> None:
        self.connection = duckdb.connect(":memory:")
        self.connection.execute("SET TimeZone = 'UTC'")
        self.connection.execute("SET preserve_insertion_order = false")
        self.as_of = as_of
        self.settings = {"coverage_days": 30, **settings}
        self.ledger = FakeLedger()
        self.kept: dict[str, pa.Table] = {}
        for name in load_tables():
            self.register(name, empty(name))
        for name, listed in tables.items():
            self.register(name, _table(name, listed))
        self.evidence = self.kept["evidence"]

    def query(self, sql: str, **parameters: Any) -> pa.Table:
        found = self.connection.sql(sql, params=parameters) if parameters else self.connection.sql(sql)
        return found.to_arrow_table()

    def register(self, name: str, rows: pa.Table) -> None:
        if name in self.kept:
            self.connection.unregister(name)
        self.kept[name] = rows
        self.connection.register(name, rows)


def _table(name: str, listed: Sequence[Mapping[str, Any]]) -> pa.Table:
    schema = arrow_schema(name)
    unknown = {key for row in listed for key in row} - set(schema.names)
    assert not unknown, f"{name}: {unknown}"
    return pa.Table.from_pylist(
        [
            {"evidence_id": name, "member": "", "position": number, **row}
            if "evidence_id" in schema.names
            else dict(row)
            for number, row in enumerate(listed, 1)
        ],
        schema=schema,
    )


def at(text: str) -> datetime:
    """A UTC time from `2026-10-05` or `2026-10-05T10:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
