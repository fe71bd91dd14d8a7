"""Zones: the declared address plan, else what is observed; and the zone of every address met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

import pyarrow as pa

from hygie.map.addresses import (
    WIDTH,
    Address,
    Network,
    PrefixTable,
    covers,
    is_private,
    parse_address,
    parse_prefix,
    special_kind,
)
from hygie.map.frame import Row, declared, fold, place, rows
from hygie.map.store import Store
from hygie.map.zone_inference import infer_zones

DEFAULT_ROUTE = 8  # a shorter prefix of class internet says "everything else", it does not hold private addresses


@dataclass
class Zone:
    """A set of prefixes with one class."""

    id: str
    name: str
    kind: str
    site: str = ""
    origin: str = "declared"
    prefixes: list[Network] = field(default_factory=list)

    @property
    def is_outside(self) -> bool:
        """Whether public addresses in it belong to others."""
        return self.kind in ("internet", "partner")


@dataclass
class Plan:
    """All zones, and how to find the one of an address, a prefix or a written name."""

    zones: dict[str, Zone]
    table: PrefixTable
    names: dict[str, str]
    internet: str
    unlisted: str
    conflicts: list[Row]
    broadcasts: frozenset[Address]
    parents: dict[str, str] = field(
        default_factory=dict
    )  # zone of a partner to the zone its addresses lie in otherwise

    def locate(self, address: Address) -> tuple[str, bool, str]:
        """The zone of an address, whether it is outside the hospital, and why it is nobody's if it is."""
        special = special_kind(address)
        if special:
            return "", False, special
        special = "broadcast" if address in self.broadcasts else ""
        private = is_private(address)
        found = self.table.find(address)
        if found is None or (private and self.zones[found[0]].kind == "internet"):
            return (self.unlisted if private else self.internet), not private, special
        return found[0], not private and self.zones[found[0]].is_outside, special

    def overlapping(self, network: Network) -> list[str]:
        """The zones a prefix reaches, whole or in part: those inside it, and the most precise one around it."""
        if network.prefixlen == WIDTH[network.version]:
            zone, _, _ = self.locate(network.network_address)
            return [zone] if zone else []
        prefixes = [
            (own, zone.id)
            for zone in self.zones.values()
            for own in zone.prefixes
            if own.version == network.version and not _is_rest(own, zone)
        ]
        around = max(((own.prefixlen, zone) for own, zone in prefixes if covers(own, network)), default=None)
        found = {zone for own, zone in prefixes if own != network and covers(network, own)}
        if around is not None:
            return sorted(found | {around[1]})
        inner, _, _ = self.locate(network.network_address)
        outer, _, _ = self.locate(network.broadcast_address)
        if network.prefixlen < DEFAULT_ROUTE:
            found |= {self.internet}
        return sorted(found | {zone for zone in (inner, outer) if zone})


def build_plan(store: Store) -> Plan:
    """The zones of the declared address plan and of the declared partners; without a plan, zones are inferred."""
    conflicts: list[Row] = []
    listed = rows(store, "SELECT * FROM zone_declared ORDER BY zone, prefix, evidence_id, member, position")
    zones = _declared_zones(store, listed)
    owners = _owners(zones, listed, conflicts)
    if not zones:
        for entry in infer_zones(store):
            zone = _zone(store, zones, entry.name, entry.kind, "inferred")
            owners.update({prefix: zone.id for prefix in entry.prefixes if prefix not in owners})
    partners = _add_partners(store, zones, owners)
    internet = next((zone for zone in zones.values() if zone.kind == "internet"), None)
    origin = "declared" if listed else "inferred"
    internet = internet or _zone(store, zones, "Internet", "internet", origin)
    unlisted = _zone(store, zones, "unlisted", "unknown", "inferred")
    for prefix, owner in owners.items():
        zones[owner].prefixes.append(prefix)
    kept = {prefix: owner for prefix, owner in owners.items() if not _is_rest(prefix, zones[owner])}
    names = {fold(zone.name): zone.id for zone in zones.values()}
    table = PrefixTable.of(kept)
    parents = {
        partner: _parent(prefix, owners, partners, internet.id, unlisted.id) for partner, prefix in partners.items()
    }
    return Plan(zones, table, names, internet.id, unlisted.id, conflicts, _broadcasts(kept), parents)


def _parent(
    prefix: Network, owners: dict[Network, str], partners: dict[str, Network], internet: str, unlisted: str
) -> str:
    """The zone in which the addresses of a partner lie on the way to it."""
    around = [(own.prefixlen, zone) for own, zone in owners.items() if zone not in partners and covers(own, prefix)]
    return max(around)[1] if around else (unlisted if is_private(prefix.network_address) else internet)


