"""Zones, addresses in time and what can be seen of each zone."""

from __future__ import annotations

from typing import Any

from hygie.map import build
from tests.map.fake_store import FakeStore, at
from tests.map.test_identity import INTEL, asset, flow, lease

PLAN = [
    {"zone": "Postes", "class": "user", "prefix": "10.1.0.0/16", "site": "Nord"},
    {"zone": "Biomédical", "class": "biomedical", "prefix": "10.1.8.0/24", "site": "Nord"},
    {"zone": "Serveurs", "class": "server", "prefix": "10.2.0.0/24", "site": "Nord"},
    {"zone": "Internet", "class": "internet", "prefix": "0.0.0.0/0"},
]


def located(tables: dict[str, Any]) -> dict[str, tuple[str | None, bool, str | None]]:
    built = build(FakeStore(tables))
    names = {row["id"]: row["name"] for row in built["zone"].to_pylist()}
    rows = built["zone_address"].to_pylist()
    return {row["ip"]: (names.get(row["zone_id"]), row["outside"], row["special"]) for row in rows}


def test_longest_prefix_wins_and_the_rest_is_unlisted_or_internet() -> None:
    flows = [
        flow("10.1.0.4", "10.1.8.9", "2026-10-01"),
        flow("10.1.0.4", "203.0.113.9", "2026-10-01"),
        flow("10.1.0.4", "192.168.7.7", "2026-10-01"),
        flow("10.1.0.4", "10.1.8.255", "2026-10-01", state="unanswered"),
        flow("10.1.0.4", "224.0.0.251", "2026-10-01", state="unanswered"),
        flow("0.0.0.0", "255.255.255.255", "2026-10-01", state="unanswered"),
    ]
    assert located({"zone_declared": PLAN, "flow": flows}) == {
        "10.1.0.4": ("Postes", False, None),
        "10.1.8.9": ("Biomédical", False, None),
        "203.0.113.9": ("Internet", True, None),
        "192.168.7.7": ("unlisted", False, None),
        "10.1.8.255": ("Biomédical", False, "broadcast"),
        "224.0.0.251": (None, False, "multicast"),
        "255.255.255.255": (None, False, "broadcast"),
        "0.0.0.0": (None, False, "unspecified"),
    }


def test_equal_prefixes_are_refused_and_shown() -> None:
    plan = [*PLAN, {"zone": "Autre", "class": "guest", "prefix": "10.2.0.0/24"}]
    tables = {"zone_declared": plan, "flow": [flow("10.2.0.4", "10.1.0.1", "2026-10-01")]}
    assert located(tables)["10.2.0.4"] == ("unlisted", False, None)
    found = build(FakeStore(tables))["conflict"].to_pylist()
    assert {(row["attribute"], row["value"], row["position"]) for row in found} >= {("prefix", "10.2.0.0/24", 3)}


def test_partner_addresses_form_a_zone_and_one_node() -> None:
    tables = {
        "zone_declared": PLAN,
        "partner_declared": [{"partner": "Labo Sud", "prefix": "198.51.100.0/28"}],
        "flow": [flow("10.2.0.4", "198.51.100.3", "2026-10-01"), flow("10.2.0.4", "198.51.100.4", "2026-10-01")],
    }
    assert located(tables)["198.51.100.3"] == ("Labo Sud", True, None)
    found = build(FakeStore(tables))["entity"].to_pylist()
    assert {(row["kind"], row["name"]) for row in found if row["kind"] in ("partner", "network")} == {
        ("partner", "Labo Sud")
    }


def test_without_a_plan_zones_are_inferred() -> None:
    tables = {
        "firewall_interface": [
            {"firewall": "fw", "interface": "port3", "zone_name": "LAN-BIOMED", "prefix": "10.3.0.0/22", "role": "lan"},
            {"firewall": "fw", "interface": "wan1", "prefix": "203.0.113.0/30", "role": "wan"},
        ],
        "flow": [
            flow("10.3.1.4", "10.4.0.9", "2026-10-01"),
            flow("10.5.0.1", "10.4.0.9", "2026-10-01", vlan=120),
        ],
    }
    built = build(FakeStore(tables))
    zones = {(row["name"], row["class"], row["origin"], row["prefixes"]) for row in built["zone"].to_pylist()}
    assert zones == {
        ("LAN-BIOMED", "biomedical", "inferred", "10.3.0.0/22"),
        ("10.4.0.0/24", "unknown", "inferred", "10.4.0.0/24"),
        ("VLAN 120", "unknown", "inferred", "10.5.0.0/24"),
        ("Internet", "internet", "inferred", None),
    }


