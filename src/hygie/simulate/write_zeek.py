"""Zeek logs: conn as rotated TSV and as JSON lines, dns, dhcp and ssl."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from hygie.simulate.connections import Book, Columns, Connections
from hygie.simulate.hospital import Device, Hospital
from hygie.simulate.output import Output
from hygie.simulate.traffic import Pattern

CONN = (
    ("ts", "time"),
    ("uid", "string"),
    ("id.orig_h", "addr"),
    ("id.orig_p", "port"),
    ("id.resp_h", "addr"),
    ("id.resp_p", "port"),
    ("proto", "enum"),
    ("service", "string"),
    ("duration", "interval"),
    ("orig_bytes", "count"),
    ("resp_bytes", "count"),
    ("conn_state", "string"),
    ("local_orig", "bool"),
    ("local_resp", "bool"),
    ("missed_bytes", "count"),
    ("history", "string"),
    ("orig_pkts", "count"),
    ("orig_ip_bytes", "count"),
    ("resp_pkts", "count"),
    ("resp_ip_bytes", "count"),
    ("tunnel_parents", "set[string]"),
)
DNS = (
    ("ts", "time"),
    ("uid", "string"),
    ("id.orig_h", "addr"),
    ("id.orig_p", "port"),
    ("id.resp_h", "addr"),
    ("id.resp_p", "port"),
    ("proto", "enum"),
    ("trans_id", "count"),
    ("rtt", "interval"),
    ("query", "string"),
    ("qclass", "count"),
    ("qclass_name", "string"),
    ("qtype", "count"),
    ("qtype_name", "string"),
    ("rcode", "count"),
    ("rcode_name", "string"),
    ("AA", "bool"),
    ("TC", "bool"),
    ("RD", "bool"),
    ("RA", "bool"),
    ("Z", "count"),
    ("answers", "vector[string]"),
    ("TTLs", "vector[interval]"),
    ("rejected", "bool"),
)
DHCP = (
    ("ts", "time"),
    ("uids", "set[string]"),
    ("client_addr", "addr"),
    ("server_addr", "addr"),
    ("mac", "string"),
    ("host_name", "string"),
    ("client_fqdn", "string"),
    ("domain", "string"),
    ("requested_addr", "addr"),
    ("assigned_addr", "addr"),
    ("lease_time", "interval"),
    ("client_message", "string"),
    ("server_message", "string"),
    ("msg_types", "vector[string]"),
    ("duration", "interval"),
)
SSL = (
    ("ts", "time"),
    ("uid", "string"),
    ("id.orig_h", "addr"),
    ("id.orig_p", "port"),
    ("id.resp_h", "addr"),
    ("id.resp_p", "port"),
    ("version", "string"),
    ("cipher", "string"),
    ("curve", "string"),
    ("server_name", "string"),
    ("resumed", "bool"),
    ("last_alert", "string"),
    ("next_protocol", "string"),
    ("established", "bool"),
)
ROW = "%.6f\tC%s%s%s\t%s\t%d\t%s\t%d\t%s\t%s\t%d\t%d\t%s\t%d\t%d\t%d\t%d\t-\n"
QUIET_ROW = "%.6f\tC%s%s%s\t%s\t%d\t%s\t%d\t%s\t-\t-\t-\t%s\t%d\t%d\t0\t0\t-\n"
LETTERS = np.array(list("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))
VRRP = "00:00:5e:00:01:84"
BROKEN = (
    "1790000000.000000\tCbroken",
    "\x00\x01\x02 disk error",
    "ceci n'est pas une ligne de journal\t\t\t",
)
LEASE = timedelta(days=8)


def header(path: str, fields: tuple[tuple[str, str], ...], opened: datetime) -> str:
    """Write the lines Zeek puts above a TSV log."""
    names, types = "\t".join(name for name, _ in fields), "\t".join(kind for _, kind in fields)
    return (
        "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n"
        f"#path\t{path}\n#open\t{opened:%Y-%m-%d-%H-%M-%S}\n#fields\t{names}\n#types\t{types}\n"
    )


@cache
def _pieces() -> npt.NDArray[Any]:
    """Draw once the sixty thousand words that connection identifiers are put together from."""
    letters = LETTERS[np.random.default_rng(62).integers(0, 62, (65_536, 6))]
    return np.array(["".join(row) for row in letters.tolist()], dtype=object)


def identifiers(count: int, generator: np.random.Generator) -> list[list[str]]:
    """Draw the pieces of connection identifiers."""
    return [_pieces()[generator.integers(0, 65_536, count)].tolist() for _each in range(3)]


def write_zeek(
    hospital: Hospital, connections: Connections, output: Output, tell: Callable[[float], None]
) -> dict[str, int]:
    """Write every Zeek log; give the number of broken lines by file."""
    generator = np.random.default_rng(hospital.seed + 1)
    damaged: dict[str, int] = {}
    core = connections.sensors.get("core")
    if core is not None:
        for done, (name, rows) in enumerate(_by_day(core, hospital, "evidence/reseau/zeek-coeur/conn")):
            body = header("conn", CONN, _moment(rows)) + conn_lines(rows, connections, generator)
            if done == 2:
                lines = body.split("\n")
                lines[20:20] = BROKEN
                body, damaged[name] = "\n".join(lines), len(BROKEN)
            output.text(name, body)
            tell((done + 1) / (hospital.sight_days + 1))
        _write_dns(hospital, core, connections, output, generator)
        _write_ssl(hospital, core, connections, output, generator)
    _write_dhcp(hospital, output)
    biomedical = connections.sensors.get("biomedical")
    if biomedical is not None:
        router = next(device.mac for device in hospital.devices if device.name == "COEUR-01")
        lines = json_lines(biomedical, connections, generator, router)
        output.data("evidence/reseau/zeek-biomed/conn.json.gz", "".join(lines).encode())
    return damaged


def _moment(rows: Columns) -> datetime:
    return datetime.fromtimestamp(float(rows.time[0]), UTC)


def _by_day(columns: Columns, hospital: Hospital, stem: str) -> Iterator[tuple[str, Columns]]:
    day = hospital.as_of.replace(hour=0, minute=0) - timedelta(days=hospital.sight_days + 1)
    while day <= hospital.as_of:
        after = day + timedelta(days=1)
        first, last = np.searchsorted(columns.time, [day.timestamp(), after.timestamp()]).tolist()
        if last > first:
            span = f"{day:%Y-%m-%d-%H_%M_%S}-{after:%Y-%m-%d-%H_%M_%S}"
            yield f"{stem}.{span}.log.gz", columns.part(first, last)
        day = after


def conn_lines(rows: Columns, connections: Connections, generator: np.random.Generator) -> str:
    """Write connections as Zeek writes them, block by block."""
    return "".join(
        _block(rows.part(at, at + 200_000), connections, generator) for at in range(0, len(rows), 200_000)
    )


def _block(rows: Columns, connections: Connections, generator: np.random.Generator) -> str:
    heads, tails = _words(connections.patterns, connections.book)
    address = np.array(connections.book.addresses, dtype=object)
    answered = np.array([pattern.answered for pattern in connections.patterns])[rows.pattern].tolist()
    packets_out, packets_in = rows.sent // 900 + 3, rows.received // 1200 + 3
    values = zip(
        rows.time.tolist(),
        *identifiers(len(rows), generator),
        address[rows.source].tolist(),
        rows.source_port.tolist(),
        address[rows.target].tolist(),
        rows.port.tolist(),
        heads[rows.pattern].tolist(),
        rows.duration.tolist(),
        rows.sent.tolist(),
        rows.received.tolist(),
        tails[rows.pattern].tolist(),
        packets_out.tolist(),
        (rows.sent + packets_out * 40).tolist(),
        packets_in.tolist(),
        (rows.received + packets_in * 40).tolist(),
        strict=True,
    )
    return "".join(
        [ROW % row if good else QUIET_ROW % _quiet(row) for row, good in zip(values, answered, strict=True)]
    )


def _quiet(row: tuple[object, ...]) -> tuple[object, ...]:
    """Keep of an unanswered attempt what Zeek keeps: one packet, no duration, no bytes."""
    return (*row[:9], row[12], 1, 40)


def _words(patterns: list[Pattern], book: Book) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    histories = {
        ("tcp", "SF"): "ShADadFf",
        ("udp", "SF"): "Dd",
        ("tcp", "S0"): "S",
        ("udp", "S0"): "D",
        ("tcp", "REJ"): "Sr",
    }
    heads = [f"{pattern.protocol}\t{pattern.service or '-'}" for pattern in patterns]
    tails = [
        f"{pattern.state}\tT\tT\t0\t{histories[pattern.protocol, pattern.state]}" for pattern in patterns
    ]
    return np.array(heads, dtype=object), np.array(tails, dtype=object)


def json_lines(
    rows: Columns, connections: Connections, generator: np.random.Generator, front: str
) -> list[str]:
    """Write connections as JSON lines of a sensor that sees hardware addresses: a router's, for whom is elsewhere."""
    book, patterns = connections.book, connections.patterns
    template = (
        '{"ts":%.6f,"uid":"C%s%s%s","id.orig_h":"%s","id.orig_p":%d,"id.resp_h":"%s","id.resp_p":%d,"proto":"%s",%s'
        '"duration":%.6f,"orig_bytes":%d,"resp_bytes":%d,"conn_state":"SF","local_orig":true,"local_resp":true,'
        '"missed_bytes":0,"history":"ShADadFf","orig_pkts":%d,"resp_pkts":%d,"orig_l2_addr":"%s","resp_l2_addr":"%s"}\n'
    )
    protocols = [pattern.protocol for pattern in patterns]
    services = [f'"service":"{pattern.service}",' if pattern.service else "" for pattern in patterns]
    lines = []
    for index, (number, source, target, *pieces) in enumerate(
        zip(
            rows.pattern.tolist(),
            rows.source.tolist(),
            rows.target.tolist(),
            *identifiers(len(rows), generator),
            strict=True,
        )
    ):
        zones = book.zones[source], book.zones[target]
        router = front if "BIOMED-IMAGERIE" in zones else VRRP
        near, far = (
            book.macs[end] if zones[0] == zones[1] or zone.startswith("BIOMED") else router
            for end, zone in zip((source, target), zones, strict=True)
        )
        lines.append(
            template
            % (
                rows.time[index],
                *pieces,
                book.addresses[source],
                rows.source_port[index],
                book.addresses[target],
                rows.port[index],
                protocols[number],
                services[number],
                rows.duration[index],
                rows.sent[index],
                rows.received[index],
                rows.sent[index] // 900 + 3,
                rows.received[index] // 1200 + 3,
                near,
                far,
            )
        )
    return lines


