"""Networks, protocols and ports as address plans, flow matrices and firewalls write them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from hygie.sources.tabular.content import service_ports

MOST = 1024
LONGEST = 80
EVERYTHING = frozenset(
    {"any", "all", "tous", "tout", "toutes", "*", "0.0.0.0/0", "any4", "any-ipv4", "internet any", "n'importe"}
)
PROTOCOLS = {"1": "icmp", "6": "tcp", "17": "udp", "50": "esp", "51": "ah", "47": "gre", "58": "icmp6", "ip": "any"} | {
    name: name for name in ("tcp", "udp", "icmp", "any", "esp", "ah", "gre", "sctp", "igmp", "ospf", "vrrp", "icmp6")
}
_ITEMS = re.compile(r"(?:<br\s*/?>|[,;|\n])+", re.IGNORECASE)
_SPAN = re.compile(r"^([0-9a-f.:]+)\s*(?:-|–|—|\.\.|\s(?:à|a|to)\s)\s*([0-9a-f.:]+)$", re.IGNORECASE)
_STAR = re.compile(r"^(\d{1,3})\.(\d{1,3}|\*|x)(?:\.(\d{1,3}|\*|x))?(?:\.(\d{1,3}|\*|x))?$", re.IGNORECASE)
_MASKED = re.compile(r"^([0-9.]+)\s*(?:/|\s)\s*(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})$")
_PORTS = re.compile(r"^(\d{1,5})(?:\s*(?:-|–|—|:|\.\.|\s(?:à|a|to)\s)\s*(\d{1,5}))?$", re.IGNORECASE)
_PREFIXED = re.compile(r"^(tcp|udp|icmp|sctp|ip)\s*[/:_\-\s]\s*(.+)$", re.IGNORECASE)
_SUFFIXED = re.compile(r"^(.+?)\s*[/_\-\s]\s*(tcp|udp|sctp)$", re.IGNORECASE)
Port = tuple[str, int, int]


def items(cell: str) -> list[str]:
    """The items of a cell of networks, ports or objects."""
    return [item for item in (part.strip() for part in _ITEMS.split(cell)) if item]


def prefixes(cell: str, mask: str = "") -> list[str]:
    """Canonical CIDR prefixes of a cell; a mask may stand in a column of its own.

    >>> prefixes("10.1.0.0 255.255.0.0; 10.2.3.*"), prefixes("10.1.2.0-10.1.2.255"), prefixes("10.1.0.0", "16")
    (['10.1.0.0/16', '10.2.3.0/24'], ['10.1.2.0/24'], ['10.1.0.0/16'])
    """
    parts = items(cell)
    found = [prefix for part in parts for prefix in _prefix(part, mask)]
    if not found or len(found) > MOST:
        raise ValueError("a network such as 10.1.0.0/16")
    return list(dict.fromkeys(found))


def _prefix(part: str, mask: str) -> Iterator[str]:
    try:
        yield from _networks(part, mask.strip().lstrip("/"))
    except ValueError:
        raise ValueError("a network such as 10.1.0.0/16") from None


def _networks(part: str, mask: str) -> Iterator[str]:
    if span := _SPAN.match(part):
        yield from _between(span[1], span[2])
    elif masked := _MASKED.match(part):
        yield str(ipaddress.ip_network(f"{masked[1]}/{masked[2]}", strict=False))
    elif (star := _STAR.match(part)) and not part.replace(".", "").isdigit():
        yield _starred(star)
    elif mask and "/" not in part:
        yield str(ipaddress.ip_network(f"{part}/{mask}", strict=False))
    else:
        yield str(ipaddress.ip_network(part.replace(" ", ""), strict=False))


def _starred(star: re.Match[str]) -> str:
    written = [piece for piece in star.groups() if piece]
    pieces = [piece for piece in written if piece.isdigit()]
    if not all(piece.isdigit() for piece in written[: len(pieces)]):
        raise ValueError("stars at the end only")
    address = ".".join([*pieces, *["0"] * (4 - len(pieces))])
    return str(ipaddress.ip_network(f"{address}/{8 * len(pieces)}"))


def _between(first: str, last: str) -> Iterator[str]:
    start = ipaddress.ip_address(first)
    end = ipaddress.ip_address(f"{first.rpartition('.')[0]}.{last}" if last.isdigit() else last)
    if start.version != end.version:
        raise ValueError("two addresses of one family")
    yield from map(str, ipaddress.summarize_address_range(start, end))


def objects(cell: str) -> list[str | None]:
    r"""Prefixes of a firewall cell: everything is 0.0.0.0/0, an object that is no address is None.

    >>> objects("all"), objects("10.1.2.3\nSRV-PACS"), objects("")
    (['0.0.0.0/0'], ['10.1.2.3/32', None], ['0.0.0.0/0'])
    """
    found: list[str | None] = []
    for item in items(cell) or ["any"]:
        if item.strip("\"'").lower() in EVERYTHING:
            found.append("0.0.0.0/0")
            continue
        try:
            found += prefixes(item)
        except ValueError:
            found.append(None)
    return list(dict.fromkeys(found))[:MOST]


def protocols(cell: str) -> list[str]:
    """Transport protocols of a cell; nothing means any.

    >>> protocols("TCP/UDP"), protocols(""), protocols("6")
    (['tcp', 'udp'], ['any'], ['tcp'])
    """
    parts = [part for part in re.split(r"[^a-z0-9*]+", cell.lower()) if part and part not in ("et", "and", "ou", "or")]
    if not parts or set(parts) & EVERYTHING:
        return ["any"]
    if any(part not in PROTOCOLS for part in parts):
        raise ValueError("tcp, udp, icmp or any")
    return list(dict.fromkeys(PROTOCOLS[part] for part in parts))


def ports(cell: str) -> list[Port]:
    """Ports of a cell as (protocol or empty, first, last): numbers, ranges, names, `tcp/443`, `443/udp`.

    >>> ports("80,443"), ports("8000-8100"), ports("https"), ports("TCP 443; 53/udp")
    ([('', 80, 80), ('', 443, 443)], [('', 8000, 8100)], [('tcp', 443, 443)], [('tcp', 443, 443), ('udp', 53, 53)])
    """
    parts = [part for item in items(cell) for part in _blanks(item)]
    if any(len(part) > LONGEST for part in parts):
        raise ValueError("a port, a range or a service name")
    found = [port for part in parts for port in _ports(part.strip())]
    if not found or len(found) > MOST:
        raise ValueError("a port, a range or a service name")
    return list(dict.fromkeys(found))


def _blanks(item: str) -> list[str]:
    """Ports separated by blanks only, and a protocol that holds for several ports (`TCP 80 443`)."""
    if re.fullmatch(r"\d{1,5}(?:\s+\d{1,5})+", item):
        return item.split()
    if re.fullmatch(r"\d{1,5}(?:\s*/\s*\d{1,5})+", item):
        return item.split("/")
    match = re.fullmatch(r"(tcp|udp)\s*[/: ]\s*(\d{1,5}(?:[\s/]+\d{1,5})+)", item, re.IGNORECASE)
    return [f"{match[1]}/{port}" for port in re.split(r"[\s/]+", match[2])] if match else [item]


def _ports(part: str) -> list[Port]:
    if match := _PORTS.match(part):
        first, last = int(match[1]), int(match[2] or match[1])
        if first > last or last > 65535:
            raise ValueError("a port, a range or a service name")
        return [("", first, last)]
    if part == "*":
        return [("any", 0, 65535)]
    known = service_ports().get(re.sub(r"[\s.\-_]", "", part.lower()))
    if known:
        return list(known)
    if match := _PREFIXED.match(part):
        return _with(match[1], match[2])
    if match := _SUFFIXED.match(part):
        return _with(match[2], match[1])
    bare = re.sub(r"\s*[(\[].*?[)\]]\s*", " ", part).strip()
    if bare and bare != part:
        return _ports(bare)
    named = service_ports().get(part.lower())
    if part.lower() in ("tcp", "udp") and not named:
        return [(part.lower(), 0, 65535)]
    raise ValueError("a port, a range or a service name")


def _with(protocol: str, rest: str) -> list[Port]:
    lower = protocol.lower()
    found = _ports(rest.strip())
    if lower == "ip":
        return found
    return [(lower, first, last) for _, first, last in found]
