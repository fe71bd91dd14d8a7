"""Write captures by hand, byte by byte, from the descriptions of the formats."""

from __future__ import annotations

import ipaddress
import struct

MACS = {"a": bytes.fromhex("021122334401"), "b": bytes.fromhex("021122334402")}
SYN, ACK, FIN, RST, PSH = 2, 16, 1, 4, 8
START = 1_700_000_000


def ethernet(inner: bytes, kind: int = 0x0800, tags: tuple[int, ...] = (), back: bool = False) -> bytes:
    one, other = ("b", "a") if back else ("a", "b")
    marks = b"".join(struct.pack(">HH", 0x8100, tag) for tag in tags)
    return MACS[other] + MACS[one] + marks + struct.pack(">H", kind) + inner


def ip4(source: str, target: str, protocol: int, inner: bytes, fragment: int = 0) -> bytes:
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(inner), 7, fragment, 64, protocol, 0)
    return head + ipaddress.ip_address(source).packed + ipaddress.ip_address(target).packed + inner


def ip6(source: str, target: str, following: int, inner: bytes) -> bytes:
    head = struct.pack(">IHBB", 0x60000000, len(inner), following, 64)
    return head + ipaddress.ip_address(source).packed + ipaddress.ip_address(target).packed + inner


def tcp(source: int, target: int, flags: int, sequence: int = 0, payload: bytes = b"") -> bytes:
    return struct.pack(">HHIIBBHHH", source, target, sequence, 0, 0x50, flags, 1000, 0, 0) + payload


def udp(source: int, target: int, payload: bytes) -> bytes:
    return struct.pack(">HHHH", source, target, 8 + len(payload), 0) + payload


def pcap(frames: list[bytes], link: int = 1, order: str = "<", nano: bool = False, step: int = 1000) -> bytes:
    """`step` is the time between packets, in the unit of the file."""
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    whole = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, link)
    unit = 1_000_000_000 if nano else 1_000_000
    for index, frame in enumerate(frames):
        seconds, fraction = divmod(index * step, unit)
        whole += struct.pack(order + "IIII", START + seconds, fraction, len(frame), len(frame)) + frame
    return whole


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += b"\0" * (-len(body) % 4)
    return struct.pack(order + "II", kind, len(body) + 12) + body + struct.pack(order + "I", len(body) + 12)


def section(order: str = "<") -> bytes:
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def option(code: int, value: bytes, order: str = "<") -> bytes:
    return struct.pack(order + "HH", code, len(value)) + value + b"\0" * (-len(value) % 4)


def interface(name: str = "", resolution: int | None = None, link: int = 1, order: str = "<") -> bytes:
    body = struct.pack(order + "HHI", link, 0, 0)
    if name:
        body += option(2, name.encode(), order)
    if resolution is not None:
        body += option(9, bytes([resolution]), order)
    return block(1, body + option(0, b"", order), order)


def enhanced(which: int, ticks: int, frame: bytes, order: str = "<") -> bytes:
    head = struct.pack(order + "IIIII", which, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame))
    return block(6, head + frame, order)


def talk(
    client: bytes, server: bytes, port: int = 104, ends: tuple[str, str] = ("10.0.0.1", "10.0.0.2")
) -> list[bytes]:
    """A TCP connection: opened, one message each way, closed."""
    one, other = ends
    wrap = ip6 if ":" in one else ip4
    kind = 0x86DD if ":" in one else 0x0800

    def there(flags: int, sequence: int, payload: bytes = b"") -> bytes:
        return ethernet(wrap(one, other, 6, tcp(40000, port, flags, sequence, payload)), kind)

    def back(flags: int, sequence: int, payload: bytes = b"") -> bytes:
        return ethernet(wrap(other, one, 6, tcp(port, 40000, flags, sequence, payload)), kind, back=True)

    frames = [there(SYN, 100), back(SYN | ACK, 500), there(ACK, 101)]
    frames += [there(ACK | PSH, 101, client)] if client else []
    frames += [back(ACK | PSH, 501, server)] if server else []
    return [*frames, there(FIN | ACK, 101 + len(client)), back(FIN | ACK, 501 + len(server))]


def associate(calling: str, called: str, kind: int = 1) -> bytes:
    """The head of a DICOM association."""
    body = b"\0\x01\0\0" + called.ljust(16).encode() + calling.ljust(16).encode() + bytes(32) + b"\x10\0\0\x04test"
    return bytes([kind, 0]) + struct.pack(">I", len(body)) + body


def name(text: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"


def dns_answer(query: str, *addresses: str, code: int = 0) -> bytes:
    data = struct.pack(">HHHHHH", 9, 0x8180 | code, 1, len(addresses), 0, 0) + name(query) + struct.pack(">HH", 1, 1)
    for address in addresses:
        data += b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + ipaddress.ip_address(address).packed
    return data


def dhcp(kind: int, ip: str, mac: bytes, options: dict[int, bytes]) -> bytes:
    head = struct.pack(">BBBBIHH", 2, 1, 6, 0, 0x1234, 0, 0) + bytes(4) + ipaddress.ip_address(ip).packed + bytes(8)
    data = head + mac.ljust(16, b"\0") + bytes(192) + b"\x63\x82\x53\x63" + bytes([53, 1, kind])
    return data + b"".join(bytes([code, len(value)]) + value for code, value in options.items()) + b"\xff"


def client_hello(server_name: str) -> bytes:
    host = server_name.encode()
    listed = struct.pack(">HBH", len(host) + 3, 0, len(host)) + host
    extensions = struct.pack(">HH", 0, len(listed)) + listed
    body = (
        b"\x03\x03"
        + bytes(32)
        + b"\0"
        + b"\0\x02\x13\x01"
        + b"\x01\0"
        + struct.pack(">H", len(extensions))
        + extensions
    )
    message = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x01" + struct.pack(">H", len(message)) + message


def server_hello(suite: int, version: int = 0x0304) -> bytes:
    extensions = struct.pack(">HHH", 43, 2, version) if version == 0x0304 else b""
    body = (
        b"\x03\x03" + bytes(32) + b"\0" + struct.pack(">HB", suite, 0) + struct.pack(">H", len(extensions)) + extensions
    )
    message = b"\x02" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x03" + struct.pack(">H", len(message)) + message + b"\x17\x03\x03\0\x01x"
