"""`hygie init`: make a workspace."""

from __future__ import annotations

from hygie.cli.call import Call
from hygie.cli.verb import argument, option, verb


@verb("init")
@argument("target", metavar="TARGET")
@option("--name", metavar="NAME", default="", help="name")
def command(call: Call, target: str, name: str) -> None:
    """Explained by `help.init`."""
    from hygie.act.terminal.layout import paragraph
    from hygie.workspace import encrypted_disk, init

    language = call.words.language
    made = init(target, name=name, language=language)
    call.use(made)
    words, screen = call.words, call.screen
    plain = encrypted_disk(made.root) is False
    if call.json:
        call.emit({"workspace": made.root, "name": made.name, "encrypted_disk": not plain})
        return
    screen.line(screen.bold(words.say("run.made", path=str(made.root))))
    for key in ("drop_evidence", "drop_declared", "drop_archives", "then_run"):
        paragraph(screen, words.say(f"run.{key}"), indent="  ")
    if plain:
        paragraph(call.log, words.say("run.plain_disk"))
