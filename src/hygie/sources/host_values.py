"""Addresses and host names as hosts write them, in the form tables hold; cached, for logs repeat them."""

from __future__ import annotations

import ipaddress
from functools import lru_cache


@lru_cache(maxsize=65_536)
def address_of(text: str | None) -> str | None:
    """An IP address as text, IPv4 written inside IPv6 taken out; None for `LOCAL`, names and malformed ones.

    >>> address_of("::ffff:10.2.3.4"), address_of("LOCAL"), address_of("fe80::1%4")
    ('10.2.3.4', None, 'fe80::1')
    """
    if text is None:
        return None
    try:
        address = ipaddress.ip_address(text.partition("%")[0].removeprefix("\\\\"))
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


@lru_cache(maxsize=65_536)
def host_of(text: str | None) -> str | None:
    r"""A host name in lower case, without leading `\\` or final dot.

    >>> host_of("\\\\WS-07"), host_of("DC1.chu.local.")
    ('ws-07', 'dc1.chu.local')
    """
    return (text.strip("\\").rstrip(".").lower() or None) if text else None
