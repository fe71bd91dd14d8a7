"""What a run publishes: a manifest of its evidence, and the tables of map and verdicts, whole or not at all."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from hygie.errors import UsageError, WorkspaceError
from hygie.workspace.folder import Workspace
from hygie.workspace.parts import sync

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Manifest:
    """A publication: which evidence, read by which readers, judged at which date."""

    snapshot: str
    content_key: str
    as_of: str
    as_of_given: bool
    today: str
    fingerprint: str
    evidence: list[dict[str, str]] = field(default_factory=list)
    outside: list[dict[str, str]] = field(default_factory=list)  # files refused at the door: path, status, reason, hint
    figures: dict[str, Any] = field(default_factory=dict)


def content_key(evidence_ids: list[str], fingerprint: str, *more: str) -> str:
    """What a publication depends on, as one hash: no change, no new snapshot.

    >>> content_key(["b", "a"], "f", "x") == content_key(["a", "b"], "f", "x")
    True
    """
    return hashlib.sha256("|".join([*sorted(evidence_ids), fingerprint, *more]).encode()).hexdigest()[:16]


def publish(workspace: Workspace, manifest: Manifest, tables: Mapping[str, pa.Table]) -> None:
    """Put a snapshot in place by one rename, then make it the current one by another."""
    scratch = workspace.snapshots / f".{manifest.snapshot}.{os.getpid()}"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    for name, rows in tables.items():
        pq.write_table(rows, scratch / f"{name}.parquet", compression="zstd", compression_level=1)
    (scratch / MANIFEST).write_bytes(orjson.dumps(asdict(manifest), option=orjson.OPT_INDENT_2))
    sync(scratch / MANIFEST)
    target = workspace.snapshots / manifest.snapshot
    if target.exists():
        shutil.rmtree(scratch)
    else:
        os.replace(scratch, target)
    pointer = workspace.hidden / f".current.{os.getpid()}"
    pointer.write_text(manifest.snapshot, "ascii")
    sync(pointer)
    os.replace(pointer, workspace.hidden / "current")


def snapshot_name(key: str) -> str:
    """A name that sorts by time of publication and tells the content.

    >>> snapshot_name("0123456789abcdef").endswith("-01234567")
    True
    """
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{key[:8]}"


def current(workspace: Workspace) -> Manifest | None:
    """The snapshot in force, if there is one."""
    pointer = workspace.hidden / "current"
    return read_manifest(workspace, pointer.read_text("ascii").strip()) if pointer.exists() else None


def read_manifest(workspace: Workspace, snapshot: str) -> Manifest:
    """One publication by its id, or by an unambiguous beginning of it."""
    found = sorted(path.name for path in workspace.snapshots.glob("[0-9]*") if path.name.startswith(snapshot))
    if len(found) != 1:
        raise UsageError(
            f"{len(found)} snapshots start with {snapshot}",
            where=str(workspace.root),
            hint="snapshots: " + ", ".join(sorted(path.name for path in workspace.snapshots.glob("[0-9]*"))[-5:]),
        )
    try:
        return Manifest(**orjson.loads((workspace.snapshots / found[0] / MANIFEST).read_bytes()))
    except (OSError, ValueError, TypeError) as error:
        raise WorkspaceError(
            f"the manifest cannot be read ({error})", where=found[0], hint="run `hygie run` again"
        ) from None


def sweep(workspace: Workspace) -> None:
    """Remove what a killed run left half made; only called while holding the lock."""
    for folder in (workspace.snapshots, *(path for path in workspace.parts.glob("*") if path.is_dir())):
        for left in folder.glob(".*"):
            shutil.rmtree(left, ignore_errors=True)
    for left in workspace.hidden.glob(".current.*"):
        left.unlink(missing_ok=True)
    shutil.rmtree(workspace.hidden / "temporary", ignore_errors=True)
    (workspace.hidden / "temporary").mkdir(exist_ok=True)
