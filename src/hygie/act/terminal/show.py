"""`hygie show`: from a verdict, a finding or an entity back to the lines of the original files."""

from __future__ import annotations

from typing import Any

from hygie.act import walk
from hygie.act.picture import Finding, Judged, Picture, Proof
from hygie.act.sentences import finding_sentence, readable, verdict_sentence, zone_name
from hygie.act.terminal.layout import Column, paragraph, table
from hygie.act.terminal.screen import Screen
from hygie.act.terminal.text import visible
from hygie.words import Words

FINDINGS_OF_A_CHECK = 5
NEIGHBOURS = 2


def show_check(screen: Screen, picture: Picture, judged: Judged, original: walk.Original) -> None:
    """A verdict, its heaviest findings, and the line that proves each."""
    words = picture.words
    lead = f"{screen.sign(judged.verdict)} "
    verdict = screen.bold(f"{judged.control}  {words.say(f'verdict.{judged.verdict}')}.")
    said = f"{verdict} {words.pick(judged.card.title)}"
    paragraph(screen, said, indent=" " * visible(lead), first=lead)
    paragraph(screen, verdict_sentence(judged, words), indent=" " * visible(lead))
    findings = picture.findings(judged.control, FINDINGS_OF_A_CHECK)
    for finding in findings:
        screen.line()
        screen.rule(readable(finding.name, words), finding.id[:8])
        paragraph(screen, finding_sentence(finding, judged.card, words))
        for proof in finding.proof[:1]:
            proof_lines(screen, picture, proof, original)
    total = int(judged.row["failing"] or 0) + int(judged.row["waived"] or 0)
    if total > len(findings):
        screen.line()
        more = words.say("common.and_more", count=total - len(findings))
        paragraph(screen, screen.faint(f"{more} (hygie check {judged.control} --all)"))


def show_finding(screen: Screen, picture: Picture, finding: Finding, original: walk.Original) -> None:
    """A finding with all its kept proof lines, each with its neighbours, and what it proves."""
    words = picture.words
    judged = picture.one(finding.control)
    card = judged.card if judged else None
    verdict = "WAIVED" if finding.waived else judged.verdict if judged else "CONTRADICTED"
    lead = f"{screen.sign(verdict)} "
    indent = " " * visible(lead)
    paragraph(screen, screen.bold(finding_sentence(finding, card, words)), indent=indent, first=lead)
    title = f"{finding.control}  {words.pick(card.title)}" if card else finding.control
    paragraph(screen, title, indent=indent)
    severity = words.say("check.severity", severity=words.say(f"verdict.severity_{finding.severity}"))
    pieces = [severity]
    if finding.services:
        pieces.append(words.say("run.services", names=picture.services(finding.services)))
    if finding.first_seen and finding.last_seen:
        first, last = (words.date(moment, clock=True) for moment in (finding.first_seen, finding.last_seen))
        pieces.append(words.say("check.seen_between", first=first, last=last))
    if finding.waived and finding.waiver:
        pieces.append(finding.waiver)
    paragraph(screen, ", ".join(pieces), indent=indent)
    paragraph(screen, screen.faint(finding.id), indent=indent)
    screen.line()
    screen.rule(words.say("check.proof_title"), words.say("check.proof_count", count=finding.proofs))
    if not finding.proof:
        paragraph(screen, words.say("check.proof_none"))
    for proof in finding.proof:
        proof_lines(screen, picture, proof, original)
    for name in ("proves", "suggests", "attest"):
        text = words.pick(getattr(card, name)) if card else ""
        if text:
            paragraph(screen, f"{screen.bold(words.say(f'verdict.{name}'))} {text}", indent="  ", first="")


def proof_lines(screen: Screen, picture: Picture, proof: Proof, original: walk.Original) -> None:
    """The place of a proof, when the file was received, its hash, and the line between its neighbours."""
    words = picture.words
    row = walk.received(picture, proof)
    received = (
        words.say("check.proof_received", date=words.date(row["received"], clock=True)) if row.get("received") else ""
    )
    identity = words.say("check.proof_hash", hash=f"{proof.evidence_id[:12]}…{proof.evidence_id[-4:]}")
    head = f"{screen.bold(proof.place)}  {screen.faint(received)}"
    screen.line()
    if visible(head) + visible(identity) + 2 <= screen.width:
        screen.line(head + " " * (screen.width - visible(head) - visible(identity)) + screen.faint(identity))
    else:
        for part in (screen.bold(proof.place), screen.faint(received), screen.faint(identity)):
            paragraph(screen, part)
    for line in original(picture.store, proof.evidence_id, proof.member, proof.position, NEIGHBOURS):
        mark = screen.paint("┃", "red") if line.hit else " "
        text = line.text.replace("\t", "  ")
        shown = screen.bold(text) if line.hit else screen.faint(text)
        paragraph(screen, shown, indent=f"{mark}{'':>9} ", first=f"{mark}{line.position:>9} ")


def show_entity(screen: Screen, picture: Picture, entity: dict[str, Any], *, everything: bool = False) -> None:
    """An entity: every statement with its origin, whom it talks to, the care that depends on it, its findings."""
    words = picture.words
    kind = words.say(f"map.one_{entity['kind']}") if words.knows(f"map.one_{entity['kind']}") else entity["kind"]
    paragraph(screen, screen.bold(str(entity["name"] or entity["id"])))
    paragraph(screen, screen.faint(f"{kind}  {entity['id']}"))
    _statements(screen, picture, entity["id"], everything)
    _conflicts(screen, picture, entity["id"])
    for outgoing in (True, False):
        _talks(screen, picture, entity["id"], outgoing)
    _depends(screen, picture, entity["id"])
    _findings(screen, picture, entity["id"])


