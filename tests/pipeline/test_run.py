"""`hygie run` from the outside: reads what is new, withdraws what is gone, publishes whole, survives anything."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from hygie import pipeline
from hygie.errors import WorkspaceBusy
from hygie.workspace import Store, Workspace, open_store
from hygie.workspace.lock import exclusive

from .small import AS_OF, INVENTORY, conn_log, connection, flows, hospital

RUN = """
import datetime, pathlib, sys
from hygie import pipeline
pipeline.run(pathlib.Path(sys.argv[1]), datetime.datetime.fromisoformat(sys.argv[2]))
"""


@contextmanager
def opened(workspace: Workspace) -> Iterator[Store]:
    store = open_store(workspace.root)
    try:
        yield store
    finally:
        store.close()


def rows(workspace: Workspace, sql: str) -> set[tuple[Any, ...]]:
    with opened(workspace) as store:
        return {tuple(row.values()) for row in store.query(sql).to_pylist()}


def published(workspace: Workspace) -> dict[str, list[tuple[str, ...]]]:
    """Every published table as sorted text rows, to compare two workspaces."""
    with opened(workspace) as store:
        return {
            name: sorted(tuple(map(str, row.values())) for row in store.query(f'SELECT * FROM "{name}"').to_pylist())
            for name in ("entity", "statement", "conversation", "verdict", "finding", "proof", "unseen")
        }


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return hospital(tmp_path / "mon hôpital")


def test_the_chain_from_files_to_verdicts(workspace: Workspace) -> None:
    result = pipeline.run(workspace.root, AS_OF)
    assert (result.read, result.changed, result.refused_files, result.refused_records) == (3, True, 0, 0)
    assert rows(workspace, "SELECT kind, status, rows FROM evidence") == {
        ("zeek-conn", "read", 4), ("glpi-csv", "read", 2), ("address-plan", "read", 3),
    }  # fmt: skip
    assert rows(workspace, "SELECT source_ip, destination_ip, destination_port, state FROM flow") == {
        ("10.1.0.11", "10.2.0.21", 443, "answered"),
        ("10.1.0.11", "10.3.0.31", 445, "answered"),
        ("10.1.0.11", "10.3.0.32", 445, "refused"),
        ("10.1.0.99", "10.2.0.21", 104, "answered"),
    }
    assert len(rows(workspace, "SELECT control FROM verdict")) == 12


def test_nothing_new_reads_nothing_and_publishes_nothing(workspace: Workspace) -> None:
    first = pipeline.run(workspace.root, AS_OF)
    again = pipeline.run(workspace.root, AS_OF)
    assert (again.snapshot, again.changed, again.read, again.reused) == (first.snapshot, False, 0, 3)


def test_a_new_file_alone_is_read_and_a_withdrawn_one_takes_its_facts(workspace: Workspace) -> None:
    pipeline.run(workspace.root, AS_OF)
    extra = workspace.root / "evidence" / "conn.11_00.log"
    extra.write_bytes(conn_log([connection(9, "10.1.0.11", "10.2.0.22", 22, service="ssh")]))
    assert pipeline.run(workspace.root, AS_OF).read == 1
    assert ("10.2.0.22",) in rows(workspace, "SELECT destination_ip FROM flow")
    extra.unlink()
    assert pipeline.run(workspace.root, AS_OF).read == 0
    assert ("10.2.0.22",) not in rows(workspace, "SELECT destination_ip FROM flow")
    assert ("10.2.0.22",) not in rows(workspace, "SELECT ip FROM entity")


def test_a_renamed_file_and_a_copy_change_nothing(workspace: Workspace) -> None:
    first = pipeline.run(workspace.root, AS_OF)
    inventory = workspace.root / "evidence" / "glpi.csv"
    inventory.rename(inventory.with_name("export GLPI.txt"))
    (workspace.root / "evidence" / "copie.csv").write_text(INVENTORY, "utf-8")
    again = pipeline.run(workspace.root, AS_OF)
    assert (again.snapshot, again.read) == (first.snapshot, 0)


def test_event_time_is_respected(workspace: Workspace) -> None:
    early = AS_OF.replace(hour=10, minute=0, second=2)
    pipeline.run(workspace.root, early)
    assert len(rows(workspace, "SELECT destination_ip, destination_port FROM flow")) == 2


def test_rows_later_than_their_receipt_or_before_1990_are_refused(workspace: Workspace) -> None:
    odd = flows()[0].split("\t", 1)[1]
    (workspace.root / "evidence" / "odd.log").write_bytes(
        conn_log([f"4070908800.0\t{odd}", f"12.5\t{odd}", connection(8, "10.1.0.11", "10.2.0.28", 80)])
    )
    result = pipeline.run(workspace.root)
    assert result.refused_records == 2
    assert rows(workspace, "SELECT position, expected FROM refusal") == {
        (8, "a time not later than the receipt of the file"), (9, "a time after 1990"),
    }  # fmt: skip
    assert result.as_of.year == 2026


def test_a_dump_of_secrets_is_neither_registered_nor_copied(workspace: Workspace) -> None:
    dump = "".join(f"user{n}:{1000 + n}:{'a' * 32}:{'b' * 32}:::\n" for n in range(5))
    (workspace.root / "evidence" / "ntds.txt").write_text(dump)
    result = pipeline.run(workspace.root, AS_OF)
    assert result.refused_files == 1
    assert ("evidence/ntds.txt", "refused", "") in rows(workspace, "SELECT path, status, evidence_id FROM evidence")
    kept = [path for path in workspace.hidden.rglob("*") if path.is_file() and b"user1:" in path.read_bytes()]
    assert kept == []


def test_links_are_never_followed(workspace: Workspace, tmp_path: Path) -> None:
    outside = tmp_path / "outside.csv"
    outside.write_text(INVENTORY.replace("SN000", "SX000"), "utf-8")
    (workspace.root / "evidence" / "link.csv").symlink_to(outside)
    result = pipeline.run(workspace.root, AS_OF)
    assert (result.read, result.refused_files) == (3, 1)
    told = rows(workspace, "SELECT path, reason FROM evidence WHERE status = 'refused'")
    assert told == {("evidence/link.csv", "expected a plain file: links and devices are never followed")}


def test_two_runs_at_once(workspace: Workspace) -> None:
    with exclusive(workspace.hidden / "lock"), pytest.raises(WorkspaceBusy, match="another run"):
        pipeline.run(workspace.root, AS_OF)


@pytest.mark.slow
def test_killed_at_any_moment_then_run_again(workspace: Workspace, tmp_path: Path) -> None:
    """The same result as an undisturbed run, wherever the killing fell."""
    calm = hospital(tmp_path / "calm")
    pipeline.run(calm.root, AS_OF)
    for delay in (0.05, 0.3, 0.6, 0.9, 1.2, 1.6, 2.2):
        process = subprocess.Popen([sys.executable, "-c", RUN, str(workspace.root), AS_OF.isoformat()])
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
    pipeline.run(workspace.root, AS_OF)
    assert published(workspace) == published(calm)
    left = [path for path in workspace.hidden.rglob(".*") if path.name.startswith((".2", ".current", "."))]
    assert [path for path in left if str(os.getpid()) not in path.name] == []
