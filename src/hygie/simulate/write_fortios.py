"""FortiOS: the configuration that explains the traffic log."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from hygie.simulate.hospital import Hospital, Opening
from hygie.simulate.pattern import DYNAMIC, Traffic, unit_key
from hygie.simulate.zones import INTERNAL, ZONE

NAME, MODEL, SERIAL = "FW-PERIMETRE", "FGT100F", "FG100FTK26000417"


Unit = tuple[str, str, str, int]


def policies(hospital: Hospital, traffic: Traffic) -> list[tuple[str, Unit, Opening | None]]:
    """Every accepting rule in order: those that carry the matrix, then the openings somebody added."""
    carried: list[tuple[str, Unit, Opening | None]] = [(unit_key(unit), unit, None) for unit in sorted(traffic.habits)]
    added = hospital.openings
    return carried + [(one.name, (one.source_zone, one.destination_zone, one.protocol, one.port), one) for one in added]


def configuration(hospital: Hospital, rules: list[tuple[str, Unit, Opening | None]]) -> Iterator[str]:
    """Write the configuration, line by line."""
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
