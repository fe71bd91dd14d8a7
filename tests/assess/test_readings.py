"""The readings that settle a verdict (checks.md, section 1.4), each as a small hospital made by hand."""

from __future__ import annotations

from typing import Any

from tests.assess.hand import days, judged

CLASSES = {"users": "user", "biomed": "biomedical", "servers": "server", "guests": "guest", "web": "internet"}
ZONES = [{"id": name, "name": name, "class": kind, "origin": "declared"} for name, kind in CLASSES.items()]
Row = dict[str, Any]


def coverage(*partial: str) -> list[Row]:
    return [
        {
            "zone_id": z,
            "days_whole": 3 if z in partial else 30,
            "days": 30,
            "whole": z not in partial,
            "origin": "declared",
        }
        for z in CLASSES
    ]


def device(name: str, zone: str, **more: Any) -> Row:
    base = {"id": name, "name": name, "kind": "device", "zone_id": zone, "connected": True, "pairable": False}
    return {**base, "last_seen": days(1), **more}


def talk(source: str, source_zone: str, target: str, target_zone: str, port: int, **more: Any) -> Row:
    return {
        "source_id": source, "source_zone": source_zone, "source_class": CLASSES[source_zone],
        "destination_id": target, "destination_zone": target_zone, "destination_class": CLASSES[target_zone],
        "protocol": "tcp", "port": port, "state": "answered", "flows": 2, "days": 1, "first_seen": days(92),
        "last_seen": days(1), "evidence_id": "log", "member": "", "position": port, **more,
    }  # fmt: skip


def evidence(*tables: str) -> list[Row]:
    return [
        {
            "evidence_id": f"file-{table}",
            "status": "read",
            "tables": table,
            "exported": days(0.1),
            "exported_by": "content",
        }
        for table in tables
    ]


MONITOR = device("monitor", "biomed", **{"class": "medical"}, declared_in="biomedical")
PACS = device("pacs", "biomed", role="pacs ris", declared_in="it")
DESK = device("desk", "users", declared_in="it")
PROXY = device("proxy", "servers", role="proxy", declared_in="it")
WEB = {"id": "web-address", "kind": "network", "name": "198.51.100.9", "zone_id": "web"}
RULES = [{"firewall": "fw", "rule_id": "1", "action": "accept", "evidence_id": "fw", "first_port": 1, "last_port": 2}]
FLOW = [{"time": days(0.5), "evidence_id": "log", "position": 1}]
INVENTORY = [{"register": "it", "evidence_id": "i"}, {"register": "biomedical", "evidence_id": "b"}]
EVIDENCE = evidence("flow", "asset_record", "firewall_match")
CLAIMED = ("INV-01", "NET-01", "NET-02", "NET-04", "NET-05", "NET-07")
MATRIX = {"source_zone": "users", "destination_zone": "servers", "protocol": "tcp", "first_port": 443, "last_port": 443}


def hospital(**changed: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "evidence": evidence("flow", "asset_record", "firewall_match"),
        "zone": ZONES,
        "zone_coverage": coverage(),
        "entity": [MONITOR, PACS, DESK, PROXY, WEB],
        "flow": FLOW,
        "asset_record": INVENTORY,
        "firewall_match": RULES,
        "matrix_entry": [MATRIX],
        "conversation": [talk("desk", "users", "proxy", "servers", 443)],
        "claim": [
            {"control": name, "affirmed": True} for name in ("INV-01", "NET-01", "NET-02", "NET-04", "NET-05", "NET-07")
        ],
    }
    return {**base, **changed}


def outcome(name: str, **changed: Any) -> tuple[str, set[str], set[str]]:
    """Verdict, failing subjects, subjects that could not be judged."""
    found = judged(hospital(**changed), name)
    failing = {row["subject"] for row in found["finding"] if not row["waived"]}
    return found["verdict"][0]["verdict"], failing, {row["subject"] for row in found["unseen"]}


def way(source: str, target: str, first: int = 1, last: int = 65535, **more: Any) -> Row:
    return {
        "firewall": "fw", "rule_id": "9", "source_zone": source, "source_class": CLASSES[source],
        "destination_zone": target, "destination_class": CLASSES[target], "protocol": "tcp",
        "first_port": first, "last_port": last,
        "evidence_id": "fw", "member": "", "position": 3, **more,
    }  # fmt: skip


