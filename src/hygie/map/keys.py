"""What identifies a machine, written one way: serial numbers, hardware addresses, host names, DICOM titles."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from hygie.map.content import content
from hygie.map.frame import fold

HOST = re.compile(r"^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?$")
NUMERIC = re.compile(r"^[0-9.]+$")
SHORTEST_SERIAL = 4
SHORTEST_NAME = 3


@cache
def _identity(key: str) -> frozenset[str]:
    return frozenset(fold(str(value)) for value in content("devices/identity")[key])


@lru_cache(maxsize=65536)
def serial_key(text: str | None) -> str:
    """A serial number as a key; what makers and people write when there is none is no key.

    >>> serial_key(" sn-12.34 a"), serial_key("To be filled by O.E.M."), serial_key("0000000"), serial_key("N/A")
    ('SN1234A', '', '', '')
    """
    if not text or fold(text) in _identity("placeholder_serials"):
        return ""
    bare = "".join(letter for letter in text.upper() if letter.isalnum())
    return bare if len(bare) >= SHORTEST_SERIAL and len(set(bare)) > 1 else ""


def is_virtual_router(mac: str) -> bool:
    """Whether an address belongs to a pair of routers rather than to one machine.

    >>> is_virtual_router("00:00:5e:00:01:0a"), is_virtual_router("00:50:56:aa:bb:cc")
    (True, False)
    """
    return mac.startswith(tuple(content("devices/identity")["virtual_router_macs"]))


def is_group(mac: str) -> bool:
    """Whether an address is a broadcast, a multicast, or nobody's."""
    return mac == "00:00:00:00:00:00" or _first(mac) & 1 == 1


def is_local(mac: str) -> bool:
    """Whether an address was chosen by software: phones change it, virtual machines copy it.

    >>> is_local("da:a1:19:00:00:01"), is_local("00:1b:21:00:00:01")
    (True, False)
    """
    return _first(mac) & 2 == 2


def _first(mac: str) -> int:
    try:
        return int(mac[:2], 16)
    except ValueError:
        return 1


@lru_cache(maxsize=65536)
def host_key(text: str | None) -> str:
    """The short host name as a key, from a short or a full name; labels and generic names are no key.

    >>> host_key("PC-017.hopital.local"), host_key("SRV1$"), host_key("iPhone"), host_key("Scanner du bloc")
    ('pc-017', 'srv1', '', '')
    """
    if not text:
        return ""
    name = text.strip().lower().rstrip("$").rstrip(".")
    if NUMERIC.match(name):
        return ""
    short = name.split(".", 1)[0]
    usable = len(short) >= SHORTEST_NAME and HOST.match(short) and fold(short) not in _identity("generic_names")
    return short if usable else ""


@lru_cache(maxsize=65536)
def full_key(text: str | None) -> str:
    """The full host name as a key, when a domain was written.

    >>> full_key("PC-017.Hopital.local."), full_key("PC-017")
    ('pc-017.hopital.local', '')
    """
    if not host_key(text) or not text:
        return ""
    name = text.strip().lower().rstrip(".")
    return name if "." in name else ""


@lru_cache(maxsize=65536)
def title_key(text: str | None) -> str:
    """A DICOM application title as a key; titles that software comes with are no key.

    >>> title_key(" CT_BLOC1 "), title_key("STORESCU")
    ('CT_BLOC1', '')
    """
    title = (text or "").strip()
    return "" if fold(title) in _identity("default_ae_titles") else title
