"""Captures (pcap, pcapng): packets → flow, tls_session, name_answer, lease. No payload is kept.

`position` is the number of a packet; `show` decodes one packet in a line, without its payload.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from hygie.errors import UnreadableError
from hygie.sources.base import Document, Item, Note, Refusal, Sample
from hygie.sources.capture.flows import Assembler
from hygie.sources.capture.framing import CLASSIC, NEXT_GENERATION, Frame, frames
from hygie.sources.capture.layers import ICMP, READ_LINKS, TCP, UDP, Decoder, Packet
from hygie.sources.capture.rows import PROTOCOLS, Writer, address, moment

KIND = "capture"
CERTAIN = 100
MOST_REFUSALS = 10_000
SOMETIMES = 4096
LINKS = "a link type that is read (Ethernet, Linux cooked, raw IP, loopback)"
UNREACHABLE, CLOSED_PORT = 3, 3


def detect(sample: Sample) -> int:
    """A capture begins with one of a few fixed numbers.

    >>> detect(Sample("x", bytes.fromhex("d4c3b2a1"))), detect(Sample("x", b"PK"))
    (100, 0)
    """
    magic = sample.head[:4]
    return CERTAIN if magic in CLASSIC or magic == NEXT_GENERATION else 0


def read(document: Document) -> Iterator[Item]:
    """Rows of flows, handshakes, names and leases; what is no flow is counted in a note."""
    decoder, assembler, writer = Decoder(), Assembler(), Writer()
    links: Counter[int] = Counter()
    aside: Counter[str] = Counter()
    interfaces: set[str] = set()
    with document.open() as stream:
        for frame in frames(stream):
            if isinstance(frame, Refusal):
                yield frame
                continue
            if frame.link not in READ_LINKS:
                links[frame.link] += 1
                if links[frame.link] == 1:
                    yield Refusal(frame.number, LINKS, f"link type {frame.link}: capture on an Ethernet port instead")
                continue
            packet = decoder.decode(frame.link, frame.data)
            if isinstance(packet, str):
                aside[packet] += 1
                if packet == "cut" and aside[packet] <= MOST_REFUSALS:
                    yield Refusal(frame.number, "a packet with whole headers", "capture with a longer snap length")
                continue
            if frame.interface:
                interfaces.add(frame.interface)
            for flow in assembler.add(frame.number, frame.time, frame.interface, packet):
                writer.flow(flow)
            if packet.protocol == UDP and packet.payload:
                writer.datagram(frame.number, frame.time, packet)
            elif packet.protocol == ICMP:
                _unreachable(decoder, assembler, frame, packet)
            if not frame.number % SOMETIMES:
                yield from writer.full()
    for flow in assembler.finish():
        writer.flow(flow)
    yield from writer.rest()
    yield from _notes(assembler, links, aside, interfaces)


def _unreachable(decoder: Decoder, assembler: Assembler, frame: Frame, packet: Packet) -> None:
    """An ICMP "port unreachable" carries the head of the packet it answers."""
    payload = packet.payload
    if payload[:2] == bytes((UNREACHABLE, CLOSED_PORT)) and len(payload) > 8:
        inner = decoder.decode(228, payload[8:])
        if isinstance(inner, Packet):
            assembler.refuse(frame.interface, inner._replace(vlan=packet.vlan))


def _notes(assembler: Assembler, links: Counter[int], aside: Counter[str], interfaces: set[str]) -> Iterator[Note]:
    if aside:
        yield Note("set_aside", ", ".join(f"{name}: {count}" for name, count in sorted(aside.items())[:30]))
    if links:
        yield Note("link_types_not_read", ", ".join(f"{link}: {count}" for link, count in sorted(links.items())))
    if assembler.evicted:
        yield Note("flows_split_for_memory", str(assembler.evicted))
    if assembler.unheld:
        yield Note("first_bytes_not_held", str(assembler.unheld))
    if len(interfaces) == 1:
        yield Note("sensor", interfaces.pop())


def show(document: Document, position: int) -> str:
    """One packet in a line, decoded, without its payload; empty when the capture has no such packet."""
    decoder = Decoder()
    try:
        with document.open() as stream:
            for frame in frames(stream):
                if isinstance(frame, Frame) and frame.number == position:
                    return _shown(frame, decoder.decode(frame.link, frame.data) if frame.link in READ_LINKS else "")
    except UnreadableError:
        return ""
    return ""


def _shown(frame: Frame, packet: Packet | str) -> str:
    when = moment(frame.time)
    begin = f"#{frame.number} {when.isoformat() if when else '?'} {frame.interface or ''}".rstrip()
    if isinstance(packet, str):
        return f"{begin} {packet or f'link type {frame.link}'}, {frame.length} bytes"
    ports = packet.protocol in (TCP, UDP)
    source = f"{address(packet.source)}:{packet.source_port}" if ports else address(packet.source)
    target = f"{address(packet.destination)}:{packet.destination_port}" if ports else address(packet.destination)
    flags = f" [{_flags(packet.flags)}]" if packet.protocol == TCP else ""
    vlan = f" vlan {packet.vlan}" if packet.vlan else ""
    name = PROTOCOLS.get(packet.protocol, f"protocol {packet.protocol}")
    return f"{begin}{vlan} {source} > {target} {name}{flags}, {packet.size} bytes of payload"


def _flags(flags: int) -> str:
    names = ((2, "SYN"), (16, "ACK"), (8, "PSH"), (1, "FIN"), (4, "RST"), (32, "URG"))
    return " ".join(name for bit, name in names if flags & bit)


__all__ = ["KIND", "detect", "read", "show"]
