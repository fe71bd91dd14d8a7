"""`hygie import`: how a table is understood; the mapping it lacks, written to be completed."""

from __future__ import annotations

from collections.abc import Iterable
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
    proposed: dict[str, Any] | None = None
    if kind and kind != found:
        proposed = tabular.propose(document, kind)
        written = _write(workspace.site / "mappings", path, kind, proposed, words)
    facts: dict[str, Any] = {"file": path, "kind": found or None, "nearest": explained, "mapping": written}
    if not found:
        facts["kinds"] = list(tabular.KINDS)
    if call.json:
        call.emit(facts)
        return
    if written and proposed:
        _tell_proposed(call, written, proposed)
    else:
        _tell(call, path, found, explained)


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


def _write(folder: Path, path: Path, kind: str, proposed: dict[str, Any], words: Words) -> Path:
    """The proposed mapping beside the site's others, never over one that is there."""
    import yaml

    from hygie.sources.tabular.normal import slug

    stem = slug(path.stem) or "table"
    target, attempt = folder / f"{kind}-{stem}.yaml", 1
    while target.exists():
        attempt += 1
        target = folder / f"{kind}-{stem}-{attempt}.yaml"
    folder.mkdir(parents=True, exist_ok=True)
    body = yaml.safe_dump(proposed, allow_unicode=True, sort_keys=False, width=110)
    target.write_text(f"# {words.say('import.how_to_complete')}\n{body}", "utf-8")
    return target


def _tell_proposed(call: Call, written: Path, proposed: dict[str, Any]) -> None:
    """The mapping just written: what it understood, what it leaves, how to complete it."""
    from hygie.act.terminal.layout import paragraph

    words, screen = call.words, call.screen
    known = [(title, name) for name, column in proposed["columns"].items() for title in column["headers"]]
    notes = proposed["notes"]
    _columns(call, known, notes["headers_left"])
    free = words.listed([f"`{name}`" for name in notes["columns_without_header"]])
    paragraph(screen, words.say("import.written", path=str(written)))
    if notes["headers_left"] and free:
        paragraph(screen, words.say("import.free", names=free), indent="  ")


def _columns(call: Call, known: Iterable[tuple[str, str]], left: Iterable[str]) -> None:
    """Each header of the file, with the column it was understood as."""
    from hygie.act.rows import clean
    from hygie.act.terminal.layout import Column, table

    words, screen = call.words, call.screen
    rows = [(str(clean(header)), f"→ {column.strip('_')}") for header, column in known]
    rows += [(str(clean(header)), screen.faint(words.say("import.left"))) for header in left if header]
    table(screen, [Column(words.say("import.header"), flexible=True), Column(words.say("import.column"))], rows, "  ")


def _tell(call: Call, path: Path, found: str, explained: Any) -> None:
    from hygie.act.terminal.layout import paragraph

    words, screen = call.words, call.screen
    if found:
        paragraph(screen, words.say("import.known", kind=_title(found, words)))
    elif explained is None:
        paragraph(screen, words.say("import.no_table"))
        return
    else:
        key = "import.unknown" if explained.kind else "import.unknown_none"
        paragraph(screen, words.say(key, kind=_title(explained.kind, words)))
    if explained is not None and (not found or explained.kind == found):
        _columns(call, explained.matched, explained.unmatched)
        for name in explained.missing:
            paragraph(screen, words.say("import.missing", name=name), indent="  ")
    if not found:
        _tell_choice(call, path, explained.kind)


def _title(kind: str, words: Words) -> str:
    """The name of a kind for people, with the word to write after `--kind`."""
    from hygie.act.library import load_kinds

    return f"{words.pick(load_kinds().get(kind, {}).get('title')) or '–'} ({kind})"


def _tell_choice(call: Call, path: Path, nearest: str) -> None:
    """The command that settles it; without a nearest kind, the kinds to choose from."""
    from hygie.act.library import load_kinds
    from hygie.act.terminal.layout import Column, paragraph, table
    from hygie.sources.tabular import KINDS

    words, screen = call.words, call.screen
    if not nearest:
        rows = [(kind, words.pick(load_kinds().get(kind, {}).get("title"))) for kind in KINDS]
        table(screen, [Column("--kind"), Column(words.say("import.kind"), flexible=True)], rows, "  ")
    command = f'`hygie import "{path}" --kind {nearest or "it-inventory"}`'
    key = "common.hint" if nearest else "import.example"
    paragraph(screen, words.say(key, hint=command))
