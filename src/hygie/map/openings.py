"""Ways that firewall rules leave open between zones, address translations included."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from hygie.map.addresses import Network, common, covers, parse_address, parse_prefix
from hygie.map.frame import Row, place, rows
from hygie.map.store import Store
from hygie.map.zones import Plan

HIGHEST = 65535
EXACT = 24  # a rule that names a public address this precisely means its translation


@dataclass(frozen=True)
class Match:
    """One resolved line of a rule."""

    row: Row

    @cached_property
    def source(self) -> Network | None:
        """The prefix it takes traffic from."""
        return parse_prefix(self.row["source_prefix"])

    @cached_property
    def destination(self) -> Network | None:
        """The prefix it lets reach."""
        return parse_prefix(self.row["destination_prefix"])

    @property
    def ports(self) -> tuple[int, int]:
        """First and last port."""
        return self.row["first_port"] or 0, self.row["last_port"] if self.row["last_port"] is not None else 65535

    @property
    def protocol(self) -> str:
        """The protocol, `any` when none is said."""
        return self.row["protocol"] or "any"

    def stops(self, source: Network, destination: Network) -> bool:
        """Whether this denial takes all traffic between two prefixes."""
        if self.source is None or self.destination is None:
            return False
        return covers(self.source, source) and covers(self.destination, destination)

    def outranks(self, other: Match) -> bool:
        """Whether this denial comes first and takes every protocol, port and interface of another line."""
        return (
            (self.row["rank"] or 0) < (other.row["rank"] or 0)
            and self.protocol in ("any", other.protocol)
            and self.ports[0] <= other.ports[0]
            and self.ports[1] >= other.ports[1]
            and all(
                self.row[side] in (None, "any", other.row[side])
                for side in ("source_interface", "destination_interface")
            )
        )


class Behind:
    """Which zones may lie behind an interface: those its networks touch, else those that no interface shows."""

    def __init__(self, store: Store, plan: Plan) -> None:
        self._plan = plan
        self._zones: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._wan: set[tuple[str, str]] = set()
        for row in rows(store, "SELECT * FROM firewall_interface ORDER BY firewall, interface, prefix"):
            prefix = parse_prefix(row["prefix"])
            for name in {row["interface"], row["zone_name"]} - {None, ""}:
                key = (row["firewall"], name)
                if row["role"] == "wan":
                    self._wan.add(key)
                self._zones[key] |= set(plan.overlapping(prefix)) if prefix and prefix.prefixlen else set()
        self._shown = set().union(*self._zones.values())

    def zones(self, firewall: str, interface: str | None) -> set[str] | None:
        """The zones, or nothing when any is possible."""
        if interface in (None, "", "any"):
            return None
        key = (firewall, str(interface))
        everywhere = set(self._plan.zones)
        hidden = everywhere - self._shown - {self._plan.internet}
        if key in self._wan:
            return (
                self._zones[key]
                | {self._plan.internet}
                | {zone for zone in hidden if self._plan.zones[zone].is_outside}
            )
        if key not in self._zones:
            return None
        return self._zones[key] | hidden | (set() if self._wan else {self._plan.internet})


_SAME = (
    "firewall",
    "rule_id",
    "source_zone",
    "destination_zone",
    "protocol",
    "first_port",
    "last_port",
    "source_prefix",
    "destination_prefix",
    "internal_ip",
)
MATCHES = """
SELECT * FROM firewall_match WHERE enabled IS NOT FALSE
ORDER BY firewall, rank, rule_id, evidence_id, member, position, source_prefix, destination_prefix, first_port
"""
TRANSLATIONS = """
SELECT * FROM address_translation WHERE enabled IS NOT FALSE AND internal_ip IS NOT NULL
ORDER BY firewall, name, external_ip, external_port
"""


def opening_rows(store: Store, plan: Plan, entity_at: Mapping[str, str]) -> list[Row]:
    """Every (rule, zone, zone) that accepted traffic may cross, without what an earlier denial takes whole."""
    matches: dict[str, list[Match]] = defaultdict(list)
    for row in rows(store, MATCHES):
        matches[row["firewall"] or ""].append(Match(row))
    ways = _Ways(plan, Behind(store, plan), entity_at, rows(store, TRANSLATIONS))
    found: dict[tuple[str, ...], Row] = {}
    for firewall, listed in sorted(matches.items()):
        for entry in (*ways.of_firewall(listed), *ways.translated(firewall, listed)):
            found.setdefault(tuple(str(entry.get(name) or "") for name in _SAME), entry)
    for entry in ways.without_rules(set(matches)):
        found.setdefault(tuple(str(entry.get(name) or "") for name in _SAME), entry)
    return [found[key] for key in sorted(found)]


@dataclass(frozen=True)
class _Ways:
    """What rules and translations open, given the zones and the machines at each address."""

    plan: Plan
    behind: Behind
    entity_at: Mapping[str, str]
    translations: Sequence[Row]

    def of_firewall(self, listed: Sequence[Match]) -> Iterator[Row]:
        """The ways that the accepting lines of one firewall open."""
        denials = [match for match in listed if match.row["action"] == "deny"]
        inside = {row["internal_ip"] for row in self.translations}
        for match in listed:
            if match.row["action"] == "accept":
                yield from self._of_match(match, [denial for denial in denials if denial.outranks(match)], inside)

    def _of_match(self, match: Match, denials: Sequence[Match], inside: set[str]) -> Iterator[Row]:
        target = match.destination
        alone = str(target.network_address) if target is not None and target.num_addresses == 1 else ""
        for source in self._sides(match, "source"):
            reached = alone if alone in inside and self.plan.zones[source].is_outside else None
            for destination in self._sides(match, "destination"):
                if source != destination and not self._stopped(match, denials, source, destination):
                    yield self._opening(match.row, source, destination) | {
                        "protocol": match.protocol,
                        "first_port": match.ports[0],
                        "last_port": match.ports[1],
                        "entity_id": self.entity_at.get(alone),
                        "internal_ip": reached,
                    }

    def _sides(self, match: Match, side: str) -> list[str]:
        """The zones at one side; an object that is no address (name, country) is taken for the Internet."""
        prefix = match.source if side == "source" else match.destination
        zones = {self.plan.internet} if not match.row[f"{side}_prefix"] else set()
        if prefix is not None:
            zones |= set(self.plan.overlapping(prefix))
        possible = self.behind.zones(match.row["firewall"], match.row[f"{side}_interface"])
        return sorted(zones if possible is None else zones & possible)

    def _stopped(self, match: Match, denials: Sequence[Match], source: str, destination: str) -> bool:
        if not denials:
            return False
        sources, destinations = self._parts(source, match.source), self._parts(destination, match.destination)
        return bool(sources and destinations) and all(
            any(denial.stops(one, two) for denial in denials) for one in sources for two in destinations
        )

    def _parts(self, zone: str, prefix: Network | None) -> list[Network]:
        """What a prefix takes of a zone; of the Internet, the prefix itself."""
        own = self.plan.zones[zone].prefixes
        if not own or zone == self.plan.internet:
            return [prefix] if prefix else []
        parts = [common(part, prefix) for part in own if prefix and part.version == prefix.version]
        return [part for part in parts if part is not None]

    def _opening(self, row: Row, source: str, destination: str) -> Row:
        return {
            "firewall": row["firewall"],
            "rule_id": row.get("rule_id"),
            "source_zone": source,
            "source_class": self.plan.zones[source].kind,
            "destination_zone": destination,
            "destination_class": self.plan.zones[destination].kind,
            "source_prefix": row.get("source_prefix"),
            "destination_prefix": row.get("destination_prefix"),
            **place(row),
        }

    def translated(self, firewall: str, listed: Sequence[Match]) -> Iterator[Row]:
        """The ways of rules that name the public address of a translation; `all` does not mean one."""
        for row in self.translations:
            external = parse_prefix(row["external_ip"])
            if (row["firewall"] or "") != firewall or external is None:
                continue
            for match in listed:
                target = match.destination
                named = target is not None and target.prefixlen >= EXACT and covers(target, external)
                if match.row["action"] == "accept" and named and _reaches(match, row):
                    for source in self._sides(match, "source"):
                        yield from self._through(row, match.row, source)

    def without_rules(self, with_rules: set[str]) -> Iterator[Row]:
        """Without the rules of its firewall, an active translation is taken for an open way from the Internet."""
        for row in self.translations:
            if (row["firewall"] or "") not in with_rules:
                yield from self._through(row, row, self.plan.internet)

    def _through(self, translation: Row, rule: Row, source: str) -> Iterator[Row]:
        address = parse_address(translation["internal_ip"])
        zone = self.plan.locate(address)[0] if address is not None else ""
        first, last, inner = _ports(translation)
        if zone and zone != source:
            yield self._opening(rule, source, zone) | {
                "rule_id": rule.get("rule_id") or translation["name"],
                "protocol": translation["protocol"] or "any",
                "first_port": inner,
                "last_port": min(HIGHEST, inner + last - first),
                "destination_prefix": translation["external_ip"],
                "internal_ip": translation["internal_ip"],
                "entity_id": self.entity_at.get(translation["internal_ip"]),
            }


def _ports(translation: Row) -> tuple[int, int, int]:
    """First and last external port, first internal port."""
    first, last = translation["external_port"] or 0, translation["external_last_port"] or HIGHEST
    return first, last, translation["internal_port"] or first


def _reaches(match: Match, translation: Row) -> bool:
    first, last, inner = _ports(translation)
    protocols = {match.protocol, translation["protocol"] or "any"}
    fits = len(protocols) == 1 or "any" in protocols
    ranges = ((first, last), (inner, inner + last - first))
    return fits and any(match.ports[0] <= upper and match.ports[1] >= lower for lower, upper in ranges)
