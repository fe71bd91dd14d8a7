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

ALL = {4: "0.0.0.0/0", 6: "::/0"}
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

    def stops(self, other: Match, source: Network, destination: Network) -> bool:
        """Whether this denial takes all that another line would let through between two prefixes."""
        if self.source is None or self.destination is None:
            return False
        return (
            covers(self.source, source)
            and covers(self.destination, destination)
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


def opening_rows(store: Store, plan: Plan, entity_at: Mapping[str, str]) -> list[Row]:
    """Every (rule, zone, zone) that accepted traffic may cross, without what an earlier denial takes whole."""
    matches: dict[str, list[Match]] = defaultdict(list)
    for row in rows(
        store,
        "SELECT * FROM firewall_match WHERE enabled IS NOT FALSE ORDER BY firewall, rank, rule_id, evidence_id, member, position, source_prefix, destination_prefix, first_port",
    ):
        matches[row["firewall"] or ""].append(Match(row))
    behind = Behind(store, plan)
    found: dict[tuple[str, ...], Row] = {}
    for firewall, listed in sorted(matches.items()):
        for entry in (
            *_of_firewall(listed, behind, plan, entity_at),
            *_translated(store, firewall, listed, behind, plan, entity_at),
        ):
            found.setdefault(tuple(str(entry.get(name) or "") for name in _SAME), entry)
    for entry in _translations_alone(store, set(matches), plan, entity_at):
        found.setdefault(tuple(str(entry.get(name) or "") for name in _SAME), entry)
    return [found[key] for key in sorted(found)]


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


def _of_firewall(listed: Sequence[Match], behind: Behind, plan: Plan, entity_at: Mapping[str, str]) -> Iterator[Row]:
    denials: list[Match] = []
    for match in listed:
        if match.row["action"] == "deny":
            denials.append(match)
        elif match.row["action"] == "accept":
            earlier = [denial for denial in denials if (denial.row["rank"] or 0) < (match.row["rank"] or 0)]
            yield from _ways(match, earlier, behind, plan, entity_at)


def _ways(
    match: Match, denials: Sequence[Match], behind: Behind, plan: Plan, entity_at: Mapping[str, str]
) -> Iterator[Row]:
    for source in _sides(match, "source", behind, plan):
        for destination in _sides(match, "destination", behind, plan):
            if source != destination and not _stopped(match, denials, source, destination, plan):
                alone = (
                    match.destination.network_address
                    if match.destination and match.destination.num_addresses == 1
                    else None
                )
                entity = entity_at.get(str(alone)) if alone else None
                yield _opening(match.row, plan, source, destination) | {
                    "protocol": match.protocol,
                    "first_port": match.ports[0],
                    "last_port": match.ports[1],
                    "entity_id": entity,
                }


def _sides(match: Match, side: str, behind: Behind, plan: Plan) -> list[str]:
    """The zones at one side; an object that is no address (name, country) is taken for the Internet."""
    prefix = match.source if side == "source" else match.destination
    written = match.row[f"{side}_prefix"]
    zones = {plan.internet} if prefix is None and not written else set(plan.overlapping(prefix)) if prefix else set()
    possible = behind.zones(match.row["firewall"], match.row[f"{side}_interface"])
    return sorted(zones if possible is None else zones & possible)


def _stopped(match: Match, denials: Sequence[Match], source: str, destination: str, plan: Plan) -> bool:
    if not denials:
        return False
    sources, destinations = _parts(plan, source, match.source), _parts(plan, destination, match.destination)
    return bool(sources and destinations) and all(
        any(denial.stops(match, one, two) for denial in denials) for one in sources for two in destinations
    )


def _parts(plan: Plan, zone: str, prefix: Network | None) -> list[Network]:
    """What a prefix takes of a zone; of the Internet, the prefix itself."""
    own = plan.zones[zone].prefixes
    if not own or zone == plan.internet:
        return [prefix] if prefix else []
    parts = [common(part, prefix) for part in own if prefix and part.version == prefix.version]
    return [part for part in parts if part is not None]


def _opening(row: Row, plan: Plan, source: str, destination: str) -> Row:
    return {
        "firewall": row["firewall"],
        "rule_id": row.get("rule_id"),
        "source_zone": source,
        "source_class": plan.zones[source].kind,
        "destination_zone": destination,
        "destination_class": plan.zones[destination].kind,
        "source_prefix": row.get("source_prefix"),
        "destination_prefix": row.get("destination_prefix"),
        **place(row),
    }


def _vips(store: Store) -> list[Row]:
    return rows(
        store,
        "SELECT * FROM address_translation WHERE enabled IS NOT FALSE AND internal_ip IS NOT NULL "
        "ORDER BY firewall, name, external_ip, external_port",
    )


def _translated(
    store: Store, firewall: str, listed: Sequence[Match], behind: Behind, plan: Plan, entity_at: Mapping[str, str]
) -> Iterator[Row]:
    for vip in _vips(store):
        external = parse_prefix(vip["external_ip"])
        if (vip["firewall"] or "") != firewall or external is None:
            continue
        for match in listed:
            named = (
                match.destination is not None
                and match.destination.prefixlen >= EXACT
                and covers(match.destination, external)
            )
            if match.row["action"] == "accept" and named and _reaches(match, vip):
                for source in _sides(match, "source", behind, plan):
                    yield from _through(vip, match.row, source, plan, entity_at)


def _reaches(match: Match, vip: Row) -> bool:
    first, last = vip["external_port"] or 0, vip["external_last_port"] or 65535
    inner = vip["internal_port"] or first
    ranges = ((first, last), (inner, inner + last - first))
    protocols = {match.protocol, vip["protocol"] or "any"}
    fits = len(protocols) == 1 or "any" in protocols
    return fits and any(match.ports[0] <= upper and match.ports[1] >= lower for lower, upper in ranges)


def _through(vip: Row, rule: Row, source: str, plan: Plan, entity_at: Mapping[str, str]) -> Iterator[Row]:
    address = parse_address(vip["internal_ip"])
    if address is None:
        return
    zone, _, _ = plan.locate(address)
    first, last = vip["external_port"] or 0, vip["external_last_port"] or 65535
    inner = vip["internal_port"] or first
    if zone and zone != source:
        yield _opening(rule, plan, source, zone) | {
            "rule_id": rule.get("rule_id") or vip["name"],
            "protocol": vip["protocol"] or "any",
            "first_port": inner,
            "last_port": min(65535, inner + last - first),
            "source_prefix": rule.get("source_prefix"),
            "destination_prefix": vip["external_ip"],
            "internal_ip": vip["internal_ip"],
            "entity_id": entity_at.get(vip["internal_ip"]),
        }


def _translations_alone(store: Store, with_rules: set[str], plan: Plan, entity_at: Mapping[str, str]) -> Iterator[Row]:
    """Without the rules of its firewall, an active translation is taken for an open way from the Internet."""
    for vip in _vips(store):
        if (vip["firewall"] or "") not in with_rules:
            yield from _through(vip, vip, plan.internet, plan, entity_at)
