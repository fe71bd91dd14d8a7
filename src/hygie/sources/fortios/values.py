"""Values of a FortiOS configuration: prefixes, port ranges, and the pairs of addresses of a virtual address."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any, NamedTuple

from hygie.sources.fortios.tree import Entry

FORWARD_LIMIT = 256
COMPLEMENT_LIMIT = 2000
EVERYTHING = {4: "0.0.0.0/0", 6: "::/0"}
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Forward(NamedTuple):
    """One pair of addresses of a virtual address."""

    external: str | None
    internal: str
    protocol: str
    external_first: int
    external_last: int
    internal_first: int
    internal_last: int


def network(words: list[str]) -> str | None:
    """A CIDR prefix from `address mask` or `address/length`; None when it is none (a mask with holes).

    >>> network(["10.1.2.3", "255.255.255.0"]), network(["1.1.0.1", "255.255.0.255"])
    ('10.1.2.0/24', None)
    """
    try:
        return str(ipaddress.ip_network("/".join(words[:2]), strict=False))
    except ValueError:
        return None


def ports_of(text: str) -> tuple[int, int] | None:
    """First and last port of `443` or `8000-8010`.

    >>> ports_of("8000-8010"), ports_of("443"), ports_of("http")
    ((8000, 8010), (443, 443), None)
    """
    first, _, last = text.partition("-")
    last = last or first
    if not (first.isdecimal() and last.isdecimal() and len(first) < 6 and len(last) < 6):
        return None
    return (int(first), int(last)) if int(first) <= int(last) <= 65_535 else None


def forwards(entry: Entry) -> Iterator[Forward]:
    """The pairs of a virtual address: one per address of its range, or one per real server behind it."""
    externals, internals = list(_each(entry.first("extip"))), _internals(entry)
    is_port = entry.first("portforward") == "enable"
    protocol = entry.first("protocol", "tcp").lower() if is_port else "any"
    outside = (ports_of(entry.first("extport")) if is_port else None) or (0, 65_535)
    for index, (internal, port) in enumerate(internals):
        inside = (port if port is not None else ports_of(entry.first("mappedport")) if is_port else None) or outside
        external = externals[min(index, len(externals) - 1)] if externals else None
        yield Forward(external, internal, protocol, *outside, *inside)


def _internals(entry: Entry) -> list[tuple[str, tuple[int, int] | None]]:
    servers = entry.inner.get("realservers", {})
    found: list[tuple[str, tuple[int, int] | None]] = []
    for server in servers.values():
        found.extend((address, ports_of(server.first("port"))) for address in _each(server.first("ip")))
    if not found:
        found = [(address, None) for word in entry.values.get("mappedip", []) for address in _each(word)]
    return found[:FORWARD_LIMIT]


def _each(text: str) -> Iterator[str]:
    """The addresses of `a` or `a-b`, at most as many as a virtual address may have pairs."""
    first, _, last = text.partition("-")
    try:
        start, end = ipaddress.ip_address(first), ipaddress.ip_address(last or first)
    except ValueError:
        return
    for offset in range(min(int(end) - int(start) + 1, FORWARD_LIMIT)):
        yield str(start + offset)


def merged(prefixes: list[str | None]) -> list[str | None]:
    """The same addresses in as few prefixes as possible.

    >>> merged(["10.0.0.0/25", "10.0.0.128/25", "10.0.0.7/32", None])
    ['10.0.0.0/24', None]
    """
    found: list[str | None] = []
    known = [_network(prefix) for prefix in prefixes if prefix]
    for version in (4, 6):
        networks: list[Any] = [network for network in known if network.version == version]
        found.extend(str(network) for network in ipaddress.collapse_addresses(networks))
    return [*found, None] if None in prefixes else found


def all_but(prefixes: list[str | None], version: int) -> list[str | None]:
    """The complement of prefixes, for negated objects; None when one of them is not known.

    >>> all_but(["128.0.0.0/2", "192.0.0.0/2"], 4), all_but([None], 4)
    (['0.0.0.0/1'], [None])
    """
    rest: list[Network] = [_network(EVERYTHING[version])]
    for prefix in merged(prefixes):
        if prefix is None or len(rest) > COMPLEMENT_LIMIT:
            return [None]
        taken = _network(prefix)
        rest = [part for network in rest for part in _without(network, taken)]
    return [str(network) for network in rest]


def _network(prefix: str) -> Network:
    return ipaddress.ip_network(prefix)


def _without(network: Network, taken: Network) -> Iterator[Network]:
    if network.version != taken.version or not network.overlaps(taken):
        yield network
    elif taken.prefixlen > network.prefixlen:
        inner: Any = taken  # the two are of one version: narrower to the reader than to the type checker
        yield from network.address_exclude(inner)
