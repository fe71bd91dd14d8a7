"""From judgements to the rows of the tables that show them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hygie.assess.care import Care
from hygie.assess.cases import Case, detail_json, finding_id, proof_key
from hygie.assess.exceptions import Exceptions
from hygie.assess.freshness import Freshness
from hygie.assess.judgement import Judgement
from hygie.assess.store import Store

Row = dict[str, Any]


class Names:
    """The name by which people know an entity."""

    def __init__(self, store: Store) -> None:
        sql = "SELECT id, name FROM entity UNION ALL SELECT id, name FROM zone"
        self._names = {row["id"]: row["name"] for row in store.query(sql).to_pylist() if row["name"]}

    def of(self, judgement: Judgement, subject: str) -> str:
        """The name its rule gives, else the one of the map, else the subject itself."""
        given = judgement.members.get(subject, {}).get("name")
        return str(given or self._names.get(subject) or subject)


def verdict_row(judgement: Judgement, freshness: Freshness, store: Store) -> Row:
    """The verdict with its figures."""
    sheet = judgement.control.sheet
    verdict = judgement.verdict
    waived = len(judgement.cases) - len(judgement.uncovered)
    return {
        "control": sheet.id,
        "verdict": verdict,
        "declared": bool(judgement.declared_by),
        "declared_by": judgement.declared_by,
        "population": len(judgement.members),
        "failing": len(judgement.uncovered),
        "waived": waived,
        "unseen": len(judgement.sight.unseen),
        "coverage": round(judgement.sight.coverage, 4),
        "required": sheet.coverage.required,
        "why_blind": judgement.why_blind if verdict == "BLIND" else "",
        "answering": " ".join(judgement.answering),
        "newest": freshness.newest(sheet.max_age.table),
        "as_of": store.as_of,
        "support": _support(judgement),
        "inferred": judgement.sight.inferred,
    }


def _support(judgement: Judgement) -> str:
    """The strongest support: that of its clauses, unless every counter-example only suggests."""
    reasons = judgement.control.sheet.reasons
    told = [reasons.get(case.leading["reason"]) for case in judgement.uncovered]
    if told and all(reason is not None and reason.support == "suggests" for reason in told):
        return "suggests"
    return judgement.control.sheet.support


def finding_row(judgement: Judgement, case: Case, care: Care, names: Names) -> Row:
    """One counter-example."""
    sheet = judgement.control.sheet
    services = care.services(case.entities)
    waiver = judgement.waivers.get(case.subject)
    name = names.of(judgement, case.subject)
    member = judgement.members[case.subject]
    return {
        "id": finding_id(sheet.id, case.subject),
        "control": sheet.id,
        "subject": case.subject,
        "subject_name": name,
        "reason": case.leading["reason"],
        "detail": detail_json(case.leading, name),
        "severity": sheet.severity,
        "weight": care.weight(sheet.severity, services),
        "care_services": " ".join(services),
        "zone_id": case.leading.get("zone_id") or member.get("zone_id"),
        "waived": waiver is not None,
        "waiver": waiver.label if waiver else "",
        "proofs": case.proofs,
        "first_seen": min(case.times, default=None),
        "last_seen": max(case.times, default=None),
    }


def proof_rows(judgement: Judgement) -> Iterator[Row]:
    """The records that prove each counter-example, five at most."""
    table = judgement.control.sheet.max_age.table
    for case in judgement.cases:
        for row in case.proof_rows():
            evidence, member, position = proof_key(row)
            yield {
                "finding_id": finding_id(judgement.control.id, case.subject),
                "evidence_id": evidence,
                "member": member,
                "position": position,
                "source_table": row.get("source_table") or table,
                "time": row.get("seen"),
            }


def unseen_rows(judgement: Judgement, names: Names) -> Iterator[Row]:
    """The members that could not be judged."""
    for subject, row in sorted(judgement.sight.unseen.items()):
        yield {
            "control": judgement.control.id,
            "subject": subject,
            "subject_name": names.of(judgement, subject),
            "reason": row["reason"],
            "answering": row["answering"],
        }


def aside_rows(store: Store, judgement: Judgement, exceptions: Exceptions, names: Names) -> list[Row]:
    """Cases listed apart: those of the check's own lists, counter-examples too old, exceptions without worth."""
    control = judgement.control
    found: list[Row] = []
    for name, aside in control.sheet.aside.items():
        listed = store.portable(aside.query, control.sheet.values).to_pylist()
        found += [_aside(control.id, name, row, names, judgement) for row in listed if row["id"] is not None]
    for case in judgement.old:
        row = {**case.leading, "d_reason": case.leading["reason"]}
        found.append(_aside(control.id, "old_counter_example", row, names, judgement))
    found += exceptions.worthless_rows(control.id)
    return sorted(found, key=lambda row: (row["list"], row["subject"], row["evidence_id"] or "", row["position"] or 0))


def _aside(control: str, name: str, row: Row, names: Names, judgement: Judgement) -> Row:
    shown = str(row.get("name") or names.of(judgement, row["id"]))
    return {
        "control": control,
        "list": name,
        "subject": row["id"],
        "subject_name": shown,
        "detail": detail_json(row, shown),
        "evidence_id": row.get("evidence_id"),
        "member": row.get("member"),
        "position": row.get("position"),
    }
