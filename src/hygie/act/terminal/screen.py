"""A screen: what a terminal can show (width, colour, signs), and writing to it without ever failing on a character."""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata
from collections.abc import Mapping
from typing import TextIO

from hygie.act.terminal.text import visible, wrap
from hygie.act.verdicts import ORIGIN_SIGNS, SIGNS

COLOURS = {
    "red": "31",
    "green": "32",
    "yellow": "33",
    "magenta": "35",
    "cyan": "36",
    "grey": "90",
    "bold": "1",
    "dim": "2",
}
PROBE = "■✗◌▨⧗□✓◧▭≠→█░·"
PLAIN = {
    "\u00a0": " ", "\u202f": " ", "’": "'", "«": '"', "»": '"', "…": "...", "–": "-", "—": "-", "→": "->", "≠": "!=",
    "·": "-", "─": "-", "│": "|", "█": "#", "░": ".", "▓": "=", "œ": "oe", "Œ": "OE", "€": "EUR", "≥": ">=", "≤": "<=",
    "▒": "*", "›": ">", "×": "x", "✓": "v", "✗": "x", "┃": "|",
}  # fmt: skip
NARROWEST, WIDEST = 40, 120


class Screen:
    """Where text goes: a stream with its width, whether it takes colour, whether it can show the signs.

    >>> import io
    >>> screen = Screen(io.StringIO(), environment={}, width=60)
    >>> screen.colour, screen.sign("PROVED")
    (False, '□✓')
    """

    def __init__(
        self, stream: TextIO | None = None, *, environment: Mapping[str, str] | None = None, width: int | None = None
    ) -> None:
        self.stream = stream or sys.stdout
        environment = os.environ if environment is None else environment
        encoding = getattr(self.stream, "encoding", None) or "utf-8"
        self.encoding = encoding
        self.signs = _can_show(encoding)
        terminal = bool(getattr(self.stream, "isatty", lambda: False)())
        self.terminal = terminal
        wanted = environment.get("FORCE_COLOR", "") not in ("", "0")
        self.colour = (terminal or wanted) and "NO_COLOR" not in environment and environment.get("TERM") != "dumb"
        self.width = max(NARROWEST, min(WIDEST, width or shutil.get_terminal_size((100, 24)).columns))

    def line(self, text: str = "") -> None:
        """Write one line, with plain letters where the terminal's encoding has no others."""
        self.stream.write(self.encodable(text.rstrip()) + "\n")

    def encodable(self, text: str) -> str:
        """The text in the characters this terminal can show."""
        if self.signs:
            return text
        plain = "".join(PLAIN.get(character, character) for character in text)
        try:
            plain.encode(self.encoding)
        except UnicodeEncodeError:
            return "".join(_closest(character, self.encoding) for character in plain)
        return plain

    def paint(self, text: str, *styles: str) -> str:
        """The text in a colour or weight, where colours are taken."""
        codes = [COLOURS[style] for style in styles if style in COLOURS]
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if self.colour and codes and text else text

    def bold(self, text: str) -> str:
        """The text in bold."""
        return self.paint(text, "bold")

    def faint(self, text: str) -> str:
        """The text in the quiet ink."""
        return self.paint(text, "grey")

    def sign(self, verdict: str) -> str:
        """The sign of a verdict, in its colour, always as wide."""
        sign = SIGNS.get(verdict, SIGNS["NOT_APPLICABLE"])
        text = sign.unicode if self.signs else sign.ascii
        return self.paint(text, sign.colour, *(["bold"] if verdict == "CONTRADICTED" else []))

    @property
    def sign_width(self) -> int:
        """How many columns a sign takes."""
        return 2 if self.signs else 3

    def origin(self, origin: str) -> str:
        """The sign of an origin: declared hollow, observed solid, inferred half."""
        sign = ORIGIN_SIGNS.get(origin)
        if sign is None:
            return " " if self.signs else "   "
        return sign.unicode if self.signs else sign.ascii

    def rule(self, title: str = "", note: str = "") -> None:
        """A section: its title and note, over a line."""
        if title:
            gap = self.width - visible(title) - visible(note)
            beside = note and gap >= 3
            *first, last = wrap(title, self.width)
            for line in first:
                self.line(self.bold(line))
            self.line(self.bold(last) + (" " * gap + self.faint(note) if beside else ""))
            for line in wrap(note, self.width) if note and not beside else ():
                self.line(self.faint(line))
        self.line(self.faint("─" * self.width))


def _can_show(encoding: str) -> bool:
    try:
        PROBE.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _closest(character: str, encoding: str) -> str:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        base = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
        return base or "?"
    return character
