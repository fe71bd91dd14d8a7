"""The six verdicts, in the order a person needs them, and their signs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

ORDER = ("CONTRADICTED", "SILENT_GAP", "BLIND", "WAIVED", "UNDECLARED_GOOD", "PROVED", "NOT_APPLICABLE")
FAILING = frozenset({"CONTRADICTED", "SILENT_GAP"})
SEVERITIES = ("critical", "high", "medium", "low")


@dataclass(frozen=True)
class Sign:
    """One sign: built from parts in Unicode, a letter form in ASCII, the name of its symbol on paper, its colour."""

    unicode: str
    ascii: str
    symbol: str
    colour: str


# square = declared, broken ring = nothing declared; tick = facts agree, cross = they do not; filled = contradiction
SIGNS: Mapping[str, Sign] = {
    "CONTRADICTED": Sign("■✗", "[X]", "contradicted", "red"),
    "SILENT_GAP": Sign("◌✗", "(x)", "gap", "yellow"),
    "BLIND": Sign("▨▨", "[/]", "blind", "grey"),
    "WAIVED": Sign("⧗ ", ">=<", "waived", "magenta"),
    "UNDECLARED_GOOD": Sign("◌✓", "(v)", "good", "cyan"),
    "PROVED": Sign("□✓", "[v]", "proved", "green"),
    "NOT_APPLICABLE": Sign("– ", " - ", "none", "grey"),
}
ORIGIN_SIGNS: Mapping[str, Sign] = {
    "declared": Sign("□", "[ ]", "declared", ""),
    "observed": Sign("■", "[#]", "observed", ""),
    "inferred": Sign("◧", "[~]", "inferred", ""),
    "attested": Sign("▭", "[_]", "attested", ""),
}


def rank(verdict: str) -> int:
    """The place of a verdict in the order of need."""
    return ORDER.index(verdict) if verdict in ORDER else len(ORDER)


def tally(verdicts: Iterable[str]) -> dict[str, int]:
    """How many of each, in order, without the zeros.

    >>> tally(["PROVED", "BLIND", "PROVED"])
    {'BLIND': 1, 'PROVED': 2}
    """
    listed = list(verdicts)
    return {verdict: listed.count(verdict) for verdict in ORDER if verdict in listed}


def applicable(verdicts: Iterable[str]) -> int:
    """How many checks have something to judge: the denominator of every sentence that counts checks.

    >>> applicable(["PROVED", "NOT_APPLICABLE", "BLIND"])
    2
    """
    return sum(verdict != "NOT_APPLICABLE" for verdict in verdicts)


def seen(row: Mapping[str, Any]) -> int:
    """How many members were seen with nothing to say: neither failing, nor waived, nor unseen."""
    parts = sum(int(row.get(name) or 0) for name in ("failing", "waived", "unseen"))
    return max(0, int(row.get("population") or 0) - parts)
