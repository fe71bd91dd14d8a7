"""The directory, as SharpHound collects it or as an LDIF export."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterator
from datetime import datetime, timedelta

from hygie.simulate.hospital import Account, Device, Group, Hospital, Record
from hygie.simulate.names import DOMAIN
from hygie.simulate.output import Output
from hygie.simulate.people import DOMAIN_SID
from hygie.simulate.plan import BLIND

BASE = "DC=belleroche,DC=local"
UPPER = DOMAIN.upper()


def write_directory(hospital: Hospital, output: Output, form: str) -> None:
    """Write the export; without groups when ID-01 must be blind, without logon dates when ID-02 must be."""
    groups = [] if hospital.plan.states["ID-01"] == BLIND else hospital.groups
    if form == "ldif":
        _ldif(hospital, output, groups, dated=hospital.plan.states["ID-02"] != BLIND)
    else:
        _sharphound(hospital, output, groups)


def _exported(hospital: Hospital) -> datetime:
    return hospital.as_of - timedelta(hours=2)


def logon_of(hospital: Hospital, device: Device) -> datetime:
    """When a computer last logged on: these days, or long ago for those that left."""
    number = int(device.key[-5:])
    days = 200 + number % 300 if device.retired else 0.2 + number % 5
    return (hospital.as_of - timedelta(days=days)).replace(microsecond=0)


def _epoch(moment: datetime | None, never: int) -> int:
    return int(moment.timestamp()) if moment else never


def _sharphound(hospital: Hospital, output: Output, groups: list[Group]) -> None:
    stamp = f"{_exported(hospital):%Y%m%d%H%M%S}"
    computers = [device for device in hospital.devices if device.domain]
    members = {
        f"{stamp}_users.json": _collected("users", [_user(one) for one in hospital.accounts]),
        f"{stamp}_computers.json": _collected("computers", [_computer(hospital, one) for one in computers]),
        f"{stamp}_domains.json": _collected("domains", [_domain()]),
    }
    if groups:
        members[f"{stamp}_groups.json"] = _collected("groups", [_group(one) for one in groups])
    name = output.archive(f"evidence/annuaire/{stamp}_BloodHound.zip", members)
    for device in computers:
        device.records.append(Record(name, f"{stamp}_computers.json", id=device.sid))


def _collected(kind: str, items: list[dict[str, object]]) -> bytes:
    meta = {"methods": 521215, "type": kind, "count": len(items), "version": 6, "collectorversion": "2.5.7.0"}
    return json.dumps({"data": items, "meta": meta}, ensure_ascii=False).encode("utf-8")


def _common(sid: str, properties: dict[str, object]) -> dict[str, object]:
    return {
        "ObjectIdentifier": sid,
        "Properties": properties,
        "Aces": [],
        "IsDeleted": False,
        "IsACLProtected": False,
        "ContainedBy": {"ObjectIdentifier": DOMAIN_SID, "ObjectType": "Domain"},
    }


def _user(one: Account) -> dict[str, object]:
    properties: dict[str, object] = {
        "domain": UPPER,
        "name": f"{one.name.upper()}@{UPPER}",
        "distinguishedname": _dn(one.display, "Utilisateurs").upper(),
        "domainsid": DOMAIN_SID,
        "samaccountname": one.name,
        "isaclprotected": False,
        "description": one.description or None,
        "whencreated": _epoch(one.created, 0),
        "sensitive": False,
        "dontreqpreauth": False,
        "passwordnotreqd": False,
        "unconstraineddelegation": False,
        "pwdneverexpires": one.name.startswith("svc-"),
        "enabled": one.enabled,
        "trustedtoauth": False,
        "lastlogon": _epoch(one.last_logon, 0),
        "lastlogontimestamp": _epoch(one.replicated_logon, -1),
        "pwdlastset": _epoch(one.password_set, 0),
        "serviceprincipalnames": [],
        "hasspn": False,
        "displayname": one.display,
        "email": f"{one.name}@ch-belleroche.example" if one.person else None,
        "title": one.person.job if one.person else None,
        "homedirectory": None,
        "userpassword": None,
        "unixpassword": None,
        "unicodepassword": None,
        "sfupassword": None,
        "logonscript": None,
        "admincount": one.admin,
        "sidhistory": [],
    }
    return {
        **_common(one.sid, properties),
        "AllowedToDelegate": [],
        "PrimaryGroupSID": f"{DOMAIN_SID}-{one.primary}",
        "HasSIDHistory": [],
        "SPNTargets": [],
    }


def _computer(hospital: Hospital, device: Device) -> dict[str, object]:
    logon = logon_of(hospital, device)
    controller = device.name.startswith("SRV-DC")
    never = int(device.key[-5:]) % 7 == 0  # zero on this controller only
    properties: dict[str, object] = {
        "domain": UPPER,
        "name": f"{device.directory_name}.{UPPER}",
        "distinguishedname": f"CN={device.directory_name},OU=POSTES,{BASE.upper()}",
        "domainsid": DOMAIN_SID,
        "samaccountname": f"{device.directory_name}$",
        "haslaps": True,
        "isaclprotected": False,
        "description": None,
        "whencreated": _epoch(hospital.as_of - timedelta(days=900), 0),
        "enabled": True,
        "unconstraineddelegation": controller,
        "trustedtoauth": False,
        "isdc": controller,
        "lastlogon": 0 if never else _epoch(logon, 0),
        "lastlogontimestamp": _epoch(logon, -1),
        "pwdlastset": _epoch(logon - timedelta(days=9), 0),
        "serviceprincipalnames": [f"HOST/{device.directory_name}"],
        "email": None,
        "operatingsystem": device.system,
        "sidhistory": [],
    }
    empty = {"Results": [], "Collected": False, "FailureReason": None}
    return {
        **_common(device.sid, properties),
        "PrimaryGroupSID": f"{DOMAIN_SID}-{516 if controller else 515}",
        "AllowedToDelegate": [],
        "AllowedToAct": [],
        "HasSIDHistory": [],
        "DumpSMSAPassword": [],
        "Sessions": empty,
        "PrivilegedSessions": empty,
        "RegistrySessions": empty,
        "LocalGroups": [],
        "UserRights": [],
        "DCRegistryData": {},
        "Status": None,
        "IsDC": controller,
        "DomainSID": DOMAIN_SID,
    }


def _group(one: Group) -> dict[str, object]:
    properties: dict[str, object] = {
        "domain": UPPER,
        "name": f"{one.name.upper()}@{UPPER}",
        "distinguishedname": _dn(one.name, "Groupes").upper(),
        "domainsid": DOMAIN_SID,
        "samaccountname": one.name,
        "isaclprotected": False,
        "description": None,
        "whencreated": 1262304000,
        "admincount": one.sid.endswith(("-512", "-519", "-544")),
    }
    members = [{"ObjectIdentifier": sid, "ObjectType": kind} for sid, kind in one.members]
    return {**_common(one.sid, properties), "Members": members}


def _domain() -> dict[str, object]:
    properties: dict[str, object] = {
        "domain": UPPER,
        "name": UPPER,
        "distinguishedname": BASE.upper(),
        "domainsid": DOMAIN_SID,
        "isaclprotected": False,
        "description": None,
        "functionallevel": "2016",
        "whencreated": 1262304000,
    }
    return {
        **_common(DOMAIN_SID, properties),
        "ChildObjects": [],
        "Trusts": [],
        "Links": [],
        "GPOChanges": {},
    }


def _dn(name: str, place: str) -> str:
    return f"CN={name.replace(',', ' ')},OU={place},{BASE}"


def binary_sid(sid: str) -> bytes:
    """Write a SID as the directory stores it.

    >>> binary_sid("S-1-5-32-544").hex()
    '01020000000000052000000020020000'
    """
    parts = sid[sid.index("S-1-") :].split("-")
    numbers = [int(part) for part in parts[3:]]
    return (
        bytes([1, len(numbers)])
        + int(parts[2]).to_bytes(6, "big")
        + b"".join(struct.pack("<I", one) for one in numbers)
    )


def _filetime(moment: datetime | None) -> str:
    return str(int((moment.timestamp() + 11_644_473_600) * 10_000_000)) if moment else "0"


def _attribute(name: str, value: str) -> str:
    plain = value.isascii() and value[:1] not in (" ", ":", "<") and not value.endswith(" ")
    return f"{name}: {value}" if plain else f"{name}:: {base64.b64encode(value.encode()).decode()}"


def _ldif(hospital: Hospital, output: Output, groups: list[Group], *, dated: bool) -> None:
    by_sid = {one.sid: _dn(f"{one.display} ({one.name})", "Utilisateurs") for one in hospital.accounts}
    by_sid |= {one.sid: _dn(one.name, "Groupes") for one in groups}
    name = f"evidence/annuaire/export_annuaire_{_exported(hospital):%Y%m%d}.ldif"
    lines = [
        "version: 1",
        "",
        f"dn: {BASE}",
        "objectClass: top",
        "objectClass: domain",
        "objectClass: domainDNS",
        "dc: belleroche",
        f"objectSid:: {base64.b64encode(binary_sid(DOMAIN_SID)).decode()}",
        "",
    ]
    for one in hospital.accounts:
        lines += [*_user_entry(one, by_sid[one.sid], dated=dated, grouped=bool(groups)), ""]
    for device in (one for one in hospital.devices if one.domain):
        device.records.append(Record(name, row=len(lines) + 1))
        lines += [*_computer_entry(hospital, device, grouped=bool(groups)), ""]
    for group in groups:
        lines += [*_group_entry(group, by_sid), ""]
    output.text(name, "\n".join(lines) + "\n")


def _entry(dn: str, sid: str, classes: tuple[str, ...]) -> Iterator[str]:
    yield _attribute("dn", dn)
    for one in classes:
        yield f"objectClass: {one}"
    yield f"objectSid:: {base64.b64encode(binary_sid(sid)).decode()}"


def _user_entry(one: Account, dn: str, *, dated: bool, grouped: bool) -> list[str]:
    control = 512 | (0 if one.enabled else 2) | (0x10000 if one.name.startswith("svc-") else 0)
    lines = [
        *_entry(dn, one.sid, ("top", "person", "organizationalPerson", "user")),
        _attribute("sAMAccountName", one.name),
        _attribute("displayName", one.display),
        f"userAccountControl: {control}",
    ]
    if grouped:
        lines.append(f"primaryGroupID: {one.primary}")
    if one.person:
        lines.append(f"mail: {one.name}@ch-belleroche.example")
    if dated:
        lines += [
            f"whenCreated: {one.created:%Y%m%d%H%M%S}.0Z",
            f"pwdLastSet: {_filetime(one.password_set)}",
            f"lastLogon: {_filetime(one.last_logon)}",
        ]
        if one.replicated_logon:
            lines.append(f"lastLogonTimestamp: {_filetime(one.replicated_logon)}")
    return lines


def _computer_entry(hospital: Hospital, device: Device, *, grouped: bool) -> list[str]:
    logon, controller = logon_of(hospital, device), device.name.startswith("SRV-DC")
    dn = f"CN={device.directory_name},OU=Postes,{BASE}"
    return [
        *_entry(dn, device.sid, ("top", "person", "organizationalPerson", "user", "computer")),
        f"sAMAccountName: {device.directory_name}$",
        f"dNSHostName: {device.directory_name}.{DOMAIN}",
        f"operatingSystem: {device.system}",
        f"userAccountControl: {532480 if controller else 4096}",
        *([f"primaryGroupID: {516 if controller else 515}"] if grouped else []),
        f"whenCreated: {hospital.as_of - timedelta(days=900):%Y%m%d%H%M%S}.0Z",
        f"pwdLastSet: {_filetime(logon - timedelta(days=9))}",
        f"lastLogon: {_filetime(logon)}",
        f"lastLogonTimestamp: {_filetime(logon)}",
    ]


def _group_entry(one: Group, by_sid: dict[str, str]) -> list[str]:
    lines = [
        *_entry(by_sid[one.sid], one.sid, ("top", "group")),
        _attribute("sAMAccountName", one.name),
        "groupType: -2147483646",
    ]
    return lines + [_attribute("member", by_sid[sid]) for sid, _kind in one.members if sid in by_sid]
