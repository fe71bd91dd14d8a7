"""Which records speak of the same machine: keys in order of strength, and never against a contradiction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations

from hygie.map.frame import Row, place
from hygie.map.records import Record, by_key

LEVELS = ("sid", "asset", "serial", "macs", "full", "names", "title")
CONFIDENCE = {
    "pairing": 1.0,
    "sid": 0.99,
    "serial": 0.97,
    "asset": 0.95,
    "macs": 0.95,
    "full": 0.92,
    "names": 0.9,
    "title": 0.85,
    "weak": 0.8,
    "ips": 0.7,
}
SHOWN = {
    "macs": "mac",
    "names": "name",
    "full": "name",
    "title": "ae_title",
    "weak": "mac",
    "ips": "ip",
    "asset": "asset_key",
}
NETWORK = ("lease", "flow")
MACHINES = ("asset_record", "directory_object", "endpoint_agent", "lease")  # the others may call a machine by an alias
CONFIRMING = ("sid", "asset", "serial", "names", "title", "ips")
STILL_ALIVE = timedelta(days=45)
MOST_PAIRS = 64


@dataclass(eq=False)
class Cluster:
    """Records held to be one machine, with the union of their keys."""

    records: list[Record]
    values: dict[str, set[str]] = field(default_factory=dict)
    exports: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, record: Record) -> Cluster:
        """A cluster of one record."""
        values = {level: set(record.keys(level)) for level in (*LEVELS, "weak", "ips")}
        return cls([record], values, {record.export} if record.export else set())

    def has(self, *tables: str) -> bool:
        """Whether a record of one of these tables is in it."""
        return any(record.table in tables for record in self.records)

    @property
    def makers(self) -> set[str]:
        """Makers that its inventories or hardware addresses give."""
        return {record.maker for record in self.records if record.maker}


@dataclass(frozen=True)
class Contradiction:
    """Why two clusters that share a key stay two."""

    attribute: str
    value: str
    other: str


class Resolution:
    """The clusters, while they grow; a refused union leaves a conflict."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = records
        self.of: dict[Record, Cluster] = {record: Cluster.of(record) for record in records}
        self.conflicts: list[tuple[Cluster, Cluster, Contradiction]] = []
        self.tied: dict[Record, dict[str, None]] = defaultdict(dict)
        self._machines = _machines(records)

    def clusters(self) -> list[Cluster]:
        """All clusters, in the order of their first record."""
        return list(dict.fromkeys(self.of[record] for record in self.records))

    def resolve(self) -> None:
        """Unite by each kind of key, strongest first."""
        for level in LEVELS:
            groups = by_key(self.records, level)
            for value in sorted(groups, key=lambda value: self._freshness(level, value)):
                if level != "names" or not self._ambiguous(groups[value]):
                    self._unite_group(groups[value], level)
        self._unite_weak()

    def unite(self, first: Cluster, second: Cluster, level: str) -> bool:
        """Unite two clusters unless something contradicts; a contradiction is kept."""
        if first is second:
            return True
        against = self.contradiction(first, second, level)
        if against is not None:
            self.conflicts.append((first, second, against))
            return False
        for cluster in (first, second):
            for record in cluster.records:
                if level in ("pairing", "ips") or record.keys(level):
                    self.tied[record][level] = None
        first.records += second.records
        first.exports |= second.exports
        for name, values in second.values.items():
            first.values[name] |= values
        for record in second.records:
            self.of[record] = first
        return True

    def contradiction(self, first: Cluster, second: Cluster, level: str) -> Contradiction | None:
        """What forbids two clusters to be one machine, given the key that would unite them."""
        if both := first.exports & second.exports:
            return Contradiction("record", _row_of(first, both), _row_of(second, both))
        for name in ("serial", "sid"):
            if found := _disjoint(first, second, name):
                return found
        if level == "pairing":
            return None
        if level == "macs":
            return self._two_living_computers(first, second)
        different = _disjoint(first, second, "macs")
        if different and level != "sid" and not _confirmed(first, second, level):
            return different
        alias = not first.has(*MACHINES) or not second.has(*MACHINES)
        return _disjoint(first, second, "names") if level == "ips" and not alias else None

    def _two_living_computers(self, first: Cluster, second: Cluster) -> Contradiction | None:
        """One adapter in front of two machines that the directory both sees alive: a docking station."""
        one, two = (self._computers_named(cluster) for cluster in (first, second))
        if one and two and not set(one) & set(two) and abs(max(one.values()) - max(two.values())) < STILL_ALIVE:
            return _disjoint(first, second, "names") or Contradiction("sid", min(one), min(two))
        return None

    def _computers_named(self, cluster: Cluster) -> dict[str, datetime]:
        return {sid: live for name in cluster.values["names"] for sid, live in self._machines.get(name, {}).items()}

    def _freshness(self, level: str, value: str) -> tuple[float, str]:
        """Of two names of one machine, the one its directory saw last comes first."""
        living = self._machines.get(value.split(".")[0], {}) if level in ("full", "names") else {}
        return (-max((time.timestamp() for time in living.values()), default=0.0), value)

    def _ambiguous(self, group: Iterable[Record]) -> bool:
        """A short name that two computers of the directory bear says nothing."""
        return len({sid for record in group for sid in self.of[record].values["sid"] if record.sid}) > 1

    def _unite_group(self, group: Sequence[Record], level: str) -> None:
        found = list(dict.fromkeys(self.of[record] for record in group))
        pairs = list(combinations(found, 2))[:MOST_PAIRS]
        pairs.sort(key=lambda pair: (-_agreement(*pair), pair[0].records[0].order, pair[1].records[0].order))
        for first, second in pairs:
            one, two = self.of[first.records[0]], self.of[second.records[0]]
            self.unite(one, two, level)

    def _unite_weak(self) -> None:
        """A software-chosen hardware address needs a second sign, or two sightings on the network that agree."""
        for _, group in sorted(by_key(self.records, "weak").items()):
            for one, two in combinations(group, 2):
                first, second = self.of[one], self.of[two]
                network = one.table in NETWORK and two.table in NETWORK and not _disjoint(first, second, "names")
                if first is not second and (network or _shares(first, second, ("names", "ips"))):
                    self.unite(first, second, "weak")


