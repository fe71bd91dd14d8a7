"""One Windows event, whatever wrote it, as the columns of `windows_event`.

The same event reaches a hospital in many wrappings: nested as Windows keeps it, flat (NXLog, Logstash), under
`winlog` (winlogbeat), under `_source` or `result` (exports of search engines), or as XML text inside a JSON string.
`open_event` takes the wrapping off; `row_of` picks the useful fields.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from hygie.sources import moments
from hygie.sources.addresses import address, host_name

Fields = Mapping[str, Any]
NOTHING = frozenset({"", "-", "N/A", "n/a", "NULL", "(null)", "S-1-0-0", "%%1793"})
COLUMNS = (
    *("position", "time", "event_id", "channel", "provider", "computer", "record_id", "level"),
    *("subject_account", "subject_domain", "subject_sid", "target_account", "target_domain", "target_sid"),
    *("logon_type", "source_ip", "source_host", "status", "package", "process"),
)
WRAPPERS = ("_source", "result", "Event", "event_record", "preview_event")
XML_FIELDS = ("SyslogMessage", "_raw", "message", "Message", "EventXml", "xml")
EVENT_IDS = ("EventID", "EventCode", "event_id", "EventId", "Id")
CHANNELS = ("Channel", "LogName", "channel")
PROVIDERS = ("Provider", "SourceName", "ProviderName", "provider_name", "EventSourceName")
COMPUTERS = ("Computer", "Hostname", "ComputerName", "computer_name", "MachineName", "HostName", "host")
RECORD_IDS = ("EventRecordID", "RecordNumber", "record_id", "RecordId", "EventRecordId")
TIMES = ("TimeCreated", "EventTime", "SystemTime", "TimeGenerated", "timestamp", "_time", "@timestamp")
SUBJECT_SIDS = ("SubjectUserSid", "Security_ID")
WRITER_SIDS = ("UserID", "UserId")
TARGETS = ("TargetUserName", "TargetAccount", "TargetOutboundUserName")
TARGET_SIDS = ("TargetUserSid", "TargetSid")
ADDRESSES = ("IpAddress", "Source_Network_Address", "SourceAddress", "ClientAddress", "SourceIp", "Address", "Param3")
HOSTS = ("WorkstationName", "Workstation", "Workstation_Name", "ClientName", "SourceHostname")
STATUSES = ("Status", "SubStatus", "FailureCode", "ErrorCode", "ResultCode", "Failure_Code")
PACKAGES = ("LmPackageName", "Package_Name__NTLM_only_", "AuthenticationPackageName", "PackageName")
PROCESSES = (
    "NewProcessName",
    "New_Process_Name",
    "ProcessName",
    "Image",
    "SourceImage",
    "Application",
    "Process_Name",
    "Process Name",
)
LEVELS = {"critical": 1, "error": 2, "warning": 3, "information": 4, "informational": 4, "info": 4, "verbose": 5}
SEVERITIES = {5: 1, 4: 2, 3: 3, 2: 4, 1: 5}
REMOTE_DESKTOP = "Microsoft-Windows-TerminalServices-"
_XML_SYSTEM = re.compile(r"<(EventID|Level|EventRecordID|Channel|Computer)\b[^>]{0,200}>([^<]{0,400})</")
_XML_DATA = re.compile(r"<Data Name\s?=\s?[\"']([^\"'<>]{1,100})[\"']\s?>([^<]{0,65536})</Data>")
_XML_ATTRIBUTE = re.compile(
    r"<(Provider|TimeCreated|Security)\b[^>]{0,200}?\b(Name|SystemTime|UserI[Dd])\s?=\s?[\"']([^\"']*)"
)


def open_event(record: Any, depth: int = 0) -> Fields | None:
    """The fields of an event without its wrapping, names as Windows gives them; None when it is no Windows event.

    >>> fields = open_event({"Event": {"System": {"EventID": {"#text": 4624}}, "EventData": {"LogonType": 3}}})
    >>> fields["EventID"], fields["LogonType"]
    (4624, 3)
    """
    if not isinstance(record, dict) or depth > 4:
        return None
    if isinstance(record.get("System"), dict):
        return _nested(record)
    if isinstance(record.get("winlog"), dict):
        return _winlog(record, record["winlog"])
    for name in WRAPPERS:
        if isinstance(record.get(name), dict) and (fields := open_event(record[name], depth + 1)) is not None:
            return fields
    if any(name in record for name in EVENT_IDS):
        return record
    return _dotted(record) or _from_json_text(record)


def _nested(event: dict[str, Any]) -> Fields:
    system = event["System"]
    fields: dict[str, Any] = dict(_data(event.get("EventData") or event.get("UserData")))
    for name in ("Channel", "Computer", "Level", "EventRecordID"):
        fields[name] = plain(system.get(name))
    fields["EventID"] = plain(system.get("EventID"))
    fields["Provider"] = _attribute(system.get("Provider"), "Name")
    fields["TimeCreated"] = _attribute(system.get("TimeCreated"), "SystemTime")
    fields["UserID"] = _attribute(system.get("Security"), "UserID")
    return fields


def _attribute(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        inner = value.get("#attributes") or value.get("attributes") or value
        return (inner.get(name) or inner.get("@" + name)) if isinstance(inner, dict) else None
    return value


def _data(data: Any) -> Iterable[tuple[str, Any]]:
    """Event data as name and value: named keys, a list of named elements, or the one element of user data."""
    if not isinstance(data, dict):
        return
    for name, value in data.items():
        if isinstance(value, list):
            yield from (pair for item in value if (pair := _named(item)) is not None)
        elif isinstance(value, dict) and "#text" not in value:
            yield from ((inner, value[inner]) for inner in value if not isinstance(value[inner], dict))
        else:
            yield name, value


def _named(item: Any) -> tuple[str, Any] | None:
    name = _attribute(item, "Name") if isinstance(item, dict) else None
    return (name, item.get("#text", item.get("Value"))) if isinstance(name, str) else None


def _winlog(record: dict[str, Any], log: dict[str, Any]) -> Fields:
    fields: dict[str, Any] = {}
    for part in (log.get("user_data"), log.get("event_data")):
        fields.update(part if isinstance(part, dict) else {})
    event = record.get("event") if isinstance(record.get("event"), dict) else {}
    fields["EventID"] = log.get("event_id", (event or {}).get("code"))
    fields["Channel"], fields["Provider"] = log.get("channel"), log.get("provider_name")
    fields["Computer"], fields["EventRecordID"] = log.get("computer_name"), log.get("record_id")
    fields["TimeCreated"] = (event or {}).get("created") if "@timestamp" not in record else record["@timestamp"]
    level = record.get("log")
    fields["Level"] = level.get("level") if isinstance(level, dict) else log.get("level")
    return fields


def _dotted(record: dict[str, Any]) -> Fields | None:
    """Records whose paths were joined by dots: `winlog.event_data.TargetUserName`, `Event.System.EventID`."""
    if not any(name.startswith(("winlog.", "Event.")) for name in record):
        return None
    fields = {name.rsplit(".", 1)[-1]: plain(value) for name, value in record.items() if "." in name}
    fields.setdefault("event_id", record.get("event.code"))
    fields["@timestamp"] = record.get("@timestamp")
    return fields


def _from_json_text(record: dict[str, Any]) -> Fields | None:
    for name in XML_FIELDS:
        text = record.get(name)
        if isinstance(text, str) and "<EventID" in text[:4096]:
            return from_xml(text)
    return None


def from_xml(text: str) -> Fields:
    """The fields of one event written as XML, by patterns: nothing is expanded, fetched or nested.

    >>> from_xml('<System><EventID>5</EventID></System><Data Name="User">root</Data>')
    {'User': 'root', 'EventID': '5'}
    """
    fields: dict[str, Any] = {name: html.unescape(value) for name, value in _XML_DATA.findall(text)}
    head, _, _ = text.partition("</System>")
    for name, value in _XML_SYSTEM.findall(head):
        fields[name] = html.unescape(value)
    for element, _, value in _XML_ATTRIBUTE.findall(head):
        fields[{"Security": "UserID"}.get(element, element)] = html.unescape(value)
    return fields


def plain(value: Any) -> Any:
    """A scalar from the ways converters write an element: itself, its `#text`, or the first of a list."""
    if isinstance(value, dict):
        value = value.get("#text", value.get("value"))
    if isinstance(value, list):
        value = value[0] if value else None
    return value if not isinstance(value, dict) else None


def text_of(fields: Fields, names: Iterable[str]) -> str | None:
    """The first of several fields that says something, as text."""
    for name in names:
        value = fields.get(name)
        if value is not None:
            value = plain(value)
            if value is not None and (text := str(value).strip()) not in NOTHING:
                return text
    return None


def integer_of(fields: Fields, names: Iterable[str]) -> int | None:
    """The first of several fields that is a whole number (decimal or 0x…) that fits 64 bits."""
    text = text_of(fields, names)
    if text is None or len(text) > 20:
        return None
    try:
        number = int(text, 16) if text[:2] in ("0x", "0X") else int(text)
    except ValueError:
        return None
    return number if -(2**63) <= number < 2**63 else None


def level_of(fields: Fields) -> int | None:
    """The level as Windows numbers it (1 critical to 5 verbose), from a number, a word, or NXLog's severity."""
    text = text_of(fields, ("Level", "level", "LevelDisplayName"))
    if text is not None:
        return int(text) if text.isdecimal() and len(text) < 4 else LEVELS.get(text.lower())
    severity = integer_of(fields, ("SeverityValue",))
    return SEVERITIES.get(severity) if severity is not None else None


