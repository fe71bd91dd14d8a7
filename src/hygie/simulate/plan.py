"""Which verdict each control must reach, and which wishes cannot be true together."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

PROVED = "PROVED"
CONTRADICTED = "CONTRADICTED"
SILENT_GAP = "SILENT_GAP"
UNDECLARED_GOOD = "UNDECLARED_GOOD"
BLIND = "BLIND"
WAIVED = "WAIVED"
STATES = (PROVED, CONTRADICTED, SILENT_GAP, UNDECLARED_GOOD, BLIND, WAIVED)
GOOD = frozenset({PROVED, UNDECLARED_GOOD})
FAILING = frozenset({CONTRADICTED, SILENT_GAP, WAIVED})

FLOW_CONTROLS = ("INV-01", "NET-01", "NET-02", "NET-04", "NET-05", "NET-07")
CONTROLS = (*FLOW_CONTROLS, "RA-01", "RA-03", "ID-01", "ID-02", "MAL-01", "BKP-02")

# These can only be blind through the sensors; NET-02 and NET-05 may also be blind through an unused rule.
BLIND_BY_SIGHT = ("INV-01", "NET-01", "NET-04", "NET-07")

# Without its list, NET-01 (flow matrix) and ID-01 (privileged accounts) fails everywhere: no undeclared good.
_NEEDS_LIST = frozenset({"NET-01", "ID-01"})
POSSIBLE: dict[str, frozenset[str]] = {
    control: frozenset(STATES) - ({UNDECLARED_GOOD} if control in _NEEDS_LIST else set()) for control in CONTROLS
}

DEFAULT_PLAN: dict[str, str] = {
    "INV-01": CONTRADICTED,
    "NET-01": CONTRADICTED,
    "NET-02": CONTRADICTED,
    "NET-04": PROVED,
    "NET-05": SILENT_GAP,
    "NET-07": WAIVED,
    "RA-01": CONTRADICTED,
    "RA-03": CONTRADICTED,
    "ID-01": CONTRADICTED,
    "ID-02": UNDECLARED_GOOD,
    "MAL-01": BLIND,
    "BKP-02": CONTRADICTED,
}

WHOLE_SIGHT_DAYS = 32


@dataclass(frozen=True)
class Plan:
    """The states asked for, checked, and what they mean for the sensors."""

    states: Mapping[str, str]
    days: int

    @property
    def partial_sight(self) -> bool:
        """Whether the sensors must leave most of the hospital unseen."""
        return any(self.states[control] == BLIND for control in BLIND_BY_SIGHT) and self.days >= WHOLE_SIGHT_DAYS

    def failing(self, control: str) -> bool:
        """Whether the control has counter-examples."""
        return self.states[control] in FAILING

    def good(self, control: str) -> bool:
        """Whether the control holds and can be seen to hold."""
        return self.states[control] in GOOD


def settle(wished: Mapping[str, str] | None, days: int) -> Plan:
    """Complete a wish with the default plan, or say why it cannot be.

    >>> settle({"NET-01": "UNDECLARED_GOOD"}, 92)
    Traceback (most recent call last):
    ...
    ValueError: NET-01 cannot be UNDECLARED_GOOD: without its list everything observed is undeclared
    """
    asked = {control.upper(): state.upper().replace(" ", "_") for control, state in (wished or {}).items()}
    _check_words(asked)
    states = {**DEFAULT_PLAN, **asked}
    _bend_defaults(states, asked, days)
    _check_together(states, days)
    return Plan(states, days)


def sample_plans(count: int, seed: int = 0, days: int = 92) -> Iterator[dict[str, str]]:
    """Draw compatible plans in which every possible state of every control comes about equally often.

    >>> [len(plan) for plan in sample_plans(2)]
    [12, 12]
    """
    chance = random.Random(seed)
    seen = {(control, state): 0 for control in CONTROLS for state in POSSIBLE[control]}
    for number in range(count):
        partial = number % 3 == 2 or days < WHOLE_SIGHT_DAYS
        plan = {control: _draw(control, partial, seen, chance) for control in CONTROLS}
        if plan["ID-01"] == BLIND and plan["ID-02"] in GOOD:
            plan["ID-02"] = BLIND
        if partial and not any(plan[control] == BLIND for control in BLIND_BY_SIGHT):
            plan[chance.choice(BLIND_BY_SIGHT)] = BLIND
        for control, state in plan.items():
            seen[control, state] += 1
        settle(plan, days)
        yield plan


def _draw(control: str, partial: bool, seen: dict[tuple[str, str], int], chance: random.Random) -> str:
    allowed = set(POSSIBLE[control])
    if control in FLOW_CONTROLS and partial:
        allowed -= GOOD
    elif control in BLIND_BY_SIGHT:
        allowed -= {BLIND}
    return min(sorted(allowed), key=lambda state: (seen[control, state], chance.random()))


def _check_words(asked: Mapping[str, str]) -> None:
    for control, state in asked.items():
        if control not in POSSIBLE:
            raise ValueError(f"unknown control {control}: expected one of {', '.join(CONTROLS)}")
        if state not in STATES:
            raise ValueError(f"unknown state {state} for {control}: expected one of {', '.join(STATES)}")
        if state not in POSSIBLE[control]:
            raise ValueError(f"{control} cannot be {state}: without its list everything observed is undeclared")


def _bend_defaults(states: dict[str, str], asked: Mapping[str, str], days: int) -> None:
    """Let the states nobody asked for follow those that were asked."""
    blind_sight = days < WHOLE_SIGHT_DAYS or any(states[control] == BLIND for control in BLIND_BY_SIGHT)
    for control in FLOW_CONTROLS:
        if blind_sight and control not in asked and states[control] in GOOD:
            states[control] = BLIND
    if states["ID-01"] == BLIND and "ID-02" not in asked and states["ID-02"] in GOOD:
        states["ID-02"] = BLIND


def _check_together(states: Mapping[str, str], days: int) -> None:
    good = [control for control in FLOW_CONTROLS if states[control] in GOOD]
    blind = [control for control in BLIND_BY_SIGHT if states[control] == BLIND]
    if good and days < WHOLE_SIGHT_DAYS:
        raise ValueError(
            f"{good[0]} cannot be {states[good[0]]} with {days} days: coverage needs {WHOLE_SIGHT_DAYS} days"
        )
    if good and blind:
        raise ValueError(
            f"{blind[0]} BLIND and {good[0]} {states[good[0]]} cannot be together: both rest on the same sensors"
        )
    if states["ID-01"] == BLIND and states["ID-02"] in GOOD:
        raise ValueError(
            f"ID-01 BLIND and ID-02 {states['ID-02']} cannot be together: "
            "without the groups nobody knows whether a privileged account is dormant"
        )
