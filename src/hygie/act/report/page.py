"""What the report says, gathered from a publication and set into the page."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from hygie.act import missing, verdicts
from hygie.act.phrases import map_lines
from hygie.act.picture import Picture
from hygie.act.report import drawing, sections
from hygie.act.report.lines import Lines
from hygie.act.sentences import capital, main_sentence, second_sentence
from hygie.act.walk import Original

FOLDER = Path(__file__).parent


@cache
def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _coded(text: str) -> Any:
    """A text with its `code` spans set as code, everything else escaped."""
    from markupsafe import Markup, escape

    pieces = text.split("`")
    if len(pieces) < 3:
        return text
    spans = (f"<code>{escape(piece)}</code>" if place % 2 else str(escape(piece)) for place, piece in enumerate(pieces))
    return Markup("".join(spans))  # noqa: S704 (escaped piece by piece)


def report(picture: Picture, original: Original, version: str = "") -> str:
    """The whole page as text; nothing in it refers to another file or address."""
    from markupsafe import Markup

    words = picture.words
    lines = Lines(picture, original)
    template = _environment().get_template("report.html")
    foremost = [sections.finding_of(picture, one, lines, with_lines=True) for one in picture.foremost(10)]
    sides = [sections.side_of(picture, one) for one in picture.judged if one.verdict == "CONTRADICTED"]
    return str(
        template.render(
            w=words,
            say=lambda key, **given: _coded(words.say(key, **given)),
            capital=capital,
            version=version,
            style=Markup((FOLDER / "templates" / "style.css").read_text("utf-8")),  # noqa: S704 (our own file)
            sprite=Markup((FOLDER / "templates" / "sprite.svg").read_text("utf-8")),  # noqa: S704 (our own file)
            use=lambda verdict, size="": Markup(drawing.use(verdict, size)),  # noqa: S704 (no text of others in it)
            order=verdicts.ORDER[:-1],
            hospital=picture.store.workspace.name,
            as_of=picture.store.as_of,
            snapshot=picture.store.snapshot,
            lead=main_sentence(picture),
            sub=second_sentence(picture),
            counts=verdicts.tally(one.verdict for one in picture.judged),
            axes=sections.axes_of(picture),
            foremost=foremost,
            sides=sides,
            flows=sections.flows_of(picture),
            checks=[sections.check_of(picture, one, lines) for one in picture.judged],
            blind=missing.blind(picture),
            wanted=missing.wanted(picture),
            map_lines=map_lines(picture),
            devices=picture.figures["devices"],
            services=sections.services_of(picture),
            kinds=[{**row, "title": missing.kind_title(picture, row["kind"])} for row in missing.by_kind(picture)],
            stale=missing.stale(picture),
            rejected=missing.rejected(picture)[: sections.MOST_FILES],
            refusals=picture.refusals[: sections.MOST_FILES],
            files=sections.files_of(picture),
            files_total=len(picture.evidence),
        )
    )
