"""Openings, the flow matrix, applications, care, backups, protection, pairing, statements."""

from __future__ import annotations

from typing import Any

from hygie.map import build
from hygie.map.pairing import candidates
from tests.map.fake_store import FakeStore, at
from tests.map.test_identity import INTEL, asset, computer, flow
from tests.map.test_zones import PLAN

INTERFACES = [
    {"firewall": "fw", "interface": "wan1", "prefix": "203.0.113.0/30", "role": "wan"},
    {"firewall": "fw", "interface": "postes", "prefix": "10.1.0.0/16", "role": "lan"},
    {"firewall": "fw", "interface": "biomed", "prefix": "10.1.8.0/24", "role": "lan"},
    {"firewall": "fw", "interface": "serveurs", "prefix": "10.2.0.0/24", "role": "lan"},
]


def match(
    rank: int,
    action: str,
    source: str | None,
    destination: str | None,
    ports: tuple[int, int] = (0, 65535),
    **values: Any,
) -> dict[str, Any]:
    return {
        "firewall": "fw", "rule_id": str(rank), "rank": rank, "enabled": True, "action": action, "protocol": "tcp",
        "source_prefix": source, "destination_prefix": destination,
        "source_interface": "any", "destination_interface": "any",
        "first_port": ports[0], "last_port": ports[1], **values,
    }  # fmt: skip


def openings(matches: list[dict[str, Any]], **tables: Any) -> set[tuple[str, str, str, int, int]]:
    built = build(
        FakeStore({"zone_declared": PLAN, "firewall_interface": INTERFACES, "firewall_match": matches, **tables})
    )
    names = {row["id"]: row["name"] for row in built["zone"].to_pylist()}
    return {
        (names[row["source_zone"]], names[row["destination_zone"]], row["rule_id"], row["first_port"], row["last_port"])
        for row in built["opening"].to_pylist()
    }


def test_an_accepting_rule_opens_between_zones() -> None:
    found = openings([match(1, "accept", "10.1.0.0/16", "10.2.0.0/24", (443, 443))])
    assert found == {("Postes", "Serveurs", "1", 443, 443), ("Biomédical", "Serveurs", "1", 443, 443)}


def test_an_earlier_denial_that_covers_all_removes_it() -> None:
    denial = match(1, "deny", "0.0.0.0/0", "10.1.8.0/24")
    assert openings([denial, match(2, "accept", "10.2.0.0/24", "10.1.8.0/24", (104, 104))]) == set()


def test_a_denial_of_other_ports_or_later_removes_nothing() -> None:
    narrow = match(1, "deny", "0.0.0.0/0", "10.1.8.0/24", (1, 103))
    later = match(3, "deny", "0.0.0.0/0", "10.1.8.0/24")
    found = openings([narrow, match(2, "accept", "10.2.0.0/24", "10.1.8.0/24", (104, 104)), later])
    assert found == {("Serveurs", "Biomédical", "2", 104, 104)}


def test_a_denial_covers_one_zone_of_several() -> None:
    denial = match(1, "deny", "10.1.8.0/24", "0.0.0.0/0")
    found = openings([denial, match(2, "accept", "10.1.0.0/16", "10.2.0.0/24", (445, 445))])
    assert found == {("Postes", "Serveurs", "2", 445, 445)}


def test_a_disabled_rule_opens_nothing() -> None:
    assert openings([match(1, "accept", "0.0.0.0/0", "0.0.0.0/0", enabled=False)]) == set()


def test_interfaces_restrict_what_all_means() -> None:
    found = openings(
        [
            match(
                1,
                "accept",
                "0.0.0.0/0",
                "0.0.0.0/0",
                (80, 80),
                source_interface="serveurs",
                destination_interface="wan1",
            )
        ]
    )
    assert found == {("Serveurs", "Internet", "1", 80, 80)}


