"""Conversations: millions of flows grouped by who spoke to whom, both ends resolved at the time of each flow."""

from __future__ import annotations

import re
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from hygie.map.frame import shaped
from hygie.map.nodes import Nodes
from hygie.map.store import Store

EPOCH = date(1970, 1, 1).toordinal()
# Addresses with one holder are resolved by a plain join; only the flows of the others need their time.
COLUMNS = """
    f."time", f.source_ip, f.source_mac, f.destination_mac, coalesce(f.translated_ip, f.destination_ip) AS reached,
    f.translated_ip IS NULL AS direct, s.node AS source, d.node AS destination, s.place AS source_place,
    d.place AS destination_place, coalesce(f.protocol, '') AS protocol,
    least(coalesce(f.translated_port, f.destination_port), 49152)::INT AS port, f.service, f.tls,
    coalesce(f.state, 'unanswered') AS state, coalesce(f.bytes_out, 0) + coalesce(f.bytes_in, 0) AS volume,
    (greatest(0, coalesce(epoch_us(f."time"), 0))::HUGEINT << 60) + (file.number::HUGEINT << 40) + f.position AS proof
"""
JOINS = """
    FROM flow f
    JOIN map_file file ON file.evidence_id = f.evidence_id AND file.member IS NOT DISTINCT FROM f.member
    LEFT JOIN map_address s ON s.ip = f.source_ip
    LEFT JOIN map_address d ON d.ip = coalesce(f.translated_ip, f.destination_ip)
"""
ENDS = "source, destination, source_place, destination_place"
KIND = "protocol, port, service, tls, state"
KEPT = f'source_place, destination_place, {KIND}, volume, proof, "time"'
DAYS_COUNTED = 400  # distinct days are counted over the last ones; a flow before them counts on the first
TALKS = f"""
WITH plain AS (
    SELECT {COLUMNS} {JOINS} WHERE NOT coalesce(s.many, false) AND NOT coalesce(d.many, false)
), moving AS (
    SELECT {COLUMNS}, coalesce(s.many, false) AS source_moves, coalesce(d.many, false) AS destination_moves {JOINS}
    WHERE coalesce(s.many, false) OR coalesce(d.many, false)
), sent AS (
    SELECT moving.*, held.node AS held_source FROM moving
    ASOF LEFT JOIN map_segment held ON moving.source_ip = held.ip AND moving."time" >= held.start
), both_ends AS (
    SELECT sent.*, held.node AS held_destination FROM sent
    ASOF LEFT JOIN map_segment held ON sent.reached = held.ip AND sent."time" >= held.start
), settled AS (
    SELECT CASE WHEN source_moves THEN coalesce(one.node, held_source, source) ELSE source END AS source,
           CASE WHEN destination_moves THEN coalesce(two.node, held_destination, destination)
                ELSE destination END AS destination,
           {KEPT}
    FROM both_ends
    LEFT JOIN map_hardware one ON one.mac = both_ends.source_mac
    LEFT JOIN map_hardware two ON two.mac = both_ends.destination_mac AND both_ends.direct
), flows AS (
    SELECT source, destination, {KEPT} FROM plain UNION ALL SELECT source, destination, {KEPT} FROM settled
)
SELECT {ENDS}, {KIND}, count(*) AS flows, sum(volume)::BIGINT AS bytes,
       min("time") AS first_seen, max("time") AS last_seen,
       bit_count(bitstring_agg(
           least(greatest(coalesce(epoch_us("time") // 86400000000, 0), DAY_FIRST), DAY_LAST)::INT,
           DAY_FIRST, DAY_LAST)) AS days,
       ((min(proof) >> 40) & 1048575)::BIGINT AS number, (min(proof) & 1099511627775)::BIGINT AS position
FROM flows GROUP BY ALL
"""
NAMED = """
SELECT t.*, sp.zone_id AS source_zone, dp.zone_id AS destination_zone, coalesce(dp.special, sp.special) AS special,
       sz.class AS source_class, dz.class AS destination_class, file.evidence_id, file.member
FROM map_talk t JOIN map_file file USING (number)
LEFT JOIN map_place sp ON sp.place = t.source_place LEFT JOIN map_place dp ON dp.place = t.destination_place
LEFT JOIN zone sz ON sz.id = sp.zone_id LEFT JOIN zone dz ON dz.id = dp.zone_id
ORDER BY source, destination, source_place, destination_place, protocol, port, service, tls, state
"""
SEEN = """
SELECT node, min(first_seen) AS first_seen, max(last_seen) AS last_seen FROM (
    SELECT source AS node, first_seen, last_seen FROM map_talk WHERE source IS NOT NULL
    UNION ALL
    SELECT destination, first_seen, last_seen FROM map_talk
    WHERE destination IS NOT NULL AND state IN ('answered', 'refused')
) GROUP BY node ORDER BY node
"""


def group_flows(store: Store) -> pa.Table:
    """Group all flows once, ends as numbers; the result stays visible as `map_talk`."""
    last = store.as_of.toordinal() - EPOCH
    days = {"DAY_FIRST": str(last - DAYS_COUNTED), "DAY_LAST": str(last)}
    talks = store.query(re.sub("DAY_FIRST|DAY_LAST", lambda found: days[found.group()], TALKS))
    store.register("map_talk", talks)
    return talks


def conversation_table(store: Store, nodes: Nodes) -> pa.Table:
    """The conversations with the ids of their ends."""
    found = store.query(NAMED)
    ids = pa.array([node.id for node in nodes.listed], type=pa.string())
    for side in ("source", "destination"):
        found = found.append_column(f"{side}_id", pc.take(ids, found[side]))
    return shaped("conversation", found)
