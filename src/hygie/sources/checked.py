"""Columns read in bulk, each value checked: a record with a faulty value is refused once, with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hygie.sources.base import Batch, Refusal

SET_ASIDE = "the record was set aside; the rest is read"


class Checks:
    """What was found wrong in a batch of records, and the rows that remain.

    >>> checks = Checks(np.array([4, 5, 6]))
    >>> ports = checks.typed(pa.array(["80", "x", None]), lambda column: pa.array([80, None, None]), "a port")
    >>> refusal, batch = checks.finish("flow", {"port": ports})
    >>> refusal.position, refusal.expected, batch.rows.to_pylist()
    (5, 'a port', [{'position': 4, 'port': 80}, {'position': 6, 'port': None}])
    """

    def __init__(self, positions: Any) -> None:
        self.positions = positions
        self.aside: Any = None  # mask of sound records that feed no row
        self._faults: list[tuple[Any, str]] = []

    def typed(self, written: Any, turn: Callable[[Any], Any], expected: str, required: bool = False) -> Any:
        """A column turned into its type; a value that resists, or a required one that is absent, is a fault."""
        found = turn(written)
        if required and found.null_count:
            self.fault(pc.is_null(found), expected)
        elif found.null_count > written.null_count:
            self.fault(pc.and_(pc.is_valid(written), pc.is_null(found)), expected)
        return found

    def fault(self, mask: Any, expected: str) -> None:
        """Refuse the records of a mask."""
        self._faults.append((mask.to_numpy(zero_copy_only=False), expected))

    def finish(self, table: str, columns: Mapping[str, Any]) -> Iterator[Batch | Refusal]:
        """Refuse the faulty records, each once, and give back the rest as rows of a table."""
        out = np.zeros(len(self.positions), bool)
        for mask, expected in self._faults:
            for position in self.positions[mask & ~out].tolist():
                yield Refusal(position, expected, SET_ASIDE)
            out |= mask
        if self.aside is not None:
            out |= self.aside
        rows = pa.table({"position": pa.array(self.positions, pa.int64()), **columns})
        if out.any():
            rows = rows.filter(pa.array(~out))
        if rows.num_rows:
            yield Batch(table, rows)
