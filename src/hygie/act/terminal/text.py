"""Text in columns: its width on a terminal, wrapped, cut. Colours take no room."""

from __future__ import annotations

import re
import unicodedata

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
PAINTED = re.compile(r"(\x1b\[[0-9;]+m)([^\x1b]*)(\x1b\[0m)")


def visible(text: str) -> int:
    r"""How many columns a text takes: colours take none, wide characters two.

    >>> visible("\x1b[31mab\x1b[0m"), visible("日本")
    (2, 4)
    """
    bare = ESCAPE.sub("", text)
    if bare.isascii():
        return len(bare)
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in bare)
    marks = sum(unicodedata.combining(character) > 0 for character in bare)
    return len(bare) + wide - marks


def wrap(text: str, width: int, indent: str = "") -> list[str]:
    """Lines of at most `width` columns, cut at blanks, or inside a word that is too long alone.

    >>> wrap("one two three", 8)
    ['one two', 'three']
    """
    painted = PAINTED.fullmatch(text)
    if painted:  # a colour that spans lines is put on each of them
        return [indent + painted[1] + line + painted[3] for line in wrap(painted[2], width - len(indent))]
    lines: list[str] = []
    current = ""
    for word in text.split(" "):
        candidate = f"{current} {word}" if current else word
        if current and visible(candidate) > width - len(indent):
            lines.append(indent + current)
            current = word
        else:
            current = candidate
        while visible(current) > width - len(indent) and not ESCAPE.search(current):
            lines.append(indent + current[: width - len(indent)])
            current = current[width - len(indent) :]
    return [*lines, indent + current] if current or not lines else lines


def cut(text: str, width: int) -> str:
    """A text cut in its middle, so that file names keep their line number.

    >>> cut("evidence/zeek/conn.log.gz:88412", 20)
    'evidence/…g.gz:88412'
    """
    if visible(text) <= width or ESCAPE.search(text):
        return text
    if width <= 3:
        return text[:width]
    head = (width - 1) // 2
    tail = width - 1 - head
    return text[:head] + "…" + text[len(text) - tail :]
