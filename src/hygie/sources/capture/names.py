"""Answers of name servers (DNS) and leases (DHCP), read from one packet; hostile sizes end the reading."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

MOST_ANSWERS, MOST_LABELS, LONGEST_NAME = 200, 64, 255
TYPES = {
    1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA", 33: "SRV", 35: "NAPTR",
    64: "SVCB", 65: "HTTPS", 255: "ANY",
}  # fmt: skip
CODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}
NAMED = {2: 0, 5: 0, 12: 0, 15: 2, 33: 6}
COOKIE = b"\x63\x82\x53\x63"
NEVER = 0xFFFFFFFF


class Names(NamedTuple):
    """One answer message: what was asked and what was answered."""

    query: str | None
    query_type: str
    code: str
    answers: list[str]


def read_name(data: bytes, place: int) -> tuple[str, int]:
    r"""A name that may point back to another place of the message, and where reading goes on.

    >>> read_name(b"\x03www\x02fr\x00", 0)
    ('www.fr', 8)
    """
    labels: list[str] = []
    after, total = 0, 0
    for _ in range(MOST_LABELS):
        size = data[place]
        if size & 0xC0 == 0xC0:
            after = after or place + 2
            place = (size & 0x3F) << 8 | data[place + 1]
            continue
        if size & 0xC0:
            raise ValueError("a label of another kind")
        place += 1
        if not size:
            break
        total += size + 1
        if total > LONGEST_NAME or place + size > len(data):
            raise ValueError("a name too long")
        labels.append(_shown(data[place : place + size]))
        place += size
    else:
        raise ValueError("a name that never ends")
    return ".".join(labels).lower(), after or place


def _shown(label: bytes) -> str:
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in label.decode("utf-8", "replace"))


def answers(data: bytes) -> Names | None:
    """A DNS answer, or None when this is a question or no DNS at all."""
    try:
        return _answers(data)
    except (struct.error, IndexError, ValueError):
        return None


def _answers(data: bytes) -> Names | None:
    _, flags, questions, count = struct.unpack_from(">HHHH", data)
    if not flags & 0x8000 or questions > 1 or flags & 0x7800:
        return None
    query, kind, place = None, 0, 12
    if questions:
        query, place = read_name(data, place)
        kind = data[place] << 8 | data[place + 1]
        place += 4
    found: list[str] = []
    for _ in range(min(count, MOST_ANSWERS)):
        _, place = read_name(data, place)
        record, _, _, size = struct.unpack_from(">HHIH", data, place)
        place += 10
        if place + size > len(data):
            break
        if (answer := _answer(data, record, place, size)) is not None:
            found.append(answer)
        place += size
    code = flags & 15
    return Names(query or None, TYPES.get(kind, f"TYPE{kind}"), CODES.get(code, f"RCODE{code}"), found)


def _answer(data: bytes, record: int, place: int, size: int) -> str | None:
    if record == 1 and size == 4:
        return str(IPv4Address(data[place : place + 4]))
    if record == 28 and size == 16:
        return str(IPv6Address(data[place : place + 16]))
    if record in NAMED and size > NAMED[record]:
        return read_name(data, place + NAMED[record])[0]
    return None


class Lease(NamedTuple):
    """What one DHCP message says."""

    kind: int
    transaction: bytes
    ip: str | None
    mac: str | None
    host_name: str | None
    seconds: int | None
    server: str | None
    client_identifier: str | None


DISCOVER, OFFER, REQUEST, DECLINE, ACKNOWLEDGE, REFUSE, RELEASE, INFORM = range(1, 9)


def lease(data: bytes) -> Lease | None:
    """A DHCP message, or None when this is none."""
    if len(data) < 240 or data[236:240] != COOKIE or data[0] not in (1, 2):
        return None
    options = dict(_options(data[240:]))
    kind = options.get(53, b"\0")
    length = options.get(51, b"")
    given = _address(data[16:20]) or _address(data[12:16])
    mac = data[28:34].hex(":") if data[1] == 1 and data[2] == 6 and any(data[28:34]) else None
    name = _shown(options.get(12, b"").rstrip(b"\0")).lower().rstrip(".")
    seconds = int.from_bytes(length, "big") if len(length) == 4 else None
    identifier = options.get(61, b"")
    return Lease(
        kind[0] if kind else 0,
        data[4:8],
        given,
        mac,
        name or None,
        seconds,
        _address(options.get(54, b"")) or _address(data[20:24]),
        identifier.hex(":") if 0 < len(identifier) <= 64 else None,
    )


def _address(data: bytes) -> str | None:
    return str(IPv4Address(data)) if len(data) == 4 and any(data) else None


def _options(data: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place + 1 < len(data) and data[place] != 255:
        if data[place] == 0:
            place += 1
            continue
        size = data[place + 1]
        yield data[place], data[place + 2 : place + 2 + size]
        place += 2 + size
