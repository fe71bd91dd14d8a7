"""FortiGate: the traffic log and the configuration that explains it."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import numpy as np

from hygie.simulate.connections import Columns, Connections
from hygie.simulate.hospital import INTERNAL, ZONE, Hospital, Opening, local
from hygie.simulate.output import Output
from hygie.simulate.traffic import DYNAMIC, Pattern, Traffic, unit_key

NAME, MODEL, SERIAL = "FW-PERIMETRE", "FGT100F", "FG100FTK26000417"
Unit = tuple[str, str, str, int]
NUMBERS = {"tcp": 6, "udp": 17}


def policies(hospital: Hospital, traffic: Traffic) -> list[tuple[str, Unit, Opening | None]]:
    """Every accepting rule in order: those that carry the matrix, then the openings somebody added."""
    carried: list[tuple[str, Unit, Opening | None]] = [
        (unit_key(unit), unit, None) for unit in sorted(traffic.habits)
    ]
    for one in hospital.openings:
        carried.append((one.name, (one.source_zone, one.destination_zone, one.protocol, one.port), one))
    return carried


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
    output.text(
        f"evidence/pare-feu/{NAME}_7-4_2662_{stamp}.conf", "\n".join(_configuration(hospital, rules)) + "\n"
    )
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
    places = [
        {book.number[id(one)]: index for index, one in enumerate(pattern.destinations)}
        for pattern in patterns
    ]
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
        stamp, zone = _clock(time)
        shown, shown_port, translation = _translated(pattern, place, book.addresses[target], port, out)
        sent, received = int(rows.sent[index]), int(rows.received[index])
        lines.append(
            f'{stamp} devname="{NAME}" devid="{SERIAL}" eventtime={int(time * 1_000_000) * 1000} tz="{zone}" '
            f'logid="0000000013" type="traffic" subtype="forward" level="notice" vd="root" srcip={book.addresses[source]} '
            f"srcport={out} {heads[number]} dstip={shown} dstport={shown_port} {tails[number][place]} sessionid={index + 1_000_000} "
            f"{translation}duration={int(rows.duration[index]) + 1} sentbyte={sent} rcvdbyte={received} "
            f'sentpkt={sent // 900 + 1} rcvdpkt={received // 1200 + (1 if received else 0)} appcat="unscanned"\n'
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
    return f'srcintf="{source.interface}" srcintfrole="{roles[0]}" dstintf="{target.interface}" dstintfrole="{roles[1]}"'


def _tail(pattern: Pattern, place: int, numbers: dict[tuple[str, Unit], int]) -> str:
    service = pattern.service or f"{pattern.protocol}/{pattern.port}"
    protocol = f'proto={NUMBERS[pattern.protocol]} service="{service}"'
    if not pattern.answered:
        return f'{protocol} action="deny" policyid=0 policytype="policy"'
    unit = (pattern.sources[0].zone, pattern.destinations[place].zone, pattern.protocol, pattern.port)
    number = numbers.get((unit_key(unit), unit)) or next(
        (
            rank
            for (name, one), rank in numbers.items()
            if one == unit and (name == pattern.rule or not pattern.rule)
        ),
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


def _configuration(hospital: Hospital, rules: list[tuple[str, Unit, Opening | None]]) -> Iterator[str]:
    yield f"#config-version={MODEL}-7.4.4-FW-build2662-240514:opmode=0:vdom=0:user=admin"
    yield "#conf_file_ver=184467440737095"
    yield "#buildno=2662"
    yield "#global_vdom=1"
    yield from ("config system global", f'    set hostname "{NAME}"', "    set timezone 28", "end")
    yield from _interfaces()
    yield from _addresses(hospital, rules)
    yield from _services(rules)
    yield from _virtual_addresses(hospital)
    yield from _policies(hospital, rules)


def _interfaces() -> Iterator[str]:
    yield "config system interface"
    for zone in INTERNAL:
        network = ipaddress.ip_network(zone.prefix)
        yield f'    edit "{zone.interface}"'
        yield '        set vdom "root"'
        yield f"        set ip {zone.gateway} {network.netmask}"
        yield f'        set alias "{zone.name}"'
        if zone.vlan and not zone.interface.startswith(("ssl", "dmz")):
            yield '        set interface "port1"'
            yield f"        set vlanid {zone.vlan}"
        yield "    next"
    yield from (
        '    edit "wan1"',
        '        set vdom "root"',
        "        set ip 192.0.2.2 255.255.255.240",
        "        set role wan",
        "    next",
    )
    yield "end"


def _addresses(hospital: Hospital, rules: list[tuple[str, Unit, Opening | None]]) -> Iterator[str]:
    yield "config firewall address"
    for zone in INTERNAL:
        network = ipaddress.ip_network(zone.prefix)
        yield from (
            f'    edit "net-{zone.name}"',
            f"        set subnet {network.network_address} {network.netmask}",
            "    next",
        )
    hosts = {one.hosts[0].ip: one.hosts[0].name for one in hospital.applications}
    hosts |= {
        ip: f"h-{ip}"
        for _name, _unit, one in rules
        if one
        for ip in (one.source, one.destination)
        if ip[:1].isdigit() and ip not in hosts
    }
    for ip, name in hosts.items():
        yield from (f'    edit "{name}"', f"        set subnet {ip} 255.255.255.255", "    next")
    yield "end"
    yield "config firewall addrgrp"
    yield from (
        '    edit "grp-mandataires"',
        "        set member " + " ".join(f'"{one.name}"' for one in hospital.role("proxy")),
        "    next",
    )
    yield "end"


def _service_name(protocol: str, port: int) -> str:
    return f"{protocol.upper()}-{port}"


def _services(rules: list[tuple[str, Unit, Opening | None]]) -> Iterator[str]:
    yield "config firewall service custom"
    for protocol, port in sorted({(unit[2], unit[3]) for _name, unit, _opening in rules}):
        span = f"{DYNAMIC}-65535" if port == DYNAMIC else str(port)
        yield from (
            f'    edit "{_service_name(protocol, port)}"',
            f"        set {protocol}-portrange {span}",
            "    next",
        )
    yield "end"


def _virtual_addresses(hospital: Hospital) -> Iterator[str]:
    front = (
        (hospital.role("reverse_proxy")[0].ip, 443, "192.0.2.10", 443, "vip-portail"),
        (hospital.role("vpn_gateway")[0].ip, 443, "192.0.2.11", 443, "vip-acces"),
    )
    added = tuple(
        (one.destination, one.port, one.public_ip, one.public_port, one.name)
        for one in hospital.openings
        if one.public_port
    )
    yield "config firewall vip"
    for inner, port, outer, outer_port, name in (*front, *added):
        yield f'    edit "{name}"'
        yield f"        set extip {outer}"
        yield f'        set mappedip "{inner}"'
        yield '        set extintf "wan1"'
        yield "        set portforward enable"
        yield f"        set extport {outer_port}"
        yield f"        set mappedport {port}"
        yield "    next"
    yield "end"


def _policies(hospital: Hospital, rules: list[tuple[str, Unit, Opening | None]]) -> Iterator[str]:
    logged = "utm" if hospital.sight == "vlan" else "all"
    yield "config firewall policy"
    for rank, (name, (source, target, protocol, port), opening) in enumerate(rules, 1):
        yield f"    edit {rank}"
        yield f'        set name "{name[:35]}"'
        yield f'        set srcintf "{ZONE[source].interface}"'
        yield f'        set dstintf "{ZONE[target].interface}"'
        yield "        set action accept"
        yield "        set srcaddr " + _source_object(hospital, source, target, port, opening)
        yield "        set dstaddr " + _target_object(hospital, source, target, opening)
        yield '        set schedule "always"'
        yield f'        set service "{_service_name(protocol, port)}"'
        yield f"        set logtraffic {logged}"
        if target == "INTERNET":
            yield "        set nat enable"
        yield "    next"
    yield from (
        f"    edit {len(rules) + 1}",
        '        set name "refus final"',
        '        set srcintf "any"',
        '        set dstintf "any"',
    )
    yield from (
        '        set srcaddr "all"',
        '        set dstaddr "all"',
        '        set schedule "always"',
        '        set service "ALL"',
    )
    yield from ("        set logtraffic all", "    next", "end")


def _source_object(hospital: Hospital, source: str, target: str, port: int, opening: Opening | None) -> str:
    if opening and opening.source and opening.source != "all":
        return f'"{_host_object(hospital, opening.source)}"'
    if source == "INTERNET":
        return '"all"'
    if source == "DMZ" and target == "INTERNET":
        return '"grp-mandataires"'
    return f'"net-{source}"'


def _target_object(hospital: Hospital, source: str, target: str, opening: Opening | None) -> str:
    if opening and opening.public_port:
        return f'"{opening.name}"'
    if opening and opening.destination and opening.destination != "all":
        return f'"{_host_object(hospital, opening.destination)}"'
    if source == "INTERNET":
        return '"vip-portail" "vip-acces"'
    return '"all"' if target == "INTERNET" else f'"net-{target}"'


def _host_object(hospital: Hospital, ip: str) -> str:
    named = {one.hosts[0].ip: one.hosts[0].name for one in hospital.applications}
    return named.get(ip, f"h-{ip}")
