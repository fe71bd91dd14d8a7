# ruff: noqa: E501 (rows are easier to read whole)
"""A hospital of a few rows, made by hand, as surfaces are given it. Names are invented, some are hostile."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa

from hygie.engine import Duck
from hygie.tables import arrow_schema, load_tables

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
EVIDENCE = "9c1e" + "0" * 56 + "77d2"
MATRIX = "aaaa" + "1" * 56 + "bbbb"
HOSTILE = '<script>alert("x")</script>'
ESCAPE = "PC-\x1b[31mROUGE"


def day(number: int, hour: int = 12) -> datetime:
    return datetime(2026, 11, number, hour, tzinfo=UTC)


def verdict(control: str, name: str, **values: Any) -> dict[str, Any]:
    base = {"declared": name in ("PROVED", "CONTRADICTED"), "declared_by": "claim", "population": 212, "failing": 0, "waived": 0,
            "unseen": 0, "coverage": 1.0, "required": 1.0, "newest": day(21), "as_of": NOW, "support": "proves"}  # fmt: skip
    return {"control": control, "verdict": name, **base, **values}


def finding(
    identity: str, control: str, subject: str, name: str, reason: str, weight: float, **values: Any
) -> dict[str, Any]:
    detail = json.dumps({key.removeprefix("d_"): value for key, value in values.items() if key.startswith("d_")})
    base = {
        "severity": "high",
        "care_services": "",
        "waived": False,
        "proofs": 1,
        "first_seen": day(14),
        "last_seen": day(21),
    }
    kept = {key: value for key, value in values.items() if not key.startswith("d_")}
    return {"id": identity, "control": control, "subject": subject, "subject_name": name, "reason": reason, "detail": detail,
            "weight": weight, **base, **kept}  # fmt: skip


TABLES: Mapping[str, list[dict[str, Any]]] = {
    "verdict": [
        verdict("NET-02", "CONTRADICTED", failing=2, unseen=31),
        verdict("NET-01", "CONTRADICTED", declared_by="matrix", population=5, failing=2, unseen=0),
        verdict("NET-04", "SILENT_GAP", population=40, failing=1),
        verdict("RA-01", "BLIND", population=0, why_blind="no_evidence", answering="vpn_session", unseen=0),
        verdict("MAL-01", "BLIND", population=900, unseen=880, coverage=0.02, why_blind="coverage", answering="endpoint_agent"),
        verdict("ID-02", "WAIVED", waived=3, population=2500),
        verdict("BKP-02", "UNDECLARED_GOOD", population=60),
        verdict("ID-01", "PROVED", population=18),
    ],
    "finding": [
        finding("4f2a9100-0000-5000-8000-000000000001", "NET-02", "device-1", "SCAN-TDM-02", "reached", 9.5, d_peer="PC-COMPTA-117",
                d_port=445, d_last="2026-11-21T13:02:00+00:00", care_services="ed stroke_cath", proofs=214),
        finding("4f2a9100-0000-5000-8000-000000000002", "NET-02", "device-2", HOSTILE, "reached", 3.0, d_peer=ESCAPE, d_port=3389),
        finding("5a000000-0000-5000-8000-000000000003", "NET-01", "Bureautique>Imagerie tcp/445", "Bureautique>Imagerie tcp/445", "undeclared", 8.0,
                care_services="imaging"),
        finding("5a000000-0000-5000-8000-000000000004", "NET-01", "Imagerie>Internet tcp/443", "Imagerie>Internet tcp/443", "undeclared", 4.0),
        finding("6b000000-0000-5000-8000-000000000005", "NET-04", "device-2", "CONSOLE-IRM-1", "open", 7.0, care_services="imaging"),
        finding("7c000000-0000-5000-8000-000000000006", "ID-02", "account-9", "jdupont", "dormant", 1.0, waived=True,
                waiver="A. Martin, 2027-01-31"),
    ],
    "proof": [
        {"finding_id": "4f2a9100-0000-5000-8000-000000000001", "evidence_id": EVIDENCE, "member": "", "position": 3, "source_table": "flow", "time": day(21)},
        {"finding_id": "4f2a9100-0000-5000-8000-000000000002", "evidence_id": EVIDENCE, "member": "a/b.log", "position": 1, "source_table": "flow"},
        {"finding_id": "5a000000-0000-5000-8000-000000000003", "evidence_id": EVIDENCE, "member": "", "position": 3, "source_table": "flow"},
    ],
    "unseen": [
        *({"control": "NET-02", "subject": f"device-{n}", "subject_name": f"MON-{n}", "reason": "zone_not_seen", "answering": "flow"} for n in range(31)),
        *({"control": "MAL-01", "subject": f"pc-{n}", "subject_name": f"PC-{n}", "reason": "no_agent_export", "answering": "endpoint_agent"} for n in range(880)),
    ],
    "aside": [
        {"control": "NET-01", "list": "dead_openings", "subject": "Serveurs>Laboratoire tcp/2575", "subject_name": "Serveurs>Laboratoire tcp/2575",
         "detail": '{"declared": "ligne 64"}', "evidence_id": MATRIX, "member": "", "position": 64},
        {"control": "NET-01", "list": "clear_text", "subject": "Imagerie>Serveurs tcp/104", "subject_name": "Imagerie>Serveurs tcp/104",
         "detail": '{"flows": 1200}', "evidence_id": EVIDENCE, "member": "", "position": 2},
    ],
    "claim": [
        {"control": "NET-02", "affirmed": True, "statement": "Oui, réseau dédié, aucun accès depuis la bureautique.", "author": "RSSI",
         "date": datetime(2026, 3, 14, tzinfo=UTC), "document": "Questionnaire CaRE", "evidence_id": MATRIX, "member": "", "position": 88},
    ],
    "zone": [
        {"id": "z-user", "name": "Bureautique", "class": "user", "origin": "declared", "prefixes": "10.41.0.0/16"},
        {"id": "z-img", "name": "Imagerie", "class": "biomedical", "origin": "declared", "prefixes": "10.42.16.0/20"},
        {"id": "z-srv", "name": "Serveurs", "class": "server", "origin": "declared", "prefixes": "10.42.8.0/24"},
        {"id": "z-lab", "name": "Laboratoire", "class": "biomedical", "origin": "inferred", "prefixes": "10.42.9.0/24"},
        {"id": "z-net", "name": "Internet", "class": "internet", "origin": "declared", "prefixes": ""},
        {"id": "z-gtb", "name": "Bâtiment", "class": "building", "origin": "declared", "prefixes": "10.50.0.0/24"},
    ],
    "zone_coverage": [
        {"zone_id": "z-user", "days_whole": 30, "days": 30, "whole": True, "origin": "declared"},
        {"zone_id": "z-img", "days_whole": 30, "days": 30, "whole": True, "origin": "declared"},
        {"zone_id": "z-srv", "days_whole": 30, "days": 30, "whole": True, "origin": "declared"},
        {"zone_id": "z-gtb", "days_whole": 0, "days": 30, "whole": False, "origin": ""},
        {"zone_id": "z-lab", "days_whole": 2, "days": 30, "whole": False, "origin": ""},
    ],
    "entity": [
        {"id": "device-1", "kind": "device", "name": "SCAN-TDM-02", "class": "medical", "zone_id": "z-img", "origin": "both", "declared_in": "biomedical",
         "connected": True, "maker": "Siemens", "model": "Somatom", "ip": "10.42.16.31", "mac": "00:11:22:33:44:55", "first_seen": day(1), "last_seen": day(21)},
        {"id": "device-2", "kind": "device", "name": HOSTILE, "class": "medical", "zone_id": "z-img", "origin": "observed", "connected": True,
         "ip": "10.42.16.32", "last_seen": day(20)},
        {"id": "device-3", "kind": "device", "name": "PC-COMPTA-117", "class": "it", "zone_id": "z-user", "origin": "both", "declared_in": "it directory",
         "connected": True, "ip": "10.41.3.117", "last_seen": day(21)},
        {"id": "device-4", "kind": "device", "name": "SRV-PACS", "class": "it", "zone_id": "z-srv", "origin": "declared", "declared_in": "it", "connected": False},
        {"id": "app-1", "kind": "application", "name": "PACS", "role": "pacs", "origin": "declared"},
        {"id": "account-9", "kind": "account", "name": "jdupont", "origin": "observed"},
    ],
    "statement": [
        {"entity_id": "device-1", "attribute": "ip", "value": "10.42.16.31", "origin": "observed", "source_table": "flow", "evidence_id": EVIDENCE,
         "member": "", "position": 3, "last_seen": day(21), "count": 214, "kept": True},
        {"entity_id": "device-1", "attribute": "ip", "value": "10.42.16.99", "origin": "declared", "source_table": "asset_record", "evidence_id": MATRIX,
         "member": "", "position": 12, "last_seen": day(2), "count": 1, "kept": False},
        {"entity_id": "device-1", "attribute": "maker", "value": "Siemens", "origin": "declared", "source_table": "asset_record", "evidence_id": MATRIX,
         "member": "", "position": 12, "count": 1, "kept": True},
    ],
    "conversation": [
        *(
            {"source_id": source, "destination_id": destination, "source_zone": one, "destination_zone": other, "protocol": "tcp", "port": port,
             "service": service, "tls": tls, "state": "answered", "flows": flows, "bytes": flows * 1000, "days": 20, "first_seen": day(1),
             "last_seen": day(21), "evidence_id": EVIDENCE, "member": "", "position": 3}
            for source, destination, one, other, port, service, tls, flows in (
                ("device-3", "device-1", "z-user", "z-img", 445, "smb", False, 214),
                ("device-3", "device-4", "z-user", "z-srv", 443, "ssl", True, 9000),
                ("device-1", "device-4", "z-img", "z-srv", 104, "dicom", False, 1200),
                ("device-2", "net-1", "z-img", "z-net", 443, "ssl", True, 12),
                ("device-4", "device-3", "z-srv", "z-user", 49152, "", None, 40),
            )
        ),
        {"source_id": "device-3", "destination_id": "device-2", "source_zone": "z-user", "destination_zone": "z-img", "protocol": "tcp", "port": 22,
         "state": "refused", "flows": 4, "bytes": 0, "evidence_id": EVIDENCE, "member": "", "position": 2},
    ],
    "care_dependency": [
        {"care_service": "imaging", "entity_id": "device-1", "through": "PACS", "origin": "declared"},
        {"care_service": "ed", "entity_id": "device-1", "through": "Urgences", "origin": "inferred"},
        {"care_service": "imaging", "entity_id": "device-4", "through": "PACS", "origin": "declared"},
    ],
    "account": [
        {"entity_id": "account-9", "name": "jdupont", "enabled": True, "privileged": False, "evidence_id": EVIDENCE, "position": 1},
        {"entity_id": "account-1", "name": "admin.t0", "enabled": True, "privileged": True, "privileged_by": "Admins du domaine", "last_logon": day(20)},
    ],
    "evidence": [
        {"evidence_id": EVIDENCE, "member": "", "path": "evidence/zeek/conn.log", "kind": "zeek-conn", "status": "read", "size": 4000, "received": day(21, 17),
         "exported": day(21), "exported_by": "content", "first_time": day(1), "last_time": day(21), "rows": 10470, "refused": 2, "tables": "flow"},
        {"evidence_id": MATRIX, "member": "", "path": "declared/matrice.xlsx", "kind": "flow-matrix", "status": "read", "size": 900, "received": day(20),
         "exported": day(20), "exported_by": "receipt", "rows": 64, "refused": 0, "tables": "flow_declared"},
        {"evidence_id": "c" * 64, "member": "", "path": "evidence/politique.pdf", "kind": "", "status": "unknown", "size": 10, "received": day(20), "rows": 0,
         "refused": 0, "tables": "", "reason": "format not recognised", "hint": "open it and save it as .xlsx or .csv"},
    ],
    "refusal": [
        {"evidence_id": EVIDENCE, "member": "", "path": "evidence/zeek/conn.log", "position": 7, "expected": "21 cells, as in the header",
         "hint": "export it again", "count": 2},
    ],
}  # fmt: skip

CARDS = {
    "NET-02": """
