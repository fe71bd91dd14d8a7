"""What could be seen of a population: members that cannot be judged, why, and what rests on inference."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hygie.assess.control import Control
from hygie.assess.store import Store

NO_EVIDENCE = "no_evidence"
ALMOST = 0.99  # a member not seen whole never counts as one


@dataclass
class Sight:
    """The members not judged, the share that was, and whether that share rests on inference."""

    unseen: dict[str, dict[str, Any]] = field(default_factory=dict)
    coverage: float = 0.0
    inferred: bool = False

    def short(self, required: float) -> bool:
        """Whether less was judged than required; a whole population means every single member."""
        return self.coverage < required or (required >= 1 and bool(self.unseen))


def look(
    store: Store,
    control: Control,
    members: Mapping[str, dict[str, Any]],
    failing: Collection[str],
    without_basis: Sequence[str],
) -> Sight:
    """What could be seen of a population; a member that fails was seen."""
    sheet = control.sheet
    if without_basis:
        reason = {"reason": NO_EVIDENCE, "answering": " ".join(without_basis)}
        return Sight({name: {"id": name, **reason} for name in sorted(members)}, 0.0)
    rows = store.portable(sheet.unknown, sheet.values).to_pylist()
    unseen: dict[str, dict[str, Any]] = {}
    order = {reason: place for place, reason in enumerate(sheet.reasons)}
    for row in sorted(rows, key=lambda row: (row["id"] or "", order.get(row["reason"], 99), row["answering"] or "")):
        if row["id"] in members and row["id"] not in failing:
            unseen.setdefault(row["id"], row)
    zones = _zone_shares(store) if sheet.coverage.unit == "zone_day" else {}
    partly = [zones.get(members[name].get("zone_id") or "", 0.0) for name, row in unseen.items() if _by_sight(row)]
    judged = len(members) - len(unseen) + sum(min(share, ALMOST) for share in partly)
    coverage = judged / len(members) if members else 0.0
    return Sight(unseen, coverage, _rests_on_inference(store, control, members))


def _by_sight(row: Mapping[str, Any]) -> bool:
    return bool(row["reason"] == "zone_not_whole")


def _zone_shares(store: Store) -> dict[str, float]:
    sql = "SELECT zone_id, days_whole, days FROM zone_coverage"
    rows = [row for row in store.query(sql).to_pylist() if row["days"]]
    return {row["zone_id"]: (row["days_whole"] or 0) / row["days"] for row in rows}


def _rests_on_inference(store: Store, control: Control, members: Mapping[str, dict[str, Any]]) -> bool:
    """Whether any member lies in an inferred zone, or was seen by an inferred coverage."""
    sheet = control.sheet
    if sheet.inferred:
        found = {row["id"] for row in store.portable(sheet.inferred, sheet.values).to_pylist()}
        return bool(found & set(members))
    sql = "SELECT id FROM zone WHERE origin IS DISTINCT FROM 'declared'"
    if sheet.coverage.unit == "zone_day":
        sql += " UNION SELECT zone_id FROM zone_coverage WHERE origin = 'inferred'"
    inferred = {row["id"] for row in store.query(sql).to_pylist()}
    return any(row.get("zone_id") in inferred for row in members.values())
