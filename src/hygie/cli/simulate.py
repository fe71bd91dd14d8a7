"""`hygie simulate`: write the demonstration hospital."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hygie.cli.call import Call
from hygie.cli.verb import argument, option, verb


@verb("simulate")
@argument("target", metavar="TARGET")
@option("--beds", type=int, default=400, help="beds")
@option("--days", type=int, default=92, help="days")
@option("--seed", type=int, default=7, help="seed")
@option("--connections", type=int, default=None, help="connections")
def command(call: Call, target: str, beds: int, days: int, seed: int, connections: int | None) -> None:
    """Explained by `help.simulate`."""
    root = write(call, Path(target), beds, days, seed, connections)
    if call.json:
        call.emit({"workspace": root, "beds": beds, "days": days, "seed": seed})
    else:
        call.screen.line(call.words.say("run.simulated", path=str(root)))


def last_evening() -> datetime:
    """Yesterday, 18:00 UTC: evidence written for it is neither stale nor later than its receipt."""
    return (datetime.now(UTC) - timedelta(days=1)).replace(hour=18, minute=0, second=0, microsecond=0)


def write(call: Call, target: Path, beds: int, days: int, seed: int, connections: int | None = None) -> Path:
    """Write a hospital into a fresh workspace, with progress on stderr."""
    from hygie.cli.progress import Teller
    from hygie.simulate import simulate
    from hygie.workspace import init

    words = call.words
    made = init(target, name=words.say("run.demo_name"), language=words.language)
    with Teller(call) as teller:

        def told(step: str, share: float) -> None:
            teller.tell("simulate", round(100 * share), 100, step)

        try:
            simulate(
                made.root, beds=beds, days=days, seed=seed, connections=connections, as_of=last_evening(), progress=told
            )
        except ValueError as error:
            from hygie.errors import UsageError

            raise UsageError(str(error), hint=words.say("error.see_help", command="hygie simulate")) from None
    call.use(made)
    return made.root