def time_of(fields: Fields, timezone: str) -> tuple[datetime | None, bool]:
    """When the event happened, and whether that rests on the workspace's zone for lack of anything better."""
    moment = next((found for name in TIMES if (found := _moment(fields.get(name))) is not None), None)
    if moment is None or moment.tzinfo is not None:
        return moment, False
    placed = _placed_by_stamp(moment, fields)
    return (placed, False) if placed is not None else (moments.place(moment, timezone), True)


def _moment(value: Any) -> datetime | None:
    if isinstance(value, str):
        return moments.parse(value)
    if isinstance(value, dict):
        return _moment(_attribute(value, "SystemTime") or value.get("value") or value.get("DateTime"))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return moments.from_unix(value)
    return None


def _placed_by_stamp(moment: datetime, fields: Fields) -> datetime | None:
    own = _moment(fields.get("UtcTime"))
    if own is not None:
        reference = moments.place(own, "UTC")
        return moments.place_near(moment, moment, reference) if reference is not None else None
    stamp = _moment(fields.get("@timestamp"))
    if stamp is None or stamp.tzinfo is None:
        return None
    received = _moment(fields.get("EventReceivedTime"))
    clock = received if received is not None and received.tzinfo is None else moment
    return moments.place_near(moment, clock, stamp)


