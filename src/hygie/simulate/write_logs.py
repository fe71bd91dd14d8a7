"""Leases, remote access, backup jobs, Windows events and the staff list."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

from hygie.simulate.hospital import Device, Hospital, Record, french, local
from hygie.simulate.names import HOSPITAL
from hygie.simulate.output import Output
from hygie.simulate.plan import BLIND
from hygie.simulate.truth import Truth


def write_leases(hospital: Hospital, output: Output) -> None:
    """Write the lease file of the DHCP server; a client that moved has its old lease above the new one."""
    name = "evidence/dhcp/dhcpd.leases"
    lines = [
        "# The format of this file is documented in the dhcpd.leases(5) manual page.",
        "# This lease file was written by isc-dhcp-4.4.3-P1",
        "",
        "authoring-byte-order little-endian;",
        "",
    ]
    clients = [one for one in hospital.of("workstation", "phone", "guest", "medical", "unknown") if one.dhcp]
    for device in (one for one in clients if one.moved):
        begun = hospital.start
        _lease(lines, device, device.ip, begun, device.moved or begun, "free", name)
    for rank, device in enumerate(clients):
        renewed = device.moved if device.moved else hospital.as_of - timedelta(hours=3 + rank * 5 % 90)
        _lease(
            lines,
            device,
            device.next_ip or device.ip,
            renewed,
            hospital.as_of + timedelta(days=4),
            "active",
            name,
        )
    output.text(name, "\n".join(lines) + "\n")


def _lease(lines: list[str], device: Device, ip: str, start: datetime, end: datetime, state: str, name: str) -> None:
    device.records.append(Record(name, row=len(lines) + 1))
    host = (device.directory_name or device.name).lower()
    lines += [
        f"lease {ip} {{",
        f"  starts {_lease_time(start)};",
        f"  ends {_lease_time(end)};",
        f"  cltt {_lease_time(start)};",
        f"  binding state {state};",
        "  next binding state free;",
        "  rewind binding state free;",
        f"  hardware ethernet {device.mac};",
    ]
    if host:
        lines.append(f'  client-hostname "{host}";')
    lines.append("}")


def _lease_time(moment: datetime) -> str:
    return f"{(moment.weekday() + 1) % 7} {moment:%Y/%m/%d %H:%M:%S}"


def write_sessions(hospital: Hospital, output: Output) -> None:
    """Write the remote-access log; blind means that the factor was not recorded."""
    header = (
        "Début de session",
        "Fin de session",
        "Utilisateur",
        "IP source",
        "IP attribuée",
        "Authentification",
        "Résultat",
        "Passerelle",
    )
    recorded = hospital.plan.states["RA-01"] != BLIND
    rows = [
        (
            french(one.start),
            french(one.end),
            one.account,
            one.source,
            one.assigned,
            one.factor if recorded else "",
            "Succès" if one.success else "Échec",
            "SRV-VPN01",
        )
        for one in sorted(hospital.sessions, key=lambda one: (one.start, one.account))
    ]
    output.table("evidence/acces-distant/sessions_vpn.csv", header, rows)


def write_staff(hospital: Hospital, output: Output) -> None:
    """Write the staff list, one row per contract; blind means that human resources gave nothing."""
    if hospital.plan.states["RA-03"] == BLIND:
        return
    header: list[object] = [
        "Matricule",
        "Nom",
        "Prénom",
        "Service",
        "Fonction",
        "Type de contrat",
        "Date de début de contrat",
        "Date de fin de contrat",
        "Login",
    ]
    rows: list[list[object]] = [[f"{HOSPITAL} - Liste du personnel au {french(hospital.as_of)[:10]}"], header]
    for person in hospital.people:
        for begun, ended in person.contracts:
            kind = "CDD" if ended and ended.year < 2090 else "Titulaire"
            rows.append(
                [
                    person.number,
                    person.family,
                    person.given,
                    person.unit,
                    person.job,
                    kind,
                    _day(begun),
                    _day(ended) if ended else None,
                    person.login if person.login_listed else None,
                ]
            )
    output.sheet("evidence/rh/liste du personnel.xlsx", {"Personnel": rows}, dates=(6, 7), title_rows=1)


def _day(moment: datetime) -> datetime:
    if moment.year > 2090:
        return datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001 — a spreadsheet day has no zone
    return local(moment).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)


def write_backups(
    hospital: Hospital, output: Output, faults: dict[str, str], losses: dict[str, int], truth: Truth
) -> None:
    """Write backup job sessions; blind means no report, or one that ends long ago."""
    blind = hospital.plan.states["BKP-02"] == BLIND
    if blind and hospital.seed % 2 == 0:
        return
    shift = timedelta(days=75) if blind else timedelta()
    header = (
        "JobName",
        "VMName",
        "Status",
        "IsRetry",
        "ProcessingMode",
        "JobDuration",
        "TaskDuration",
        "TaskAlgorithm",
        "CreationTime",
        "BackupSizeGB",
        "DataSizeGB",
        "DedupRatio",
        "CompressRatio",
        "BottleneckDetails",
        "PrimaryBottleneck",
        "JobType",
        "JobAlgorithm",
    )
    runs: list[tuple[datetime, tuple[str, ...]]] = []
    for host in hospital.of("server"):
        runs += _runs(hospital, host, faults.get(host.name, ""), losses.get(host.name, 168), shift)
    runs.sort()
    output.table(
        "evidence/sauvegarde/rapport_sessions_sauvegarde.csv",
        header,
        [row for _at, row in runs],
        separator=",",
        encoding="utf-8",
    )
    truth.trap("failure_then_success", "a failed run is followed by a good retry the same night")


def _runs(
    hospital: Hospital, host: Device, fault: str, loss: int, shift: timedelta
) -> Iterator[tuple[datetime, tuple[str, ...]]]:
    if fault == "absent":
        return
    step = timedelta(hours=2) if loss < 24 else timedelta(days=1)
    job = "Sauvegarde continue" if loss < 24 else "Sauvegarde nocturne"
    last = hospital.as_of - timedelta(minutes=50) if loss < 24 else hospital.as_of - timedelta(hours=20)
    number, moment = int(host.key[-5:]), last
    for rank in range(hospital.days if loss >= 24 else min(hospital.days, 31) * 12):
        if not (fault == "old" and hospital.as_of - moment < timedelta(days=9)):
            at = moment + timedelta(seconds=number % 600)
            failed = (fault == "failing" and rank < 3) or (not fault and (rank + number) % 37 == 5)
            yield _run(host, job, at - shift, failed, retry=False)
            if failed and not fault:
                yield _run(host, job, at - shift + timedelta(minutes=40), failed=False, retry=True)
        moment -= step


def _run(host: Device, job: str, at: datetime, failed: bool, *, retry: bool) -> tuple[datetime, tuple[str, ...]]:
    number = int(host.key[-5:])
    stamp = local(at).strftime("%Y-%m-%dT%H:%M:%S.0000000")
    size = f"{2 + number % 90}.{number % 10}"
    return at, (
        job,
        host.name,
        "Failed" if failed else "Success",
        str(retry),
        "HotAdd",
        "00:52:10",
        f"00:{5 + number % 40:02d}:00",
        "CBTIncremental",
        stamp,
        "0" if failed else size,
        f"{20 + number % 400}.0",
        "1.8",
        "2.1",
        "Source 15% > Proxy 25% > Network 10% > Target 50%",
        "Target",
        "EVmware",
        "Increment",
    )


def write_windows(hospital: Hospital, output: Output) -> None:
    """Write Security events of the controllers, flat and as a shipper wraps them."""
    staff = [one for one in hospital.accounts if one.person and one.enabled]
    posts = hospital.of("workstation")
    flat: list[str] = []
    wrapped: list[str] = []
    count = hospital.size(20_000, 400)
    for number in range(count):
        who, where = staff[number * 7 % len(staff)], posts[number * 11 % len(posts)]
        moment = hospital.as_of - timedelta(days=min(14, hospital.days) * (1 - number / count), minutes=1)
        code = (4624, 4624, 4768, 4769, 4625)[number % 5 if number % 40 else 4]
        (flat if number % 2 else wrapped).append(_event(code, moment, who.name, where, number, wrapped=number % 2 == 0))
    output.text("evidence/windows/DC01_Security.jsonl.gz", "".join(flat))
    output.text("evidence/windows/winlogbeat-dc02.ndjson", "".join(wrapped))


def _event(code: int, moment: datetime, account: str, device: Device, number: int, *, wrapped: bool) -> str:
    data = {
        "TargetUserName": account,
        "TargetDomainName": "BELLEROCHE",
        "LogonType": "3",
        "IpAddress": device.next_ip or device.ip,
        "WorkstationName": device.name,
        "AuthenticationPackageName": "Kerberos",
    }
    if not wrapped:
        event = {
            "EventTime": local(moment).strftime("%Y-%m-%d %H:%M:%S"),
            "Hostname": "SRV-DC01.belleroche.local",
            "EventID": code,
            "Channel": "Security",
            "SourceName": "Microsoft-Windows-Security-Auditing",
            "RecordNumber": 500_000 + number,
            "SeverityValue": 2,
            **data,
        }
        return json.dumps(event) + "\n"
    event = {
        "@timestamp": moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z",
        "host": {"name": "SRV-DC02.belleroche.local"},
        "event": {"code": str(code), "provider": "Microsoft-Windows-Security-Auditing"},
        "winlog": {
            "channel": "Security",
            "event_id": code,
            "record_id": 700_000 + number,
            "computer_name": "SRV-DC02.belleroche.local",
            "provider_name": "Microsoft-Windows-Security-Auditing",
            "event_data": data,
        },
    }
    return json.dumps(event) + "\n"
