"""What is missing: checks that cannot be judged, tables that would answer, files that feed them, whom to ask."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hygie.act.library import contacts_closing, load_contacts, load_kinds
from hygie.act.picture import Judged, Picture
from hygie.act.rows import rows
from hygie.act.sentences import why_blind, zone_name
from hygie.tables import load_tables
from hygie.words import Words

MOST = 3
SEEING = frozenset({"flow", "sensor_declared"})


@dataclass(frozen=True)
class Wanted:
    """A file that would answer: its table, its name for people, the checks it opens, whom to ask and what to write."""

    table: str
    file: str
    controls: Sequence[str]
    members: int
    ask: str
    how: str
    message: str
    present: bool
    scope: str = ""


@dataclass(frozen=True)
class Stale:
    """Evidence older than a check that stands on it allows."""

    path: str
    kind: str
    exported: datetime
    age: timedelta
    allowed: int
    controls: Sequence[str]


def answering(judged: Judged) -> list[str]:
    """The tables that would answer a check, the most useful first."""
    return str(judged.row.get("answering") or "").split()


def needs(picture: Picture) -> dict[str, dict[str, int]]:
    """For each table, the checks it would help to judge, with the members that wait for it."""
    found: dict[str, dict[str, int]] = {}
    for judged in picture.judged:
        waiting = judged.verdict == "BLIND" or int(judged.row["unseen"] or 0) > 0
        if not waiting:
            continue
        for place, name in enumerate(answering(judged)):
            members = int(judged.row["unseen"] or 0) if place == 0 else 0
            found.setdefault(name, {})[judged.control] = members
        for row in picture.unseen(judged.control):
            for name in str(row["answering"] or "").split():
                held = found.setdefault(name, {})
                held[judged.control] = max(held.get(judged.control, 0), int(row["members"]))
    return found


def wanted(picture: Picture, most: int = MOST) -> list[Wanted]:
    """The few files that would answer most, chosen one after the other: each counts what the others leave open."""
    open_for = needs(picture)
    blind = {judged.control for judged in picture.judged if judged.verdict == "BLIND"}
    first = {judged.control: answering(judged)[:1] for judged in picture.judged}
    covered: set[str] = set()
    chosen: list[Wanted] = []
    while open_for and len(chosen) < most:
        gains = {table: _gain(table, controls, covered, blind, first) for table, controls in open_for.items()}
        best = max(gains, key=lambda table: gains[table])
        if gains[best][0] == 0:
            break
        controls = open_for.pop(best)
        covered |= set(controls)
        chosen.append(_wanted(picture, best, controls))
    return chosen


def _gain(
    table: str, controls: Mapping[str, int], covered: set[str], blind: set[str], first: Mapping[str, Sequence[str]]
) -> tuple[float, int, str]:
    """What a table would open of what is not covered yet: a blind check whole, another check in part."""
    left = [control for control in controls if control not in covered]
    worth = sum((1.0 if c in blind else 0.3) * (1.0 if table in first.get(c, ()) else 0.5) for c in left)
    return worth, sum(controls.values()), table


def _wanted(picture: Picture, table: str, controls: Mapping[str, int]) -> Wanted:
    words = picture.words
    file, ask = file_for(picture, table, controls)
    scope = _scope(picture, table)
    asked = f"{file} ({scope})" if scope else file
    read = {str(row["kind"]): int(row["rows"]) for row in by_kind(picture)}
    kind = kind_feeding(table, file, read)
    how = words.pick(kind.get("how"))
    titles = [words.pick(picture.cards[one].title) for one in sorted(controls) if one in picture.cards]
    why = words.say("doctor.why", count=len(titles), titles=_joined(titles, words) or ", ".join(sorted(controls)))
    present = bool(rows(picture.store, f'SELECT 1 FROM "{table}" LIMIT 1')) if table in load_tables() else False
    message = letter(picture, ask, asked, why, how)
    return Wanted(
        table, file, sorted(controls), sum(controls.values()), person(ask, words), how, message, present, scope
    )


def _scope(picture: Picture, table: str) -> str:
    """For what must see zones: those that nothing sees whole."""
    if table not in SEEING:
        return ""
    sql = (
        "SELECT coalesce(zone.name, zone_id) AS name FROM zone_coverage LEFT JOIN zone ON zone.id = zone_id"
        " WHERE NOT coalesce(whole, false) AND coalesce(class, '') NOT IN ('internet', 'partner', 'vpn') ORDER BY 1"
    )
    names = [zone_name(row["name"], picture.words) for row in rows(picture.store, sql)]
    return picture.words.say("doctor.scope", zones=picture.words.listed(names, 6)) if names else ""


def _joined(titles: Sequence[str], words: Words) -> str:
    return ("\u202f; " if words.language == "fr" else "; ").join(titles)


def person(ask: str, words: Words) -> str:
    """Whom a key of the contacts stands for, and where that person sits."""
    contact = load_contacts().get(ask, {})
    pieces = [words.pick(contact.get(name)) for name in ("title", "where")]
    return ", ".join(piece for piece in pieces if piece) or ask


def letter(picture: Picture, ask: str, file: str, why: str, how: str) -> str:
    """The message to send for a file: the contact's own, closed as the hospital closes its messages."""
    words = picture.words
    values = {"file": file, "why": why, "how": how, "hospital": picture.store.workspace.name}
    values["sender"] = words.say("doctor.sender")
    template = load_contacts().get(ask, {}).get("message")
    if not template:
        return words.say("doctor.message", file=file, why=why, how=how)
    closing = words.pick(contacts_closing(), **values)
    return words.pick(template, **values) + (f"\n{closing}" if closing else "")


