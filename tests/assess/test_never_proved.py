"""No shipped check is ever proved by evidence that is partial, missing, old or inferred."""

from __future__ import annotations

from typing import Any

import pytest

from hygie.assess import judge
from hygie.assess.control import Control
from hygie.tables import load_tables
from tests.assess.hand import HandStore, all_shipped, days

CONTROLS = all_shipped()
BY_SIGHT = [control for control in CONTROLS if control.sheet.coverage.unit == "zone_day"]
each = pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.id)
by_sight = pytest.mark.parametrize("control", BY_SIGHT, ids=lambda control: control.id)
GOOD = ("PROVED", "UNDECLARED_GOOD")
# one zone seen whole that is enough: the Internet edge for what crosses it, the biomedical zone for what reaches it
ENOUGH = {("NET-04", "web"), ("NET-05", "web"), ("NET-02", "biomed")}
# what the quiet proofs leave out, since no rule of the check reads it
ROWS: dict[str, dict[str, Any]] = {
    "flow": {"time": days(0.1)},
    "vpn_session": {"start": days(0.1), "account": "x"},
    "endpoint_agent": {"last_seen": days(0.1)},
    "backup_job": {"end": days(0.1)},
    "directory_object": {"kind": "user", "object_id": "x", "collected": days(0.1)},
    "directory_member": {"group_id": "g", "member_id": "x"},
    "person": {"account": "x"},
    "impact_declared": {"application": "x"},
    "firewall_match": {"firewall": "fw", "rule_id": "1"},
}


def quiet(control: Control) -> dict[str, Any]:
    """A hospital where the check holds: its quiet proof, its evidence fresh, a claim."""
    tables: dict[str, Any] = {name: table.to_pylist() for name, table in control.proofs["quiet"].items()}
    for need in control.sheet.needs:
        if need.table not in tables:
            tables[need.table] = [ROWS[need.table]]
    for row in tables.get("directory_object", ()):
        row.setdefault("collected", days(0.1))
        row["collected"] = row["collected"] or days(0.1)
    listed = " ".join(load_tables())
    fresh = {"evidence_id": "all", "status": "read", "tables": listed, "exported": days(0.1), "exported_by": "content"}
    tables["evidence"] = [{"status": "read", **row} for row in tables.get("evidence", ())] + [fresh]
    tables["claim"] = [{"control": control.id, "affirmed": True, "date": days(9)}]
    if control.id == "BKP-02":
        tables["backup_state"] = [row for row in tables["backup_state"] if row["maximum_loss"] == 24]
    return tables


def outcome(control: Control, tables: dict[str, Any]) -> tuple[str, str]:
    row = judge(HandStore(tables), [control])["verdict"].to_pylist()[0]
    return row["verdict"], row["why_blind"]


@each
def test_the_quiet_hospital_is_proved(control: Control) -> None:
    assert outcome(control, quiet(control)) == ("PROVED", "")


@each
def test_each_missing_file_blinds(control: Control) -> None:
    for need in control.sheet.needs:
        verdict, _ = outcome(control, {name: rows for name, rows in quiet(control).items() if name != need.table})
        assert verdict not in GOOD, need.table


@each
def test_stale_evidence_blinds(control: Control) -> None:
    tables = quiet(control)
    for row in tables["evidence"]:
        row["exported"] = days(800)
    for name in load_tables():
        column = {"directory_object": "collected"}.get(name) or load_tables()[name].time
        for row in tables.get(name, ()) if column else ():
            row[column] = days(800)
    assert outcome(control, tables)[0] not in GOOD


@by_sight
def test_a_capture_of_one_zone_blinds(control: Control) -> None:
    for kept in ("users", "biomed", "servers", "web"):
        tables = quiet(control)
        for row in tables["zone_coverage"]:
            if row["zone_id"] != kept:
                row.update(whole=False, days_whole=2)
        assert (outcome(control, tables)[0] in GOOD) == ((control.id, kept) in ENOUGH), kept


@by_sight
def test_no_coverage_at_all_blinds(control: Control) -> None:
    assert outcome(control, {**quiet(control), "zone_coverage": []}) == ("BLIND", "coverage")


@by_sight
@pytest.mark.parametrize("what", ["zone", "zone_coverage"])
def test_inferred_zones_or_coverage_blind(control: Control, what: str) -> None:
    tables = quiet(control)
    for row in tables[what]:
        row["origin"] = "inferred"
    assert outcome(control, tables)[0] == "BLIND"
