"""Which clauses of which text a check answers to, worded by the legal status of the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hygie.act.library import Card, load_frameworks
from hygie.words import Words

WITHOUT_BREACH = ("draft", "guidance", "adopted_not_transposed")


@dataclass(frozen=True)
class Anchor:
    """One clause: its text, its reference, what it asks in plain words, its standing, what kind of support we give."""

    framework: str
    title: str
    ref: str
    clause: str
    status: str
    support: str


def anchors(card: Card, words: Words) -> Sequence[Anchor]:
    """The clauses of a check; a draft or a guide yields a gap with the reference, never a breach."""
    known = load_frameworks()
    found = []
    for one in card.anchors:
        text = known.get(str(one.get("framework")), {})
        clause = (text.get("requirements") or {}).get(one.get("ref"))
        status = str(text.get("legal_status") or "")
        support = str(one.get("support") or "suggests")
        found.append(
            Anchor(
                str(one.get("framework")),
                words.pick(text.get("title")) or str(one.get("framework")),
                str(one.get("ref")),
                words.pick(clause.get("text", clause) if isinstance(clause, dict) else clause),
                standing(status, words),
                words.say(f"verdict.support_{support}") if words.knows(f"verdict.support_{support}") else support,
            )
        )
    return found


def standing(status: str, words: Words) -> str:
    """The legal status in words.

    >>> standing("draft", Words("en"))
    'draft: gap with the reference'
    """
    key = f"verdict.status_{status}"
    if words.knows(key):
        return words.say(key)
    return words.say("verdict.gap_with_reference") if status in WITHOUT_BREACH else status.replace("_", " ")
