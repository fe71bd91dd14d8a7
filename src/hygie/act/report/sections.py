"""The sections of the report, each as the plain values its part of the page needs."""

from __future__ import annotations

from typing import Any

from hygie.act import missing, verdicts
from hygie.act.anchors import anchors
from hygie.act.flows import CONTROL, Flows
from hygie.act.library import load_services
from hygie.act.phrases import age, apart_title, case_values, service_name
from hygie.act.picture import Judged, Picture
from hygie.act.report import drawing
from hygie.act.report.lines import Lines
from hygie.act.sentences import (
    declared_sentence,
    denominator,
    finding_sentence,
    readable,
    reason_sentence,
    verdict_sentence,
    why_blind,
    zone_name,
)

MOST_FINDINGS = 30
WITH_LINES = 4
MOST_FILES = 300
MOST_FLOWS = 30
MOST_PAIRS = 18
OPEN = 3  # checks unfolded when the page opens
SIDE_BY_SIDE_ZONES = 12
MOST_APART = 12


def axes_of(picture: Picture) -> list[dict[str, Any]]:
    """The four axes; each shows its own worst check while one is left that no other axis shows."""
    told: set[str] = set()
    found = []
    for axis, judged in picture.axes:
        failing = [one for one in judged if one.verdict in verdicts.FAILING]
        worst = next((one for one in failing if one.control not in told), failing[0] if failing else None)
        told |= {worst.control} if worst else set()
        found.append(_axis(picture, axis, judged, worst))
    return found


def _axis(picture: Picture, axis: str, judged: list[Judged], worst: Judged | None) -> dict[str, Any]:
    from markupsafe import Markup

    words = picture.words
    counts = verdicts.tally(one.verdict for one in judged)
    said = ", ".join(words.say(f"verdict.count_{verdict}", count=count) for verdict, count in counts.items())
    title = words.say(f"verdict.{axis}")
    shown = ""
    if worst:
        said = verdict_sentence(worst, words)
        shown = words.say("report.axis_shown", title=words.pick(worst.card.title), sentence=said)
    return {
        "id": axis,
        "title": title,
        "count": len(judged),
        "tally": Markup(drawing.tally([one.verdict for one in judged], f"{title}: {said}")) if judged else "",  # noqa: S704 (escaped)
        "said": said,
        "shown": shown or (words.say("report.axis_quiet") if judged else words.say("verdict.no_checks")),
    }


def finding_of(picture: Picture, finding: Any, lines: Lines, *, with_lines: bool) -> dict[str, Any]:
    """One finding with its sentence and, while the budget lasts, its lines."""
    judged = picture.one(finding.control)
    return {
        "id": finding.id,
        "control": finding.control,
        "verdict": "WAIVED" if finding.waived else judged.verdict if judged else "CONTRADICTED",
        "sentence": finding_sentence(finding, judged.card if judged else None, picture.words),
        "services": picture.services(finding.services, 4),
        "place": finding.proof[0].place if finding.proof else "",
        "more": max(0, finding.proofs - 1),
        "last": finding.last_seen,
        "waiver": finding.waiver if finding.waived else "",
        "proof": lines.of(finding) if with_lines else None,
    }


def side_of(picture: Picture, judged: Judged) -> dict[str, Any]:
    """One contradicted check, declared beside observed."""
    claim = next(iter(picture.claims(judged.control)), None)
    return {
        "control": judged.control,
        "title": picture.words.pick(judged.card.title),
        "declared": declared_sentence(judged, picture),
        "claim": claim,
        "claim_place": picture.proof(claim).place if claim else "",
        "observed": verdict_sentence(judged, picture.words),
        "figures": denominator(judged.row, picture.words),
        "coverage": _coverage(picture, judged),
        "age": age(judged, picture),
        "newest": judged.row.get("newest"),
    }


def _coverage(picture: Picture, judged: Judged) -> dict[str, Any] | None:
    from markupsafe import Markup

    row = judged.row
    population = int(row["population"] or 0)
    if not population:
        return None
    failing, unseen, seen = (
        int(row["failing"] or 0) + int(row["waived"] or 0),
        int(row["unseen"] or 0),
        verdicts.seen(row),
    )
    said = picture.words.say("verdict.coverage_bar", failing=failing, seen=seen, unseen=unseen, population=population)
    return {"bar": Markup(drawing.coverage(failing, seen, unseen, float(row["required"] or 0), said)), "said": said}  # noqa: S704 (escaped)


