"""Files written to make a reader fall, hang or lie: one record is refused, the rest is read, in bounded time."""

from __future__ import annotations

import io
import json
import os
import tarfile
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


def test_a_file_name_in_another_encoding_is_refused_alone(workspace: Workspace) -> None:
    folder = os.fsencode(workspace.root / "evidence")
    try:
        Path(os.fsdecode(folder + b"/parc \xe9t\xe9.csv")).write_text(INVENTORY, "utf-8")
    except OSError:
        pytest.skip("this disk takes no such name")
    found = told(workspace, "parc \\xe9t\\xe9.csv")
    assert (found["status"], found["reason"]) == ("unreadable", "expected a file name in UTF-8")


def test_a_tar_with_names_in_another_encoding_is_read(workspace: Workspace) -> None:
    buffer = io.BytesIO()
    data = INVENTORY.replace("SN000", "SN100").encode()
    with tarfile.open(fileobj=buffer, mode="w", encoding="latin-1", format=tarfile.GNU_FORMAT) as archive:
        entry = tarfile.TarInfo("parc été.csv")
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    (workspace.root / "evidence" / "parc.tar").write_bytes(buffer.getvalue())
    assert (told(workspace, "parc.tar")["status"], told(workspace, "parc.tar")["rows"]) == ("read", 2)


@pytest.mark.parametrize("name", ['"\\ud800"', '"a\\u0000b"'])
def test_half_a_character_costs_one_object(workspace: Workspace, name: str) -> None:
    (workspace.root / "evidence" / "users.json").write_bytes(people(2, samaccountname=name))
    found = told(workspace, "users.json")
    assert (found["status"], found["rows"] + found["refused"]) == ("read", 2)


def test_a_number_beyond_64_bits_costs_one_event(workspace: Workspace) -> None:
    event = (
        '{"Event": {"System": {"EventID": 4624, "EventRecordID": %s, "Computer": "DC01", "Channel": "Security",'
        ' "TimeCreated": {"#attributes": {"SystemTime": "2026-11-20T10:00:00Z"}}},'
        ' "EventData": {"TargetUserName": "jdurand", "LogonType": %s}}}\n'
    )
    text = event % (1, 3) + event % (10**30, 3) + event % (2, 10**30) + event % (3, 3)
    (workspace.root / "evidence" / "events.json").write_text(text, "utf-8")
    found = told(workspace, "events.json")
    assert found["status"] == "read"
    assert found["rows"] >= 2
