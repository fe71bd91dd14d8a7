"""Assemble packets into flows: both directions of one exchange are one flow, told from the side that began it.

Bounded: at most `MOST_FLOWS` at a time (the longest silent leave first) and `MOST_BYTES` of first bytes; what is
dropped is counted and told. No payload outlives its flow.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hygie.sources.capture.handshake import CLIENT_HELLO, SERVER_HELLO, begins
from hygie.sources.capture.layers import TCP, Packet
from hygie.sources.capture.recognise import HEAD, of_datagram, of_stream

MOST_FLOWS = 100_000
MOST_BYTES = 64 * 1024 * 1024
EVICTED_AT_ONCE = 10_000
SECOND = 1_000_000_000
IDLE, IDLE_STREAM = 300 * SECOND, 3600 * SECOND
FIN, SYN, RST, ACK = 1, 2, 4, 16
REPLYING = frozenset({53, 88, 123, 137, 161, 389, 443, 464, 500, 1645, 1812, 1813, 4500})

Key = tuple[Any, ...]


class Flow:
    """One exchange; index 0 is the side whose packet came first, 1 the other."""

    __slots__ = (
        "application_data", "bytes", "closed", "expected", "first", "flags", "head", "interface", "last", "macs",
        "number", "packets", "protocol", "refused", "secured", "sequence", "service", "sides", "vlan",
    )  # fmt: skip

    def __init__(self, number: int, time: int, interface: str | None, packet: Packet) -> None:
        self.number, self.first, self.last, self.interface = number, time, time, interface
        self.vlan, self.protocol = packet.vlan, packet.protocol
        self.sides = ((packet.source, packet.source_port), (packet.destination, packet.destination_port))
        self.macs = (packet.source_mac, packet.destination_mac)
        self.packets, self.bytes, self.flags = [0, 0], [0, 0], [0, 0]
        self.head = [b"", b""]
        self.expected: list[int | None] = [None, None]
        self.sequence = packet.sequence
        self.closed = self.refused = self.secured = self.application_data = False
        self.service: str | None = None

    @property
    def initiator(self) -> int:
        """Which side began: the sender of SYN, the receiver of SYN-ACK, else the side of the higher port.

        A datagram that comes from the port of a server is a reply whose question was not captured.
        """
        if self.protocol == TCP:
            for side in (0, 1):
                if self.flags[side] & SYN:
                    return 1 - side if self.synack(side) else side
            return 1 if self.sides[0][1] < self.sides[1][1] else 0
        return 1 if self.sides[0][1] in REPLYING and self.sides[1][1] not in REPLYING else 0

    def synack(self, side: int) -> bool:
        """Whether a side answered a SYN with SYN-ACK."""
        return bool(self.flags[side] & 0x100)

    @property
    def state(self) -> str:
        """What became of it, in the words of the flow table."""
        called = 1 - self.initiator
        if self.protocol != TCP:
            return "refused" if self.refused else "answered" if self.packets[called] else "unanswered"
        if self.synack(called) or self.bytes[called]:
            return "answered"
        if self.flags[called] & RST:
            return "refused"
        began = any(flags & SYN for flags in self.flags)
        return "answered" if self.packets[called] and not began else "unanswered"


class Assembler:
    """Keep flows while packets come; give them back when they end, fall silent or must leave."""

    def __init__(self) -> None:
        self._flows: dict[Key, Flow] = {}
        self._held = 0
        self.evicted = 0
        self.unheld = 0

    def add(self, number: int, time: int, interface: str | None, packet: Packet) -> list[Flow]:
        """Count one packet; flows that ended by it are given back."""
        key = _key(interface, packet)
        ended: list[Flow] = []
        flow = self._flows.get(key)
        if flow is not None and _begins_anew(flow, time, packet):
            ended.append(self._leave(key))
            flow = None
        if flow is None:
            if len(self._flows) >= MOST_FLOWS:
                ended.extend(self._evict())
            flow = self._flows[key] = Flow(number, time, interface, packet)
        side = 0 if flow.sides[0] == (packet.source, packet.source_port) else 1
        if time > flow.last:
            flow.last = time
        flow.packets[side] += 1
        flow.bytes[side] += packet.size
        if packet.protocol == TCP:
            self._stream(flow, side, packet)
        elif flow.service is None and packet.payload:
            flow.service = of_datagram(packet.payload, packet.source_port, packet.destination_port)
        return ended

    def refuse(self, interface: str | None, packet: Packet) -> None:
        """An ICMP message said that the port of this packet is closed."""
        flow = self._flows.get(_key(interface, packet))
        if flow is not None:
            flow.refused = True

    def finish(self) -> Iterator[Flow]:
        """Every flow that is left, in the order they began."""
        yield from self._flows.values()
        self._flows.clear()

    def _stream(self, flow: Flow, side: int, packet: Packet) -> None:
        flags = packet.flags
        flow.flags[side] |= flags & 0xFF
        if flags & SYN:
            flow.expected[side] = packet.sequence + 1 & 0xFFFFFFFF
            if flags & ACK:
                flow.flags[side] |= 0x100
        if flags & RST or (flags & FIN and flow.flags[1 - side] & FIN):
            flow.closed = True
        if packet.payload:
            self._payload(flow, side, packet)

    def _payload(self, flow: Flow, side: int, packet: Packet) -> None:
        """Keep the first bytes of a side, in order; a TLS handshake that comes later takes their place."""
        payload, head = packet.payload, flow.head[side]
        if payload[0] == 0x17 and payload[1:2] == b"\x03":
            flow.application_data = flow.application_data or flow.secured
        elif payload[0] == 0x16 and (begins(payload, CLIENT_HELLO) or begins(payload, SERVER_HELLO)):
            if head and not begins(head, head[5] if len(head) > 5 else 0):
                self._name_service(flow)
                self._held -= len(head)
                flow.head[side] = head = b""
                flow.expected[side] = packet.sequence
            flow.secured = True
        expected = flow.expected[side]
        if expected is not None and packet.sequence != expected:
            return
        flow.expected[side] = packet.sequence + len(payload) & 0xFFFFFFFF
        room = HEAD - len(head)
        if room > 0:
            if self._held >= MOST_BYTES:
                self.unheld += 1
                return
            flow.head[side] = head + payload[:room]
            self._held += min(room, len(payload))

    def _name_service(self, flow: Flow) -> None:
        if flow.service is None:
            flow.service = name_stream(flow)

    def _leave(self, key: Key) -> Flow:
        flow = self._flows.pop(key)
        self._held -= len(flow.head[0]) + len(flow.head[1])
        return flow

    def _evict(self) -> Iterator[Flow]:
        silent = sorted(self._flows, key=lambda key: (not self._flows[key].closed, self._flows[key].last))
        for key in silent[:EVICTED_AT_ONCE]:
            self.evicted += not self._flows[key].closed
            yield self._leave(key)


def name_stream(flow: Flow) -> str | None:
    """The protocol of a TCP flow by its first bytes."""
    began = flow.initiator
    return of_stream(flow.head[began], flow.head[1 - began], flow.sides[1 - began][1])


def _key(interface: str | None, packet: Packet) -> Key:
    """One key for both directions."""
    one, other = (packet.source, packet.source_port), (packet.destination, packet.destination_port)
    if other < one:
        one, other = other, one
    return (interface, packet.vlan, packet.protocol, one, other)


def _begins_anew(flow: Flow, time: int, packet: Packet) -> bool:
    """Whether a packet of the same two ends belongs to a new exchange."""
    if packet.protocol != TCP:
        return time - flow.last > IDLE
    if packet.flags & (SYN | ACK) == SYN:
        fresh = packet.sequence != flow.sequence
        return fresh and (flow.closed or flow.bytes != [0, 0] or time - flow.last > IDLE)
    return time - flow.last > IDLE_STREAM
