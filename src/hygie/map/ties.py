"""To which machine each row of evidence was tied, which machine held each address, and what its own records dispute."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa

from hygie.map.devices import Device
from hygie.map.frame import Row, declared, place, scratch, shaped
from hygie.map.holding import ALWAYS, CONFIDENCE, FOREVER, Holdings
from hygie.map.identity import Resolution, why
from hygie.map.nodes import Nodes
from hygie.map.store import Store

# Leases may be many: the tie is found per client and carried to the rows by the engine.
LEASES = """
SELECT 'lease' AS source_table, l.evidence_id, l.member, l.position, t.entity_id, t."by", t.confidence
FROM lease l JOIN map_lease t ON t.mac = coalesce(l.mac, '') AND t.host_name = coalesce(l.host_name, '')
WHERE coalesce(l.state, '') <> 'abandoned'
ORDER BY l.evidence_id, l.member, l.position
"""
SHAPE = {
    "mac": pa.string(),
    "host_name": pa.string(),
    "entity_id": pa.string(),
    "by": pa.string(),
    "confidence": pa.float64(),
}
TIED = ("asset_record", "directory_object", "endpoint_agent", "application_declared")


def record_entity_table(store: Store, resolution: Resolution, devices: Sequence[Device]) -> pa.Table:
    """Every row of inventories, directory, agents, applications and leases with its machine."""
    found: list[Row] = []
    leases: list[tuple[object, ...]] = []
    for device in devices:
        for record in device.records:
            by, confidence = why(resolution, record)
            if record.table == "lease":
                leases.append((record.row["mac"], record.row["host_name"], device.node.id, by, confidence))
            elif record.table in TIED:
                tie = {"source_table": record.table, "entity_id": device.node.id, "by": by, "confidence": confidence}
                found += [tie | place(row) for row in record.rows]
    found.sort(
        key=lambda row: (row["source_table"], row["evidence_id"] or "", row["member"] or "", row["position"] or 0)
    )
    scratch(store, "map_lease", SHAPE, leases)
    return pa.concat_tables([declared("record_entity", found), shaped("record_entity", store.query(LEASES))])


def binding_rows(holdings: Holdings, resolution: Resolution, nodes: Nodes, devices: Iterable[Device]) -> Iterator[Row]:
    """Every address with its holders in time; an address without any record is held by the machine known by it."""
    alone = {
        device.node.ip: device.node.id
        for device in devices
        if device.node.cluster is None and device.node.kind == "device" and device.node.ip
    }
    for address, segments in sorted(holdings.segments.items()):
        for segment in segments:
            name = alone.get(address, "")
            if segment.cluster is not None:
                name = nodes.listed[nodes.by_cluster[resolution.of[segment.cluster.records[0]]]].id
            if name:
                yield _binding(address, name, segment.by) | {"start": segment.start, "end": segment.end}
    for address, name in sorted(alone.items()):
        if address not in holdings.segments:
            yield _binding(address, name, "sole") | {"start": ALWAYS, "end": FOREVER}


def _binding(address: str, entity: str, by: str) -> Row:
    return {"ip": address, "entity_id": entity, "by": by, "confidence": CONFIDENCE[by]}


def disagreement_rows(devices: Iterable[Device]) -> Iterator[Row]:
    """Names that records of one machine give and that differ: a machine renamed, or an inventory out of date."""
    for device in devices:
        written = [
            record
            for record in device.records
            if record.names and record.table in ("asset_record", "directory_object", "lease", "endpoint_agent")
        ]
        if not written:
            continue
        first = next((record for record in written if record.table == "directory_object"), written[0])
        for record in written:
            if not record.names & first.names:
                where = place(record.row) if record.row.get("evidence_id") else place(first.row)
                yield {
                    "entity_id": device.node.id,
                    "attribute": "name",
                    "value": min(first.names),
                    "other_value": min(record.names),
                    **where,
                }
