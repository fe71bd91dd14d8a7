"""The directory as an LDIF export."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator
from datetime import datetime, timedelta

from hygie.simulate.hospital import Account, Device, Group, Hospital, Record
from hygie.simulate.names import DOMAIN
from hygie.simulate.output import Output
from hygie.simulate.people import DOMAIN_SID

BASE = "DC=belleroche,DC=local"


def exported(hospital: Hospital) -> datetime:
    """When the directory was exported."""
    return hospital.as_of - timedelta(hours=2)


def logon_of(hospital: Hospital, device: Device) -> datetime:
    """When a computer last logged on: these days, or long ago for those that left."""
    number = int(device.key[-5:])
    days = 200 + number % 300 if device.retired else 0.2 + number % 5
    return (hospital.as_of - timedelta(days=days)).replace(microsecond=0)


def dn(name: str, place: str) -> str:
    """Name an object of the directory."""
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


def ldif(hospital: Hospital, output: Output, groups: list[Group], *, dated: bool) -> None:
    """Write the export; undated leaves logons and passwords out, no groups leaves every membership out."""
    by_sid = {one.sid: dn(f"{one.display} ({one.name})", "Utilisateurs") for one in hospital.accounts}
    by_sid |= {one.sid: dn(one.name, "Groupes") for one in groups}
    name = f"evidence/annuaire/export_annuaire_{exported(hospital):%Y%m%d}.ldif"
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
