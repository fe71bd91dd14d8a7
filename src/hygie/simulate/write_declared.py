"""What the hospital declares: address plan, sensors, matrix, applications, BIA, claims, exceptions and more."""

from __future__ import annotations

from datetime import timedelta

from hygie.simulate.hospital import Hospital, french_day
from hygie.simulate.names import UNITS
from hygie.simulate.output import Output
from hygie.simulate.pattern import DYNAMIC, Traffic, unit_key
from hygie.simulate.plan import BLIND, CONTRADICTED, CONTROLS, FAILING, PROVED, SILENT_GAP, WAIVED
from hygie.simulate.truth import Subject, Truth
from hygie.simulate.zones import ZONES

CLASS_WORDS = {
    "user": "postes de travail",
    "server": "serveurs",
    "admin": "administration",
    "biomedical": "biomédical",
    "building": "bâtiment",
    "guest": "invités",
    "vpn": "accès distant",
    "partner": "partenaires",
    "dmz": "DMZ",
    "internet": "Internet",
}
SERVICES = {
    "samu": "SAMU",
    "ed": "Urgences",
    "icu": "Réanimation",
    "or": "Bloc opératoire",
    "cssd": "Stérilisation",
    "imaging": "Imagerie",
    "stroke_cath": "Cardiologie interventionnelle",
    "lab": "Laboratoire",
    "blood": "Transfusion",
    "pharmacy": "Pharmacie",
    "chemo": "Chimiothérapie",
    "radiotherapy": "Radiothérapie",
    "dialysis": "Dialyse",
    "maternity": "Maternité",
    "wards_ehr": "Hospitalisation",
    "identity": "Admissions",
    "interfaces": "EAI",
    "directory": "Annuaire",
    "network": "Réseau",
    "infra": "Infrastructure",
    "telephony": "Téléphonie",
    "mail": "Messagerie",
    "outpatient": "Consultations externes",
    "pathology": "Anatomopathologie",
    "psy_ssr_ehpad": "EHPAD",
    "building": "Bâtiment",
    "logistics": "Logistique",
    "admin": "Administration",
    "research": "Recherche",
}
ROLES = {
    "proxy": "Mandataire",
    "pacs": "PACS",
    "ris": "RIS",
    "lis": "SIL",
    "gateway": "Passerelle",
    "bastion": "Bastion",
    "reverse_proxy": "Portail",
    "dc": "Annuaire",
    "backup": "Sauvegarde",
    "files": "Fichiers",
    "print": "Impression",
    "vpn_gateway": "Concentrateur VPN",
    "dhcp": "DHCP",
    "pabx": "Téléphonie",
    "bms": "Supervision GTB",
}


def write_declared(hospital: Hospital, traffic: Traffic, truth: Truth, output: Output) -> None:
    """Write everything the hospital declares."""
    _address_plan(output)
    _sensors(hospital, output)
    _matrix(hospital, traffic, truth, output)
    _applications(hospital, output)
    _structure(output)
    _impact(hospital, output)
    _claims(hospital, truth, output)
    _exceptions(hospital, truth, output)
    _partners(hospital, output)
    _privileged(hospital, output)


def _address_plan(output: Output) -> None:
    rows = [(zone.name, CLASS_WORDS[zone.kind], zone.site, zone.prefix, zone.vlan or "") for zone in ZONES]
    output.table("declared/plan d'adressage.csv", ("Zone", "Classe", "Site", "Préfixe", "VLAN"), rows)


def _sensors(hospital: Hospital, output: Output) -> None:
    header = ("Capteur", "Type", "Zones vues", "Complétude", "Trafic interne", "Du", "Au")
    begun = french_day(hospital.as_of - timedelta(days=hospital.sight_days))
    internal = " ; ".join(
        dict.fromkeys(zone.name for zone in ZONES if zone.kind not in ("internet", "vpn", "partner", "dmz", "guest"))
    )
    front = "INTERNET ; DMZ ; WIFI-INVITES ; VPN ; PARTENAIRES"
    biomedical = "BIOMED-IMAGERIE ; BIOMED-LABO ; BIOMED-SOINS"
    rows: list[tuple[str, ...]] = [
        ("zeek-coeur", "zeek", internal, "tout", "oui", begun, ""),
        ("zeek-biomed", "zeek", biomedical, "tout", "oui", begun, ""),
        ("FW-PERIMETRE", "pare-feu", front, "tout", "non", begun, ""),
    ]
    if hospital.sight == "vlan":
        rows = [
            ("zeek-coeur", "zeek", "POSTES-ADM", "tout", "oui", begun, ""),
            ("zeek-coeur", "zeek", "SERVEURS ; BATIMENT ; POSTES-SOINS", "partiel", "non", begun, ""),
            ("FW-PERIMETRE", "pare-feu", front, "sécurité", "non", begun, ""),
        ]
    output.table("declared/capteurs.csv", header, rows)


def _matrix(hospital: Hospital, traffic: Traffic, truth: Truth, output: Output) -> None:
    state = hospital.plan.states["NET-01"]
    if state == SILENT_GAP:
        return
    declared = dict(traffic.habits)
    if state not in FAILING:
        declared = {**traffic.units(), **declared}
        for one in hospital.openings:
            if not one.public_port and not one.source:
                declared[one.source_zone, one.destination_zone, one.protocol, one.port] = "accès historique"
    dead = [("POSTES-ADM", "SERVEURS", "tcp", 21), ("SERVEURS", "PARTENAIRES", "tcp", 22)]
    observed = set(traffic.units())
    declared.update(dict.fromkeys(dead, "à confirmer"))
    if hospital.sight == "whole" and hospital.days >= 90:
        truth.dead_openings = sorted(unit_key(unit) for unit in declared if unit not in observed)
    header: list[object] = ["Zone source", "Zone destination", "Protocole", "Ports", "Usage"]
    rows: list[list[object]] = [
        [source, target, protocol, f"{DYNAMIC}-65535" if port == DYNAMIC else str(port), purpose or "interne"]
        for (source, target, protocol, port), purpose in sorted(declared.items())
    ]
    output.sheet("declared/matrice de flux.xlsx", {"Matrice": [header, *rows]})


