"""Compare what Hygie found with what the simulator planted: pairs of records, failing subjects, verdicts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from hygie.workspace import Store

Record = tuple[str, str, str]


@dataclass
class Score:
    """Counts of right, missed and invented answers."""

    right: int = 0
    missed: int = 0
    invented: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.invented) if self.right + self.invented else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    def add(self, other: Score) -> None:
        self.right += other.right
        self.missed += other.missed
        self.invented += other.invented
        self.examples += other.examples


def identity(store: Store, truth: Mapping[str, Any]) -> Score:
    """Pairs of source records that belong to one device, as planted and as resolved."""
    planted = {
        (record["file"], record.get("member", ""), str(record.get("id") or record.get("row"))): device["key"]
        for device in truth["devices"]
        for record in device["records"]
    }
    found = {record: entity for record, entity in _resolved(store).items() if record in planted}
    right = _pairs(planted)
    said = _pairs(found)
    score = Score(len(right & said), len(right - said), len(said - right))
    score.examples = [f"missed {pair}" for pair in sorted(right - said)[:5]]
    score.examples += [f"invented {pair}" for pair in sorted(said - right)[:5]]
    return score


def _resolved(store: Store) -> dict[Record, str]:
    sql = """
        SELECT r.evidence_id, r.member, r.position, r.entity_id, d.object_id
        FROM record_entity r LEFT JOIN directory_object d
          ON r.source_table = 'directory_object' AND r.evidence_id = d.evidence_id
         AND r.member = d.member AND r.position = d.position
    """
    resolved: dict[Record, str] = {}
    for row in store.query(sql).to_pylist():
        for name in (row["object_id"], str(row["position"])):
            if name:
                resolved[store.paths[row["evidence_id"]], row["member"], name] = row["entity_id"]
    return resolved


def _pairs(groups: Mapping[Record, str]) -> set[tuple[Record, Record]]:
    members = defaultdict(list)
    for record, key in groups.items():
        members[key].append(record)
    return {pair for records in members.values() for pair in combinations(sorted(records), 2)}


def failing(store: Store, truth: Mapping[str, Any]) -> Score:
    """Planted counter-examples against findings, control by control."""
    total = Score()
    names = _identifiers(store)
    said: dict[str, list[set[str]]] = defaultdict(list)
    for row in store.query("SELECT control, subject, subject_name FROM finding").to_pylist():
        said[row["control"]].append(names.get(row["subject"], set()) | _lower([row["subject"], row["subject_name"]]))
    for control, subjects in truth["failing"].items():
        total.add(_match(control, [_lower(_values(subject)) for subject in subjects], said.get(control, [])))
    for control, found in said.items():
        if control not in truth["failing"]:
            total.add(Score(0, 0, len(found), [f"{control} invented {sorted(one)[:3]}" for one in found[:3]]))
    return total


def _match(control: str, planted: list[set[str]], found: list[set[str]]) -> Score:
    hit_planted = [any(one & other for other in found) for one in planted]
    hit_found = [any(one & other for other in planted) for one in found]
    score = Score(sum(hit_found), hit_planted.count(False), hit_found.count(False))
    score.examples = [
        f"{control} missed {sorted(one)}" for one, hit in zip(planted, hit_planted, strict=True) if not hit
    ][:3]
    score.examples += [
        f"{control} invented {sorted(one)[:4]}" for one, hit in zip(found, hit_found, strict=True) if not hit
    ][:3]
    return score


def _values(subject: Any) -> list[str]:
    if isinstance(subject, Mapping):
        return [str(part) for value in subject.values() for part in (value if isinstance(value, list) else [value])]
    return [str(subject)]


def _lower(values: Iterable[str | None]) -> set[str]:
    return {value.lower() for value in values if value}


def _identifiers(store: Store) -> dict[str, set[str]]:
    rows = store.query("SELECT id, name, ip, mac FROM entity").to_pylist()
    known = {
        row["id"]: _lower([row["id"], row["name"], *(row["ip"] or "").split(), *(row["mac"] or "").split()])
        for row in rows
    }
    for row in store.query("SELECT entity_id, name FROM account").to_pylist():
        known.setdefault(row["entity_id"], set()).update(_lower([row["name"]]))
    return known


def verdicts(store: Store, truth: Mapping[str, Any]) -> tuple[Score, list[str]]:
    """Verdicts equal to truth, and those that say PROVED where truth has a counter-example."""
    said = {row["control"]: row["verdict"] for row in store.query("SELECT control, verdict FROM verdict").to_pylist()}
    score, lies = Score(), []
    for control, state in truth["verdicts"].items():
        if said.get(control) == state:
            score.right += 1
        else:
            score.missed += 1
            score.examples.append(f"{control}: planted {state}, said {said.get(control)}")
        if said.get(control) == "PROVED" and truth["failing"].get(control):
            lies.append(control)
    return score, lies
