"""Which plans exist."""

from __future__ import annotations

import pytest

from hygie.simulate import CONTROLS, DEFAULT_PLAN, POSSIBLE, STATES, sample_plans
from hygie.simulate.plan import settle


def test_the_default_plan_shows_every_verdict() -> None:
    assert set(DEFAULT_PLAN) == set(CONTROLS)
    assert set(DEFAULT_PLAN.values()) == set(STATES)


def test_only_controls_with_a_list_lack_a_state() -> None:
    lacking = {(control, state) for control in CONTROLS for state in STATES if state not in POSSIBLE[control]}
    assert lacking == {("NET-01", "UNDECLARED_GOOD"), ("ID-01", "UNDECLARED_GOOD")}


def test_sampled_plans_reach_every_possible_state() -> None:
    reached = {pair for plan in sample_plans(45, seed=1) for pair in plan.items()}
    assert reached == {(control, state) for control in CONTROLS for state in POSSIBLE[control]}


def test_sampled_plans_of_short_runs_are_possible_too() -> None:
    plans = list(sample_plans(12, seed=2, days=10))
    good = {plan[control] for plan in plans for control in CONTROLS[:6]} & {"PROVED", "UNDECLARED_GOOD"}
    assert not good


@pytest.mark.parametrize(
    ("plan", "days", "words"),
    [
        ({"NET-99": "PROVED"}, 92, "unknown control NET-99"),
        ({"NET-02": "GREEN"}, 92, "unknown state GREEN"),
        ({"ID-01": "UNDECLARED_GOOD"}, 92, "without its list"),
        ({"INV-01": "BLIND", "NET-02": "PROVED"}, 92, "same sensors"),
        ({"NET-05": "PROVED"}, 10, "coverage needs 32 days"),
        ({"ID-01": "BLIND", "ID-02": "PROVED"}, 92, "without the groups"),
    ],
)
def test_what_cannot_be_true_together_is_refused_with_its_reason(plan: dict[str, str], days: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        settle(plan, days)


def test_states_nobody_asked_for_follow_those_that_were() -> None:
    assert settle({"INV-01": "BLIND"}, 92).states["NET-04"] == "BLIND"
    assert settle(None, 10).states["NET-04"] == "BLIND"
    assert settle({"net-04": "silent gap"}, 92).states["NET-04"] == "SILENT_GAP"
