"""Build the machines and applications of the hospital, before any contradiction is planted."""

from __future__ import annotations

from hygie.simulate.hospital import Application, Device, Hospital
from hygie.simulate.names import MEDICAL, SITES, SOFTWARE, UNITS, Kind, Software, Unit, ascii_letters

MEDICAL_BLOCKS = {
    "Radiante": "00:1c:7e",
    "Lumoray": "00:50:c2",
    "Ondelia": "08:00:3e",
    "Helionix": "00:0c:cc",
    "Bioval": "00:21:9b",
    "Serotek": "00:04:a3",
    "Vitalys": "00:90:4c",
    "Pneumael": "00:06:31",
    "Perfulis": "00:30:48",
    "Nephral": "00:60:e0",
    "Sterivax": "00:80:a3",
}
THINGS = (
    (
        "printer",
        "IMP",
        ("POSTES-SOINS", "POSTES-ADM"),
        110,
        2,
        "Imprimante",
        "Papyro",
        "Laser 30",
        "glpi",
        False,
    ),
    ("phone", "TEL", ("TELEPHONIE",), 90, 2, "Téléphone IP", "Vocalis", "IP 12", "glpi", True),
    ("switch", "SW", ("ADMIN-SI",), 48, 2, "Commutateur", "Réticule", "S48", "network", False),
    ("access_point", "AP", ("ADMIN-SI",), 30, 2, "Borne Wi-Fi", "Réticule", "AP6", "network", False),
    ("building", "GTB", ("BATIMENT",), 70, 3, "Automate GTB", "Climatis", "Regul 4", "network", False),
)
CARE_UNITS = tuple(unit for unit in UNITS if unit.zone and unit.site == 0)
OFFICE_UNITS = tuple(unit for unit in UNITS if not unit.zone)


def build_machines(hospital: Hospital) -> None:
    """Fill the hospital with devices and applications."""
    _servers(hospital)
    _workstations(hospital)
    _things(hospital)
    _medical(hospital)
    _retired(hospital)


def add(hospital: Hospital, kind: str, name: str, zone: str, **facts: object) -> Device:
    """Add one device and give it what every device has."""
    device = Device(key=f"device-{len(hospital.devices) + 1:05d}", name=name, kind=kind, zone=zone)
    for word, value in facts.items():
        setattr(device, word, value)
    hospital.devices.append(device)
    return device


def _server(hospital: Hospital, name: str, zone: str = "SERVEURS", system: str = "Windows Server 2022") -> Device:
    windows = system.startswith("Windows")
    return add(
        hospital,
        "server",
        name,
        zone,
        ip=hospital.address(zone),
        macs=[hospital.mac()],
        serial=hospital.serial("SV"),
        maker="Ferrox",
        model="Rack R5",
        system=system,
        label="Serveur",
        unit="Service informatique",
        room="Salle serveurs A",
        register="network",
        domain=windows,
        agent=windows,
    )


