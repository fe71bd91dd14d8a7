"""FortiGate: the traffic log and the configuration that explains it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import numpy as np

from hygie.simulate.connections import Columns, Connections
from hygie.simulate.hospital import Hospital, local
from hygie.simulate.output import Output
from hygie.simulate.pattern import Pattern, Traffic, unit_key
from hygie.simulate.write_fortios import NAME, SERIAL, Unit, configuration, policies
from hygie.simulate.zones import ZONE

_PROTOCOLS = {"tcp": 6, "udp": 17}


def write_firewall(
    hospital: Hospital,
    traffic: Traffic,
    connections: Connections,
    output: Output,
    tell: Callable[[float], None],
) -> None:
    """Write the configuration, then the log, one file per week."""
    rules = policies(hospital, traffic)
    stamp = local(hospital.as_of - timedelta(days=1)).strftime("%Y%m%d%H%M")
    output.text(f"evidence/pare-feu/{NAME}_7-4_2662_{stamp}.conf", "\n".join(configuration(hospital, rules)) + "\n")
    columns = connections.sensors.get("firewall")
    if columns is None:
        return
    numbers = {(name, unit): rank for rank, (name, unit, _opening) in enumerate(rules, 1)}
    for done, (day, rows) in enumerate(_weeks(columns, hospital)):
        lines = log_lines(rows, connections, numbers)
        suffix = ".zst" if done == 1 else ".gz" if done % 3 else ""
        output.text(f"evidence/pare-feu/{NAME}/trafic-{day:%Y-%m-%d}.log{suffix}", lines)
        tell(min(1.0, (done + 1) * 7 / hospital.days))


def _weeks(columns: Columns, hospital: Hospital) -> Iterator[tuple[datetime, Columns]]:
    moment = hospital.start.replace(hour=0, minute=0) - timedelta(days=1)
    while moment <= hospital.as_of:
        after = moment + timedelta(days=7)
        first, last = np.searchsorted(columns.time, [moment.timestamp(), after.timestamp()]).tolist()
        if last > first:
            yield moment, columns.part(first, last)
        moment = after


def log_lines(rows: Columns, connections: Connections, numbers: dict[tuple[str, Unit], int]) -> str:
    """Write traffic log lines as the firewall sends them."""
    book, patterns = connections.book, connections.patterns
    mine = [pattern if pattern.sensor == "firewall" else None for pattern in patterns]
    heads = [_head(pattern) if pattern else "" for pattern in mine]
    tails = [
        [_tail(pattern, index, numbers) for index in range(len(pattern.destinations))] if pattern else []
        for pattern in mine
    ]
    places = [{book.number[id(one)]: index for index, one in enumerate(pattern.destinations)} for pattern in patterns]
    sent, received, lasted = (
        rows.sent.tolist(),
        rows.received.tolist(),
        (rows.duration + 1).astype(int).tolist(),
    )
    lines = []
    for index, (time, number, source, target, out, port) in enumerate(
        zip(
            rows.time.tolist(),
            rows.pattern.tolist(),
            rows.source.tolist(),
            rows.target.tolist(),
            rows.source_port.tolist(),
            rows.port.tolist(),
            strict=True,
        )
    ):
        pattern, place = patterns[number], places[number][target]
        ended = time + lasted[index]  # the firewall writes its line when the session ends
        stamp, zone = _clock(ended)
        shown, shown_port, translation = _translated(pattern, place, book.addresses[target], port, out)
        lines.append(
            f'{stamp} devname="{NAME}" devid="{SERIAL}" eventtime={int(ended * 1_000_000) * 1000} tz="{zone}" '
            'logid="0000000013" type="traffic" subtype="forward" level="notice" vd="root" '
            f"srcip={book.addresses[source]} srcport={out} {heads[number]} dstip={shown} dstport={shown_port} "
            f"{tails[number][place]} sessionid={index + 1_000_000} {translation}duration={lasted[index]} "
            f"sentbyte={sent[index]} rcvdbyte={received[index]} sentpkt={sent[index] // 900 + 1} "
            f'rcvdpkt={received[index] // 1200 + (1 if received[index] else 0)} appcat="unscanned"\n'
        )
    return "".join(lines)


_CLOCKS: dict[int, tuple[str, str]] = {}


def _clock(time: float) -> tuple[str, str]:
    """Write the local day and second; the zone is looked up once per hour."""
    hour, rest = divmod(int(time), 3600)
    if hour not in _CLOCKS:
        moment = local(datetime.fromtimestamp(hour * 3600, UTC))
        _CLOCKS[hour] = (moment.strftime("date=%Y-%m-%d time=%H:"), moment.strftime("%z"))
    start, zone = _CLOCKS[hour]
    return f"{start}{rest // 60:02d}:{rest % 60:02d}", zone


def _head(pattern: Pattern) -> str:
    source, target = ZONE[pattern.sources[0].zone], ZONE[pattern.destinations[0].zone]
    roles = tuple("wan" if zone.kind == "internet" else "lan" for zone in (source, target))
    ends = f'srcintf="{source.interface}" srcintfrole="{roles[0]}"'
    return f'{ends} dstintf="{target.interface}" dstintfrole="{roles[1]}"'


def _tail(pattern: Pattern, place: int, numbers: dict[tuple[str, Unit], int]) -> str:
    service = pattern.service or f"{pattern.protocol}/{pattern.port}"
    protocol = f'proto={_PROTOCOLS[pattern.protocol]} service="{service}"'
    if not pattern.answered:
        return f'{protocol} action="deny" policyid=0 policytype="policy"'
    unit = (pattern.sources[0].zone, pattern.destinations[place].zone, pattern.protocol, pattern.port)
    number = numbers.get((unit_key(unit), unit)) or next(
        (rank for (name, one), rank in numbers.items() if one == unit and (name == pattern.rule or not pattern.rule)),
        1,
    )
    action = "close" if pattern.protocol == "tcp" else "accept"
    return f'{protocol} action="{action}" policyid={number} policytype="policy"'


def _translated(pattern: Pattern, place: int, target: str, port: int, out: int) -> tuple[str, int, str]:
    """Say which address and port the log shows and what they were turned into."""
    if not pattern.answered:
        return target, port, 'trandisp="noop" '
    if pattern.public:
        front = pattern.public[min(place, len(pattern.public) - 1)]
        return front[0], front[1], f'trandisp="dnat" tranip={target} tranport={port} '
    if pattern.destinations[0].zone == "INTERNET":
        return target, port, f'trandisp="snat" transip=192.0.2.2 transport={out} '
    return target, port, 'trandisp="noop" '
