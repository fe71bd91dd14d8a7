"""The summary after a run: what was read, what is contradicted, what cannot be judged, what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hygie.act import missing, verdicts
from hygie.act.phrases import map_lines
from hygie.act.picture import Finding, Judged, Picture
from hygie.act.sentences import finding_sentence, main_sentence, second_sentence
from hygie.act.terminal.layout import Column, paragraph, table
from hygie.act.terminal.screen import Screen
from hygie.act.terminal.text import visible, wrap

TEN = 10
MOST_REJECTED = 8
MOST_GROUPS = 4
MOST_BLIND = 6


def summary(screen: Screen, picture: Picture, result: Any, report: str = "") -> None:
    """Write the whole summary."""
    _head(screen, picture)
    _read(screen, picture, result)
    _map(screen, picture)
    axes(screen, picture)
    foremost = picture.foremost(TEN)
    _foremost(screen, picture, foremost)
    _blind(screen, picture)
    _next(screen, picture, foremost, report)


def _head(screen: Screen, picture: Picture) -> None:
    words = picture.words
    screen.line()
    as_of = words.say("common.as_of", date=words.date(picture.store.as_of, clock=True))
    paragraph(screen, f"Hygie  {picture.store.workspace.name}, {as_of}")
    paragraph(screen, screen.bold(main_sentence(picture)))
    paragraph(screen, second_sentence(picture))


def _read(screen: Screen, picture: Picture, result: Any) -> None:
    words = picture.words
    screen.line()
    screen.rule(words.say("run.read_title"), words.say("run.seconds", seconds=words.number(result.seconds, 1)))
    kinds = missing.by_kind(picture)
    total = sum(row["rows"] for row in kinds)
    files = result.read + result.reused
    said = words.say("run.read_line", count=files, fresh=result.read, reused=result.reused, rows=total)
    paragraph(screen, said)
    for key in ("drop_evidence", "drop_declared") if not files else ():
        paragraph(screen, words.say(f"run.{key}"), indent="  ")
    if not result.changed:
        paragraph(screen, words.say("run.unchanged"))
    listed = [
        (
            missing.kind_title(picture, row["kind"]),
            words.number(row["files"]),
            words.number(row["rows"]),
            _period(row, picture),
        )
        for row in kinds
    ]
    heads = [words.say(f"run.{key}") for key in ("file_kind", "file_files", "file_rows", "file_period")]
    columns = [
        Column(heads[0], flexible=True),
        Column(heads[1], right=True),
        Column(heads[2], right=True),
        Column(heads[3]),
    ]
    table(screen, columns, listed, "  ")
    rejected(screen, picture, result.refused_files, result.refused_records)


def _period(row: dict[str, Any], picture: Picture) -> str:
    if row["first"] is None:
        return ""
    first, last = picture.words.date(row["first"]), picture.words.date(row["last"])
    return first if first == last else f"{first} → {last}"


def rejected(screen: Screen, picture: Picture, files: int, records: int, most: int = MOST_REJECTED) -> None:
    """What was refused: files with reason and hint, then the first place of refused records."""
    words = picture.words
    if not files and not records:
        paragraph(screen, words.say("run.refused_none"))
        return
    paragraph(screen, screen.paint(words.say("run.refused_line", files=files, records=records), "yellow"))
    listed = missing.rejected(picture)
    shown = 0
    for group in _alike(listed):
        part = group[: max(0, min(most - shown, most // MOST_GROUPS))]
        shown += len(part)
        _group(screen, picture, part)
    left = picture.refusals[: max(0, most - shown)]
    for row in left:
        count = f"× {words.number(int(row['count'] or 0))}"
        where = f"{row['path']}{'!' + row['member'] if row['member'] else ''}:{row['position']}"
        expected = words.say("common.expected", what=row["expected"]) if row["expected"] else ""
        _place(screen, picture, where, count, expected, row["hint"])
    more = len(listed) - shown + len(picture.refusals) - len(left)
    if more > 0:
        paragraph(screen, screen.faint(words.say("common.and_more", count=more) + " (hygie doctor)"), indent="  ")


def _alike(rows: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Refused files by reason and hint, the rarest reason first: what a person can settle is not drowned."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["status"], row["reason"], row["hint"]), []).append(row)
    return sorted(groups.values(), key=len)


def _group(screen: Screen, picture: Picture, rows: Sequence[dict[str, Any]]) -> None:
    """Files refused for one reason, which is said once."""
    for place, row in enumerate(rows, 1):
        last = place == len(rows)
        reason, hint = (row["reason"], row["hint"]) if last else (None, None)
        _place(screen, picture, _path(row), picture.words.say(f"run.status_{row['status']}"), reason, hint)


def _path(row: dict[str, Any]) -> str:
    return f"{row['path']}{'!' + row['member'] if row['member'] else ''}"


def _place(screen: Screen, picture: Picture, where: str, what: str, reason: str | None, hint: str | None) -> None:
    paragraph(screen, f"{where}  {screen.faint(what)}", indent="    ", first="  ")
    said = ". ".join(part.rstrip(".") for part in (reason, hint) if part)
    if said:
        paragraph(screen, said, indent="      ")


def _map(screen: Screen, picture: Picture) -> None:
    words = picture.words
    screen.line()
    screen.rule(words.say("run.map_title"))
    for line in map_lines(picture):
        paragraph(screen, line, indent="    ", first="  ")


def axes(screen: Screen, picture: Picture) -> None:
    """One line of signs per axis, and the legend in words."""
    words = picture.words
    screen.line()
    screen.rule(words.say("run.axes_title"), words.say("run.axes_note"))
    titles = {axis: words.say(f"verdict.{axis}") for axis, _ in picture.axes}
    room = max(map(len, titles.values()))
    for axis, judged in picture.axes:
        lines = _tally_lines(screen, judged, screen.width - room - 4)
        lines = lines or wrap(screen.faint(words.say("verdict.no_checks")), screen.width - room - 4)
        for place, line in enumerate(lines):
            screen.line(f"  {(titles[axis] if place == 0 else ''):<{room}}  {line}")
    legend(screen, picture)


def _tally_lines(screen: Screen, judged: list[Judged], width: int) -> list[str]:
    each = screen.sign_width + 1
    per_line = max(1, min(22, width // each))
    signs = [screen.sign(one.verdict) for one in judged]
    return [" ".join(signs[start : start + per_line]) for start in range(0, len(signs), per_line)]


def legend(screen: Screen, picture: Picture) -> None:
    """How many of each verdict, with its sign."""
    counts = verdicts.tally(judged.verdict for judged in picture.judged)
    pieces = [
        f"{screen.sign(verdict)} {picture.words.say(f'verdict.count_{verdict}', count=count)}"
        for verdict, count in counts.items()
    ]
    line = ""
    for piece in pieces:
        if line and visible(line) + visible(piece) + 5 > screen.width:
            screen.line("  " + line)
            line = ""
        line += ("   " if line else "") + piece
    screen.line("  " + line)


def _foremost(screen: Screen, picture: Picture, foremost: list[Finding]) -> None:
    words = picture.words
    screen.line()
    screen.rule(words.say("run.foremost_title"), words.say("run.foremost_note"))
    if not foremost:
        paragraph(screen, words.say("run.foremost_none"), indent="  ")
    for rank, finding in enumerate(foremost, 1):
        finding_lines(screen, picture, finding, f"{rank:>2} ")


def finding_lines(screen: Screen, picture: Picture, finding: Finding, lead: str = "") -> None:
    """A finding in two lines: its sentence; then its check, the care it touches, and the place of its proof."""
    words = picture.words
    judged = picture.one(finding.control)
    sign = screen.sign("WAIVED" if finding.waived else judged.verdict if judged else "CONTRADICTED")
    first = f"{lead}{sign} "
    indent = " " * visible(first)
    sentence = finding_sentence(finding, judged.card if judged else None, words)
    for place, line in enumerate(wrap(sentence, screen.width - len(indent))):
        screen.line((first if place == 0 else indent) + line)
    pieces = [finding.control]
    if finding.services:
        pieces.append(words.say("run.services", names=picture.services(finding.services, 3)))
    if finding.proof:
        more = finding.proofs - 1
        pieces.append(finding.proof[0].place + (" " + words.say("run.proof_more", count=more) if more > 0 else ""))
    for line in wrap("  ".join(pieces), screen.width - len(indent)):
        screen.line(indent + screen.faint(line))


def _blind(screen: Screen, picture: Picture) -> None:
    words = picture.words
    blind = missing.blind(picture)
    screen.line()
    screen.rule(words.say("run.blind_title"))
    if not blind:
        paragraph(screen, words.say("run.blind_none"), indent="  ")
    else:
        total = verdicts.applicable(one.verdict for one in picture.judged)
        said = words.say("run.blind_line", count=len(blind), total=total)
        paragraph(screen, said, indent="  ")
        rows = [(screen.sign("BLIND"), one["control"], one["why"], one["file"] or one["title"]) for one in blind]
        columns = [Column(), Column(), Column(flexible=True), Column(flexible=True)]
        table(screen, columns, rows[:MOST_BLIND], "  ")
        if len(rows) > MOST_BLIND:
            paragraph(screen, words.say("common.and_more", count=len(rows) - MOST_BLIND), indent="  ")
    best = missing.wanted(picture, 1)
    if best:
        said = words.say("run.blind_file", file=screen.bold(best[0].file), count=len(best[0].controls))
        paragraph(screen, said, indent="  ")


def _next(screen: Screen, picture: Picture, foremost: list[Finding], report: str) -> None:
    words = picture.words
    screen.line()
    if report:
        paragraph(screen, words.say("run.report_at", path=report))
        screen.line()
    screen.rule(words.say("run.next_title"))
    folder = picture.store.workspace.root
    rows = [("hygie check flows", words.say("run.next_flows"))]
    if foremost:
        rows.append((f"hygie show {foremost[0].id[:8]}", words.say("run.next_show")))
    rows.append(("hygie doctor", words.say("run.next_doctor")))
    if len(rows) < 3 or not report:
        rows.append(("hygie report", words.say("run.next_report")))
    table(
        screen, [Column(), Column(flexible=True)], [(here(command, folder), said) for command, said in rows[:3]], "  "
    )


def here(command: str, folder: Any) -> str:
    """A command that works from where the reader stands: with the workspace when it is not in it."""
    from pathlib import Path

    now = Path.cwd()
    root = Path(folder)
    if root == now or root in now.parents:
        return command
    shown = str(root.relative_to(now)) if now in root.parents else str(root)
    quoted = f'"{shown}"' if " " in shown else shown
    return f"{command} -w {quoted}"
