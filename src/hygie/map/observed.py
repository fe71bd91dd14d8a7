"""What each sensor delivered: its days, its zones, the states it records; and zones that a capture shows whole."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from pathlib import PurePosixPath

import orjson
import pyarrow as pa

from hygie.map.frame import Row, fold, rows, scratch
from hygie.map.store import Store

NEARLY_ALL = 0.9
QUIET = 3  # a long weekend may pass without a row; a longer silence is a log that stood still
MOST_REFUSED = 0.01  # past that share of refused rows a file no longer shows whole days
NUMBERS = re.compile(r"[-_.]?\d[\dT:_.-]*(?=[-_.]|$)|^\d[\dT:_.-]*")
OF_SENSORS = "SELECT evidence_id FROM map_file JOIN map_sensor USING (number)"
DELIVERED = """
SELECT f.evidence_id, f.member, coalesce(f.sensor, '') AS sensor, epoch_us(f."time") // 86400000000 AS day,
       bool_or(f.rule_id IS NOT NULL OR f.source_interface IS NOT NULL) AS firewall,
       bool_or(f.state = 'answered') AS answered, bool_or(f.state = 'blocked') AS blocked
FROM flow f WHERE f."time" IS NOT NULL GROUP BY ALL ORDER BY ALL
"""
ZONES = f"""
SELECT DISTINCT m.name, p.zone_id FROM (
    SELECT DISTINCT evidence_id, member, sensor, source_ip AS ip FROM flow WHERE evidence_id IN ({OF_SENSORS})
    UNION
    SELECT DISTINCT evidence_id, member, sensor, coalesce(translated_ip, destination_ip) FROM flow
    WHERE state = 'answered' AND evidence_id IN ({OF_SENSORS})
) f JOIN map_file file ON file.evidence_id = f.evidence_id AND file.member IS NOT DISTINCT FROM f.member
JOIN map_sensor m ON m.number = file.number AND m.sensor = coalesce(f.sensor, '')
JOIN map_address a ON a.ip = f.ip JOIN map_place p ON p.place = a.place
WHERE p.zone_id IS NOT NULL ORDER BY ALL
"""
# Per sensor and zone: on which days there was traffic inside and towards other zones, and which known addresses spoke.
WHOLE = f"""
WITH ends AS (
    SELECT m.name AS sensor, f.source_ip, coalesce(f.translated_ip, f.destination_ip) AS reached, f.state,
           epoch_us(f."time") // 86400000000 AS day, sp.zone_id AS source_zone, dp.zone_id AS destination_zone
    FROM flow f JOIN map_file file ON file.evidence_id = f.evidence_id AND file.member IS NOT DISTINCT FROM f.member
    JOIN map_sensor m ON m.number = file.number AND m.sensor = coalesce(f.sensor, '')
    JOIN map_address s ON s.ip = f.source_ip JOIN map_place sp ON sp.place = s.place
    JOIN map_address d ON d.ip = coalesce(f.translated_ip, f.destination_ip) JOIN map_place dp ON dp.place = d.place
    WHERE dp.special IS NULL AND f.evidence_id IN ({OF_SENSORS})
), sides AS (
    SELECT sensor, source_zone AS zone_id, source_ip AS ip, day,
           destination_zone IS NOT DISTINCT FROM source_zone AS inside FROM ends
    UNION ALL
    SELECT sensor, destination_zone, reached, day, destination_zone IS NOT DISTINCT FROM source_zone
    FROM ends WHERE state = 'answered'
)
SELECT sensor, sides.zone_id, bool_or(inside) AS inside, bool_or(NOT inside) AS outside, count(DISTINCT day) AS days,
       count(DISTINCT known.ip) AS assets
FROM sides LEFT JOIN map_known known ON known.ip = sides.ip AND known.zone_id = sides.zone_id
WHERE sides.zone_id IS NOT NULL AND day BETWEEN $first AND $last GROUP BY sensor, sides.zone_id ORDER BY ALL
"""
EPOCH = date(1970, 1, 1)
SENSOR = {"number": pa.int32(), "sensor": pa.string(), "name": pa.string()}


@dataclass
class Delivered:
    """One sensor, by the name in its rows, else by the path of its files."""

    name: str
    firewall: bool = False
    days: frozenset[date] = frozenset()
    states: set[str] = field(default_factory=set)
    zones: set[str] = field(default_factory=set)
    aliases: set[str] = field(default_factory=set)

    def answers_to(self, declared: str) -> bool:
        """Whether a declared sensor's name means this one."""
        wanted = fold(declared)
        return any(wanted == alias or f" {wanted} " in f" {alias} " for alias in self.aliases)