def _servers(hospital: Hospital) -> None:
    for number in (1, 2):
        _application(hospital, f"Annuaire {number}", "directory", "dc", 24, [_server(hospital, f"SRV-DC{number:02d}")])
    _application(
        hospital,
        "Adressage DHCP",
        "network",
        "dhcp",
        168,
        [_server(hospital, "SRV-DHCP01", system="Debian 12")],
    )
    for number in range(1, hospital.size(2) + 1):
        proxy = _server(hospital, f"SRV-PROXY{number:02d}", "DMZ", "Debian 12")
        _application(hospital, f"Mandataire web {number}", "network", "proxy", 168, [proxy], (3128,))
    _application(
        hospital,
        "Portail patient",
        "outpatient",
        "reverse_proxy",
        168,
        [_server(hospital, "SRV-REV01", "DMZ", "Debian 12")],
    )
    _application(
        hospital,
        "Accès distant",
        "network",
        "vpn_gateway",
        168,
        [_server(hospital, "SRV-VPN01", "DMZ", "Debian 12")],
    )
    _application(
        hospital,
        "Bastion",
        "network",
        "bastion",
        168,
        [_server(hospital, "SRV-BASTION01", "ADMIN-SI")],
        (443,),
    )
    _application(hospital, "Sauvegarde", "infra", "backup", 168, [_server(hospital, "SRV-SAUV01")], (10006,))
    wanted = hospital.size(60, 14) - len(hospital.applications)
    for rank in range(max(wanted, 14)):
        software = SOFTWARE[rank % len(SOFTWARE)]
        _software(hospital, software, rank // len(SOFTWARE))


def _software(hospital: Hospital, software: Software, round_: int) -> None:
    words = [ascii_letters(word).upper() for word in software.name.split()]
    short = "".join(word[:5] for word in words[:2])
    suffix = "" if not round_ else f"{round_ + 1}"
    hosts = [_server(hospital, f"SRV-{short}{suffix}-APP")]
    if software.database and not round_:
        hosts.append(_server(hospital, f"SRV-{short}{suffix}-BDD", system="Windows Server 2019"))
    name = software.name if not round_ else f"{software.name} archives {round_ + 1}"
    role = software.role if not round_ else ""
    ports = {
        "pacs": (443, 2762),
        "lis": (443, 2576),
        "gateway": (2576,),
        "print": (445,),
        "files": (445,),
    }.get(role, (443,))
    application = _application(hospital, name, software.service, role, software.loss, hosts, ports)
    application.in_bia = not round_


def _application(
    hospital: Hospital,
    name: str,
    service: str,
    role: str,
    loss: int,
    hosts: list[Device],
    ports: tuple[int, ...] = (443,),
) -> Application:
    application = Application(name, service, role, loss, hosts, ports)
    hospital.applications.append(application)
    return application


def _workstations(hospital: Hospital) -> None:
    parks = (
        ("PCS", "POSTES-SOINS", 420, 8, CARE_UNITS, 0),
        ("PCA", "POSTES-ADM", 180, 6, OFFICE_UNITS, 0),
        ("PCT", "POSTES-TILLEULS", 60, 3, (UNITS[18],), 1),
        ("PCX", "ADMIN-SI", 12, 2, (UNITS[21],), 0),
    )
    for prefix, zone, share, least, units, site in parks:
        for number in range(1, hospital.size(share, least) + 1):
            unit = hospital.chance.choice(units)
            macs = [hospital.mac()] if hospital.chance.random() < 0.8 else [hospital.mac(), hospital.mac()]
            add(
                hospital,
                "workstation",
                f"{prefix}-{number:04d}",
                zone,
                ip=hospital.address(zone),
                macs=macs,
                serial=hospital.serial("PC"),
                maker=hospital.chance.choice(("Ferrox", "Nordal")),
                model=hospital.chance.choice(("Bureau 400", "Bureau 600", "Portable 14")),
                label="Poste de travail",
                system=hospital.chance.choice(("Windows 11 Entreprise", "Windows 10 Entreprise")),
                unit=unit.name,
                room=_room(hospital, unit),
                register="glpi",
                dhcp=True,
                domain=True,
                agent=True,
            )
            hospital.devices[-1].label += f" {SITES[site]}" if site else ""


def _things(hospital: Hospital) -> None:
    for kind, prefix, zones, share, least, label, maker, model, register, dhcp in THINGS:
        for number in range(1, hospital.size(share, least) + 1):
            zone, unit = zones[number % len(zones)], hospital.chance.choice(UNITS[:18])
            add(
                hospital,
                kind,
                f"{prefix}-{number:04d}",
                zone,
                ip=hospital.address(zone),
                macs=[hospital.mac()],
                serial=hospital.serial(prefix[:2]),
                maker=maker,
                model=model,
                label=label,
                unit=unit.name,
                room=_room(hospital, unit),
                register=register,
                dhcp=dhcp,
            )
    core = hospital.of("switch")[0]
    core.name, core.label, core.model = "COEUR-01", "Routeur coeur de réseau", "Core X"
    for _number in range(hospital.size(200, 4)):
        add(
            hospital,
            "guest",
            "",
            "WIFI-INVITES",
            ip=hospital.address("WIFI-INVITES"),
            dhcp=True,
            macs=[hospital.mac(hospital.chance.choice(("da:a1:19", "92:3f:1c", "6e:42:b0")))],
        )
    for _number in range(hospital.size(4, 2)):
        add(hospital, "partner", "", "PARTENAIRES", ip=hospital.address("PARTENAIRES"))


def _medical(hospital: Hospital) -> None:
    for kind in MEDICAL:
        for number in range(1, hospital.size(kind.share) + 1):
            _medical_device(hospital, kind, number)


def _medical_device(hospital: Hospital, kind: Kind, number: int) -> None:
    fitting = [unit for unit in CARE_UNITS if unit.service == kind.service] or list(CARE_UNITS)
    unit = hospital.chance.choice(fitting)
    device = add(
        hospital,
        "medical",
        f"{kind.prefix}-{number:03d}" if kind.zone else "",
        kind.zone,
        maker=kind.maker,
        model=kind.model,
        label=kind.label,
        serial=hospital.serial(kind.maker[:2].upper()),
        unit=unit.name,
        room=_room(hospital, unit),
        register="cmms",
        network_key="",
    )
    if kind.zone:
        device.ip = hospital.address(kind.zone)
        device.macs = [hospital.mac(MEDICAL_BLOCKS[kind.maker])]
        device.dhcp = kind.zone == "BIOMED-SOINS" and hospital.chance.random() < 0.4
        device.network_key = "mac" if device.dhcp else hospital.chance.choice(("mac ip", "mac ip", "ip"))
        if kind.zone == "BIOMED-IMAGERIE":
            device.ae_title = f"{kind.prefix}{number:02d}_BEL"


def _retired(hospital: Hospital) -> None:
    for number in range(1, hospital.size(40, 2) + 1):
        unit = hospital.chance.choice(CARE_UNITS)
        add(
            hospital,
            "workstation",
            f"PCO-{number:04d}",
            "POSTES-SOINS",
            macs=[hospital.mac()],
            serial=hospital.serial("PC"),
            maker="Nordal",
            model="Bureau 200",
            label="Poste de travail",
            system="Windows 7 Professionnel",
            unit=unit.name,
            room=_room(hospital, unit),
            register="glpi",
            domain=number % 2 == 0,
            retired=True,
        )


def _room(hospital: Hospital, unit: Unit) -> str:
    return f"{'ABCD'[int(unit.code) % 4]}{hospital.chance.randrange(4)}{hospital.chance.randrange(1, 60):02d}"
