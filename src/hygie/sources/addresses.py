"""Addresses and names of machines as logs write them, in the one form tables hold; cached, for logs repeat them."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

CACHE_LIMIT = 200_000
LONGEST = 80
NOBODY = frozenset({"0.0.0.0", "::", None})  # noqa: S104 (how DHCP and firewalls write "no address yet")
_BYTE = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_V4 = re.compile(rf"{_BYTE}\.{_BYTE}\.{_BYTE}\.{_BYTE}", re.ASCII)
_BETWEEN = re.compile(r"[:-]")
_SIGNS = {ord(sign): None for sign in ":-. "}
_MAC = re.compile(r"[0-9a-f]{12}")


@lru_cache(CACHE_LIMIT)
def address(text: str | None) -> str | None:
    r"""One IP address in canonical form, without its scope, IPv4 taken out of IPv6; None when it is none.

    >>> address("FE80::0001%eth0"), address("10.1.1.1"), address("::ffff:10.2.3.4"), address("\\\\10.1.1.1")
    ('fe80::1', '10.1.1.1', '10.2.3.4', '10.1.1.1')
    >>> address("x.x.x.x"), address("10.1.1"), address("LOCAL"), address(None)
    (None, None, None, None)
    """
    if text is None or len(text) > LONGEST:
        return None
    if _V4.fullmatch(text):
        return text
    try:
        found = ipaddress.ip_address(text.removeprefix("\\\\").partition("%")[0].strip("[]"))
    except ValueError:
        return None
    return str(getattr(found, "ipv4_mapped", None) or found)


def assigned(text: str | None) -> str | None:
    """An address that was given to somebody.

    >>> assigned("10.1.1.1"), assigned("0.0.0.0")
    ('10.1.1.1', None)
    """
    found = address(text)
    return None if found in NOBODY else found


@lru_cache(CACHE_LIMIT)
def mac(text: str) -> str | None:
    """One MAC address, lower case with colons; None when it is none or empty of meaning.

    >>> mac("50-67-AE-F0-6C-80"), mac("5067.aef0.6c80"), mac("0:9:fb:1:2:3")
    ('50:67:ae:f0:6c:80', '50:67:ae:f0:6c:80', '00:09:fb:01:02:03')
    >>> mac("00:00:00:00:00:00"), mac("x")
    (None, None)
    """
    parts = _BETWEEN.split(text)
    digits = "".join(part.zfill(2) for part in parts) if len(parts) == 6 else text.translate(_SIGNS)
    digits = digits.lower()
    if not _MAC.fullmatch(digits) or digits == "0" * 12:
        return None
    return ":".join(digits[place : place + 2] for place in range(0, 12, 2))


def host_name(text: str | None) -> str | None:
    r"""A host name in lower case, without leading `\\` or final dot.

    >>> host_name("\\\\WS-07"), host_name("PC-12.CHU.local."), host_name("."), host_name(None)
    ('ws-07', 'pc-12.chu.local', None, None)
    """
    return (text.strip("\\ ").rstrip(".").lower() or None) if text else None
