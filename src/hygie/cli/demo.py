"""`hygie demo`: an invented hospital from nothing to its report, in one command."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from hygie.cli.call import Call
from hygie.cli.verb import argument, option, verb
from hygie.errors import UsageError

MARK = "demonstration.json"


@verb("demo")
@argument("target", metavar="TARGET", default="hygie-demo")
@option("--beds", type=int, default=400, help="beds")
@option("--days", type=int, default=92, help="days")
@option("--seed", type=int, default=7, help="seed")
def command(call: Call, target: str, beds: int, days: int, seed: int) -> None:
    """Explained by `help.demo`."""
    from hygie.cli.report import write_report
    from hygie.cli.run import go, tell

    wanted = {"beds": beds, "days": days, "seed": seed}
    _prepare(call, Path(target), wanted)
    truth = json.loads((Path(target) / "truth.json").read_text("utf-8"))
    result = go(call, datetime.fromisoformat(truth["as_of"]))
    with call.picture() as picture:
        path = write_report(call, picture)
    tell(call, result, str(path))


def _prepare(call: Call, target: Path, wanted: dict[str, int]) -> None:
    """Write the hospital, unless the same one is already there."""
    from hygie.cli.simulate import write
    from hygie.workspace import Workspace

    mark = target / ".hygie" / MARK
    if mark.is_file() and json.loads(mark.read_text("utf-8")) == wanted:
        call.use(Workspace(target.resolve()))
        return
    if target.exists() and any(target.iterdir()):
        words = call.words
        raise UsageError(words.say("error.demo_target"), where=str(target), hint=words.say("error.demo_target_hint"))
    write(call, target, wanted["beds"], wanted["days"], wanted["seed"])
    mark.write_text(json.dumps(wanted), "utf-8")
