"""Biomedical rows without a network key: which machine on the network may each be, for a person to decide and sign."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from hygie.map.addresses import parse_address
from hygie.map.devices import Device, device_macs, device_maker
from hygie.map.frame import Row, fold, rows
from hygie.map.identity import Cluster, Resolution
from hygie.map.keys import serial_key
from hygie.map.makers import maker_key
from hygie.map.records import Record
from hygie.map.store import Store

MOST_CANDIDATES = 8
NOT_HERE = ("guest", "vpn", "partner", "internet")


HARDWARE = 12  # digits of a hardware address
LEVELS_OF = {
    "mac": ("macs", "weak"),
    "local_mac": ("weak",),
    "serial": ("serial",),
    "sid": ("sid",),
    "name": ("names",),
    "asset": ("asset",),
    "title": ("title",),
}


class _Tables(Protocol):
    def query(self, sql: str, **parameters: Any) -> Any: ...


SIGNED = """
SELECT * FROM pairing WHERE author IS NOT NULL AND device IS NOT NULL ORDER BY date, evidence_id, member, position
"""


def apply_signed(store: Store, resolution: Resolution) -> None:
    """Unite what a biomedical engineer paired and signed: a row with a machine named by hardware address or id."""
    for row in rows(store, SIGNED):
        asset = _asset(resolution, row)
        if asset is not None:
            own = resolution.of[asset]
            for device in _by_keys(resolution, _keys_of(store, row["device"]), own):
                resolution.unite(device, resolution.of[asset], "pairing")


def signed_addresses(store: Store, resolution: Resolution) -> dict[str, list[Record]]:
    """Signed pairings that name the machine by its address, or by the id of a machine known by its address only."""
    found: dict[str, list[Record]] = {}
    for row in rows(store, SIGNED):
        asset = _asset(resolution, row)
        for key in _keys_of(store, row["device"]):
            address = key.removeprefix("ip:")
            if asset is not None and parse_address(address):
                found.setdefault(address, []).append(asset)
    return found


def _keys_of(store: Store, written: str) -> list[str]:
    """The keys that a written id, hardware address or address stands for."""
    text = written.strip()
    if parse_address(text):
        return [f"ip:{text}"]
    hardware = "".join(letter for letter in text.lower() if letter in "0123456789abcdef")
    if len(hardware) == HARDWARE and not text.startswith("device"):
        return ["mac:" + ":".join(hardware[at : at + 2] for at in range(0, HARDWARE, 2))]
    return store.ledger.keys_of(text)


def _by_keys(resolution: Resolution, keys: Sequence[str], own: Cluster) -> list[Cluster]:
    """The machines that bear the keys, hardware addresses first.

    The row to be paired is left out: once it was paired, its own keys are among those of the id.
    """
    for kinds in (("mac", "local_mac"), tuple(LEVELS_OF)):
        found: dict[Cluster, None] = {}
        for kind, _, value in (key.partition(":") for key in keys):
            for record in resolution.records if kind in kinds else ():
                bears = any(value in record.keys(level) for level in LEVELS_OF.get(kind, ()))
                if bears and resolution.of[record] is not own:
                    found[resolution.of[record]] = None
        if found:
            return list(found)
    return []


def _asset(resolution: Resolution, row: Row) -> Record | None:
    serial = serial_key(row["serial"])
    for record in resolution.records:
        if record.table == "asset_record":
            same_key = row["asset_key"] and record.row["asset_key"] == row["asset_key"]
            same_serial = serial and serial_key(record.row["serial"]) == serial
            if (same_key and (same_serial or not serial)) or (same_serial and not row["asset_key"]):
                return record
    return None


def mark_pairable(entities: Iterable[Row], devices: Sequence[Device], classes: Mapping[str, str]) -> None:
    """Mark machines on the network that an unmatched biomedical row of their site may already name."""
    free = [row for device in devices for row in _unmatched(device)]
    by_id = {device.node.id: device for device in devices}
    for entity in entities:
        device = by_id.get(entity["id"])
        if device is not None and entity["kind"] == "device" and entity["connected"] and not device.assets:
            zone = classes.get(entity["zone_id"] or "", "")
            entity["pairable"] = zone not in NOT_HERE and any(fits(row, device, entity, zone) for row in free)


def _unmatched(device: Device) -> list[Row]:
    """Biomedical rows of a machine that nothing shows on the network."""
    if device.connected or device.addresses or device_macs(device):
        return []
    return [
        row for row in device.assets if row["register"] == "biomedical" and row["status"] not in ("retired", "stock")
    ]


def fits(row: Row, device: Device, entity: Row, zone: str) -> str:
    """Why a biomedical row may be a machine seen on the network, or nothing.

    The site must not differ. A known maker must agree; with no known maker, the machine must speak a clinical protocol
    from a biomedical zone and show no hardware address of its own.
    """
    if row["site"] and entity["site"] and fold(row["site"]) != fold(entity["site"]):
        return ""
    maker = device_maker(device)
    if maker:
        return "maker" if maker_key(row["maker"]) == maker else ""
    return "protocol" if zone == "biomedical" and device.clinical and not device_macs(device) else ""


def candidates(store: _Tables) -> list[dict[str, Any]]:
    """Rows for the sheet that Hygie proposes: an unmatched biomedical row and a machine it may be, with the reason."""
    found = []
    for row in store.query(CANDIDATES).to_pylist():
        same_maker = bool(row["maker"]) and maker_key(row["maker"]) == maker_key(row["device_maker"])
        if not same_maker and row["device_maker"]:
            continue
        row["why"] = " ".join(
            sorted({"maker" if same_maker else "protocol", "site" if row["site"] == row["device_site"] else ""} - {""})
        )
        found.append(row)
    found.sort(key=lambda row: (row["asset_key"] or "", row["serial"] or "", "maker" not in row["why"], row["device"]))
    count: dict[tuple[str, str], int] = {}
    kept = []
    for row in found:
        key = (row["asset_key"] or "", row["serial"] or "")
        count[key] = count.get(key, 0) + 1
        if count[key] <= MOST_CANDIDATES:
            kept.append(row)
    return kept


CANDIDATES = """
SELECT a.asset_key, a.serial, a.maker, a.model, a.kind, a.site, a.building, a.room, a.unit,
       e.id AS device, e.name AS device_name,
       e.ip AS device_ip, e.mac AS device_mac, e.maker AS device_maker, e.site AS device_site, e.zone_id,
       e.first_seen, e.last_seen
FROM asset_record a
JOIN record_entity r ON r.source_table = 'asset_record' AND r.evidence_id = a.evidence_id
    AND r.member IS NOT DISTINCT FROM a.member AND r.position = a.position
JOIN entity own ON own.id = r.entity_id AND NOT coalesce(own.connected, false) AND own.ip IS NULL AND own.mac IS NULL
JOIN entity e ON e.kind = 'device' AND e.pairable
    AND (a.site IS NULL OR e.site IS NULL OR lower(a.site) = lower(e.site))
WHERE a.register = 'biomedical' AND coalesce(a.status, '') NOT IN ('retired', 'stock')
ORDER BY a.asset_key, a.serial, e.id
"""
