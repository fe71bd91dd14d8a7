"""Rows of a FortiOS configuration: interfaces and translations, and where all rows are gathered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hygie.sources.base import Item, Rows
from hygie.sources.fortios.tree import Entry, Tree
from hygie.sources.fortios.values import Forward, forwards, network


@dataclass
class Out:
    """Where the rows of one configuration go."""

    device: str
    firewall: str
    exported: datetime | None
    rules: Rows = field(default_factory=lambda: Rows("firewall_rule"))
    matches: Rows = field(default_factory=lambda: Rows("firewall_match"))
    translations: Rows = field(default_factory=lambda: Rows("address_translation"))
    interfaces: Rows = field(default_factory=lambda: Rows("firewall_interface"))
    negated: int = 0
    matched: int = 0

    def flush(self) -> Iterator[Item]:
        """Give back what was kept."""
        for rows in (self.interfaces, self.rules, self.matches, self.translations):
            yield from rows.flush()


def read_interfaces(tree: Tree, vdom: str, out: Out, *, many: bool) -> None:
    """Interfaces with their networks; in a device of many domains each belongs to the domain it says."""
    zones: dict[str, str] = {}
    for sections in tree.vdoms.values():
        for zone, entry in sections.get("system zone", {}).items():
            zones.update(dict.fromkeys(entry.values.get("interface", []), zone))
    for name, entry in tree.section(vdom, "system interface").items():
        vlan = entry.first("vlanid")
        for prefix in _interface_prefixes(entry) or [None]:
            out.interfaces.add(
                entry.position,
                firewall=f"{out.device}/{entry.first('vdom', vdom)}" if many else out.firewall,
                interface=name,
                zone_name=zones.get(name),
                prefix=prefix,
                vlan=int(vlan) if vlan.isdecimal() and len(vlan) < 5 else None,
                role=entry.first("role") if entry.first("role") in ("wan", "lan", "dmz") else None,
                description=entry.first("alias") or entry.first("description") or None,
            )


def _interface_prefixes(entry: Entry) -> list[str | None]:
    holders = [entry, *entry.inner.get("secondaryip", {}).values(), *entry.inner.get("ipv6", {}).values()]
    found = [network(holder.values[key]) for holder in holders for key in ("ip", "ip6-address") if key in holder.values]
    return [prefix for prefix in found if prefix not in (None, "0.0.0.0/32", "0.0.0.0/0", "::/0", "::/128")]


def read_translation(name: str, entry: Entry, out: Out) -> None:
    """One row per pair of addresses of a virtual address."""
    for forward in forwards(entry):
        out.translations.add(
            entry.position,
            firewall=out.firewall,
            name=name,
            external_interface=entry.first("extintf") or None,
            external_ip=forward.external,
            internal_ip=forward.internal,
            **_translated_ports(forward),
            enabled=entry.first("status") != "disable",
        )


def _translated_ports(forward: Forward) -> dict[str, Any]:
    return {
        "protocol": forward.protocol,
        "external_port": forward.external_first,
        "external_last_port": forward.external_last,
        "internal_port": forward.internal_first,
    }
