"""Active Directory as SharpHound and its relatives collect it: one JSON file per type of object (formats 4, 5 and 6).

Items are read one by one from the stream, so that a large export costs no memory and a cut one keeps what precedes
the cut. `meta.count` is what the collector announced, not always what the file holds: items are counted,
and fewer than announced make the export incomplete.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hygie.errors import UnreadableError
from hygie.sources import addresses, moments
from hygie.sources.base import READ_SIZE, Document, Item, Note, Refusal, Rows, Sample
from hygie.sources.json_items import JsonWindow
from hygie.sources.text_stream import utf8_stream

KIND = "sharphound"
TAIL_SIZE = 64 * 1024
KINDS_OF_TYPE = {
    "users": "user",
    "computers": "computer",
    "groups": "group",
    "domains": "domain",
    "ous": "unit",
    "gpos": "policy",
    "containers": "container",
}
SHAPES = (
    *(("Members", "groups"), ("LocalGroups", "computers"), ("Sessions", "computers"), ("SPNTargets", "users")),
    *(("Trusts", "domains"), ("ComputerSID", "sessions")),
)
SESSION_LISTS = ("Sessions", "PrivilegedSessions", "RegistrySessions")
MEMBER_KINDS = {"user": "user", "computer": "computer", "group": "group"}
_META = re.compile(r'"meta"\s*:\s*(\{[^{}]{0,2000}\})')
_START = re.compile(r'\s*\{\s*"(?:data|meta|users|computers|groups|domains|ous|gpos|containers|sessions)"\s*:')
_LIST = re.compile(r'"(?:data|users|computers|groups|domains|ous|gpos|containers|sessions)"\s*:\s*\[')
_STAMP = re.compile(r"(?<!\d)(20\d{6})_?(\d{6})(?!\d)")


@dataclass
class _Tables:
    """Where the rows of one file go."""

    objects: Rows = field(default_factory=lambda: Rows("directory_object"))
    members: Rows = field(default_factory=lambda: Rows("directory_member"))
    sessions: Rows = field(default_factory=lambda: Rows("directory_session"))

    def flush(self, *, full_only: bool = False) -> Iterator[Item]:
        for rows in (self.objects, self.members, self.sessions):
            if rows.full or not full_only:
                yield from rows.flush()


def detect(sample: Sample) -> int:
    """Recognise a `data` list with its `meta`, or directory objects with their identifiers."""
    text = sample.text
    if not _START.match(text):
        return 0
    meta = _META.search(text)
    if meta is not None and '"type"' in meta[1] and ('"version"' in meta[1] or '"count"' in meta[1]):
        return 98
    known = '"ObjectIdentifier"' in text and ('"Aces"' in text or '"Properties"' in text)
    return 95 if known or ('"ComputerSID"' in text and '"UserSID"' in text) else 0


def read(document: Document) -> Iterator[Item]:
    """Read the objects of one file, their memberships and their open sessions."""
    meta = _meta(document)
    tables, collected, counts = _Tables(), _collected(document), {"items": 0, "deleted": 0}
    yield from _notes(meta, collected)
    kind = str(meta.get("type") or "").lower()
    for position, item in _items(document):
        if isinstance(item, Refusal):
            yield item
            yield Note("complete", "false")
            continue
        counts["items"] += 1
        kind = kind or _type_by_shape(item)
        if isinstance(item, dict) and item.get("IsDeleted") is True:
            counts["deleted"] += 1
        elif (refusal := _read_item(position, item, kind, collected, tables)) is not None:
            yield refusal
        yield from tables.flush(full_only=True)
    yield from tables.flush()
    if counts["items"] < _announced(meta):
        yield Note("complete", "false")
    if counts["deleted"]:
        yield Note("deleted", str(counts["deleted"]))


def _announced(meta: dict[str, Any]) -> int:
    count = meta.get("count")
    return count if isinstance(count, int) else 0


def show(document: Document, position: int) -> str:
    """One item as compact JSON text, for a proof."""
    for place, item in _items(document):
        if place == position and not isinstance(item, Refusal):
            return json.dumps(item, ensure_ascii=False, separators=(",", ":"))
    return ""


def _notes(meta: dict[str, Any], collected: datetime | None) -> Iterator[Note]:
    version = meta.get("version")
    yield Note("product", f"SharpHound format {version}" if isinstance(version, int) else "SharpHound")
    if isinstance(meta.get("count"), int):
        yield Note("records_announced", str(_announced(meta)))
    if collected is not None:
        yield Note("exported", collected.isoformat())


def _meta(document: Document) -> dict[str, Any]:
    """The `meta` object, at the beginning or at the end of the file; empty when the file is cut."""
    with document.open() as raw:
        stream = utf8_stream(raw)
        head = tail = stream.read(TAIL_SIZE)
        while chunk := stream.read(READ_SIZE):
            tail = (tail + chunk)[-TAIL_SIZE:]
    for text in (tail.decode("utf-8", "replace"), head.decode("utf-8", "replace")):
        for found in reversed(_META.findall(text)):
            try:
                meta = json.loads(found)
            except ValueError:
                continue
            if isinstance(meta, dict) and "type" in meta:
                return meta
    return {}


def _collected(document: Document) -> datetime | None:
    """The collector writes its clock in the name of the file and of the archive."""
    for name in (document.member, document.name):
        if found := _STAMP.search(name.rsplit("/", 1)[-1]):
            try:
                moment = datetime.strptime(found[1] + found[2], "%Y%m%d%H%M%S")  # noqa: DTZ007 (placed just below)
            except ValueError:
                continue
            return moments.place(moment, document.timezone)
    return None


def _items(document: Document) -> Iterator[tuple[int, Any]]:
    """Every item of the list; a refusal at the end when the text breaks before the list does."""
    with document.open() as raw:
        window = JsonWindow(utf8_stream(raw))
        if not window.enter(_LIST):
            raise UnreadableError('expected a "data" list', where=document.name, hint="run the collector again")
        position = 0
        for position, item in enumerate(window.items(), 1):
            yield position, item
        if not window.ended:
            place = position + 1
            yield place, Refusal(place, "a whole JSON object", "the file is cut or damaged here: export it again")


def _type_by_shape(item: Any) -> str:
    return next((kind for name, kind in SHAPES if isinstance(item, dict) and name in item), "")


def _read_item(position: int, item: Any, kind: str, collected: datetime | None, tables: _Tables) -> Refusal | None:
    if not isinstance(item, dict):
        return Refusal(position, "an object of the directory", "the file is damaged: run the collector again")
    if kind == "sessions" or "ComputerSID" in item:
        return _read_session(position, item, tables)
    properties = item["Properties"] if isinstance(item.get("Properties"), dict) else {}
    identifier = _text(item.get("ObjectIdentifier")) or _text(properties.get("objectid"))
    if identifier is None:
        return Refusal(position, "an ObjectIdentifier", "the file is damaged: run the collector again")
    values = _object(properties, KINDS_OF_TYPE.get(kind, "other"))
    primary = _text(item.get("PrimaryGroupSID"))
    tables.objects.add(position, object_id=identifier, primary_group_id=primary, collected=collected, **values)
    if primary is not None:
        tables.members.add(position, group_id=primary, member_id=identifier, member_kind=_member_kind(values["kind"]))
    _read_members(position, identifier, item.get("Members"), tables)
    _read_sessions(position, identifier, item, tables)
    return None


def _object(properties: dict[str, Any], kind: str) -> dict[str, Any]:
    written, account = _text(properties.get("name")), _text(properties.get("samaccountname"))
    if kind == "user" and (properties.get("gmsa") is True or (account or "").endswith("$")):
        kind = "service_account"
    host = written.lower() if kind == "computer" and written and "." in written else None
    short = written.partition("@" if kind != "computer" else ".")[0] if written else None
    domain = _text(properties.get("domain"))
    names = properties.get("serviceprincipalnames")
    moment = {name: _moment(properties.get(name)) for name in ("whencreated", "pwdlastset", "lastlogon")}
    return {
        "kind": kind,
        "name": (account or short or "").removesuffix("$") or None,
        "display_name": _text(properties.get("displayname")),
        "distinguished_name": _text(properties.get("distinguishedname")),
        "domain": addresses.host_name(domain),
        "host_name": host or addresses.host_name(_text(properties.get("dnshostname"))),
        "operating_system": _text(properties.get("operatingsystem")),
        "enabled": _flag(properties.get("enabled")),
        "created": moment["whencreated"],
        "password_set": moment["pwdlastset"],
        "last_logon": moment["lastlogon"],
        "last_logon_replicated": _moment(properties.get("lastlogontimestamp")),
        "password_never_expires": _flag(properties.get("pwdneverexpires")),
        "has_service_name": bool(names) if isinstance(names, list) else _flag(properties.get("hasspn")),
        "no_preauthentication": _flag(properties.get("dontreqpreauth")),
        "admin_count": _flag(properties.get("admincount")),
        "email": _text(properties.get("email")),
        "employee_id": _text(properties.get("employeeid")),
        "description": _text(properties.get("description")),
    }


def _read_members(position: int, group: str, members: Any, tables: _Tables) -> None:
    for member in members if isinstance(members, list) else ():
        if isinstance(member, dict):
            identifier = _text(member.get("ObjectIdentifier")) or _text(member.get("MemberId"))
            kind = _text(member.get("ObjectType")) or _text(member.get("MemberType"))
            if identifier is not None:
                tables.members.add(
                    position, group_id=group, member_id=identifier, member_kind=_member_kind(kind) if kind else None
                )


def _read_sessions(position: int, computer: str, item: dict[str, Any], tables: _Tables) -> None:
    seen: set[tuple[str, str]] = set()
    for name in SESSION_LISTS:
        part = item.get(name)
        results = part.get("Results") if isinstance(part, dict) else part
        for result in results if isinstance(results, list) else ():
            if isinstance(result, dict) and (user := _text(result.get("UserSID")) or _text(result.get("UserId"))):
                seen.add((_text(result.get("ComputerSID")) or computer, user))
    for place, user in sorted(seen):
        tables.sessions.add(position, computer_id=place, user_id=user)


def _read_session(position: int, item: dict[str, Any], tables: _Tables) -> Refusal | None:
    computer = _text(item.get("ComputerSID")) or _text(item.get("ComputerId"))
    user = _text(item.get("UserSID")) or _text(item.get("UserId"))
    if computer is None or user is None:
        return Refusal(position, "a session with ComputerSID and UserSID", "run the collector again")
    tables.sessions.add(position, computer_id=computer, user_id=user)
    return None


def _member_kind(kind: str) -> str:
    return "user" if kind == "service_account" else MEMBER_KINDS.get(kind.lower(), "other")


def _text(value: Any) -> str | None:
    return (value.strip() or None) if isinstance(value, str) else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _moment(value: Any) -> datetime | None:
    """Epoch seconds; 0 and -1 are never; early versions of collectors let a FILETIME through."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if not math.isfinite(value):
        return None
    return moments.from_filetime(int(value)) if value > 1e16 else moments.from_unix(value)