def test_a_translation_opens_the_inside_address() -> None:
    vip = {
        "firewall": "fw", "name": "vip-rdp", "external_ip": "203.0.113.2", "internal_ip": "10.2.0.7", "protocol": "tcp",
        "external_port": 13389, "external_last_port": 13389, "internal_port": 3389, "enabled": True,
    }  # fmt: skip
    accept = match(4, "accept", "0.0.0.0/0", "203.0.113.2/32", (13389, 13389), source_interface="wan1")
    assert ("Internet", "Serveurs", "4", 3389, 3389) in openings([accept], address_translation=[vip])
    assert ("Internet", "Serveurs", "4", 3389, 3389) not in openings(
        [match(4, "accept", "0.0.0.0/0", "203.0.113.2/32", (80, 80))], address_translation=[vip]
    )
    assert openings([], address_translation=[vip]) == {("Internet", "Serveurs", "vip-rdp", 3389, 3389)}
    assert openings([], address_translation=[{**vip, "enabled": False}]) == set()


def test_the_matrix_speaks_of_zones_prefixes_applications_and_machines() -> None:
    tables = {
        "zone_declared": PLAN,
        "asset_record": [asset(name="IRM-1", ip="10.1.8.4")],
        "application_declared": [{"application": "PACS", "host": "srv-pacs", "ip": "10.2.0.9"}],
        "flow_declared": [
            {"source": "postes", "destination": "SERVEURS", "protocol": "tcp", "first_port": 443, "last_port": 443},
            {"source": "IRM-1", "destination": "Pacs", "protocol": "tcp", "first_port": 104, "last_port": None},
            {
                "source": "10.1.8.0/25",
                "destination": "Internet",
                "protocol": None,
                "first_port": None,
                "last_port": None,
            },
            {"source": "tous", "destination": "10.2.0.9", "protocol": "udp", "first_port": 53, "last_port": 53},
            {"source": "Zone inconnue", "destination": "Serveurs", "protocol": "tcp", "first_port": 1, "last_port": 1},
        ],
    }
    built = build(FakeStore(tables))
    names = {row["id"]: row["name"] for row in built["entity"].to_pylist()} | {"*": "*", None: None}
    found = {
        (
            names[row["source_zone"]],
            names[row["destination_zone"]],
            names[row["source_id"]],
            names[row["destination_id"]],
            row["protocol"],
            row["first_port"],
            row["last_port"],
        )
        for row in built["matrix_entry"].to_pylist()
    }
    assert found == {
        ("Postes", "Serveurs", None, None, "tcp", 443, 443),
        ("Biomédical", "Serveurs", "IRM-1", "srv-pacs", "tcp", 104, 104),
        ("Biomédical", "Internet", None, None, "any", 0, 65535),
        ("*", "Serveurs", None, "srv-pacs", "udp", 53, 53),
    }
    shown = {(row["attribute"], row["value"], row["position"]) for row in built["conflict"].to_pylist()}
    assert shown == {("matrix.source", "Zone inconnue", 5)}


def test_care_services_depend_on_applications_their_machines_and_devices_of_their_units() -> None:
    tables = {
        "zone_declared": PLAN,
        "application_declared": [
            {"application": "PACS", "host": "srv-pacs", "ip": "10.2.0.9", "role": "pacs", "care_service": "imaging"}
        ],
        "asset_record": [asset(name="IRM-1", ip="10.1.8.4", unit="Radiologie centrale", register="biomedical")],
        "unit_declared": [{"unit": "RADIOLOGIE  CENTRALE", "care_service": "imaging"}],
        "impact_declared": [{"care_service": "ed", "application": "pacs"}],
    }
    built = build(FakeStore(tables))
    names = {row["id"]: row["name"] for row in built["entity"].to_pylist()}
    found = {
        (row["care_service"], names[row["entity_id"]], row["through"]) for row in built["care_dependency"].to_pylist()
    }
    assert found == {
        ("imaging", "PACS", "PACS"),
        ("imaging", "srv-pacs", "PACS"),
        ("imaging", "IRM-1", "Radiologie centrale"),
        ("ed", "PACS", "PACS"),
        ("ed", "srv-pacs", "PACS"),
    }
    links = {(row["kind"], names[row["source_id"]], names[row["target_id"]]) for row in built["link"].to_pylist()}
    assert {("runs_on", "PACS", "srv-pacs"), ("serves", "PACS", "imaging"), ("serves", "PACS", "ed")} <= links
    assert {(row["name"], row["role"]) for row in built["entity"].to_pylist() if row["role"]} == {
        ("PACS", "pacs"),
        ("srv-pacs", "pacs"),
    }


def job(system: str, day: int, result: str, kind: str = "full") -> dict[str, Any]:
    return {"system": system, "end": at(f"2026-10-{day:02d}"), "result": result, "kind": kind}


