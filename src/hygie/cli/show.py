"""`hygie show`: walk a name back to its evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hygie.cli.call import Call
from hygie.cli.verb import argument, option, verb
from hygie.errors import UsageError

if TYPE_CHECKING:
    from hygie.words import Words


@verb("show")
@argument("identity", metavar="IDENTITY", required=True)
@option("--all", "everything", is_flag=True, help="all")
def command(call: Call, identity: str, everything: bool) -> None:
    """Explained by `help.show`."""
    from hygie.act import walk

    with call.picture() as picture:
        found = walk.resolve(picture, identity)
        if found == walk.Found():
            words = picture.words
            near = walk.near(picture, identity)
            hint = (
                words.say("error.nearest", names=", ".join(near))
                if near
                else words.say("error.not_found_hint", name=identity)
            )
            raise UsageError(words.say("error.not_found", name=identity), hint=hint)
        (_as_data if call.json else _on_screen)(call, picture, found, everything)


def _as_data(call: Call, picture: object, found: object, everything: bool) -> None:
    from hygie.act.data import check_data
    from hygie.act.picture import Picture
    from hygie.act.terminal import show
    from hygie.act.walk import Found
    from hygie.pipeline import original

    assert isinstance(picture, Picture)
    assert isinstance(found, Found)
    if found.judged:
        call.emit({"check": check_data(picture, found.judged)}, picture)
    elif found.finding:
        call.emit({"finding": show.finding_data(picture, found.finding, original)}, picture)
    elif found.entity:
        call.emit(show.entity_data(picture, found.entity), picture)
    else:
        call.emit({"several": list(found.several)}, picture)


def _on_screen(call: Call, picture: object, found: object, everything: bool) -> None:
    from hygie.act.picture import Picture
    from hygie.act.terminal import show
    from hygie.act.terminal.layout import Column, paragraph, table
    from hygie.act.walk import Found
    from hygie.pipeline import original

    assert isinstance(picture, Picture)
    assert isinstance(found, Found)
    screen = call.screen
    if found.judged:
        show.show_check(screen, picture, found.judged, original)
    elif found.finding:
        show.show_finding(screen, picture, found.finding, original)
    elif found.entity:
        show.show_entity(screen, picture, found.entity, everything=everything)
    else:
        paragraph(screen, picture.words.say("map.several"))
        listed = [
            (
                str(one["id"])[:24],
                _kind(picture.words, str(one["kind"])),
                str(one.get("name") or ""),
                str(one.get("ip") or ""),
            )
            for one in found.several
        ]
        table(screen, [Column(), Column(), Column(flexible=True), Column(flexible=True)], listed, "  ")


def _kind(words: Words, kind: str) -> str:
    """What an entity is, in the words of the reader."""
    return words.say(f"map.one_{kind}") if words.knows(f"map.one_{kind}") else kind
