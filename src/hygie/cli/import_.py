"""`hygie import`: how a table is understood; the mapping it lacks, written to be completed."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hygie.cli.call import Call
from hygie.cli.verb import argument, option, verb
from hygie.errors import UsageError

if TYPE_CHECKING:
    from hygie.sources.base import Document
    from hygie.words import Words


@verb("import")
@argument("file", metavar="FILE", required=True)
@option("--kind", metavar="KIND", help="kind")
def command(call: Call, file: str, kind: str | None) -> None:
    """Explained by `help.import`."""
    from hygie.sources import tabular

    workspace = call.workspace()
    words = call.words
    path = Path(file).expanduser()
    if not path.is_file():
        raise UsageError(words.say("error.no_file"), where=file, hint=words.say("error.no_file_hint"))
    document = _document(path, workspace.site / "mappings", words)
    found, _ = tabular.detect_document(document)
    explained = tabular.explain_document(document)
    written: Path | None = None
    if kind and kind != found:
        written = _write(workspace.site / "mappings", path, kind, tabular.propose(document, kind))
    facts: dict[str, Any] = {"file": path, "kind": found or None, "nearest": explained, "mapping": written}
    if call.json:
        call.emit(facts)
        return
    _tell(call, found, explained, written)


def _document(path: Path, site: Path, words: Words) -> Document:
    """The first readable stream of the file, with the mappings of the site."""
    from hygie.sources.base import Document
    from hygie.workspace.containers import Limits, members

    settings = {"mappings": [str(found) for found in sorted(site.glob("*.yaml"))]}
    for member in members(path, Limits()):
        if member.refusal is not None:
            raise member.refusal
        return Document(str(path), member.open, member.size, member=member.name, settings=settings)
    raise UsageError(words.say("import.empty"), where=str(path), hint=words.say("error.no_file_hint"))


def _write(folder: Path, path: Path, kind: str, proposed: dict[str, Any]) -> Path:
    """The proposed mapping beside the site's others, never over one that is there."""
    import yaml

    plain = unicodedata.normalize("NFKD", path.stem).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-") or "table"
    target, attempt = folder / f"{kind}-{stem}.yaml", 1
    while target.exists():
        attempt += 1
        target = folder / f"{kind}-{stem}-{attempt}.yaml"
    folder.mkdir(parents=True, exist_ok=True)
    target.write_text(yaml.safe_dump(proposed, allow_unicode=True, sort_keys=False, width=110), "utf-8")
    return target


def _tell(call: Call, found: str, explained: Any, written: Path | None) -> None:
    from hygie.act.rows import clean
    from hygie.act.terminal.layout import Column, paragraph, table

    words, screen = call.words, call.screen
    if found:
        paragraph(screen, words.say("import.known", kind=found))
    elif explained is None:
        paragraph(screen, words.say("import.no_table"))
        return
    else:
        paragraph(screen, words.say("import.unknown", kind=explained.kind or "–"))
    if explained is not None and (not found or explained.kind == found):
        rows = [(str(clean(header)), f"→ {column.strip('_')}") for header, column in explained.matched]
        rows += [(str(clean(header)), screen.faint(words.say("import.left"))) for header in explained.unmatched]
        table(
            screen, [Column(words.say("import.header"), flexible=True), Column(words.say("import.column"))], rows, "  "
        )
        for name in explained.missing:
            paragraph(screen, words.say("import.missing", name=name), indent="  ")
    if written:
        paragraph(screen, words.say("import.written", path=str(written)))
    elif not found:
        paragraph(screen, words.say("common.hint", hint=f"`{explained.command}`"))
