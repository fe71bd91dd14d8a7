"""Which hardware address stood behind which address, and when: from frames and from DHCP leases."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa

from hygie.map.frame import Row, rows, scratch
from hygie.map.keys import is_group, is_virtual_router
from hygie.map.store import Store

MOST_ADDRESSES = 4  # a machine with more at once, outside a succession of leases, is a router or a proxy
MOST_ZONES = 1
# Who answers is seen in frames as well as who asks; for who does not, the frame shows a router.
FRAMES = """
SELECT source_ip AS ip, source_mac AS mac, "time" FROM flow WHERE source_mac IS NOT NULL AND source_ip IS NOT NULL
UNION ALL
SELECT destination_ip, destination_mac, "time" FROM flow
WHERE destination_mac IS NOT NULL AND destination_ip IS NOT NULL AND state IN ('answered', 'refused')
"""
PAIRS = f"""
SELECT ip, mac, min("time") AS start, max("time") AS "end", count(*) AS flows,
       coalesce(any_value(a.outside), false) AS outside
FROM ({FRAMES}) AS frame JOIN zone_address a USING (ip) WHERE a.special IS NULL GROUP BY ip, mac ORDER BY ip, mac
"""
LISTED = """
SELECT DISTINCT ip, unnest(string_split(mac, ' ')) AS mac FROM (
    SELECT unnest(string_split(ip, ' ')) AS ip, mac FROM asset_record WHERE ip IS NOT NULL AND mac IS NOT NULL
    UNION ALL
    SELECT unnest(string_split(ip, ' ')), mac FROM endpoint_agent WHERE ip IS NOT NULL AND mac IS NOT NULL
    UNION ALL
    SELECT ip, mac FROM lease WHERE ip IS NOT NULL AND mac IS NOT NULL)
ORDER BY ALL
"""
FORWARDERS = """
SELECT DISTINCT unnest(string_split(mac, ' ')) AS mac FROM asset_record WHERE "class" = 'network' AND mac IS NOT NULL
ORDER BY mac
"""
# At once, and outside what leases, agents and inventories give to this very hardware address; `taken` are addresses
# that they give to another one.
DAILY = f"""
SELECT mac, max(addresses) AS addresses, max(zones) AS zones, max(taken) AS taken FROM (
    SELECT frame.mac, epoch_us("time") // 86400000000 AS day, count(DISTINCT ip) AS addresses,
           count(DISTINCT a.zone_id) AS zones,
           count(DISTINCT ip) FILTER (ip IN (SELECT ip FROM map_listed)) AS taken
    FROM ({FRAMES}) AS frame JOIN zone_address a USING (ip)
    WHERE a.special IS NULL AND mac IN (SELECT mac FROM map_suspect) AND position(':' IN ip) = 0
      AND NOT EXISTS (SELECT 1 FROM map_listed l WHERE l.mac = frame.mac AND l.ip = frame.ip)
    GROUP BY ALL)
GROUP BY mac ORDER BY mac
"""
SHARED = f"""
SELECT ip, mac, min("time") AS start, max("time") AS "end" FROM (
    SELECT *, sum(turn) OVER (PARTITION BY ip ORDER BY "time", mac ROWS UNBOUNDED PRECEDING) AS run FROM (
        SELECT *, (mac IS DISTINCT FROM lag(mac) OVER (PARTITION BY ip ORDER BY "time", mac))::INT AS turn
        FROM ({FRAMES}) WHERE ip IN (SELECT ip FROM map_shared) AND mac NOT IN (SELECT mac FROM map_hub)))
GROUP BY ip, mac, run ORDER BY ip, start, mac
"""
# `abandoned` means that nobody may have it; a later lease of the same address ends the earlier one.
LEASES = """
SELECT ip, mac, host_name, min(start) AS start, max("end") AS "end", max(start) AS latest FROM (
    SELECT *, sum(turn) OVER (PARTITION BY ip ORDER BY start, "end", mac, host_name ROWS UNBOUNDED PRECEDING) AS run
    FROM (
        SELECT *, ((mac, host_name) IS DISTINCT FROM (lag(mac) OVER w, lag(host_name) OVER w))::INT AS turn
        FROM (SELECT ip, coalesce(mac, '') AS mac, coalesce(host_name, '') AS host_name, start,
                     coalesce("end", $as_of) AS "end"
              FROM lease WHERE ip IS NOT NULL AND start IS NOT NULL AND coalesce(state, '') <> 'abandoned')
        WINDOW w AS (PARTITION BY ip ORDER BY start, "end", mac, host_name)))
