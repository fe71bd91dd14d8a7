"""Which records are one machine: every trap by hand, results as sets of groups of (table, row)."""

from __future__ import annotations

import random
from typing import Any

import pytest

from hygie.map import build
from tests.map.fake_store import FakeStore, at

DELL = "00:14:22:00:00:0"
INTEL = "00:1b:21:00:00:0"


def groups(tables: dict[str, Any]) -> set[frozenset[tuple[str, int]]]:
    """Rows tied together, as groups of (table, row number)."""
    found: dict[str, set[tuple[str, int]]] = {}
    for row in build(FakeStore(tables))["record_entity"].to_pylist():
        found.setdefault(row["entity_id"], set()).add((row["source_table"], row["position"]))
    return {frozenset(group) for group in found.values()}


def group(*rows: tuple[str, int]) -> frozenset[tuple[str, int]]:
    return frozenset(rows)


def conflicts(tables: dict[str, Any]) -> set[tuple[str, str, str]]:
    found = build(FakeStore(tables))["conflict"].to_pylist()
    return {(row["attribute"], row["value"], row["other_value"]) for row in found}


def asset(**values: Any) -> dict[str, Any]:
    return {"register": "it", **values}


def computer(number: int, name: str, **values: Any) -> dict[str, Any]:
    return {"kind": "computer", "object_id": f"S-1-5-21-1-2-3-{number}", "name": name, "enabled": True, **values}


def lease(ip: str, mac: str, start: str, end: str, name: str | None = None) -> dict[str, Any]:
    return {"ip": ip, "mac": mac, "start": at(start), "end": at(end), "host_name": name}


def flow(source: str, destination: str, time: str, state: str = "answered", **values: Any) -> dict[str, Any]:
    base = {"protocol": "tcp", "destination_port": 443}
    return {"source_ip": source, "destination_ip": destination, "time": at(time), "state": state, **base, **values}


def test_one_machine_by_mac_by_name_and_by_directory() -> None:
    tables = {
        "asset_record": [asset(name="PC-1", mac=INTEL + "1", serial="SN0001")],
        "directory_object": [computer(1, "PC-1", host_name="pc-1.chu.local")],
        "endpoint_agent": [{"host_name": "pc-1.chu.local", "serial": "sn-0001"}],
        "lease": [lease("10.0.0.5", INTEL + "1", "2026-10-01", "2026-10-02", "PC-1")],
    }
    expected = group(("asset_record", 1), ("directory_object", 1), ("endpoint_agent", 1), ("lease", 1))
    assert groups(tables) == {expected}


def test_rows_of_one_export_never_merge() -> None:
    tables = {"asset_record": [asset(name="PC-1", mac=INTEL + "1"), asset(name="PC-1", mac=INTEL + "1")]}
    assert groups(tables) == {group(("asset_record", 1)), group(("asset_record", 2))}


def test_differing_serials_stay_two_and_show() -> None:
    tables = {
        "asset_record": [asset(name="PC-1", mac=INTEL + "1", serial="SN0001")],
        "endpoint_agent": [{"host_name": "PC-1", "mac": INTEL + "1", "serial": "SN0002"}],
    }
    assert groups(tables) == {group(("asset_record", 1)), group(("endpoint_agent", 1))}
    assert ("serial", "SN0001", "SN0002") in conflicts(tables)


def test_differing_sids_stay_two() -> None:
    tables = {
        "directory_object": [computer(1, "PC-1", evidence_id="a"), computer(2, "PC-1", evidence_id="b", position=2)],
    }
    assert groups(tables) == {group(("directory_object", 1)), group(("directory_object", 2))}


def test_same_computer_in_two_directory_exports() -> None:
    tables = {
        "directory_object": [computer(1, "PC-1", evidence_id="a"), computer(1, "PC-1", evidence_id="b", position=2)],
    }
    assert groups(tables) == {group(("directory_object", 1), ("directory_object", 2))}


@pytest.mark.parametrize("serial", ["", "0", "N/A", "To be filled by O.E.M.", "Default string", "0000000"])
def test_placeholder_serials_tie_nothing(serial: str) -> None:
    tables = {
        "asset_record": [asset(name="PC-1", serial=serial)],
        "endpoint_agent": [{"host_name": "PC-2", "serial": serial}],
    }
    assert groups(tables) == {group(("asset_record", 1)), group(("endpoint_agent", 1))}


def test_serial_repeated_in_one_export_ties_nothing() -> None:
    tables = {
        "asset_record": [asset(name="PC-1", serial="ABC123"), asset(name="PC-2", serial="ABC123")],
        "endpoint_agent": [{"host_name": "PC-9", "serial": "ABC123"}],
    }
    assert len(groups(tables)) == 3


