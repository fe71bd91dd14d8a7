"""Drawings as inline SVG: tallies, coverage bars, the flow matrix. Each has a title that says the finding."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from hygie.act.flows import Grid, Pair
from hygie.act.sentences import zone_name
from hygie.act.verdicts import SIGNS
from hygie.words import Words

STEP = 15
SIDE = 13
PER_ROW = 22
CELL = 30
LABEL = 168
HEAD = 116
TURNED = 84  # room at the right for the last turned label
LONGEST_LABEL = 24


def use(verdict: str, size: str = "") -> str:
    """The sign of a verdict, hidden from screen readers: the word stands beside it."""
    symbol = SIGNS[verdict].symbol
    return f'<svg class="g c-{symbol} {size}" aria-hidden="true"><use href="#v-{symbol}"/></svg>'


def tally(verdicts: Sequence[str], title: str) -> str:
    """One sign per check, in rows.

    >>> tally(["PROVED"], "1 proved").count("<use")
    1
    """
    rows = max(1, -(-len(verdicts) // PER_ROW))
    width, height = min(len(verdicts), PER_ROW) * STEP, rows * STEP
    signs = "".join(
        f'<use href="#v-{SIGNS[verdict].symbol}" class="c-{SIGNS[verdict].symbol}" x="{place % PER_ROW * STEP}"'
        f' y="{place // PER_ROW * STEP}" width="{SIDE}" height="{SIDE}"/>'
        for place, verdict in enumerate(verdicts)
    )
    head = f'<svg class="tally" role="img" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
    return f"{head}<title>{escape(title)}</title>{signs}</svg>"


def coverage(failing: int, seen: int, unseen: int, required: float, title: str) -> str:
    """Counter-examples, seen, unseen, in that order; a tick where proof would begin."""
    total = failing + seen + unseen
    if not total:
        return ""
    scale = 1000 / total
    widths = [max(6.0, part * scale) if part else 0.0 for part in (failing, seen, unseen)]
    stretch = 1000 / sum(widths)
    at, pieces = 0.0, []
    for name, width in zip(("bar-failing", "bar-seen", "bar-unseen"), widths, strict=True):
        if width:
            pieces.append(
                f'<rect class="{name}" x="{at:.1f}" y="0" width="{max(1.0, width * stretch - 2):.1f}" height="16"/>'
            )
            at += width * stretch
    tick = f'<path class="bar-tick" d="M{min(998.0, required * 1000):.1f} -3v22"/>' if required else ""
    head = '<svg class="coverage" role="img" viewBox="0 -3 1000 22" preserveAspectRatio="none">'
    return f"{head}<title>{escape(title)}</title>{''.join(pieces)}{tick}</svg>"


def matrix(grid: Grid, words: Words, title: str) -> str:
    """Zone by zone: filled = seen, red = never declared, dashed = declared never seen, hatched = nothing sees it."""
    count = len(grid.zones)
    width, height = LABEL + count * CELL + TURNED, HEAD + count * CELL + 8
    corner = escape(words.say("report.from_to"))
    parts = [f'<text class="axis" x="{LABEL - 8}" y="{HEAD - 10}" text-anchor="end">{corner}</text>']
    for place, zone in enumerate(grid.zones):
        turned = f"translate({LABEL + place * CELL + CELL / 2:.0f} {HEAD - 8}) rotate(-45)"
        parts.append(f'<text class="zone" transform="{turned}">{_label(zone_name(zone, words))}</text>')
        left = f'x="{LABEL - 8}" y="{HEAD + place * CELL + 19}" text-anchor="end"'
        parts.append(f'<text class="zone" {left}>{_label(zone_name(zone, words))}</text>')
    for row, source in enumerate(grid.zones):
        for column, destination in enumerate(grid.zones):
            parts.append(_cell(grid, source, destination, LABEL + column * CELL, HEAD + row * CELL, words))
    head = f'<svg class="matrix" role="img" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
    return f"{head}<title>{escape(title)}</title>{''.join(parts)}</svg>"


def _label(zone: str) -> str:
    short = zone if len(zone) <= LONGEST_LABEL else zone[: LONGEST_LABEL - 1] + "…"
    return f"{escape(short)}<title>{escape(zone)}</title>" if short != zone else escape(short)


def _cell(grid: Grid, source: str, destination: str, x: int, y: int, words: Words) -> str:
    if source == destination:
        return f'<path class="self" d="M{x + 10} {y + 15}h10"/>'
    pair = grid.cells.get((source, destination))
    if pair is None:
        return f'<circle class="nothing" cx="{x + 15}" cy="{y + 15}" r="1.2"/>'
    box = f'x="{x + 2}" y="{y + 2}" width="{CELL - 4}" height="{CELL - 4}"'
    drawn = _mark(pair, x, y, box)
    return f"<g><title>{escape(cell_words(source, destination, pair, words))}</title>{drawn}</g>"


def _mark(pair: Pair, x: int, y: int, box: str) -> str:
    """The square of a cell and the number on it."""
    at = f'x="{x + 15}" y="{y + 19}"'
    if pair.undeclared:
        inner = f'<rect class="also" x="{x + 5}" y="{y + 5}" width="20" height="20"/>'
        also = inner if pair.seen > pair.undeclared else ""
        return f'<rect class="red" {box}/>{also}<text class="n on" {at}>+{pair.undeclared}</text>'
    if pair.seen:
        step = 1 + (pair.seen > 2) + (pair.seen > 5) + (pair.seen > 9)
        return f'<rect class="h{step}" {box}/><text class="n n{step}" {at}>{pair.seen}</text>'
    if pair.dead:
        return f'<rect class="dead" {box}/><text class="n" {at}>{pair.dead}</text>'
    return f'<rect class="unseen" {box}/>'


def cell_words(source: str, destination: str, pair: Pair, words: Words) -> str:
    """A cell in words."""
    pieces = []
    for key, count in (("seen", pair.seen), ("undeclared", pair.undeclared), ("dead", pair.dead)):
        if count:
            pieces.append(words.say(f"report.cell_{key}", count=count))
    said = ", ".join(pieces) or words.say("report.cell_blind")
    source, destination = zone_name(source, words), zone_name(destination, words)
    return f"{source} → {destination}" + ("\u00a0: " if words.language == "fr" else ": ") + said