class TestInventory:
    def test_a_directory_or_agent_is_no_inventory(self) -> None:
        known = device("known", "users", declared_in="directory agent")
        assert outcome("INV-01", entity=[DESK, known]) == ("CONTRADICTED", {"known"}, set())

    def test_guests_are_outside_and_a_device_to_pair_is_listed_apart(self) -> None:
        found = judged(
            hospital(entity=[DESK, device("phone", "guests"), device("pump", "biomed", pairable=True)]), "INV-01"
        )
        assert (found["verdict"][0]["verdict"], found["verdict"][0]["population"]) == ("PROVED", 1)
        assert {row["subject"] for row in found["aside"] if row["list"] == "to_pair"} == {"pump"}

    def test_a_zone_never_seen_counts_even_without_a_device(self) -> None:
        verdict, failing, unseen = outcome("INV-01", entity=[DESK], zone_coverage=coverage("biomed"))
        assert (verdict, failing, unseen) == ("BLIND", set(), {"biomed"})

    def test_with_one_inventory_only_what_the_other_may_hold_is_not_judged(self) -> None:
        strangers = [device("box", "biomed"), device("laptop", "users", **{"class": "it"})]
        found = outcome("INV-01", entity=[DESK, *strangers], asset_record=INVENTORY[:1])
        assert found == ("CONTRADICTED", {"laptop"}, {"box"})

    def test_a_device_gone_for_a_month_is_no_longer_here(self) -> None:
        assert outcome("INV-01", entity=[DESK, device("gone", "users", last_seen=days(31))])[0] == "PROVED"


class TestFlows:
    def test_a_flow_is_declared_by_its_zones_protocol_and_port(self) -> None:
        assert outcome("NET-01") == ("PROVED", set(), set())
        other = talk("desk", "users", "proxy", "servers", 8443)
        assert outcome("NET-01", conversation=[other])[:2] == ("CONTRADICTED", {"users>servers tcp/8443"})

    def test_refused_unanswered_multicast_and_inside_are_no_flows(self) -> None:
        noise = [
            talk("desk", "users", "monitor", "biomed", 445, state="refused"),
            talk("desk", "users", "monitor", "biomed", 22, state="unanswered"),
            talk("desk", "users", "monitor", "biomed", 23, state="blocked"),
            talk("desk", "users", "monitor", "biomed", 5353, special="multicast"),
            talk("desk", "users", "desk2", "users", 445),
        ]
        assert outcome("NET-01", conversation=[talk("desk", "users", "proxy", "servers", 443), *noise])[0] == "PROVED"

    def test_dynamic_ports_are_one_entry(self) -> None:
        dynamic = [talk("desk", "users", "proxy", "servers", 49152)]
        entry = {**MATRIX, "first_port": 50000, "last_port": 50100}
        assert outcome("NET-01", conversation=dynamic, matrix_entry=[entry])[0] == "PROVED"
        assert outcome("NET-01", conversation=dynamic)[1] == {"users>servers tcp/49152"}

    def test_an_entry_for_one_machine_covers_only_that_machine(self) -> None:
        entry = {**MATRIX, "source_id": "desk"}
        both = [talk("desk", "users", "proxy", "servers", 443), talk("other", "users", "proxy", "servers", 443)]
        assert outcome("NET-01", conversation=both, matrix_entry=[entry])[1] == {"users>servers tcp/443"}

    def test_an_entry_past_its_date_declares_nothing_later(self) -> None:
        entry = {**MATRIX, "until": days(20)}
        assert outcome("NET-01", matrix_entry=[entry])[0] == "CONTRADICTED"

    def test_without_matrix_nor_claim_it_is_a_silent_gap(self) -> None:
        assert outcome("NET-01", matrix_entry=[], claim=[])[0] == "SILENT_GAP"

    def test_the_matrix_alone_declares(self) -> None:
        found = judged(hospital(claim=[]), "NET-01")["verdict"][0]
        assert (found["verdict"], found["declared_by"]) == ("PROVED", "matrix")

    def test_one_capture_of_one_zone_proves_nothing(self) -> None:
        verdict, failing, unseen = outcome("NET-01", zone_coverage=coverage("biomed", "servers", "guests", "web"))
        assert (verdict, failing, unseen) == ("BLIND", set(), {"biomed", "servers"})

    def test_an_opening_is_dead_only_after_ninety_days(self) -> None:
        unused = {**MATRIX, "first_port": 1, "last_port": 1, "evidence_id": "m", "position": 4}

        def dead(first: float) -> set[str]:
            seen = [talk("desk", "users", "proxy", "servers", 443, first_seen=days(first))]
            rows = judged(hospital(matrix_entry=[MATRIX, unused], conversation=seen), "NET-01")["aside"]
            return {row["subject"] for row in rows if row["list"] == "dead_openings"}

        assert (dead(91), dead(60)) == ({"users>servers tcp/1"}, set())


