"""How a query runs: DuckDB here, a cluster later; rules come through `portable`."""

from __future__ import annotations

from hygie.engine.duck import Duck

__all__ = ["Duck"]
