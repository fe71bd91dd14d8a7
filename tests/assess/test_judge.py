"""Every rule of the verdict, one by one, on rows made by hand."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from hygie.assess import judge
from hygie.assess.control import Control
from tests.assess.hand import NOON, HandStore, days, sheet

FRESH = [
    {"evidence_id": "log", "status": "read", "tables": "asset_record", "exported": days(2), "exported_by": "content"}
]
STALE = [{**FRESH[0], "exported": days(45)}]
INVENTORY = [{"evidence_id": "log", "position": 1, "register": "it", "name": "A"}]
GOOD = {"id": "good", "kind": "device", "name": "A", "enabled": True, "zone_id": "z", "last_seen": days(1)}
BAD = {**GOOD, "id": "bad", "name": "B.hospital.local", "ip": "10.0.0.9", "mac": "aa:bb:cc:dd:ee:ff", "enabled": False}
UNSEEN = {**GOOD, "id": "unseen", "name": "C", "status": "stock"}
ZONE = [{"id": "z", "name": "Users", "class": "user", "origin": "declared"}]
CLAIM = [{"control": "TST-01", "affirmed": True, "date": days(100), "author": "RSSI"}]
WAIVER = {"control": "TST-01", "subject": "B", "reason": "old", "owner": "DSI", "expiry": days(-30)}


def tables(**changed: Any) -> dict[str, Any]:
    base = {"evidence": FRESH, "asset_record": INVENTORY, "entity": [GOOD], "zone": ZONE}
    return {**base, **changed}


def run(given: dict[str, Any], control: Control | None = None, today: Any = NOON) -> dict[str, list[dict[str, Any]]]:
    found = judge(HandStore(given, today), [control or Control(sheet())])
    return {name: table.to_pylist() for name, table in found.items()}


def verdict(given: dict[str, Any], **changed: Any) -> str:
    return str(run(given, Control(sheet(**changed)))["verdict"][0]["verdict"])


CASES = list(product((False, True), ("none", "bad", "waived"), ("whole", "partial"), ("fresh", "stale")))


@pytest.mark.parametrize(("declared", "failing", "sight", "age"), CASES)
def test_verdict_follows_the_order(declared: bool, failing: str, sight: str, age: str) -> None:
    entities = [GOOD, *([BAD] if failing != "none" else []), *([UNSEEN] if sight == "partial" else [])]
    given = tables(
        entity=entities,
        evidence=FRESH if age == "fresh" else STALE,
        claim=CLAIM if declared else [],
        exception=[WAIVER] if failing == "waived" else [],
    )
    if failing == "bad" and age == "fresh":
        expected = "CONTRADICTED" if declared else "SILENT_GAP"
    elif failing == "waived" and age == "fresh":
        expected = "WAIVED"
    elif sight == "partial" or age == "stale":
        expected = "BLIND"
    else:
        expected = "PROVED" if declared else "UNDECLARED_GOOD"
    assert verdict(given) == expected


def test_an_empty_population_is_not_applicable() -> None:
    assert verdict(tables(entity=[])) == "NOT_APPLICABLE"


def test_an_empty_population_without_evidence_is_blind() -> None:
    row = run({"entity": []})["verdict"][0]
    assert (row["verdict"], row["why_blind"], row["answering"]) == ("BLIND", "no_evidence", "asset_record")


def test_without_evidence_a_counter_example_still_contradicts_unless_it_is_the_basis() -> None:
    given = {"entity": [GOOD, BAD], "zone": ZONE, "claim": CLAIM}
    basis = [{"table": "asset_record", "file": {"fr": "x", "en": "x"}, "ask": "systems", "basis": True}]
    assert verdict(given) == "CONTRADICTED"
    found = run(given, Control(sheet(needs=basis)))
    assert found["verdict"][0]["verdict"] == "BLIND"
    assert {(row["subject"], row["reason"]) for row in found["unseen"]} == {
        ("good", "no_evidence"),
        ("bad", "no_evidence"),
    }


@pytest.mark.parametrize(
    "subject", ["B", "b.hospital.local", "bad", "10.0.0.9", "AA-BB-CC-DD-EE-FF", "aabb.ccdd.eeff", "*"]
)
def test_an_exception_names_its_subject_in_any_way(subject: str) -> None:
    found = run(tables(entity=[GOOD, BAD], exception=[{**WAIVER, "subject": subject}]))
    assert found["verdict"][0]["verdict"] == "WAIVED"
    assert [(row["waived"], row["waiver"]) for row in found["finding"]] == [(True, "DSI · 2026-03-02")]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"owner": None}, "no_owner"),
        ({"owner": "  "}, "no_owner"),
        ({"expiry": None}, "no_expiry"),
        ({"expiry": days(1.5)}, "expired"),
        ({"subject": None}, "no_subject"),
    ],
)
def test_a_worthless_exception_covers_nothing_and_is_listed(changed: dict[str, Any], why: str) -> None:
    found = run(tables(entity=[GOOD, BAD], exception=[{**WAIVER, **changed}]))
    assert found["verdict"][0]["verdict"] == "SILENT_GAP"
    assert [(row["list"], f'"why":"{why}"' in row["detail"]) for row in found["aside"]] == [
        ("worthless_exception", True)
    ]


def test_an_exception_holds_until_the_end_of_its_last_day_and_counts_to_today() -> None:
    last_day = {**WAIVER, "expiry": NOON.replace(hour=0)}
    given = tables(entity=[GOOD, BAD], exception=[last_day])
    assert run(given)["verdict"][0]["verdict"] == "WAIVED"
    assert run(given, today=days(-1))["verdict"][0]["verdict"] == "SILENT_GAP"


def test_an_exception_for_another_subject_leaves_the_case_uncovered() -> None:
    other = {**BAD, "id": "worse", "name": "D", "ip": None, "mac": None}
    found = run(tables(entity=[GOOD, BAD, other], exception=[WAIVER], claim=CLAIM))
    row = found["verdict"][0]
    assert (row["verdict"], row["failing"], row["waived"], row["population"]) == ("CONTRADICTED", 1, 1, 3)


def test_the_newest_claim_counts_and_a_denial_declares_nothing() -> None:
    denied = {**CLAIM[0], "affirmed": False, "date": days(10)}
    assert verdict(tables(entity=[BAD], claim=[*CLAIM, denied])) == "SILENT_GAP"
    assert verdict(tables(entity=[BAD], claim=[denied, {**CLAIM[0], "date": days(5)}])) == "CONTRADICTED"


def test_a_list_declares_as_well_as_a_claim() -> None:
    listed = sheet(declared={"matrix": "SELECT 1 AS one FROM matrix_entry AS m"})
    row = run(tables(matrix_entry=[{"source_zone": "*"}]), Control(listed))["verdict"][0]
    assert (row["verdict"], row["declared_by"]) == ("PROVED", "matrix")


def test_a_table_without_any_date_is_not_fresh() -> None:
    assert verdict(tables(evidence=[], claim=CLAIM)) == "BLIND"


def test_old_counter_examples_are_listed_apart() -> None:
    found = run(tables(entity=[GOOD, BAD], evidence=STALE))
    assert found["verdict"][0]["why_blind"] == "stale"
    assert not found["finding"]
    assert {(row["list"], row["subject"]) for row in found["aside"]} == {("old_counter_example", "bad")}


def test_a_counter_example_counts_while_its_own_table_is_fresh() -> None:
    limits = {"days": 30, "table": "asset_record", "more": {"lease": 5}}
    rule = sheet().fails.replace("e.last_seen AS seen", "e.last_seen AS seen, 'lease' AS source_table")
    given = tables(entity=[GOOD, BAD], evidence=STALE, lease=[{"start": days(1), "ip": "10.0.0.1"}])
    assert verdict(given, fails=rule, max_age=limits) == "SILENT_GAP"
    assert verdict(given, fails=rule, max_age={**limits, "always": ["asset_record"]}) == "BLIND"


@pytest.mark.parametrize("declared", [True, False])
def test_an_inferred_zone_proves_nothing(declared: bool) -> None:
    given = tables(zone=[{**ZONE[0], "origin": "inferred"}], claim=CLAIM if declared else [])
    row = run(given)["verdict"][0]
    assert (row["verdict"], row["why_blind"], row["inferred"]) == ("BLIND", "inferred", True)


def test_an_inferred_coverage_proves_nothing_where_coverage_counts() -> None:
    cover = [{"zone_id": "z", "days_whole": 30, "days": 30, "whole": True, "origin": "inferred"}]
    given = tables(zone_coverage=cover, claim=CLAIM)
    assert verdict(given) == "PROVED"
    assert verdict(given, coverage={"required": 1.0, "unit": "zone_day"}) == "BLIND"


def test_coverage_by_zone_day_counts_the_days_seen_but_never_reaches_one() -> None:
    unknown = "SELECT e.id, 'zone_not_whole' AS reason, 'flow' AS answering FROM entity AS e WHERE e.status = 'stock'"
    reasons = {"off": {"fr": "x", "en": "x"}, "zone_not_whole": {"fr": "x", "en": "x"}}
    cover = [{"zone_id": "z", "days_whole": 30, "days": 30, "whole": False, "origin": "declared"}]
    control = Control(sheet(unknown=unknown, reasons=reasons, coverage={"required": 1.0, "unit": "zone_day"}))
    row = run(tables(entity=[GOOD, UNSEEN], zone_coverage=cover, claim=CLAIM), control)["verdict"][0]
    assert (row["verdict"], row["why_blind"], row["unseen"], row["coverage"]) == ("BLIND", "coverage", 1, 0.995)


def test_a_share_below_the_whole_can_be_enough_when_a_check_says_so() -> None:
    many = [{**GOOD, "id": f"g{number}"} for number in range(9)]
    given = tables(entity=[*many, UNSEEN], claim=CLAIM)
    assert verdict(given, coverage={"required": 0.9}) == "PROVED"
    assert verdict(given, coverage={"required": 0.95}) == "BLIND"


def test_findings_weigh_by_care_and_keep_their_id() -> None:
    dull = {**BAD, "id": "dull", "name": "D"}
    care = [{"care_service": "icu", "entity_id": "bad", "origin": "declared"}]
    given = tables(entity=[dull, BAD], care_dependency=care)
    first, second = run(given)["finding"], run(given)["finding"]
    assert [row["subject"] for row in first] == ["bad", "dull"]
    assert first == second
    assert (first[0]["care_services"], first[0]["weight"], first[1]["weight"]) == ("icu", 24.0, 4.0)


def test_at_most_five_proofs_are_kept_and_all_are_counted() -> None:
    rule = (
        "SELECT e.id, 'off' AS reason, l.evidence_id, l.member, l.position, l.start AS seen"
        " FROM entity AS e CROSS JOIN lease AS l WHERE NOT e.enabled"
    )
    leases = [{"evidence_id": "dhcp", "member": "", "position": n, "start": days(n / 10)} for n in range(1, 9)]
    found = run(tables(entity=[BAD], lease=leases), Control(sheet(fails=rule)))
    assert found["finding"][0]["proofs"] == 8
    assert [row["position"] for row in found["proof"]] == [1, 2, 3, 4, 5]
    assert (found["finding"][0]["first_seen"], found["finding"][0]["last_seen"]) == (days(0.8), days(0.1))


def test_a_failing_id_outside_the_population_is_nobody() -> None:
    stranger = {**BAD, "id": "account-1", "kind": "account"}
    rule = sheet().fails.replace("e.kind = 'device' AND ", "")
    assert verdict(tables(entity=[GOOD, stranger], claim=CLAIM), fails=rule) == "PROVED"


def test_an_exception_for_an_unknown_check_is_told() -> None:
    found = run(tables(exception=[{**WAIVER, "control": "TST-99"}]))
    assert [(row["control"], row["list"]) for row in found["aside"]] == [("TST-99", "worthless_exception")]


def test_a_verdict_only_suggests_when_all_its_counter_examples_do() -> None:
    reasons = {"off": {"fr": "x", "en": "x", "support": "suggests"}, "unseen": {"fr": "x", "en": "x"}}
    assert run(tables(entity=[BAD]), Control(sheet(reasons=reasons)))["verdict"][0]["support"] == "suggests"
    assert run(tables(entity=[GOOD]), Control(sheet(reasons=reasons)))["verdict"][0]["support"] == "proves"
