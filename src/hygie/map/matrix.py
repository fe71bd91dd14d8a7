"""The declared flow matrix, brought from what people write to zones and machines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hygie.map.addresses import parse_prefix
from hygie.map.applications import Application
from hygie.map.devices import Device
from hygie.map.frame import Row, fold, place, rows
from hygie.map.keys import host_key
from hygie.map.store import Store
from hygie.map.zones import Plan

ANY = frozenset(
    ("any", "*", "all", "tous", "toutes", "tout", "toute", "toutes zones", "toutes les zones", "tous les reseaux")
)
OUTSIDE = frozenset(("internet", "wan", "exterieur", "externe"))
MOST_MACHINES = 200


@dataclass(frozen=True)
class Side:
    """One end of a declared flow: a zone, and a machine when one is named."""

    zone: str
    entity: str | None = None


class Directory:
    """Finds what a name written in the matrix means."""

    def __init__(
        self,
        plan: Plan,
        devices: Sequence[Device],
        applications: Sequence[Application],
        zone_of: Mapping[str, str | None],
        entity_at: Mapping[str, str],
    ) -> None:
        self._plan, self._entity_at = plan, entity_at
        self._zone = zone_of
        self._applications = {fold(application.name): sorted(application.hosts) for application in applications}
        self._hosts: dict[str, set[str]] = defaultdict(set)
        self._partners: dict[str, Side] = {}
        for device in devices:
            for name in {name for record in device.records for name in record.names}:
                self._hosts[name].add(device.node.id)
            for row in device.assets:
                self._hosts[fold(row["name"] or "")].add(device.node.id)
            if device.node.kind == "partner" and device.node.zone:
                self._partners[fold(device.node.name)] = Side(device.node.zone, device.node.id)

    def sides(self, written: str | None) -> list[Side]:
        """The ends a text means, none when nothing bears that name."""
        text = fold(written or "")
        if (written or "").strip() in ("*", "") or text in ANY:
            return [Side("*")]
        if text in self._plan.names:
            return [Side(self._plan.names[text])]
        if text in self._partners:
            return [self._partners[text]]
        prefix = parse_prefix(written)
        if prefix is not None:
            entity = self._entity_at.get(str(prefix.network_address)) if prefix.num_addresses == 1 else None
            if prefix.prefixlen == 0:
                return [Side("*")]
            return [Side(zone, entity) for zone in self._plan.overlapping(prefix)]
        if text in OUTSIDE:
            return [Side(self._plan.internet)]
        machines = self._applications.get(text) or sorted(
            self._hosts.get(host_key(written) or text, self._hosts.get(text, ()))
        )
        zones = [Side(str(zone), machine) for machine in machines[:MOST_MACHINES] if (zone := self._zone.get(machine))]
        return zones or self._several(written or "")

    def _several(self, written: str) -> list[Side]:
        """A cell with several names."""
        parts = [part.strip() for mark in (";", ",", "\n") if mark in written for part in written.split(mark)]
        return [side for part in parts if part and part != written for side in self.sides(part)]


def matrix_rows(store: Store, directory: Directory, conflicts: list[Row]) -> Iterator[Row]:
    """One row per pair of ends; a name that nothing bears is shown as a conflict, not dropped in silence."""
    for row in rows(store, "SELECT * FROM flow_declared ORDER BY evidence_id, member, position"):
        ends = {side: directory.sides(row[side]) for side in ("source", "destination")}
        for side, found in ends.items():
            if not found:
                conflicts.append({"entity_id": None, "attribute": f"matrix.{side}", "value": row[side], **place(row)})
        for source in ends["source"]:
            for destination in ends["destination"]:
                yield {
                    "source_zone": source.zone,
                    "destination_zone": destination.zone,
                    "source_id": source.entity,
                    "destination_id": destination.entity,
                    "protocol": row["protocol"] or "any",
                    "first_port": row["first_port"] if row["first_port"] is not None else 0,
                    "last_port": row["last_port"]
                    if row["last_port"] is not None
                    else row["first_port"]
                    if row["first_port"] is not None
                    else 65535,
                    "purpose": row["purpose"],
                    "until": row["until"],
                    **place(row),
                }
