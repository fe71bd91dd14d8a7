"""Zones where no address plan is declared: firewall interfaces, else VLAN tags, else plain subnets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hygie.map.addresses import Network, PrefixTable, is_private, parse_address, parse_prefix, special_kind
from hygie.map.content import zone_words
from hygie.map.frame import Row, fold, rows, words
from hygie.map.store import Store

SUBNET = {4: 24, 6: 64}
MAJORITY = 0.6
SEEN = """
SELECT source_ip AS ip, vlan, count(*) AS flows FROM flow WHERE source_ip IS NOT NULL GROUP BY ALL
UNION ALL SELECT destination_ip, NULL, count(*) FROM flow WHERE state = 'answered' GROUP BY ALL
UNION ALL SELECT ip, NULL, 0 FROM lease WHERE ip IS NOT NULL GROUP BY ALL
UNION ALL SELECT unnest(string_split(ip, ' ')), NULL, 0 FROM asset_record WHERE ip IS NOT NULL
UNION ALL SELECT unnest(string_split(ip, ' ')), NULL, 0 FROM endpoint_agent WHERE ip IS NOT NULL
UNION ALL SELECT ip, NULL, 0 FROM application_declared WHERE ip IS NOT NULL
"""
HINTS = """
SELECT unnest(string_split(ip, ' ')) AS ip,
       CASE WHEN register = 'biomedical' OR class = 'medical' THEN 'biomedical'
            WHEN register = 'building' OR class = 'building' THEN 'building'
            WHEN operating_system ILIKE '%server%' THEN 'server' ELSE 'user' END AS kind
FROM asset_record WHERE ip IS NOT NULL
UNION ALL
SELECT unnest(string_split(ip, ' ')), CASE WHEN operating_system ILIKE '%server%' THEN 'server' ELSE 'user' END
FROM endpoint_agent WHERE ip IS NOT NULL
UNION ALL SELECT assigned_ip, 'vpn' FROM vpn_session WHERE assigned_ip IS NOT NULL
"""


@dataclass
class Inferred:
    """A zone proposed from what was observed; its class is unknown until evidence gives one."""

    name: str
    kind: str
    prefixes: list[Network]


def infer_zones(store: Store) -> list[Inferred]:
    """The zones that the evidence suggests, most reliable sign first."""
    zones = list(_interfaces(store))
    table = PrefixTable.of({prefix: zone.name for zone in zones for prefix in zone.prefixes})
    zones += _subnets(rows(store, SEEN), table)
    table = PrefixTable.of({prefix: zone.name for zone in zones for prefix in zone.prefixes})
    votes = _votes(rows(store, HINTS), table)
    for zone in zones:
        if zone.kind == "unknown":
            zone.kind = _majority(votes.get(zone.name, Counter()))
    return sorted(zones, key=lambda zone: zone.name)


def class_of_name(*names: str | None) -> str:
    """The class that words in a name give, else unknown.

    >>> class_of_name("LAN-BIOMED"), class_of_name("port7")
    ('biomedical', 'unknown')
    """
    known: Mapping[str, str] = zone_words()
    parts = [part for name in names for part in fold(name or "").split()]
    return next((known[part] for part in parts if part in known), "unknown")


def _interfaces(store: Store) -> Iterator[Inferred]:
    found: dict[str, Inferred] = {}
    for row in rows(
        store, "SELECT * FROM firewall_interface WHERE prefix IS NOT NULL ORDER BY firewall, interface, prefix"
    ):
        prefix = parse_prefix(row["prefix"])
        if prefix is None or prefix.prefixlen in (0, prefix.max_prefixlen) or row["role"] == "wan":
            continue
        name = row["zone_name"] or row["description"] or row["interface"] or str(prefix)
        kind = "dmz" if row["role"] == "dmz" else class_of_name(row["zone_name"], row["description"], row["interface"])
        zone = found.setdefault(fold(name), Inferred(name, kind, []))
        zone.prefixes.append(prefix)
    yield from found.values()


def _subnets(seen: list[Row], known: PrefixTable) -> list[Inferred]:
    tags: dict[Network, Counter[int]] = {}
    for row in seen:
        address = parse_address(row["ip"])
        if address is None or special_kind(address) or not is_private(address) or known.find(address):
            continue
        subnet = parse_prefix(f"{address}/{SUBNET[address.version]}")
        if subnet is not None:
            tags.setdefault(subnet, Counter())[row["vlan"] or 0] += row["flows"]
    zones: dict[str, Inferred] = {}
    for subnet in sorted(tags, key=str):
        tagged = [(count, -tag) for tag, count in tags[subnet].items() if tag]
        name = f"VLAN {-max(tagged)[1]}" if tagged else str(subnet)
        zones.setdefault(name, Inferred(name, "unknown", [])).prefixes.append(subnet)
    return list(zones.values())


def _votes(hints: list[Row], table: PrefixTable) -> dict[str, Counter[str]]:
    votes: dict[str, Counter[str]] = {}
    for row in hints:
        for text in words(row["ip"]):
            address = parse_address(text)
            found = table.find(address) if address else None
            if found:
                votes.setdefault(found[0], Counter())[row["kind"]] += 1
    return votes


def _majority(votes: Counter[str]) -> str:
    if not votes:
        return "unknown"
    kind, count = min(votes.items(), key=lambda item: (-item[1], item[0]))
    return kind if count >= MAJORITY * votes.total() else "unknown"
