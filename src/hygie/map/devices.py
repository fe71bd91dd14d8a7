"""Machines as entities: a name, a class, addresses and dates chosen among what the records say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from hygie.map.content import clinical_services, maker_of
from hygie.map.frame import Row, rows
from hygie.map.holding import FOREVER, Holdings
from hygie.map.identity import Resolution
from hygie.map.makers import Lesson, learn_blocks, maker_key
from hygie.map.nodes import Node, Nodes
from hygie.map.records import Record
from hygie.map.sightings import Sightings
from hygie.map.store import Store
from hygie.map.zones import Plan

REAL = ("asset_record", "directory_object", "endpoint_agent", "application_declared", "lease")
NAMING = ("directory_object", "asset_record", "endpoint_agent", "lease", "application_declared", "name_answer", "flow")
NAME_COLUMN = {
    "asset_record": "name",
    "directory_object": "name",
    "name_answer": "query",
    "application_declared": "host",
    "flow": "title",
}
REGISTERS = {"biomedical": "medical", "building": "building"}
MOST_SHOWN = 64
SPEAKS = """
SELECT DISTINCT node FROM (
    SELECT source AS node FROM map_talk WHERE service IN (SELECT name FROM map_clinical) AND state = 'answered'
    UNION ALL SELECT destination FROM map_talk WHERE service IN (SELECT name FROM map_clinical) AND state = 'answered')
