"""What each evidence says of each attribute of a machine, collapsed to one row per value, table and evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from hygie.map.devices import Device
from hygie.map.frame import Row, place, rows, words
from hygie.map.store import Store

SAID = {
    "asset_record": (
        "name", "serial", "mac", "ip", "ae_title", "maker", "model", "kind", "class", "operating_system", "version",
        "site", "building", "room", "unit", "owner", "status",
    ),
    "directory_object": ("name", "host_name", "operating_system"),
    "endpoint_agent": ("host_name", "mac", "ip", "serial", "operating_system", "product", "version"),
    "application_declared": ("host", "ip"),
    "name_answer": ("query", "ip"),
}  # fmt: skip
ATTRIBUTE = {"host_name": "name", "host": "name", "query": "name"}
DATED = {"asset_record": "updated", "directory_object": "collected", "endpoint_agent": "last_seen"}
ORIGIN = {"asset_record": "declared", "application_declared": "declared"}
SEVERAL = ("ip", "mac")
CONFIDENCE = {"declared": 0.8, "observed": 0.9}
LEASED = """
SELECT mac, host_name, ip, count(*) AS count, min(start) AS first_seen, max(start) AS last_seen,
       min(evidence_id) AS evidence_id, arg_min(member, (evidence_id, member, position)) AS member,
       arg_min(position, (evidence_id, member, position)) AS position
FROM (SELECT coalesce(mac, '') AS mac, coalesce(host_name, '') AS host_name, ip, start, evidence_id, member, position
      FROM lease WHERE ip IS NOT NULL AND coalesce(state, '') <> 'abandoned')
GROUP BY mac, host_name, ip ORDER BY mac, host_name, ip
"""


def statement_rows(store: Store, devices: Iterable[Device], met: Mapping[str, Row]) -> list[Row]:
    """All statements of all machines, with the value kept for each attribute."""
    files = {row["number"]: row for row in rows(store, "SELECT * FROM map_file")}
    leased: dict[tuple[str, str], list[Row]] = {}
    for row in rows(store, LEASED):
        leased.setdefault((row["mac"], row["host_name"]), []).append(row)
    found: dict[tuple[str, ...], Row] = {}
    for device in devices:
        own: dict[tuple[str, ...], Row] = {}
        for entry in (*_recorded(device), *_leased(device, leased), *_flowing(device, met, files)):
            _collapse(own, entry)
        _keep(list(own.values()), device)
        found |= own
    return [found[key] for key in sorted(found)]


def _entry(
    device: Device,
    attribute: str,
    value: str,
    table: str,
    where: Row,
    first: datetime | None,
    last: datetime | None,
    count: int = 1,
) -> Row:
    origin = ORIGIN.get(table, "observed")
    return {
        "entity_id": device.node.id,
        "attribute": attribute,
        "value": value,
        "origin": origin,
        "source_table": table,
        **where,
        "first_seen": first,
        "last_seen": last,
        "count": count,
        "confidence": CONFIDENCE[origin],
        "kept": False,
    }


def _recorded(device: Device) -> Iterator[Row]:
    for record in device.records:
        for row in record.rows if record.table in SAID else ():
            time = row.get(DATED.get(record.table, ""))
            for name in SAID[record.table]:
                attribute = ATTRIBUTE.get(name, name)
                written = row.get(name)
                for value in words(written) if attribute in SEVERAL else ([str(written)] if written else []):
                    where = place(row)
                    yield _entry(device, attribute, value, record.table, where, time, time)


def _leased(device: Device, leased: Mapping[tuple[str, str], list[Row]]) -> Iterator[Row]:
    for record in device.records:
        if record.table == "lease":
            for row in leased.get((record.row["mac"], record.row["host_name"]), ()):
                for attribute, value in (("ip", row["ip"]), ("mac", row["mac"]), ("name", row["host_name"])):
                    if value:
                        yield _entry(
                            device,
                            attribute,
                            value,
                            "lease",
                            place(row),
                            row["first_seen"],
                            row["last_seen"],
                            row["count"],
                        )


def _flowing(device: Device, met: Mapping[str, Row], files: Mapping[int, Row]) -> Iterator[Row]:
    """An address seen in traffic, with its first flow."""
    for address in dict.fromkeys(address for _, address in device.addresses):
        row = met.get(address)
        file = files.get(row["file_number"]) if row and row["file_number"] is not None else None
        if row and file and (row["sources"] or row["alive"]):
            where = {"evidence_id": file["evidence_id"], "member": file["member"], "position": row["position"]}
            count = row["sources"] + row["alive"]
            yield _entry(device, "ip", address, "flow", where, row["first_seen"], row["last_seen"], count)


def _collapse(found: dict[tuple[str, ...], Row], entry: Row) -> None:
    key = tuple(str(entry[name] or "") for name in ("entity_id", "attribute", "value", "source_table", "evidence_id"))
    held = found.get(key)
    if held is None:
        found[key] = entry
        return
    held["count"] += entry["count"]
    held["first_seen"] = min((time for time in (held["first_seen"], entry["first_seen"]) if time), default=None)
    held["last_seen"] = max((time for time in (held["last_seen"], entry["last_seen"]) if time), default=None)


RANK = ("directory_object", "asset_record", "endpoint_agent", "lease", "flow", "application_declared", "name_answer")


def _keep(entries: list[Row], device: Device) -> None:
    """Mark the value kept: for addresses those the machine carries, else the best source's newest."""
    carried = {address for _, address in device.addresses}
    best: dict[str, tuple[int, float, str]] = {}
    for entry in entries:
        last = entry["last_seen"].timestamp() if entry["last_seen"] else 0.0
        rank = (RANK.index(entry["source_table"]), -last, entry["value"])
        best[entry["attribute"]] = min(best.get(entry["attribute"], rank), rank)
    for entry in entries:
        if entry["attribute"] == "ip":
            entry["kept"] = entry["value"] in carried
        else:
            entry["kept"] = entry["attribute"] == "mac" or entry["value"] == best[entry["attribute"]][2]
