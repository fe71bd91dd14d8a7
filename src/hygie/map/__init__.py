"""The map: from the tables of all sources to machines, people, zones and services, each tied to its evidence.

`build(store)` gives every table with `stage: map`. Nothing here judges; what two pieces of evidence disagree on is kept
twice, and shown in `conflict`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from hygie.map.store import Store

__all__ = ["build"]


def build(store: Store) -> dict[str, pa.Table]:
    """Every table of the map, from the source tables of a store."""
    from hygie.map.assembly import assemble

    return assemble(store)
