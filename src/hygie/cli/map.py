"""`hygie map`: the map in numbers, or one kind of things on it."""

from __future__ import annotations

import difflib

from hygie.cli.call import Call
from hygie.cli.verb import argument, option, verb
from hygie.errors import UsageError


@verb("map")
@argument("kind", metavar="KIND", required=False)
@option("--find", metavar="TEXT", default="", help="find")
@option("--all", "everything", is_flag=True, help="all")
@option("--propose-pairs", "pairs", is_flag=True, help="propose_pairs")
def command(call: Call, kind: str | None, find: str, everything: bool, pairs: bool) -> None:
    """Explained by `help.map`."""
    from hygie.act.terminal.map import QUERIES, entities, list_view, map_view

    with call.picture() as picture:
        words = picture.words
        if pairs:
            _propose(call, picture)
            return
        chosen = kind or ("device" if find else "")
        if chosen and chosen not in QUERIES:
            close = difflib.get_close_matches(chosen, QUERIES, n=1, cutoff=0.7)
            if chosen.rstrip("s") in QUERIES or close:
                chosen = chosen.rstrip("s") if chosen.rstrip("s") in QUERIES else close[0]
            else:
                hint = words.say("error.kinds", names=", ".join(QUERIES))
                raise UsageError(words.say("error.no_kind", name=chosen), hint=hint)
        if call.json:
            call.emit(
                {"kind": chosen, "rows": entities(picture, chosen, find)} if chosen else {"map": picture.figures},
                picture,
            )
        elif chosen:
            list_view(call.screen, picture, chosen, find, everything=everything)
        else:
            map_view(call.screen, picture)


def _propose(call: Call, picture: object) -> None:
    from hygie.act.picture import Picture
    from hygie.act.sheets import propose_pairing
    from hygie.act.terminal.layout import paragraph
    from hygie.map.pairing import candidates

    assert isinstance(picture, Picture)
    path = call.workspace().root / "proposals" / "biomedical_pairing.xlsx"
    count = propose_pairing(candidates(picture.store), path)
    if call.json:
        call.emit({"proposal": path, "rows": count}, picture)
        return
    paragraph(call.screen, picture.words.say("map.pairs_written", count=count, path=str(path)))
    paragraph(call.screen, picture.words.say("map.pairs_next"))
