"""What judging needs of a publication."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

import pyarrow as pa


class Store(Protocol):
    """The tables of a publication, its dates and its register of evidence."""

    as_of: datetime
    today: datetime
    evidence: pa.Table

    def query(self, sql: str, **parameters: Any) -> pa.Table:
        """Run trusted SQL."""
        ...

    def portable(self, sql: str, knobs: Mapping[str, Any] | None = None) -> pa.Table:
        """Run a rule."""
        ...

    def has(self, name: str) -> bool:
        """Whether a table has any row."""
        ...
