"""Sentences with their denominator: for a verdict, for a finding, for a case listed apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hygie.act import verdicts
from hygie.act.library import Card
from hygie.act.picture import Finding, Judged, Picture
from hygie.words import Words

UNLISTED = "unlisted"
FLOW_KEY = re.compile(r"^(?P<source>[^>]+)>(?P<destination>[^>]+) (?P<protocol>[a-z0-9*]+)/(?P<port>[0-9*-]+)$")
ZONES = ("zone", "source", "destination")
PLAIN = ("port", "rule", "vlan", "event", "id", "rid", "year", "number")


def say_values(values: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """Values of a finding ready for a sentence: ports and identifiers stay plain numbers.

    >>> say_values({"port": 3389, "flows": 3389}, Words("en"))
    {'port': '3389', 'flows': '3,389'}
    """
    return {name: _value(name, value, words) for name, value in values.items()}


def _value(name: str, value: Any, words: Words) -> str:
    if name in ZONES or name.endswith("_zone"):
        return zone_name(str(value), words)
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
        return words.date(value, clock=not midnight)
    if isinstance(value, int) and not isinstance(value, bool) and set(name.split("_")) & set(PLAIN):
        return str(value)
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return words.value(value)


def zone_name(name: str, words: Words) -> str:
    """The name of a zone; the one of addresses that no plan lists has no name of its own.

    >>> zone_name("unlisted", Words("en")), zone_name("BIOMED", Words("en"))
    ('outside the plan', 'BIOMED')
    """
    return words.say("map.zone_unlisted") if name == UNLISTED else name


def denominator(row: Mapping[str, Any], words: Words) -> str:
    r"""The figures of a verdict: failing, population, unseen, waived.

    >>> denominator({"failing": 7, "population": 212, "unseen": 31}, Words("en"))
    '7 of 212, 31 unseen'
    """
    population = int(row["population"] or 0)
    if not population:
        return words.say("verdict.no_population")
    text = words.say("verdict.of", count=int(row["failing"] or 0), population=population)
    for part in ("waived", "unseen"):
        count = int(row.get(part) or 0)
        if count:
            text += ", " + words.say(f"verdict.{part}", count=count)
    return text


def verdict_sentence(judged: Judged, words: Words) -> str:
    """The sentence of a check: its own when it has one for this verdict, else the common one."""
    row = judged.row
    values = {name: int(row[name] or 0) for name in ("failing", "population", "unseen", "waived")}
    values["seen"] = verdicts.seen(row)
    values["judged"] = values["population"] - values["unseen"]
    own = judged.card.sentence
    text = own.get(judged.verdict) or (own if "fr" in own or "en" in own else None)
    if text:
        return words.pick(text, **{**knob_values(judged.card, words), **values})
    return words.say(f"verdict.sentence_{judged.verdict}", count=values["failing"], **values)


def finding_sentence(finding: Finding, card: Card | None, words: Words) -> str:
    """Why a subject is a counter-example, with its values."""
    values = {**finding.values, "subject": readable(finding.name, words)}
    return reason_sentence(finding.reason, card, values, words)


def knob_values(card: Card, words: Words) -> dict[str, str]:
    """The settings of a check, for the sentences that name them."""
    return say_values({name: knob.get("default") for name, knob in card.knobs.items()}, words)


def readable(name: str, words: Words) -> str:
    """The name of a subject; the key of a flow is spelled out.

    >>> readable("Office>Imaging tcp/445", Words("en")), readable("SCAN-01", Words("en"))
    ('Office → Imaging, file sharing (SMB) tcp/445', 'SCAN-01')
    """
    parts = FLOW_KEY.match(name)
    if not parts:
        return name
    service = f"{parts['protocol']}/{parts['port']}"
    usual = words.say(f"service.{service}") + " " if words.knows(f"service.{service}") else ""
    source, destination = (zone_name(parts[end], words) for end in ("source", "destination"))
    return f"{source} → {destination}, {usual}{service}"


def capital(text: str) -> str:
    """A text that begins a line.

    >>> capital("les journaux"), capital("")
    ('Les journaux', '')
    """
    return text[:1].upper() + text[1:]


def reason_sentence(reason: str, card: Card | None, values: Mapping[str, Any], words: Words) -> str:
    """The sentence of a reason code of a check."""
    text = card.reasons.get(reason) if card else None
    if card is None or text is None:
        said = f"{values.get('subject', '')} ({reason})"
    else:
        chosen = {name: form for name, form in text.items() if name in ("fr", "en")}
        ready = {**knob_values(card, words), **say_values(values, words)}
        said = words.pick(chosen, **ready)
    return said[:1].upper() + said[1:] if said[:1].islower() and said.split(" ")[0].isalpha() else said


def why_blind(judged: Judged, words: Words) -> str:
    """Why a check cannot be judged yet."""
    code = str(judged.row.get("why_blind") or "")
    key = f"verdict.blind_{code}"
    return words.say(key, unseen=int(judged.row["unseen"] or 0)) if words.knows(key) else ""


def declared_sentence(judged: Judged, picture: Picture) -> str:
    """What is declared: the claim in its own words, else the list that declares, else nothing."""
    words = picture.words
    claims = [claim for claim in picture.claims(judged.control) if claim["affirmed"]]
    if claims and claims[0]["statement"]:
        return words.say("verdict.quoted", text=claims[0]["statement"])
    by = str(judged.row.get("declared_by") or "")
    key = f"verdict.declared_{by}"
    if judged.row.get("declared"):
        return words.say(key if words.knows(key) else "verdict.declared_claim")
    return words.say("verdict.declared_nothing")


def main_sentence(picture: Picture) -> str:
    """The one sentence of a page."""
    counts = verdicts.tally(judged.verdict for judged in picture.judged)
    total = verdicts.applicable(judged.verdict for judged in picture.judged)
    failing = counts.get("CONTRADICTED", 0)
    blind = counts.get("BLIND", 0)
    key = "verdict.main" if failing and blind else ("verdict.main_failing" if failing else "verdict.main_blind")
    return picture.words.say(key, count=failing, total=total, failing=failing, blind=blind)


def second_sentence(picture: Picture) -> str:
    """What the one sentence leaves out: proved, undeclared gaps; never an all-clear."""
    counts = verdicts.tally(judged.verdict for judged in picture.judged)
    return picture.words.say(
        "verdict.second" if counts.get("PROVED") else "verdict.second_none",
        count=counts.get("PROVED", 0),
        gaps=counts.get("SILENT_GAP", 0),
        proved=counts.get("PROVED", 0),
    )
