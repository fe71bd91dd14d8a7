"""A check ships with its proof: `fires/` must yield a counter-example, `quiet/` a population and none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa

from hygie.engine import Duck
from hygie.engine.portable import ANY_DATE, compile_rule
from hygie.errors import HygieError
from hygie.tables import arrow_schema, empty, load_tables
from hygie.tables.yaml_marks import Fault

if TYPE_CHECKING:
    from hygie.assess.control import Control

KINDS = ("fires", "quiet")
MOST_ROWS = 2000
LONGEST_LINE = 1 << 16
AS_OF = ANY_DATE


def read_proof(folder: Path, shown: str) -> tuple[dict[str, pa.Table], list[Fault]]:
    """The tables of one proof folder, one NDJSON file per table, with all faults."""
    tables: dict[str, pa.Table] = {}
    faults: list[Fault] = []
    files = sorted(folder.glob("*.ndjson")) if folder.is_dir() else []
    if not files:
        hint = "add one NDJSON file per table: a control ships with its proof"
        return {}, [Fault(shown, "expected a folder with at least one TABLE.ndjson", hint)]
    for path in files:
        name, place = path.stem, f"{shown}/{path.name}"
        if name not in load_tables() or load_tables()[name].stage == "assess":
            faults.append(Fault(place, f"no evidence or map table is called `{name}`"))
            continue
        rows = _read_rows(path, place, arrow_schema(name), faults)
        tables[name] = pa.Table.from_pylist(rows, schema=arrow_schema(name))
    return tables, faults


def _read_rows(path: Path, place: str, schema: pa.Schema, faults: list[Fault]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        where = f"{place}:{number}"
        if len(line) > LONGEST_LINE or len(rows) >= MOST_ROWS:
            faults.append(Fault(where, f"a proof has at most {MOST_ROWS} rows of {LONGEST_LINE} bytes"))
            break
        row = _read_row(line, where, schema, faults)
        if row is not None:
            rows.append(row)
    return rows


def _read_row(line: bytes, where: str, schema: pa.Schema, faults: list[Fault]) -> dict[str, Any] | None:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        faults.append(Fault(where, f"expected one JSON object: {error.msg}"))
        return None
    if not isinstance(row, dict):
        faults.append(Fault(where, "expected one JSON object"))
        return None
    found: dict[str, Any] = {}
    for name, value in row.items():
        if name not in schema.names:
            faults.append(Fault(where, f"no column is called `{name}`", f"columns: {', '.join(schema.names)}"))
            continue
        try:
            found[name] = _typed(value, schema.field(name).type)
        except (TypeError, ValueError):
            faults.append(Fault(where, f"`{name}`: expected {schema.field(name).type}, found {value!r}"))
    return found


def _typed(value: Any, kind: pa.DataType) -> Any:
    if value is None:
        return None
    if pa.types.is_timestamp(kind):
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    wanted: tuple[type, ...] = (str,)
    if pa.types.is_boolean(kind):
        wanted = (bool,)
    elif pa.types.is_floating(kind):
        wanted = (int, float)
    elif pa.types.is_integer(kind):
        wanted = (int,)
    if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
        raise TypeError(value)
    return value


class ProofStore:
    """The tables of one proof in memory, judged as of a fixed date."""

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        self._duck = Duck(None, memory=200, threads=1)
        for name in load_tables():
            self._duck.register(name, tables.get(name, empty(name)))
        self._duck.lock()

    def portable(self, sql: str, knobs: Mapping[str, Any] | None = None) -> pa.Table:
        """Run a rule."""
        return self._duck.query(compile_rule(sql, knobs=knobs, as_of=AS_OF).sql)

    def close(self) -> None:
        """Free the memory."""
        self._duck.close()


def run_proof(control: Control, kind: str) -> dict[str, list[dict[str, Any]]]:
    """The rows that each rule of a check finds in one of its proofs, by the name of the rule."""
    store = ProofStore(control.proofs.get(kind, {}))
    try:
        found = {}
        for place, sql in control.sheet.queries.items():
            name = place[1] if place[0] in ("aside", "declared") else place[0]
            found[name] = store.portable(sql, control.sheet.values).to_pylist()
        return found
    finally:
        store.close()


def check_proofs(control: Control) -> list[Fault]:
    """What is wrong with a check, by its own proofs; nothing when they hold."""
    faults: list[Fault] = []
    for kind in KINDS:
        where = f"{control.id}/{kind}"
        try:
            found = run_proof(control, kind)
        except HygieError as error:
            faults.append(Fault(where, f"a rule does not run: {error}"))
            continue
        faults += [Fault(where, told) for told in _proof_problems(control, kind, found)]
    return faults


def _proof_problems(control: Control, kind: str, found: Mapping[str, list[dict[str, Any]]]) -> list[str]:
    members = {row["id"] for row in found["population"]}
    failing = {row["id"] for row in found["fails"]}
    problems = []
    if kind == "fires" and not failing:
        problems.append("`fails` finds nothing where it must fire")
    if kind == "quiet" and failing:
        problems.append(f"`fails` finds {', '.join(sorted(map(str, failing)))} where it must stay quiet")
    if not members:
        problems.append("the population is empty")
    if len(members) != len(found["population"]):
        problems.append("the population gives a member twice")
    for name in ("fails", "unknown"):
        strangers = {row["id"] for row in found[name]} - members
        if strangers:
            problems.append(f"`{name}` gives {', '.join(sorted(map(str, strangers)))}, not of the population")
        codes = {row["reason"] for row in found[name]} - set(control.sheet.reasons)
        if codes:
            problems.append(f"`{name}` gives reasons without a sentence: {', '.join(sorted(map(str, codes)))}")
    return problems
