"""`hygie report`: one self-contained HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hygie.cli.call import Call
from hygie.cli.verb import option, verb

if TYPE_CHECKING:
    from hygie.act.picture import Picture


@verb("report")
@option("--output", "-o", metavar="FILE", help="output")
def command(call: Call, output: str | None) -> None:
    """Explained by `help.report`."""
    with call.picture() as picture:
        path = write_report(call, picture, Path(output) if output else None)
        if call.json:
            call.emit({"report": path, "size": path.stat().st_size}, picture)
        else:
            call.screen.line(call.words.say("run.report_at", path=str(path)))


def write_report(call: Call, picture: Picture, output: Path | None = None) -> Path:
    """Write the report of a publication; the day of judgement names it."""
    from hygie import __version__
    from hygie.act.report import report
    from hygie.cli.progress import Teller
    from hygie.pipeline import original

    path = output or call.workspace().root / "reports" / f"hygie-{picture.store.as_of:%Y-%m-%d}.html"
    with Teller(call) as teller:
        teller.tell("report")
        text = report(picture, original, __version__)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return path
