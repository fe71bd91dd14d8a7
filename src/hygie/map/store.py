"""What the map needs of a store: the source tables as SQL views, a place to show its own, the ledger of identities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import pyarrow as pa


class Ledger(Protocol):
    """Gives an entity the id it had before, whichever of its keys is still known."""

    def id_for(self, kind: str, keys: Sequence[str]) -> str:
        """The stable id of the entity known by `keys`, strongest first."""
        ...

    def keys_of(self, name: str) -> list[str]:
        """The keys under which an id is known."""
        ...


class Store(Protocol):
    """The source tables of one publication; the workspace gives the real one, tests a small one."""

    as_of: datetime
    evidence: pa.Table

    @property
    def ledger(self) -> Ledger:
        """The ledger of identities."""
        ...

    @property
    def settings(self) -> Mapping[str, Any]:
        """The settings of the workspace."""
        ...

    def query(self, sql: str, **parameters: Any) -> pa.Table:
        """Run trusted SQL over the tables."""
        ...

    def register(self, name: str, rows: pa.Table) -> None:
        """Show a table to later queries."""
        ...