def test_an_address_holds_within_its_lease_then_a_day() -> None:
    tables = {
        "lease": [
            lease("10.1.0.5", INTEL + "1", "2026-10-01", "2026-10-03"),
            lease("10.1.0.5", INTEL + "2", "2026-10-10", "2026-10-12"),
        ],
        "flow": [
            flow("10.1.0.5", "10.2.0.1", "2026-10-02", destination_port=1),
            flow("10.1.0.5", "10.2.0.1", "2026-10-03T12:00", destination_port=2),
            flow("10.1.0.5", "10.2.0.1", "2026-10-06", destination_port=3),
            flow("10.1.0.5", "10.2.0.1", "2026-10-11", destination_port=4),
        ],
    }
    built = build(FakeStore(tables))
    macs = {row["id"]: row["mac"] for row in built["entity"].to_pylist()}
    talks = {(macs[row["source_id"]], row["port"]) for row in built["conversation"].to_pylist()}
    assert talks == {(INTEL + "1", 1), (INTEL + "1", 2), (None, 3), (INTEL + "2", 4)}


def test_frames_tell_machines_apart_better_than_time() -> None:
    tables = {
        "flow": [
            flow("10.1.0.5", "10.2.0.1", "2026-10-02T10:00", source_mac=INTEL + "1", destination_port=1),
            flow("10.1.0.5", "10.2.0.1", "2026-10-02T10:01", source_mac=INTEL + "2", destination_port=2),
            flow("10.1.0.5", "10.2.0.1", "2026-10-02T10:02", source_mac=INTEL + "1", destination_port=3),
        ]
    }
    built = build(FakeStore(tables))
    macs = {row["id"]: row["mac"] for row in built["entity"].to_pylist()}
    talks = {(macs[row["source_id"]], row["port"]) for row in built["conversation"].to_pylist()}
    assert talks == {(INTEL + "1", 1), (INTEL + "2", 2), (INTEL + "1", 3)}


def daily(sensor: str, source: str, target: str, days: range, **values: Any) -> list[dict[str, Any]]:
    return [flow(source, target, f"2026-10-{day:02d}T09:00", sensor=sensor, **values) for day in days]


def coverage(tables: dict[str, Any], days: int = 10) -> dict[str, tuple[int, int, bool, str | None]]:
    built = build(FakeStore(tables, as_of=at("2026-10-31T23:59"), coverage_days=days))
    names = {row["id"]: row["name"] for row in built["zone"].to_pylist()}
    rows = built["zone_coverage"].to_pylist()
    return {
        names[row["zone_id"]]: (row["days_whole"], row["days_partial"], row["whole"], row["origin"]) for row in rows
    }


def test_a_declared_sensor_sees_its_zones_on_the_days_it_delivered() -> None:
    declared = {"sensor": "coeur", "kind": "zeek", "completeness": "all", "inside": True}
    tables = {
        "zone_declared": PLAN,
        "sensor_declared": [
            {**declared, "zone": "Postes"},
            {**declared, "zone": "Serveurs", "start": at("2026-10-25")},
        ],
        "flow": daily("coeur", "10.1.0.4", "10.2.0.1", range(1, 32)),
    }
    found = coverage(tables)
    assert found["Postes"] == (10, 0, True, "declared")
    assert found["Serveurs"] == (6, 0, False, "declared")
    assert found["Biomédical"] == (0, 0, False, None)


def test_two_sensors_of_one_folder_are_told_apart_by_their_files() -> None:
    flows = [
        {**row, "evidence_id": name, "sensor": None}
        for name, source in (("coeur", "10.1.0.4"), ("dmz", "10.2.0.4"))
        for row in daily("", source, "10.1.8.1", range(1, 32))
    ]
    evidence = [
        {"evidence_id": name, "member": "", "path": f"evidence/zeek/{name}-conn.2026-10.log"}
        for name in ("coeur", "dmz")
    ]
    tables = {
        "zone_declared": PLAN,
        "sensor_declared": [
            {"sensor": "coeur", "zone": "Postes", "completeness": "all"},
            {"sensor": "absent", "zone": "Biomédical", "completeness": "all"},
        ],
        "flow": flows,
        "evidence": evidence,
    }
    found = coverage(tables)
    assert found["Postes"] == (10, 0, True, "declared")
    assert found["Biomédical"] == (0, 10, False, "inferred")