def test_backups_beside_what_the_bia_bears() -> None:
    tables = {
        "application_declared": [
            {"application": "PACS", "host": "srv-pacs.chu.local"},
            {"application": "DPI", "host": "srv-dpi"},
            {"application": "Labo", "host": "srv-lab"},
        ],
        "impact_declared": [
            {"care_service": "imaging", "application": "PACS", "maximum_loss": 24.0},
            {"care_service": "ed", "application": "PACS", "maximum_loss": 4.0},
            {"care_service": "wards_ehr", "application": "DPI", "maximum_loss": 1.0},
            {"care_service": "lab", "application": "Labo", "maximum_loss": 12.0},
        ],
        "backup_job": [
            job("SRV-PACS", 1, "success"), job("SRV-PACS", 2, "failure"), job("SRV-PACS", 3, "warning"),
            job("SRV-PACS", 4, "running"),
            job("SRV-PACS", 5, "failure", "copy"),
            job("DPI", 1, "success"), job("DPI", 2, "failure"), job("DPI", 3, "failure"), job("DPI", 4, "failure"),
        ],
    }  # fmt: skip
    built = build(FakeStore(tables))
    names = {row["id"]: row["name"] for row in built["entity"].to_pylist()}
    found = {
        (
            names[row["entity_id"]],
            row["maximum_loss"],
            row["care_service"],
            row["in_catalogue"],
            row["last_good"],
            row["failures_in_a_row"],
        )
        for row in built["backup_state"].to_pylist()
    }
    assert found == {
        ("srv-pacs.chu.local", 4.0, "ed", True, at("2026-10-03"), 0),
        ("srv-dpi", 1.0, "wards_ehr", True, at("2026-10-01"), 3),
        ("srv-lab", 12.0, "lab", False, None, 0),
    }


def test_the_newest_agent_of_each_computer() -> None:
    recent = {"last_logon": at("2026-10-20")}
    tables = {
        "directory_object": [
            computer(1, "PC-1", **recent),
            computer(2, "SRV-2", operating_system="Windows Server 2019", **recent),
            computer(3, "PC-3", last_logon_replicated=at("2026-05-01")),
            computer(4, "PC-4", enabled=False, **recent),
        ],
        "endpoint_agent": [
            {"host_name": "PC-1", "last_seen": at("2026-09-01"), "signature": at("2026-09-01")},
            {"host_name": "pc-1.chu.local", "last_seen": at("2026-10-30"), "signature": at("2026-10-29")},
        ],
    }
    built = build(FakeStore(tables))
    names = {row["id"]: row["name"] for row in built["entity"].to_pylist()}
    found = {
        (names[row["entity_id"]], row["enabled"], row["silent"], row["server"], row["agent"], row["last_seen"])
        for row in built["protection"].to_pylist()
    }
    assert found == {
        ("PC-1", True, False, False, True, at("2026-10-30")),
        ("SRV-2", True, False, True, False, None),
        ("PC-3", True, True, False, False, None),
        ("PC-4", False, False, False, False, None),
    }


PHILIPS = "00:09:fb:00:00:01"


def pairing_tables(**more: Any) -> dict[str, Any]:
    return {
        "zone_declared": PLAN,
        "asset_record": [
            asset(
                asset_key="GMAO-7",
                register="biomedical",
                maker="PHILIPS",
                model="MX700",
                serial="DE123456",
                site="Nord",
                unit="Réa",
            )
        ],
        "flow": [
            flow("10.1.8.7", "10.2.0.1", "2026-10-05", source_mac=PHILIPS),
            flow("10.1.8.8", "10.2.0.1", "2026-10-05", source_mac=INTEL + "1"),
            flow("10.1.8.9", "10.2.0.1", "2026-10-05", service="dicom"),
        ],
        **more,
    }


def test_a_machine_whose_maker_fits_an_unmatched_row_is_to_be_paired() -> None:
    store = FakeStore(pairing_tables())
    built = build(store)
    for name, rows in built.items():
        store.register(name, rows)
    found = {
        (row["ip"], row["pairable"]) for row in built["entity"].to_pylist() if row["kind"] == "device" and row["ip"]
    }
    assert found == {("10.1.8.7", True), ("10.1.8.8", False), ("10.1.8.9", True), ("10.2.0.1", False)}
    proposed = {(row["asset_key"], row["device_ip"], row["why"]) for row in candidates(store)}
    assert proposed == {("GMAO-7", "10.1.8.7", "maker site"), ("GMAO-7", "10.1.8.9", "protocol site")}