def _is_rest(prefix: Network, zone: Zone) -> bool:
    return zone.kind == "internet" and prefix.prefixlen < DEFAULT_ROUTE


def _zone(store: Store, zones: dict[str, Zone], name: str, kind: str, origin: str, site: str = "") -> Zone:
    key = store.ledger.id_for("zone", [f"name:{fold(name)}"]) if _by_name(zones, name) is None else ""
    zone = _by_name(zones, name) or Zone(key, name, kind, site, origin)
    zones[zone.id] = zone
    return zone


def _by_name(zones: dict[str, Zone], name: str) -> Zone | None:
    return next((zone for zone in zones.values() if fold(zone.name) == fold(name)), None)


def _declared_zones(store: Store, listed: Sequence[Row]) -> dict[str, Zone]:
    zones: dict[str, Zone] = {}
    named = sorted((row for row in listed if row["zone"]), key=lambda row: fold(row["zone"]))
    for _, group in groupby(named, key=lambda row: fold(row["zone"])):
        same = list(group)
        sites = {row["site"] for row in same if row["site"]}
        kinds = sorted({row["class"] for row in same if row["class"]})
        site = sites.pop() if len(sites) == 1 else ""
        _zone(store, zones, same[0]["zone"], kinds[0] if kinds else "unknown", "declared", site)
    return zones


def _owners(zones: dict[str, Zone], listed: Sequence[Row], conflicts: list[Row]) -> dict[Network, str]:
    """Prefix to zone; the same prefix in two zones is refused in both, and shown."""
    claims: dict[Network, dict[str, Row]] = {}
    for row in listed:
        prefix = parse_prefix(row["prefix"])
        zone = _by_name(zones, row["zone"]) if row["zone"] else None
        if prefix is not None and zone is not None:
            claims.setdefault(prefix, {}).setdefault(zone.id, row)
    for prefix, owners in claims.items():
        first, *others = sorted(owners)
        conflicts += [
            {
                "entity_id": first,
                "other_id": other,
                "attribute": "prefix",
                "value": str(prefix),
                "other_value": str(prefix),
                **place(owners[other]),
            }
            for other in others
        ]
    return {prefix: next(iter(owners)) for prefix, owners in claims.items() if len(owners) == 1}


def _add_partners(store: Store, zones: dict[str, Zone], owners: dict[Network, str]) -> dict[str, Network]:
    """Addresses of a declared partner form a zone of class partner, unless the plan already has that prefix."""
    found: dict[str, Network] = {}
    for row in rows(
        store, "SELECT DISTINCT partner, prefix FROM partner_declared WHERE partner IS NOT NULL ORDER BY ALL"
    ):
        prefix = parse_prefix(row["prefix"])
        if prefix is not None and prefix not in owners:
            known = _by_name(zones, row["partner"])
            zone = known or _zone(store, zones, row["partner"], "partner", "declared")
            owners[prefix] = zone.id
            if known is None:
                found[zone.id] = prefix
    return found


def _broadcasts(owners: dict[Network, str]) -> frozenset[Address]:
    """The last address of every IPv4 subnet large enough to have one."""
    return frozenset(prefix.broadcast_address for prefix in owners if prefix.version == 4 and prefix.prefixlen < 31)


def zone_table(plan: Plan, used: frozenset[str]) -> pa.Table:
    """The declared table of zones; the rest zone only when an address falls into it."""
    return declared(
        "zone",
        (
            {
                "id": zone.id,
                "name": zone.name,
                "class": zone.kind,
                "site": zone.site or None,
                "origin": zone.origin,
                "prefixes": " ".join(sorted(map(str, zone.prefixes))) or None,
            }
            for zone in sorted(plan.zones.values(), key=lambda zone: zone.id)
            if zone.id in used or zone.id != plan.unlisted
        ),
    )


def address_table(plan: Plan, met: Sequence[Row]) -> pa.Table:
    """The zone of every address met; what sends is no broadcast address, whatever its place in the subnet."""
    found = []
    for row in met:
        address = parse_address(row["ip"])
        if address is not None:
            zone, outside, special = plan.locate(address)
            if special == "broadcast" and row["sources"] and address in plan.broadcasts:
                special = ""
            found.append((row["ip"], zone or None, outside, special or None))
    columns = list(zip(*found, strict=True)) if found else [(), (), (), ()]
    names = ("ip", "zone_id", "outside", "special")
    return (
        declared("zone_address", ())
        if not found
        else pa.table(dict(zip(names, columns, strict=True)), schema=declared("zone_address", ()).schema)
    )
