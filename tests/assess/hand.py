"""A publication made by hand: a few rows, judged at noon on 31 January 2026."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from hygie.assess import judge, load_controls
from hygie.assess.control import Control, Sheet
from hygie.engine import Duck
from hygie.engine.portable import compile_rule
from hygie.tables import arrow_schema, empty, load_tables

CONTROLS = Path(__file__).parents[2] / "src" / "hygie" / "content" / "controls"
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
Rows = Sequence[Mapping[str, Any]]


def days(count: float) -> datetime:
    """So many days before the judgement."""
    return NOON - timedelta(days=count)


class HandStore:
    """Tables by name, everything else empty."""

    def __init__(self, tables: Mapping[str, Rows], today: datetime = NOON) -> None:
        self.as_of, self.today = NOON, today
        self._duck = Duck(None, memory=300, threads=1)
        for name in load_tables():
            rows = tables.get(name)
            table = (
                pa.Table.from_pylist([dict(row) for row in rows], schema=arrow_schema(name)) if rows else empty(name)
            )
            self._duck.register(name, table)
        self.evidence = self._duck.query("SELECT * FROM evidence")

    def query(self, sql: str, **parameters: Any) -> pa.Table:
        return self._duck.query(sql, parameters)

    def portable(self, sql: str, knobs: Mapping[str, Any] | None = None) -> pa.Table:
        return self._duck.query(compile_rule(sql, knobs=knobs, as_of=self.as_of).sql)

    def has(self, name: str) -> bool:
        return bool(self.query(f'SELECT 1 FROM "{name}" LIMIT 1').num_rows)


@cache
def all_shipped() -> tuple[Control, ...]:
    return tuple(load_controls([CONTROLS]))


def shipped(*names: str) -> list[Control]:
    return [control for control in all_shipped() if control.id in names]


def judged(tables: Mapping[str, Rows], *names: str, today: datetime = NOON) -> dict[str, list[dict[str, Any]]]:
    """The tables that judging some shipped checks gives, as plain rows."""
    found = judge(HandStore(tables, today), shipped(*names))
    return {name: table.to_pylist() for name, table in found.items()}


def verdict_of(tables: Mapping[str, Rows], name: str, today: datetime = NOON) -> dict[str, Any]:
    return judged(tables, name, today=today)["verdict"][0]


def text(said: str = "x") -> dict[str, str]:
    return {"fr": said, "en": said}


def sheet(**changed: Any) -> Sheet:
    """A tiny check: every machine of the directory must be enabled; `status = 'stock'` cannot be judged."""
    base: dict[str, Any] = {
        "id": "TST-01",
        "title": text(),
        "question": text(),
        "why": text(),
        "axes": ["compliance"],
        "family": "TST",
        "severity": "high",
        "polarity": "D",
        "needs": [{"table": "asset_record", "file": text("inventory"), "ask": "systems"}],
        "population": "SELECT e.id, e.zone_id FROM entity AS e WHERE e.kind = 'device'",
        "unknown": "SELECT e.id, 'unseen' AS reason, 'flow' AS answering FROM entity AS e WHERE e.status = 'stock'",
        "fails": (
            "SELECT e.id, 'off' AS reason, 'log' AS evidence_id, '' AS member, 1 AS position, e.last_seen AS seen"
            " FROM entity AS e WHERE e.kind = 'device' AND NOT e.enabled"
        ),
        "coverage": {"required": 1.0},
        "max_age": {"days": 30, "table": "asset_record"},
        "reasons": {"off": text(), "unseen": text()},
        "remedy": text(),
        "anchors": [{"framework": "recyf", "ref": "7.B.1", "support": "proves"}],
        "proves": text(),
        "suggests": text(),
        "attest": text(),
    }
    return Sheet.model_validate({**base, **changed})
