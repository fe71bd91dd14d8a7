"""From rules to judgements: each check looked at with all it needs, then told in rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from hygie.assess.care import Care
from hygie.assess.cases import gather, keys_of
from hygie.assess.completeness import Completeness
from hygie.assess.control import Control
from hygie.assess.coverage import look
from hygie.assess.exceptions import Exceptions
from hygie.assess.freshness import Freshness
from hygie.assess.judgement import Judgement
from hygie.assess.rows import Names, aside_rows, finding_row, proof_rows, unseen_rows, verdict_row
from hygie.assess.store import Store
from hygie.errors import QueryError
from hygie.tables import arrow_schema

TABLES = ("verdict", "finding", "unseen", "aside", "proof")


def judge(store: Store, controls: Sequence[Control]) -> dict[str, pa.Table]:
    """Judge all checks over a publication; the same evidence gives the same rows in the same order."""
    freshness, exceptions, care, names = Freshness(store), Exceptions(store), Care(store), Names(store)
    claims = affirmed_claims(store)
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    for control in sorted(controls, key=lambda one: one.id):
        try:
            judgement = establish(store, control, freshness, exceptions, claims)
            found["aside"] += aside_rows(store, judgement, exceptions, names)
        except QueryError as error:
            raise QueryError(error.message, where=f"control {control.id}", hint=error.hint) from error
        findings = [finding_row(judgement, case, care, names) for case in judgement.cases]
        findings.sort(key=lambda row: (-row["weight"], row["subject"]))
        found["finding"] += findings
        found["proof"] += proof_rows(judgement)
        found["unseen"] += unseen_rows(judgement, names)
        found["verdict"].append(verdict_row(judgement, freshness, store))
    for name in sorted(set(exceptions.by_control) - {control.id for control in controls}):
        found["aside"] += exceptions.unknown_rows(name)
    return {name: pa.Table.from_pylist(rows, schema=arrow_schema(name)) for name, rows in found.items()}


def establish(
    store: Store, control: Control, freshness: Freshness, exceptions: Exceptions, claims: Mapping[str, bool]
) -> Judgement:
    """Everything that the verdict of one check rests on."""
    sheet = control.sheet
    members = {
        row["id"]: row for row in store.portable(sheet.population, sheet.values).to_pylist() if row["id"] is not None
    }
    missing = [need.table for need in sheet.needs if not store.has(need.table)]
    if not members and sheet.empty_means:
        missing = list(dict.fromkeys([*missing, sheet.empty_means]))
    judgement = Judgement(control, members, missing=missing, stale=freshness.stale(sheet.max_age))
    without_basis = [need.table for need in sheet.needs if need.basis and need.table in missing]
    if not without_basis:
        judgement.cases, judgement.old = gather(store, control, members, judgement.stale)
    failing = [case.subject for case in judgement.cases]
    judgement.waivers = exceptions.covering(control.id, failing, keys_of(judgement.cases, members))
    judgement.sight = look(store, control, members, set(failing), without_basis)
    judgement.cut = Completeness(store).cut(sheet)
    judgement.declared_by = declared_by(store, control, claims)
    return judgement


def affirmed_claims(store: Store) -> dict[str, bool]:
    """For each check, what its newest claim says; a claim without document still declares."""
    sql = "SELECT control, affirmed FROM claim ORDER BY date NULLS FIRST, evidence_id, member, position"
    return {(row["control"] or "").strip().upper(): bool(row["affirmed"]) for row in store.query(sql).to_pylist()}


def declared_by(store: Store, control: Control, claims: Mapping[str, bool]) -> str:
    """What declares a check: a claim, or a list that says the same; nothing when nothing does."""
    if claims.get(control.id):
        return "claim"
    for name, sql in control.sheet.declared.items():
        if store.portable(sql, control.sheet.values).num_rows:
            return name
    return ""
