"""Write the demonstration hospital from the command line: python -m hygie.simulate TARGET."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from hygie.simulate import simulate


def main(words: list[str] | None = None) -> int:
    """Read the arguments and write the hospital."""
    parser = argparse.ArgumentParser(prog="python -m hygie.simulate", description=__doc__)
    parser.add_argument("target", type=Path)
    parser.add_argument("--beds", type=int, default=400)
    parser.add_argument("--days", type=int, default=92)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--connections", type=int)
    parser.add_argument("--directory", choices=("auto", "sharphound", "ldif"), default="auto")
    parser.add_argument("--plan", nargs="*", default=[], metavar="CONTROL=STATE")
    options = parser.parse_args(words)
    plan = dict(wish.split("=", 1) if "=" in wish else (wish, "") for wish in options.plan)
    try:
        truth = simulate(
            options.target,
            beds=options.beds,
            days=options.days,
            seed=options.seed,
            connections=options.connections,
            plan=plan,
            directory=options.directory,
        )
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"{options.target}: {truth.connections} connections, {len(truth.contradictions)} contradictions planted")
    return 0


if __name__ == "__main__":
    sys.exit(main())
