"""What stages see: the tables of one publication as views, its dates, its settings, the ledger of identities."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from hygie.engine import Duck
from hygie.errors import WorkspaceError
from hygie.tables import load_tables
from hygie.workspace.config import Settings
from hygie.workspace.folder import Workspace
from hygie.workspace.parts import RECEIPT, PartReceipt, part_files
from hygie.workspace.register import evidence_table, refusal_table
from hygie.workspace.snapshot import Manifest, current, read_manifest
from hygie.workspace.state import Ledger, State


class Store:
    """The tables of one publication, or of one in the making.

    `query` takes trusted SQL of stages; `portable` takes rules. `as_of` is the date of judgement in event time;
    `today` is what staleness and expiry count to (the later of as-of and the day of the run, unless as-of was given).
    """

    def __init__(self, workspace: Workspace, manifest: Manifest, parts: Sequence[PartReceipt], state: State) -> None:
        self.workspace = workspace
        self.manifest = manifest
        self.settings: Settings = workspace.settings
        self.as_of = datetime.fromisoformat(manifest.as_of)
        self.today = datetime.fromisoformat(manifest.today)
        self.snapshot = manifest.snapshot
        self.ledger: Ledger = state.ledger()
        paths = {filed.evidence_id: path for path, filed in sorted(state.files().items(), reverse=True)}
        known = {row["evidence_id"]: row["path"] for row in manifest.evidence}
        self.paths: dict[str, str] = {**known, **{key: paths[key] for key in known if key in paths}}
        self.evidence = evidence_table(parts, state.receipts(), self.paths, manifest.outside)
        self.refusals = refusal_table(parts, self.paths)
        self._duck = Duck(workspace.hidden, memory=workspace.settings["memory"], threads=min(4, os.cpu_count() or 1))
        self._show(parts)

    def _show(self, parts: Sequence[PartReceipt]) -> None:
        files: dict[str, list[Path]] = {name: [] for name, declared in load_tables().items() if declared.from_source}
        for part in parts:
            folder = self.workspace.parts / part.evidence_id / self.manifest.fingerprint
            for name, path in part_files(folder, part).items():
                if name in files:
                    files[name].append(path)
        for name, found in files.items():
            self._duck.view(name, found, self._within(name))
        published = self.workspace.snapshots / self.manifest.snapshot
        for name, declared in load_tables().items():
            if declared.stage in ("map", "assess"):
                path = published / f"{name}.parquet"
                self._duck.view(name, [path] if path.exists() else [])
        self.register("evidence", self.evidence)
        self.register("refusal", self.refusals)
        self._duck.lock()

    def _within(self, name: str) -> str:
        time = load_tables()[name].time
        if not (self.manifest.as_of_given and time):
            return ""
        return f'("{time}" IS NULL OR "{time}" <= TIMESTAMPTZ \'{self.as_of.isoformat()}\')'

    def query(self, sql: str, **parameters: Any) -> pa.Table:
        """Run trusted SQL over the tables; `$name` takes its value from the keyword of that name."""
        return self._duck.query(sql, parameters)

    def portable(self, sql: str, knobs: Mapping[str, Any] | None = None) -> pa.Table:
        """Run a rule: parsed, allow-listed, macros lowered, then run."""
        from hygie.engine.portable import compile_rule

        compiled = compile_rule(sql, knobs=dict(knobs or {}), as_of=self.as_of, today=self.today)
        return self._duck.query(compiled.sql)

    def register(self, name: str, rows: pa.Table) -> None:
        """Make a table visible to later queries under its declared name."""
        self._duck.register(name, rows)

    def has(self, name: str) -> bool:
        """Whether a table has any row."""
        return bool(self.query(f'SELECT 1 FROM "{name}" LIMIT 1').num_rows)

    def close(self) -> None:
        """Free the engine."""
        self._duck.close()


def load_parts(workspace: Workspace, manifest: Manifest) -> list[PartReceipt]:
    """The receipts of the evidence a publication stands on."""
    folders = [workspace.parts / row["evidence_id"] / manifest.fingerprint for row in manifest.evidence]
    return [PartReceipt.load(folder / RECEIPT) for folder in folders if (folder / RECEIPT).exists()]


def open_store(root: Path | str, snapshot: str | None = None) -> Store:
    """The current publication of a workspace, or an earlier one, to read."""
    workspace = Workspace(Path(root))
    manifest = read_manifest(workspace, snapshot) if snapshot else current(workspace)
    if manifest is None:
        raise WorkspaceError("nothing was published yet", where=str(workspace.root), hint="run `hygie run` first")
    state = State(workspace.state_file)
    try:
        return Store(workspace, manifest, load_parts(workspace, manifest), state)
    finally:
        state.close()
