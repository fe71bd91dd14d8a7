"""`hygie content`: try every check on its two proof sets, or list what there is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hygie.cli.call import Call
from hygie.cli.verb import argument, verb
from hygie.errors import ContentError, UsageError, WorkspaceError

ACTIONS = ("check", "list")
LISTS = ("checks", "frameworks", "sources")


@verb("content")
@argument("action", metavar="ACTION", default="list")
@argument("what", metavar="WHAT", required=False)
def command(call: Call, action: str, what: str | None) -> int:
    """Explained by `help.content`."""
    words = call.words
    if action not in ACTIONS:
        raise UsageError(words.say("error.action", name=action), hint=words.say("error.actions"))
    if what and what not in LISTS:
        hint = words.say("error.choices", names=", ".join(LISTS))
        raise UsageError(words.say("error.choice", name=what), hint=hint)
    folders = _folders(call)
    return _check(call, folders) if action == "check" else _list(call, folders, what or "")


def _folders(call: Call) -> list[Any]:
    """The shipped checks, then those of packs and the hospital's own when there is a workspace."""
    from hygie.content_files import CONTENT

    try:
        return [layer / "controls" for layer in (CONTENT, *call.workspace().layers)]
    except WorkspaceError:
        return [CONTENT / "controls"]


def _check(call: Call, folders: list[Any]) -> int:
    from hygie.assess import check_proofs, load_controls

    words, screen = call.words, call.screen
    try:
        controls = load_controls(folders)
    except ContentError as error:
        if call.json:
            call.emit({"faults": [str(error)], "checks": 0})
            return 1
        raise
    faults = {control.id: [str(fault) for fault in check_proofs(control)] for control in controls}
    bad = {name: found for name, found in faults.items() if found}
    if call.json:
        call.emit({"faults": bad, "checks": len(faults)})
        return 1 if bad else 0
    from hygie.act.terminal.layout import paragraph

    for name, found in bad.items():
        for fault in found:
            paragraph(screen, f"{name}  {fault}", indent="  ")
    screen.line(words.say("content.checked", count=len(faults), bad=len(bad)))
    return 1 if bad else 0


def _list(call: Call, folders: list[Any], what: str) -> int:
    from hygie.act.library import load_cards, load_frameworks, load_kinds
    from hygie.act.terminal.layout import Column, table

    words, screen = call.words, call.screen
    cards = load_cards([folder.parent for folder in folders[1:]])
    own = {path.name for folder in folders[1:] for path in folder.glob("*")}
    if call.json:
        checks = [{"id": card.id, "title": words.pick(card.title), "own": card.id in own} for card in cards.values()]
        call.emit({"checks": checks, "frameworks": list(load_frameworks()), "kinds": list(load_kinds())})
        return 0
    rows = [
        (
            card.id,
            words.pick(card.title),
            words.say(f"verdict.severity_{card.severity}"),
            words.say("content.own") if card.id in own else "",
        )
        for card in cards.values()
    ]
    texts = [
        (name, words.pick(text.get("title")), str(text.get("as_of") or "")) for name, text in load_frameworks().items()
    ]
    sources = [
        (name, words.pick(kind.get("title")), words.pick(kind.get("how"))) for name, kind in load_kinds().items()
    ]
    wide, plain = Column(flexible=True), Column()
    lists: dict[str, tuple[list[Column], Sequence[Sequence[str]]]] = {
        "checks": ([plain, wide, plain, plain], rows),
        "frameworks": ([plain, wide, plain], texts),
        "sources": ([plain, wide, wide] if what else [plain, wide], sources if what else [row[:2] for row in sources]),
    }
    for name in [what] if what else LISTS:
        columns, listed = lists[name]
        screen.rule(words.say(f"content.{name}"), str(len(listed)))
        table(screen, columns, listed, "  ")
        screen.line()
    return 0