id: NET-02
title: {fr: Les équipements biomédicaux sont isolés du reste du réseau, en: Medical devices are kept apart from the rest of the network}
axes: [continuity, patients, compliance]
severity: critical
needs: [{table: flow, file: {fr: "Journal Zeek conn.log du cœur de réseau", en: "Zeek conn.log of the core network"}, ask: network}]
reasons:
  reached: {fr: "{subject} a accepté une connexion de {peer} sur le port {port}", en: "{subject} accepted a connection from {peer} on port {port}"}
  zone_not_seen: {fr: "aucun capteur ne voit toute la zone", en: "no sensor sees the whole zone"}
remedy: {fr: "Refuser le flux sur le pare-feu interne.", en: "Refuse the flow on the internal firewall.", medical: true}
anchors: [{framework: recyf, ref: 7.A.1, support: suggests}]
proves: {fr: "la connexion a été acceptée", en: "the connection was accepted"}
""",
    "NET-01": """
id: NET-01
title: {fr: La matrice de flux déclarée est celle qui est utilisée, en: The declared flow matrix is the one in use}
axes: [continuity, compliance]
severity: high
reasons: {undeclared: {fr: "{subject} : vu, jamais déclaré", en: "{subject}: seen, never declared"}}
aside: {dead_openings: {title: {fr: "Déclarés, jamais vus", en: "Declared, never seen"}}}
""",
    "RA-01": """