GROUP BY ip, mac, host_name, run ORDER BY ip, start, mac, host_name
"""


@dataclass(frozen=True)
class Sighting:
    """One address held for a time, by a hardware address in frames or by a lease."""

    ip: str
    mac: str
    name: str
    start: datetime
    end: datetime
    by: str
    latest: datetime  # a lease was renewed, or a frame seen, for the last time


@dataclass
class Sightings:
    """All that frames and leases tell, and the hardware addresses that identify nothing."""

    leases: list[Sighting] = field(default_factory=list)
    frames: list[Sighting] = field(default_factory=list)
    hubs: frozenset[str] = frozenset()

    def all(self) -> list[Sighting]:
        """Leases and frames together."""
        return [*self.leases, *self.frames]


def sightings(store: Store) -> Sightings:
    """Read frames and leases once, and set aside routers and whatever stands in front of many addresses."""
    found = rows(store, LEASES, as_of=store.as_of)
    leases = [
        Sighting(row["ip"], row["mac"], row["host_name"], row["start"], row["end"], "lease", row["latest"])
        for row in found
    ]
    pairs = rows(store, PAIRS)
    own = store.query(LISTED)
    store.register("map_listed", own)
    hubs = _hubs(store, pairs, leases)
    direct = _direct(store, pairs, hubs, set(zip(own["ip"].to_pylist(), own["mac"].to_pylist(), strict=True)))
    count = Counter(row["ip"] for row in direct)
    single = [_frame(row) for row in direct if count[row["ip"]] == 1]
    scratch(store, "map_shared", {"ip": pa.string()}, [[ip] for ip in sorted(count) if count[ip] > 1])
    scratch(store, "map_hub", {"mac": pa.string()}, [[mac] for mac in sorted(hubs)])
    shared = [_frame(row) for row in rows(store, SHARED) if row["start"]] if len(single) < len(direct) else []
    return Sightings(leases, single + shared, hubs)


def _direct(store: Store, pairs: list[Row], hubs: frozenset[str], own: set[tuple[str, str]]) -> list[Row]:
    """The pairs in which a hardware address is the machine's own; network equipment stands in front of others."""
    forwarders = {row["mac"] for row in rows(store, FORWARDERS)}
    return [
        row
        for row in pairs
        if row["mac"] not in hubs
        and not row["outside"]
        and row["start"]
        and (row["mac"] not in forwarders or (row["ip"], row["mac"]) in own)
    ]


def _frame(row: Row) -> Sighting:
    return Sighting(row["ip"], row["mac"], "", row["start"], row["end"], "flow_mac", row["end"])


def _hubs(store: Store, pairs: list[Row], leases: list[Sighting]) -> frozenset[str]:
    behind: dict[str, list[Row]] = defaultdict(list)
    for row in pairs:
        behind[row["mac"]].append(row)
    hubs = {
        mac
        for mac, seen in behind.items()
        if is_group(mac) or is_virtual_router(mac) or any(r["outside"] for r in seen)
    }
    hubs |= {lease.mac for lease in leases if lease.mac and (is_group(lease.mac) or is_virtual_router(lease.mac))}
    suspects = [mac for mac, seen in behind.items() if mac not in hubs and len(seen) > 1]
    scratch(store, "map_suspect", {"mac": pa.string()}, [[mac] for mac in sorted(suspects)])
    if suspects:
        hubs |= {row["mac"] for row in rows(store, DAILY) if _stands_for_others(row)}
    return frozenset(hubs | _relays(leases))


def _stands_for_others(row: Row) -> bool:
    """Whether a hardware address carries too many addresses at once, or addresses of others beside its own."""
    many = row["addresses"] > MOST_ADDRESSES or row["zones"] > MOST_ZONES
    return bool(many or (row["addresses"] > 1 and row["taken"] > 0))


def _relays(leases: list[Sighting]) -> set[str]:
    """Hardware addresses that hold many leases at once: a relay or a proxy asks for others."""
    events: dict[str, list[tuple[datetime, int]]] = defaultdict(list)
    for lease in leases:
        if lease.mac and lease.end > lease.start:
            events[lease.mac] += [(lease.start, 1), (lease.end, -1)]
    found = set()
    for mac, steps in events.items():
        held = most = 0
        for _, step in sorted(steps):
            held += step
            most = max(most, held)
        if most > MOST_ADDRESSES:
            found.add(mac)
    return found