def delivered(store: Store) -> list[Delivered]:
    """All sensors that gave flows; short silences within one file count as delivered, days of a cut file do not."""
    evidence = {(row["evidence_id"], row["member"] or ""): row for row in store.evidence.to_pylist()}
    files = {(row["evidence_id"], row["member"]): row["number"] for row in rows(store, "SELECT * FROM map_file")}
    found: dict[str, Delivered] = {}
    days: dict[tuple[str, str, str], set[date]] = defaultdict(set)
    owner: dict[tuple[int, str], str] = {}
    for row in rows(store, DELIVERED):
        known = evidence.get((row["evidence_id"], row["member"] or ""), {})
        noted = str(_notes(known).get("sensor") or "")
        name = row["sensor"] or noted or series_of(known.get("path") or "", row["member"] or "")
        sensor = found.setdefault(name, Delivered(name))
        sensor.firewall |= bool(row["firewall"])
        sensor.states |= {state for state in ("answered", "blocked") if row[state]}
        path = f"{known.get('path') or ''}/{row['member'] or ''}"
        sensor.aliases |= {fold(name), fold(noted), *(fold(part) for part in path.split("/"))} - {""}
        day = _day(row["day"])
        days[name, row["evidence_id"], row["member"] or ""] |= {day} if day else set()
        owner[files[row["evidence_id"], row["member"]], row["sensor"]] = name
    scratch(store, "map_sensor", SENSOR, [(number, sensor, name) for (number, sensor), name in sorted(owner.items())])
    lost: dict[str, set[date]] = defaultdict(set)
    for (name, *place_of), seen in days.items():
        known = evidence.get((place_of[0], place_of[1]), {})
        found[name].days |= _with_silences(seen) if known else seen
        lost[name] |= _lost(seen, known)
    for name, sensor in found.items():
        sensor.days -= lost[name]
    return [found[name] for name in sorted(found)]


def place(store: Store, sensors: Sequence[Delivered]) -> None:
    """Find the zones in which sensors saw anything: only needed for those that nobody declared.

    From here on `map_sensor` holds these sensors only, so that the flows of declared ones are not read again.
    """
    by_name = {sensor.name: sensor for sensor in sensors}
    kept = [row for row in rows(store, "SELECT * FROM map_sensor ORDER BY ALL") if row["name"] in by_name]
    scratch(store, "map_sensor", SENSOR, [(row["number"], row["sensor"], row["name"]) for row in kept])
    for row in rows(store, ZONES) if sensors else ():
        by_name[row["name"]].zones.add(row["zone_id"])


def series_of(path: str, member: str = "") -> str:
    """What names a series of rotated files: the path without the dates, times and numbers of each file.

    >>> series_of("evidence/zeek-coeur/2026-09-01/conn.2026-09-01-00_00_00-01_00_00.log.gz")
    'zeek-coeur/conn.log.gz'
    """
    parts = PurePosixPath(path).parts[1:] + PurePosixPath(member).parts
    bare = [NUMBERS.sub("", part) for part in parts]
    return "/".join(part.replace("..", ".") for part in bare if part.strip(".-_ ")) or path


def _notes(evidence: Mapping[str, object]) -> Row:
    try:
        found = orjson.loads(str(evidence.get("notes") or "{}"))
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _day(number: int) -> date | None:
    try:
        return EPOCH + timedelta(days=number)
    except OverflowError:
        return None


def _with_silences(seen: Collection[date]) -> set[date]:
    """The days of one file, with the short silences between them."""
    ordered = sorted(seen)
    found = set(ordered)
    for one, other in pairwise(ordered):
        silence = (other - one).days - 1
        if silence <= QUIET:
            found |= {one + timedelta(days=step) for step in range(1, silence + 1)}
    return found


def _lost(seen: Collection[date], evidence: Mapping[str, object]) -> set[date]:
    """The days of a file that cannot be called whole: the one where it is cut, all when too much was refused."""
    read, refused = (int(str(evidence.get(name) or 0)) for name in ("rows", "refused"))
    if refused > MOST_REFUSED * (read + refused) and refused > 1:
        return set(seen)
    cut = _notes(evidence).get("complete") == "false"
    return {max(seen)} if cut and seen else set()


def inferred_whole(store: Store, window: Sequence[date], known: Mapping[str, set[str]]) -> set[tuple[str, str]]:
    """Where a capture shows a zone whole: traffic inside and out, from nearly all known machines, nearly every day."""
    scratch(
        store,
        "map_known",
        {"ip": pa.string(), "zone_id": pa.string()},
        [(ip, zone) for zone, listed in sorted(known.items()) for ip in sorted(listed)],
    )
    if not window:
        return set()
    bounds = {"first": (window[0] - EPOCH).days, "last": (window[-1] - EPOCH).days}
    return {
        (row["sensor"], row["zone_id"])
        for row in rows(store, WHOLE, **bounds)
        if row["inside"]
        and row["outside"]
        and known.get(row["zone_id"])
        and row["assets"] >= NEARLY_ALL * len(known[row["zone_id"]])
        and row["days"] >= NEARLY_ALL * len(window)
    }
