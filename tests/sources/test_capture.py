"""Captures made by hand in every form, and what a reader must see in them."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hygie.errors import UnreadableError
from hygie.sources import capture
from hygie.sources.base import Refusal, Sample, collect, document_from_bytes
from tests.sources import packets as made

TALK = made.talk(made.associate("CT1", "PACS"), made.associate("CT1", "PACS", kind=2))


def read(data: bytes) -> tuple[dict[str, list[dict[str, Any]]], list[Refusal], dict[str, str]]:
    return collect(capture.read(document_from_bytes(data)))


def flows(frames: list[bytes], **form: Any) -> list[dict[str, Any]]:
    rows, refusals, _ = read(made.pcap(frames, **form))
    assert refusals == []
    return rows["flow"]


def told(rows: list[dict[str, Any]]) -> set[tuple[Any, ...]]:
    return {
        (row["source_ip"], row["destination_ip"], row["destination_port"], row["service"], row["state"]) for row in rows
    }


SEEN = {("10.0.0.1", "10.0.0.2", 104, "dicom", "answered")}


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nano", [False, True])
def test_classic_forms(order: str, nano: bool) -> None:
    data = made.pcap(TALK, order=order, nano=nano, step=1500)
    assert capture.detect(Sample("x", data)) == 100
    (row,) = read(data)[0]["flow"]
    assert told([row]) == SEEN
    assert row["time"] == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert row["duration"] == pytest.approx(6 * 1500 / (1e9 if nano else 1e6))


def test_one_flow_in_full() -> None:
    (row,) = flows(TALK)
    size = len(made.associate("CT1", "PACS"))
    assert (row["position"], row["source_port"], row["protocol"], row["tls"]) == (1, 40000, "tcp", False)
    assert (row["bytes_out"], row["bytes_in"], row["packets_out"], row["packets_in"]) == (size, size, 4, 3)
    assert (row["source_mac"], row["destination_mac"]) == ("02:11:22:33:44:01", "02:11:22:33:44:02")
    assert row["detail"] == "CT1>PACS"


@pytest.mark.parametrize("order", ["<", ">"])
def test_sections_interfaces_and_clocks(order: str) -> None:
    nanoseconds, halves = made.START * 10**9 + 5, made.START * 2**10
    data = made.section(order)
    data += made.interface("vlan-bio", 9, order=order) + made.interface("vlan-srv", 0x80 | 10, order=order)
    data += b"".join(made.enhanced(0, nanoseconds + index, frame, order) for index, frame in enumerate(TALK))
    data += b"".join(made.enhanced(1, halves + index, frame, order) for index, frame in enumerate(TALK))
    data += made.section("<") + made.interface("", None) + made.enhanced(0, made.START * 10**6, TALK[0])
    rows, refusals, notes = read(data)
    assert (refusals, notes.get("sensor")) == ([], None)
    assert {(row["sensor"], row["state"], row["position"]) for row in rows["flow"]} == {
        ("vlan-bio", "answered", 1),
        ("vlan-srv", "answered", 8),
        (None, "unanswered", 15),
    }
    assert {row["time"] for row in rows["flow"]} == {datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)}


def test_the_last_packet_may_be_cut() -> None:
    for data in (made.pcap(TALK), made.section() + made.interface() + made.enhanced(0, 10**15, TALK[0]) * 7):
        rows, refusals, _ = read(data[:-5])
        assert len(rows["flow"]) == 1
        assert [refusal.position for refusal in refusals] == [7]


def test_reading_goes_on_after_a_damaged_place() -> None:
    data = bytearray(made.pcap(TALK))
    data[24 + 8 : 24 + 12] = struct.pack("<I", 0x7FFFFFFF)
    rows, refusals, _ = read(bytes(data))
    assert ([refusal.position for refusal in refusals], rows["flow"][0]["packets_in"]) == ([1], 3)


@pytest.mark.parametrize(
    ("link", "head"),
    [
        (101, b""), (12, b""), (228, b""), (0, struct.pack("<I", 2)), (108, struct.pack(">I", 2)),
        (113, struct.pack(">HHH", 0, 1, 6) + made.MACS["a"] + bytes(2) + struct.pack(">H", 0x0800)),
        (276, struct.pack(">HHIHBB", 0x0800, 0, 3, 1, 0, 6) + made.MACS["a"] + bytes(2)),
    ],
)  # fmt: skip
def test_link_types(link: int, head: bytes) -> None:
    frames = [head + frame[14:] for frame in TALK]
    assert told(flows(frames, link=link)) == SEEN


def test_a_link_type_that_is_not_read_is_told_once() -> None:
    rows, refusals, notes = read(made.pcap(TALK, link=127))
    assert (rows, [refusal.position for refusal in refusals], notes["link_types_not_read"]) == ({}, [1], "127: 7")


def test_vlan_tags_and_stacks() -> None:
    inner = made.ip4("10.0.0.1", "10.0.0.2", 17, made.udp(5000, 6000, b"x"))
    rows = flows(
        [made.ethernet(inner, tags=(20,)), made.ethernet(inner, tags=(100, 0x6000 | 30)), made.ethernet(inner)]
    )
    assert {row["vlan"] for row in rows} == {20, 30, None}


def test_ipv6_with_extension_headers() -> None:
    one, other = "fd00::1", "fd00::2"
    assert told(flows(made.talk(b"SSH-2.0-x\r\n", b"", 22, (one, other)))) == {(one, other, 22, "ssh", "answered")}
    options = struct.pack(">BB", 60, 0) + bytes(6) + struct.pack(">BB", 17, 0) + bytes(6)
    frame = made.ethernet(made.ip6(one, other, 0, options + made.udp(50000, 47808, b"\x81\x0b\0\x06\x01\0")), 0x86DD)
    assert told(flows([frame])) == {(one, other, 47808, "bacnet", "unanswered")}


def test_fragments_belong_to_one_flow() -> None:
    first = made.ethernet(made.ip4("10.0.0.1", "10.0.0.2", 17, made.udp(5000, 6000, b"x" * 16), fragment=0x2000))
    last = made.ethernet(made.ip4("10.0.0.1", "10.0.0.2", 17, b"y" * 40, fragment=3))
    (row,) = flows([first, last])
    assert (row["destination_port"], row["packets_out"], row["bytes_out"]) == (6000, 2, 56)


def test_states_of_tcp() -> None:
    def frame(flags: int, back: bool = False, payload: bytes = b"") -> bytes:
        ends = ("10.0.0.2", "10.0.0.1", 6, made.tcp(104, 40000, flags, 9, payload)) if back else (
            "10.0.0.1", "10.0.0.2", 6, made.tcp(40000, 104, flags, 9, payload)
        )  # fmt: skip
        return made.ethernet(made.ip4(*ends), back=back)

    known = {
        "unanswered": [frame(made.SYN), frame(made.SYN)],
        "refused": [frame(made.SYN), frame(made.RST | made.ACK, back=True)],
        "answered": [frame(made.SYN), frame(made.SYN | made.ACK, back=True), frame(made.RST)],
    }
    for state, frames in known.items():
        assert told(flows(frames)) == {("10.0.0.1", "10.0.0.2", 104, None, state)}
    middle = [frame(made.ACK, back=True, payload=b"x"), frame(made.ACK, payload=b"y")]
    assert told(flows(middle)) == {("10.0.0.1", "10.0.0.2", 104, None, "answered")}
    assert told(flows([frame(made.SYN | made.ACK, back=True)])) == {("10.0.0.1", "10.0.0.2", 104, None, "answered")}


def test_a_closed_udp_port_is_refused() -> None:
    asked = made.ip4("10.0.0.1", "10.0.0.2", 17, made.udp(5000, 161, b"x"))
    answer = made.ip4("10.0.0.2", "10.0.0.1", 1, b"\x03\x03" + bytes(6) + asked)
    rows = flows([made.ethernet(asked), made.ethernet(answer, back=True)])
    assert {(row["protocol"], row["state"]) for row in rows} == {("udp", "refused"), ("icmp", "unanswered")}


def test_silence_and_new_connections_split_flows() -> None:
    ping = made.ethernet(made.ip4("10.0.0.1", "10.0.0.2", 17, made.udp(5000, 6000, b"x")))
    assert len(flows([ping] * 3, step=200_000_000)) == 1
    assert len(flows([ping] * 3, step=301_000_000)) == 3
    again = [frame.replace(struct.pack(">I", 100), struct.pack(">I", 777), 1) for frame in TALK]
    assert [row["position"] for row in flows(TALK + again)] == [1, 8]


SECRET = b"PID|1||9900001||TEST^ALICE"
SPOKEN = {
    "hl7": (b"\x0bMSH|^~\\&|LIS^1|LABO|SIL|CHU|2024||ORU^R01\r" + SECRET + b"\r\x1c\r", b"", 9999),
    "http": (b"GET /studies HTTP/1.1\r\n\r\n", b"", 8042),
    "ssh": (b"", b"SSH-2.0-OpenSSH_9.6\r\n", 2222),
    "smb": (b"\0\0\0\x40\xfeSMB" + bytes(60), b"", 445),
    "rdp": (b"\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01\0\x08\0\x03\0\0\0", b"", 3389),
    "ldap": (bytes.fromhex("300c020101600702010304008000"), b"", 389),
    "astm": (b"\x05", b"\x06", 2576),
    "modbus": (bytes.fromhex("000100000006010300000002"), b"", 502),
    "mqtt": (b"\x10\x0e\0\x04MQTT\x04\x02\0\x3c\0\x02ab", b"", 1883),
    "smtp": (b"EHLO x\r\n", b"220 mx ESMTP ready\r\n", 25),
    "ftp": (b"USER anonymous\r\n", b"220 ready\r\n", 21),
    "kerberos": (struct.pack(">I", 200) + b"\x6a\x81\xc5" + bytes(197), b"", 88),
}


@pytest.mark.parametrize("service", SPOKEN)
def test_protocols_are_known_by_their_bytes(service: str) -> None:
    client, server, port = SPOKEN[service]
    (row,) = flows(made.talk(client, server, port))
    assert row["service"] == service


def test_identities_are_kept_and_patients_are_not() -> None:
    client, server, port = SPOKEN["hl7"]
    rows, _, notes = read(made.pcap(made.talk(client, server, port)))
    assert rows["flow"][0]["detail"] == "LIS|LABO>SIL|CHU"
    assert not any(mark in repr((rows, notes)) for mark in ("9900001", "ALICE", "PID"))


def test_a_message_split_over_segments_is_joined() -> None:
    client = made.associate("CT1", "PACS")
    frames = made.talk(b"", b"")
    parts = [(101 + place, client[place : place + 20]) for place in range(0, len(client), 20)]
    segments = [made.ethernet(made.ip4("10.0.0.1", "10.0.0.2", 6, made.tcp(40000, 104, 24, *part))) for part in parts]
    (row,) = flows([*frames[:3], segments[0], *segments, *frames[3:]])
    assert (row["service"], row["detail"]) == ("dicom", "CT1>PACS")


@pytest.mark.parametrize(("suite", "version", "told_as"), [(0x1301, 0x0304, "TLSv13"), (0xC02F, 0x0303, "TLSv12")])
def test_tls_handshakes(suite: int, version: int, told_as: str) -> None:
    hello = made.client_hello("Remote.Vendor.example")
    rows, _, _ = read(made.pcap(made.talk(hello, made.server_hello(suite, version), 8443)))
    (session,) = rows["tls_session"]
    assert (session["server_name"], session["version"], session["destination_port"]) == (
        "remote.vendor.example",
        told_as,
        8443,
    )
    assert session["cipher"] in ("TLS_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
    assert (rows["flow"][0]["service"], rows["flow"][0]["tls"]) == ("tls", True)


def test_a_clear_protocol_that_turns_to_tls() -> None:
    frames = made.talk(b"EHLO x\r\n", b"220 mx ESMTP ready\r\n", 25)
    hello = made.ethernet(
        made.ip4("10.0.0.1", "10.0.0.2", 6, made.tcp(40000, 25, 24, 109, made.client_hello("mx.chu")))
    )
    rows, _, _ = read(made.pcap([*frames[:-2], hello, *frames[-2:]]))
    assert (rows["flow"][0]["service"], rows["flow"][0]["tls"]) == ("smtp", True)
    assert rows["tls_session"][0]["server_name"] == "mx.chu"


def test_names_and_leases() -> None:
    answer = made.udp(53, 5000, made.dns_answer("PACS.chu.local", "10.0.0.2", "10.0.0.3"))
    missing = made.udp(53, 5000, made.dns_answer("no.chu.local", code=3))
    mac = bytes.fromhex("001a2b3c4d5e")
    options = {51: struct.pack(">I", 3600), 54: bytes([10, 0, 0, 9]), 12: b"PC-URG"}
    granted = made.udp(67, 68, made.dhcp(5, "10.0.0.7", mac, options))
    frames = [made.ethernet(made.ip4("10.0.0.53", "10.0.0.1", 17, inner)) for inner in (answer, missing, granted)]
    rows, refusals, _ = read(made.pcap(frames))
    assert refusals == []
    assert {
        (row["position"], row["client_ip"], row["query"], row["answer"], row["code"]) for row in rows["name_answer"]
    } == {
        (1, "10.0.0.1", "pacs.chu.local", "10.0.0.2", "NOERROR"),
        (1, "10.0.0.1", "pacs.chu.local", "10.0.0.3", "NOERROR"),
        (2, "10.0.0.1", "no.chu.local", None, "NXDOMAIN"),
    }
    (lease,) = rows["lease"]
    assert (lease["ip"], lease["mac"], lease["host_name"], lease["server"]) == (
        "10.0.0.7", "00:1a:2b:3c:4d:5e", "pc-urg", "10.0.0.9"
    )  # fmt: skip
    assert lease["end"] - lease["start"] == timedelta(hours=1)


def test_what_is_no_flow_is_counted() -> None:
    rows, refusals, notes = read(
        made.pcap([made.ethernet(bytes(28), 0x0806), made.ethernet(bytes(40), 0x88CC), TALK[0]])
    )
    assert (len(rows["flow"]), refusals, notes["set_aside"]) == (1, [], "arp: 1, lldp: 1")


def test_flows_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hygie.sources.capture.flows.MOST_FLOWS", 10)
    monkeypatch.setattr("hygie.sources.capture.flows.EVICTED_AT_ONCE", 4)
    frames = [
        made.ethernet(made.ip4("10.0.0.1", "10.0.0.2", 17, made.udp(port, 9, b"x"))) for port in range(2000, 2030)
    ]
    rows, _, notes = read(made.pcap(frames))
    assert {row["source_port"] for row in rows["flow"]} == set(range(2000, 2030))
    assert int(notes["flows_split_for_memory"]) == 20


def test_show_one_packet_without_its_payload() -> None:
    client, server, port = SPOKEN["hl7"]
    document = document_from_bytes(made.pcap(made.talk(client, server, port)))
    shown = capture.show(document, 4)
    size = len(client)
    assert (
        shown
        == f"#4 2023-11-14T22:13:20.003000+00:00 10.0.0.1:40000 > 10.0.0.2:9999 tcp [ACK PSH], {size} bytes of payload"
    )
    assert capture.show(document, 99) == ""


@pytest.mark.parametrize("data", [b"", b"\xd4\xc3", b"PK\x03\x04aaaaaaaa", b"\xd4\xc3\xb2\xa1short"])
def test_a_file_that_is_no_capture_is_unreadable(data: bytes) -> None:
    with pytest.raises(UnreadableError):
        read(data)
