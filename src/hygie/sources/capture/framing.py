"""Packets of a capture file: pcap (microseconds, nanoseconds, both byte orders) and pcapng (sections, interfaces).

Every length is checked before it is believed. A damaged place is refused with the number of its packet; in pcap,
reading goes on at the next place where several headers in a row are plausible.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from hygie.errors import UnreadableError
from hygie.sources.base import Refusal

CHUNK = 1024 * 1024
LONGEST_PACKET = 262_144
LONGEST_BLOCK = 16 * 1024 * 1024
MOST_INTERFACES = 10_000
SEARCHED = 4 * CHUNK
NANOSECONDS = 1_000_000_000
WHOLE = "a whole packet"
CUT_HINT = "the capture was cut while it was written"
PLAUSIBLE = "a packet header with plausible lengths and time"
DAMAGE_HINT = "the capture is damaged here; reading goes on at the next sound packet"
REST_LOST = "the capture is damaged here; the rest of it is not read"
CLASSIC = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000, 16),
    b"\xa1\xb2\xc3\xd4": (">", 1000, 16),
    b"\x4d\x3c\xb2\xa1": ("<", 1, 16),
    b"\xa1\xb2\x3c\x4d": (">", 1, 16),
    b"\x34\xcd\xb2\xa1": ("<", 1000, 24),
    b"\xa1\xb2\xcd\x34": (">", 1000, 24),
}
NEXT_GENERATION = b"\x0a\x0d\x0d\x0a"


class Frame(NamedTuple):
    """One packet as it was captured; `time` is in nanoseconds since 1970, `interface` the capture point's name."""

    number: int
    time: int
    link: int
    data: bytes
    length: int
    interface: str | None


