"""From the bytes of a frame to who speaks to whom: link, VLAN, IP with its extensions and fragments, ports."""

from __future__ import annotations

import struct
from typing import NamedTuple

ETHERNET, NULL, RAW, LOOP, COOKED, COOKED2 = 1, 0, (12, 14, 101, 228, 229), 108, 113, 276
READ_LINKS = frozenset({ETHERNET, NULL, LOOP, COOKED, COOKED2, *RAW})
VLAN_TYPES = frozenset({0x8100, 0x88A8, 0x9100, 0x9200})
TYPE_NAMES = {
    0x0806: "arp",
    0x88CC: "lldp",
    0x8809: "lacp",
    0x888E: "802.1x",
    0x8035: "rarp",
    0x88F7: "ptp",
    0x8863: "pppoe",
}
IPV4, IPV6, MPLS, PPPOE = 0x0800, 0x86DD, 0x8847, 0x8864
TCP, UDP, ICMP, ICMP6 = 6, 17, 1, 58
POINT_TO_POINT = {0x0021: IPV4, 0x0057: IPV6}
EXTENSIONS = frozenset({0, 43, 60, 135, 139, 140})
FRAGMENT, AUTHENTICATION = 44, 51
MOST_TAGS, MOST_EXTENSIONS, MOST_FRAGMENTED = 8, 8, 4096
_PORTS = struct.Struct(">HH")
_TCP = struct.Struct(">HHIIBB")


class Packet(NamedTuple):
    """What one packet tells of a flow. `size` is the payload's true size, `payload` what was captured of it."""

    vlan: int | None
    source_mac: bytes | None
    destination_mac: bytes | None
    protocol: int
    source: bytes
    destination: bytes
    source_port: int
    destination_port: int
    flags: int
    sequence: int
    payload: bytes
    size: int


