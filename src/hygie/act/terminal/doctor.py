"""`hygie doctor`: what is missing, what is stale, what was refused, and the messages to send."""

from __future__ import annotations

from typing import Any

from hygie.act import missing
from hygie.act.picture import Picture
from hygie.act.sentences import capital
from hygie.act.terminal.layout import Column, paragraph, table
from hygie.act.terminal.screen import Screen
from hygie.act.terminal.summary import rejected


def doctor_view(screen: Screen, picture: Picture, disk: bool | None, *, everything: bool = False) -> None:
    """Write the whole examination."""
    _wanted(screen, picture)
    _blind(screen, picture)
    _stale(screen, picture)
    _rejected(screen, picture, everything)
    _settings(screen, picture, disk)


def _wanted(screen: Screen, picture: Picture) -> None:
    words = picture.words
    screen.rule(words.say("doctor.title_wanted"))
    found = missing.wanted(picture)
    if not found:
        paragraph(screen, words.say("doctor.wanted_none"), indent="  ")
    for rank, one in enumerate(found, 1):
        paragraph(screen, screen.bold(capital(one.file)), indent="   ", first=f"{rank}  ")
        opens = words.say("doctor.opens", count=len(one.controls), names=", ".join(one.controls))
        paragraph(screen, opens, indent="   ")
        if one.scope:
            paragraph(screen, one.scope, indent="   ")
        if one.present:
            paragraph(screen, screen.faint(words.say("doctor.already")), indent="   ")
        if one.ask:
            paragraph(screen, words.say("doctor.ask", who=one.ask), indent="   ")
        if one.how:
            paragraph(screen, words.say("doctor.how", how=one.how), indent="   ")
        screen.line(f"   {screen.faint(words.say('doctor.message_title'))}")
        for line in one.message.splitlines() or [""]:
            paragraph(screen, line, indent=f"   {screen.faint('│')} ") if line.strip() else screen.line(
                f"   {screen.faint('│')}"
            )
        screen.line()


def _blind(screen: Screen, picture: Picture) -> None:
    words = picture.words
    screen.rule(words.say("doctor.title_blind"))
    found = missing.blind(picture)
    if not found:
        paragraph(screen, words.say("doctor.blind_none"), indent="  ")
    rows = [(screen.sign("BLIND"), one["control"], one["title"], one["why"], one["file"]) for one in found]
    titles = [words.say(f"doctor.{key}") for key in ("check", "why_head", "file")]
    columns = [
        Column(),
        Column(titles[0]),
        Column(flexible=True),
        Column(titles[1], flexible=True),
        Column(titles[2], flexible=True),
    ]
    table(screen, columns, rows, "  ")
    screen.line()


def _stale(screen: Screen, picture: Picture) -> None:
    words = picture.words
    screen.rule(words.say("doctor.title_stale"))
    found = missing.stale(picture)
    if not found:
        paragraph(screen, words.say("doctor.stale_none"), indent="  ")
    rows = [
        (one.path, words.say("doctor.stale_line", age=words.age(one.age), allowed=one.allowed), ", ".join(one.controls))
        for one in found
    ]
    table(screen, [Column(flexible=True, largest=60), Column(), Column(flexible=True)], rows, "  ")
    screen.line()


def _rejected(screen: Screen, picture: Picture, everything: bool) -> None:
    words = picture.words
    screen.rule(words.say("doctor.title_rejected"))
    files = len(missing.rejected(picture))
    records = sum(int(row["count"] or 0) for row in picture.refusals)
    rejected(screen, picture, files, records, 100_000 if everything else 20)
    screen.line()


def _settings(screen: Screen, picture: Picture, disk: bool | None) -> None:
    words = picture.words
    screen.rule(words.say("doctor.title_settings"))
    settings: Any = picture.store.settings
    where = getattr(settings, "where", lambda key: "")
    origins = {"default": words.say("doctor.by_default")}
    rows = [(key, str(settings[key]), screen.faint(origins.get(where(key), where(key)))) for key in settings]
    titles = [words.say(f"doctor.{key}") for key in ("setting", "value", "origin")]
    table(screen, [Column(titles[0]), Column(titles[1], flexible=True), Column(titles[2])], rows, "  ")
    said = {True: "disk_encrypted", False: "disk_plain", None: "disk_unknown"}[disk]
    paragraph(screen, words.say(f"doctor.{said}"), indent="  ")


def doctor_data(picture: Picture) -> dict[str, Any]:
    """The same for a program."""
    settings: Any = picture.store.settings
    where = getattr(settings, "where", lambda key: "")
    blind = [{name: value for name, value in one.items() if name != "judged"} for one in missing.blind(picture)]
    return {
        "wanted": missing.wanted(picture),
        "blind": blind,
        "stale": [
            {**{k: getattr(one, k) for k in one.__dataclass_fields__}, "age": one.age.days}
            for one in missing.stale(picture)
        ],
        "rejected": [
            {name: row[name] for name in ("path", "member", "status", "reason", "hint")}
            for row in missing.rejected(picture)
        ],
        "refusals": picture.refusals,
        "settings": {key: {"value": settings[key], "origin": where(key)} for key in settings},
    }
