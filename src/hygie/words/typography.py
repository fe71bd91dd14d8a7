"""Typography of each language, so that authors write plain text.

French: a non-breaking space before `:` and inside quotes, a narrow one before `; ! ? %` and between thousands, the
curly apostrophe; both languages: no line break between a number and its unit. Text between backquotes is code.
"""

from __future__ import annotations

import re
from functools import lru_cache

SPACE = "\u00a0"
NARROW = "\u202f"
UNIT = (
    r"(?:h|min|s|j|d|ms|%|€|k€|M€|o|ko|Mo|Go|To|kB|MB|GB|TB|jours?|days?|heures?|hours?|mois|months?|ans?|years?"
    r"|janv\.|févr\.|mars|avr\.|mai|juin|juil\.|août|sept\.|oct\.|nov\.|déc\.|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
)
NUMBER_THEN_UNIT = re.compile(rf"(?<=[0-9}}]) (?={UNIT}(?![\w]))")
CODE = re.compile(r"(`[^`]*`)")
FRENCH = (
    (re.compile(r"(?<=\w)'(?=\w)"), "’"),
    (re.compile(r'"([^"\n]*)"'), rf"«{SPACE}\1{SPACE}»"),
    (re.compile(r"«[ \u00a0\u202f]*"), f"«{SPACE}"),
    (re.compile(r"[ \u00a0\u202f]*»"), f"{SPACE}»"),
    (re.compile(r"(?<=[\w)»}.…]) :(?=\s|$)"), f"{SPACE}:"),
    (re.compile(r"(?<=[a-zà-ÿ)»]):(?=\s|$)"), f"{SPACE}:"),
    (re.compile(r"(?<=[\w)»}.…]) *([;!?]+)(?=[\s)»]|$)"), rf"{NARROW}\1"),
    (re.compile(r"(?<=[0-9}]) ?%"), f"{NARROW}%"),
    (re.compile(r"(?<=[0-9]) (?=[0-9]{3}(?![0-9]))"), NARROW),
    (re.compile(r"(?<=[0-9}]) h (?=[0-9{])"), f"{SPACE}h{SPACE}"),
    (re.compile(r"(?<=n°) "), SPACE),
)


@lru_cache(maxsize=4096)
def typeset(text: str, language: str) -> str:
    r"""The text as its language prints it; applying it twice changes nothing.

    >>> typeset("l'hôpital : 7 sur 212 ; prêt ?", "fr")
    'l’hôpital\xa0: 7 sur 212\u202f; prêt\u202f?'
    >>> typeset("tapez `hygie show 'x' ;` : 40 %", "fr")
    "tapez `hygie show 'x' ;`\xa0: 40\u202f%"
    >>> typeset("what's seen: 30 days", "en")
    "what's seen: 30\xa0days"
    """
    parts = CODE.split(text)
    for place in range(0, len(parts), 2):
        before_code = place + 1 < len(parts)
        parts[place] = _plain(parts[place], language, after_code=place > 0, before_code=before_code)
    return "".join(parts)


def _plain(text: str, language: str, *, after_code: bool, before_code: bool) -> str:
    if language == "fr":
        # a code span stands for a word: what touches it is set as if a letter stood there
        text = ("x" if after_code else "") + text + ("x" if before_code else "")
        for pattern, replacement in FRENCH:
            text = pattern.sub(replacement, text)
        text = text[1:] if after_code else text
        text = text[:-1] if before_code else text
    return NUMBER_THEN_UNIT.sub(SPACE, text)
