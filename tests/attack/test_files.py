"""Files written to make a reader fall, hang or lie: one record is refused, the rest is read, in bounded time."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from hygie import pipeline
from hygie.workspace import Workspace, open_store
from tests.pipeline.small import AS_OF, INVENTORY, hospital


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return hospital(tmp_path / "h")


def told(workspace: Workspace, name: str) -> dict[str, Any]:
    """What the register says of one file, after a run."""
    pipeline.run(workspace.root, AS_OF)
    store = open_store(workspace.root)
    try:
        sql = "SELECT status, rows, refused, reason, notes FROM evidence WHERE path = $path"
        rows: list[dict[str, Any]] = store.query(sql, path=f"evidence/{name}").to_pylist()
        return rows[0]
    finally:
        store.close()


def people(count: int, **properties: str) -> bytes:
    """Two users as SharpHound writes them, the first with hostile properties, with an announced count."""
    item = '{"ObjectIdentifier": "S-1-5-21-1-2-3-%d", "Properties": {%s}}'
    hostile = ", ".join(f'"{name}": {value}' for name, value in properties.items())
    listed = [item % (1101, hostile), item % (1102, '"enabled": true')]
    return f'{{"data": [{", ".join(listed)}], "meta": {{"type": "users", "count": {count}, "version": 5}}}}'.encode()


def test_an_endless_number_in_a_directory_costs_one_value(workspace: Workspace) -> None:
    (workspace.root / "evidence" / "users.json").write_bytes(people(2, lastlogon="1e999", pwdlastset="-1e999"))
    assert (told(workspace, "users.json")["status"], told(workspace, "users.json")["rows"]) == ("read", 2)


def test_fewer_objects_than_announced_make_an_export_incomplete(workspace: Workspace) -> None:
    (workspace.root / "evidence" / "users.json").write_bytes(people(3))
    assert json.loads(told(workspace, "users.json")["notes"])["complete"] == "false"


def test_a_million_bad_lines_are_given_up_in_time(workspace: Workspace) -> None:
    header = INVENTORY.splitlines()[0]
    (workspace.root / "evidence" / "quote.csv").write_text(header + '\n"' + "x;\n" * 1_000_000, "utf-8")
    before = time.monotonic()
    found = told(workspace, "quote.csv")
    assert (found["status"], found["refused"]) == ("unreadable", 100_000)
    assert time.monotonic() - before < 60
