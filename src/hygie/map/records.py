"""Records that may speak of the same machine, with the keys by which each knows it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from hygie.map.addresses import is_private, parse_address
from hygie.map.content import known_maker, maker_of
from hygie.map.frame import Row, rows, words
from hygie.map.keys import full_key, host_key, is_group, is_local, is_virtual_router, serial_key, title_key
from hygie.map.sightings import Sightings
from hygie.map.store import Store

Keys = frozenset[str]
NONE: Keys = frozenset()
LEASED = """
SELECT DISTINCT coalesce(mac, '') AS mac, coalesce(host_name, '') AS host_name FROM lease
WHERE coalesce(state, '') <> 'abandoned' ORDER BY mac, host_name
"""
AGENTS = "SELECT * FROM endpoint_agent ORDER BY last_seen DESC NULLS LAST, evidence_id, member, position"
ANSWERS = """
SELECT query, min(answer) AS ip FROM name_answer
WHERE query_type = 'A' AND regexp_matches(answer, '^[0-9.]+$') AND query IS NOT NULL
GROUP BY query HAVING count(DISTINCT answer) = 1 ORDER BY query
"""
TITLES = """
SELECT title, min(ip) AS ip FROM (
    SELECT split_part(detail, '>', 1) AS title, source_ip AS ip FROM flow
    WHERE detail LIKE '%>%' AND service LIKE '%dicom%'
    UNION ALL
    SELECT split_part(detail, '>', 2), coalesce(translated_ip, destination_ip) FROM flow
    WHERE detail LIKE '%>%' AND service LIKE '%dicom%' AND state = 'answered'
) WHERE title <> '' GROUP BY title HAVING count(DISTINCT ip) = 1 ORDER BY title
"""


@dataclass(eq=False, slots=True)
class Record:
    """One row of evidence, or several that say the same, and what identifies the machine in it."""

    table: str
    rows: list[Row]
    export: str = ""  # rows of one export are different machines
    sid: str = ""
    serial: str = ""
    asset: str = ""
    macs: Keys = NONE  # those that identify
    weak: Keys = NONE  # chosen by software: they only confirm
    names: Keys = NONE
    full: Keys = NONE
    title: str = ""
    ips: Keys = NONE
    maker: str = ""
    retired: bool = False
    live: datetime | None = None
    order: tuple[str, ...] = field(default=())

    @property
    def row(self) -> Row:
        """The first row, which stands for the others."""
        return self.rows[0]

    def keys(self, level: str) -> Keys:
        """The values it has for one kind of key."""
        if level in ("sid", "serial", "asset", "title"):
            value = getattr(self, level)
            return frozenset((value,)) if value else NONE
        found: Keys = getattr(self, level)
        return found


def collect(store: Store, seen: Sightings) -> list[Record]:
    """All records, in an order that does not depend on the order of files."""
    found: list[Record] = [
        *_assets(store, seen),
        *_computers(store),
        *_agents(store, seen),
        *_applications(store),
        *_leases(store, seen),
        *_frames(seen),
    ]
    known = frozenset().union(*(record.names for record in found))
    found += [*_answers(store, known), *_titles(store)]
    for record in found:
        record.order = _order(record)
    found.sort(key=lambda record: record.order)
    for level in ("serial", "macs", "names", "full", "title", "asset"):
        _drop_repeated(found, level)
    return found


def _order(record: Record) -> tuple[str, ...]:
    first = record.row
    where = (str(first.get("evidence_id") or ""), str(first.get("member") or ""), f"{first.get('position') or 0:012d}")
    return (record.table, *where, *sorted(record.macs | record.weak | record.names | record.ips), record.title)


def _drop_repeated(found: Iterable[Record], level: str) -> None:
    """A key that several rows of one export carry is none; if only one of those rows is in service, it keeps it.

    Computers of a directory keep their names: two that share one are told apart by their identifiers.
    """
    holders: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in found:
        for value in record.keys(level) if record.export and not record.sid else ():
            holders[record.export, value].append(record)
    for (_, value), sharing in holders.items():
        serving = [record for record in sharing if not record.retired]
        for record in sharing if len(sharing) > 1 else ():
            if len(serving) != 1 or record is not serving[0]:
                _drop(record, level, value)


def _drop(record: Record, level: str, value: str) -> None:
    if level in ("serial", "title", "asset"):
        setattr(record, level, "")
    else:
        setattr(record, level, record.keys(level) - {value})


def _hardware(text: str | None, hubs: frozenset[str]) -> tuple[Keys, Keys]:
    usable = {mac for mac in words(text) if mac not in hubs and not is_group(mac) and not is_virtual_router(mac)}
    weak = {mac for mac in usable if is_local(mac)}
    return frozenset(usable - weak), frozenset(weak)


def _named(*texts: str | None) -> tuple[Keys, Keys]:
    short = frozenset(key for text in texts if (key := host_key(text)))
    return short, frozenset(key for text in texts if (key := full_key(text)))


def _assets(store: Store, seen: Sightings) -> Iterator[Record]:
    for row in rows(store, "SELECT * FROM asset_record"):
        macs, weak = _hardware(row["mac"], seen.hubs)
        names, full = _named(row["name"])
        register = row["register"] or "it"
        yield Record(
            "asset_record",
            [row],
            export=f"{row['evidence_id']}|{row['member'] or ''}",
            serial=serial_key(row["serial"]),
            asset=f"{register}:{row['asset_key']}" if row["asset_key"] else "",
            macs=macs,
            weak=weak,
            names=names,
            full=full,
            title=title_key(row["ae_title"]),
            ips=frozenset(words(row["ip"])),
            maker=known_maker(row["maker"] or ""),
            retired=row["status"] in ("retired", "stock"),
        )


def _computers(store: Store) -> Iterator[Record]:
    for row in rows(store, "SELECT * FROM directory_object WHERE kind = 'computer'"):
        names, full = _named(row["name"], row["host_name"])
        logons = [time for time in (row["last_logon"], row["last_logon_replicated"]) if time]
        yield Record(
            "directory_object",
            [row],
            export=row["evidence_id"] or "",
            sid=row["object_id"] or "",
            names=names,
            full=full,
            live=max(logons) if logons and row["enabled"] is not False else None,
        )


def _agents(store: Store, seen: Sightings) -> Iterator[Record]:
    """Consoles keep a row per installation: rows of one console with the same name and serial are one machine."""
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    listed = rows(store, AGENTS)
    domains: dict[str, set[str]] = defaultdict(set)
    for row in listed:
        domains[host_key(row["host_name"])] |= {full_key(row["host_name"])} - {""}
    for row in listed:
        short = host_key(row["host_name"])
        name = short if len(domains[short]) < 2 else full_key(row["host_name"]) or short
        export = f"{row['evidence_id']}|{row['member'] or ''}"
        groups[export, name or f"row {row['position']}", serial_key(row["serial"])].append(row)
    for (export, _, serial), same in groups.items():
        macs, weak = _hardware(" ".join(row["mac"] or "" for row in same), seen.hubs)
        names, full = _named(*(row["host_name"] for row in same))
        newest = frozenset(words(same[0]["ip"]))
        yield Record(
            "endpoint_agent",
            same,
            export,
            "",
            serial,
            "",
            macs,
            weak,
            names,
            full,
            ips=newest,
            live=same[0]["last_seen"],
        )


def _applications(store: Store) -> Iterator[Record]:
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows(
        store,
        "SELECT * FROM application_declared WHERE host IS NOT NULL OR ip IS NOT NULL "
        "ORDER BY evidence_id, member, position",
    ):
        groups[host_key(row["host"]) or (row["host"] or ""), row["ip"] or ""].append(row)
    for (_, ip), same in groups.items():
        names, full = _named(*(row["host"] for row in same))
        yield Record("application_declared", same, names=names, full=full, ips=frozenset((ip,)) if ip else NONE)


def is_inside(text: str | None) -> bool:
    """Whether a written address is a private one."""
    address = parse_address(text)
    return address is not None and is_private(address)


def _leases(store: Store, seen: Sightings) -> Iterator[Record]:
    for row in rows(store, LEASED):
        mac, name = row["mac"], row["host_name"]
        macs, weak = _hardware(mac, seen.hubs)
        names, full = _named(name)
        if macs or weak or names:
            yield Record(
                "lease",
                [{"mac": mac, "host_name": name}],
                macs=macs,
                weak=weak,
                names=names,
                full=full,
                maker=maker_of(mac),
            )


def _frames(seen: Sightings) -> Iterator[Record]:
    for mac in sorted({frame.mac for frame in seen.frames}):
        macs, weak = _hardware(mac, seen.hubs)
        yield Record("flow", [{"mac": mac}], macs=macs, weak=weak, maker=maker_of(mac))


def _answers(store: Store, known: Keys) -> Iterator[Record]:
    """A name that DNS always gave the same private address, when some record bears that name."""
    for row in rows(store, ANSWERS):
        names, full = _named(row["query"])
        if names & known and is_inside(row["ip"]):
            yield Record("name_answer", [row], names=names, full=full, ips=frozenset((row["ip"],)))


def _titles(store: Store) -> Iterator[Record]:
    """A DICOM title that always came from, or was always called at, the same address."""
    for row in rows(store, TITLES):
        if title := title_key(row["title"]):
            yield Record("flow", [{"title": title}], title=title, ips=frozenset((row["ip"],)))


def by_key(found: Iterable[Record], level: str) -> dict[str, list[Record]]:
    """Records grouped by each value they have for one kind of key."""
    groups: dict[str, list[Record]] = defaultdict(list)
    for record in found:
        for value in record.keys(level):
            groups[value].append(record)
    return groups
