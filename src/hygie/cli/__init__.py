"""The command line: `main()`; each verb is one small file, loaded only when it is called."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `hygie` and leave with its exit code: 0 done, 1 failed, 2 usage, 3 something refused, 4 workspace busy."""
    from hygie.cli.root import hygie

    hygie.main(args=list(arguments) if arguments is not None else None, prog_name="hygie")
