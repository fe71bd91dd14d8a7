"""Judge: map and evidence tables against the checks that experts write as data."""

from __future__ import annotations

from hygie.assess.control import Control
from hygie.assess.controls import load_controls, read_controls
from hygie.assess.judge import judge
from hygie.assess.proofs import check_proofs

__all__ = ["Control", "check_proofs", "judge", "load_controls", "read_controls"]
