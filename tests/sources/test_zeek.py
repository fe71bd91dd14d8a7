"""Zeek logs: real ones with their facts, every variation of their two forms by hand, and damaged ones."""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from hygie.sources import zeek
from hygie.sources.base import Note, Refusal, Sample, collect, document_from_bytes
from tests.sources.shared import expected, sample_bytes, sample_path

CONN = [
    "ts",
    "uid",
    "id.orig_h",
    "id.orig_p",
    "id.resp_h",
    "id.resp_p",
    "proto",
    "service",
    "duration",
    "orig_bytes",
    "resp_bytes",
    "conn_state",
]
ROW = ["1700000000.250000", "C1", "10.0.0.1", "40000", "10.0.0.2", "104", "tcp", "dicom", "1.5", "10", "20", "SF"]


def header(path: str, fields: list[str], sign: str = "\t", written: str = "\\x09") -> str:
    lines = [f"#separator {written}", f"#set_separator{sign},", f"#empty_field{sign}(empty)", f"#unset_field{sign}-"]
    return "\n".join([*lines, f"#path{sign}{path}", sign.join(["#fields", *fields]), ""])


def log(*rows: list[str], path: str = "conn", fields: list[str] = CONN) -> bytes:
    return (header(path, fields) + "".join("\t".join(row) + "\n" for row in rows)).encode()


def changed(**values: str) -> list[str]:
    return [values.get(name.replace(".", "_"), value) for name, value in zip(CONN, ROW, strict=True)]


def read(data: bytes, kind: str = "zeek-conn") -> tuple[dict[str, list[dict[str, Any]]], list[Refusal], dict[str, str]]:
    return collect(zeek.read(document_from_bytes(data), kind))


def told(rows: dict[str, list[dict[str, Any]]]) -> set[tuple[Any, ...]]:
    return {(row["position"], row["source_ip"], row["destination_port"], row["state"]) for row in rows["flow"]}


SEPARATED = {
    "conn.log.gz": ("zeek-conn", "flow"),
    "dhcp.log": ("zeek-dhcp", "lease"),
    "ssl.log": ("zeek-ssl", "tls_session"),
    "dns.log": ("zeek-dns", "name_answer"),
}
LINES = {"conn.log.gz": "flow", "dhcp.log": "lease", "ssl.log.gz": "tls_session", "dns.log.gz": "name_answer"}


@pytest.mark.parametrize("name", SEPARATED)
def test_separated_samples_have_their_facts(name: str) -> None:
    facts = expected("zeek_tsv")[name]
    kind, table = SEPARATED[name]
    data = sample_bytes(f"zeek_tsv/{name}")
    assert zeek.detect_kind(Sample(name, data[:65536])) == (kind, 98)
    rows, refusals, _ = read(data, kind)
    assert (len({row["position"] for row in rows[table]}), refusals) == (facts["records"], [])
    times = [row.get("time") or row.get("start") for row in rows[table]]
    assert [f"{edge.timestamp():.6f}" for edge in (min(times), max(times))] == [facts["min_ts"], facts["max_ts"]]


def test_connections_of_the_separated_sample() -> None:
    facts = expected("zeek_tsv")["conn.log.gz"]
    flows = read(sample_bytes("zeek_tsv/conn.log.gz"))[0]["flow"]
    assert Counter(row["protocol"] for row in flows) == facts["count_proto"]
    assert Counter(row["service"] or "-" for row in flows) == facts["count_service"]
    assert Counter(row["state"] for row in flows)["answered"] == 63 + 118 + 1
    first, last = facts["first_record"], facts["last_record"]
    for row, fact in ((flows[0], first), (flows[-1], last)):
        assert (row["source_ip"], row["destination_ip"]) == (fact["id.orig_h"], fact["id.resp_h"])
        assert f"{row['time'].timestamp():.6f}" == fact["ts"]
    assert (flows[0]["bytes_out"], flows[0]["bytes_in"]) == (int(first["orig_bytes"]), int(first["resp_bytes"]))
    assert {row["tls"] for row in flows if row["service"] == "ssl"} == {True}


