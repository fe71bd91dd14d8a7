"""Table declarations: from one YAML per table to Arrow schemas, documentation and checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyarrow as pa

from hygie.content_files import CONTENT, read_yaml
from hygie.errors import ContentError, UsageError

FOLDER = CONTENT / "tables"
TIME = pa.timestamp("us", tz="UTC")
ARROW_TYPES: Mapping[str, pa.DataType] = {
    "text": pa.string(),
    "ip": pa.string(),
    "mac": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "time": TIME,
}
PROVENANCE = (("evidence_id", pa.string()), ("member", pa.string()), ("position", pa.int64()))


@dataclass(frozen=True)
class Column:
    """One column: its type, meaning in both languages, unit and whether it holds personal data."""

    name: str
    type: str
    meaning: Mapping[str, str]
    unit: str = ""
    personal: bool = False


@dataclass(frozen=True)
class Table:
    """One table: the stage that writes it, its meaning, the column that dates its rows, its columns."""

    name: str
    stage: str
    meaning: Mapping[str, str]
    columns: Mapping[str, Column]
    time: str = ""
    origin: str = "observed"
    key: tuple[str, ...] = ()

    @property
    def from_source(self) -> bool:
        """Whether readers write it; its rows then carry `evidence_id`, `member` and `position`."""
        return self.stage == "source"


def _column(name: str, row: list[str]) -> Column:
    flags = row[3:]
    unit = next((flag.removeprefix("unit=") for flag in flags if flag.startswith("unit=")), "")
    return Column(name, row[0], {"fr": row[1], "en": row[2]}, unit, "personal" in flags)


def parse_table(data: Mapping[str, Any], where: str) -> Table:
    """Check one declaration and return it; all faults of the file are told at once."""
    faults = [f"{where}: `{key}` is missing" for key in ("name", "stage", "meaning", "columns") if key not in data]
    for name, row in dict(data.get("columns", {})).items():
        if not isinstance(row, list) or len(row) < 3 or row[0] not in ARROW_TYPES:
            faults.append(f"{where}: column `{name}`: expected [type, meaning fr, meaning en, flags…]")
    if faults:
        raise ContentError("; ".join(faults), hint=f"types are {', '.join(ARROW_TYPES)}")
    columns = {name: _column(name, row) for name, row in data["columns"].items()}
    return Table(
        data["name"],
        data["stage"],
        data["meaning"],
        columns,
        time=data.get("time", ""),
        origin=data.get("origin", "observed"),
        key=tuple(data.get("key", ())),
    )


@cache
def load_tables() -> Mapping[str, Table]:
    """All tables, by name.

    >>> load_tables()["flow"].columns["duration"].unit
    'second'
    """
    tables = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        declared = parse_table(read_yaml(path), path.name)
        tables[declared.name] = declared
    return tables


def table(name: str) -> Table:
    """The declaration of one table; an unknown name is refused with the nearest ones."""
    try:
        return load_tables()[name]
    except KeyError:
        raise UsageError(f"no table is called {name}", hint=f"tables: {', '.join(load_tables())}") from None


@cache
def arrow_schema(name: str) -> pa.Schema:
    """The Arrow schema of a table; tables written by readers start with their provenance.

    >>> arrow_schema("lease").names[:4]
    ['evidence_id', 'member', 'position', 'start']
    """
    declared = table(name)
    head = list(PROVENANCE) if declared.from_source else []
    return pa.schema([*head, *((column.name, ARROW_TYPES[column.type]) for column in declared.columns.values())])


def empty(name: str) -> pa.Table:
    """A table without rows."""
    return arrow_schema(name).empty_table()
