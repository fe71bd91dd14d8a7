# ruff: noqa: E501 (exports stand as they are written, one line each)
"""One kind after the other: the headers hospitals and products write, and the rows they become."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from hygie.content_files import CONTENT, read_yaml
from hygie.sources.base import Refusal, Sample, collect, document_from_bytes
from hygie.sources.tabular import KINDS, detect_kind, read
from hygie.sources.tabular.mapping import shipped
from hygie.tables import load_tables


def read_all(text: str) -> tuple[str, dict[str, list[dict[str, Any]]], list[Refusal]]:
    data = text.encode()
    kind, _ = detect_kind(Sample("x", data))
    tables, refusals, _ = collect(read(document_from_bytes(data), kind))
    return kind, tables, refusals


def facts(text: str, table: str, *columns: str) -> list[tuple[Any, ...]]:
    """The rows of a table as tuples of some columns; days instead of instants."""
    found = read_all(text)[1].get(table, [])
    return [tuple(_plain(row.get(column)) for column in columns) for row in found]


def _plain(value: Any) -> Any:
    return value.isoformat()[:16] if isinstance(value, datetime) else value


RECOGNISED = [
    ("glpi-csv", "Nom;Entité;Statut;Fabricant;Numéro de série;Type;Modèle;Lieu;Dernière modification;Usager"),
    ("glpi-csv", "Name,Entity,Status,Manufacturer,Serial number,Type,Model,Location,Last update,Network - IP"),
    ("it-inventory", "Hostname;Adresse IP;Adresse MAC;Système d'exploitation;Service;Emplacement"),
    ("it-inventory", "Asset tag,Computer name,Serial Number,Operating system,IP address,Owner"),
    ("it-inventory", "Nom du serveur;IP;OS;Rôle;VLAN;Site"),
    (
        "biomedical-inventory",
        "N° inventaire;Désignation;Marque;Type/modèle;N° de série;UF;Localisation;Code CNEH;Criticité",
    ),
    ("biomedical-inventory", "Asset number,Description,Manufacturer,Model,Serial number,Department,UMDNS,Device class"),
    (
        "biomedical-inventory",
        "Code équipement;Libellé équipement;Constructeur;Modèle;N° série;Adresse IP;Titre AE;Modalité",
    ),
    ("building-inventory", "Repère;Désignation;Lot technique;Marque;Modèle;Adresse IP;BACnet ID;Zone desservie"),
    ("staff-list", "Matricule;Nom d'usage;Prénom;Libellé UF;Grade;Date d'entrée;Date de sortie"),
    ("staff-list", "Employee number,Last name,First name,User name,Department,Start date,End date"),
    (
        "vpn-sessions",
        "Utilisateur;Date de connexion;Date de déconnexion;Adresse IP publique;Adresse IP VPN;Méthode d'authentification",
    ),
    ("vpn-sessions", "User,Start time,Duration,Remote IP,Assigned IP,Auth method,Status"),
    ("backup-jobs", "Tâche;Machine;Début;Fin;Statut;Taille sauvegardée"),
    ("backup-jobs", "Job name,VM name,Start time,End time,Status,Data transferred"),
    ("backup-jobs", "Policy name,Client name,Schedule type,Start,Elapsed time,Job status"),
    ("endpoint-console", "Device Name,Domain,Device ID,OS Platform,Health Status,Onboarding Status,Last device update"),
    (
        "endpoint-console",
        "Endpoint Name,Last Logged In User,Console Visible IP,Agent Version,Last Active,Network Status",
    ),
    ("endpoint-console", "Hostname,Last Seen,Platform,OS Version,MAC Address,Local IP,Sensor Version,Host ID"),
    ("endpoint-console", "Poste;Dernier contact;Version de l'agent;Date des signatures;État"),
    ("firewall-rules", "policyid,name,srcintf,dstintf,srcaddr,dstaddr,service,action,status,logtraffic"),
    (
        "firewall-rules",
        "Name,Source Zone,Source Address,Destination Zone,Destination Address,Application,Service,Action,Profile",
    ),
    ("firewall-rules", "N°;Nom règle;Source;Destination;Service;Action;Trace;Install On"),
    ("address-plan", "Zone;Classe;Site;Préfixe;VLAN"),
    ("address-plan", "Nom du VLAN;VLAN;Réseau;Masque;Passerelle;Usage"),
    ("address-plan", "Subnet,Name,VLAN ID,Type,Site"),
    ("sensors", "Capteur;Type;Zones vues;Complétude;Du;Au"),
    ("sensors", "Sensor,Kind,Zones seen,Completeness,Inside,From,To"),
    ("flow-matrix", "Zone source;Zone destination;Protocole;Port(s);Usage"),
    ("flow-matrix", "Source,Destination,Service,Purpose,Owner,Valid until"),
    ("applications", "Application;Serveur;IP;Port;Rôle;Service de soins"),
    ("applications", "Application name,Server,IP address,Role,Care service,Critical"),
    ("structure", "Unité fonctionnelle;Service de soins;Site"),
    ("structure", "Unit,Care service"),
    ("bia", "Service;DMIA;PDMA;Mode dégradé;Autonomie;Applications"),
    ("bia", "Care service,Application,RTO,RPO,Degraded mode"),
    ("claims", "Contrôle;Déclaration;Auteur;Date;Document"),
    ("claims", "Control,Affirmed,Statement,Author,Date"),
    ("exceptions", "Contrôle;Sujet;Motif;Mesure compensatoire;Responsable;Échéance"),
    ("exceptions", "Control,Subject,Reason,Mitigation,Owner,Expiry"),
    ("partners", "Partenaire;Type;Adresses publiques;Contact;Fin de contrat"),
    ("partners", "Supplier,Kind,Prefix,Contact,Contract end,Purpose"),
    ("privileged-accounts", "Compte;Domaine;Titulaire;Motif;Valable jusqu'au"),
    ("privileged-accounts", "Account,Domain,Holder,Reason,Valid until"),
    ("pairing", "Identifiant GMAO;N° de série;Fabricant;Modèle;Local;Candidats;Appareil retenu;Signé par;Signé le"),
]


@pytest.mark.parametrize(("kind", "header"), RECOGNISED)
def test_headers_are_recognised(kind: str, header: str) -> None:
    separator = ";" if ";" in header else ","
    body = separator.join("x" for _ in header.split(separator))
    assert detect_kind(Sample("file.txt", f"{header}\n{body}\n".encode()))[0] == kind


def test_the_words_of_the_rows_tell_a_biomedical_list_from_a_computer_list() -> None:
    head = "Nom;Marque;Modèle;N° de série;Service\n"
    assert (
        read_all(head + "Respirateur;Dräger;V500;S1;Réa\nPousse-seringue;BD;Alaris;S2;Réa\n")[0]
        == "biomedical-inventory"
    )
    assert read_all(head + "PC-042;Dell;Latitude;S1;DSI\nPortable 12;HP;840;S2;DSI\n")[0] == "it-inventory"


def test_address_plan() -> None:
    text = "Zone;Classe;Site;Préfixe;VLAN\nBIO;Dispositifs médicaux;A;10.1.0.0/16, 10.2.3.*;120.0\nX;lune;A;10.9.0.0 255.255.0.0;\nY;GTB;A;rien;\n"
    assert facts(text, "zone_declared", "position", "zone", "class", "prefix", "vlan") == [
        (2, "BIO", "biomedical", "10.1.0.0/16", 120),
        (2, "BIO", "biomedical", "10.2.3.0/24", 120),
        (3, "X", None, "10.9.0.0/16", None),
    ]
    assert [refusal.position for refusal in read_all(text)[2]] == [3, 4]


def test_address_plan_with_a_mask_of_its_own() -> None:
    text = "Nom du réseau;Réseau;Masque;Type\nServeurs;10.4.0.0;255.255.252.0;Serveurs\nInvités;10.5.0.0;/22;Wi-Fi invités\n"
    assert facts(text, "zone_declared", "zone", "class", "prefix") == [
        ("Serveurs", "server", "10.4.0.0/22"),
        ("Invités", "guest", "10.5.0.0/22"),
    ]


def test_sensors() -> None:
    text = "Capteur;Type;Zones vues;Complétude;Trafic interne;Du;Au\ncoeur;Zeek;BIO, POSTES;complète;oui;01/09/2026;30/11/2026\nfw;pare-feu;toutes;sécurité;non;;\n"
    assert facts(text, "sensor_declared", "sensor", "kind", "zone", "completeness", "inside", "start", "end") == [
        ("coeur", "zeek", "BIO", "all", True, "2026-08-31T22:00", "2026-11-30T22:59"),
        ("coeur", "zeek", "POSTES", "all", True, "2026-08-31T22:00", "2026-11-30T22:59"),
        ("fw", "firewall", "*", "security", False, None, None),
    ]


def test_flow_matrix() -> None:
    text = (
        "Zone source;Zone destination;Protocole;Port(s);Usage;Action\n"
        "POSTES;SERVEURS;TCP;80,443;web;autorisé\n"
        "BIO;PACS;;DICOM;images;oui\n"
        "tous;DNS;tcp/udp;53;noms;\n"
        "A;B;icmp;;ping;\n"
        "A;B;TCP;8000-8100;appli;\n"
        "A;B;TCP;445;partage;interdit\n"
        "A;B;;;rien;\n"
    )
    assert facts(text, "flow_declared", "position", "source", "protocol", "first_port", "last_port") == [
        (2, "POSTES", "tcp", 80, 80),
        (2, "POSTES", "tcp", 443, 443),
        (3, "BIO", "tcp", 104, 104),
        (3, "BIO", "tcp", 11112, 11112),
        (4, "any", "tcp", 53, 53),
        (4, "any", "udp", 53, 53),
        (5, "A", "icmp", 0, 65535),
        (6, "A", "tcp", 8000, 8100),
    ]
    assert [refusal.position for refusal in read_all(text)[2]] == [7, 8]


@pytest.mark.parametrize(
    ("title", "columns", "cells", "read"),
    [
        ("", ";Signé par;Signé le", ";A. Durand;23/11/2026", True),
        ("", ";Signé par;Signé le", ";;", False),
        ("Signé par : ____;;\nSigné le : ;;\n", "", "", False),
        ("Signé par : A. Durand;;\nSigné le;23/11/2026;\n", "", "", True),
        ("", "", "", True),
    ],
)
def test_a_proposal_is_read_once_signed(title: str, columns: str, cells: str, read: bool) -> None:
    text = f"{title}Source;Destination;Ports;Usage{columns}\nA;B;tcp/443;web{cells}\n"
    _, tables, refusals = read_all(text)
    assert (bool(tables), bool(refusals)) == (read, not read)


def test_pairing_asks_for_a_signature_in_each_row() -> None:
    text = "Identifiant GMAO;N° de série;Candidats;Appareil retenu;Signé par;Signé le\nB1;S1;a b;00:11:22:33:44:55;Dr Y;23/11/2026\nB2;S2;;10.0.0.9;;\nB3;S3;;;Dr Y;23/11/2026\n"
    assert facts(text, "pairing", "asset_key", "serial", "device", "author", "date") == [
        ("B1", "S1", "00:11:22:33:44:55", "Dr Y", "2026-11-22T23:00")
    ]
    assert sorted(refusal.position for refusal in read_all(text)[2]) == [3, 4]


def test_applications_side_by_side_and_over_several_ports() -> None:
    text = 'Application,Server,IP,Port,Role,Care service\nPACS,srv-pacs,10.0.0.1,"104, 11112",Archive d\'images,Imagerie\nDPI,"a, b","10.0.0.2, 10.0.0.3",,DPI,"wards_ehr, Urgences"\n'
    assert facts(text, "application_declared", "application", "host", "ip", "port", "role", "care_service") == [
        ("PACS", "srv-pacs", "10.0.0.1", 104, "pacs", "imaging"),
        ("PACS", "srv-pacs", "10.0.0.1", 11112, "pacs", "imaging"),
        ("DPI", "a", "10.0.0.2", None, "ehr", "wards_ehr"),
        ("DPI", "a", "10.0.0.2", None, "ehr", "ed"),
        ("DPI", "b", "10.0.0.3", None, "ehr", "wards_ehr"),
        ("DPI", "b", "10.0.0.3", None, "ehr", "ed"),
    ]


def test_bia() -> None:
    text = "Service;DMIA;PDMA (min);Mode dégradé;Autonomie;Applications;Testé le\nUrgences;2h;15;papier;1 j;DPI, RIS;12/03/2026\nImagerie;4;;;;;\n"
    columns = ("care_service", "application", "maximum_downtime", "maximum_loss", "autonomy", "tested")
    assert facts(text, "impact_declared", *columns) == [
        ("ed", "DPI", 2.0, 0.25, 24.0, "2026-03-11T23:00"),
        ("ed", "RIS", 2.0, 0.25, 24.0, "2026-03-11T23:00"),
        ("imaging", None, 4.0, None, None, None),
    ]


def test_claims_are_affirmed_only_by_a_plain_yes() -> None:
    text = "Contrôle;Déclaration;Auteur;Date\nA;oui;X;1/2/2026\nB;Conforme;X;\nC;partiellement;X;\nD;non;X;\nE;sans objet;X;\nF;peut-être;X;\n"
    assert facts(text, "claim", "control", "affirmed") == [("A", True), ("B", True), ("C", False), ("D", False)]
    assert [refusal.position for refusal in read_all(text)[2]] == [6, 7]


def test_exceptions_partners_structure_and_privileged_accounts() -> None:
    text = "Contrôle;Sujet;Motif;Responsable;Échéance\nNET-02;IRM 1;ancien;RSSI;31/12/2026\nNET-02;tous;x;;\n"
    assert facts(text, "exception", "subject", "owner", "expiry") == [
        ("IRM 1", "RSSI", "2026-12-31T22:59"),
        ("*", None, None),
    ]
    text = "Partenaire;Type;Adresses;Fin de contrat\nAtlas;télémainteneur;198.51.100.0/24, 203.0.113.7;31/12/2027\n"
    assert facts(text, "partner_declared", "kind", "prefix", "contract_end") == [
        ("supplier", "198.51.100.0/24", "2027-12-31T22:59"),
        ("supplier", "203.0.113.7/32", "2027-12-31T22:59"),
    ]
    text = "Unité;Service de soins\nRéa polyvalente;Réanimation\nCaisson;Caisson hyperbare\n"
    assert facts(text, "unit_declared", "unit", "care_service") == [
        ("Réa polyvalente", "icu"),
        ("Caisson", "site:caisson-hyperbare"),
    ]
    text = "Compte;Domaine;Titulaire;Motif\nCHU\\adm.x;;X;admin\nadm.y@chu.local;;Y;admin\nadm.z;CHU.LOCAL;Z;admin\n"
    assert facts(text, "privileged_declared", "account", "domain") == [
        ("adm.x", "chu"),
        ("adm.y", "chu.local"),
        ("adm.z", "chu.local"),
    ]


@pytest.mark.parametrize(
    ("written", "factors"),
    [
        ("Certificat + mot de passe", 2),
        ("Carte CPS + code PIN", 2),
        ("Mot de passe + OTP", 2),
        ("password+otp", 2),
        ("LDAP + FortiToken", 2),
        ("MFA", 2),
        ("e-CPS", 2),
        ("MDP seul", 1),
        ("password", 1),
        ("Certificat", 1),
        ("", None),
        ("inconnu", None),
        ("N/A", None),
        ("SAML", None),
        ("OTP", None),
    ],
)
def test_factors_are_counted_only_when_they_are_named(written: str, factors: int | None) -> None:
    text = f"Utilisateur;Début de session;Durée;IP source;IP attribuée;Authentification;Résultat\nx;23/11/2026 10:00;1h30;203.0.113.4;10.9.0.3;{written};Succès\n"
    assert facts(text, "vpn_session", "factors", "end", "outcome") == [(factors, "2026-11-23T10:30", "success")]


def test_a_list_of_sessions_without_result_holds_sessions_that_were_opened() -> None:
    text = "User,Start time,End time,Remote IP,Assigned IP,MFA\nx,2026-11-23T10:00:00Z,2026-11-23T11:00:00Z,203.0.113.4,10.9.0.3,yes\n"
    assert facts(text, "vpn_session", "outcome", "factors", "start") == [("success", 2, "2026-11-23T10:00")]


def test_backup_results_in_french() -> None:
    text = "Tâche;Machine;Début;Fin;Résultat;Type;Taille\nJ;A;22/11/2026 22:00;22/11/2026 23:00;Réussi;Complète;12,5 Go\nJ;B;22/11/2026 22:00;;Échec : disque plein;Incrémentielle;\nJ;C;22/11/2026 22:00;23/11/2026 00:10;Avertissement;autre;\n"
    assert facts(text, "backup_job", "system", "end", "result", "kind", "size") == [
        ("A", "2026-11-22T22:00", "success", "full", 13421772800),
        ("B", None, "failure", "incremental", None),
        ("C", "2026-11-22T23:10", "warning", "autre", None),
    ]


def test_endpoint_console_of_a_product_told_by_its_headers() -> None:
    text = "Hostname,Last Seen,Sensor Version,Local IP,MAC Address,Host ID,Status\nPC1.chu.local.,2026-11-22T10:00:00Z,7.1,10.0.0.4,00-11-22-33-44-55,x,normal\nPC2,,7.1,10.0.0.5,,y,Offline\n"
    assert facts(text, "endpoint_agent", "host_name", "mac", "product", "status", "last_seen") == [
        ("pc1.chu.local", "00:11:22:33:44:55", "CrowdStrike Falcon", "active", "2026-11-22T10:00")
    ]
    assert [refusal.position for refusal in read_all(text)[2]] == [3]


def test_firewall_rules_and_what_they_resolve_to() -> None:
    text = 'policyid,name,srcintf,dstintf,srcaddr,dstaddr,service,action,status,logtraffic,nat,hits\n1,web,lan,wan,10.1.0.0/16,all,"HTTP\nHTTPS",accept,enable,all,enable,"1,234"\n7,old,any,any,SRV-X,10.2.3.4,ALL,deny,disable,utm,disable,0\n'
    columns = ("position", "rule_id", "rank", "enabled", "action", "source_interface", "logged", "translated", "hits")
    assert facts(text, "firewall_rule", *columns) == [
        (2, "1", 1, True, "accept", "lan", "all", True, 1234),
        (4, "7", 2, False, "deny", "any", "security", False, 0),
    ]
    columns = ("rule_id", "source_prefix", "destination_prefix", "protocol", "first_port", "last_port", "enabled")
    assert facts(text, "firewall_match", *columns) == [
        ("1", "10.1.0.0/16", "0.0.0.0/0", "tcp", 80, 80, True),
        ("1", "10.1.0.0/16", "0.0.0.0/0", "tcp", 443, 443, True),
        ("7", None, "10.2.3.4/32", "any", 0, 65535, False),
    ]


def test_a_rule_that_would_flood_is_refused() -> None:
    many = ", ".join(f"10.0.{i}.0/24" for i in range(100))
    text = f'policyid,srcintf,srcaddr,dstaddr,service,action\n1,lan,"{many}","{many}",HTTP,accept\n2,lan,all,all,HTTP,accept\n'
    assert facts(text, "firewall_rule", "rule_id") == [("2",)]


def test_inventories_keep_register_class_status_and_place() -> None:
    text = "Nom;Entité;Statut;Numéro de série;Type;Lieu;Dernière modification;Réseau - Adresse MAC\nPC1;CHU;En service;ABC;Portable;CHU > Bât. A > 214;2026-11-01 10:00;00-11-22-33-44-55\nSW1;CHU;Réformé;DEF;Switch;CHU;;\n"
    columns = ("register", "class", "status", "site", "building", "room", "mac")
    assert facts(text, "asset_record", *columns) == [
        ("it", "it", "in_service", "CHU", "Bât. A", "214", "00:11:22:33:44:55"),
        ("it", "network", "retired", "CHU", None, None, None),
    ]


def test_staff_list_keeps_one_row_a_contract_and_far_dates_as_given() -> None:
    text = "Matricule;Nom;Prénom;Type de contrat;Date de début;Date de fin\n1;A;B;CDD;01/01/2025;30/06/2025\n1;A;B;CDI;01/07/2025;31/12/2099\n"
    assert facts(text, "person", "employee_id", "contract", "end") == [
        ("1", "CDD", "2025-06-30T21:59"),
        ("1", "CDI", "2099-12-31T22:59"),
    ]


@pytest.mark.parametrize(
    "header",
    [
        "Date;Source;Destination;Port;Action",
        "Hostname;IP address;MAC address;Lease expires",
        "Hostname;MAC address;IP address;SSID;AP name",
        "Name;DNSHostName;OperatingSystem;LastLogonDate;Enabled;IPv4Address",
        "IPP;Nom;Prénom;Date de naissance;Service",
        "User;Time;Client IP;URL;Status",
    ],
)
def test_what_is_observed_is_never_taken_for_a_declaration(header: str) -> None:
    body = ";".join("x" for _ in header.split(";"))
    assert detect_kind(Sample("x.csv", f"{header}\n{body}\n".encode())) == ("", 0)


def test_a_plain_list_of_machines_is_an_it_inventory() -> None:
    assert read_all("Nom;N° série;Adresse IP\nPC1;S1;10.0.0.1\n")[0] == "it-inventory"


def test_a_range_in_two_columns() -> None:
    text = "zone_source;zone_dest;protocole;port_debut;port_fin;usage\nA;B;tcp;80;90;x\nA;B;tcp;443;;y\n"
    assert facts(text, "flow_declared", "first_port", "last_port") == [(80, 90), (443, 443)]


def test_every_kind_has_a_mapping_a_title_and_a_source_page() -> None:
    assert {mapping.kind for mapping in shipped()} == set(KINDS)
    assert {kind for kind, _ in RECOGNISED} == set(KINDS) - {"backup-configuration"}
    for mapping in shipped():
        assert mapping.title.keys() == {"fr", "en"}, mapping.kind
        assert (CONTENT / "sources" / f"{mapping.kind}.yaml").exists(), mapping.kind


def test_source_pages_name_a_contact_and_tables_that_exist() -> None:
    contacts = read_yaml(CONTENT / "contacts.yaml")["contacts"]
    for path in (CONTENT / "sources").glob("*.yaml"):
        page = read_yaml(path)
        assert page["kind"] == path.stem
        assert page["ask"] in contacts, path.name
        assert set(page["tables"]) <= set(load_tables()), path.name
        assert page["title"].keys() == page["how"].keys() == {"fr", "en"}
        assert page["max_age"]["days"] > 0
    for contact in contacts.values():
        assert all("{file}" in text and "{why}" in text and "{how}" in text for text in contact["message"].values())