def test_renamed_machine_stays_one_and_the_old_name_shows() -> None:
    tables = {
        "asset_record": [asset(name="PC-OLD", mac=INTEL + "1")],
        "directory_object": [computer(1, "PC-NEW", last_logon=at("2026-10-20"))],
        "lease": [lease("10.0.0.5", INTEL + "1", "2026-10-01", "2026-10-02", "pc-new.chu.local")],
    }
    assert groups(tables) == {group(("asset_record", 1), ("directory_object", 1), ("lease", 1))}
    assert ("name", "pc-new", "pc-old") in conflicts(tables)


def test_docking_station_in_front_of_two_living_computers() -> None:
    tables = {
        "directory_object": [
            computer(1, "PC-1", last_logon=at("2026-10-20")),
            computer(2, "PC-2", last_logon=at("2026-10-21")),
        ],
        "lease": [
            lease("10.0.0.5", INTEL + "1", "2026-10-01T08:00", "2026-10-01T12:00", "PC-1"),
            lease("10.0.0.5", INTEL + "1", "2026-10-01T13:00", "2026-10-01T18:00", "PC-2"),
        ],
    }
    assert groups(tables) == {
        group(("directory_object", 1), ("lease", 1)),
        group(("directory_object", 2), ("lease", 2)),
    }


def test_name_alone_does_not_overrule_another_hardware_address() -> None:
    tables = {
        "asset_record": [asset(name="PC-1", mac=INTEL + "1")],
        "lease": [lease("10.0.0.5", INTEL + "2", "2026-10-01", "2026-10-02", "PC-1")],
    }
    assert groups(tables) == {group(("asset_record", 1)), group(("lease", 1))}
    assert ("mac", INTEL + "1", INTEL + "2") in conflicts(tables)


def test_two_machines_that_swap_addresses_by_dhcp() -> None:
    tables = {
        "asset_record": [asset(name="A-01", mac=INTEL + "1"), asset(name="B-01", mac=INTEL + "2")],
        "lease": [
            lease("10.0.0.1", INTEL + "1", "2026-10-01T00:00", "2026-10-01T12:00"),
            lease("10.0.0.2", INTEL + "2", "2026-10-01T00:00", "2026-10-01T12:00"),
            lease("10.0.0.2", INTEL + "1", "2026-10-01T12:00", "2026-10-02T00:00"),
            lease("10.0.0.1", INTEL + "2", "2026-10-01T12:00", "2026-10-02T00:00"),
        ],
        "flow": [
            flow("10.0.0.1", "203.0.113.1", "2026-10-01T06:00"),
            flow("10.0.0.1", "203.0.113.1", "2026-10-01T18:00", destination_port=80),
        ],
    }
    first = group(("asset_record", 1), ("lease", 1), ("lease", 3))
    second = group(("asset_record", 2), ("lease", 2), ("lease", 4))
    assert groups(tables) == {first, second}
    built = build(FakeStore(tables))
    names = {row["id"]: row["name"] for row in built["entity"].to_pylist()}
    talks = {(names[row["source_id"]], row["port"]) for row in built["conversation"].to_pylist()}
    assert talks == {("A-01", 443), ("B-01", 80)}


def test_router_in_front_of_many_machines_is_none_of_them() -> None:
    router = "00:1b:54:00:00:01"
    tables = {
        "asset_record": [asset(name="ROUTER", mac=router, **{"class": "network"}), asset(name="SRV-1", ip="10.0.1.3")],
        "flow": [flow(f"10.0.1.{host}", "10.0.2.9", "2026-10-01T06:00", source_mac=router) for host in range(1, 9)],
    }
    built = build(FakeStore(tables))
    names = {row["ip"]: row["name"] for row in built["entity"].to_pylist() if row["ip"]}
    assert names["10.0.1.3"] == "SRV-1"
    assert names["10.0.1.5"] == "10.0.1.5"
    assert "ROUTER" not in names.values()


def test_router_seen_before_public_addresses_is_no_machine() -> None:
    router = "00:1b:54:00:00:01"
    tables = {
        "flow": [
            flow("203.0.113.7", "10.0.2.9", "2026-10-01T06:00", source_mac=router),
            flow("10.0.1.3", "10.0.2.9", "2026-10-01T06:00", source_mac=router),
        ],
    }
    assert {row["mac"] for row in build(FakeStore(tables))["entity"].to_pylist()} == {None}


def test_virtual_router_address_ties_nothing() -> None:
    vrrp = "00:00:5e:00:01:0a"
    tables = {
        "asset_record": [asset(name="FW-1", mac=vrrp, asset_key="1")],
        "endpoint_agent": [{"host_name": "SRV-7", "mac": vrrp}],
    }
    assert groups(tables) == {group(("asset_record", 1)), group(("endpoint_agent", 1))}


