"""What the sensors could see of each zone, day by day: absence of evidence is never proof."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from hygie.map.addresses import parse_prefix
from hygie.map.frame import Row, fold, rows
from hygie.map.observed import Delivered, delivered, inferred_whole, place
from hygie.map.openings import Behind
from hygie.map.store import Store
from hygie.map.zones import Plan

UNLOGGED = """
SELECT DISTINCT m.firewall, m.source_prefix, m.destination_prefix, m.source_interface, m.destination_interface
FROM firewall_match m JOIN firewall_rule r ON r.firewall IS NOT DISTINCT FROM m.firewall AND r.rule_id = m.rule_id
    AND r.evidence_id = m.evidence_id
WHERE r.enabled IS NOT FALSE AND m.action = 'accept' AND r.logged IN ('none', 'security') ORDER BY ALL
"""
EVERY_ZONE = ("*", None, "")
ORDER = ("partial", "refused", "security", "all")


@dataclass(frozen=True)
class Scope:
    """What one sensor sees of one zone."""

    sensor: str
    zone: str
    completeness: str
    origin: str
    inside: bool
    days: frozenset[date]


@dataclass
class Coverage:
    """Scopes of all sensors, and the days counted."""

    scopes: list[Scope] = field(default_factory=list)
    window: list[date] = field(default_factory=list)


def measure(store: Store, plan: Plan, known: Mapping[str, set[str]]) -> Coverage:
    """Declared sensors first, then firewalls by their interfaces, then captures by what they hold.

    `known` gives, for each zone, the addresses of the machines that the inventories place there.
    """
    window = window_of(store)
    sensors = delivered(store)
    unlogged = _unlogged_zones(store, plan)
    listed = rows(
        store, "SELECT * FROM sensor_declared WHERE sensor IS NOT NULL ORDER BY evidence_id, member, position"
    )
    coverage = Coverage(window=window)
    meant = [(row, _meant(row["sensor"], sensors)) for row in listed]
    told = {sensor.name for _, found in meant for sensor in found}
    silent = [sensor for sensor in sensors if sensor.name not in told]
    vague = {sensor.name: sensor for row, found in meant if row["zone"] in EVERY_ZONE for sensor in found}
    place(store, [*silent, *vague.values()])
    for row, found in meant:
        for sensor in found:
            coverage.scopes += _declared(row, sensor, plan, unlogged)
        if fold(row["zone"] or "") not in plan.names and row["zone"] not in EVERY_ZONE:
            plan.conflicts.append(
                {
                    "attribute": "sensor.zone",
                    "value": row["zone"],
                    **{name: row[name] for name in ("evidence_id", "member", "position")},
                }
            )
    coverage.scopes += _firewalls(store, plan, [sensor for sensor in silent if sensor.firewall], unlogged)
    coverage.scopes += _captures(store, [sensor for sensor in silent if not sensor.firewall], window, known)
    coverage.scopes += _partners(plan, coverage.scopes)
    return coverage


def _partners(plan: Plan, scopes: Sequence[Scope]) -> list[Scope]:
    """What sees the way to a partner's addresses sees the partner, unless a sensor is declared for it."""
    told = {scope.zone for scope in scopes}
    heirs = [(zone, parent) for zone, parent in sorted(plan.parents.items()) if zone not in told]
    return [replace(scope, zone=zone) for zone, parent in heirs for scope in scopes if scope.zone == parent]


def _meant(declared: str, sensors: Sequence[Delivered]) -> list[Delivered]:
    """The sensors a declared name means: the one of that very name, else those whose files bear it."""
    exact = [sensor for sensor in sensors if fold(sensor.name) == fold(declared)]
    return exact or [sensor for sensor in sensors if sensor.answers_to(declared)]


def window_of(store: Store) -> list[date]:
    """The whole days that end before the date of judgement, oldest first."""
    count = int(store.settings.get("coverage_days", 30))
    last = (store.as_of + timedelta(microseconds=1)).astimezone(UTC).date()
    return [last - timedelta(days=back) for back in range(count, 0, -1)]