def test_a_row_of_another_site_is_no_candidate() -> None:
    tables = pairing_tables()
    tables["asset_record"][0]["site"] = "Sud"
    assert {row["pairable"] for row in build(FakeStore(tables))["entity"].to_pylist() if row["kind"] == "device"} == {
        False
    }


def test_a_signed_pairing_ties_by_hardware_address_by_address_or_by_id() -> None:
    for device in ("00-09-FB-00-00-01", "10.1.8.7", f"device|mac:{PHILIPS}"):
        signed = {
            "asset_key": "GMAO-7",
            "serial": "DE123456",
            "device": device,
            "author": "A. Martin",
            "date": at("2026-10-10"),
        }
        built = build(FakeStore(pairing_tables(pairing=[signed])))
        tied = next(row for row in built["entity"].to_pylist() if row["ip"] == "10.1.8.7")
        assert (tied["declared_in"], tied["model"], tied["pairable"]) == ("biomedical", "MX700", False)
        by = {(row["source_table"], row["by"]) for row in built["record_entity"].to_pylist()}
        assert by == {("asset_record", "pairing")}


def test_an_unsigned_pairing_ties_nothing() -> None:
    signed = {"asset_key": "GMAO-7", "device": PHILIPS, "author": None}
    built = build(FakeStore(pairing_tables(pairing=[signed])))
    assert next(row["declared_in"] for row in built["entity"].to_pylist() if row["ip"] == "10.1.8.7") is None


def test_every_attribute_keeps_what_each_evidence_said() -> None:
    tables = {
        "asset_record": [asset(name="PC-OLD", mac=INTEL + "1", ip="10.1.0.99")],
        "directory_object": [computer(1, "PC-NEW")],
        "lease": [
            {
                "ip": "10.1.0.5",
                "mac": INTEL + "1",
                "start": at("2026-10-01"),
                "end": at("2026-10-02"),
                "host_name": "pc-new",
            }
        ],
    }
    found = {
        (row["attribute"], row["value"], row["origin"], row["source_table"], row["position"], row["kept"])
        for row in build(FakeStore(tables))["statement"].to_pylist()
    }
    assert found == {
        ("name", "PC-OLD", "declared", "asset_record", 1, False),
        ("mac", INTEL + "1", "declared", "asset_record", 1, True),
        ("ip", "10.1.0.99", "declared", "asset_record", 1, False),
        ("name", "PC-NEW", "observed", "directory_object", 1, True),
        ("name", "pc-new", "observed", "lease", 1, False),
        ("mac", INTEL + "1", "observed", "lease", 1, True),
        ("ip", "10.1.0.5", "observed", "lease", 1, True),
    }


def test_an_empty_workspace_gives_every_table() -> None:
    from hygie.tables import arrow_schema, load_tables

    built = build(FakeStore({}))
    declared = {name for name, table in load_tables().items() if table.stage == "map"}
    assert set(built) == declared
    assert all(built[name].schema == arrow_schema(name) for name in declared)


def test_the_hospital_s_own_inventory_teaches_blocks_of_makers_we_do_not_list() -> None:
    block = "00:c0:b7:00:00:0"
    taught = [asset(register="biomedical", maker="Helvex", mac=block + str(n), serial=f"HX{n}000") for n in (1, 2)]
    tables = {
        "zone_declared": PLAN,
        "asset_record": [*taught, asset(asset_key="G9", register="biomedical", maker="HELVEX", serial="HX9000")],
        "flow": [
            flow("10.1.8.7", "10.2.0.1", "2026-10-05", source_mac=block + "9"),
            flow("10.1.8.8", "10.2.0.1", "2026-10-05", source_mac=INTEL + "1"),
        ],
    }
    found = {
        (row["ip"], row["pairable"], row["class"])
        for row in build(FakeStore(tables))["entity"].to_pylist()
        if row["ip"]
    }
    assert found == {("10.1.8.7", True, "medical"), ("10.1.8.8", False, "unknown"), ("10.2.0.1", False, "unknown")}
