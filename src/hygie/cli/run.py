"""`hygie run`: bring a workspace up to date, and sum it up."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from hygie.cli.call import Call
from hygie.cli.verb import option, verb

if TYPE_CHECKING:
    from hygie.pipeline import RunResult

REFUSED = 3


@verb("run")
@option("--as-of", metavar="DATE", help="as_of")
@option("--verify", is_flag=True, help="verify")
def command(call: Call, as_of: str | None, verify: bool) -> int:
    """Explained by `help.run`."""
    from hygie.cli.moment import moment

    workspace = call.workspace()
    judged_at = moment(as_of, workspace.timezone, call.words) if as_of else None
    result = go(call, judged_at, verify=verify)
    tell(call, result)
    return REFUSED if result.refused_files or result.refused_records else 0


def go(call: Call, as_of: datetime | None = None, *, verify: bool = False) -> RunResult:
    """Run the chain with progress on stderr."""
    from hygie import pipeline
    from hygie.cli.progress import Teller

    with Teller(call) as teller:
        return pipeline.run(call.workspace().root, as_of, verify=verify, progress=teller)


def tell(call: Call, result: RunResult, report: str = "") -> None:
    """What was read, the map in numbers, the verdicts, what matters most, what to do next."""
    from hygie.act.data import summary_data
    from hygie.act.terminal.summary import summary

    with call.picture() as picture:
        if call.json:
            call.emit({"run": result, **summary_data(picture)}, picture)
        else:
            summary(call.screen, picture, result, report)