def test_locally_administered_address_needs_a_second_sign() -> None:
    local = "da:a1:19:00:00:01"
    alone = {
        "asset_record": [asset(name="TAB-1", mac=local)],
        "lease": [lease("10.9.0.5", local, "2026-10-01", "2026-10-02", "galaxy-s22")],
    }
    assert groups(alone) == {group(("asset_record", 1)), group(("lease", 1))}
    confirmed = {**alone, "lease": [lease("10.9.0.5", local, "2026-10-01", "2026-10-02", "TAB-1")]}
    assert groups(confirmed) == {group(("asset_record", 1), ("lease", 1))}


def test_leases_of_one_phone_are_one_machine() -> None:
    local = "da:a1:19:00:00:01"
    tables = {"lease": [lease(f"10.9.0.{day}", local, f"2026-10-0{day}", f"2026-10-0{day + 1}") for day in (1, 2, 3)]}
    assert groups(tables) == {group(("lease", 1), ("lease", 2), ("lease", 3))}


def test_lying_inventory_address_makes_nobody_known() -> None:
    tables = {
        "asset_record": [asset(name="PRINTER-4", ip="10.0.0.9")],
        "lease": [lease("10.0.0.9", INTEL + "7", "2026-10-01", "2026-10-20", "rogue-box")],
        "flow": [flow("10.0.0.9", "203.0.113.1", "2026-10-05")],
    }
    built = build(FakeStore(tables))
    seen = {
        (row["name"], row["connected"], row["declared_in"])
        for row in built["entity"].to_pylist()
        if row["kind"] == "device"
    }
    assert seen == {("PRINTER-4", False, "it"), ("rogue-box", True, None)}
    assert ("ip", "10.0.0.9") in {(row["attribute"], row["value"]) for row in built["conflict"].to_pylist()}


def test_static_address_ties_a_row_without_hardware_address() -> None:
    tables = {
        "asset_record": [asset(name="CT-1", ip="10.3.0.9", register="biomedical", maker="Philips")],
        "flow": [flow("10.3.0.9", "10.0.0.1", "2026-10-05", source_mac="00:09:fb:00:00:01")],
    }
    devices = [row for row in build(FakeStore(tables))["entity"].to_pylist() if row["name"] == "CT-1"]
    assert [(row["mac"], row["connected"], row["class"]) for row in devices] == [("00:09:fb:00:00:01", True, "medical")]


def test_static_address_of_another_maker_does_not_tie() -> None:
    tables = {
        "asset_record": [asset(name="CT-1", ip="10.3.0.9", register="biomedical", maker="Siemens")],
        "flow": [flow("10.3.0.9", "10.0.0.1", "2026-10-05", source_mac="00:09:fb:00:00:01")],
    }
    devices = {
        (row["name"], row["connected"])
        for row in build(FakeStore(tables))["entity"].to_pylist()
        if row["kind"] == "device"
    }
    assert ("CT-1", False) in devices


def test_two_rows_that_claim_one_address_leave_it_to_nobody() -> None:
    tables = {
        "asset_record": [asset(name="SRV-1", ip="10.0.0.9"), asset(name="SRV-2", ip="10.0.0.9")],
        "flow": [flow("10.0.0.9", "203.0.113.1", "2026-10-05")],
    }
    connected = {row["name"] for row in build(FakeStore(tables))["entity"].to_pylist() if row["connected"]}
    assert connected == {"10.0.0.9"}


def test_retired_row_gives_its_name_and_address_to_the_one_in_service() -> None:
    tables = {
        "asset_record": [
            asset(name="SRV-1", ip="10.0.0.9", serial="OLD111", status="retired"),
            asset(name="SRV-1", ip="10.0.0.9", serial="NEW222", status="in_service"),
        ],
        "directory_object": [computer(1, "SRV-1")],
        "flow": [flow("10.0.0.9", "203.0.113.1", "2026-10-05")],
    }
    assert groups(tables) == {group(("asset_record", 1)), group(("asset_record", 2), ("directory_object", 1))}
    connected = {row["status"] for row in build(FakeStore(tables))["entity"].to_pylist() if row["connected"]}
    assert connected == {"in_service"}


def test_agent_without_keys_follows_the_lease_of_its_time() -> None:
    tables = {
        "endpoint_agent": [{"host_name": "Poste du bloc", "ip": "10.0.0.5", "last_seen": at("2026-10-01T10:00")}],
        "lease": [
            lease("10.0.0.5", INTEL + "1", "2026-10-01T00:00", "2026-10-02T00:00"),
            lease("10.0.0.5", INTEL + "2", "2026-10-15T00:00", "2026-10-16T00:00"),
        ],
    }
    assert groups(tables) == {group(("endpoint_agent", 1), ("lease", 1)), group(("lease", 2))}