def _applications(hospital: Hospital, output: Output) -> None:
    header = ("Application", "Serveur", "Adresse IP", "Port", "Rôle", "Service de soins", "Critique")
    rows = []
    for one in hospital.applications:
        for rank, host in enumerate(one.hosts):
            role = ROLES.get(one.role, "") if rank == 0 else "Base de données"
            ports = ",".join(str(port) for port in one.ports) if rank == 0 else "1433"
            rows.append(
                (
                    one.name,
                    host.name.lower(),
                    host.ip,
                    ports,
                    role,
                    SERVICES[one.service],
                    "oui" if one.in_bia else "non",
                )
            )
    output.table("declared/applications.csv", header, rows)


def _structure(output: Output) -> None:
    rows = [
        (unit.code, unit.name, SERVICES[unit.service], "Les Tilleuls" if unit.site else "Belleroche") for unit in UNITS
    ]
    output.table("declared/structure.csv", ("Code", "Unité", "Service de soins", "Site"), rows)


def _impact(hospital: Hospital, output: Output) -> None:
    header: list[object] = ["Service", "DMIA", "PDMA", "Mode dégradé", "Autonomie", "Applications"]
    rows: list[list[object]] = [
        [
            SERVICES[one.service],
            f"{min(one.loss, 24)} h",
            f"{one.loss} h",
            "procédure papier",
            "24 h",
            one.name,
        ]
        for one in hospital.applications
        if one.in_bia
    ]
    output.sheet("declared/BIA.xlsx", {"BIA": [header, *rows]})


def _claims(hospital: Hospital, truth: Truth, output: Output) -> None:
    rows = []
    for control in CONTROLS:
        state = hospital.plan.states[control]
        claimed = (
            state in (PROVED, CONTRADICTED) or state == BLIND or (state == WAIVED and hospital.chance.random() < 0.5)
        )
        if claimed:
            day = french_day(hospital.as_of - timedelta(days=60))
            rows.append((control, "oui", "Direction des systèmes d'information", day, "Politique de sécurité 2026"))
        if state == BLIND:
            truth.trap("claim_without_evidence", control)
    output.table("declared/déclarations.csv", ("Contrôle", "Déclaration", "Auteur", "Date", "Document"), rows)


def subject_word(subject: Subject, control: str) -> str:
    """Name a subject as an exception would, with what the evidence shows of it."""
    if control == "NET-01":
        return subject["key"]
    if "account" in subject:
        return subject["account"]
    name = subject.get("name", "")
    if control == "INV-01" and name:
        return subject["mac"]
    return name if name.startswith(("PC", "SRV-")) else subject.get("ip", name)


def _exceptions(hospital: Hospital, truth: Truth, output: Output) -> None:
    header = ("Contrôle", "Sujet", "Motif", "Mesure compensatoire", "Responsable", "Échéance")
    future, past = (
        french_day(hospital.as_of + timedelta(days=120)),
        french_day(hospital.as_of - timedelta(days=40)),
    )
    rows: list[tuple[str, ...]] = []
    for control in CONTROLS:
        subjects = truth.failing[control]
        words = [subject_word(subject, control) for subject in subjects]
        if hospital.plan.states[control] == WAIVED:
            rows += [
                (control, word, "Remplacement en cours", "Surveillance renforcée", "RSSI", future) for word in words
            ]
        elif words:
            rows.append((control, words[0], "Travaux prévus", "Aucune", "RSSI", past))
            truth.trap("expired_exception", f"{control} {words[0]}")
            if len(words) > 1:
                rows.append((control, words[1], "À voir", "Aucune", "", future))
                truth.trap("exception_without_owner", f"{control} {words[1]}")
    if not rows:
        rows.append(("NET-01", "POSTES-ADM>SERVEURS tcp/21", "Ancien transfert", "Aucune", "RSSI", past))
    output.table("declared/dérogations.csv", header, rows)


def _partners(hospital: Hospital, output: Output) -> None:
    header = ("Partenaire", "Type", "Préfixe", "Contact", "Fin de contrat", "Objet")
    end = french_day(hospital.as_of + timedelta(days=400))
    rows = [
        (
            "Laboratoire Externalis",
            "laboratoire",
            "198.51.100.0/28",
            "interop@externalis.example",
            end,
            "examens spécialisés",
        ),
        (
            "Radiante Services",
            "fournisseur",
            "203.0.113.0/28",
            "support@radiante.example",
            end,
            "télémaintenance imagerie",
        ),
    ]
    output.table("declared/partenaires.csv", header, rows)


def _privileged(hospital: Hospital, output: Output) -> None:
    if hospital.plan.states["ID-01"] == SILENT_GAP:
        return
    listed = [one for one in hospital.accounts if one.admin and not one.name.startswith("svc-")]
    rows = [(one.name, one.display, "Administration du domaine") for one in listed]
    output.table("declared/comptes privilégiés.csv", ("Compte", "Titulaire", "Motif"), rows)
