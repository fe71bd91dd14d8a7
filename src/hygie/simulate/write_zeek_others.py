"""The smaller Zeek logs: dns, ssl and dhcp."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from hygie.simulate.connections import Columns, Connections
from hygie.simulate.hospital import Device, Hospital
from hygie.simulate.output import Output
from hygie.simulate.zeek_log import CONNECTION, header, identifiers, moment

DNS = (
    *CONNECTION,
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
    *CONNECTION,
    ("version", "string"),
    ("cipher", "string"),
    ("curve", "string"),
    ("server_name", "string"),
    ("resumed", "bool"),
    ("last_alert", "string"),
    ("next_protocol", "string"),
    ("established", "bool"),
)
LEASE = timedelta(days=8)


def write_dns(
    hospital: Hospital,
    core: Columns,
    connections: Connections,
    output: Output,
    generator: np.random.Generator,
) -> None:
    """Write the questions some of the connections asked."""
    asked = [
        number for number, pattern in enumerate(connections.patterns) if pattern.service == "dns" and pattern.answered
    ]
    rows = core.where(np.flatnonzero(np.isin(core.pattern, asked))[:: max(1, len(core) // 60_000)])
    names = [f"{host.name.lower()}.belleroche.local" for one in hospital.applications for host in one.hosts[:1]]
    hosts = [host.ip for one in hospital.applications for host in one.hosts[:1]]
    lines = []
    for index, number in enumerate(generator.integers(0, len(names), len(rows)).tolist()):
        source, target = (
            connections.book.addresses[rows.source[index]],
            connections.book.addresses[rows.target[index]],
        )
        lines.append(
            f"{rows.time[index]:.6f}\tCdns{index:09d}\t{source}\t{rows.source_port[index]}\t{target}\t53\tudp"
            f"\t{index % 65536}\t0.001200\t{names[number]}\t1\tC_INTERNET\t1\tA\t0\tNOERROR\tT\tF\tT\tT\t0"
            f"\t{hosts[number]}\t3600.000000\tF\n"
        )
    if lines:
        output.text("evidence/reseau/zeek-coeur/dns.log.gz", header("dns", DNS, moment(rows)) + "".join(lines))


def write_ssl(
    hospital: Hospital,
    core: Columns,
    connections: Connections,
    output: Output,
    generator: np.random.Generator,
) -> None:
    """Write the negotiations of some of the encrypted connections."""
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
        output.text("evidence/reseau/zeek-coeur/ssl.log.zst", header("ssl", SSL, moment(rows)) + "".join(lines))


def write_dhcp(hospital: Hospital, output: Output) -> None:
    """Write renewals: each client asks again every four days, at the address it holds at that time."""
    server = hospital.role("dhcp")[0].ip
    events: list[tuple[float, str]] = []
    for rank, device in enumerate(
        one for one in hospital.of("workstation", "phone", "guest", "medical", "unknown") if one.dhcp
    ):
        moment = hospital.as_of - timedelta(days=hospital.sight_days) + timedelta(minutes=(rank * 37) % 5000)
        moment = max(moment, device.arrived or moment)
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
