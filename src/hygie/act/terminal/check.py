"""Verdicts on a terminal: the list, then one check with everything that stands behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hygie.act import missing, verdicts
from hygie.act.anchors import anchors
from hygie.act.phrases import age, apart_title, case_values
from hygie.act.picture import Judged, Picture
from hygie.act.sentences import (
    declared_sentence,
    denominator,
    finding_sentence,
    readable,
    reason_sentence,
    say_values,
    verdict_sentence,
    why_blind,
)
from hygie.act.terminal.layout import Column, coverage_bar, paragraph, table
from hygie.act.terminal.screen import Screen
from hygie.act.terminal.summary import legend
from hygie.act.terminal.text import visible, wrap
from hygie.words import Words

MOST = 40
SIDE_BY_SIDE = 90


def listing(screen: Screen, picture: Picture, judged: Sequence[Judged]) -> None:
    """All checks, what needs a person first."""
    words = picture.words
    rows = [
        (
            screen.sign(one.verdict),
            one.control,
            words.say(f"verdict.{one.verdict}"),
            words.pick(one.card.title),
            denominator(one.row, words),
            age(one, picture),
        )
        for one in judged
    ]
    titles = [words.say(f"check.{key}") for key in ("control", "verdict", "title", "figures", "age")]
    columns = [
        Column(),
        Column(titles[0]),
        Column(titles[1]),
        Column(titles[2], flexible=True),
        Column(titles[3]),
        Column(titles[4], right=True),
    ]
    table(screen, columns, rows)
    screen.line()
    legend(screen, picture)
    screen.line()
    paragraph(screen, screen.faint(words.say("check.next")))


def one_check(screen: Screen, picture: Picture, judged: Judged, *, everything: bool = False) -> None:
    """One check: verdict, declared beside observed, coverage, counter-examples, what is unseen, remedy, texts."""
    words, card = picture.words, judged.card
    verdict = screen.bold(words.say(f"verdict.{judged.verdict}") + ".")
    lead = f"{screen.sign(judged.verdict)} "
    paragraph(screen, f"{verdict} {words.pick(card.title)}", indent=" " * visible(lead), first=lead)
    paragraph(screen, verdict_sentence(judged, words), indent=" " * visible(lead))
    blind = why_blind(judged, words) if judged.verdict == "BLIND" else ""
    if blind:
        paragraph(screen, screen.faint(words.say("check.because", why=blind)), indent=" " * visible(lead))
    if card.why:
        paragraph(screen, screen.faint(words.pick(card.why)), indent=" " * visible(lead))
    screen.line()
    _sides(screen, picture, judged)
    _coverage(screen, picture, judged)
    _failing(screen, picture, judged, everything)
    _apart(screen, picture, judged, everything)
    _unseen(screen, picture, judged)
    _remedy(screen, picture, judged)
    _texts(screen, picture, judged)


def _sides(screen: Screen, picture: Picture, judged: Judged) -> None:
    words = picture.words
    left = [f"{screen.origin('declared')} {screen.faint(words.say('verdict.declared'))}"]
    right = [f"{screen.origin('observed')} {screen.faint(words.say('verdict.observed'))}"]
    wide = screen.width >= SIDE_BY_SIDE
    room = (screen.width - 3) // 2 if wide else screen.width - 2
    left += wrap(screen.bold(declared_sentence(judged, picture)), room)
    for claim in picture.claims(judged.control)[:1]:
        date = words.date(claim["date"]) if claim["date"] else ""
        said = ", ".join(part for part in (claim["author"], date, claim["document"]) if part)
        left += wrap(said, room) if said else []
        left += wrap(screen.faint(picture.proof(claim).place), room)
    right += wrap(screen.bold(denominator(judged.row, words)), room)
    newest = judged.row.get("newest")
    if newest:
        said = words.say("check.newest", date=words.date(newest, clock=True), age=age(judged, picture))
        right += wrap(said, room)
    if judged.row.get("inferred"):
        right += wrap(f"{screen.origin('inferred')} {words.say('check.inferred')}", room)
    if not wide:
        for line in [*left, "", *right]:
            screen.line("  " + line if line else "")
    else:
        for place in range(max(len(left), len(right))):
            one = left[place] if place < len(left) else ""
            other = right[place] if place < len(right) else ""
            screen.line(f"{one}{' ' * (room - visible(one))} {screen.faint('│')} {other}")
    screen.line()


def _coverage(screen: Screen, picture: Picture, judged: Judged) -> None:
    row, words = judged.row, picture.words
    population = int(row["population"] or 0)
    if not population:
        return
    failing, unseen = int(row["failing"] or 0) + int(row["waived"] or 0), int(row["unseen"] or 0)
    screen.line(coverage_bar(screen, failing, verdicts.seen(row), unseen, min(60, screen.width)))
    said = words.say(
        "verdict.coverage_bar", failing=failing, seen=verdicts.seen(row), unseen=unseen, population=population
    )
    paragraph(screen, said)
    required = row.get("required")
    if required:
        least = -(-population * float(required) // 1)
        paragraph(screen, screen.faint(words.say("check.required", least=int(least), population=population)))


def _failing(screen: Screen, picture: Picture, judged: Judged, everything: bool) -> None:
    words = picture.words
    total = int(judged.row["failing"] or 0) + int(judged.row["waived"] or 0)
    if not total:
        return
    findings = picture.findings(judged.control, 100_000 if everything else MOST)
    screen.line()
    screen.rule(
        words.say("check.failing", count=total),
        words.say("common.shown_of", shown=len(findings), count=total) if len(findings) < total else "",
    )
    rows = []
    for one in findings:
        sign = screen.sign("WAIVED") if one.waived else screen.sign(judged.verdict)
        said = finding_sentence(one, judged.card, words) + (f" ({one.waiver})" if one.waived and one.waiver else "")
        place = one.proof[0].place if one.proof else ""
        rows.append((sign, said, picture.services(one.services, 2), screen.faint(place), one.id[:8]))
    titles = [words.say(f"check.{key}") for key in ("case", "care", "line", "number")]
    columns = [
        Column(),
        Column(titles[0], flexible=True),
        Column(titles[1], flexible=True, largest=30),
        Column(titles[2], largest=42),
        Column(titles[3]),
    ]
    table(screen, columns, rows)


def _apart(screen: Screen, picture: Picture, judged: Judged, everything: bool) -> None:
    words = picture.words
    by_list: dict[str, list[dict[str, Any]]] = {}
    for row in picture.asides(judged.control):
        by_list.setdefault(row["list"], []).append(row)
    for name, cases in by_list.items():
        screen.line()
        screen.rule(apart_title(judged, name, picture), words.say("check.apart", count=len(cases)))
        shown = cases if everything else cases[:10]
        rows = [
            (
                readable(row["subject_name"] or row["subject"], words),
                case_values(row["values"], picture),
                screen.faint(picture.proof(row).place if row["evidence_id"] else ""),
            )
            for row in shown
        ]
        table(screen, [Column(flexible=True), Column(flexible=True), Column(largest=42)], rows, "  ")
        if len(shown) < len(cases):
            more = words.say("common.and_more", count=len(cases) - len(shown))
            paragraph(screen, screen.faint(f"{more} (--all)"), indent="  ")


def _unseen(screen: Screen, picture: Picture, judged: Judged) -> None:
    words = picture.words
    found = picture.unseen(judged.control)
    if not found and judged.verdict != "BLIND":
        return
    screen.line()
    screen.rule(words.say("check.unseen"), words.say("check.unseen_note"))
    for row in found:
        reason = reason_sentence(row["reason"] or "", judged.card, {"subject": row["example"] or ""}, words)
        tables = str(row["answering"] or "").split()
        file = missing.file_for(picture, tables[0], {judged.control: 0})[0] if tables else ""
        said = words.say("check.unseen_line", count=int(row["members"]), reason=reason)
        paragraph(screen, said + (f" → {file}" if file else ""), indent="     ", first=f"  {screen.sign('BLIND')} ")
    if not found:
        for name in missing.answering(judged)[:2]:
            file = missing.file_for(picture, name, {judged.control: 0})[0]
            paragraph(
                screen, words.say("check.answering", file=file), indent="     ", first=f"  {screen.sign('BLIND')} "
            )


def _remedy(screen: Screen, picture: Picture, judged: Judged) -> None:
    words, card = picture.words, judged.card
    if not card.remedy or judged.verdict in ("PROVED", "NOT_APPLICABLE"):
        return
    screen.line()
    screen.rule(words.say("check.remedy"))
    paragraph(screen, words.pick(card.remedy), indent="  ")
    if card.medical:
        paragraph(screen, screen.bold(words.say("verdict.medical_remedy")), indent="  ")


def _texts(screen: Screen, picture: Picture, judged: Judged) -> None:
    words, card = picture.words, judged.card
    found = anchors(card, words)
    if found:
        screen.line()
        screen.rule(words.say("check.texts"))
        rows = [
            (
                one.title,
                one.ref,
                one.clause,
                f"{one.support} ; {one.status}" if words.language == "fr" else f"{one.support}; {one.status}",
            )
            for one in found
        ]
        table(
            screen,
            [Column(flexible=True, largest=26), Column(), Column(flexible=True), Column(flexible=True, largest=34)],
            rows,
            "  ",
        )
    lines = [
        (words.say(f"verdict.{name}"), words.pick(getattr(card, name))) for name in ("proves", "suggests", "attest")
    ]
    for title, said in lines:
        if said:
            paragraph(screen, f"{screen.bold(title)} {said}", indent="    ", first="  ")
    for name, knob in card.knobs.items():
        paragraph(screen, screen.faint(knob_line(name, knob, words)), indent="    ", first="  ")


def knob_line(name: str, knob: Mapping[str, Any], words: Words) -> str:
    """A setting of a check: its value, its reason, and whether it is the hospital's own."""
    value = say_values({name: knob.get("default")}, words)[name]
    unit = str(knob.get("unit") or "")
    unit = words.say(f"check.unit_{unit}") if words.knows(f"check.unit_{unit}") else unit
    mark = words.say("check.knob_own" if knob.get("own") else "common.default_mark")
    said = f"{value}\u00a0{unit}".strip("\u00a0")
    return words.say("check.knob", name=name, value=said, why=words.pick(knob.get("why")), mark=mark)
