"""FortiGate logs: real ones with their facts, and every form and trap by hand."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from hygie.sources import fortigate
from hygie.sources.base import Refusal, Sample, collect, document_from_bytes
from tests.sources.shared import expected, sample_bytes

HEAD = (
    'date=2023-11-14 time=23:13:20 devname="FGT-CHU" devid="FG100F1" logid="0000000013"'
    ' type="traffic" subtype="forward"'
)
ENDS = "srcip=10.0.0.1 srcport=4000 dstip=10.0.0.2 dstport=443 proto=6"
REST = 'action="close" policyid=7 service="HTTPS" duration=10 sentbyte=100 rcvdbyte=200 sentpkt=3 rcvdpkt=4'
LINE = f'{HEAD} eventtime=1700000000250000000 tz="+0100" {ENDS} {REST}'


def read(text: str | bytes) -> tuple[dict[str, list[dict[str, Any]]], list[Refusal], dict[str, str]]:
    data = text if isinstance(text, bytes) else text.encode()
    return collect(fortigate.read(document_from_bytes(data)))


def flow(text: str) -> dict[str, Any]:
    rows, refusals, _ = read(text)
    assert refusals == []
    (row,) = rows["flow"]
    return row


@pytest.mark.parametrize(
    "name", ["fortigate-traffic-9bCvDN.log", "fortinet-vpn-bf.log", "fortinet_execute_log_display.raw"]
)
def test_samples_have_their_facts(name: str) -> None:
    facts = expected("fortigate")[name]
    data = sample_bytes(f"fortigate/{name}")
    assert fortigate.detect(Sample(name, data[:65536])) == 97
    rows, refusals, notes = read(data)
    assert sum(map(len, rows.values())) + len(refusals) == facts["records"]
    assert notes.get("records_announced") == (str(facts["logs_returned"]) if "logs_returned" in facts else None)


def test_traffic_sample_against_a_plain_reading() -> None:
    rows, refusals, _ = read(sample_bytes("fortigate/fortigate-traffic-9bCvDN.log"))
    plain = [
        dict(re.findall(r'(\w+)="?([^" ]*)', line))
        for line in sample_bytes("fortigate/fortigate-traffic-9bCvDN.log").decode().splitlines()
    ]
    sound = {
        number: one for number, one in enumerate(plain, 1) if "x" not in one["srcip"] and "333" not in one["dstip"]
    }
    assert {refusal.position for refusal in refusals} == set(range(1, 20)) - set(sound)
    assert {(row["position"], row["source_ip"], row["bytes_in"], row["sensor"]) for row in rows["flow"]} == {
        (number, one["srcip"], int(one["rcvdbyte"]), one["devname"]) for number, one in sound.items()
    }


def test_failed_logins_of_the_vpn_sample() -> None:
    facts = expected("fortigate")["fortinet-vpn-bf.log"]
    sessions = read(sample_bytes("fortigate/fortinet-vpn-bf.log"))[0]["vpn_session"]
    assert {(row["outcome"], row["source_ip"], row["factors"]) for row in sessions} == {
        ("failure", "192.168.0.1", None)
    }
    accounts = [row["account"] for row in sessions]
    assert accounts.count(None) == facts["count_user"]["N/A"]
    assert {name for name in accounts if name} == set(facts["count_user"]) - {"N/A"}


def test_one_line_in_full() -> None:
    row = flow(LINE + ' srcintf="vlan20" dstintf="wan1" user="DOM\\\\jdupont" srcmac="50:67:AE:F0:6C:80"')
    assert row["time"] == datetime(2023, 11, 14, 22, 13, 10, 250000, UTC)
    assert (row["protocol"], row["service"], row["tls"], row["state"]) == ("tcp", "https", None, "answered")
    assert (row["bytes_out"], row["bytes_in"], row["packets_out"], row["packets_in"]) == (100, 200, 3, 4)
    assert (row["source_interface"], row["destination_interface"], row["rule_id"]) == ("vlan20", "wan1", "7")
    assert (row["account"], row["sensor"], row["source_mac"]) == ("DOM\\jdupont", "FGT-CHU", "50:67:ae:f0:6c:80")


@pytest.mark.parametrize(
    "line",
    [
        LINE,
        "<189>" + LINE,
        "Nov 14 23:13:20 fgt.chu.local " + LINE,
        '<189>1 2023-11-14T23:13:20Z fgt - - - [meta seq="1"] ' + LINE,
        "12: " + LINE,
        LINE.replace(" ", ","),
        ",".join(f'"{pair}"' for pair in LINE.replace('"', "").split(" ")),
        LINE.replace("eventtime=1700000000250000000", "eventtime=1700000000250"),
        LINE + "\r",
    ],
)
def test_forms_of_one_record(line: str) -> None:
    assert fortigate.detect(Sample("x", line.encode())) == 97
    row = flow(line)
    assert (row["position"], row["source_ip"], row["destination_port"], row["rule_id"]) == (1, "10.0.0.1", 443, "7")
    assert row["time"] == datetime(2023, 11, 14, 22, 13, 10, 250000, UTC)


def test_times_without_eventtime() -> None:
    without = LINE.replace("eventtime=1700000000250000000 ", "")
    assert flow(without)["time"] == datetime(2023, 11, 14, 22, 13, 10, tzinfo=UTC)
    assert flow(without.replace('tz="+0100" ', ""))["time"] == datetime(2023, 11, 14, 22, 13, 10, tzinfo=UTC)
    assert flow(without.replace("+0100", "-0500"))["time"] == datetime(2023, 11, 15, 4, 13, 10, tzinfo=UTC)
    assert flow(LINE.replace("250000000 tz", " tz"))["time"] == datetime(2023, 11, 14, 22, 13, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("action", "received", "packets", "state"),
    [
        ("deny", 0, 0, "blocked"), ("blocked", 9, 1, "blocked"), ("accept", 9, 1, "answered"),
        ("timeout", 0, 0, "unanswered"), ("ip-conn", 0, 0, "unanswered"),
        ("client-rst", 0, 0, "unanswered"), ("client-rst", 90, 3, "answered"), ("server-rst", 0, 0, "refused"),
        ("server-rst", 40, 1, "refused"), ("server-rst", 400, 5, "answered"), ("start", 0, 0, None),
    ],
)  # fmt: skip
def test_state(action: str, received: int, packets: int, state: str | None) -> None:
    line = (
        LINE.replace("close", action)
        .replace("rcvdbyte=200", f"rcvdbyte={received}")
        .replace("rcvdpkt=4", f"rcvdpkt={packets}")
    )
    assert flow(line)["state"] == state


def test_translation_of_the_destination_only() -> None:
    real = ' tranip=10.9.9.9 tranport=8443 transip=1.1.1.1 transport=5000 trandisp="{}"'
    known = {kind: flow(LINE + real.format(kind)) for kind in ("dnat", "snat+dnat", "snat", "noop")}
    assert {kind: (row["translated_ip"], row["translated_port"]) for kind, row in known.items()} == {
        "dnat": ("10.9.9.9", 8443),
        "snat+dnat": ("10.9.9.9", 8443),
        "snat": (None, None),
        "noop": (None, None),
    }


def test_names_of_old_releases() -> None:
    head = "date=2013-11-14 time=23:13:20 devname=FGT devid=FG100D log_id=1 type=traffic subtype=allowed"
    ends = "src=10.0.0.1 src_port=4 dst=10.0.0.2 dst_port=23 proto=6 service=23/tcp"
    row = flow(f"{head} {ends} status=accept duration=0 sent=5 rcvd=6")
    assert (row["source_ip"], row["destination_port"], row["state"], row["bytes_in"]) == ("10.0.0.1", 23, "answered", 6)


EVENT = (
    'date=2023-11-14 time=23:13:20 tz="+0100" devname="FGT" devid="FG1" logid="0101039424" type="event" subtype="vpn"'
)


def event(action: str, eventtime: int, rest: str = "") -> str:
    tunnel = 'tunneltype="ssl-tunnel" tunnelid=77 remip=203.0.113.9'
    return f'{EVENT} eventtime={eventtime} action="{action}" {tunnel} {rest}\n'


def test_a_tunnel_that_opens_and_closes_is_one_session() -> None:
    rows, refusals, notes = read(
        event("ssl-new-con", 1700000000, 'user="N/A"')
        + event("tunnel-up", 1700000010, 'user="paul" tunnelip=10.212.0.5')
        + event("tunnel-down", 1700003610, 'user="paul" tunnelip=10.212.0.5 duration=3600 sentbyte=5 rcvdbyte=6')
        + event("tunnel-up", 1700009000, 'user="anne" msg="SSL tunnel established with two-factor token"')
        + event("tunnel-down", 1700001000, 'user="luc" duration=100').replace("tunnelid=77", "tunnelid=12")
        + event("ssl-login-fail", 1700009100, 'user="N/A"')
    )
    assert refusals == []
    told = {
        (row["position"], row["account"], row["outcome"], row["bytes_in"], row["factors"])
        for row in rows["vpn_session"]
    }
    assert told == {
        (2, "paul", "success", 6, None),
        (4, "anne", "success", None, 2),
        (5, "luc", "success", None, None),
        (6, None, "failure", None, None),
    }
    ends = {row["account"]: row["end"] and (row["end"] - row["start"]).total_seconds() for row in rows["vpn_session"]}
    assert ends == {"paul": 3600, "anne": None, "luc": 100, None: 0}
    assert notes["unused"] == "event/vpn without a person: 1"


def test_a_tunnel_between_sites_is_nobody() -> None:
    rows, _, notes = read(event("tunnel-up", 1700000010, 'user="N/A"').replace("ssl-tunnel", "ipsec"))
    assert (rows, notes["unused"]) == ({}, "event/vpn without a person: 1")


def test_other_records_are_counted_by_type() -> None:
    system = LINE.replace('type="traffic" subtype="forward"', 'type="event" subtype="system"')
    web = LINE.replace('type="traffic" subtype="forward"', 'type="utm" subtype="webfilter"')
    rows, refusals, notes = read("\n".join([system, web, web, LINE]))
    assert (len(rows["flow"]), refusals, notes["unused"]) == (1, [], "utm/webfilter: 2, event/system: 1")


def test_faulty_lines_are_refused_where_they_stand() -> None:
    lines = [
        LINE,
        "hello",
        LINE[:-40] + ' msg="cut he',
        LINE.replace("10.0.0.1", "x.x.x.x"),
        LINE.replace("dstport=443", "dstport=99999"),
        LINE.replace("rcvdbyte=200", "rcvdbyte=many"),
        'a=1 b="2"',
        LINE.replace("eventtime=1700000000250000000", "eventtime=soon").replace("23:13:20", "now"),
        LINE.replace("proto=6 ", ""),
    ]
    rows, refusals, _ = read("\n".join(lines))
    assert {row["position"] for row in rows["flow"]} == {1, 9}
    assert {refusal.position for refusal in refusals} == {2, 3, 4, 5, 6, 7, 8}


def test_a_listing_with_fewer_records_than_announced() -> None:
    rows, refusals, notes = read(
        f"FGT-1 # execute log display\n25 logs found.\n10 logs returned.\n\n1: {LINE}\n\n2: {LINE}\n\nFGT-1 # \n"
    )
    assert ({row["position"] for row in rows["flow"]}, refusals) == ({5, 7}, [])
    assert (notes["records_announced"], notes["completeness"]) == ("10", "partial")


def test_values_hold_quotes_blanks_equals_and_other_encodings() -> None:
    row = flow(LINE + r' policyname="a \"b\" = c, d" user="x=y z"')
    assert (row["account"], row["rule_id"]) == ("x=y z", "7")
    rows, refusals, _ = read(LINE.encode() + b' user="Ren\xe9"')
    assert (rows["flow"][0]["account"], refusals) == ("Ren\ufffd", [])


def test_many_shapes_stay_right() -> None:
    lines = []
    for index in range(1000):
        extra = " ".join(f"k{bit}=1" for bit in range(12) if index >> bit & 1)
        lines.append(LINE.replace("srcport=4000", f"srcport={index}") + " " + extra)
    rows, refusals, _ = read("\n".join(lines))
    assert refusals == []
    assert [(row["position"], row["source_port"]) for row in rows["flow"]] == [
        (index + 1, index) for index in range(1000)
    ]


def test_no_other_product_is_taken() -> None:
    for text in ("", "date,type\n2024-01-01,traffic\n", "type=AVC msg=audit(1): avc: denied { read }", "a=b c=d"):
        assert fortigate.detect(Sample("fortigate.log", text.encode())) == 0
