"""The demonstration hospital: truth first, then evidence in the formats of real products.

Nothing here knows how Hygie reads, maps or judges; it only imports the standard library, numpy and XlsxWriter.
"""

from __future__ import annotations

from hygie.simulate.plan import CONTROLS, DEFAULT_PLAN, POSSIBLE, STATES, sample_plans
from hygie.simulate.run import DEFAULT_AS_OF, simulate
from hygie.simulate.truth import Truth

__all__ = [
    "CONTROLS",
    "DEFAULT_AS_OF",
    "DEFAULT_PLAN",
    "POSSIBLE",
    "STATES",
    "Truth",
    "sample_plans",
    "simulate",
]
