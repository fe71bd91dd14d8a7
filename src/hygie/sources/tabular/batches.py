"""From typed columns to batches: one row made into several, a second table where one is due."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from hygie.sources.base import Batch
from hygie.sources.tabular import explode
from hygie.sources.tabular.mapping import TableMapping
from hygie.tables import arrow_schema


def batches_of(mapping: TableMapping, made: explode.Columns) -> Iterator[Batch]:
    """The batches of each table a mapping feeds."""
    for table, cells in tables_of(mapping, made):
        yield Batch(table, _arrow(table, cells))


def tables_of(mapping: TableMapping, made: explode.Columns) -> Iterator[tuple[str, explode.Columns]]:
    """The rows of each table a batch feeds."""
    wanted = arrow_schema(mapping.table).names
    main = made
    if "firewall_match" not in mapping.also:
        for group in mapping.explode:
            main = explode.explode(main, group)
        if "_ports" in main or "_protocols" in main:
            blank: list[Any] = [None] * explode.rows_of(main)
            main = explode.explode_ports({"_ports": blank, **main}, wanted)
    if explode.rows_of(main):
        yield mapping.table, {name: cells for name, cells in main.items() if name in wanted}
        if "firewall_match" in mapping.also:
            yield "firewall_match", explode.matches(made)


def _arrow(table: str, cells: explode.Columns) -> pa.Table:
    schema = arrow_schema(table)
    names = [name for name in schema.names if name in cells]
    return pa.table([pa.array(cells[name], schema.field(name).type) for name in names], names=names)
