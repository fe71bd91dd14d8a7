"""A small capture: DICOM associations and HL7 messages byte by byte, with markers where a patient would be."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterator
from datetime import datetime, timedelta

from hygie.simulate.hospital import Device, Hospital
from hygie.simulate.output import Output
from hygie.simulate.plan import FAILING
from hygie.simulate.truth import Truth

MARKERS = ("PATIENTMARK^ANNA", "PATIENTMARK^BRUNO", "299019999999934", "PATIENTMARK^DICOM")
ROUTER = "00:00:5e:00:01:84"
CONTEXT = b"1.2.840.10008.3.1.1.1"
STORAGE, TRANSFER = b"1.2.840.10008.5.1.4.1.1.2", b"1.2.840.10008.1.2"


class Capture:
    """Packets in order, with the sequence numbers of each conversation."""

    def __init__(self, start: datetime) -> None:
        """Begin at this instant."""
        self.moment = start
        self.packets: list[bytes] = []

    def conversation(
        self, source: Device, target: Device, port: int, number: int, turns: list[tuple[bool, bytes]]
    ) -> None:
        """Write a whole TCP conversation: opening, turns (True: from the source), end."""
        ends = (source, target, 50_000 + number, port)
        sent, received = 1_000 * number + 1, 7_000 * number + 1
        self._packet(ends, True, sent - 1, 0, 0x02, b"")
        self._packet(ends, False, received - 1, sent, 0x12, b"")
        self._packet(ends, True, sent, received, 0x10, b"")
        for forward, payload in turns:
            mine, other = (sent, received) if forward else (received, sent)
            self._packet(ends, forward, mine, other, 0x18, payload)
            if forward:
                sent += len(payload)
            else:
                received += len(payload)
        self._packet(ends, True, sent, received, 0x11, b"")
        self._packet(ends, False, received, sent + 1, 0x11, b"")
        self._packet(ends, True, sent + 1, received + 1, 0x10, b"")

    def _packet(
        self,
        ends: tuple[Device, Device, int, int],
        forward: bool,
        sequence: int,
        heard: int,
        flags: int,
        payload: bytes,
    ) -> None:
        source, target, out, port = ends
        if not forward:
            source, target, out, port = target, source, port, out
        same = source.zone == target.zone
        macs = (source.mac if same or forward else ROUTER, target.mac if same or not forward else ROUTER)
        addresses = ipaddress.ip_address(source.ip).packed, ipaddress.ip_address(target.ip).packed
        segment = struct.pack(
            ">HHIIBBHHH", out, port, sequence, heard if flags & 0x10 else 0, 0x50, flags, 64_240, 0, 0
        )
        pseudo = addresses[0] + addresses[1] + struct.pack(">BBH", 0, 6, len(segment) + len(payload))
        segment = segment[:16] + struct.pack(">H", _checksum(pseudo + segment + payload)) + segment[18:] + payload
        head = struct.pack(
            ">BBHHHBBH", 0x45, 0, 20 + len(segment), len(self.packets) % 65_536, 0x4000, 64, 6, 0
        ) + b"".join(addresses)
        head = head[:10] + struct.pack(">H", _checksum(head)) + head[12:]
        frame = _mac(macs[1]) + _mac(macs[0]) + b"\x08\x00" + head + segment
        self.moment += timedelta(milliseconds=3)
        seconds, micros = int(self.moment.timestamp()), self.moment.microsecond
        self.packets.append(struct.pack("<IIII", seconds, micros, len(frame), len(frame)) + frame)

    def content(self) -> bytes:
        """Give the whole file."""
        return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 1) + b"".join(self.packets)


def _mac(mac: str) -> bytes:
    return bytes.fromhex(mac.replace(":", ""))


def _checksum(data: bytes) -> int:
    data += b"\x00" * (len(data) % 2)
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF


def _item(kind: int, content: bytes) -> bytes:
    return struct.pack(">BBH", kind, 0, len(content)) + content


def association(called: str, calling: str) -> tuple[bytes, bytes]:
    """Build the request and the acceptance of a DICOM association (PS3.8).

    >>> request, accepted = association("PACS", "SCAN01")
    >>> request[0], accepted[0], request[10:14]
    (1, 2, b'PACS')
    """
    titles = called.encode().ljust(16) + calling.encode().ljust(16) + b"\x00" * 32
    context = _item(0x10, CONTEXT)
    user = _item(0x50, _item(0x51, struct.pack(">I", 16_384)) + _item(0x52, b"1.2.826.0.1.3680043.9.9999.1"))
    asked = _item(0x20, b"\x01\x00\x00\x00" + _item(0x30, STORAGE) + _item(0x40, TRANSFER))
    given = _item(0x21, b"\x01\x00\x00\x00" + _item(0x40, TRANSFER))
    bodies = [struct.pack(">HH", 1, 0) + titles + context + one + user for one in (asked, given)]
    request, accepted = (
        struct.pack(">BBI", kind, 0, len(body)) + body for kind, body in zip((1, 2), bodies, strict=True)
    )
    return request, accepted


def _data(patient: str) -> bytes:
    """Build a data PDU whose command is a C-STORE and whose data set holds a patient name and number."""

    def element(group: int, number: int, value: bytes) -> bytes:
        value += b"\x00" * (len(value) % 2)
        return struct.pack("<HHI", group, number, len(value)) + value

    command = element(0, 2, STORAGE) + element(0, 0x100, struct.pack("<H", 1)) + element(0, 0x110, struct.pack("<H", 1))
    command = element(0, 0, struct.pack("<I", len(command))) + command
    dataset = (
        element(0x0008, 0x0060, b"CT")
        + element(0x0010, 0x0010, patient.encode())
        + element(0x0010, 0x0020, MARKERS[2].encode())
    )
    values = b""
    for flags, content in ((3, command), (2, dataset)):
        values += struct.pack(">IBB", len(content) + 2, 1, flags) + content
    return struct.pack(">BBI", 4, 0, len(values)) + values


def _dicom(source: Device, target: Device) -> list[tuple[bool, bytes]]:
    request, accepted = association(
        "PACS_BEL" if target.kind == "server" else target.ae_title or "CONS_BEL",
        source.ae_title or "MODALITE",
    )
    release = struct.pack(">BBII", 5, 0, 4, 0), struct.pack(">BBII", 6, 0, 4, 0)
    return [
        (True, request),
        (False, accepted),
        (True, _data(MARKERS[3])),
        (True, release[0]),
        (False, release[1]),
    ]


def hl7(sender: str, moment: datetime, patient: str, number: int) -> bytes:
    """Frame one laboratory result for MLLP.

    >>> hl7("CHIM-001", datetime(2026, 11, 21), "MARK^ANNA", 1)[1:5]
    b'MSH|'
    """
    stamp = moment.strftime("%Y%m%d%H%M%S")
    segments = (
        rf"MSH|^~\&|{sender}|LABO|BIOLIS|BELLEROCHE|{stamp}||ORU^R01|MSG{number:06d}|P|2.5",
        f"PID|1||990{number:04d}^^^BELLEROCHE^PI~{MARKERS[2]}^^^ASIP-SANTE-INS-NIR^NH||{patient}||19500101|F",
        f"OBR|1||{number:06d}|GLU^Glycémie|||{stamp}",
        "OBX|1|NM|GLU^Glycémie||5.1|mmol/L|3.9-6.1|N|||F",
    )
    return b"\x0b" + "\r".join(segments).encode("utf-8") + b"\r\x1c\r"


def _mllp(source: Device, moment: datetime, number: int) -> list[tuple[bool, bytes]]:
    answer = (
        rf"MSH|^~\&|BIOLIS|BELLEROCHE|{source.name}|LABO|{moment:%Y%m%d%H%M%S}||ACK^R01|ACK{number:06d}|P|2.5" + "\r"
    )
    accepted = b"\x0b" + (answer + f"MSA|AA|MSG{number:06d}\r").encode() + b"\x1c\r"
    return [(True, hl7(source.name, moment, MARKERS[number % 2], number)), (False, accepted)]


def write_capture(hospital: Hospital, truth: Truth, output: Output) -> None:
    """Capture clinical exchanges inside their zone, and those in clear across zones when they are planted."""
    start = (hospital.as_of - timedelta(days=2, hours=6)).replace(microsecond=0)
    capture = Capture(start)
    for number, (source, target, port, clinical) in enumerate(_exchanges(hospital, truth), 1):
        turns = _dicom(source, target) if clinical == "dicom" else _mllp(source, capture.moment, number)
        capture.conversation(source, target, port, number, turns)
        capture.moment += timedelta(seconds=40)
    output.data(f"evidence/captures/capture biomédicale {start:%Y-%m-%d}.pcap", capture.content())
    truth.patient_markers = list(MARKERS)


def _exchanges(hospital: Hospital, truth: Truth) -> Iterator[tuple[Device, Device, int, str]]:
    imaging = [one for one in hospital.of("medical") if one.zone == "BIOMED-IMAGERIE" and not one.unpaired]
    consoles = [one for one in imaging if one.label.startswith("Console")]
    lab = [one for one in hospital.of("medical") if one.zone == "BIOMED-LABO"]
    for device in [one for one in imaging if one not in consoles][:3]:
        yield device, consoles[0], 104, "dicom"
    for device in lab[1:4]:
        yield device, lab[0], 2575, "hl7"
    if hospital.plan.states["NET-07"] not in FAILING:
        return
    senders = {subject["device"] for subject in truth.failing["NET-07"]}
    for device in (one for one in hospital.devices if one.key in senders):
        clinical, role, port = ("dicom", "pacs", 104) if device in imaging else ("hl7", "lis", 2575)
        yield device, hospital.role(role)[0], port, clinical
