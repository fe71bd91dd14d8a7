"""Every address met, once: who sends, who answers, since when."""

from __future__ import annotations

from hygie.map.frame import Row, rows
from hygie.map.store import Store

FILES = """
SELECT evidence_id, member, (row_number() OVER (ORDER BY evidence_id, member) - 1)::INT AS number
FROM (SELECT DISTINCT evidence_id, member FROM flow) ORDER BY number
"""
# One pass over flows per side; other tables add addresses without traffic.
MET = """
SELECT ip, sum(sources)::BIGINT AS sources, sum(alive)::BIGINT AS alive, sum(asked)::BIGINT AS asked,
       min(first_seen) AS first_seen, max(last_seen) AS last_seen,
       ((min(proof) >> 40) & 1048575)::BIGINT AS file_number,
       (min(proof) & 1099511627775)::BIGINT AS "position"
FROM (
    SELECT source_ip AS ip, count(*) AS sources, 0 AS alive, 0 AS asked,
           min("time") AS first_seen, max("time") AS last_seen,
           min((file.number::HUGEINT << 40) + f.position) AS proof
    FROM flow f JOIN map_file file ON file.evidence_id = f.evidence_id AND file.member IS NOT DISTINCT FROM f.member
    GROUP BY source_ip
    UNION ALL
    SELECT coalesce(translated_ip, destination_ip), 0, count(*) FILTER (state IN ('answered', 'refused')), count(*),
           min("time") FILTER (state IN ('answered', 'refused')), max("time") FILTER (state IN ('answered', 'refused')),
           min((file.number::HUGEINT << 40) + f.position) FILTER (state = 'answered')
    FROM flow f JOIN map_file file ON file.evidence_id = f.evidence_id AND file.member IS NOT DISTINCT FROM f.member
    GROUP BY ALL
    UNION ALL
    SELECT DISTINCT destination_ip, 0, 0, 0, NULL, NULL, NULL FROM flow WHERE translated_ip IS NOT NULL
    UNION ALL
    SELECT DISTINCT unnest(string_split(ip, ' ')), 0, 0, 0, NULL, NULL, NULL FROM asset_record WHERE ip IS NOT NULL
    UNION ALL
    SELECT DISTINCT unnest(string_split(ip, ' ')), 0, 0, 0, NULL, NULL, NULL FROM endpoint_agent WHERE ip IS NOT NULL
    UNION ALL
    SELECT DISTINCT ip, 0, 0, 0, NULL, NULL, NULL FROM (
        SELECT ip FROM lease UNION ALL SELECT ip FROM application_declared
        UNION ALL SELECT external_ip FROM address_translation UNION ALL SELECT internal_ip FROM address_translation
        UNION ALL SELECT source_ip FROM vpn_session UNION ALL SELECT assigned_ip FROM vpn_session
        UNION ALL SELECT source_ip FROM windows_event
        UNION ALL SELECT client_ip FROM name_answer UNION ALL SELECT server_ip FROM name_answer
    )
)
WHERE ip IS NOT NULL AND ip <> '' GROUP BY ip ORDER BY ip
"""


def addresses_met(store: Store) -> list[Row]:
    """One row per address: times seen as source, answering, asked for, and when."""
    store.register("map_file", store.query(FILES))
    return rows(store, MET)
