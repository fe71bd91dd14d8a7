"""Original lines for the page: masked, few, and within a budget of time, since a proof may lie deep in a large file."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from hygie.act.picture import Finding, Picture
from hygie.act.walk import Line, Original, received

SECONDS = 12.0
MOST = 60
AROUND = 1
LONGEST = 400


class Lines:
    """Gives the lines of a proof while the budget lasts, each proof read once."""

    def __init__(self, picture: Picture, original: Original) -> None:
        self._picture = picture
        self._original = original
        self._known: dict[tuple[str, str, int], Sequence[Line]] = {}
        self._spent = 0.0

    def of(self, finding: Finding) -> dict[str, Any] | None:
        """The first proof of a finding with its lines, or nothing when the budget is spent."""
        if not finding.proof:
            return None
        proof = finding.proof[0]
        key = (proof.evidence_id, proof.member, proof.position)
        if key not in self._known:
            if self._spent > SECONDS or len(self._known) >= MOST:
                return None
            started = time.perf_counter()
            self._known[key] = self._original(self._picture.store, *key, AROUND)
            self._spent += time.perf_counter() - started
        row = received(self._picture, proof)
        lines = [(line.position, line.text[:LONGEST], line.hit) for line in self._known[key]]
        return {"proof": proof, "received": row.get("received"), "lines": lines}
