"""The portable subset: what is refused and where, what macros mean, and that every shipped rule compiles for Spark."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
import sqlglot
from sqlglot import exp

from hygie.assess import load_controls
from hygie.assess.control import Control
from hygie.engine import Duck
from hygie.engine.portable import compile_rule
from hygie.engine.portable_macros import MACROS
from hygie.errors import QueryError
from hygie.tables import arrow_schema

CONTROLS = load_controls([Path(__file__).parents[2] / "src" / "hygie" / "content" / "controls"])
RULES = [
    pytest.param(control, sql, id=f"{control.id}-{'-'.join(place)}")
    for control in CONTROLS
    for place, sql in control.sheet.queries.items()
]
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)

REFUSED = [
    ("DELETE FROM entity", "1:1: a rule is one SELECT"),
    ("SELECT e.id FROM entity AS e; SELECT 1", "1:1: a rule is one SELECT"),
    ("COPY entity TO '/tmp/x'", "1:1: a rule is one SELECT"),
    ("SELECT e.id FROM", "expected table name"),
    ("SELECT e.idd FROM entity AS e", "1:10: `entity` has no column `idd` (did you mean `id`?)"),
    ("SELECT e.id\nFROM entity AS e\nWHERE x.id = 1", "3:7: `x` is no table of this SELECT"),
    ("SELECT e.id FROM entitty AS e", "1:18: no table is called `entitty` (did you mean `entity`?)"),
    ("SELECT f.id FROM finding AS f", "no table is called `finding`"),
    ("SELECT * FROM entity AS e", "1:8: `*` is outside the portable subset"),
    ("SELECT x.a FROM read_csv('/etc/passwd') AS x", "1:17: a table is a declared name"),
    ("SELECT e.id FROM main.entity AS e", "a table is a declared name"),
    ("SELECT date_diff('second', e.first_seen, e.last_seen) AS n FROM entity AS e", "1:8: the function `date_diff`"),
    ("SELECT now() AS n FROM entity AS e", "the function `now` is outside the portable subset"),
    ("SELECT pg_read_file('x') AS n FROM entity AS e", "the function `pg_read_file`"),
    ("SELECT matches(e.name, '(') AS n FROM entity AS e", "1:8: no RE2 expression"),
    ("SELECT matches(e.name, '(?=x)') AS n FROM entity AS e", "1:8: no RE2 expression"),
    ("SELECT matches(e.name, e.id) AS n FROM entity AS e", "is a text between quotes"),
    ("SELECT days_since() AS n FROM entity AS e", "`days_since` takes 1 arguments, found 0"),
    ("SELECT max(e.last_seen) AS last_seen FROM entity AS e", "1:8: the alias `last_seen` hides a column of its input"),
    ("SELECT e.id FROM entity AS e ORDER BY e.id", "ORDER BY does not say where nulls go"),
    ("SELECT e.id FROM entity AS e JOIN zone AS z USING (id)", "USING hides which column is meant"),
    ("SELECT e.id FROM entity AS e, zone AS z", "a JOIN without ON"),
    ("SELECT id FROM entity AS e CROSS JOIN zone AS z", "`id` is in e and z"),
    ("SELECT e.id FROM entity AS e WHERE e.name LIKE 'x%'", "`LIKE` is outside the portable subset"),
    ("SELECT e.id FROM entity AS e WHERE e.name ~ 'x'", "1:43: Invalid expression"),
    ("SELECT CAST(e.name AS DATE) AS d FROM entity AS e", "CAST to DATE is outside"),
    ("WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT t.n + 1 AS n FROM t) SELECT t.n FROM t", "WITH RECURSIVE"),
    ("SELECT e.id FROM entity AS e WHERE e.kind = $knd", "1:45: `$knd` is no knob of this rule (did you mean `kind`?)"),
    ("SELECT e.id FROM entity AS e WHERE e.kind = $kinds", "`$kinds` is a list"),
    ("SELECT e.id FROM entity AS e WHERE e.id IN (SELECT c.source FROM conversation AS c)", "has no column `source`"),
    ("SELECT " + "(" * 500 + "1" + ")" * 500 + " AS n FROM entity AS e", "nested brackets"),
    ("SELECT 'a" + "a" * 30_000 + "' AS n FROM entity AS e", "20000 characters"),
    ("SELECT 'open", "1:1: this is no SQL"),
]


@pytest.mark.parametrize(("sql", "told"), REFUSED)
def test_a_rule_outside_the_subset_is_refused_with_its_place(sql: str, told: str) -> None:
    with pytest.raises(QueryError) as caught:
        compile_rule(sql, knobs={"kind": "device", "kinds": ["device"]}, where="control.yaml")
    assert told.lower() in caught.value.message.lower()
    assert caught.value.where == "control.yaml"


HOSTILE = [
    "SELECT " + "(" * 118 + "1" + ")" * 118 + " AS n FROM entity AS e",
    "SELECT e.id FROM entity AS e WHERE " + "NOT " * 4000 + "e.connected",
    "SELECT e.id FROM entity AS e WHERE " + " OR ".join(["e.connected"] * 1300),
    "SELECT " + "- " * 5000 + "1 AS n FROM entity AS e",
    "SELECT " + "CASE WHEN TRUE THEN " * 800 + "1" + " END" * 800 + " AS n FROM entity AS e",
    "WITH " + ", ".join(f"t{n} AS (SELECT e.id FROM entity AS e)" for n in range(400)) + " SELECT t1.id FROM t1",
    "\x00SELECT e.id FROM entity AS e",
    "",
    ";;;",
    "$$",
]


@pytest.mark.parametrize("sql", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_rule_is_refused_or_compiled_never_a_crash(sql: str) -> None:
    with suppress(QueryError):
        compile_rule(sql)


def test_all_faults_are_told_at_once_in_order() -> None:
    with pytest.raises(QueryError) as caught:
        compile_rule("SELECT e.idd, z.nam\nFROM entity AS e JOIN zone AS z ON z.id = e.zoneid")
    places = [line.split(": ")[0] for line in caught.value.message.splitlines()]
    assert places == ["1:10", "1:17", "2:45"]


def test_knobs_are_bound_as_values_never_as_text() -> None:
    compiled = compile_rule(
        "SELECT e.id FROM entity AS e WHERE e.name = $name AND e.kind IN ($kinds)",
        knobs={"name": "x' OR '1'='1", "kinds": ["a", "b"]},
    )
    assert compiled.sql == "SELECT e.id FROM entity AS e WHERE e.name = 'x'' OR ''1''=''1' AND e.kind IN ('a', 'b')"


MACRO_CASES = [
    ("days_since(l.start)", 2.5),
    ('seconds(l.start, l."end")', 90.5),
    ("bucket(l.start, 600)", datetime(2026, 1, 29, 0, 0, tzinfo=UTC)),
    ('day(l."end")', datetime(2026, 1, 29, tzinfo=UTC)),
    ("as_of()", NOON),
    ("matches(l.host_name, '^pc-[0-9]+$')", True),
    ("has(l.host_name, '04')", True),
    ("starts_with(l.host_name, 'srv')", False),
    ("word_in('it directory', 'it')", True),
    ("word_in('it directory', 'direct')", False),
    ("word_in(NULL, 'it')", False),
    ("word_in('it directory', $roles)", True),
    ("in_range(100, 200, $ports)", True),
    ("in_range(200, 300, $ports)", False),
    ("percent(1, 8)", 12.5),
    ("percent(1, 0)", None),
]


@pytest.mark.parametrize(("call", "expected"), MACRO_CASES)
def test_macros_mean_what_they_say(call: str, expected: object) -> None:
    lease = {
        "start": datetime(2026, 1, 29, 0, 0, tzinfo=UTC),
        "end": datetime(2026, 1, 29, 0, 1, 30, 500_000, tzinfo=UTC),
        "host_name": "pc-042",
    }
    duck = Duck(None)
    duck.register("lease", pa.Table.from_pylist([lease], schema=arrow_schema("lease")))
    knobs = {"roles": ["proxy", "directory"], "ports": [104, 2575]}
    found = duck.query(compile_rule(f"SELECT {call} AS found FROM lease AS l", knobs=knobs, as_of=NOON).sql)
    assert found.to_pylist() == [{"found": expected}]


@pytest.mark.parametrize(("control", "sql"), RULES)
def test_every_shipped_rule_compiles_for_spark(control: Control, sql: str) -> None:
    compiled = compile_rule(sql, knobs=control.sheet.values, dialect="spark", as_of=NOON).sql
    tree = sqlglot.parse_one(compiled, dialect="spark")
    called = {node.name.lower() for node in tree.find_all(exp.Anonymous)}
    allowed = {"unix_micros", "to_timestamp", "contains", "startswith", "regexp_like", "timestamp_seconds"}
    assert called <= allowed
    assert not called & set(MACROS)
    assert not list(tree.find_all(exp.DateDiff, exp.TimestampDiff, exp.Placeholder))
    assert "$" not in compiled.replace("(32|128)$", "")


@pytest.mark.parametrize(("control", "sql"), RULES)
def test_every_shipped_rule_runs_on_duckdb_over_nothing(control: Control, sql: str) -> None:
    from tests.assess.hand import HandStore

    HandStore({}).portable(sql, control.sheet.values)