def _said(words: Words, attribute: str, value: str) -> str:
    """A value of a closed list in the words of the reader; any other as it stands in the file."""
    key = f"map.{attribute}_{value}"
    return words.say(key) if attribute in ("class", "status") and words.knows(key) else value


def _statements(screen: Screen, picture: Picture, entity: str, everything: bool) -> None:
    words = picture.words
    found = walk.statements(picture, entity)
    if not found:
        return
    screen.line()
    screen.rule(words.say("map.statements"), words.say("map.statements_note"))
    rows = []
    for attribute, said in found.items():
        name = words.say(f"map.attribute_{attribute}") if words.knows(f"map.attribute_{attribute}") else attribute
        mark = screen.paint("≠", "yellow") if walk.differs(said) else " "
        for place, row in enumerate(said if everything else said[:6]):
            said_value = _said(words, attribute, str(row["value"]))
            value = screen.bold(said_value) if row["kept"] else said_value
            seen = words.date(row["last_seen"]) if row["last_seen"] else ""
            rows.append(
                (
                    name if place == 0 else "",
                    mark if place == 0 else " ",
                    screen.origin(row["origin"]),
                    value,
                    seen,
                    screen.faint(row["place"]),
                )
            )
    table(
        screen,
        [Column(), Column(), Column(), Column(flexible=True), Column(), Column(flexible=True, largest=46)],
        rows,
        "  ",
    )


def _conflicts(screen: Screen, picture: Picture, entity: str) -> None:
    found = walk.conflicts(picture, entity)
    if not found:
        return
    screen.line()
    screen.rule(picture.words.say("map.conflicts"))
    rows = [
        (
            row["attribute"],
            str(row["value"]),
            screen.paint("≠", "yellow"),
            str(row["other_value"]),
            screen.faint(row["place"]),
        )
        for row in found
    ]
    table(
        screen,
        [Column(), Column(flexible=True), Column(), Column(flexible=True), Column(flexible=True, largest=46)],
        rows,
        "  ",
    )


def _talks(screen: Screen, picture: Picture, entity: str, outgoing: bool) -> None:
    words = picture.words
    found = walk.talks(picture, entity, outgoing=outgoing)
    if not found:
        return
    screen.line()
    screen.rule(words.say("map.talks_out" if outgoing else "map.talks_in"))
    rows = [
        (
            str(row["name"]),
            zone_name(str(row["zone"] or ""), words),
            f"{(row['service'] or '').upper()} {row['protocol']}/{row['port']}".strip(),
            words.say(f"map.state_{row['state']}") if words.knows(f"map.state_{row['state']}") else str(row["state"]),
            words.number(int(row["flows"] or 0)),
            screen.faint(row["place"]),
        )
        for row in found
    ]
    table(
        screen,
        [
            Column(flexible=True),
            Column(flexible=True),
            Column(),
            Column(),
            Column(right=True),
            Column(flexible=True, largest=40),
        ],
        rows,
        "  ",
    )


def _depends(screen: Screen, picture: Picture, entity: str) -> None:
    words = picture.words
    found = walk.depends(picture, entity)
    if not found:
        return
    screen.line()
    screen.rule(words.say("map.depends"))
    for row in found:
        said = words.say(
            "map.depends_through", service=picture.service(row["care_service"]), through=row["through"] or "–"
        )
        paragraph(screen, said, indent="    ", first=f"  {screen.origin(row['origin'])} ")


def _findings(screen: Screen, picture: Picture, entity: str) -> None:
    words = picture.words
    screen.line()
    screen.rule(words.say("map.findings"))
    found = picture.findings_on(entity)
    if not found:
        paragraph(screen, words.say("map.findings_none"), indent="  ")
    for finding in found:
        judged = picture.one(finding.control)
        sign = screen.sign("WAIVED" if finding.waived else judged.verdict if judged else "CONTRADICTED")
        said = finding_sentence(finding, judged.card if judged else None, words)
        paragraph(
            screen, f"{said} {screen.faint(finding.control + ' ' + finding.id[:8])}", indent="     ", first=f"  {sign} "
        )


def entity_data(picture: Picture, entity: dict[str, Any]) -> dict[str, Any]:
    """An entity for a program."""
    name = entity["id"]
    return {
        "entity": entity,
        "statements": walk.statements(picture, name),
        "conflicts": walk.conflicts(picture, name),
        "talks_to": walk.talks(picture, name, outgoing=True, most=200),
        "reached_by": walk.talks(picture, name, outgoing=False, most=200),
        "care_services": walk.depends(picture, name),
        "findings": [one.id for one in picture.findings_on(name)],
    }


def finding_data(picture: Picture, finding: Finding, original: walk.Original) -> dict[str, Any]:
    """A finding for a program, with the lines that prove it."""
    from hygie.act.data import finding_data as plain

    data = plain(finding, picture)
    for proof, row in zip(finding.proof, data["proof"], strict=True):
        found = original(picture.store, proof.evidence_id, proof.member, proof.position, NEIGHBOURS)
        row["lines"] = [{"position": line.position, "text": line.text, "hit": line.hit} for line in found]
        row["received"] = walk.received(picture, proof).get("received")
    return data
