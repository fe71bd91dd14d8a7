"""Plant what is wrong on the network, one function per control."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from hygie.simulate.build import add
from hygie.simulate.hospital import Device, Hospital, Opening
from hygie.simulate.pattern import Pattern, Traffic, unit_key, units_of
from hygie.simulate.plan import BLIND, SILENT_GAP
from hygie.simulate.traffic import outside
from hygie.simulate.truth import Truth


def plant_network(hospital: Hospital, traffic: Traffic, truth: Truth) -> None:
    """Perturb a well-kept network until the plan is true."""
    plan = hospital.plan
    planters = (
        ("INV-01", _unknown_devices),
        ("NET-02", _reached_biomedical),
        ("NET-04", _exposed),
        ("NET-05", _direct_egress),
        ("NET-07", _clear_clinical),
        ("NET-01", _undeclared_flows),
    )
    for control, planter in planters:
        if plan.failing(control):
            planter(hospital, traffic, truth)
    if hospital.sight == "whole":
        _unused_openings(hospital)


def _instants(hospital: Hospital, count: int = 9, days: float = 20.0) -> tuple[datetime, ...]:
    return tuple(sorted(hospital.recent(days) for _each in range(count)))


def _plant(
    hospital: Hospital,
    traffic: Traffic,
    source: Device,
    target: Device,
    port: int,
    service: str,
    purpose: str,
    **more: object,
) -> Pattern:
    facts = {"sensor": "core", **more}
    pattern = Pattern([source], [target], "tcp", port, service, 0, purpose, at=_instants(hospital), **facts)  # type: ignore[arg-type]
    traffic.planted.append(pattern)
    return pattern


def _open(hospital: Hospital, source: Device, target: Device, port: int, name: str) -> None:
    to = "all" if target.zone == "INTERNET" else target.ip
    hospital.openings.append(Opening(name, source.zone, target.zone, source.ip, to, "tcp", port))


def _pick(hospital: Hospital, devices: Sequence[Device], count: int) -> list[Device]:
    """Draw devices no other plant has drawn."""
    free = [device for device in devices if device.key not in hospital.used and device.register]
    drawn = hospital.chance.sample(free, min(count, len(free)))
    hospital.used.update({device.key: 1 for device in drawn})
    return drawn


def _in(hospital: Hospital, kind: str, zone: str) -> list[Device]:
    return [device for device in hospital.of(kind) if device.zone == zone]


def _unknown_devices(hospital: Hospital, traffic: Traffic, truth: Truth) -> None:
    makes = (
        ("portable-perso", "POSTES-SOINS", "38:f9:d3", True),
        ("raspberrypi", "POSTES-ADM", "b8:27:eb", True),
        ("", "SERVEURS", "00:11:32", False),
        ("", "BATIMENT", "bc:ad:28", False),
    )
    unknown = [
        add(hospital, "unknown", name, zone, ip=hospital.address(zone), macs=[hospital.mac(block)], dhcp=dhcp)
        for name, zone, block, dhcp in makes[: hospital.size(4, 3)]
    ]
    _take_over(hospital, unknown[0], truth)
    ghost = next(device for device in hospital.devices if device.retired)
    ghost.listed_ip = unknown[1].ip
    truth.trap("lying_inventory", f"{ghost.name} is listed with {ghost.listed_ip}, held by an unknown device")
    clock, days = hospital.role("dc")[:1], min(20.0, 0.35 * hospital.sight_days)
    for one in unknown:
        moments = _instants(hospital, 14, days)
        traffic.planted.append(Pattern([one], clock, "udp", 123, "ntp", 0, "heure", at=moments))
        french = f"Appareil vu dans {one.zone} ({one.ip}), absent des inventaires informatique et biomédical"
        truth.fail("INV-01", one.subject, french, f"Device seen in {one.zone} ({one.ip}), in neither inventory")


def _take_over(hospital: Hospital, unknown: Device, truth: Truth) -> None:
    """Let an unknown device live at an address that a known one held before."""
    former = _in(hospital, "workstation", unknown.zone)[4]
    former.moved = (hospital.as_of - timedelta(days=hospital.sight_days * 0.4)).replace(microsecond=0)
    former.next_ip, unknown.ip, unknown.arrived = unknown.ip, former.ip, former.moved + timedelta(hours=2)
    truth.trap("address_taken_over", f"{unknown.ip} was {former.name}'s until {former.moved.isoformat()}")


def _reached_biomedical(hospital: Hospital, traffic: Traffic, truth: Truth) -> None:
    soins, office = _in(hospital, "workstation", "POSTES-SOINS"), _in(hospital, "workstation", "POSTES-ADM")
    guests = hospital.of("guest")
    ways = (
        (soins, "BIOMED-IMAGERIE", 445, "smb", "core"),
        (office, "BIOMED-LABO", 3389, "rdp", "core"),
        (guests, "BIOMED-SOINS", 80, "HTTP", "firewall"),
        (soins, "BIOMED-SOINS", 5900, "", "core"),
    )
    for sources, zone, port, service, seen_by in ways[: hospital.size(4, 3)]:
        target, source = (
            _pick(hospital, _in(hospital, "medical", zone), 1)[0],
            hospital.chance.choice(sources),
        )
        sensor = "firewall" if hospital.sight == "vlan" else seen_by
        pattern = _plant(
            hospital, traffic, source, target, port, service, "accès direct à un dispositif", sensor=sensor
        )
        _open(hospital, source, target, port, f"direct-{target.name}")
        french = f"{target.name} ({zone}) répond à {source.name or source.ip} ({source.zone}) sur tcp/{port}"
        english = f"{target.name} ({zone}) answers {source.name or source.ip} ({source.zone}) on tcp/{port}"
        truth.fail("NET-02", {**target.subject, "key": unit_key(units_of(pattern)[0])}, french, english)


def _exposed(hospital: Hospital, traffic: Traffic, truth: Truth) -> None:
    servers = [one for one in _in(hospital, "server", "SERVEURS") if one.domain]
    jump, archive = _pick(hospital, servers, 2)
    internet = outside(hospital)
    source = internet[hospital.chance.randrange(len(internet))]
    hospital.openings.append(
        Opening("vip-rdp", "INTERNET", "SERVEURS", "all", jump.ip, "tcp", 3389, 3390, "192.0.2.20")
    )
    hospital.openings.append(
        Opening("vip-dicom", "INTERNET", "SERVEURS", "all", archive.ip, "tcp", 11112, 11112, "192.0.2.21")
    )
    _plant(
        hospital,
        traffic,
        source,
        jump,
        3389,
        "RDP",
        "accès prestataire",
        sensor="firewall",
        public=(("192.0.2.20", 3390),),
        rule="vip-rdp",
    )
    for target, port, public, used in ((jump, 3389, 3390, True), (archive, 11112, 11112, False)):
        seen = ("traversé" if used else "ouvert, jamais emprunté", "crossed" if used else "open, never used")
        french = f"{target.name} : tcp/{port} atteint depuis Internet par le port public {public} ({seen[0]})"
        english = f"{target.name}: tcp/{port} reached from the Internet through public port {public} ({seen[1]})"
        truth.fail("NET-04", {**target.subject, "key": f"INTERNET>SERVEURS tcp/{port}"}, french, english)


def _direct_egress(hospital: Hospital, traffic: Traffic, truth: Truth) -> None:
    sources = (
        *_pick(hospital, [one for one in _in(hospital, "server", "SERVEURS") if one.name.startswith("SRV-")], 1),
        *_pick(hospital, _in(hospital, "medical", "BIOMED-SOINS"), 1),
        *_pick(hospital, _in(hospital, "workstation", "ADMIN-SI"), 1),
    )
    internet = outside(hospital)
    for source in sources:
        target = internet[hospital.chance.randrange(len(internet))]
        _plant(
            hospital,
            traffic,
            source,
            target,
            443,
            "HTTPS",
            "sortie directe",
            sensor="firewall",
            rule=f"sortie-{source.name}",
        )
        _open(hospital, source, target, 443, f"sortie-{source.name}")
        french = f"{source.name} ({source.zone}) joint {target.ip} sur tcp/443 sans passer par le mandataire"
        truth.fail(
            "NET-05",
            source.subject,
            french,
            f"{source.name} ({source.zone}) reaches {target.ip} on tcp/443 without the proxy",
        )


def _clear_clinical(hospital: Hospital, traffic: Traffic, truth: Truth) -> None:
    pacs, lis = hospital.role("pacs")[0], hospital.role("lis")[0]
    modalities = [one for one in _in(hospital, "medical", "BIOMED-IMAGERIE") if not one.label.startswith("Console")]
    ways = [(one, pacs, 104, "dicom", "DICOM") for one in _pick(hospital, modalities, 2)]
    ways += [(one, lis, 2575, "hl7", "HL7") for one in _pick(hospital, _in(hospital, "medical", "BIOMED-LABO")[1:], 1)]
    for source, target, port, service, word in ways:
        _plant(hospital, traffic, source, target, port, service, f"{word} en clair")
        _open(hospital, source, target, port, f"clair-{source.name}")
        french = f"{source.name} ({source.zone}) envoie du {word} en clair à {target.name} (SERVEURS)"
        truth.fail(
            "NET-07",
            source.subject,
            french,
            f"{source.name} ({source.zone}) sends {word} in clear to {target.name} (SERVEURS)",
        )


def _undeclared_flows(hospital: Hospital, traffic: Traffic, truth: Truth) -> None:
    ways = (
        ("workstation", "POSTES-ADM", "building", "BATIMENT", 502),
        ("workstation", "POSTES-SOINS", "server", "SERVEURS", 5900),
        ("building", "BATIMENT", "server", "SERVEURS", 1433),
        ("workstation", "POSTES-TILLEULS", "server", "SERVEURS", 23),
    )
    planted = {unit for pattern in traffic.planted for unit in units_of(pattern)}
    for source_kind, source_zone, kind, zone, port in hospital.chance.sample(ways, 3):
        source = hospital.chance.choice([one for one in _in(hospital, source_kind, source_zone) if one.register])
        target = hospital.chance.choice([one for one in _in(hospital, kind, zone) if one.register])
        planted.update(units_of(_plant(hospital, traffic, source, target, port, "", "non déclaré")))
    habits = {unit for pattern in traffic.patterns for unit in units_of(pattern)}
    undeclared = planted | habits if hospital.plan.states["NET-01"] == SILENT_GAP else planted - habits
    for unit in sorted(undeclared):
        key = unit_key(unit)
        french = f"{key} est observé et ne figure dans aucune ligne de la matrice de flux"
        truth.fail("NET-01", {"key": key}, french, f"{key} is observed and stands in no row of the flow matrix")


def _unused_openings(hospital: Hospital) -> None:
    """A rule that opens a way nobody took: nothing is disproved, nothing can be proved."""
    states = hospital.plan.states
    if states["NET-02"] == BLIND and hospital.days >= 32:
        hospital.openings.append(Opening("ancien-acces-biomed", "POSTES-SOINS", "BIOMED-SOINS", "", "", "tcp", 3389))
    if states["NET-05"] == BLIND and hospital.days >= 32:
        hospital.openings.append(Opening("ancienne-sortie", "SERVEURS", "INTERNET", "", "all", "tcp", 443))
