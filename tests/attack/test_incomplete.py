"""Who hands over part of an export gets no PROVED: what is missing or refused may hold the counter-example."""

from __future__ import annotations

from typing import Any

import pytest

from hygie.assess.control import Control
from tests.assess.hand import days
from tests.assess.test_never_proved import CONTROLS, GOOD, outcome, quiet

MAY_HIDE = [
    ("NET-02", "firewall_match", "fortios-config"),
    ("NET-04", "firewall_match", "fortios-config"),
    ("NET-04", "address_translation", "fortios-config"),
    ("NET-05", "firewall_match", "firewall-rules"),
    ("ID-01", "directory_member", "sharphound"),
    ("ID-02", "directory_object", "ldif"),
    ("RA-01", "vpn_session", "vpn-sessions"),
    ("RA-03", "person", "staff-list"),
    ("BKP-02", "impact_declared", "bia"),
]
each = pytest.mark.parametrize(("control", "table", "kind"), MAY_HIDE)


def named(name: str) -> Control:
    return next(control for control in CONTROLS if control.id == name)


def another(table: str, kind: str, **changed: Any) -> dict[str, Any]:
    """One more file, that feeds a table."""
    row = {"evidence_id": "cut", "status": "read", "kind": kind, "tables": table, "rows": 9, "refused": 0}
    return {**row, "exported": days(0.1), "exported_by": "content", "notes": "{}", **changed}


def with_file(control: Control, row: dict[str, Any]) -> tuple[str, str]:
    tables = quiet(control)
    tables["evidence"] = [*tables["evidence"], row]
    return outcome(control, tables)


@each
def test_a_whole_file_more_changes_nothing(control: str, table: str, kind: str) -> None:
    assert with_file(named(control), another(table, kind))[0] in GOOD


@each
def test_an_export_that_says_it_is_cut_blinds(control: str, table: str, kind: str) -> None:
    cut = another(table, kind, notes='{"complete":"false"}')
    assert with_file(named(control), cut) == ("BLIND", "incomplete")


@each
def test_refused_rows_blind(control: str, table: str, kind: str) -> None:
    assert with_file(named(control), another(table, kind, refused=1)) == ("BLIND", "incomplete")


@each
@pytest.mark.parametrize("status", ["read", "unreadable"])
def test_a_file_of_which_nothing_could_be_read_blinds(control: str, table: str, kind: str, status: str) -> None:
    nothing = another("", kind, rows=0, refused=7 if status == "read" else 0, status=status)
    assert with_file(named(control), nothing) == ("BLIND", "incomplete")


@pytest.mark.parametrize("kind", ["zeek-other", "", "glpi-csv"])
def test_files_that_cannot_hold_a_counter_example_do_not_blind(kind: str) -> None:
    assert with_file(named("NET-04"), another("", kind, rows=0, status="unreadable"))[0] in GOOD
