"""`hygie map`: the map in numbers, then lists by kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hygie.act.library import load_services
from hygie.act.phrases import map_lines
from hygie.act.picture import Picture
from hygie.act.rows import rows
from hygie.act.sentences import zone_name
from hygie.act.terminal.layout import Column, paragraph, table
from hygie.act.terminal.screen import Screen

MOST = 60
Cells = Callable[[Screen, Picture, Mapping[str, Any]], Sequence[str]]
LIKE = (
    "($find = '' OR contains(lower(coalesce(name, '')), $find) OR contains(lower(coalesce(ip, '')), $find)"
    " OR contains(lower(coalesce(mac, '')), $find) OR contains(lower(id), $find))"
)
QUERIES = {
    "device": f"""
        SELECT *, (SELECT name FROM zone WHERE zone.id = entity.zone_id) AS zone FROM entity
        WHERE kind = 'device' AND {LIKE}
        ORDER BY (class = 'medical') DESC NULLS LAST, connected DESC NULLS LAST, name NULLS LAST, id""",
    "application": f"""
        SELECT entity.*, (SELECT string_agg(DISTINCT care_service, ' ' ORDER BY care_service)
            FROM care_dependency WHERE entity_id = entity.id OR through = entity.name) AS care
        FROM entity WHERE kind = 'application' AND {LIKE} ORDER BY name, id""",
    "account": """
        SELECT * FROM account WHERE ($find = '' OR contains(lower(coalesce(name, '')), $find))
        ORDER BY privileged DESC NULLS LAST, enabled DESC NULLS LAST, name""",
    "zone": """
        SELECT zone.*, days_whole, days, whole,
            (SELECT count(*) FROM entity WHERE kind = 'device' AND zone_id = zone.id) AS devices
        FROM zone LEFT JOIN zone_coverage ON zone_id = zone.id
        WHERE ($find = '' OR contains(lower(zone.name), $find)) ORDER BY class, zone.name""",
    "care_service": """
        SELECT care_service AS id, count(DISTINCT entity_id) AS entities,
            string_agg(DISTINCT through, ', ' ORDER BY through) AS through
        FROM care_dependency WHERE ($find = '' OR contains(lower(care_service), $find))
        GROUP BY 1 ORDER BY entities DESC, 1""",
    "conversation": """
        SELECT c.*, coalesce(s.name, source_id) AS source_name, coalesce(d.name, destination_id) AS destination_name
        FROM conversation AS c LEFT JOIN entity AS s ON s.id = source_id
        LEFT JOIN entity AS d ON d.id = destination_id
        WHERE ($find = '' OR contains(lower(coalesce(s.name, '')), $find)
            OR contains(lower(coalesce(d.name, '')), $find))
        ORDER BY flows DESC, 1, 2, port""",
    "partner": f"SELECT * FROM entity WHERE kind = 'partner' AND {LIKE} ORDER BY name, id",
    "network": f"SELECT * FROM entity WHERE kind = 'network' AND {LIKE} ORDER BY last_seen DESC NULLS LAST, name, id",
}
COLUMNS: Mapping[str, Sequence[Column]] = {
    "device": [
        Column(), Column("name", flexible=True), Column("class"), Column("zone", flexible=True),
        Column("address", flexible=True, largest=34), Column("maker", flexible=True, largest=30), Column("last"),
    ],
    "application": [Column(), Column("name", flexible=True), Column("role"), Column("care", flexible=True)],
    "account": [
        Column("name", flexible=True), Column("enabled"), Column("privileged", flexible=True), Column("logon"),
        Column("person"),
    ],
    "zone": [
        Column(), Column("name", flexible=True), Column("class"), Column("prefixes", flexible=True), Column("whole"),
        Column("devices", right=True),
    ],
    "care_service": [
        Column("name", flexible=True), Column("tier"), Column("dmia", right=True), Column("entities", right=True),
        Column(flexible=True),
    ],
    "conversation": [
        Column("from", flexible=True), Column("to", flexible=True), Column("service"), Column(),
        Column("flows", right=True), Column("last"),
    ],
    "partner": [Column(), Column("name", flexible=True), Column("address", flexible=True)],
    "network": [Column("name", flexible=True), Column("address", flexible=True), Column("last")],
}  # fmt: skip


def entities(picture: Picture, kind: str, find: str = "") -> list[dict[str, Any]]:
    """The rows of one kind, filtered."""
    return rows(picture.store, QUERIES[kind], find=find.lower())


def map_view(screen: Screen, picture: Picture) -> None:
    """The map in numbers."""
    words = picture.words
    screen.rule(words.say("map.title"), words.say("common.as_of", date=words.date(picture.store.as_of)))
    for line in map_lines(picture):
        paragraph(screen, line, indent="    ", first="  ")
    screen.line()
    screen.rule(words.say("map.devices_title"))
    heads = [words.say(f"map.column_{key}") for key in ("class", "total", "connected", "declared", "undeclared")]
    listed = [
        (words.say(f"map.class_{row['class']}") if words.knows(f"map.class_{row['class']}") else row["class"],
         *(words.number(row[key]) for key in ("total", "connected", "declared", "undeclared")))
        for row in picture.figures["devices"]
    ]  # fmt: skip
    table(screen, [Column(heads[0], flexible=True), *(Column(head, right=True) for head in heads[1:])], listed, "  ")


def list_view(screen: Screen, picture: Picture, kind: str, find: str = "", *, everything: bool = False) -> None:
    """One kind, in columns."""
    words = picture.words
    found = entities(picture, kind, find)
    shown = found if everything else found[:MOST]
    note = words.say("map.entities", count=len(found))
    if len(shown) < len(found):
        note = words.say("common.shown_of", shown=len(shown), count=len(found)) + " (--all)"
    screen.rule(words.say(f"map.kind_{kind}"), note)
    columns = [
        Column(words.say(f"map.column_{one.title}") if one.title else "", one.right, one.flexible, one.largest)
        for one in COLUMNS[kind]
    ]
    table(screen, columns, [CELLS[kind](screen, picture, row) for row in shown])


def _device(screen: Screen, picture: Picture, row: Mapping[str, Any]) -> Sequence[str]:
    return (
        origin_sign(screen, row["origin"]),
        row["name"] or row["id"],
        _word(picture, "class", row["class"] or "unknown"),
        zone_name(row["zone"] or "", picture.words),
        (row["ip"] or "").replace(" ", ", "),
        " ".join(part for part in (row["maker"], row["model"]) if part),
        _day(picture, row["last_seen"]),
    )


def origin_sign(screen: Screen, origin: str | None) -> str:
    """The sign of where an entity comes from; both declared and observed shows both."""
    return (
        screen.origin("declared") + screen.origin("observed")
        if origin == "both"
        else screen.origin(origin or "") + " " * (1 if screen.signs else 3)
    )


def _word(picture: Picture, chapter: str, code: str) -> str:
    key = f"map.{chapter}_{code}"
    return picture.words.say(key) if picture.words.knows(key) else code


def _day(picture: Picture, moment: Any) -> str:
    return picture.words.date(moment) if moment else ""


def _application(screen: Screen, picture: Picture, row: Mapping[str, Any]) -> Sequence[str]:
    return (
        origin_sign(screen, row["origin"]),
        row["name"] or "",
        row["role"] or "",
        picture.services((row["care"] or "").split()),
    )


def _account(screen: Screen, picture: Picture, row: Mapping[str, Any]) -> Sequence[str]:
    words = picture.words
    privileged = (row["privileged_by"] or words.say("common.yes")) if row["privileged"] else ""
    logon = words.date(row["last_logon"]) if row["last_logon"] else words.say("map.never")
    return row["name"] or "", words.value(bool(row["enabled"])), privileged, logon, words.value(bool(row["person_id"]))


def _zone(screen: Screen, picture: Picture, row: Mapping[str, Any]) -> Sequence[str]:
    words = picture.words
    whole = (
        words.say("map.column_days", whole=int(row["days_whole"] or 0), days=int(row["days"] or 0))
        if row["days"]
        else "–"
    )
    prefixes = (row["prefixes"] or "").replace(" ", ", ")
    return (
        origin_sign(screen, row["origin"]),
        zone_name(row["name"] or row["id"], words),
        _word(picture, "zone", row["class"] or "unknown"),
        prefixes,
        whole,
        words.number(row["devices"]),
    )


def _care(screen: Screen, picture: Picture, row: Mapping[str, Any]) -> Sequence[str]:
    known = load_services().get(row["id"], {})
    downtime = f"{picture.words.value(known['dmia'])}\u00a0h" if known.get("dmia") else "–"
    return (
        picture.service(row["id"]),
        str(known.get("tier") or "–"),
        downtime,
        picture.words.number(row["entities"]),
        row["through"] or "",
    )


def _conversation(screen: Screen, picture: Picture, row: Mapping[str, Any]) -> Sequence[str]:
    service = f"{(row['service'] or '').upper()} {row['protocol']}/{row['port']}".strip()
    return (
        row["source_name"],
        row["destination_name"],
        service,
        _word(picture, "state", row["state"] or ""),
        picture.words.number(int(row["flows"] or 0)),
        _day(picture, row["last_seen"]),
    )


def _partner(screen: Screen, picture: Picture, row: Mapping[str, Any]) -> Sequence[str]:
    return origin_sign(screen, row["origin"]), row["name"] or "", (row["ip"] or "").replace(" ", ", ")


def _network(screen: Screen, picture: Picture, row: Mapping[str, Any]) -> Sequence[str]:
    return row["name"] or row["id"], (row["ip"] or "").replace(" ", ", "), _day(picture, row["last_seen"])


CELLS: Mapping[str, Cells] = {
    "device": _device, "application": _application, "account": _account, "zone": _zone, "care_service": _care,
    "conversation": _conversation, "partner": _partner, "network": _network,
}  # fmt: skip
