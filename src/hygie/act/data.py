"""What the surfaces say, for a program: plain values behind `--json`."""

from __future__ import annotations

from typing import Any

from hygie.act import missing, verdicts
from hygie.act.anchors import anchors
from hygie.act.picture import Finding, Judged, Picture
from hygie.act.sentences import declared_sentence, finding_sentence, main_sentence, verdict_sentence, why_blind

TEN = 10


def summary_data(picture: Picture) -> dict[str, Any]:
    """The same facts for a program."""
    words = picture.words
    return {
        "sentence": main_sentence(picture),
        "verdicts": [
            {**one.row, "title": words.pick(one.card.title), "axes": list(one.card.axes)} for one in picture.judged
        ],
        "tally": verdicts.tally(one.verdict for one in picture.judged),
        "map": picture.figures,
        "foremost": [finding_data(one, picture) for one in picture.foremost(TEN)],
        "wanted": missing.wanted(picture),
        "rejected": [
            {name: row[name] for name in ("path", "member", "status", "reason", "hint")}
            for row in missing.rejected(picture)
        ],
        "refusals": picture.refusals,
    }


def finding_data(finding: Finding, picture: Picture) -> dict[str, Any]:
    """A finding for a program, with its sentence and the places of its proof."""
    judged = picture.one(finding.control)
    plain = {name: getattr(finding, name) for name in Finding.__dataclass_fields__ if name != "proof"}
    proof = [
        {
            "place": one.place,
            "evidence_id": one.evidence_id,
            "member": one.member,
            "position": one.position,
            "time": one.time,
        }
        for one in finding.proof
    ]
    return {
        **plain,
        "sentence": finding_sentence(finding, judged.card if judged else None, picture.words),
        "proof": proof,
    }


def check_data(picture: Picture, judged: Judged, *, most: int = 1000) -> dict[str, Any]:
    """One check for a program."""
    words = picture.words
    return {
        "verdict": dict(judged.row),
        "title": words.pick(judged.card.title),
        "sentence": verdict_sentence(judged, words),
        "declared": declared_sentence(judged, picture),
        "why_blind": why_blind(judged, words),
        "findings": [finding_data(one, picture) for one in picture.findings(judged.control, most)],
        "aside": [
            {
                name: row[name]
                for name in ("list", "subject", "subject_name", "values", "evidence_id", "member", "position")
            }
            for row in picture.asides(judged.control)
        ],
        "unseen": picture.unseen(judged.control),
        "remedy": words.pick(judged.card.remedy),
        "medical": judged.card.medical,
        "anchors": list(anchors(judged.card, words)),
    }