@pytest.mark.parametrize("name", LINES)
def test_json_samples_have_their_facts(name: str) -> None:
    facts = expected("zeek_json")[name]
    data = sample_bytes(f"zeek_json/{name}")
    kind, score = zeek.detect_kind(Sample(name, data[:65536]))
    assert (kind, score) == ("zeek-" + name.split(".")[0], 95)
    rows, refusals, _ = read(data, kind)
    table = rows[LINES[name]]
    assert (len({row["position"] for row in table}), refusals) == (facts["records"], [])
    lines = [json.loads(line) for line in data.splitlines()]
    if name.startswith("conn"):
        assert sum(row["bytes_in"] or 0 for row in table) == sum(line.get("resp_bytes", 0) for line in lines)
        assert Counter(row["service"] for row in table if row["service"]) == facts["count_service"]
    if name.startswith("dns"):
        assert len([row for row in table if row["answer"]]) == sum(len(line.get("answers", [])) for line in lines)


def test_a_set_of_logs_of_one_sensor() -> None:
    facts = expected("zeek_tsv")["metasploit_logonpasswords_lsass_memory_dump_zeek_logs.zip"]["logs"]
    path = sample_path("zeek_tsv/metasploit_logonpasswords_lsass_memory_dump_zeek_logs.zip")
    found, unused = {}, {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            kind, _ = zeek.detect_kind(Sample(name, data[:65536]))
            rows, refusals, notes = read(data, kind)
            assert refusals == []
            found[name] = {row["position"] for table in rows.values() for row in table}
            unused[name] = notes.get("unused")
    used = {"conn.log", "dns.log", "ssl.log"}
    assert {name: len(found[name]) for name in used} == {name: facts[name]["records"] for name in used}
    assert unused["kerberos.log"] == f"kerberos: {facts['kerberos.log']['records']}"
    assert all(unused[name] for name in found if name not in used)


@pytest.mark.parametrize("name", ["SCRANTON_kerberos.log", "SCRANTON_smb_files.log", "ntp.log"])
def test_other_logs_are_named_and_not_used(name: str) -> None:
    data = sample_bytes(f"zeek_json/{name}")
    assert zeek.detect_kind(Sample(name, data[:65536])) == ("zeek-other", 95)
    rows, refusals, notes = read(data, "zeek-other")
    count = expected("zeek_json")[name]["records"]
    assert (rows, refusals, notes["unused"].endswith(f": {count}")) == ({}, [], True)


@pytest.mark.parametrize(("sign", "written"), [("\t", "\\x09"), ("|", "\\x7c"), (";", ";"), (",", "\\x2c")])
def test_any_separator(sign: str, written: str) -> None:
    data = (header("conn", CONN, sign, written) + sign.join(ROW) + "\n").encode()
    assert zeek.detect_kind(Sample("x", data)) == ("zeek-conn", 98)
    assert told(read(data)[0]) == {(7, "10.0.0.1", 104, "answered")}


def test_fields_in_another_order_missing_and_unknown() -> None:
    fields = ["weather", "id.resp_p", "id.resp_h", "id.orig_h", "ts", "proto"]
    rows, refusals, _ = read(log(["fine", "2575", "10.0.0.2", "10.0.0.1", "1700000000.5", "tcp"], fields=fields))
    flow = rows["flow"][0]
    assert refusals == []
    assert (flow["source_ip"], flow["destination_port"], flow["bytes_in"], flow["service"]) == (
        "10.0.0.1",
        2575,
        None,
        None,
    )


def test_rotations_in_one_file_may_differ() -> None:
    other = ["id.orig_h", "ts", "id.resp_h", "id.resp_p", "conn_state"]
    second = log(["10.0.0.9", "1700000001.0", "10.0.0.2", "443", "S0"], fields=other)
    names = log(
        ["1700000002.0", "10.0.0.1", "10.0.0.53", "PACS.chu.", "A", "NOERROR", "10.0.0.2,10.0.0.3"],
        path="dns",
        fields=["ts", "id.orig_h", "id.resp_h", "query", "qtype_name", "rcode_name", "answers"],
    )
    rows, refusals, _ = read(log(ROW) + b"#close\t2023-11-14-22-00-00\n" + second + names)
    assert refusals == []
    assert told(rows) == {(7, "10.0.0.1", 104, "answered"), (15, "10.0.0.9", 443, "unanswered")}
    assert {(row["position"], row["query"], row["answer"]) for row in rows["name_answer"]} == {
        (22, "pacs.chu", "10.0.0.2"),
        (22, "pacs.chu", "10.0.0.3"),
    }


@pytest.mark.parametrize(
    ("state", "orig", "resp", "known"),
    [
        ("SF", "1", "1", "answered"), ("S1", "1", "0", "answered"), ("RSTR", "1", "9", "answered"),
        ("REJ", "0", "0", "refused"), ("S0", "0", "-", "unanswered"), ("SH", "0", "0", "unanswered"),
        ("SHR", "-", "8", "answered"), ("OTH", "5", "0", "unanswered"), ("OTH", "5", "7", "answered"),
        ("RSTOS0", "0", "0", "unanswered"), ("-", "5", "7", "answered"),
    ],
)  # fmt: skip
def test_state(state: str, orig: str, resp: str, known: str) -> None:
    rows, _, _ = read(log(changed(conn_state=state, orig_bytes=orig, resp_bytes=resp)))
    assert rows["flow"][0]["state"] == known


def test_faulty_lines_are_refused_where_they_stand() -> None:
    data = log(
        changed(),
        changed(ts="yesterday"),
        changed(id_orig_h="10.0.0.256"),
        changed(id_resp_p="70000"),
        changed(orig_bytes="-5"),
        [*ROW, "more"],
        ROW[:5],
        changed(uid="a\0b"),
        changed(uid="a\rb"),
        changed(id_orig_h="2001:DB8:0::1"),
    )
    rows, refusals, _ = read(data + b"\n" + b"x" * 3_000_000 + b"\n" + "\t".join(ROW).encode())
    assert told(rows) == {
        (7, "10.0.0.1", 104, "answered"),
        (16, "2001:db8::1", 104, "answered"),
        (19, "10.0.0.1", 104, "answered"),
    }
    assert {(refusal.position, refusal.expected) for refusal in refusals} == {
        (8, "a time in ts"),
        (9, "an IP address in id.orig_h"),
        (10, "a port from 0 to 65535 in id.resp_p"),
        (11, "a number, zero or more in orig_bytes"),
        (12, "12 fields as announced by #fields"),
        (13, "12 fields as announced by #fields"),
        (14, "text without NUL bytes"),
        (15, "one record per line"),
        (18, "a line of at most 1048576 bytes"),
    }


def test_many_rotations_of_one_log_are_one_stretch() -> None:
    rotations = [log(changed(id_resp_p=str(number))) + b"#close\t2023-11-14\n" for number in range(1500)]
    rows, refusals, _ = read(b"".join(rotations))
    assert refusals == []
    assert [(row["position"], row["destination_port"]) for row in rows["flow"]] == [
        (7 + 8 * number, number) for number in range(1500)
    ]


def test_a_log_without_its_header_is_refused_line_by_line() -> None:
    rows, refusals, _ = read("\t".join(ROW).encode() + b"\n")
    assert (rows, [refusal.position for refusal in refusals]) == ({}, [1])


def test_windows_line_ends_and_encodings() -> None:
    text = log(changed(service="-")).decode()
    for data in (text.replace("\n", "\r\n").encode(), text.encode("utf-16"), text.encode("utf-8-sig")):
        assert zeek.detect_kind(Sample("x", data))[0] == "zeek-conn"
        assert told(read(data)[0]) == {(7, "10.0.0.1", 104, "answered")}


def lines(*records: dict[str, Any]) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


BASE = {"ts": 1700000000.25, "uid": "C1", "proto": "tcp", "conn_state": "SF", "resp_bytes": 5, "service": "hl7"}
DOTTED = {**BASE, "id.orig_h": "10.0.0.1", "id.orig_p": 4000, "id.resp_h": "10.0.0.2", "id.resp_p": 2575}
FLAT = {
    **BASE, "@stream": "conn", "@system": "sensor-bio", "id_orig_h": "10.0.0.1", "id_orig_p": 4000,
    "id_resp_h": "10.0.0.2", "id_resp_p": 2575,
}  # fmt: skip


@pytest.mark.parametrize("record", [DOTTED, FLAT, {**DOTTED, "ts": "2023-11-14T22:13:20.250000Z"}])
def test_json_dialects(record: dict[str, Any]) -> None:
    data = lines(record, record)
    assert zeek.detect_kind(Sample("x", data)) == ("zeek-conn", 95)
    rows, refusals, notes = read(data)
    assert refusals == []
    assert told(rows) == {(1, "10.0.0.1", 2575, "answered"), (2, "10.0.0.1", 2575, "answered")}
    assert rows["flow"][0]["time"] == datetime(2023, 11, 14, 22, 13, 20, 250000, UTC)
    assert notes.get("sensor") == record.get("@system")


def test_json_streams_mixed_in_one_file() -> None:
    dns = {**FLAT, "@stream": "dns", "query": "pacs.chu", "answers": ["10.0.0.2"], "rcode_name": "NOERROR"}
    rows, refusals, notes = read(lines(FLAT, dns, {**FLAT, "@stream": "weird"}, FLAT))
    assert refusals == []
    assert {row["position"] for row in rows["flow"]} == {1, 4}
    assert {(row["position"], row["answer"]) for row in rows["name_answer"]} == {(2, "10.0.0.2")}
    assert notes["unused"] == "weird: 1"


def test_faulty_json_lines_are_refused_where_they_stand() -> None:
    good = json.dumps(DOTTED).encode()
    bad = [b"{", good[:-9], b"[1]", good + good, json.dumps({**DOTTED, "id.resp_p": "http"}).encode(), b"{}" * 3]
    rows, refusals, _ = read(b"\n".join([good, *bad, b"", good]) + b"\n")
    assert {row["position"] for row in rows["flow"]} == {1, 9}
    assert {refusal.position for refusal in refusals} == {2, 3, 4, 5, 6, 7}


def test_json_values_of_odd_types() -> None:
    odd = {**DOTTED, "id.resp_p": "2575", "resp_bytes": 5.0, "peer": {"name": "x"}, "vlan": 12}
    rows, refusals, _ = read(lines(DOTTED, odd, {**DOTTED, "service": ["a"]}))
    assert [refusal.position for refusal in refusals] == [3]
    assert [(row["position"], row["destination_port"], row["bytes_in"]) for row in rows["flow"]] == [
        (1, 2575, 5),
        (2, 2575, 5),
    ]


def lease(**values: Any) -> tuple[Any, ...]:
    rows, _, notes = read(
        lines({"ts": 1700000000.0, "uids": ["C1"], "mac": "00-1A-2B-3C-4D-5E", **values}), "zeek-dhcp"
    )
    if not rows:
        return (notes["unused"],)
    row = rows["lease"][0]
    return (
        row["ip"],
        row["mac"],
        row["state"],
        row["end"] and (row["end"] - row["start"]).total_seconds(),
        row["host_name"],
    )


def test_what_a_dhcp_dialogue_tells() -> None:
    mac = "00:1a:2b:3c:4d:5e"
    given = {"assigned_addr": "10.0.0.7", "lease_time": 3600.0, "host_name": "PC-URG."}
    assert lease(**given, msg_types=["REQUEST", "ACK"]) == ("10.0.0.7", mac, "active", 3600, "pc-urg")
    assert lease(**given, msg_types=["DISCOVER", "OFFER"])[2:4] == ("offered", None)
    assert lease(client_addr="10.0.0.8", msg_types=["INFORM", "ACK"]) == ("10.0.0.8", mac, "static", None, None)
    assert lease(client_addr="10.0.0.8", msg_types=["RELEASE"])[2] == "free"
    assert lease(msg_types=["DISCOVER"]) == ("dhcp dialogues without an address: 1",)


def test_no_other_product_is_taken() -> None:
    for data in (
        b"",
        b"a,b,c\n1,2,3\n",
        b"#Software: Microsoft IIS 10.0\n#Fields: date time s-ip\n2024-01-01 10:00 10.0.0.1\n",
        b'{"timestamp":"2024-01-01T00:00:00","event_type":"flow","src_ip":"10.0.0.1","proto":"TCP"}\n',
        b'{"data":[],"meta":{"type":"users"}}',
    ):
        assert zeek.detect_kind(Sample("conn.log", data)) == ("", 0)


def test_a_big_log_is_read_in_blocks_with_the_right_lines() -> None:
    count = 60_000
    body = "".join("\t".join(changed(id_resp_p=str(index % 65536))) + "\n" for index in range(count))
    data = (header("conn", CONN) + body).encode()
    assert len(data) > 4 * 1024 * 1024
    found, refused = 0, 0
    for item in zeek.read(document_from_bytes(data), "zeek-conn"):
        if isinstance(item, Refusal):
            refused += 1
        elif not isinstance(item, Note):
            ports, places = item.rows["destination_port"].to_pylist(), item.rows["position"].to_pylist()
            assert ports == [(place - 7) % 65536 for place in places]
            found += len(ports)
    assert (found, refused) == (count, 0)


def test_streams_are_closed() -> None:
    stream = io.BytesIO(log(ROW))
    document = document_from_bytes(b"")
    document.open = lambda: stream
    list(zeek.read(document, "zeek-conn"))
    assert stream.closed
