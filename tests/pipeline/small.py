"""A hospital of three machines, written by hand: enough to run the whole chain in a second."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

from hygie.workspace import Workspace, init

AS_OF = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
CONN_FIELDS = (
    "ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state"
)
CONN_HEAD = (
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n"
    f"#fields\t{CONN_FIELDS}\n#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount\tcount\tstring\n"
)
PLAN = """Zone;Classe;Site;Préfixe;VLAN
Bureautique;user;Principal;10.1.0.0/16;10
Serveurs;server;Principal;10.2.0.0/16;20
Biomédical;biomedical;Principal;10.3.0.0/16;30
"""
INVENTORY = """Nom;Entité;Statut;Fabricant;Numéro de série;Type;Modèle;Adresse IP;Adresse MAC;Dernière modification
PC-ACCUEIL-01;CH Test;En production;Dell;SN0001;Ordinateur;OptiPlex 7010;10.1.0.11;00:25:64:00:00:11;18/11/2026 09:12
SRV-PACS-01;CH Test;En production;HPE;SN0002;Serveur;DL380;10.2.0.21;00:25:64:00:00:21;18/11/2026 09:12
"""


def connection(second: int, source: str, destination: str, port: int, state: str = "SF", service: str = "-") -> str:
    """One line of conn.log, some seconds after 20 November 2026, 10:00 UTC."""
    start = datetime(2026, 11, 20, 10, 0, tzinfo=UTC).timestamp() + second
    fields = (f"{start:.6f}", f"C{second}", source, 50_000 + second, destination, port, "tcp", service, 0.5, 100, 200)
    return "\t".join(map(str, (*fields, state)))


def conn_log(lines: list[str]) -> bytes:
    """A Zeek conn.log with its headers."""
    return (CONN_HEAD + "\n".join(lines) + "\n#close\t2026-11-20-18-00-00\n").encode()


def flows() -> list[str]:
    """Four connections: a workstation to the PACS, to a device, refused, and a stranger to the PACS."""
    return [
        connection(1, "10.1.0.11", "10.2.0.21", 443, service="ssl"),
        connection(2, "10.1.0.11", "10.3.0.31", 445, service="smb"),
        connection(3, "10.1.0.11", "10.3.0.32", 445, "REJ"),
        connection(4, "10.1.0.99", "10.2.0.21", 104, service="dicom"),
    ]


def hospital(root: Path) -> Workspace:
    """The workspace with its evidence, in folders with blanks and accents."""
    workspace = init(root, name="CH Test")
    folder = root / "evidence" / "réseau cœur"
    folder.mkdir()
    (folder / "conn.10_00.log.gz").write_bytes(gzip.compress(conn_log(flows()), mtime=0))
    (root / "evidence" / "glpi.csv").write_text(INVENTORY, "utf-8")
    (root / "declared" / "plan d'adressage.csv").write_bytes(PLAN.encode("cp1252"))
    return workspace
