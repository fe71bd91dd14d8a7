"""From queries to plain rows and from plain rows to declared tables; folding of written names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import pyarrow as pa

from hygie.map.store import Store
from hygie.tables import arrow_schema
from hygie.words import folding

Row = dict[str, Any]
NOT_WORD = re.compile(r"[^a-z0-9*]+")


def rows(store: Store, sql: str, **parameters: Any) -> list[Row]:
    """The rows of a query, as dictionaries: for small results only."""
    return list(store.query(sql, **parameters).to_pylist())


def declared(name: str, content: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Rows as the declared table of that name; columns left out are null."""
    return pa.Table.from_pylist([dict(row) for row in content], schema=arrow_schema(name))


def shaped(name: str, found: pa.Table) -> pa.Table:
    """A query result brought to the declared columns and types of a table."""
    schema = arrow_schema(name)
    columns = [
        found[field.name].cast(field.type) if field.name in found.column_names else pa.nulls(found.num_rows, field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def scratch(store: Store, name: str, schema: Mapping[str, pa.DataType], content: Sequence[Sequence[Any]]) -> None:
    """Show a working table to the next queries; `content` holds one sequence per row."""
    columns = list(zip(*content, strict=True)) if content else [() for _ in schema]
    arrays = [pa.array(column, type=kind) for column, kind in zip(columns, schema.values(), strict=True)]
    store.register(name, pa.Table.from_arrays(arrays, names=list(schema)))


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """A written name without case, accents and punctuation, to compare what people typed.

    >>> fold("  Réanimation – Médicale ")
    'reanimation medicale'
    """
    return NOT_WORD.sub(" ", folding.fold(text)).strip()


def words(text: str | None) -> list[str]:
    """The parts of a cell that holds several values separated by spaces.

    >>> words("10.0.0.1  10.0.0.2"), words(None)
    (['10.0.0.1', '10.0.0.2'], [])
    """
    return text.split() if text else []


def place(row: Mapping[str, Any]) -> Row:
    """Where a row stands: its evidence, archive member and position."""
    return {"evidence_id": row.get("evidence_id"), "member": row.get("member"), "position": row.get("position")}