def _machines(records: Iterable[Record]) -> dict[str, dict[str, datetime]]:
    """Name to the living directory computers that bear it."""
    found: dict[str, dict[str, datetime]] = defaultdict(dict)
    for record in records:
        if record.sid and record.live:
            for name in record.names:
                found[name][record.sid] = record.live
    return found


def _disjoint(first: Cluster, second: Cluster, name: str) -> Contradiction | None:
    one, two = first.values[name], second.values[name]
    if one and two and not one & two:
        return Contradiction(SHOWN.get(name, name), min(one), min(two))
    return None


def _shares(first: Cluster, second: Cluster, names: Iterable[str]) -> bool:
    return any(first.values[name] & second.values[name] for name in names)


def _confirmed(first: Cluster, second: Cluster, level: str) -> bool:
    """Whether a second key agrees besides the one that would unite."""
    others = [name for name in CONFIRMING if name != level and not (level == "full" and name == "names")]
    return _shares(first, second, others)


def _agreement(first: Cluster, second: Cluster) -> int:
    return sum(bool(first.values[name] & second.values[name]) for name in (*LEVELS, "weak", "ips"))


def _row_of(cluster: Cluster, exports: set[str]) -> str:
    record = next(record for record in cluster.records if record.export in exports)
    return str(record.row.get("position"))


def why(resolution: Resolution, record: Record) -> tuple[str, float]:
    """The keys that tied a record to the others of its machine, and the confidence of the strongest."""
    tied = resolution.tied.get(record)
    if not tied:
        own = [SHOWN.get(level, level) for level in LEVELS if record.keys(level)]
        return (own[0] if own else "row"), 1.0
    shown = dict.fromkeys(SHOWN.get(level, level) for level in tied)
    return " ".join(shown), max(CONFIDENCE[level] for level in tied)


def conflict_rows(resolution: Resolution, name_of: Callable[[Cluster], str]) -> list[Row]:
    """Refused unions as rows of the conflict table, once per pair and attribute."""
    found: dict[tuple[str, str, str], Row] = {}
    for first, second, against in resolution.conflicts:
        one = name_of(resolution.of[first.records[0]])
        two = name_of(resolution.of[second.records[0]])
        if one == two:
            continue
        where = next((record for record in (*second.records, *first.records) if record.row.get("evidence_id")), None)
        entry = {
            "entity_id": one,
            "other_id": two,
            "attribute": against.attribute,
            "value": against.value,
            "other_value": against.other,
        }
        found.setdefault((one, two, against.attribute), {**entry, **(place(where.row) if where else {})})
    return [found[key] for key in sorted(found)]
