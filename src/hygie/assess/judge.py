"""The verdict of every check: population, counter-examples, exceptions, coverage, age, in that order.

| When | Verdict |
|---|---|
| the population is empty | NOT_APPLICABLE |
| fresh counter-examples, all waived | WAIVED |
| a fresh one that is not | CONTRADICTED where it is declared, else SILENT_GAP |
| evidence missing, cut, partial, too old or inferred | BLIND |
| else | PROVED where it is declared, else UNDECLARED_GOOD |
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from hygie.assess.care import Care
from hygie.assess.cases import Case, gather, keys_of
from hygie.assess.completeness import Completeness
from hygie.assess.control import Control
from hygie.assess.coverage import Sight, look
from hygie.assess.exceptions import Exceptions, Written
from hygie.assess.freshness import Freshness
from hygie.assess.rows import Names, aside_rows, finding_row, proof_rows, unseen_rows, verdict_row
from hygie.assess.store import Store
from hygie.errors import QueryError
from hygie.tables import arrow_schema

TABLES = ("verdict", "finding", "unseen", "aside", "proof")


@dataclass
class Judgement:
    """All that was established about one check."""

    control: Control
    members: Mapping[str, dict[str, Any]]
    cases: Sequence[Case] = ()
    old: Sequence[Case] = ()
    waivers: Mapping[str, Written] = field(default_factory=dict)
    sight: Sight = field(default_factory=Sight)
    missing: Sequence[str] = ()
    stale: Sequence[str] = ()
    cut: Sequence[str] = ()
    declared_by: str = ""

    @property
    def uncovered(self) -> list[Case]:
        """Counter-examples that no exception covers."""
        return [case for case in self.cases if case.subject not in self.waivers]

    @property
    def why_blind(self) -> str:
        """Why nothing can be proved, or nothing."""
        if self.missing:
            return "no_evidence"
        if self.stale:
            return "stale"
        if self.cut:
            return "incomplete"
        if self.sight.short(self.control.sheet.coverage.required):
            return "coverage"
        return "inferred" if self.sight.inferred else ""

    @property
    def verdict(self) -> str:
        """The verdict, decided in the order of the module's first lines."""
        if not self.members and not self.missing:
            return "NOT_APPLICABLE"
        if self.cases:
            failing = "CONTRADICTED" if self.declared_by else "SILENT_GAP"
            return failing if self.uncovered else "WAIVED"
        if self.why_blind:
            return "BLIND"
        return "PROVED" if self.declared_by else "UNDECLARED_GOOD"

    @property
    def answering(self) -> list[str]:
        """The tables that would answer, the most useful first: the missing, the old, then those of unseen members."""
        waiting = Counter(table for row in self.sight.unseen.values() for table in (row["answering"] or "").split())
        by_use = sorted(waiting, key=lambda table: (-waiting[table], table))
        return list(dict.fromkeys([*self.missing, *self.stale, *self.cut, *by_use]))


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