def _write_dns(
    hospital: Hospital,
    core: Columns,
    connections: Connections,
    output: Output,
    generator: np.random.Generator,
) -> None:
    asked = [
        number
        for number, pattern in enumerate(connections.patterns)
        if pattern.service == "dns" and pattern.answered
    ]
    rows = core.where(np.flatnonzero(np.isin(core.pattern, asked))[:: max(1, len(core) // 60_000)])
    names = [
        f"{host.name.lower()}.belleroche.local" for one in hospital.applications for host in one.hosts[:1]
    ]
    hosts = [host.ip for one in hospital.applications for host in one.hosts[:1]]
    lines = []
    for index, number in enumerate(generator.integers(0, len(names), len(rows)).tolist()):
        source, target = (
            connections.book.addresses[rows.source[index]],
            connections.book.addresses[rows.target[index]],
        )
        lines.append(
            f"{rows.time[index]:.6f}\tCdns{index:09d}\t{source}\t{rows.source_port[index]}\t{target}\t53\tudp\t{index % 65536}"
            f"\t0.001200\t{names[number]}\t1\tC_INTERNET\t1\tA\t0\tNOERROR\tT\tF\tT\tT\t0\t{hosts[number]}\t3600.000000\tF\n"
        )
    if lines:
        output.text(
            "evidence/reseau/zeek-coeur/dns.log.gz", header("dns", DNS, _moment(rows)) + "".join(lines)
        )


def _write_ssl(
    hospital: Hospital,
    core: Columns,
    connections: Connections,
    output: Output,
    generator: np.random.Generator,
) -> None:
    chosen = [number for number, pattern in enumerate(connections.patterns) if pattern.service == "ssl"]
    rows = core.where(np.flatnonzero(np.isin(core.pattern, chosen))[:: max(1, len(core) // 40_000)])
    pieces = identifiers(len(rows), generator)
    lines = []
    for index in range(len(rows)):
        source, target = (
            connections.book.addresses[rows.source[index]],
            connections.book.addresses[rows.target[index]],
        )
        uid = "".join(piece[index] for piece in pieces)
        lines.append(
            f"{rows.time[index]:.6f}\tC{uid}\t{source}\t{rows.source_port[index]}\t{target}\t{rows.port[index]}\tTLSv12"
            "\tTLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\tsecp256r1\t-\tF\t-\t-\tT\n"
        )
    if lines:
        output.text(
            "evidence/reseau/zeek-coeur/ssl.log.zst", header("ssl", SSL, _moment(rows)) + "".join(lines)
        )


def _write_dhcp(hospital: Hospital, output: Output) -> None:
    """Write renewals: each client asks again every four days, at the address it holds at that time."""
    server = hospital.role("dhcp")[0].ip
    events: list[tuple[float, str]] = []
    for rank, device in enumerate(
        one for one in hospital.of("workstation", "phone", "guest", "medical", "unknown") if one.dhcp
    ):
        moment = hospital.as_of - timedelta(days=hospital.sight_days) + timedelta(minutes=(rank * 37) % 5000)
        while moment < hospital.as_of:
            events.append((moment.timestamp(), _dhcp_line(device, moment, server)))
            moment += LEASE / 2
        if device.moved:
            events.append(
                (
                    device.moved.timestamp() - 90,
                    _release_line(device, device.moved - timedelta(seconds=90), server),
                )
            )
            events.append((device.moved.timestamp(), _dhcp_line(device, device.moved, server)))
    events.sort()
    opened = datetime.fromtimestamp(events[0][0], UTC)
    output.text(
        "evidence/reseau/zeek-coeur/dhcp.log",
        header("dhcp", DHCP, opened) + "".join(line for _at, line in events),
    )


def _dhcp_line(device: Device, moment: datetime, server: str) -> str:
    held = device.next_ip if device.moved and moment >= device.moved else device.ip
    name = (device.directory_name or device.name).lower() or "-"
    full = f"{name}.belleroche.local" if device.domain else "-"
    return (
        f"{moment.timestamp():.6f}\tCdhcp{device.key[-5:]}\t{held}\t{server}\t{device.mac}\t{name}\t{full}\tbelleroche.local"
        f"\t{held}\t{held}\t{LEASE.total_seconds():.6f}\t-\t-\tREQUEST,ACK\t0.000400\n"
    )


def _release_line(device: Device, moment: datetime, server: str) -> str:
    return (
        f"{moment.timestamp():.6f}\tCdhcp{device.key[-5:]}\t{device.ip}\t{server}\t{device.mac}"
        "\t-\t-\t-\t-\t-\t-\t-\t-\tRELEASE\t0.000000\n"
    )