def test_a_day_without_rows_is_not_covered() -> None:
    tables = {
        "zone_declared": PLAN,
        "sensor_declared": [{"sensor": "coeur", "zone": "*", "completeness": "all"}],
        "flow": [row for row in daily("coeur", "10.1.0.4", "10.2.0.1", range(1, 32)) if row["time"].day != 27],
    }
    assert coverage(tables)["Serveurs"] == (9, 0, False, "declared")


def test_a_capture_of_one_zone_is_partial_elsewhere() -> None:
    tables = {"zone_declared": PLAN, "flow": daily("span", "10.1.0.4", "10.2.0.1", range(1, 32))}
    found = coverage(tables)
    assert (found["Postes"][2], found["Serveurs"][2], found["Biomédical"]) == (False, False, (0, 0, False, None))


def test_a_capture_that_shows_nearly_all_of_a_zone_is_inferred_whole() -> None:
    tables = {
        "zone_declared": PLAN,
        "asset_record": [asset(name="IRM-1", ip="10.1.8.1"), asset(name="IRM-2", ip="10.1.8.2")],
        "flow": [
            *daily("span", "10.1.8.1", "10.1.8.2", range(1, 32)),
            *daily("span", "10.1.8.2", "10.2.0.1", range(1, 32)),
        ],
    }
    assert coverage(tables)["Biomédical"] == (10, 0, True, "inferred")


def test_a_rule_that_does_not_log_makes_a_firewall_partial() -> None:
    rule = {"firewall": "fw", "rule_id": "7", "enabled": True, "action": "accept"}
    match = {**rule, "rank": 1, "source_prefix": "10.1.8.0/24", "destination_prefix": "10.2.0.0/24"}
    tables = {
        "zone_declared": PLAN,
        "sensor_declared": [
            {"sensor": "fw", "kind": "firewall", "zone": zone, "completeness": "all"}
            for zone in ("Postes", "Biomédical")
        ],
        "firewall_rule": [{**rule, "logged": "none", "evidence_id": "conf"}],
        "firewall_match": [{**match, "evidence_id": "conf"}],
        "flow": daily("fw", "10.1.0.4", "10.2.0.1", range(1, 32), rule_id="1"),
    }
    found = coverage(tables)
    assert found["Postes"] == (10, 0, True, "declared")
    assert found["Biomédical"] == (0, 10, False, "declared")


def test_conversations_group_and_count() -> None:
    tables = {
        "zone_declared": PLAN,
        "flow": [
            flow("10.1.0.4", "10.2.0.1", "2026-10-01T10:00", destination_port=50000, bytes_out=5, bytes_in=7),
            flow("10.1.0.4", "10.2.0.1", "2026-10-02T10:00", destination_port=60000, bytes_out=1),
            flow("10.1.0.4", "203.0.113.5", "2026-10-02", translated_ip="10.2.0.1", translated_port=104),
            flow("10.1.0.4", "10.2.0.77", "2026-10-02", state="unanswered"),
        ],
    }
    built = build(FakeStore(tables))
    names = {row["id"]: (row["kind"], row["name"]) for row in built["entity"].to_pylist()}
    found = {
        (
            names[row["destination_id"]],
            row["port"],
            row["state"],
            row["flows"],
            row["bytes"],
            row["days"],
            row["position"],
        )
        for row in built["conversation"].to_pylist()
    }
    assert found == {
        (("device", "10.2.0.1"), 49152, "answered", 2, 13, 2, 1),
        (("device", "10.2.0.1"), 104, "answered", 1, 0, 1, 3),
        (("network", "Serveurs"), 443, "unanswered", 1, 0, 1, 4),
    }
    classes = {(row["source_class"], row["destination_class"]) for row in built["conversation"].to_pylist()}
    assert classes == {("user", "server")}
