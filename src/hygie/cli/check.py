"""`hygie check`: verdicts; one check; flows; the matrix to sign."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hygie.cli.call import Call
from hygie.cli.verb import argument, option, verb
from hygie.errors import UsageError

if TYPE_CHECKING:
    from hygie.act.picture import Judged, Picture

FLOWS = "flows"


@verb("check")
@argument("control", metavar="CONTROL", required=False)
@option("--propose", is_flag=True, help="propose")
@option("--framework", metavar="NAME", help="framework")
@option("--all", "everything", is_flag=True, help="all")
def command(call: Call, control: str | None, propose: bool, framework: str | None, everything: bool) -> None:
    """Explained by `help.check`."""
    with call.picture() as picture:
        if propose:
            _propose(call, picture)
        elif control and control.lower() in (FLOWS, "flux"):
            _flows(call, picture, everything)
        elif control:
            _one(call, picture, control, everything)
        else:
            _list(call, picture, framework)


def _propose(call: Call, picture: Picture) -> None:
    from hygie.act.sheets import propose_matrix
    from hygie.act.terminal.layout import paragraph

    path = call.workspace().root / "proposals" / "flow_matrix.xlsx"
    count = propose_matrix(picture, path)
    if call.json:
        call.emit({"proposal": path, "rows": count}, picture)
        return
    paragraph(call.screen, picture.words.say("check.proposed", path=str(path), count=count))
    paragraph(call.screen, picture.words.say("check.proposed_next"))


def _flows(call: Call, picture: Picture, everything: bool) -> None:
    from hygie.act.terminal.flows import flows_data, flows_view

    if call.json:
        call.emit(flows_data(picture), picture)
    else:
        flows_view(call.screen, picture, everything=everything)


def _one(call: Call, picture: Picture, control: str, everything: bool) -> None:
    from hygie.act.data import check_data
    from hygie.act.terminal.check import one_check

    judged = picture.one(control)
    if judged is None:
        words = picture.words
        names = ", ".join(one.control for one in picture.judged)
        raise UsageError(words.say("error.no_check", name=control), hint=words.say("error.checks", names=names))
    if call.json:
        call.emit(check_data(picture, judged, most=100_000 if everything else 1000), picture)
    else:
        one_check(call.screen, picture, judged, everything=everything)


def _list(call: Call, picture: Picture, framework: str | None) -> None:
    from hygie.act.data import check_data
    from hygie.act.sentences import main_sentence, second_sentence
    from hygie.act.terminal.check import listing
    from hygie.act.terminal.layout import paragraph

    judged = _tied(picture, framework) if framework else picture.judged
    if call.json:
        call.emit({"checks": [check_data(picture, one, most=0) for one in judged]}, picture)
        return
    screen, words = call.screen, picture.words
    if framework:
        _framework_head(call, picture, framework)
        if not judged:
            paragraph(screen, words.say("check.framework_none"))
            return
    else:
        paragraph(screen, screen.bold(main_sentence(picture)))
        paragraph(screen, second_sentence(picture))
    screen.line()
    listing(screen, picture, judged)


def _tied(picture: Picture, framework: str) -> list[Judged]:
    from hygie.act.library import load_frameworks

    known = load_frameworks()
    if framework not in known:
        words = picture.words
        hint = words.say("error.frameworks", names=", ".join(known))
        raise UsageError(words.say("error.no_framework", name=framework), hint=hint)
    return [one for one in picture.judged if any(a.get("framework") == framework for a in one.card.anchors)]


def _framework_head(call: Call, picture: Picture, framework: str) -> None:
    from hygie.act.anchors import standing
    from hygie.act.library import load_frameworks
    from hygie.act.terminal.layout import paragraph

    text = load_frameworks()[framework]
    words = picture.words
    status = standing(str(text.get("legal_status") or ""), words)
    said = words.say("check.framework_title", title=words.pick(text.get("title")), status=status)
    paragraph(call.screen, call.screen.bold(said))