def _declared(row: Row, sensor: Delivered, plan: Plan, unlogged: Mapping[str, set[str]]) -> Iterator[Scope]:
    zone = fold(row["zone"] or "")
    everything = sorted(sensor.zones & set(plan.zones))  # who claims to see all of them is taken at what it shows
    zones = everything if row["zone"] in EVERY_ZONE else [plan.names[zone]] if zone in plan.names else []
    first = row["start"].astimezone(UTC).date() if row["start"] else date.min
    last = row["end"].astimezone(UTC).date() if row["end"] else date.max
    days = frozenset(day for day in sensor.days if first <= day <= last)
    for name in zones:
        completeness = row["completeness"] if row["completeness"] in ORDER else "partial"
        if sensor.firewall and name in unlogged.get(sensor.name, ()):
            completeness = "partial"
        yield Scope(row["sensor"], name, completeness, "declared", bool(row["inside"]), days)


def _unlogged_zones(store: Store, plan: Plan) -> dict[str, set[str]]:
    """Firewall to the zones at either end of a rule that lets traffic through without logging it."""
    behind = Behind(store, plan)
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows(store, UNLOGGED):
        for side in ("source", "destination"):
            zones = set(_zones_of(plan, row[f"{side}_prefix"]))
            possible = behind.zones(row["firewall"], row[f"{side}_interface"])
            found[row["firewall"] or ""] |= zones if possible is None else zones & possible
    return found


def _zones_of(plan: Plan, prefix: str | None) -> Iterable[str]:
    network = parse_prefix(prefix)
    return plan.overlapping(network) if network else [plan.internet]


def _firewalls(
    store: Store, plan: Plan, sensors: Sequence[Delivered], unlogged: Mapping[str, set[str]]
) -> Iterator[Scope]:
    interfaces = rows(store, "SELECT firewall, prefix FROM firewall_interface WHERE prefix IS NOT NULL ORDER BY ALL")
    ruled = {
        row["firewall"] or ""
        for row in rows(store, "SELECT DISTINCT firewall FROM firewall_rule WHERE logged IS NOT NULL")
    }
    for sensor in sensors:
        zones = {
            zone
            for row in interfaces
            if sensor.name in ("", row["firewall"])
            for zone in _zones_of(plan, row["prefix"])
        } or sensor.zones
        for zone in sorted(zones & set(plan.zones)):
            completeness = "all" if sensor.name in ruled or sensor.states >= {"answered", "blocked"} else "partial"
            completeness = "refused" if sensor.states == {"blocked"} else completeness
            if zone in unlogged.get(sensor.name, ()):
                completeness = "partial"
            yield Scope(sensor.name, zone, completeness, "inferred", False, sensor.days)


def _captures(
    store: Store, sensors: Sequence[Delivered], window: Sequence[date], known: Mapping[str, set[str]]
) -> Iterator[Scope]:
    whole = inferred_whole(store, window, known) if sensors else set()
    for sensor in sensors:
        for zone in sorted(sensor.zones):
            seen = (sensor.name, zone) in whole
            yield Scope(sensor.name, zone, "all" if seen else "partial", "inferred", seen, sensor.days)


def scope_rows(coverage: Coverage, as_of: datetime) -> list[Row]:
    """One row per sensor, zone and day."""
    best: dict[tuple[str, str, date], Scope] = {}
    for scope in coverage.scopes:
        for day in scope.days:
            if day <= as_of.astimezone(UTC).date():
                held = best.get((scope.sensor, scope.zone, day))
                if held is None or ORDER.index(scope.completeness) > ORDER.index(held.completeness):
                    best[scope.sensor, scope.zone, day] = scope
    return [
        {
            "sensor": sensor,
            "zone_id": zone,
            "day": datetime(day.year, day.month, day.day, tzinfo=UTC),
            "completeness": scope.completeness,
            "origin": scope.origin,
            "inside": scope.inside,
        }
        for (sensor, zone, day), scope in sorted(best.items(), key=lambda item: item[0])
    ]


def zone_coverage_rows(coverage: Coverage, zones: Iterable[str]) -> Iterator[Row]:
    """For each zone, the days of the window seen whole, those seen in part, and whether that is all of them."""
    window = set(coverage.window)
    for zone in sorted(zones):
        own = [scope for scope in coverage.scopes if scope.zone == zone]
        told = {
            day for scope in own if scope.completeness == "all" and scope.origin == "declared" for day in scope.days
        } & window
        whole = {day for scope in own if scope.completeness == "all" for day in scope.days} & window
        partial = ({day for scope in own for day in scope.days} & window) - whole
        told_only = told == whole if whole else all(scope.origin == "declared" for scope in own)
        yield {
            "zone_id": zone,
            "days_whole": len(whole),
            "days_partial": len(partial),
            "days": len(window),
            "whole": bool(window) and whole == window,
            "origin": ("declared" if told_only else "inferred") if whole or partial else None,
        }
