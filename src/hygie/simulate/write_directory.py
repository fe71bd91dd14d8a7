"""The directory, as SharpHound collects it or as an LDIF export."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from hygie.simulate.hospital import Account, Device, Group, Hospital, Record
from hygie.simulate.names import DOMAIN
from hygie.simulate.output import Output
from hygie.simulate.people import DOMAIN_SID
from hygie.simulate.plan import BLIND
from hygie.simulate.write_ldif import BASE, dn, exported, ldif, logon_of

UPPER = DOMAIN.upper()


def write_directory(hospital: Hospital, output: Output, form: str) -> None:
    """Write the export; without groups when ID-01 must be blind, without logon dates when ID-02 must be."""
    groups = [] if hospital.plan.states["ID-01"] == BLIND else hospital.groups
    if form == "ldif":
        ldif(hospital, output, groups, dated=hospital.plan.states["ID-02"] != BLIND)
    else:
        _sharphound(hospital, output, groups)


def _epoch(moment: datetime | None, never: int) -> int:
    return int(moment.timestamp()) if moment else never


def _sharphound(hospital: Hospital, output: Output, groups: list[Group]) -> None:
    stamp = f"{exported(hospital):%Y%m%d%H%M%S}"
    computers = [device for device in hospital.devices if device.domain]
    members = {
        f"{stamp}_users.json": _collected("users", [_user(one) for one in hospital.accounts]),
        f"{stamp}_computers.json": _collected("computers", [_computer(hospital, one) for one in computers]),
        f"{stamp}_domains.json": _collected("domains", [_domain()]),
    }
    if groups:
        members[f"{stamp}_groups.json"] = _collected("groups", [_group(one) for one in groups])
    name = output.archive(f"evidence/annuaire/{stamp}_BloodHound.zip", members)
    for number, device in enumerate(computers, 1):
        device.records.append(Record(name, f"{stamp}_computers.json", row=number, id=device.sid))


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
        "distinguishedname": dn(one.display, "Utilisateurs").upper(),
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
        "distinguishedname": dn(one.name, "Groupes").upper(),
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
