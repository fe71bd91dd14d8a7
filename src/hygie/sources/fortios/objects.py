"""The objects a FortiOS rule names, resolved: addresses to prefixes, services to ports, virtual addresses to hosts.

What is no address (a name, a country, a wildcard), is negated, or is defined nowhere in the file comes out as None:
not known, which is neither "nothing" nor "all".
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from hygie.content_files import CONTENT, read_yaml
from hygie.sources.base import Refusal
from hygie.sources.fortios.tree import DEFAULT_VDOM, Entry, Tree
from hygie.sources.fortios.values import EVERYTHING, forwards, network, ports_of

SERVICES = CONTENT / "network" / "fortinet_services.yaml"
GROUP_DEPTH = 16
OUTSIDE = frozenset({"fqdn", "geography", "wildcard-fqdn"})
PREFIX_LIMIT = 10_000
NUMBERED = {1: "icmp", 6: "tcp", 17: "udp"}
PORTED = (("tcp", "tcp-portrange"), ("udp", "udp-portrange"), ("132", "sctp-portrange"))
ADDRESS_SECTIONS = {4: ("firewall address", "firewall addrgrp"), 6: ("firewall address6", "firewall addrgrp6")}
VIP_SECTIONS = {4: ("firewall vip", "firewall vipgrp"), 6: ("firewall vip6", "firewall vipgrp6")}


class Ports(NamedTuple):
    """A protocol and a range of ports; all None when a service is not known."""

    protocol: str | None
    first: int | None
    last: int | None


ANY = Ports("any", 0, 65_535)
UNKNOWN = Ports(None, None, None)


class Target(NamedTuple):
    """A destination: a prefix, and the ports it is limited to when it stands behind a port forward."""

    prefix: str | None
    ports: Ports = ANY


@dataclass
class Objects:
    """Resolver for the objects of one virtual domain."""

    tree: Tree
    vdom: str
    refusals: list[Refusal] = field(default_factory=list)
    unresolved: set[str] = field(default_factory=set)
    undefined: bool = False
    _targets: dict[tuple[str, int], tuple[Target, ...]] = field(default_factory=dict)
    _services: dict[str, tuple[Ports, ...]] = field(default_factory=dict)
    _oversized: set[str] = field(default_factory=set)

    def prefixes(self, names: Iterable[str], version: int) -> list[str | None]:
        """Prefixes of source objects, each once."""
        return list(dict.fromkeys(target.prefix for target in self.targets(names, version)))

    def targets(self, names: Iterable[str], version: int) -> list[Target]:
        """Prefixes of destination objects, virtual addresses as the hosts behind them."""
        found: dict[Target, None] = {}
        for name in names:
            key = (name, version)
            if key not in self._targets:
                self._targets[key] = tuple(dict.fromkeys(self._target(name, version, ())))
            found.update(dict.fromkeys(self._targets[key]))
        return list(found)

    def ports(self, names: Iterable[str]) -> list[Ports]:
        """Protocols and ports of services, each once."""
        found: dict[Ports, None] = {}
        for name in names:
            if name not in self._services:
                self._services[name] = tuple(dict.fromkeys(self._service(name, ())))
            found.update(dict.fromkeys(self._services[name]))
        return list(found)

    def interfaces(self, names: Iterable[str]) -> list[str]:
        """Interfaces of a rule, zones as their members."""
        zones = self.tree.section(self.vdom, "system zone")
        found: dict[str, None] = {}
        for name in names:
            members = zones[name].values.get("interface") if name in zones else None
            found.update(dict.fromkeys(members or [name]))
        return list(found)

    # --- groups

    def _members(
        self, name: str, entry: Entry, path: tuple[str, ...], resolve: Callable[[str], Iterator[Any]]
    ) -> Iterator[Any]:
        if name in path:
            self._refuse(entry.position, f"groups that do not contain themselves ({name})", "correct the group")
            return
        if len(path) >= GROUP_DEPTH:
            self._refuse(entry.position, f"at most {GROUP_DEPTH} groups within groups ({name})", "flatten the group")
            self._oversized.add(name)
            return
        count = 0
        for member in entry.values.get("member", []):
            for item in resolve(member):
                count += 1
                if count > PREFIX_LIMIT:
                    self._refuse(entry.position, f"at most {PREFIX_LIMIT} items in a group ({name})", "split the group")
                    self._oversized.add(name)
                    return
                yield item

    def _refuse(self, position: int, expected: str, hint: str) -> None:
        refusal = Refusal(position, expected, hint)
        if refusal not in self.refusals:
            self.refusals.append(refusal)

    def _unknown(self, name: str, *, undefined: bool = False) -> None:
        self.unresolved.add(name)
        self.undefined = self.undefined or undefined

    # --- addresses

    def _target(self, name: str, version: int, path: tuple[str, ...]) -> Iterator[Target]:
        single, group = ADDRESS_SECTIONS[version]
        virtual, virtual_group = VIP_SECTIONS[version]
        for section in (group, virtual_group):
            entry = self.tree.section(self.vdom, section).get(name)
            if entry is not None:
                yield from self._group(name, entry, version, path)
                return
        if (entry := self.tree.section(self.vdom, single).get(name)) is not None:
            for prefix in self._address(entry, version):
                if prefix is None and entry.first("type") not in OUTSIDE:
                    self._unknown(name)
                yield Target(prefix)
        elif (entry := self.tree.section(self.vdom, virtual).get(name)) is not None:
            yield from self._virtual(entry)
        elif name == "all":
            yield Target(EVERYTHING[version])
        elif name != "none":
            self._unknown(name, undefined=True)
            yield Target(None)

    def _group(self, name: str, entry: Entry, version: int, path: tuple[str, ...]) -> Iterator[Target]:
        if entry.first("exclude") == "enable":
            self._unknown(name)
            yield Target(None)
            return
        yield from self._members(name, entry, path, lambda member: self._target(member, version, (*path, name)))
        if name in self._oversized:
            yield Target(None)

    def _address(self, entry: Entry, version: int) -> Iterator[str | None]:
        kind = entry.first("type", "ipprefix" if version == 6 else "ipmask")
        if kind == "iprange":
            yield from _range(entry.first("start-ip", EVERYTHING[version][:-2]), entry.first("end-ip"))
        elif kind in ("ipmask", "subnet", "ipprefix"):
            words = entry.values.get("ip6" if version == 6 else "subnet") or [EVERYTHING[version]]
            yield network(words)
        elif kind == "interface-subnet":
            interface = self.tree.section(DEFAULT_VDOM, "system interface").get(entry.first("interface"))
            written = entry.values.get("subnet") or (interface.values.get("ip") if interface is not None else None)
            yield network(written) if written else None
        elif kind == "wildcard" and len(entry.values.get("wildcard", [])) == 2:
            yield network(entry.values["wildcard"])
        else:
            yield None

    def _virtual(self, entry: Entry) -> Iterator[Target]:
        found = False
        for forward in forwards(entry):
            found = True
            limit = ANY if forward.protocol == "any" else Ports(forward.protocol, *forward[5:7])
            yield Target(str(ipaddress.ip_network(forward.internal)), limit)
        if not found:
            yield Target(None)

    # --- services

    def _service(self, name: str, path: tuple[str, ...]) -> Iterator[Ports]:
        if (entry := self.tree.section(self.vdom, "firewall service group").get(name)) is not None:
            yield from self._members(name, entry, path, lambda member: self._service(member, (*path, name)))
            if name in self._oversized:
                yield UNKNOWN
            return
        entry = self.tree.section(self.vdom, "firewall service custom").get(name)
        own = list(_custom(entry)) if entry is not None else []
        if own:
            yield from own
        elif name in predefined():
            yield from predefined()[name]
        else:
            self._unknown(name, undefined=True)
            yield UNKNOWN


def _range(first: str, last: str) -> Iterator[str | None]:
    try:
        start, end = ipaddress.ip_address(first), ipaddress.ip_address(last)
        yield from (str(part) for part in ipaddress.summarize_address_range(start, end))
    except (ValueError, TypeError):
        yield None


def _custom(entry: Entry) -> Iterator[Ports]:
    protocol = entry.first("protocol", "TCP/UDP/SCTP").upper()
    if protocol == "IP":
        number = entry.first("protocol-number", "0")
        code = int(number) if number.isdecimal() and len(number) < 4 else 0
        yield ANY if code == 0 else Ports(NUMBERED.get(code, str(code)), 0, 65_535)
    elif protocol in ("ICMP", "ICMP6"):
        yield Ports("icmp" if protocol == "ICMP" else "58", 0, 65_535)
    elif protocol == "ALL":
        yield ANY
    else:
        for name, key in PORTED:
            for word in entry.values.get(key, []):
                if (span := ports_of(word.partition(":")[0])) is not None:
                    yield Ports(name, *span)


@cache
def predefined() -> Mapping[str, tuple[Ports, ...]]:
    """Services the product knows by name.

    >>> predefined()["HTTPS"]
    (Ports(protocol='tcp', first=443, last=443),)
    """
    data = read_yaml(SERVICES)
    known = {name: tuple(_written(item) for item in items) for name, items in data["services"].items()}
    for name, members in data["groups"].items():
        known[name] = tuple(dict.fromkeys(ports for member in members for ports in known[member]))
    return known


def _written(item: str) -> Ports:
    protocol, _, span = str(item).partition("/")
    return Ports(protocol, *(ports_of(span) or (0, 65_535)))