id: RA-01
title: {fr: Tout accès distant demande deux facteurs, en: Every remote access asks two factors}
axes: [compliance, sovereignty]
severity: medium
needs: [{table: vpn_session, file: {fr: "Journal VPN, 30 jours", en: "VPN log, 30 days"}, ask: network}]
""",
}

CARDS |= {
    name: f"id: {name}\ntitle: {{fr: {name}, en: {name}}}\naxes: [compliance]\nseverity: {severity}\nneeds: []\n"
    for name, severity in (
        ("NET-04", "high"),
        ("MAL-01", "high"),
        ("ID-02", "low"),
        ("BKP-02", "low"),
        ("ID-01", "low"),
    )
}


class Settings(dict[str, Any]):
    def where(self, key: str) -> str:
        return "default"


class Hospital:
    """The tables above as a publication."""

    def __init__(self, root: Path, tables: Mapping[str, list[dict[str, Any]]] = TABLES) -> None:
        settings = Settings(language="fr", timezone="Europe/Paris", name="Centre hospitalier de Montfauve")
        self.workspace = SimpleNamespace(
            root=root,
            site=root / "site",
            layers=(root / "site",),
            name="Centre hospitalier de Montfauve",
            timezone="Europe/Paris",
            settings=settings,
        )
        self.settings = settings
        self.snapshot, self.as_of, self.today = "20261123T180000Z-0123abcd", NOW, NOW
        self._duck = Duck(folder=None)
        for name in load_tables():
            rows = tables.get(name, [])
            self._duck.register(name, pa.Table.from_pylist(rows, schema=arrow_schema(name)))
        self.evidence = pa.Table.from_pylist(tables.get("evidence", []), schema=arrow_schema("evidence"))
        self.refusals = pa.Table.from_pylist(tables.get("refusal", []), schema=arrow_schema("refusal"))
        for name, text in CARDS.items():
            folder = root / "site" / "controls" / name
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "control.yaml").write_text(text, "utf-8")

    def query(self, sql: str, **parameters: Any) -> pa.Table:
        return self._duck.query(sql, parameters)

    def close(self) -> None:
        self._duck.close()


def original(store: Any, evidence_id: str, member: str, position: int, around: int = 1) -> list[SimpleNamespace]:
    """Invented lines, the hit between its neighbours, as the pipeline gives them: masked and harmless already."""
    lines = range(max(1, position - around), position + around + 1)
    return [
        SimpleNamespace(position=n, text=f"ligne {n}\t10.41.3.117 → 10.42.16.31 PID|▒▒▒▒", hit=n == position)
        for n in lines
    ]