def _subject(fields: Fields) -> tuple[str | None, str | None, str | None]:
    """The actor; the identity under which the event was written stands in only where no other account is named."""
    account = text_of(fields, ("SubjectUserName", "Account_Name"))
    if account is not None:
        return account, text_of(fields, ("SubjectDomainName", "Account_Domain")), _sid(fields, SUBJECT_SIDS)
    if (user := text_of(fields, ("User", "SourceUser"))) is not None and "UtcTime" in fields:
        domain, _, name = user.rpartition("\\")
        return name or None, domain or None, None
    sid = _sid(fields, SUBJECT_SIDS)
    if sid is not None:
        return None, None, sid
    return text_of(fields, ("AccountName",)), text_of(fields, ("Domain",)), _sid(fields, WRITER_SIDS)


def _sid(fields: Fields, names: Iterable[str]) -> str | None:
    text = text_of(fields, names)
    return text if text is not None and text.startswith("S-1-") else None


def _target(fields: Fields, provider: str | None) -> tuple[str | None, str | None, str | None]:
    if provider is not None and provider.startswith(REMOTE_DESKTOP):
        before, slash, after = (text_of(fields, ("User", "Param1")) or "").rpartition("\\")
        return after or None, (before if slash else text_of(fields, ("Param2",))), _sid(fields, TARGET_SIDS)
    account = text_of(fields, TARGETS) or _second(fields.get("Account_Name"))
    domain = text_of(fields, ("TargetDomainName",)) or _second(fields.get("Account_Domain"))
    return account, domain, _sid(fields, TARGET_SIDS)


def _second(value: Any) -> str | None:
    """Search engines give actor and target as two values of one field."""
    return text_of({"value": value[1]}, ("value",)) if isinstance(value, list) and len(value) > 1 else None


def row_of(position: int, fields: Fields, timezone: str) -> tuple[tuple[Any, ...], bool]:
    """One row in the order of `COLUMNS`, and whether its time was read in the workspace's zone."""
    moment, local = time_of(fields, timezone)
    provider = text_of(fields, PROVIDERS)
    row = (
        *(position, moment, integer_of(fields, EVENT_IDS), text_of(fields, CHANNELS), provider),
        *(host_name(text_of(fields, COMPUTERS)), integer_of(fields, RECORD_IDS), level_of(fields)),
        *_subject(fields),
        *_target(fields, provider),
        integer_of(fields, ("LogonType", "Logon_Type")),
        address(text_of(fields, ADDRESSES if provider and provider.startswith(REMOTE_DESKTOP) else ADDRESSES[:5])),
        host_name(text_of(fields, HOSTS)),
        *(text_of(fields, STATUSES), text_of(fields, PACKAGES), text_of(fields, PROCESSES)),
    )
    return row, local
