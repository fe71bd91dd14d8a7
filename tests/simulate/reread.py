"""Read the written files back with the standard library only, knowing nothing of the simulator or of Hygie."""

from __future__ import annotations

import csv
import gzip
import io
import ipaddress
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import zstandard

FIELD = re.compile(r'(\w+)=(?:"([^"]*)"|(\S+))')


def content(path: Path) -> str:
    """Give the text of a file, decompressed."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    elif path.suffix == ".zst":
        data = zstandard.ZstdDecompressor().decompressobj().decompress(data)
    return data.decode("utf-8")


def table(path: Path, encoding: str = "utf-8-sig", separator: str = ";", skip: int = 0) -> list[dict[str, str]]:
    """Read a CSV table below its title rows."""
    lines = path.read_bytes().decode(encoding).splitlines()[skip:]
    return list(csv.DictReader(lines, delimiter=separator))


def sheet(path: Path, skip: int = 0) -> list[dict[str, Any]]:
    """Read the first sheet of a workbook below its title rows."""
    book = openpyxl.load_workbook(path, read_only=True)
    rows = list(book.worksheets[0].iter_rows(values_only=True))[skip:]
    book.close()
    return [dict(zip(rows[0], row, strict=False)) for row in rows[1:]]


def zeek_rows(path: Path) -> Iterator[dict[str, str]]:
    """Read a TSV log, leaving lines that do not have all fields aside."""
    fields: list[str] = []
    for line in io.StringIO(content(path)):
        if line.startswith("#fields"):
            fields = line.rstrip("\n").split("\t")[1:]
        elif not line.startswith("#"):
            values = line.rstrip("\n").split("\t")
            if len(values) == len(fields):
                yield dict(zip(fields, values, strict=True))


def fortigate_rows(path: Path) -> Iterator[dict[str, str]]:
    """Read key=value lines."""
    for line in content(path).splitlines():
        yield {key: quoted or bare for key, quoted, bare in FIELD.findall(line)}


class Zones:
    """The declared address plan."""

    def __init__(self, root: Path) -> None:
        """Read the plan."""
        rows = table(root / "declared" / "plan d'adressage.csv")
        self.networks = [(ipaddress.ip_network(row["Préfixe"]), row["Zone"]) for row in rows]
        self.known: dict[str, str] = {}

    def __call__(self, address: str) -> str:
        """Give the zone of an address, or nothing."""
        if address not in self.known:
            ip = ipaddress.ip_address(address)
            found = [(network.prefixlen, zone) for network, zone in self.networks if ip in network]
            self.known[address] = max(found)[1] if found else ""
        return self.known[address]


def answered(root: Path) -> Iterator[tuple[str, str, str, int, str, float]]:
    """Every answered connection: source, destination after translation, protocol, port, service, instant."""
    network = root / "evidence" / "reseau"
    for path in sorted((network / "zeek-coeur").glob("conn.*")):
        for row in zeek_rows(path):
            if row["conn_state"] == "SF":
                yield (
                    row["id.orig_h"],
                    row["id.resp_h"],
                    row["proto"],
                    int(row["id.resp_p"]),
                    row["service"],
                    float(row["ts"]),
                )
    for path in sorted((network / "zeek-biomed").glob("*")):
        for line in content(path).splitlines():
            item = json.loads(line)
            yield (
                item["id.orig_h"],
                item["id.resp_h"],
                item["proto"],
                item["id.resp_p"],
                item.get("service", ""),
                item["ts"],
            )
    for path in sorted((root / "evidence" / "pare-feu" / "FW-PERIMETRE").glob("*")):
        for row in fortigate_rows(path):
            if row["action"] in ("accept", "close"):
                target, port = row.get("tranip", row["dstip"]), int(row.get("tranport", row["dstport"]))
                yield (
                    row["srcip"],
                    target,
                    {"6": "tcp", "17": "udp"}[row["proto"]],
                    port,
                    row["service"],
                    int(row["eventtime"]) / 1e9,
                )


def units(root: Path) -> set[str]:
    """Every crossing of zones that was answered, dynamic ports as one."""
    zone, found = Zones(root), set()
    for source, target, protocol, port, _service, _time in answered(root):
        if zone(source) and zone(target) and zone(source) != zone(target):
            found.add(f"{zone(source)}>{zone(target)} {protocol}/{min(port, 49152)}")
    return found


def matrix(root: Path) -> set[str]:
    """Every crossing the flow matrix declares."""
    rows = sheet(root / "declared" / "matrice de flux.xlsx")
    return {
        f"{row['Zone source']}>{row['Zone destination']} {row['Protocole']}/{str(row['Ports']).split('-')[0]}"
        for row in rows
    }
