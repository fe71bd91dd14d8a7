"""Hide patients and secrets wherever an original line is shown, and make its characters harmless for a screen."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import re2
import yaml

FILE = Path(__file__).parent.parent / "content" / "masks.yaml"
HIDDEN = "▒▒▒▒"
LONGEST = 2_000


@dataclass(frozen=True)
class Mask:
    """The masks in force; each hides the group `hide` of its pattern.

    >>> Mask.load().apply("PID|1||123^^^IPP||DUPONT^ANNE")
    'PID|▒▒▒▒'
    >>> Mask.load().apply("2026-11-24 ouverture de session jdurand")
    '2026-11-24 ouverture de session jdurand'
    """

    patterns: tuple[tuple[Any, tuple[str, ...]], ...]

    @classmethod
    @cache
    def load(cls) -> Mask:
        """The shipped masks."""
        declared = yaml.safe_load(FILE.read_text("utf-8"))
        return cls(tuple((re2.compile(mask["pattern"]), tuple(mask.get("kinds", ()))) for mask in declared.values()))

    def apply(self, text: str, kind: str = "") -> str:
        """The text with everything a mask names hidden; nothing else changes."""
        for pattern, kinds in self.patterns:
            if not kinds or kind.startswith(kinds):
                text = _hide(pattern, text)
        return text


def _hide(pattern: Any, text: str) -> str:
    pieces, last, at = [], 0, 0
    while found := pattern.search(text, at):
        start, end = found.span(pattern.groupindex["hide"])
        if start < end:
            pieces += [text[last:start], HIDDEN]
            last = end
        at = max(end, found.start() + 1)  # not the end of the match: what closes one segment opens the next
    return "".join([*pieces, text[last:]]) if pieces else text


def harmless(text: str, longest: int = LONGEST) -> str:
    r"""Text that cannot steer a terminal: control and direction characters are shown, not sent; long lines are cut.

    >>> harmless("a\x1b[31mb\tc")
    'a\\x1b[31mb\tc'
    """
    cut = text[:longest] + (f" … (+{len(text) - longest})" if len(text) > longest else "")
    return "".join(character if _printable(character) else _shown(character) for character in cut)


def _printable(character: str) -> bool:
    return character == "\t" or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def _shown(character: str) -> str:
    return f"\\x{ord(character):02x}" if ord(character) < 256 else f"\\u{ord(character):04x}"