def check_of(picture: Picture, judged: Judged, lines: Lines) -> dict[str, Any]:
    """One check with everything that stands behind it."""
    words, card = picture.words, judged.card
    failing = verdicts.FAILING | {"WAIVED"}
    found = picture.findings(judged.control, MOST_FINDINGS)
    apart: dict[str, list[dict[str, Any]]] = {}
    for row in picture.asides(judged.control):
        apart.setdefault(row["list"], []).append(row)
    return {
        "control": judged.control,
        "verdict": judged.verdict,
        "title": words.pick(card.title),
        "open": judged in picture.judged[:OPEN] and judged.verdict == "CONTRADICTED",
        "figures": denominator(judged.row, words),
        "sentence": verdict_sentence(judged, words),
        "declared": declared_sentence(judged, picture),
        "why": words.pick(card.why),
        "why_blind": why_blind(judged, words) if judged.verdict == "BLIND" else "",
        "age": age(judged, picture),
        "coverage": _coverage(picture, judged),
        "inferred": bool(judged.row.get("inferred")),
        "findings": [finding_of(picture, one, lines, with_lines=place < WITH_LINES) for place, one in enumerate(found)],
        "total": int(judged.row["failing"] or 0) + int(judged.row["waived"] or 0)
        if judged.verdict in failing or found
        else 0,
        "apart": [
            {
                "title": apart_title(judged, name, picture),
                "total": len(cases),
                "rows": [
                    (
                        readable(row["subject_name"] or row["subject"], words),
                        case_values(row["values"], picture),
                        picture.proof(row).place if row["evidence_id"] else "",
                    )
                    for row in cases[:MOST_APART]
                ],
            }
            for name, cases in apart.items()
        ],
        "unseen": [_unseen(picture, judged, row) for row in picture.unseen(judged.control)],
        "remedy": words.pick(card.remedy) if judged.verdict not in ("PROVED", "NOT_APPLICABLE") else "",
        "medical": card.medical,
        "anchors": anchors(card, words),
        "support": [
            (words.say(f"verdict.{name}"), words.pick(getattr(card, name))) for name in ("proves", "suggests", "attest")
        ],
    }


def _unseen(picture: Picture, judged: Judged, row: dict[str, Any]) -> dict[str, Any]:
    tables = str(row["answering"] or "").split()
    return {
        "count": int(row["members"]),
        "reason": reason_sentence(row["reason"] or "", judged.card, {"subject": row["example"] or ""}, picture.words),
        "file": missing.file_for(picture, tables[0], {judged.control: 0})[0] if tables else "",
    }


def flows_of(picture: Picture) -> dict[str, Any]:
    """The matrix zone by zone, and the flows never declared."""
    from markupsafe import Markup

    words = picture.words
    flows = Flows(picture)
    judged = picture.one(CONTROL)
    declared = bool(judged and judged.row.get("declared"))
    key = "check.flows_sentence" if declared else "check.flows_without_matrix"
    sentence = words.say(key, count=len(flows.undeclared), total=len(flows.units))
    grid = flows.grid()
    rows = flows.undeclared if declared else flows.units
    pairs = sorted(grid.cells.items(), key=lambda item: (-item[1].undeclared, -item[1].seen, item[0]))
    return {
        "sentence": sentence,
        "declared": declared,
        "matrix": Markup(drawing.matrix(grid, words, sentence)) if grid.zones else "",  # noqa: S704 (escaped)
        "left_out": grid.left_out,
        "large": len(grid.zones) > SIDE_BY_SIDE_ZONES,
        "undeclared_pairs": [drawing.cell_words(*pair, cell, words) for pair, cell in pairs if cell.undeclared][
            :MOST_PAIRS
        ],
        "total": len(rows),
        "rows": [
            {
                "source": zone_name(unit.source, words),
                "destination": zone_name(unit.destination, words),
                "service": service_name(unit, words),
                "flows": unit.flows,
                "last": unit.last,
                "systems": words.listed(list(unit.names))
                + (f" + {words.number(unit.systems - len(unit.names))}" if unit.systems > len(unit.names) else ""),
                "care": picture.services(unit.care, 3),
                "place": unit.proof.place if unit.proof else "",
            }
            for unit in rows[:MOST_FLOWS]
        ],
        "pairs": [
            drawing.cell_words(source, destination, pair, words)
            for (source, destination), pair in pairs
            if pair.seen or pair.dead
        ][:200],
    }


def services_of(picture: Picture) -> list[dict[str, Any]]:
    """Care services by what touches them: findings not under exception, and the checks they belong to."""
    from hygie.act.rows import rows

    sql = (
        "SELECT service, count(*) AS findings, string_agg(DISTINCT control, ' ' ORDER BY control) AS controls"
        " FROM (SELECT unnest(string_split(care_services, ' ')) AS service, control FROM finding"
        " WHERE coalesce(care_services, '') <> '' AND NOT coalesce(waived, false))"
        " WHERE service <> '' GROUP BY 1 ORDER BY findings DESC, 1"
    )
    sql_entities = "SELECT care_service, count(DISTINCT entity_id) AS entities FROM care_dependency GROUP BY 1"
    entities = {row["care_service"]: row["entities"] for row in rows(picture.store, sql_entities)}
    found = []
    for row in rows(picture.store, sql):
        known = load_services().get(row["service"], {})
        found.append(
            {
                **row,
                "title": picture.service(row["service"]),
                "tier": known.get("tier") or "–",
                "dmia": known.get("dmia"),
                "entities": entities.get(row["service"], 0),
            }
        )
    return found


def files_of(picture: Picture) -> list[dict[str, Any]]:
    """The register of evidence, bounded."""
    listed = picture.evidence[:MOST_FILES]
    return [{**row, "hash": f"{row['evidence_id'][:12]}…" if row["evidence_id"] else ""} for row in listed]