WHERE node IS NOT NULL ORDER BY node
"""
KEYS = ("sid", "serial", "asset", "macs", "names", "title", "weak")
LEDGER = {"macs": "mac", "names": "name", "weak": "local_mac"}


@dataclass
class Device:
    """One machine with what is needed to write its entity."""

    node: Node
    records: list[Record] = field(default_factory=list)
    addresses: list[tuple[datetime, str]] = field(default_factory=list)  # last moment held, address
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    connected: bool = False
    clinical: bool = False
    lesson: Lesson | None = None  # what the hospital's own inventories teach of its block of hardware addresses

    @property
    def assets(self) -> list[Row]:
        """Its inventory rows, biomedical ones first."""
        found = [record.row for record in self.records if record.table == "asset_record"]
        return sorted(found, key=lambda row: row["register"] != "biomedical")

    def saw(self, first: datetime | None, last: datetime | None) -> None:
        """Take note of a time at which it was on the network."""
        self.connected = True
        self.first_seen = min((time for time in (self.first_seen, first) if time), default=None)
        self.last_seen = max((time for time in (self.last_seen, last) if time), default=None)


def gather(
    store: Store,
    nodes: Nodes,
    resolution: Resolution,
    holdings: Holdings,
    seen: Sightings,
    met: Sequence[Row],
    times: Sequence[Row],
) -> list[Device]:
    """The machines that anything speaks of, with addresses and dates, and their id from the ledger."""
    devices = {number: Device(node) for number, node in enumerate(nodes.listed)}
    for record in resolution.records:
        devices[nodes.by_cluster[resolution.of[record]]].records.append(record)
    _date(devices, nodes, resolution, seen, times)
    _address(devices, nodes, resolution, holdings, {row["ip"]: row for row in met})
    for row in rows(store, SPEAKS):
        devices[row["node"]].clinical = True
    blocks = learn_blocks((device_macs(device), device.assets) for device in devices.values())
    for device in devices.values():
        lessons = (blocks.get(mac[:8]) for mac in sorted(device_macs(device)))
        device.lesson = next((lesson for lesson in lessons if lesson), None)
    talking = {
        row["node"] for row in rows(store, "SELECT source AS node FROM map_talk UNION SELECT destination FROM map_talk")
    }
    kept = [
        device
        for number, device in devices.items()
        if number in talking or any(r.table in REAL for r in device.records) or device.connected
    ]
    name_devices(store, kept)
    return kept


def _date(
    devices: dict[int, Device], nodes: Nodes, resolution: Resolution, seen: Sightings, times: Sequence[Row]
) -> None:
    for row in times:
        devices[row["node"]].saw(row["first_seen"], row["last_seen"])
    holders = {
        (record.row["mac"], record.row.get("host_name")): devices[nodes.by_cluster[resolution.of[record]]]
        for record in resolution.records
        if record.table in ("lease", "flow") and not record.title
    }
    for sighting in seen.all():
        label = (sighting.mac, sighting.name) if sighting.by == "lease" else (sighting.mac, None)
        if label in holders:
            holders[label].saw(sighting.start, sighting.latest)


def _address(
    devices: dict[int, Device], nodes: Nodes, resolution: Resolution, holdings: Holdings, met: Mapping[str, Row]
) -> None:
    for address, segments in holdings.segments.items():
        for segment in segments:
            if segment.cluster is not None:
                number = nodes.by_cluster[resolution.of[segment.cluster.records[0]]]
                last = met[address]["last_seen"] if address in met and segment.end == FOREVER else segment.end
                devices[number].addresses.append((last or segment.start, address))
    for device in devices.values():
        if device.node.cluster is None and device.node.ip:
            device.addresses.append((device.last_seen or FOREVER, device.node.ip))


def name_devices(store: Store, devices: Iterable[Device]) -> None:
    """Ask the ledger for ids; a key that two machines share names neither."""
    listed = list(devices)
    count: dict[str, int] = defaultdict(int)
    for device in listed:
        for key in _keys(device):
            count[key] += 1
    for device in listed:
        keys = device.node.keys or [key for key in _keys(device) if count[key] == 1] or [_last_resort(device)]
        device.node.id = store.ledger.id_for(device.node.kind, keys)


def _keys(device: Device) -> list[str]:
    cluster = device.node.cluster
    if cluster is None:
        return []
    return [f"{LEDGER.get(level, level)}:{value}" for level in KEYS for value in sorted(cluster.values[level])]


def _last_resort(device: Device) -> str:
    """A machine without any key of its own is known by what its first row says."""
    row = device.records[0].row if device.records else {}
    parts = [
        str(row.get(name) or "")
        for name in ("register", "name", "maker", "model", "serial", "room", "unit", "host", "mac", "host_name")
    ]
    addresses = sorted({address for record in device.records for address in record.ips})
    return "record:" + "|".join([*parts, *addresses])


def entity_row(device: Device, plan: Plan, zone_of: Mapping[str, str | None]) -> Row:
    """The entity of a machine, an unused part of a zone, a partner or a public address."""
    node = device.node
    addresses = list(
        dict.fromkeys(
            address for _, address in sorted(device.addresses, key=lambda held: (-held[0].timestamp(), held[1]))
        )
    )
    zone = zone_of.get(addresses[0]) if addresses else None
    base: Row = {
        "id": node.id,
        "kind": node.kind,
        "zone_id": zone or node.zone or None,
        "ip": " ".join(addresses[:MOST_SHOWN]) or None,
    }
    base |= {
        "first_seen": device.first_seen,
        "last_seen": device.last_seen,
        "connected": device.connected and node.kind == "device",
    }
    if node.kind != "device":
        return base | {
            "name": node.name,
            "origin": "declared" if node.kind == "partner" else "observed",
            "pairable": False,
        }
    kind = plan.zones[base["zone_id"]].kind if base["zone_id"] else "unknown"
    return base | {
        "name": device_name(device),
        "class": device_class(device, kind),
        "site": _first(device.assets, "site")
        or (plan.zones[base["zone_id"]].site if base["zone_id"] else None)
        or None,
        "origin": _origin(device),
        "declared_in": " ".join(_declared_in(device)) or None,
        "pairable": False,
        "enabled": _enabled(device.records),
        "status": _status(device.assets),
        "maker": _first(device.assets, "maker") or device_maker(device) or None,
        "model": _first(device.assets, "model"),
        "mac": " ".join(sorted(device_macs(device))[:MOST_SHOWN]) or None,
        "unit": _first(device.assets, "unit"),
    }


def device_macs(device: Device) -> set[str]:
    """The hardware addresses it carries."""
    cluster = device.node.cluster
    return cluster.values["macs"] | cluster.values["weak"] if cluster else set()


def device_maker(device: Device) -> str:
    """The maker that inventories give, else the one its hardware address suggests, as a key."""
    written = maker_key(_first(device.assets, "maker"))
    known = next((maker for mac in sorted(device_macs(device)) if (maker := maker_of(mac))), "")
    return written or known or (device.lesson.maker if device.lesson else "")


def device_name(device: Device) -> str:
    """The name kept: directory, then inventories, then what the machine announces, else its address."""
    for table in NAMING:
        for record in device.records:
            name = record.row.get(NAME_COLUMN.get(table, "host_name")) if record.table == table else None
            if name:
                return str(name)
    if device.node.ip or device.addresses:
        return device.node.ip or max(device.addresses)[1]
    described = " ".join(
        str(row[name]) for row in device.assets[:1] for name in ("maker", "model", "serial") if row[name]
    )
    return described or next(iter(sorted(device_macs(device))), device.node.name) or device.node.id


def device_class(device: Device, zone_kind: str) -> str:
    """What the inventories say, else what the directory, the maker or the zone suggest."""
    for row in device.assets:
        if row["class"] or row["register"] in REGISTERS:
            return str(row["class"] or REGISTERS[row["register"]])
    if device.assets or any(record.table in ("directory_object", "endpoint_agent") for record in device.records):
        return "it"
    if (
        any(maker_of(mac) for mac in device_macs(device))
        or (device.lesson and device.lesson.medical)
        or (device.clinical and zone_kind == "biomedical")
    ):
        return "medical"
    if any(record.table == "application_declared" for record in device.records):
        return "it"
    return zone_kind if zone_kind in ("building", "partner") else "unknown"


def _first(listed: Iterable[Row], name: str) -> str | None:
    return next((str(row[name]) for row in listed if row[name]), None)


def _origin(device: Device) -> str:
    declared = any(record.table in ("asset_record", "application_declared") for record in device.records)
    observed = device.connected or any(
        record.table in ("directory_object", "endpoint_agent") for record in device.records
    )
    return ("both" if observed else "declared") if declared else ("observed" if observed else "inferred")


def _declared_in(device: Device) -> list[str]:
    found = {str(row["register"] or "it") for row in device.assets}
    tables = {record.table for record in device.records}
    found |= {
        name for name, table in (("directory", "directory_object"), ("agent", "endpoint_agent")) if table in tables
    }
    return (
        sorted(found, key=["it", "biomedical", "building", "directory", "agent"].index)
        if found <= _KNOWN
        else sorted(found)
    )


_KNOWN = {"it", "biomedical", "building", "directory", "agent"}


def _enabled(records: Iterable[Record]) -> bool | None:
    computers = [record.row for record in records if record.table == "directory_object"]
    newest = max(computers, key=lambda row: (row["collected"] is not None, row["collected"] or FOREVER), default=None)
    return newest["enabled"] if newest else None


def _status(assets: Sequence[Row]) -> str | None:
    written = [row["status"] for row in assets if row["status"]]
    return "in_service" if "in_service" in written else (written[0] if written else None)


def clinical_names() -> list[list[str]]:
    """The names of clinical protocols, one per row."""
    return [[name] for name in sorted(clinical_services())]
