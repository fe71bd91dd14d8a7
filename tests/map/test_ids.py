"""Ids survive: new evidence, a renamed machine and a signed pairing keep the id that people already use."""

from __future__ import annotations

import sqlite3
from typing import Any

from hygie.map import build
from hygie.workspace.state import SCHEMA, Ledger
from tests.map.fake_store import FakeStore, at
from tests.map.test_declarations import PHILIPS, pairing_tables
from tests.map.test_identity import INTEL, asset, computer, lease


class Workspace:
    """Runs after each other that share one ledger."""

    def __init__(self) -> None:
        self.memory = sqlite3.connect(":memory:", isolation_level=None)
        self.memory.executescript(SCHEMA)

    def run(self, tables: dict[str, Any]) -> list[dict[str, Any]]:
        store = FakeStore(tables)
        ledger = Ledger(self.memory)
        store.ledger = ledger  # type: ignore[assignment]
        rows: list[dict[str, Any]] = build(store)["entity"].to_pylist()
        ledger.save()
        return rows


def test_a_machine_keeps_its_id_when_more_evidence_comes() -> None:
    workspace = Workspace()
    inventory = {
        "asset_record": [asset(name="PC-1", mac=INTEL + "1", serial="SN0001"), asset(name="PC-2", serial="SN0002")]
    }
    before = {row["name"]: row["id"] for row in workspace.run(inventory) if row["kind"] == "device"}
    more = {
        **inventory,
        "directory_object": [computer(1, "PC-1"), computer(2, "PC-2")],
        "endpoint_agent": [{"host_name": "pc-2.chu.local", "mac": INTEL + "2", "serial": "SN0002"}],
        "lease": [lease("10.0.0.1", INTEL + "1", "2026-10-01", "2026-10-02", "pc-1")],
    }
    after = {row["name"]: row["id"] for row in workspace.run(more) if row["kind"] == "device"}
    assert after == before
    again = {row["name"]: row["id"] for row in workspace.run(inventory) if row["kind"] == "device"}
    assert again == before


def test_a_renamed_machine_keeps_its_id() -> None:
    workspace = Workspace()
    old = workspace.run({"asset_record": [asset(name="PC-OLD", serial="SN0001")]})
    new = workspace.run({"asset_record": [asset(name="PC-NEW", serial="SN0001")]})
    assert [row["id"] for row in old if row["kind"] == "device"] == [
        row["id"] for row in new if row["kind"] == "device"
    ]


def test_a_pairing_signed_with_an_id_of_hygie_holds_run_after_run() -> None:
    workspace = Workspace()
    proposed = next(row for row in workspace.run(pairing_tables()) if row["mac"] == PHILIPS)
    signed = {
        "asset_key": "GMAO-7",
        "serial": "DE123456",
        "device": proposed["id"],
        "author": "A. Martin",
        "date": at("2026-10-10"),
    }
    for _ in range(3):
        paired = next(row for row in workspace.run(pairing_tables(pairing=[signed])) if row["mac"] == PHILIPS)
        assert (paired["declared_in"], paired["model"]) == ("biomedical", "MX700")


def test_a_pairing_signed_with_the_id_of_a_machine_known_by_its_address() -> None:
    workspace = Workspace()
    proposed = next(row for row in workspace.run(pairing_tables()) if row["ip"] == "10.1.8.9")
    signed = {"asset_key": "GMAO-7", "device": proposed["id"], "author": "A. Martin", "date": at("2026-10-10")}
    for _ in range(3):
        paired = next(row for row in workspace.run(pairing_tables(pairing=[signed])) if row["ip"] == "10.1.8.9")
        assert (paired["declared_in"], paired["model"]) == ("biomedical", "MX700")
