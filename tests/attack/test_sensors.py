"""Sensors that overclaim: silence, damage and an unseen zone are not coverage."""

from __future__ import annotations

from typing import Any

import pytest

from tests.map.fake_store import at
from tests.map.test_zones import PLAN, coverage, daily

WHOLE = (10, 0, True, "declared")  # of the ten days that end on 30 October
BY_NAME = [{"sensor": "coeur", "zone": zone, "completeness": "all", "inside": True} for zone in ("Postes", "Serveurs")]
ROWS = {"evidence_id": "conn", "member": ""}


def seen(days: range | list[int], **register: Any) -> dict[str, tuple[int, int, bool, str | None]]:
    """Coverage by one log that holds rows of some days of October."""
    flows = [row for row in daily("coeur", "10.1.0.4", "10.2.0.1", range(1, 32)) if row["time"].day in days]
    evidence = {
        **ROWS,
        "path": "evidence/coeur/conn.log",
        "kind": "zeek-conn",
        "status": "read",
        "rows": 31,
        "refused": 0,
    }
    evidence |= {"first_time": flows[0]["time"], "last_time": flows[-1]["time"], **register}
    tables = {
        "zone_declared": PLAN,
        "sensor_declared": BY_NAME,
        "flow": [{**row, **ROWS} for row in flows],
        "evidence": [evidence],
    }
    return coverage(tables)


def test_a_sound_log_shows_its_zones_whole() -> None:
    assert seen(range(1, 32))["Postes"] == WHOLE


def test_a_long_weekend_is_silence() -> None:
    assert seen([day for day in range(1, 32) if day not in (23, 24, 25)])["Postes"] == WHOLE


def test_two_rows_a_month_apart_are_not_a_month() -> None:
    assert seen([1, 31])["Postes"][:3] == (0, 0, False)


def test_the_day_on_which_a_log_is_cut_is_not_whole() -> None:
    cut = {"notes": '{"complete":"false"}'}
    assert (seen(range(1, 31), **cut)["Postes"][2], seen(range(1, 32), **cut)["Postes"][2]) == (False, True)


@pytest.mark.parametrize(("refused", "whole"), [(1, True), (20, False)])
def test_a_log_of_which_many_rows_are_refused_is_not_whole(refused: int, whole: bool) -> None:
    assert seen(range(1, 32), refused=refused)["Postes"][2] == whole


def test_a_capture_of_one_zone_declared_for_all_zones_shows_one_zone() -> None:
    tables = {
        "zone_declared": PLAN,
        "sensor_declared": [{"sensor": "span", "zone": "*", "completeness": "all", "start": at("2026-10-01")}],
        "flow": daily("span", "10.1.0.4", "10.1.0.5", range(1, 32)),
    }
    found = coverage(tables)
    assert {name for name, row in found.items() if row[2]} == {"Postes"}
