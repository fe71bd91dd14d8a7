"""DuckDB, in memory, over Parquet files: bounded, offline, and locked before any rule reaches it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from hygie.errors import QueryError
from hygie.tables import empty


class Duck:
    """One engine: views over Parquet parts and Arrow tables, and queries that give Arrow back.

    >>> duck = Duck(folder=None)
    >>> duck.register("pair", pa.table({"size": [1, 2]}))
    >>> duck.query("SELECT sum(pair.size)::INT AS total FROM pair").to_pylist()
    [{'total': 3}]
    """

    def __init__(self, folder: Path | None, *, memory: int = 700, threads: int = 2) -> None:
        self._connection = duckdb.connect(":memory:")
        self._kept: dict[str, pa.Table] = {}
        settings = [
            "SET autoinstall_known_extensions = false",
            "SET autoload_known_extensions = false",
            f"SET memory_limit = '{memory}MiB'",
            f"SET threads = {threads}",
            "SET TimeZone = 'UTC'",
            "SET preserve_insertion_order = false",
            "SET enable_progress_bar = false",
        ]
        if folder is not None:
            inside = str(folder).replace("'", "''")
            settings += [f"SET temp_directory = '{inside}/temporary'", f"SET allowed_directories = ['{inside}']"]
        for statement in [*settings, "SET enable_external_access = false"]:
            self._connection.execute(statement)

    def lock(self) -> None:
        """Refuse any further change of settings: from here on rules may run."""
        self._connection.execute("SET lock_configuration = true")

    def view(self, name: str, files: Sequence[Path], where: str = "") -> None:
        """Show Parquet files as one table; without files, an empty table of the declared columns."""
        if not files:
            self.register(name, empty(name))
            return
        self._forget(name)
        listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in files)
        condition = f" WHERE {where}" if where else ""
        self._connection.execute(
            f'CREATE OR REPLACE VIEW "{name}" AS SELECT * FROM read_parquet([{listed}]){condition}'
        )

    def register(self, name: str, rows: pa.Table) -> None:
        """Show an Arrow table under a name; it replaces what had that name."""
        self._forget(name)
        self._kept[name] = rows
        self._connection.register(name, rows)

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        """Run one query and take all of its result: registered tables live in this connection, not in its cursors."""
        try:
            found = self._connection.sql(sql, params=dict(parameters)) if parameters else self._connection.sql(sql)
            return found.to_arrow_table()
        except duckdb.Error as error:
            raise QueryError(str(error), hint="this is a fault of the rule or of Hygie, not of the evidence") from error

    def _forget(self, name: str) -> None:
        if self._kept.pop(name, None) is not None:
            self._connection.unregister(name)
        else:
            self._connection.execute(f'DROP VIEW IF EXISTS "{name}"')

    def close(self) -> None:
        """Free the memory."""
        self._connection.close()