class Decoder:
    """Decode frames; only what is needed to place fragments is remembered.

    `decode` gives a packet, or the name of what the frame is instead (`arp`, `lldp`, `cut`…).
    """

    def __init__(self) -> None:
        self._fragments: dict[tuple[bytes, bytes, int, int], tuple[int, int]] = {}

    def decode(self, link: int, data: bytes) -> Packet | str:
        """One frame of a known link type."""
        try:
            return self._decode(link, data)
        except (struct.error, IndexError):
            return "cut"

    def _decode(self, link: int, data: bytes) -> Packet | str:
        if link == ETHERNET:
            kind = data[12] << 8 | data[13]
            return self._typed(kind, data, 14, data[6:12], data[0:6])
        if link in RAW:
            return self._ip(data, 0, None, None, None)
        if link == COOKED:
            mac = data[6:12] if data[4:6] == b"\0\x06" else None
            return self._typed(data[14] << 8 | data[15], data, 16, mac, None)
        if link == COOKED2:
            mac = data[12:18] if data[11] == 6 else None
            return self._typed(data[0] << 8 | data[1], data, 20, mac, None)
        return self._ip(data, 4, None, None, None)

    def _typed(self, kind: int, data: bytes, place: int, source: bytes | None, target: bytes | None) -> Packet | str:
        vlan = None
        for _ in range(MOST_TAGS):
            if kind in (IPV4, IPV6):
                return self._ip(data, place, vlan, source, target)
            if kind in VLAN_TYPES:
                tag = (data[place] << 8 | data[place + 1]) & 0xFFF
                vlan = tag or vlan
                kind = data[place + 2] << 8 | data[place + 3]
                place += 4
            elif kind == MPLS:
                place = _after_labels(data, place)
                return self._ip(data, place, vlan, source, target)
            elif kind == PPPOE:
                inner = POINT_TO_POINT.get(data[place + 6] << 8 | data[place + 7])
                if inner is None:
                    return "ppp control"
                kind, place = inner, place + 8
            elif kind <= 1500 and data[place : place + 6] == b"\xaa\xaa\x03\0\0\0":
                kind = data[place + 6] << 8 | data[place + 7]
                place += 8
            else:
                break
        return TYPE_NAMES.get(kind, "802.3" if kind <= 1500 else f"ethertype 0x{kind:04x}")

    def _ip(
        self, data: bytes, place: int, vlan: int | None, source: bytes | None, target: bytes | None
    ) -> Packet | str:
        version = data[place] >> 4
        if version == 4:
            return self._ip4(data, place, vlan, source, target)
        if version == 6:
            return self._ip6(data, place, vlan, source, target)
        return "not IP"

    def _ip4(
        self, data: bytes, place: int, vlan: int | None, source: bytes | None, target: bytes | None
    ) -> Packet | str:
        header = (data[place] & 15) * 4
        total = data[place + 2] << 8 | data[place + 3] or len(data) - place
        if header < 20 or total < header or len(data) < place + header:
            return "cut"
        split = data[place + 6] << 8 | data[place + 7]
        ends = data[place + 12 : place + 16], data[place + 16 : place + 20]
        fragment = (split & 0x1FFF, bool(split & 0x2000), data[place + 4] << 8 | data[place + 5])
        return self._transport(
            data[: place + total], place + header, total - header, data[place + 9], ends, fragment, vlan, source, target
        )

    def _ip6(
        self, data: bytes, place: int, vlan: int | None, source: bytes | None, target: bytes | None
    ) -> Packet | str:
        if len(data) < place + 40:
            return "cut"
        size = data[place + 4] << 8 | data[place + 5] or len(data) - place - 40
        following, end = data[place + 6], place + 40 + size
        ends = data[place + 8 : place + 24], data[place + 24 : place + 40]
        place, fragment = place + 40, (0, False, 0)
        for _ in range(MOST_EXTENSIONS):
            if following in EXTENSIONS:
                following, place = data[place], place + 8 + data[place + 1] * 8
            elif following == AUTHENTICATION:
                following, place = data[place], place + 8 + data[place + 1] * 4
            elif following == FRAGMENT:
                split = data[place + 2] << 8 | data[place + 3]
                fragment = (split >> 3, bool(split & 1), int.from_bytes(data[place + 4 : place + 8], "big"))
                following, place = data[place], place + 8
            else:
                break
        return self._transport(data[:end], place, end - place, following, ends, fragment, vlan, source, target)

    def _transport(
        self,
        data: bytes,
        place: int,
        size: int,
        protocol: int,
        ends: tuple[bytes, bytes],
        fragment: tuple[int, bool, int],
        vlan: int | None,
        source: bytes | None,
        target: bytes | None,
    ) -> Packet | str:
        """Ports and payload; a later fragment takes the ports of the first one."""
        offset, more, identity = fragment
        source_port = destination_port = flags = sequence = header = 0
        if offset:
            source_port, destination_port = self._fragments.get((*ends, identity, protocol), (0, 0))
            payload = b""
        elif protocol == TCP:
            source_port, destination_port, sequence, _, words, flags = _TCP.unpack_from(data, place)
            header = (words >> 4) * 4
            if header < 20:
                return "cut"
            payload = data[place + header :]
        elif protocol == UDP:
            source_port, destination_port = _PORTS.unpack_from(data, place)
            header = 8
            payload = data[place + 8 :]
        else:
            payload = data[place:]
        if more and not offset:
            self._remember((*ends, identity, protocol), (source_port, destination_port))
        return Packet(
            vlan,
            source,
            target,
            protocol,
            *ends,
            source_port,
            destination_port,
            flags,
            sequence,
            payload,
            max(size - header, 0),
        )

    def _remember(self, key: tuple[bytes, bytes, int, int], ports: tuple[int, int]) -> None:
        if len(self._fragments) >= MOST_FRAGMENTED:
            self._fragments.pop(next(iter(self._fragments)))
        self._fragments[key] = ports


def _after_labels(data: bytes, place: int) -> int:
    for _ in range(MOST_TAGS):
        place += 4
        if data[place - 2] & 1:
            break
    return place
