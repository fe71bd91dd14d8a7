"""Windows events: the same event in every wrapping gives the same row; the shared logs give what they hold."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from hygie.sources import windows
from hygie.sources.base import Sample, collect, document_from_bytes
from tests.sources.shared import expected, sample_bytes

LOGON = {
    "TargetUserName": "adurand",
    "TargetDomainName": "CHU",
    "TargetUserSid": "S-1-5-21-1-2-3-1104",
    "SubjectUserSid": "S-1-0-0",
    "SubjectUserName": "-",
    "LogonType": "3",
    "IpAddress": "::ffff:10.20.3.4",
    "WorkstationName": "WS-PHARMA-07",
    "AuthenticationPackageName": "NTLM",
    "LmPackageName": "NTLM V1",
}
SYSTEM = {
    "Provider": {"#attributes": {"Name": "Microsoft-Windows-Security-Auditing"}},
    "EventID": {"#attributes": {"Qualifiers": ""}, "#text": 4624},
    "TimeCreated": {"#attributes": {"SystemTime": "2026-03-31T08:15:00.1234567Z"}},
    "EventRecordID": 77,
    "Channel": "Security",
    "Computer": "DC1.chu.local",
    "Level": 0,
    "Security": None,
}
TIME = datetime(2026, 3, 31, 8, 15, 0, 123456, tzinfo=UTC)
NXLOG = {
    **LOGON,
    "EventID": 4624,
    "Channel": "Security",
    "Hostname": "DC1.chu.local",
    "SourceName": "Microsoft-Windows-Security-Auditing",
    "RecordNumber": 77,
    "EventTime": "2026-03-31T10:15:00.123456+02:00",
}
WINLOGBEAT = {
    "@timestamp": "2026-03-31T08:15:00.123456Z",
    "event": {"code": "4624", "created": "2026-03-31T08:15:09Z"},
    "winlog": {
        "channel": "Security",
        "provider_name": "Microsoft-Windows-Security-Auditing",
        "computer_name": "DC1.chu.local",
        "record_id": 77,
        "event_data": LOGON,
    },
}
NAMED_DATA = [{"#attributes": {"Name": name}, "#text": value} for name, value in LOGON.items()]
DOTTED = {f"winlog.event_data.{name}": value for name, value in LOGON.items()} | {
    "winlog.channel": "Security",
    "winlog.provider_name": "Microsoft-Windows-Security-Auditing",
    "winlog.computer_name": "DC1.chu.local",
    "winlog.record_id": 77,
    "winlog.event_id": "4624",
    "@timestamp": "2026-03-31T08:15:00.123456Z",
}
XML = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
    "<Provider Name='Microsoft-Windows-Security-Auditing'/><EventID>4624</EventID>"
    "<TimeCreated SystemTime='2026-03-31T08:15:00.123456Z'/><EventRecordID>77</EventRecordID>"
    "<Channel>Security</Channel><Computer>DC1.chu.local</Computer></System><EventData>"
    + "".join(f"<Data Name='{name}'>{value}</Data>" for name, value in LOGON.items())
    + "</EventData></Event>"
)
WRAPPINGS: dict[str, Any] = {
    "evtx_dump": {"Event": {"System": SYSTEM, "EventData": LOGON}},
    "converted XML": {"Event": {"System": SYSTEM, "EventData": {"Data": NAMED_DATA}}},
    "NXLog": NXLOG,
    "winlogbeat": WINLOGBEAT,
    "search engine": {"_index": "winlogbeat", "_source": WINLOGBEAT},
    "export with dotted names": DOTTED,
    "Splunk": {"preview": False, "result": NXLOG},
    "XML in JSON": {"SyslogMessage": XML, "Facility": "user"},
}
ROW = {
    "position": 1,
    "time": TIME,
    "event_id": 4624,
    "channel": "Security",
    "provider": "Microsoft-Windows-Security-Auditing",
    "computer": "dc1.chu.local",
    "record_id": 77,
    "target_account": "adurand",
    "target_domain": "CHU",
    "target_sid": "S-1-5-21-1-2-3-1104",
    "logon_type": 3,
    "source_ip": "10.20.3.4",
    "source_host": "ws-pharma-07",
    "package": "NTLM V1",
}


def rows_of(data: bytes, kind: str = windows.JSON, **fields: Any) -> list[dict[str, Any]]:
    rows, refusals, _ = collect(windows.read(document_from_bytes(data, **fields), kind))
    assert refusals == []
    return rows["windows_event"]


def said(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None and name != "level"}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_every_wrapping_of_one_event_gives_one_row(wrapping: str) -> None:
    data = json.dumps(WRAPPINGS[wrapping]).encode()
    assert windows.detect_kind(Sample("x", data))[0] == windows.JSON
    assert windows.detect_kind(Sample("x", data))[1] >= 75
    assert [said(row) for row in rows_of(data)] == [ROW]


def test_xml_lines_and_encodings_give_the_same_row() -> None:
    assert windows.detect_kind(Sample("x", XML.encode()))[0] == windows.XML
    assert [said(row) for row in rows_of(XML.encode(), windows.XML)] == [ROW]
    text = json.dumps(NXLOG) + "\r\n"
    for encoding in ("utf-8-sig", "utf-16", "utf-16-be"):
        data = ("\ufeff" + text).encode(encoding) if encoding == "utf-16-be" else text.encode(encoding)
        assert [said(row) for row in rows_of(data)] == [ROW], encoding


def test_an_array_is_numbered_by_items_and_shown_by_item() -> None:
    data = json.dumps([NXLOG, {**NXLOG, "EventID": "4625"}], indent=2).encode()
    assert [(row["position"], row["event_id"]) for row in rows_of(data)] == [(1, 4624), (2, 4625)]
    assert json.loads(windows.show(document_from_bytes(data), 2))["EventID"] == "4625"


def test_a_local_time_is_placed_by_the_collectors_stamp_else_by_the_workspace() -> None:
    base = {name: value for name, value in NXLOG.items() if name != "EventTime"}
    local = {**base, "EventTime": "2026-03-31 04:15:00", "EventReceivedTime": "2026-03-31 04:15:02"}
    stamped = {**local, "@timestamp": "2026-03-31T08:15:03.000Z"}
    powershell = {**base, "TimeCreated": "/Date(1774944900000)/"}
    lines = "\n".join(json.dumps(record) for record in (local, stamped, powershell)).encode()
    document = document_from_bytes(lines, timezone="Europe/Paris")
    rows, refusals, notes = collect(windows.read(document, windows.JSON))
    assert [row["time"].hour for row in rows["windows_event"]] == [2, 8, 8]
    assert (refusals, notes) == ([], {"local_times": "1"})


def test_user_data_and_remote_desktop_sessions() -> None:
    remote = "Microsoft-Windows-TerminalServices-RemoteConnectionManager"
    system = {
        **SYSTEM,
        "EventID": 1149,
        "Provider": {"#attributes": {"Name": remote}},
        "Channel": f"{remote}/Operational",
    }
    event = {"System": system, "UserData": {"EventXML": {"Param1": "admin", "Param2": "CHU", "Param3": "10.9.8.7"}}}
    row = rows_of(json.dumps({"Event": event}).encode())[0]
    assert (row["target_account"], row["target_domain"], row["source_ip"]) == ("admin", "CHU", "10.9.8.7")
    cleared = {
        "System": {**SYSTEM, "EventID": 104},
        "UserData": {"LogFileCleared": {"SubjectUserName": "ana", "Channel": "X"}},
    }
    row = rows_of(json.dumps({"Event": cleared}).encode())[0]
    assert (row["subject_account"], row["channel"]) == ("ana", "Security")


def test_the_identity_that_writes_is_not_lent_to_another_account() -> None:
    sysmon = {**SYSTEM, "EventID": 1, "Security": {"#attributes": {"UserID": "S-1-5-18"}}}
    data = {"UtcTime": "2026-03-31 08:15:00.123", "User": "CHU\\ana", "Image": "C:\\x.exe"}
    row = rows_of(json.dumps({"Event": {"System": sysmon, "EventData": data}}).encode())[0]
    assert (row["subject_account"], row["subject_domain"], row["subject_sid"]) == ("ana", "CHU", None)


def test_bad_lines_are_refused_at_their_place_and_the_rest_is_read() -> None:
    good = json.dumps(NXLOG)
    no_time = json.dumps({name: value for name, value in NXLOG.items() if name != "EventTime"})
    data = "\n".join([good, "{cut", "[1, 2]", no_time, '{"EventID": "many", "Channel": "x"}', "", good]).encode()
    rows, refusals, _ = collect(windows.read(document_from_bytes(data), windows.JSON))
    assert [row["position"] for row in rows["windows_event"]] == [1, 7]
    assert [refusal.position for refusal in refusals] == [2, 3, 4, 5]
    assert all(refusal.expected and refusal.hint for refusal in refusals)


HOLDERS = {
    "a list": lambda events: json.dumps(events),
    "a list over lines": lambda events: json.dumps(events, indent=2),
    "objects over lines": lambda events: "\n".join(json.dumps(event, indent=1) for event in events),
    "numbered records": lambda events: "".join(
        f"Record {n}\n{json.dumps(e, indent=2)}\n" for n, e in enumerate(events, 1)
    ),
    "an answer": lambda events: json.dumps({"took": 3, "hits": {"total": 2, "hits": [{"_source": e} for e in events]}}),
    "results": lambda events: json.dumps({"preview": False, "results": events}),
}


@pytest.mark.parametrize("holder", HOLDERS)
def test_every_way_to_hold_several_events(holder: str) -> None:
    text = HOLDERS[holder]([NXLOG, {**NXLOG, "RecordNumber": 78}])
    assert windows.detect_kind(Sample("x", text.encode()))[1] >= 75
    assert [(row["position"], row["record_id"]) for row in rows_of(text.encode())] == [(1, 77), (2, 78)]


def test_a_cut_list_keeps_what_precedes_the_cut() -> None:
    data = json.dumps([NXLOG, NXLOG, NXLOG]).encode()[:-20]
    rows, refusals, _ = collect(windows.read(document_from_bytes(data), windows.JSON))
    assert [row["position"] for row in rows["windows_event"]] == [1, 2]
    assert [refusal.position for refusal in refusals] == [3]


def test_other_json_is_not_claimed() -> None:
    for record in (
        {"ts": 1.5, "id.orig_h": "10.0.0.1"},
        {"id": 4, "Id": 7, "host": "x"},
        {"meta": {"type": "users"}, "data": []},
    ):
        assert windows.detect_kind(Sample("x", json.dumps(record).encode()))[1] == 0


def test_every_shared_evtx_gives_all_its_records() -> None:
    for name, facts in expected("evtx").items():
        data = sample_bytes(f"evtx/{name}")
        assert windows.detect_kind(Sample(name, data[:65_536])) == (windows.EVTX, 100), name
        rows, refusals, _ = collect(windows.read(document_from_bytes(data), windows.EVTX))
        events = rows["windows_event"]
        assert (len(events), len(refusals)) == (facts["records"], facts["unreadable"]), name
        counts = Counter(str(row["event_id"]) for row in events)
        assert {key: counts[key] for key in facts["count_event_id"]} == facts["count_event_id"], name
        channels = Counter(row["channel"] for row in events)
        assert {key: channels[key] for key in facts["channels"]} == facts["channels"], name
        assert {host.lower() for host in facts["computers"]} <= {row["computer"] for row in events}, name
        for bound, choose in (("min_time", min), ("max_time", max)):
            assert choose(row["time"] for row in events) == datetime.fromisoformat(facts[bound]), name
        assert len({row["position"] for row in events}) == len(events), name


def test_the_first_record_of_every_shared_evtx_is_the_published_one() -> None:
    for name, facts in expected("evtx").items():
        first = facts["first_in_file"]
        data = sample_bytes(f"evtx/{name}")
        row = next(row for row in rows_of_any(data) if row["record_id"] == int(first["event_record_id"]))
        assert row["event_id"] == first["event_id"], name
        for field, column in (
            ("TargetUserName", "target_account"),
            ("SubjectUserSid", "subject_sid"),
            ("Status", "status"),
        ):
            if field not in (first["data"] or {}):
                continue
            value = first["data"][field]
            assert row[column] == (None if value in ("-", "", "S-1-0-0") else value), (name, field)


def rows_of_any(data: bytes) -> list[dict[str, Any]]:
    return collect(windows.read(document_from_bytes(data), windows.EVTX))[0]["windows_event"]


def test_a_record_of_evtx_is_shown_whole() -> None:
    data = sample_bytes("evtx/new-user-security.evtx.gz")
    shown = json.loads(windows.show(document_from_bytes(data), 1))
    assert shown["Event"]["System"]["EventID"] == 4728


def test_a_damaged_evtx_costs_only_what_is_damaged() -> None:
    data = sample_bytes("evtx/sysmon.evtx.gz")
    cut = data[: 4096 + 2 * 65_536 + 20_000]
    rows, refusals, _ = collect(windows.read(document_from_bytes(cut), windows.EVTX))
    assert 80 < len(rows["windows_event"]) < 358
    assert refusals
    holed = bytearray(data)
    holed[4096 + 65_536 + 600 : 4096 + 65_536 + 900] = b"A" * 300
    rows, refusals, _ = collect(windows.read(document_from_bytes(bytes(holed)), windows.EVTX))
    assert 280 < len(rows["windows_event"]) < 358
    assert len(refusals) > 8


def test_every_shared_json_log_gives_all_its_records() -> None:
    for folder in ("windows_json", "otrf_windows"):
        for name, facts in expected(folder).items():
            data = sample_bytes(f"{folder}/{name}")
            assert windows.detect_kind(Sample(name, data[:65_536]))[1] >= 90, name
            events = rows_of(data)
            assert len(events) == facts["records"], name
            counts = Counter(str(row["event_id"]) for row in events)
            listed = facts.get("event_ids") or facts.get("count_EventID") or {}
            assert {key: counts[key] for key in listed} == listed, name
            channels = Counter(row["channel"] for row in events)
            listed = facts.get("channels") or facts.get("count_Channel") or {}
            assert {key: channels[key] for key in listed} == listed, name


def test_every_shared_xml_log_is_read() -> None:
    for name, facts in expected("windows_xml").items():
        events = rows_of(sample_bytes(f"windows_xml/{name}"), windows.XML)
        assert len(events) == facts["records"], name
        counts = Counter(str(row["event_id"]) for row in events)
        assert counts == facts["count_event_id"], name
