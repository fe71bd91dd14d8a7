"""`hygie run`: scan, read what is new, rebuild the map and the verdicts when something changed, publish whole."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from hygie import __version__
from hygie.pipeline.progress import Listener, Progress, silent
from hygie.pipeline.scan import Scan, scan
from hygie.workspace.containers import Limits
from hygie.workspace.folder import Workspace
from hygie.workspace.lock import exclusive
from hygie.workspace.parts import RECEIPT, PartReceipt
from hygie.workspace.snapshot import Manifest, content_key, current, publish, snapshot_name, sweep
from hygie.workspace.state import State

CONTENT = Path(__file__).parent.parent / "content"
MOST_WORKERS = 4


@dataclass(frozen=True)
class RunResult:
    """What a run did: its snapshot, whether it is new, files read and reused, refusals, seconds."""

    snapshot: str
    as_of: datetime
    changed: bool
    read: int
    reused: int
    refused_files: int
    refused_records: int
    seconds: float


def run(
    root: Path, as_of: datetime | None = None, *, verify: bool = False, progress: Listener | None = None
) -> RunResult:
    """Bring a workspace up to date; raise `WorkspaceBusy` when another run is at work."""
    started = time.perf_counter()
    workspace = Workspace(Path(root))
    tell = progress or silent
    with exclusive(workspace.hidden / "lock"):
        sweep(workspace)
        state = State(workspace.state_file)
        try:
            found = scan(workspace, state, verify=verify, progress=tell)
            fingerprint = readers_fingerprint(workspace)
            parts, fresh = _read_all(workspace, found, fingerprint, tell)
            manifest = _manifest(workspace, found, parts, fingerprint, as_of)
            held = current(workspace)
            changed = held is None or held.content_key != manifest.content_key
            if changed:
                _build(workspace, manifest, parts, state, tell)
            else:
                manifest = held or manifest
        finally:
            state.close()
    refused_files = sum(member.status not in ("read", "empty", "unused") for part in parts for member in part.members)
    refused_records = sum(member.refused for part in parts for member in part.members)
    return RunResult(
        manifest.snapshot,
        datetime.fromisoformat(manifest.as_of),
        changed,
        fresh,
        len(parts) - fresh,
        refused_files + len(found.outside),
        refused_records,
        time.perf_counter() - started,
    )


def readers_fingerprint(workspace: Workspace) -> str:
    """What rows depend on besides the bytes: version, mappings, tables, the time zone of local times."""
    digest = hashlib.sha256(f"{__version__}|{workspace.timezone}".encode())
    for folder in (CONTENT / "tables", *(layer / "mappings" for layer in (CONTENT, *workspace.layers))):
        _digest_folder(digest, folder)
    return digest.hexdigest()[:12]


def judges_fingerprint(workspace: Workspace) -> str:
    """What map and verdicts depend on besides the rows: all content and the settings."""
    digest = hashlib.sha256(f"{__version__}|{sorted(workspace.settings.items())}".encode())
    for folder in (CONTENT, *workspace.layers):
        _digest_folder(digest, folder)
    return digest.hexdigest()[:12]


def _digest_folder(digest: Any, folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".yaml", ".yml", ".ndjson") and "words" not in path.parts:
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes())


def _read_all(workspace: Workspace, found: Scan, fingerprint: str, tell: Listener) -> tuple[list[PartReceipt], int]:
    targets = {key: workspace.parts / key / fingerprint for key in found.paths}
    held = {key: PartReceipt.load(path / RECEIPT) for key, path in targets.items() if (path / RECEIPT).exists()}
    known = {key: part for key, part in held.items() if not any("fault" in one.notes for one in part.members)}
    for key in held.keys() - known.keys():
        shutil.rmtree(targets[key], ignore_errors=True)
    todo = sorted((key for key in targets if key not in known), key=lambda key: (-found.sizes[key], key))
    for done, (key, part) in enumerate(_read_fresh(workspace, found, targets, todo), 1):
        known[key] = part
        tell(Progress("read", done, len(todo), found.paths[key]))
    return [known[key] for key in sorted(known)], len(todo)


def _read_fresh(
    workspace: Workspace, found: Scan, targets: Mapping[str, Path], todo: list[str]
) -> Iterator[tuple[str, PartReceipt]]:
    if not todo:
        return
    from hygie.pipeline.reading import Task, follow_parent, read_evidence, site_mappings

    settings = workspace.settings
    limits = Limits(settings["maximum_file"] * 1024**3, settings["maximum_ratio"])
    mappings = site_mappings(workspace)
    tasks = {
        key: Task(
            workspace.root / found.paths[key],
            found.paths[key],
            key,
            targets[key],
            found.received[key],
            workspace.timezone,
            limits,
            mappings,
        )
        for key in todo
    }
    workers = min(settings["workers"] or min(os.cpu_count() or 1, MOST_WORKERS), len(todo))
    if workers == 1 or sum(found.sizes[key] for key in todo) < 2_000_000:
        yield from ((key, read_evidence(task)) for key, task in tasks.items())
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, follow_parent, (os.getpid(),)) as pool:
        with _no_main_module():
            futures = {pool.submit(read_evidence, task): key for key, task in tasks.items()}
        for future in as_completed(futures):
            yield futures[future], future.result()


@contextmanager
def _no_main_module() -> Iterator[None]:
    """Workers start afresh: without this, spawning runs the caller's own script again in each of them."""
    held = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = held


def _manifest(
    workspace: Workspace, found: Scan, parts: list[PartReceipt], fingerprint: str, as_of: datetime | None
) -> Manifest:
    judged = as_of or _newest_event(parts) or datetime.now(UTC)
    today = judged if as_of else max(judged, datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0))
    outside = [f"{row['path']}:{row['status']}" for row in found.outside]
    more = (judges_fingerprint(workspace), judged.isoformat(), today.isoformat(), *outside)
    key = content_key([part.evidence_id for part in parts], fingerprint, *more)
    evidence = [{"evidence_id": part.evidence_id, "path": found.paths[part.evidence_id]} for part in parts]
    return Manifest(
        snapshot_name(key),
        key,
        judged.isoformat(),
        as_of is not None,
        today.isoformat(),
        fingerprint,
        evidence,
        found.outside,
    )


def _newest_event(parts: list[PartReceipt]) -> datetime | None:
    """The newest event of the evidence; rows later than the receipt of their file were refused when read."""
    times = [member.last_time for part in parts for member in part.members if member.last_time]
    return max(map(datetime.fromisoformat, times), default=None)


def _build(workspace: Workspace, manifest: Manifest, parts: list[PartReceipt], state: State, tell: Listener) -> None:
    from hygie.assess import judge, load_controls
    from hygie.map import build
    from hygie.workspace.store import Store

    store = Store(workspace, manifest, parts, state)
    try:
        tell(Progress("map", 0, 1))
        tables = dict(build(store))
        for name, rows in tables.items():
            store.register(name, rows)
        tell(Progress("assess", 0, 1))
        layers = [layer / "controls" for layer in (CONTENT, *workspace.layers)]
        tables |= judge(store, load_controls(layers))
        tell(Progress("publish", 0, 1))
        store.ledger.save()
        publish(workspace, replace(manifest, figures={name: rows.num_rows for name, rows in tables.items()}), tables)
        state.record_run(manifest.snapshot, manifest.content_key, store.as_of)
    finally:
        store.close()