class TestBiomedical:
    def test_a_desk_that_reaches_a_device_contradicts_and_an_old_scan_does_not(self) -> None:
        reach = talk("desk", "users", "monitor", "biomed", 445)
        assert outcome("NET-02", conversation=[reach])[:2] == ("CONTRADICTED", {"monitor"})
        assert outcome("NET-02", conversation=[{**reach, "last_seen": days(200)}])[0] == "PROVED"

    def test_a_pacs_may_be_reached_and_may_reach(self) -> None:
        fine = [talk("desk", "users", "pacs", "biomed", 443), talk("pacs", "biomed", "monitor", "biomed", 104)]
        assert outcome("NET-02", conversation=fine) == ("PROVED", set(), set())

    def test_without_rules_or_with_a_way_open_nothing_is_proved(self) -> None:
        assert outcome("NET-02", firewall_match=[]) == ("BLIND", set(), {"monitor"})
        assert outcome("NET-02", opening=[way("users", "biomed")]) == ("BLIND", set(), {"monitor"})
        to_pacs = way("users", "biomed", entity_id="pacs", destination_prefix="10.2.0.5/32")
        assert outcome("NET-02", opening=[to_pacs])[0] == "PROVED"

    def test_a_fresh_firewall_does_not_excuse_a_stale_one(self) -> None:
        two = [RULES[0], {**RULES[0], "firewall": "other", "evidence_id": "old"}]
        rows = [{**row, "evidence_id": "fw"} if "firewall_match" in row["tables"] else row for row in EVIDENCE]
        fresh = next(row for row in rows if row["evidence_id"] == "fw")
        late = {**fresh, "evidence_id": "old", "exported": days(400)}
        assert outcome("NET-02", firewall_match=two, evidence=[*rows, {**late, "exported": days(1)}])[0] == "PROVED"
        assert outcome("NET-02", firewall_match=two, evidence=[*rows, late])[0] == "BLIND"

    def test_one_fact_is_enough_even_without_rules(self) -> None:
        reach = talk("desk", "users", "monitor", "biomed", 445)
        assert outcome("NET-02", firewall_match=[], conversation=[reach])[0] == "CONTRADICTED"

    def test_a_retired_device_still_on_the_network_counts(self) -> None:
        old = {**MONITOR, "status": "retired"}
        reach = talk("desk", "users", "monitor", "biomed", 445)
        assert outcome("NET-02", entity=[old, DESK], conversation=[reach])[1] == {"monitor"}


class TestInternet:
    def test_accepted_traffic_or_a_rule_exposes(self) -> None:
        assert outcome("NET-04", conversation=[talk("web-address", "web", "proxy", "servers", 3389)])[1] == {"proxy"}
        exposed = way("web", "servers", 3380, 3400, entity_id="proxy", source_prefix="198.51.100.7/32")
        assert outcome("NET-04", opening=[exposed])[1] == {"proxy"}
        assert outcome("NET-04", opening=[way("web", "servers", 443, 443, entity_id="proxy")])[0] == "PROVED"

    def test_a_translation_to_an_unknown_machine_is_a_case_of_its_own(self) -> None:
        exposed = way("web", "servers", 22, 22, internal_ip="10.3.0.77")
        assert outcome("NET-04", opening=[exposed])[1] == {"10.3.0.77"}

    def test_the_whole_range_counts_only_when_the_rule_lets_the_port_through(self) -> None:
        whole = way("web", "servers", 0, 65535, entity_id="proxy", internal_ip="10.3.0.8")
        narrow = [{**RULES[0], "rule_id": "9", "first_port": 443, "last_port": 443}]
        wide = [{**RULES[0], "rule_id": "9", "first_port": 0, "last_port": 65535}]
        assert outcome("NET-04", opening=[whole], firewall_match=narrow)[0] == "PROVED"
        assert outcome("NET-04", opening=[whole], firewall_match=wide)[1] == {"proxy"}

    def test_only_the_proxy_goes_out(self) -> None:
        exits = [
            talk("proxy", "servers", "web-address", "web", 443),
            talk("phone", "guests", "web-address", "web", 443),
        ]
        refused = talk("desk", "users", "web-address", "web", 443, state="blocked")
        assert outcome("NET-05", conversation=[*exits, refused]) == ("PROVED", set(), set())
        assert outcome("NET-05", conversation=[talk("desk", "users", "web-address", "web", 443)])[1] == {"desk"}

    def test_a_way_out_for_one_machine_leaves_only_that_one_unjudged(self) -> None:
        held = [{"ip": "10.1.0.2", "entity_id": "desk"}]
        one = way("users", "web", source_prefix="10.1.0.2/32")
        assert outcome("NET-05", opening=[one], binding=held) == ("BLIND", set(), {"desk"})


class TestClinicalText:
    def test_bytes_prove_and_a_port_alone_suggests(self) -> None:
        read = judged(
            hospital(conversation=[talk("monitor", "biomed", "proxy", "servers", 4242, service="dicom")]), "NET-07"
        )
        port = judged(hospital(conversation=[talk("monitor", "biomed", "proxy", "servers", 2575)]), "NET-07")
        assert [
            (row["reason"], found["verdict"][0]["support"]) for found in (read, port) for row in found["finding"]
        ] == [
            ("clear_bytes", "suggests"),
            ("clear_port", "suggests"),
        ]

    def test_tls_and_traffic_inside_a_zone_are_fine(self) -> None:
        fine = [
            talk("monitor", "biomed", "proxy", "servers", 2762, tls=True),
            talk("monitor", "biomed", "pacs", "biomed", 104, service="dicom"),
        ]
        assert outcome("NET-07", conversation=fine)[0] == "PROVED"
