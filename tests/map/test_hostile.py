"""Whatever rows hold, the map is made: nulls everywhere, nonsense in text, dates at both ends of time."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import pytest

from hygie.map import build
from hygie.tables import arrow_schema, load_tables
from tests.map.fake_store import FakeStore

TEXTS = [
    *("", " ", "any", "*", "\x00", "é" * 5, "x" * 300, "a b  c", "'; DROP TABLE flow", "DOMAIN\\user", "a@b"),
    *("10.0.0.1", "10.0.0.0/8", "::1", "fe80::1/64", "2001:db8::5", "300.1.1.1", "0.0.0.0", "255.255.255.255"),
    *("aa:bb:cc:dd:ee:ff", "zz:zz", "S-1-5-21-1-2-3-512", "computer", "user", "group", "biomedical", "internet"),
    *("accept", "deny", "answered", "success", "failure", "all", "none"),
]
TIMES = [datetime(year, 1, 1, tzinfo=UTC) for year in (1969, 1970, 2026, 2099)]
NUMBERS = [0, 1, -1, 65535, 65536, 2**31, 10, 443]


def value(kind: str, chance: random.Random) -> Any:
    if chance.random() < 0.3:
        return None
    if kind.startswith("timestamp"):
        return chance.choice(TIMES)
    if kind == "int64":
        return chance.choice(NUMBERS)
    if kind == "double":
        return float(chance.choice(NUMBERS))
    return chance.random() < 0.5 if kind == "bool" else chance.choice(TEXTS)


def hostile(seed: int) -> dict[str, list[dict[str, Any]]]:
    chance = random.Random(seed)
    found = {}
    for name, table in load_tables().items():
        if table.from_source:
            fields = [field for field in arrow_schema(name) if field.name not in ("evidence_id", "member", "position")]
            found[name] = [{field.name: value(str(field.type), chance) for field in fields} for _ in range(12)]
    return found


@pytest.mark.parametrize("seed", range(12))
def test_the_map_is_made_of_anything(seed: int) -> None:
    built = build(FakeStore(hostile(seed)))
    ids = built["entity"]["id"].to_pylist()
    assert len(ids) == len(set(ids))
    assert set(built["record_entity"]["entity_id"].to_pylist()) <= set(ids)
    ends = built["conversation"]["source_id"].to_pylist() + built["conversation"]["destination_id"].to_pylist()
    assert {end for end in ends if end is not None} <= set(ids)


def test_rows_that_are_all_empty() -> None:
    tables = {name: [{}, {}] for name, table in load_tables().items() if table.from_source}
    assert build(FakeStore(tables))["entity"].num_rows >= 1