def test_short_name_of_two_domains_is_ambiguous() -> None:
    tables = {
        "directory_object": [
            computer(1, "SRV-1", host_name="srv-1.a.local"),
            computer(2, "SRV-1", host_name="srv-1.b.local"),
        ],
        "asset_record": [asset(name="SRV-1")],
        "endpoint_agent": [{"host_name": "srv-1.b.local"}],
    }
    assert groups(tables) == {
        group(("directory_object", 1)),
        group(("directory_object", 2), ("endpoint_agent", 1)),
        group(("asset_record", 1)),
    }


def test_application_host_is_the_machine_at_its_address() -> None:
    tables = {
        "asset_record": [asset(name="SRV-PACS01", ip="10.1.0.4")],
        "application_declared": [
            {
                "application": "PACS",
                "host": "pacs.chu.local",
                "ip": "10.1.0.4",
                "role": "pacs",
                "care_service": "imaging",
            }
        ],
    }
    assert groups(tables) == {group(("asset_record", 1), ("application_declared", 1))}


def test_dicom_title_ties_a_row_without_network_key() -> None:
    tables = {
        "asset_record": [asset(name="Scanner du bloc", register="biomedical", ae_title="CT_BLOC", serial="S9988")],
        "flow": [flow("10.3.0.7", "10.1.0.4", "2026-10-05", service="dicom", detail="CT_BLOC>PACS_ARCH")],
    }
    entity = next(row for row in build(FakeStore(tables))["entity"].to_pylist() if row["declared_in"] == "biomedical")
    assert (entity["ip"], entity["connected"]) == ("10.3.0.7", True)


def test_name_answered_by_dns_ties_a_server_of_the_directory() -> None:
    tables = {
        "directory_object": [computer(1, "SRV-9", host_name="srv-9.chu.local")],
        "name_answer": [
            {"time": at("2026-10-02"), "query": "srv-9.chu.local", "query_type": "A", "answer": "10.1.0.9"}
        ],
        "flow": [flow("10.1.0.9", "10.1.0.4", "2026-10-05")],
    }
    entity = next(row for row in build(FakeStore(tables))["entity"].to_pylist() if row["declared_in"] == "directory")
    assert (entity["ip"], entity["connected"]) == ("10.1.0.9", True)


def test_result_does_not_depend_on_the_order_of_rows() -> None:
    rows = [asset(name=f"PC-{n}", mac=INTEL + str(n), serial=f"SN{n:05d}", position=n) for n in range(1, 9)]
    agents = [{"host_name": f"pc-{n}.chu.local", "serial": f"SN{n:05d}", "position": n} for n in range(1, 9)]
    leases = [
        lease(f"10.0.0.{n}", INTEL + str(n), "2026-10-01", "2026-10-02", f"PC-{n}") | {"position": n}
        for n in range(1, 9)
    ]
    expected = None
    for seed in range(4):
        shuffled = {"asset_record": list(rows), "endpoint_agent": list(agents), "lease": list(leases)}
        for listed in shuffled.values():
            random.Random(seed).shuffle(listed)
        built = build(FakeStore(shuffled))
        seen = {
            name: built[name].to_pylist() for name in ("entity", "record_entity", "binding", "statement", "conflict")
        }
        expected = expected or seen
        assert seen == expected


def test_router_of_a_small_capture_is_told_by_what_inventories_say() -> None:
    router = "00:1b:54:00:00:01"
    listed = [asset(name=f"SRV-{n}", ip=f"10.0.1.{n}", mac=INTEL + str(n)) for n in (1, 2)]
    frames = [flow(f"10.0.1.{n}", "10.0.2.9", "2026-10-01T06:00", source_mac=router) for n in (1, 2)]
    core = asset(name="CORE-1", ip="10.0.9.1", mac=router, **{"class": "network"})
    for rows in (listed, [*listed[:1], core]):
        built = build(FakeStore({"asset_record": rows, "flow": [*frames, flow("10.0.9.1", "10.0.2.9", "2026-10-02")]}))
        names = {row["ip"]: row["name"] for row in built["entity"].to_pylist() if row["ip"]}
        assert names["10.0.1.1"] == "SRV-1"
        assert names["10.0.9.1"] == ("CORE-1" if core in rows else "10.0.9.1")


def test_router_in_front_of_two_zones_is_none_of_them() -> None:
    router = "00:1b:54:00:00:01"
    frames = [flow(ip, "10.0.2.9", "2026-10-01T06:00", source_mac=router) for ip in ("10.0.1.1", "10.0.3.1")]
    assert {row["mac"] for row in build(FakeStore({"flow": frames}))["entity"].to_pylist()} == {None}