class Buffer:
    """A window on a stream that grows at one end and is dropped at the other."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.data = b""
        self.place = 0

    def has(self, size: int) -> bool:
        """Whether `size` more bytes can be read from `place` on."""
        while len(self.data) - self.place < size:
            more = self._stream.read(max(CHUNK, size))
            if not more:
                return False
            self.data = self.data[self.place :] + more
            self.place = 0
        return True

    def take(self, size: int) -> bytes:
        """The next bytes, known to be there."""
        self.place += size
        return self.data[self.place - size : self.place]

    @property
    def rest(self) -> int:
        """How many bytes are at hand."""
        return len(self.data) - self.place


def frames(stream: BinaryIO) -> Iterator[Frame | Refusal]:
    """The packets of a capture, numbered from 1."""
    buffer = Buffer(stream)
    if not buffer.has(4):
        raise UnreadableError("expected a capture (pcap or pcapng)", hint="the file is cut: export it again")
    magic = buffer.data[:4]
    if magic == NEXT_GENERATION:
        return _Sections(buffer).frames()
    if magic not in CLASSIC:
        raise UnreadableError("expected a capture (pcap or pcapng)", hint="save it again as pcapng")
    if not buffer.has(24):
        raise UnreadableError("expected the 24 bytes of a pcap header", hint="the file is cut: export it again")
    return _classic(buffer, *CLASSIC[magic])


def _classic(buffer: Buffer, order: str, unit: int, size: int) -> Iterator[Frame | Refusal]:
    link = struct.unpack(order + "I", buffer.take(24)[20:])[0] & 0xFFFF
    header = struct.Struct(order + "IIII")
    fraction_limit = NANOSECONDS // unit
    number = 0
    while buffer.has(size):
        number += 1
        seconds, fraction, kept, length = header.unpack_from(buffer.data, buffer.place)
        if kept > LONGEST_PACKET or fraction >= fraction_limit or (length and kept > length):
            yield Refusal(number, PLAUSIBLE, DAMAGE_HINT)
            if not _next_sound(buffer, header, fraction_limit, size):
                return
            continue
        if not buffer.has(size + kept):
            yield Refusal(number, WHOLE, CUT_HINT)
            return
        buffer.place += size
        yield Frame(number, seconds * NANOSECONDS + fraction * unit, link, buffer.take(kept), length, None)
    if buffer.rest:
        yield Refusal(number + 1, WHOLE, CUT_HINT)


def _next_sound(buffer: Buffer, header: struct.Struct, fraction_limit: int, size: int) -> bool:
    """Move to the next place where a chain of plausible headers begins; False when there is none near."""
    buffer.has(SEARCHED)
    data, last = buffer.data, len(buffer.data) - size
    for place in range(buffer.place + 1, min(buffer.place + SEARCHED, last)):
        seconds, fraction, kept, length = header.unpack_from(data, place)
        plausible = 14 <= kept <= length <= LONGEST_PACKET and fraction < fraction_limit and seconds
        if plausible and _chain(data, place, header, fraction_limit, size, seconds):
            buffer.place = place
            return True
    return False


def _chain(data: bytes, place: int, header: struct.Struct, fraction_limit: int, size: int, near: int) -> bool:
    for _ in range(4):
        if place == len(data):
            return True
        if place + size > len(data):
            return False
        seconds, fraction, kept, length = header.unpack_from(data, place)
        if not (0 < kept <= length <= LONGEST_PACKET) or fraction >= fraction_limit or abs(seconds - near) > 30 * 86400:
            return False
        place += size + kept
    return True


class _Interface(NamedTuple):
    link: int
    snap: int
    ticks: int
    offset: int
    name: str | None

    def time(self, ticks: int) -> int:
        return ticks * NANOSECONDS // self.ticks + self.offset * NANOSECONDS


class _Sections:
    """pcapng: a section says the byte order, its interfaces say what they capture and how they count time."""

    def __init__(self, buffer: Buffer) -> None:
        self.buffer = buffer
        self.order = "<"
        self.interfaces: list[_Interface] = []
        self.number = 0

    @property
    def order(self) -> str:
        """The byte order of the section."""
        return self._order

    @order.setter
    def order(self, order: str) -> None:
        self._order = order
        self._pair, self._enhanced = struct.Struct(order + "II"), struct.Struct(order + "IIIII")

    def frames(self) -> Iterator[Frame | Refusal]:
        buffer = self.buffer
        while buffer.has(12):
            place = buffer.place
            if buffer.data[place : place + 4] == NEXT_GENERATION:
                self.order = ">" if buffer.data[place + 8 : place + 12] == b"\x1a\x2b\x3c\x4d" else "<"
            kind, length = self._pair.unpack_from(buffer.data, place)
            if length < 12 or length % 4 or length > LONGEST_BLOCK:
                yield Refusal(self.number + 1, "a pcapng block with a plausible length", REST_LOST)
                return
            if not buffer.has(length):
                yield Refusal(self.number + 1, WHOLE, CUT_HINT)
                return
            block = buffer.take(length)
            if block[-4:] != block[4:8]:
                yield Refusal(self.number + 1, "a pcapng block that repeats its length", REST_LOST)
                return
            if kind in (2, 3, 6):
                self.number += 1
                packet = self._packet(kind, block)
                yield packet or Refusal(self.number, "a packet block as pcapng defines it", DAMAGE_HINT)
            else:
                self._describe(kind, block[8:-4])
        if buffer.rest:
            yield Refusal(self.number + 1, WHOLE, CUT_HINT)

    def _describe(self, kind: int, body: bytes) -> None:
        if kind == 0x0A0D0D0A:
            self.interfaces = []
        elif kind == 1 and len(body) >= 8 and len(self.interfaces) < MOST_INTERFACES:
            self.interfaces.append(self._interface(body))

    def _interface(self, body: bytes) -> _Interface:
        link, _, snap = struct.unpack_from(self.order + "HHI", body)
        options = self._options(body[8:])
        resolution = options.get(9, b"\x06")[:1] or b"\x06"
        power = resolution[0] & 0x7F
        ticks = 2**power if resolution[0] & 0x80 else 10**power
        offset = options.get(14, b"")
        seconds = struct.unpack(self.order + "q", offset)[0] if len(offset) == 8 else 0
        name = (options.get(2) or options.get(3) or b"").decode("utf-8", "replace").strip("\0 ")[:100]
        return _Interface(link, snap, ticks, seconds, "".join(c for c in name if c.isprintable()) or None)

    def _options(self, data: bytes) -> dict[int, bytes]:
        found: dict[int, bytes] = {}
        place = 0
        while place + 4 <= len(data):
            code, size = struct.unpack_from(self.order + "HH", data, place)
            if code == 0:
                break
            found.setdefault(code, data[place + 4 : place + 4 + size])
            place += 4 + (size + 3) // 4 * 4
        return found

    def _packet(self, kind: int, block: bytes) -> Frame | None:
        if kind == 3:
            return self._simple(block[8:-4])
        if len(block) < 32:
            return None
        if kind == 6:
            which, high, low, kept, length = self._enhanced.unpack_from(block, 8)
        else:
            which, _, high, low, kept, length = struct.unpack_from(self.order + "HHIIII", block, 8)
        if which >= len(self.interfaces) or kept > len(block) - 32 or kept > LONGEST_PACKET:
            return None
        interface = self.interfaces[which]
        time = interface.time(high << 32 | low)
        return Frame(self.number, time, interface.link, block[28 : 28 + kept], length, interface.name)

    def _simple(self, body: bytes) -> Frame | None:
        """A packet without time and always of the first interface; its time is unknown, told as zero."""
        if len(body) < 4 or not self.interfaces:
            return None
        length = int(struct.unpack_from(self.order + "I", body)[0])
        kept = min(length, len(body) - 4, self.interfaces[0].snap or LONGEST_PACKET, LONGEST_PACKET)
        return Frame(self.number, 0, self.interfaces[0].link, body[4 : 4 + kept], length, self.interfaces[0].name)
