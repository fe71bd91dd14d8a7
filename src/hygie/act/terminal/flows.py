"""`hygie check flows`: the declared matrix beside observed flows, both directions, in at most some forty rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hygie.act.flows import CONTROL, Apart, Flows, Unit
from hygie.act.phrases import apart_title, case_values, service_name
from hygie.act.picture import Picture
from hygie.act.sentences import finding_sentence, readable, zone_name
from hygie.act.terminal.layout import Column, paragraph, table
from hygie.act.terminal.screen import Screen

MOST = 40
SHARES = (20, 10, 10)  # of the forty rows: undeclared, dead, clear text


def flows_view(screen: Screen, picture: Picture, *, everything: bool = False) -> None:
    """Write the three sides of the matrix."""
    words = picture.words
    flows = Flows(picture)
    judged = picture.one(CONTROL)
    if not flows.units and not flows.undeclared:
        paragraph(screen, words.say("check.flows_none"))
        return
    declared = bool(judged and judged.row.get("declared"))
    key = "check.flows_sentence" if declared else "check.flows_without_matrix"
    said = words.say(key, count=len(flows.undeclared), total=len(flows.units))
    lead = f"{screen.sign(judged.verdict)} " if judged else ""
    paragraph(screen, screen.bold(said), indent="   ", first=lead)
    if not declared:
        paragraph(screen, words.say("check.flows_propose"), indent="   ")
    limit = [len(flows.units) + 100_000] * 3 if everything else list(SHARES)
    _undeclared(screen, picture, flows.undeclared, limit[0])
    lists = dict(flows.apart)
    dead = [name for name in lists if "dead" in name or "never" in name]
    if declared and not dead:
        screen.line()
        screen.rule(words.say("check.dead_title"))
        paragraph(screen, words.say("check.dead_none"), indent="  ")
    for name in [*dead, *(name for name in lists if name not in dead)]:
        title = apart_title(judged, name, picture) if judged else name
        _apart(screen, picture, name, title, lists[name], limit[1])
    _clear(screen, picture, flows, limit[2])


def _undeclared(screen: Screen, picture: Picture, units: Sequence[Unit], most: int) -> None:
    words = picture.words
    if not units:
        return
    screen.line()
    shown = units[:most]
    note = (
        words.say("common.shown_of", shown=len(shown), count=len(units)) if len(shown) < len(units) else str(len(units))
    )
    screen.rule(words.say("check.undeclared_title"), note)
    _units(screen, picture, shown)
    _more(screen, picture, len(units) - len(shown))


def _units(screen: Screen, picture: Picture, units: Sequence[Unit]) -> None:
    words = picture.words
    titles = [words.say(f"check.{key}") for key in ("from", "to", "service", "flows", "last")]
    rows = [
        (
            zone_name(unit.source, words),
            zone_name(unit.destination, words),
            service_name(unit, words),
            words.number(unit.flows),
            words.date(unit.last) if unit.last else "",
        )
        for unit in units
    ]
    columns = [Column(title, right=title == titles[3], flexible=title in titles[:3]) for title in titles]
    table(screen, columns, rows, "  ", [_beneath(unit, picture) for unit in units])


def _beneath(unit: Unit, picture: Picture) -> str:
    """The systems a flow reaches, the care it touches, the place of its proof."""
    care = picture.words.say("run.services", names=picture.services(unit.care, 3)) if unit.care else ""
    return "  ".join(part for part in (_systems(unit, picture), care, unit.proof.place if unit.proof else "") if part)


def _systems(unit: Unit, picture: Picture) -> str:
    if not unit.systems:
        return ""
    more = unit.systems - len(unit.names)
    return ", ".join(unit.names) + (f" + {picture.words.number(more)}" if more > 0 else "")


def _apart(screen: Screen, picture: Picture, name: str, title: str, cases: Sequence[Apart], most: int) -> None:
    screen.line()
    screen.rule(title, str(len(cases)))
    seen = [case.unit for case in cases if case.unit]
    if len(seen) == len(cases) and "clear" in name:
        _units(screen, picture, sorted(seen, key=lambda unit: (-len(unit.care), -unit.flows))[:most])
        _more(screen, picture, len(cases) - most)
        return
    rows = [
        (
            readable(case.name, picture.words),
            case_values(case.values, picture),
            screen.faint(case.proof.place if case.proof else ""),
        )
        for case in cases[:most]
    ]
    table(screen, [Column(flexible=True), Column(flexible=True), Column(largest=40)], rows, "  ")
    _more(screen, picture, len(cases) - most)


def _clear(screen: Screen, picture: Picture, flows: Flows, most: int) -> None:
    if not flows.clear:
        return
    screen.line()
    screen.rule(picture.words.say("check.clear_title"), str(len(flows.clear)))
    rows = []
    for finding in flows.clear[:most]:
        said = finding_sentence(finding, picture.cards.get(finding.control), picture.words)
        rows.append(
            (said, picture.services(finding.services, 2), screen.faint(finding.proof[0].place if finding.proof else ""))
        )
    table(screen, [Column(flexible=True), Column(flexible=True, largest=30), Column(largest=40)], rows, "  ")
    _more(screen, picture, len(flows.clear) - most)


def _more(screen: Screen, picture: Picture, count: int) -> None:
    if count > 0:
        screen.line(screen.faint("  " + picture.words.say("common.and_more", count=count) + " (--all)"))


def flows_data(picture: Picture) -> dict[str, Any]:
    """The same for a program, whole."""
    flows = Flows(picture)
    judged = picture.one(CONTROL)

    def plain(unit: Unit) -> dict[str, Any]:
        kept = {name: getattr(unit, name) for name in Unit.__dataclass_fields__ if name not in ("finding", "proof")}
        place = unit.proof.place if unit.proof else None
        return {**kept, "key": unit.key, "finding": unit.finding.id if unit.finding else None, "proof": place}

    return {
        "verdict": dict(judged.row) if judged else None,
        "flows": [plain(unit) for unit in flows.units],
        "undeclared": [plain(unit) for unit in flows.undeclared],
        "aside": {
            name: [{"subject": case.name, **case.values} for case in cases] for name, cases in flows.apart.items()
        },
        "clear_text": [one.id for one in flows.clear],
    }
