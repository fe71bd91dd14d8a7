"""Addresses: their number, whether they belong to the hospital, and those that are nobody's."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import cache, lru_cache

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
WIDTH = {4: 32, 6: 128}


@cache
def _private() -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(prefix) for prefix in PRIVATE)


@lru_cache(maxsize=262144)
def parse_address(text: str | None) -> Address | None:
    """An address, or nothing when the text is none."""
    try:
        return ipaddress.ip_address(text) if text else None
    except ValueError:
        return None


def parse_prefix(text: str | None) -> Network | None:
    """A prefix or a single address as a network, or nothing.

    >>> parse_prefix("10.1.2.3/24"), parse_prefix("10.0.0.1"), parse_prefix("zone A")
    (IPv4Network('10.1.2.0/24'), IPv4Network('10.0.0.1/32'), None)
    """
    try:
        return ipaddress.ip_network(text.strip(), strict=False) if text else None
    except ValueError:
        return None


def is_private(address: Address) -> bool:
    """Whether an address is used inside organisations: documentation ranges count as public."""
    return any(address.version == network.version and address in network for network in _private())


def special_kind(address: Address) -> str:
    """What kind of nobody's address it is, or nothing.

    >>> met = ("224.0.0.251", "255.255.255.255", "169.254.1.1", "10.0.0.1")
    >>> [special_kind(ipaddress.ip_address(text)) for text in met]
    ['multicast', 'broadcast', 'link_local', '']
    """
    if address.is_multicast:
        return "multicast"
    if str(address) == "255.255.255.255":
        return "broadcast"
    if address.is_loopback:
        return "loopback"
    if address.is_unspecified or (address.version == 4 and int(address) < 1 << 24):
        return "unspecified"
    return "link_local" if address.is_link_local else ""


def covers(outer: Network, inner: Network) -> bool:
    """Whether all of `inner` lies in `outer`."""
    if outer.version != inner.version or outer.prefixlen > inner.prefixlen:
        return False
    return (
        int(inner.network_address) >> (shift := WIDTH[outer.version] - outer.prefixlen)
        == int(outer.network_address) >> shift
    )


def common(first: Network, second: Network) -> Network | None:
    """What two prefixes share: the smaller one, or nothing.

    >>> common(parse_prefix("10.0.0.0/8"), parse_prefix("10.1.0.0/16"))
    IPv4Network('10.1.0.0/16')
    """
    if covers(first, second):
        return second
    return first if covers(second, first) else None


@dataclass
class PrefixTable:
    """Longest prefix first: what value the most precise prefix of an address has."""

    levels: dict[tuple[int, int], dict[int, str]]

    @classmethod
    def of(cls, entries: dict[Network, str]) -> PrefixTable:
        """A table from prefixes and their values."""
        levels: dict[tuple[int, int], dict[int, str]] = {}
        for network, value in entries.items():
            shift = WIDTH[network.version] - network.prefixlen
            level = levels.setdefault((network.version, network.prefixlen), {})
            level[int(network.network_address) >> shift] = value
        return cls(dict(sorted(levels.items(), key=lambda item: -item[0][1])))

    def find(self, address: Address) -> tuple[str, int] | None:
        """The value and length of the longest prefix that holds the address.

        >>> table = PrefixTable.of({parse_prefix("10.0.0.0/8"): "all", parse_prefix("10.1.0.0/16"): "one"})
        >>> table.find(parse_address("10.1.9.9")), table.find(parse_address("11.0.0.1"))
        (('one', 16), None)
        """
        number = int(address)
        for (version, length), level in self.levels.items():
            if version == address.version:
                value = level.get(number >> (WIDTH[version] - length))
                if value is not None:
                    return value, length
        return None
