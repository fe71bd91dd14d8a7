"""Zeek logs: conn as rotated TSV and as JSON lines, dns, dhcp and ssl."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from hygie.simulate.connections import Book, Columns, Connections
from hygie.simulate.hospital import Hospital
from hygie.simulate.output import Output
from hygie.simulate.pattern import Pattern
from hygie.simulate.write_zeek_others import write_dhcp, write_dns, write_ssl
from hygie.simulate.zeek_log import CONNECTION, header, identifiers, moment

CONN = (
    *CONNECTION,
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
ROW = "%.6f\tC%s%s%s\t%s\t%d\t%s\t%d\t%s\t%s\t%d\t%d\t%s\t%d\t%d\t%d\t%d\t-\n"
QUIET_ROW = "%.6f\tC%s%s%s\t%s\t%d\t%s\t%d\t%s\t-\t-\t-\t%s\t%d\t%d\t0\t0\t-\n"
VRRP = "00:00:5e:00:01:84"
BROKEN = (
    "1790000000.000000\tCbroken",
    "\x00\x01\x02 disk error",
    "ceci n'est pas une ligne de journal\t\t\t",
)


def write_zeek(
    hospital: Hospital, connections: Connections, output: Output, tell: Callable[[float], None]
) -> dict[str, int]:
    """Write every Zeek log; give the number of broken lines by file."""
    generator = np.random.default_rng(hospital.seed + 1)
    damaged: dict[str, int] = {}
    core = connections.sensors.get("core")
    if core is not None:
        for done, (name, rows) in enumerate(_by_day(core, hospital, "evidence/reseau/zeek-coeur/conn")):
            body = header("conn", CONN, moment(rows)) + conn_lines(rows, connections, generator)
            if done == 2:
                lines = body.split("\n")
                lines[20:20] = BROKEN
                body, damaged[name] = "\n".join(lines), len(BROKEN)
            output.text(name, body)
            tell((done + 1) / (hospital.sight_days + 1))
        write_dns(hospital, core, connections, output, generator)
        write_ssl(hospital, core, connections, output, generator)
    write_dhcp(hospital, output)
    biomedical = connections.sensors.get("biomedical")
    if biomedical is not None:
        router = next(device.mac for device in hospital.devices if device.name == "COEUR-01")
        lines = json_lines(biomedical, connections, generator, router)
        output.data("evidence/reseau/zeek-biomed/conn.json.gz", "".join(lines).encode())
    return damaged


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
    return "".join(_block(rows.part(at, at + 200_000), connections, generator) for at in range(0, len(rows), 200_000))


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
    return "".join([ROW % row if good else QUIET_ROW % _quiet(row) for row, good in zip(values, answered, strict=True)])


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
    tails = [f"{pattern.state}\tT\tT\t0\t{histories[pattern.protocol, pattern.state]}" for pattern in patterns]
    return np.array(heads, dtype=object), np.array(tails, dtype=object)


def json_lines(rows: Columns, connections: Connections, generator: np.random.Generator, front: str) -> list[str]:
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
