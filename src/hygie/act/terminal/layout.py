"""Paragraphs, columns and coverage bars on a screen of any width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hygie.act.terminal.screen import Screen
from hygie.act.terminal.text import cut, visible, wrap

GAP = 2
LEAST = 6
RIBBON = 14  # narrower than this, sentences are stacked instead


@dataclass(frozen=True)
class Column:
    """One column: its title, whether numbers stand at the right, whether it may be narrowed, its largest width."""

    title: str = ""
    right: bool = False
    flexible: bool = False
    largest: int = 0


def paragraph(screen: Screen, text: str, indent: str = "", first: str | None = None) -> None:
    """Write a text over as many lines as it needs; `first` begins the first line instead of the indent."""
    for place, line in enumerate(wrap(text, screen.width - len(indent))):
        screen.line((first if first is not None and place == 0 else indent) + line)


def table(
    screen: Screen,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    indent: str = "",
    below: Sequence[str] = (),
) -> None:
    """Write aligned rows; flexible columns give way and wrap, the others keep their width; `below` goes under each."""
    if not rows:
        return
    widths = _widths(columns, rows, screen.width - len(indent))
    if _too_narrow(columns, widths, rows):
        _stacked(screen, rows, indent, below)
        return
    if any(column.title for column in columns):
        heads = [
            [screen.faint(line) for line in wrap(column.title, width)]
            for column, width in zip(columns, widths, strict=True)
        ]
        _write(screen, columns, widths, heads, indent)
    for place, row in enumerate(rows):
        cells = [_cell(text, column, width) for text, column, width in zip(row, columns, widths, strict=True)]
        _write(screen, columns, widths, cells, indent)
        if below and below[place]:
            paragraph(screen, screen.faint(below[place]), indent=indent + " " * 2 * GAP)


def _too_narrow(columns: Sequence[Column], widths: Sequence[int], rows: Sequence[Sequence[str]]) -> bool:
    """Whether a column of sentences would be a ribbon."""
    natural = [max(visible(row[place]) for row in rows) for place in range(len(columns))]
    return any(
        column.flexible and width < min(RIBBON, wanted)
        for column, width, wanted in zip(columns, widths, natural, strict=True)
    )


def _stacked(screen: Screen, rows: Sequence[Sequence[str]], indent: str, below: Sequence[str]) -> None:
    """One row after the other, each cell on its own lines under the first; short cells share a line."""
    for number, row in enumerate(rows):
        lines: list[str] = []
        current = ""
        for cell in (cell for cell in row if cell.strip()):
            joined = f"{current}  {cell}" if current else cell
            if visible(current) > LEAST and visible(joined) > screen.width - len(indent) - GAP:
                lines.append(current)
                current = cell
            else:
                current = joined
        for place, line in enumerate([*lines, current]):
            paragraph(screen, line, indent=indent + " " * GAP, first=indent if place == 0 else None)
        if below and below[number]:
            paragraph(screen, screen.faint(below[number]), indent=indent + " " * 2 * GAP)


def _cell(text: str, column: Column, width: int) -> list[str]:
    if visible(text) <= width:
        return [text]
    return wrap(text, width) if column.flexible and " " in text.strip() else [cut(text, width)]


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[str]], available: int) -> list[int]:
    natural = [
        max(visible(column.title), *(visible(row[place]) for row in rows)) for place, column in enumerate(columns)
    ]
    natural = [min(width, column.largest or width) for width, column in zip(natural, columns, strict=True)]
    excess = sum(natural) + GAP * (len(columns) - 1) - available
    for flexible in (True, False):
        while excess > 0:
            candidates = [
                place for place, column in enumerate(columns) if column.flexible is flexible and natural[place] > LEAST
            ]
            if not candidates:
                break
            widest = max(candidates, key=lambda place: natural[place])
            natural[widest] -= 1
            excess -= 1
    return natural


def _write(
    screen: Screen, columns: Sequence[Column], widths: Sequence[int], cells: Sequence[Sequence[str]], indent: str
) -> None:
    for place in range(max(len(cell) for cell in cells)):
        pieces = []
        for column, width, cell in zip(columns, widths, cells, strict=True):
            text = cell[place] if place < len(cell) else ""
            blank = " " * max(0, width - visible(text))
            pieces.append(blank + text if column.right else text + blank)
        screen.line(indent + (" " * GAP).join(pieces))


def coverage_bar(screen: Screen, failing: int, seen: int, unseen: int, width: int = 40) -> str:
    """Counter-examples, seen, unseen, in that order; anything that exists takes at least one cell.

    >>> import io
    >>> coverage_bar(Screen(io.StringIO(), environment={}), 7, 174, 31, 20)
    '█▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓░░░'
    """
    total = failing + seen + unseen
    if not total:
        return ""
    cells = [max(1, round(part * width / total)) if part else 0 for part in (failing, seen, unseen)]
    while sum(cells) != width:
        largest = max(range(3), key=lambda place: cells[place])
        cells[largest] += 1 if sum(cells) < width else -1
    return screen.paint("█" * cells[0], "red") + "▓" * cells[1] + screen.faint("░" * cells[2])
