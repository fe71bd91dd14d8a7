"""Flows between zones, as a person can read them: zone, zone, service; declared beside observed, both ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from hygie.act.picture import Finding, Picture, Proof
from hygie.act.rows import rows
from hygie.act.sentences import FLOW_KEY

CONTROL = "NET-01"
CLEAR_CONTROL = "NET-07"
DYNAMIC = 49152
BETWEEN = (
    "FROM conversation LEFT JOIN zone AS a ON a.id = conversation.source_zone"
    " LEFT JOIN zone AS b ON b.id = conversation.destination_zone"
    " WHERE state = 'answered' AND coalesce(special, '') = '' AND source_zone IS DISTINCT FROM destination_zone"
)
NAMES = (
    "coalesce(a.name, source_zone, '?') AS source, coalesce(b.name, destination_zone, '?') AS destination,"
    " coalesce(protocol, '?') AS protocol, coalesce(port, 0) AS port"
)
UNITS = (
    f"SELECT {NAMES}, max(nullif(service, '')) AS service, bool_and(tls) AS tls, sum(flows)::BIGINT AS flows,"
    " sum(bytes)::BIGINT AS bytes, count(DISTINCT source_id) AS sources,"
    " count(DISTINCT destination_id) AS systems,"
    " min(first_seen) AS first, max(last_seen) AS last, max(days) AS days,"
    " arg_max(evidence_id, flows) AS evidence_id, arg_max(member, flows) AS member,"
    " arg_max(position, flows) AS position"
    f" {BETWEEN} GROUP BY 1, 2, 3, 4 ORDER BY flows DESC, 1, 2, 3, 4"
)
REACHED = (
    f"WITH talk AS (SELECT {NAMES}, destination_id, sum(flows) AS flows {BETWEEN} GROUP BY 1, 2, 3, 4, 5)"
    " SELECT source, destination, protocol, port,"
    " list(coalesce(entity.name, destination_id) ORDER BY talk.flows DESC, destination_id)[1:3] AS names"
    " FROM talk LEFT JOIN entity ON entity.id = destination_id GROUP BY 1, 2, 3, 4"
)
CARE = (
    f"WITH talk AS (SELECT DISTINCT {NAMES}, unnest([source_id, destination_id]) AS entity_id {BETWEEN})"
    " SELECT source, destination, protocol, port, list(DISTINCT care_service ORDER BY care_service) AS care"
    " FROM talk JOIN care_dependency USING (entity_id) GROUP BY 1, 2, 3, 4"
)


@dataclass(frozen=True)
class Unit:
    """One flow between two zones on one service, with everything observed of it."""

    source: str
    destination: str
    protocol: str
    port: int
    service: str = ""
    tls: bool | None = None
    flows: int = 0
    bytes: int = 0
    sources: int = 0
    systems: int = 0
    first: datetime | None = None
    last: datetime | None = None
    names: Sequence[str] = ()
    care: Sequence[str] = ()
    proof: Proof | None = None
    finding: Finding | None = None

    @property
    def key(self) -> str:
        """How a check names it."""
        return f"{self.source}>{self.destination} {self.protocol}/{self.port}"

    @property
    def ports(self) -> str:
        """Its port as written in a matrix; the dynamic ones are one entry.

        >>> Unit("a", "b", "tcp", 49152).ports, Unit("a", "b", "tcp", 445).ports
        ('49152-65535', '445')
        """
        return f"{DYNAMIC}-65535" if self.port == DYNAMIC else str(self.port)


@dataclass(frozen=True)
class Apart:
    """One case listed apart: a dead opening, a clear-text flow …"""

    name: str
    values: Mapping[str, Any]
    proof: Proof | None
    unit: Unit | None = None


@dataclass
class Pair:
    """One cell of the matrix: services seen, seen but never declared, declared but never seen, or nothing sees it."""

    seen: int = 0
    undeclared: int = 0
    dead: int = 0
    blind: bool = False


@dataclass(frozen=True)
class Grid:
    """The matrix zone by zone: the zones in order, the cells, how many zones are left out."""

    zones: Sequence[str]
    cells: Mapping[tuple[str, str], Pair]
    left_out: int = 0


class Flows:
    """The flow matrix of a publication; each part is read when it is first asked for."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture

    @cached_property
    def units(self) -> list[Unit]:
        """All flows between zones that were answered, the busiest first."""
        store = self.picture.store
        names = {_four(row): row["names"] for row in rows(store, REACHED)}
        care = {_four(row): row["care"] for row in rows(store, CARE)}
        found = []
        for row in rows(store, UNITS):
            four = _four(row)
            plain = {name: row[name] for name in ("tls", "flows", "bytes", "sources", "systems", "first", "last")}
            proof = self.picture.proof(row) if row["evidence_id"] else None
            key = f"{four[0]}>{four[1]} {four[2]}/{four[3]}"
            found.append(
                Unit(
                    *four,
                    service=row["service"] or "",
                    **plain,
                    names=names.get(four, ()),
                    care=care.get(four, ()),
                    proof=proof,
                    finding=self._by_key.get(key),
                )
            )
        return found

    @cached_property
    def _by_key(self) -> dict[str, Finding]:
        found = self.picture.findings(CONTROL, 5000)
        return {name: one for one in found for name in (one.subject, one.name)}

    @cached_property
    def undeclared(self) -> list[Unit]:
        """Seen, never declared, not under exception; those that touch care first."""
        mine = [unit for unit in self.units if unit.finding is not None and not unit.finding.waived]
        known = {unit.finding.id for unit in mine if unit.finding}
        for finding in self.picture.findings(CONTROL, 5000, waived=False):
            parts = FLOW_KEY.match(finding.name) or FLOW_KEY.match(finding.subject)
            if finding.id not in known and parts and parts["port"].isdigit():
                proof = finding.proof[0] if finding.proof else None
                four = parts["source"], parts["destination"], parts["protocol"], int(parts["port"])
                mine.append(Unit(*four, care=finding.services, proof=proof, finding=finding, last=finding.last_seen))
        return sorted(
            mine, key=lambda unit: (-(unit.finding.weight if unit.finding else 0), -len(unit.care), -unit.flows)
        )

    @cached_property
    def apart(self) -> dict[str, list[Apart]]:
        """The cases the check lists apart, by list: dead openings, clear text …"""
        found: dict[str, list[Apart]] = {}
        known = {unit.key: unit for unit in self.units}
        for row in self.picture.asides(CONTROL):
            proof = self.picture.proof(row) if row["evidence_id"] else None
            name = row["subject_name"] or row["subject"]
            unit = known.get(name)
            unit = replace(unit, proof=proof or unit.proof) if unit else None
            found.setdefault(row["list"], []).append(Apart(name, row["values"], proof, unit))
        return found

    @cached_property
    def clear(self) -> list[Finding]:
        """Clinical protocols in clear text between zones, when the check does not list clear text itself."""
        return [] if any("clear" in name for name in self.apart) else self.picture.findings(CLEAR_CONTROL, 500)

    def grid(self, most: int = 26) -> Grid:
        """The matrix zone by zone; the zones with least traffic are left out beyond `most`."""
        cells: dict[tuple[str, str], Pair] = {}
        weight: dict[str, int] = {}
        for unit in self.units:
            cell = cells.setdefault((unit.source, unit.destination), Pair())
            cell.seen += 1
            cell.undeclared += int(unit.finding is not None and not unit.finding.waived)
            for name in (unit.source, unit.destination):
                weight[name] = weight.get(name, 0) + 1 + 5 * int(unit.finding is not None)
        for name, cases in self.apart.items():
            if "dead" in name or "never" in name:
                for case in cases:
                    parts = FLOW_KEY.match(case.name)
                    if parts:
                        cells.setdefault((parts["source"], parts["destination"]), Pair()).dead += 1
        whole = self._whole()
        for name in whole:
            weight.setdefault(name, 0)
        order = self._order()
        kept = sorted(
            sorted(weight, key=lambda name: (-weight[name], name))[:most], key=lambda name: order.get(name, (99, name))
        )
        for source in kept:
            for destination in kept:
                if source != destination and not whole.get(source, False) and not whole.get(destination, False):
                    cells.setdefault((source, destination), Pair()).blind = True
        return Grid(kept, cells, len(weight) - len(kept))

    def _whole(self) -> dict[str, bool]:
        sql = (
            "SELECT zone.name, bool_or(coalesce(whole, false)) AS whole"
            " FROM zone LEFT JOIN zone_coverage ON zone_id = id GROUP BY 1"
        )
        return {row["name"]: bool(row["whole"]) for row in rows(self.picture.store, sql)}

    def _order(self) -> dict[str, tuple[int, str]]:
        classes = ("internet", "partner", "vpn", "dmz", "server", "admin", "user", "biomedical", "building", "guest")
        listed = rows(self.picture.store, "SELECT name, class FROM zone")
        places = {name: place for place, name in enumerate(classes)}
        return {row["name"]: (places.get(row["class"], 50), row["name"]) for row in listed}


def _four(row: Mapping[str, Any]) -> tuple[str, str, str, int]:
    return row["source"], row["destination"], row["protocol"], int(row["port"])
