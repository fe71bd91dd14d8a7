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

from hygie.assess.cases import Case
from hygie.assess.control import Control
from hygie.assess.coverage import Sight
from hygie.assess.exceptions import Written


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
