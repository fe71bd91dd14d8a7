"""Inventories as hospitals export them: GLPI, network gear and servers, biomedical CMMS, and the EDR console."""

from __future__ import annotations

from datetime import datetime, timedelta

from hygie.simulate.hospital import Device, Hospital, Record, french, french_day
from hygie.simulate.output import Output
from hygie.simulate.plan import BLIND
from hygie.simulate.truth import Truth
from hygie.simulate.zones import ZONE

Marks = dict[str, tuple[datetime, datetime] | None]


def colons(mac: str) -> str:
    """Write an address as GLPI does.

    >>> colons("3c:52:82:00:0a:01"), hyphens("3c:52:82:00:0a:01"), dots("3c:52:82:00:0a:01"), bare("3c:52:82:00:0a:01")
    ('3C:52:82:00:0A:01', '3C-52-82-00-0A-01', '3c52.8200.0a01', '3C5282000A01')
    """
    return mac.upper()


def hyphens(mac: str) -> str:
    """Write an address as Windows and many CMMS do."""
    return mac.upper().replace(":", "-")


def dots(mac: str) -> str:
    """Write an address as network gear does."""
    digits = mac.replace(":", "")
    return ".".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def bare(mac: str) -> str:
    """Write an address as security consoles do."""
    return mac.upper().replace(":", "")


def write_inventories(hospital: Hospital, output: Output, truth: Truth) -> None:
    """Write the three registers."""
    _glpi(hospital, output)
    _network_inventory(hospital, output)
    _biomedical(hospital, output)
    truth.trap("mac_notations", "GLPI AA:BB, network inventory aabb.ccdd, CMMS AA-BB, EDR AABB, sensors aa:bb")


def _note(name: str, devices: list[Device], first_row: int) -> None:
    for row, device in enumerate(devices, first_row):
        device.records.append(Record(name, row=row))


def _glpi(hospital: Hospital, output: Output) -> None:
    header = (
        "Nom",
        "Entité",
        "Statut",
        "Fabricant",
        "Numéro de série",
        "Numéro d'inventaire",
        "Type",
        "Modèle",
        "Système d'exploitation - Nom",
        "Lieu",
        "Groupe",
        "Réseau - MAC",
        "Réseau - IP",
        "Dernière modification",
    )
    devices = [device for device in hospital.devices if device.register == "glpi"]
    rows = []
    for number, device in enumerate(devices, 1):
        listed = device.listed_ip or (device.ip if not device.dhcp or number % 2 else "")
        rows.append(
            (
                device.name,
                "Belleroche > Informatique",
                "En service",
                device.maker,
                device.serial,
                f"INF{number:06d}",
                device.label,
                device.model,
                device.system,
                f"{ZONE[device.zone].site} > Bâtiment {device.room[:1]} > {device.room}",
                device.unit,
                ", ".join(colons(mac) for mac in device.macs),
                listed,
                french(hospital.as_of - timedelta(days=3 + number % 40), seconds=False),
            )
        )
    name = output.table("evidence/inventaires/glpi_export_ordinateurs.csv", header, rows)
    _note(name, devices, 2)


def _network_inventory(hospital: Hospital, output: Output) -> None:
    header = (
        "Nom d'hôte",
        "Type",
        "Constructeur",
        "Modèle",
        "N° de série",
        "Adresse MAC",
        "Adresse IP",
        "OS",
        "Site",
        "Local",
        "Service",
        "Responsable",
        "Statut",
        "Date de mise à jour",
    )
    devices = [device for device in hospital.devices if device.register == "network"]
    rows = [
        (
            f"{device.name}.belleroche.local".lower() if device.kind == "server" else device.name,
            device.label,
            device.maker,
            device.model,
            device.serial,
            dots(device.mac),
            device.ip,
            device.system,
            "Belleroche",
            device.room,
            device.unit,
            "Exploitation",
            "En service",
            french_day(hospital.as_of - timedelta(days=5)),
        )
        for device in devices
    ]
    name = output.table(
        "evidence/inventaires/parc_serveurs_reseau_gtb.csv", header, rows, separator=",", encoding="utf-8"
    )
    _note(name, devices, 2)


def _biomedical(hospital: Hospital, output: Output) -> None:
    header = (
        "N° inventaire",
        "Désignation",
        "Marque",
        "Modèle",
        "N° de série",
        "Code CNEH",
        "Libellé UF",
        "Site",
        "Local",
        "Date de mise en service",
        "Statut",
        "Adresse MAC",
        "Adresse IP",
        "Titre AE",
    )
    devices = [device for device in hospital.devices if device.register == "cmms"]
    rows = []
    for number, device in enumerate(devices, 1):
        keys = device.network_key.split()
        rows.append(
            (
                f"BIO{number:05d}",
                device.label,
                device.maker,
                device.model,
                device.serial,
                f"{20000 + len(device.label) * 7}",
                device.unit,
                "Belleroche",
                device.room,
                french_day(hospital.as_of - timedelta(days=200 + number * 11 % 3000)),
                "En service",
                hyphens(device.mac) if "mac" in keys else "",
                device.ip if "ip" in keys else "",
                device.ae_title,
            )
        )
    above = (
        f"GMAO - Parc biomédical - édité le {french(hospital.as_of - timedelta(days=3), seconds=False)}",
        "Établissement : Centre hospitalier de Belleroche",
    )
    name = output.table("evidence/inventaires/GMAO parc biomédical.csv", header, rows, encoding="cp1252", above=above)
    _note(name, devices, 4)


def write_console(hospital: Hospital, output: Output, marks: Marks, truth: Truth) -> None:
    """Write the EDR console; blind means no export, or one of long ago."""
    blind = hospital.plan.states["MAL-01"] == BLIND
    if blind and hospital.seed % 2 == 0:
        return
    shift = timedelta(days=75) if blind else timedelta()
    header = (
        "Nom de la machine",
        "Adresse IP",
        "Adresse MAC",
        "Système d'exploitation",
        "Version de l'agent",
        "Dernier contact",
        "Date des signatures",
        "État de l'agent",
    )
    rows: list[tuple[object, ...]] = []
    devices: list[Device] = []
    for number, device in enumerate(one for one in hospital.of("workstation", "server") if one.agent):
        if device.name in marks and marks[device.name] is None:
            continue
        seen = hospital.as_of - timedelta(minutes=20 + number * 7 % 540)
        signed = hospital.as_of - timedelta(hours=6 + number % 5)
        seen, signed = marks.get(device.name) or (seen, signed)
        if number % 50 == 10 and device.name not in marks:  # an older row of the same machine: the newest counts
            rows.append(_console_row(device, seen - timedelta(days=40), signed - timedelta(days=41), shift, "7.1.0"))
            devices.append(device)
        rows.append(_console_row(device, seen, signed, shift, "7.4.2"))
        devices.append(device)
    day = hospital.as_of - shift
    name = output.table(f"evidence/securite/console_edr_{day:%Y-%m-%d}.csv", header, rows)
    _note(name, devices, 2)
    truth.trap("older_agent_row", "some machines have two rows in the console: the newest counts")


def _console_row(
    device: Device, seen: datetime, signed: datetime, shift: timedelta, version: str
) -> tuple[object, ...]:
    return (
        device.directory_name.lower() or device.name.lower(),
        device.next_ip or device.ip,
        bare(device.mac),
        device.system,
        version,
        french(seen - shift),
        french(signed - shift),
        "Actif",
    )
