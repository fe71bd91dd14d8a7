"""Who holds an address, and when: leases and frames, then agents, then inventories that nothing contradicts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hygie.map.frame import Row, place
from hygie.map.identity import MACHINES, Cluster, Resolution
from hygie.map.records import Record, is_inside
from hygie.map.sightings import Sightings

ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
FOREVER = datetime(2200, 1, 1, tzinfo=UTC)
AROUND = timedelta(hours=24)
CONFIDENCE = {"flow_mac": 0.95, "lease": 0.95, "agent": 0.8, "inventory": 0.7, "directory": 0.7, "sole": 0.5}
RANK = {"flow_mac": 2, "lease": 1, "agent": 0}
BY_TABLE = {
    "asset_record": "inventory",
    "application_declared": "inventory",
    "name_answer": "directory",
    "flow": "flow_mac",
}


@dataclass(frozen=True)
class Claim:
    """One machine at one address for a time."""

    start: datetime
    end: datetime
    cluster: Cluster
    by: str


@dataclass(frozen=True)
class Segment:
    """A time for which an address has one holder; nobody known when there is no cluster."""

    start: datetime
    end: datetime
    cluster: Cluster | None
    by: str


@dataclass
class Holdings:
    """Address to its segments, which together cover all time; addresses nobody claims are not in it."""

    segments: dict[str, list[Segment]] = field(default_factory=dict)
    conflicts: list[tuple[Cluster, Cluster, str, Record]] = field(default_factory=list)


def hold(resolution: Resolution, seen: Sightings, signed: Mapping[str, Sequence[Record]] | None = None) -> Holdings:
    """Tie what only an address can tie, then settle who holds each address; `signed` are pairings by address."""
    timed = _sighted(resolution, seen)
    _tie_signed(resolution, timed, signed or {})
    _tie_by_address(resolution, timed)
    timed = _sighted(resolution, seen)
    holdings = Holdings()
    untimed = _declared(resolution, timed, holdings)
    for address in sorted({*timed, *untimed}):
        claims = timed.get(address, [])
        if claims:
            holdings.segments[address] = settle(claims)
        elif (chosen := _choose(untimed[address], resolution)) is not None:
            holdings.segments[address] = [Segment(ALWAYS, FOREVER, resolution.of[chosen], BY_TABLE[chosen.table])]
    return holdings


def _sighted(resolution: Resolution, seen: Sightings) -> dict[str, list[Claim]]:
    """Claims from leases and frames, and from agents where neither says otherwise."""
    records = {
        _label(record): record
        for record in resolution.records
        if record.table in ("lease", "flow") and not record.title
    }
    found: dict[str, list[Claim]] = defaultdict(list)
    for sighting in seen.all():
        label = (sighting.mac, sighting.name) if sighting.by == "lease" else (sighting.mac, None)
        record = records.get(label)
        if record is not None:
            found[sighting.ip].append(Claim(sighting.start, sighting.end, resolution.of[record], sighting.by))
    for record in resolution.records:
        if record.table == "endpoint_agent" and record.live:
            for address in record.ips:
                cluster = resolution.of[record]
                others = {claim.cluster for claim in found.get(address, ()) if claim.by != "agent"}
                if is_inside(address) and not others:
                    found[address].append(Claim(record.live - AROUND, record.live + AROUND, cluster, "agent"))
    return found


def _label(record: Record) -> tuple[str, str | None]:
    return record.row.get("mac") or "", record.row.get("host_name") if record.table == "lease" else None


def _tie_by_address(resolution: Resolution, timed: dict[str, list[Claim]]) -> None:
    """A record without hardware address is the machine seen alone at its address, unless anything contradicts."""
    for record in resolution.records:
        cluster = resolution.of[record]
        if not record.ips or record.table == "lease" or cluster.values["macs"] or cluster.has("lease"):
            continue
        for address in sorted(record.ips):
            claims = timed.get(address, [])
            if record.table == "endpoint_agent":
                claims = [claim for claim in claims if _around(record.live, claim)]
            holders = list(dict.fromkeys(claim.cluster for claim in claims if claim.by != "agent"))
            if len(holders) == 1 and _may_be(record, resolution, holders[0], claims):
                resolution.unite(resolution.of[record], resolution.of[holders[0].records[0]], "ips")
                break


def _tie_signed(resolution: Resolution, timed: dict[str, list[Claim]], signed: Mapping[str, Sequence[Record]]) -> None:
    """A signed pairing names a machine by its address: the one seen there, else whoever is there."""
    for address, records in sorted(signed.items()):
        holders = list(dict.fromkeys(resolution.of[claim.cluster.records[0]] for claim in timed.get(address, ())))
        for record in records:
            if len(holders) == 1:
                resolution.unite(resolution.of[holders[0].records[0]], resolution.of[record], "pairing")
            elif not holders:
                record.ips |= {address}
                resolution.of[record].values["ips"].add(address)
                resolution.tied[record]["pairing"] = None


def _around(time: datetime | None, claim: Claim) -> bool:
    return time is not None and claim.start - AROUND <= time <= claim.end + AROUND


def _may_be(record: Record, resolution: Resolution, holder: Cluster, claims: Sequence[Claim]) -> bool:
    """Whether a holder may be the machine of a record: makers agree, and a changing address needs a name or a date."""
    cluster = resolution.of[record]
    current = resolution.of[holder.records[0]]
    if cluster is current or record.retired:
        return False
    makers, others = cluster.makers, current.makers
    if makers and others and not makers & others:
        return False
    dated = record.table in ("endpoint_agent", "flow")
    leased = any(claim.by == "lease" for claim in claims)
    return dated or not leased or bool(cluster.values["names"] & current.values["names"])


def _declared(resolution: Resolution, timed: dict[str, list[Claim]], holdings: Holdings) -> dict[str, list[Record]]:
    """What inventories, applications and names say of addresses, without what was seen to be otherwise."""
    carried: dict[Cluster, set[str]] = defaultdict(set)
    for address, claims in timed.items():
        for claim in claims:
            carried[claim.cluster].add(address)
    found: dict[str, list[Record]] = defaultdict(list)
    for record in resolution.records:
        if record.table not in BY_TABLE or (record.table == "flow" and not record.title):
            continue
        cluster = resolution.of[record]
        for address in sorted(record.ips):
            holders = {claim.cluster for claim in timed.get(address, ())}
            if holders and cluster not in holders:
                if record.table != "name_answer" and not cluster.has(
                    "lease"
                ):  # an old address of a DHCP client is no lie
                    other = next(claim.cluster for claim in timed[address])
                    holdings.conflicts.append((cluster, other, address, record))
            elif not holders and not (carried[cluster] and not carried[cluster] & record.ips):
                found[address].append(record)
    return found


def _choose(claims: Sequence[Record], resolution: Resolution) -> Record | None:
    """The one machine that says an address is its own; two machines that say so leave it to nobody.

    Inventories come before names, machines in service before retired ones; an alias joins the machine it stands for.
    """
    for level in (_inventoried, _aliased):
        listed = sorted((record for record in claims if level(record)), key=lambda record: record.order)
        serving = [record for record in listed if not record.retired] or listed
        machines = [record for record in serving if record.table in MACHINES] or serving
        if len({resolution.of[record] for record in machines}) == 1:
            for record in serving:
                resolution.unite(resolution.of[record], resolution.of[machines[0]], "ips")
            return machines[0]
        if listed:
            return None
    return None


def _inventoried(record: Record) -> bool:
    return record.table in ("asset_record", "application_declared")


def _aliased(record: Record) -> bool:
    return not _inventoried(record)


def settle(claims: Sequence[Claim]) -> list[Segment]:
    """From claims that may overlap to segments that follow each other and cover all time.

    The only machine ever seen at an address holds it all the time. Otherwise the claim that started last holds; a gap
    goes to the machine on both its sides, else a day after the one and a day before the other, else to nobody known.
    """
    if len({claim.cluster for claim in claims}) == 1:
        best = max(claims, key=lambda claim: RANK[claim.by])
        return [Segment(ALWAYS, FOREVER, best.cluster, best.by)]
    return _fill(_sweep(claims))


def _sweep(claims: Sequence[Claim]) -> list[Segment]:
    ordered = sorted(claims, key=lambda claim: (claim.start, RANK[claim.by], claim.end, claim.cluster.records[0].order))
    bounds = sorted({claim.start for claim in ordered} | {claim.end for claim in ordered})
    active: list[Claim] = []
    found: list[Segment] = []
    upcoming = 0
    for start, end in pairwise(bounds):
        while upcoming < len(ordered) and ordered[upcoming].start <= start:
            active.append(ordered[upcoming])
            upcoming += 1
        active = [claim for claim in active if claim.end > start]
        if active:
            best = active[-1]
            if found and found[-1].cluster is best.cluster and found[-1].end == start:
                found[-1] = Segment(found[-1].start, end, best.cluster, found[-1].by)
            else:
                found.append(Segment(start, end, best.cluster, best.by))
    return found or [Segment(ordered[0].start, ordered[0].start, ordered[0].cluster, ordered[0].by)]


def _fill(known: Sequence[Segment]) -> list[Segment]:
    """Cover the time before, between and after."""
    first, last = known[0], known[-1]
    found = [
        Segment(ALWAYS, first.start - AROUND, None, "sole"),
        Segment(first.start - AROUND, first.start, first.cluster, first.by),
    ]
    for one, two in pairwise(known):
        found += [one, *_between(one, two)]
    after = last.end + AROUND
    return [*found, last, Segment(last.end, after, last.cluster, last.by), Segment(after, FOREVER, None, "sole")]


def _between(one: Segment, two: Segment) -> list[Segment]:
    gap = two.start - one.end
    if gap <= timedelta(0):
        return []
    if one.cluster is two.cluster:
        return [Segment(one.end, two.start, one.cluster, one.by)]
    after, before = one.end + min(AROUND, gap / 2), two.start - min(AROUND, gap / 2)
    middle = [Segment(after, before, None, "sole")] if before > after else []
    return [Segment(one.end, after, one.cluster, one.by), *middle, Segment(before, two.start, two.cluster, two.by)]


def lying_rows(holdings: Holdings, ids: Mapping[Cluster, str]) -> list[Row]:
    """Addresses that an inventory gives to one machine while another was seen there."""
    found: dict[tuple[str, str, str], Row] = {}
    for cluster, other, address, record in holdings.conflicts:
        if cluster in ids and other in ids:
            key = (ids[cluster], ids[other], address)
            entry = {
                "entity_id": key[0],
                "other_id": key[1],
                "attribute": "ip",
                "value": address,
                "other_value": address,
            }
            found.setdefault(key, {**entry, **place(record.row)})
    return [found[key] for key in sorted(found)]
