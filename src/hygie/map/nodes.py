"""The numbered ends of conversations: machines, addresses seen alone, partners, the public network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from hygie.map.addresses import Network, PrefixTable, parse_address, parse_prefix
from hygie.map.frame import Row, fold, rows, scratch
from hygie.map.holding import Holdings
from hygie.map.identity import Cluster, Resolution
from hygie.map.store import Store
from hygie.map.zones import Plan
from hygie.tables.schema import TIME

PLACE = {"place": pa.int32(), "zone_id": pa.string(), "special": pa.string()}
MOST_PUBLIC = 2000  # public addresses shown one by one; the others are one node, the Internet


@dataclass(eq=False)
class Node:
    """One end of a conversation; its id is asked from the ledger only when something refers to it."""

    kind: str
    keys: list[str]
    name: str = ""
    cluster: Cluster | None = None
    ip: str = ""
    zone: str = ""
    id: str = ""


@dataclass
class Nodes:
    """All ends, by number; `alone` are addresses with one holder only, `by_cluster` the machines."""

    listed: list[Node] = field(default_factory=list)
    by_cluster: dict[Cluster, int] = field(default_factory=dict)
    _known: dict[str, int] = field(default_factory=dict)

    def add(self, node: Node) -> int:
        """The number of a node, given once per kind and key."""
        label = f"{node.kind}|{node.keys[0]}"
        if label not in self._known:
            self._known[label] = len(self.listed)
            self.listed.append(node)
        return self._known[label]

    def machine(self, cluster: Cluster) -> int:
        """The number of a machine."""
        if cluster not in self.by_cluster:
            self.by_cluster[cluster] = len(self.listed)
            self.listed.append(Node("device", [], cluster=cluster))
        return self.by_cluster[cluster]

    def alone(self, ip: str, zone: str) -> int:
        """The number of an address behind which no record is known."""
        return self.add(Node("device", [f"ip:{ip}"], ip, ip=ip, zone=zone))


def number_ends(
    store: Store, plan: Plan, resolution: Resolution, holdings: Holdings, met: Sequence[Row], located: Sequence[Row]
) -> Nodes:
    """Give every address its end, or its ends in time, and show them to the next queries."""
    nodes = Nodes()
    for cluster in resolution.clusters():
        nodes.machine(cluster)
    where = {row["ip"]: row for row in located}
    public = _public(met, where)
    partners = _partners(store)
    addresses, segments = [], []
    places: dict[tuple[str | None, str | None], int] = {}
    for row in met:
        place = where.get(row["ip"])
        if place is None:
            continue
        held = holdings.segments.get(row["ip"], [])
        if len(held) == 1 and held[0].cluster is not None:
            node: int | None = nodes.machine(resolution.of[held[0].cluster.records[0]])
        else:
            node = _end(nodes, plan, row, place, public, partners)
        many = len(held) > 1
        spot = places.setdefault((place["zone_id"], place["special"]), len(places))
        addresses.append((row["ip"], spot, node, many))
        for segment in held if many else ():
            end = node if segment.cluster is None else nodes.machine(resolution.of[segment.cluster.records[0]])
            segments.append((row["ip"], segment.start, end))
    scratch(store, "map_place", PLACE, [(number, *place) for place, number in places.items()])
    _show(store, resolution, nodes, addresses, segments)
    return nodes


def _end(
    nodes: Nodes, plan: Plan, row: Row, place: Row, public: frozenset[str], partners: tuple[PrefixTable, dict[str, str]]
) -> int | None:
    if place["special"]:
        return None
    if not place["outside"]:
        if row["sources"] or row["alive"] or not row["asked"]:
            return nodes.alone(row["ip"], place["zone_id"])
        name = plan.zones[place["zone_id"]].name
        return nodes.add(Node("network", [f"unused:{fold(name)}"], name, zone=place["zone_id"]))
    address = parse_address(row["ip"])
    partner = partners[0].find(address) if address else None
    if partner:
        return nodes.add(Node("partner", [f"name:{partner[0]}"], partners[1][partner[0]], zone=place["zone_id"]))
    if row["ip"] in public:
        return nodes.add(Node("network", [f"ip:{row['ip']}"], row["ip"], ip=row["ip"], zone=place["zone_id"]))
    name = plan.zones[place["zone_id"]].name
    return nodes.add(Node("network", [f"public:{fold(name)}"], name, zone=place["zone_id"]))


def _public(met: Sequence[Row], where: dict[str, Row]) -> frozenset[str]:
    """The public addresses shown one by one: those that call in first, then the busiest."""
    outside = [row for row in met if row["ip"] in where and where[row["ip"]]["outside"]]
    outside.sort(key=lambda row: (not row["sources"], -(row["sources"] + row["asked"]), row["ip"]))
    return frozenset(row["ip"] for row in outside[:MOST_PUBLIC])


def _partners(store: Store) -> tuple[PrefixTable, dict[str, str]]:
    owners: dict[Network, str] = {}
    names: dict[str, str] = {}
    for row in rows(
        store, "SELECT DISTINCT partner, prefix FROM partner_declared WHERE partner IS NOT NULL ORDER BY ALL"
    ):
        names.setdefault(fold(row["partner"]), row["partner"])
        prefix = parse_prefix(row["prefix"])
        if prefix is not None:
            owners.setdefault(prefix, fold(row["partner"]))
    return PrefixTable.of(owners), names


def _show(
    store: Store,
    resolution: Resolution,
    nodes: Nodes,
    addresses: Sequence[tuple[object, ...]],
    segments: Sequence[tuple[object, ...]],
) -> None:
    text, number = pa.string(), pa.int32()
    shape = {"ip": text, "place": number, "node": number, "many": pa.bool_()}
    scratch(store, "map_address", shape, addresses)
    scratch(store, "map_segment", {"ip": text, "start": TIME, "node": number}, segments)
    hardware = {
        record.row["mac"]: nodes.machine(resolution.of[record])
        for record in resolution.records
        if record.table == "flow" and not record.title
    }
    scratch(store, "map_hardware", {"mac": text, "node": number}, sorted(hardware.items()))