def file_for(picture: Picture, table: str, controls: Mapping[str, int]) -> tuple[str, str]:
    """The name of the file for people and the key of whom to ask: a check's own words, else the source's title."""
    words = picture.words
    for control in controls:
        card = picture.cards.get(control)
        for need in card.needs if card else ():
            if need.get("table") == table and need.get("file"):
                return words.pick(need["file"]), str(need.get("ask") or "")
    for card in picture.cards.values():
        for need in card.needs:
            if need.get("table") == table and need.get("file"):
                return words.pick(need["file"]), str(need.get("ask") or "")
    kind = kind_feeding(table)
    if kind:
        return words.pick(kind.get("title")), str(kind.get("ask") or kind.get("contact") or "")
    declared = load_tables().get(table)
    meaning = words.pick(declared.meaning) if declared else table
    return meaning[:1].upper() + meaning[1:], ""


def kind_feeding(table: str, file: str = "", read: Mapping[str, int] | None = None) -> Mapping[str, Any]:
    """A source that feeds a table: one the hospital has when the file's name fits it, else the nearest name.

    >>> kind_feeding("flow", "Zeek conn.log of the core")["kind"]
    'zeek-conn'
    """
    wanted = _words(file)
    feeding = [(name, kind) for name, kind in load_kinds().items() if table in (kind.get("tables") or ())]

    def likeness(entry: tuple[str, Mapping[str, Any]]) -> tuple[int, int, int]:
        name, kind = entry
        alike = len(wanted & _words(f"{name} {' '.join((kind.get('title') or {}).values())}"))
        known = (read or {}).get(name, 0)
        return known if alike else 0, alike, known

    return max(feeding, key=likeness)[1] if feeding else {}


def _words(text: str) -> set[str]:
    return {word for word in re.split(r"[^a-zà-ÿ0-9]+", text.lower()) if len(word) > 2}


def kind_title(picture: Picture, kind: str | None) -> str:
    """The name of a kind of file for people."""
    found = load_kinds().get(kind or "", {})
    return picture.words.pick(found.get("title")) if found.get("title") else (kind or "–")


def blind(picture: Picture) -> list[dict[str, Any]]:
    """Checks that cannot be judged: why, and which file would answer."""
    found = []
    for judged in picture.judged:
        if judged.verdict != "BLIND":
            continue
        table = next(iter(answering(judged)), "")
        file, ask = file_for(picture, table, {judged.control: 0}) if table else ("", "")
        found.append(
            {
                "control": judged.control,
                "title": picture.words.pick(judged.card.title),
                "why": why_blind(judged, picture.words),
                "file": file,
                "ask": person(ask, picture.words) if ask else "",
                "judged": judged,
            }
        )
    return found


def stale(picture: Picture) -> list[Stale]:
    """Evidence whose newest event or export is older than the age its source or its checks allow."""
    allowed_by: dict[str, tuple[int, list[str]]] = {}
    for card in picture.cards.values():
        for table, allowed in card.ages.items():
            days, controls = allowed_by.get(table, (allowed, []))
            allowed_by[table] = (min(days, allowed), [*controls, card.id])
    newest: dict[str, dict[str, Any]] = {}
    for row in picture.evidence:
        for table in (row["tables"] or "").split():
            if table in allowed_by and _moment(row) and (table not in newest or _moment(newest[table]) < _moment(row)):
                newest[table] = row
    found = []
    for table, row in newest.items():
        days, controls = allowed_by[table]
        age = picture.store.today - _moment(row)
        if age > timedelta(days=days):
            found.append(Stale(row["path"], row["kind"] or "", _moment(row), age, days, controls))
    return sorted(found, key=lambda one: -one.age)


def _moment(row: Mapping[str, Any]) -> Any:
    moments = [moment for moment in (row["last_time"], row["exported"]) if moment is not None]
    return max(moments) if moments else None


def rejected(picture: Picture) -> list[dict[str, Any]]:
    """Files that were not read, with reason and hint; then records refused, by reason, with the place of the first."""
    files = [row for row in picture.evidence if row["status"] not in ("read", "unused")]
    return sorted(files, key=lambda row: (row["status"] or "", row["path"] or ""))


def by_kind(picture: Picture) -> list[dict[str, Any]]:
    """What was read, by kind of file: how many files and records, over which period."""
    read = [row for row in picture.evidence if row["status"] == "read"]
    counts = Counter(row["kind"] for row in read)
    found = []
    for kind, files in counts.items():
        mine = [row for row in read if row["kind"] == kind]
        firsts = [row["first_time"] for row in mine if row["first_time"]]
        lasts = [row["last_time"] for row in mine if row["last_time"]]
        found.append(
            {
                "kind": kind,
                "files": files,
                "rows": sum(int(row["rows"] or 0) for row in mine),
                "refused": sum(int(row["refused"] or 0) for row in mine),
                "first": min(firsts, default=None),
                "last": max(lasts, default=None),
            }
        )
    return sorted(found, key=lambda row: (-row["rows"], row["kind"] or ""))
