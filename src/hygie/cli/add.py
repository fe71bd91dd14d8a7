"""`hygie add`: copy files into the workspace, never over another, never a dump of secrets."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from hygie.cli.call import Call
from hygie.cli.verb import argument, option, verb
from hygie.errors import UsageError, WorkspaceError
from hygie.words import Words

HEAD = 64 * 1024


@verb("add")
@argument("files", metavar="FILES", nargs=-1, required=True)
@option("--declared", is_flag=True, help="declared")
def command(call: Call, files: tuple[str, ...], declared: bool) -> None:
    """Explained by `help.add`."""
    workspace = call.workspace()
    words, screen = call.words, call.screen
    folder = workspace.root / ("declared" if declared else "evidence")
    sources = [_existing(given, words) for given in files]
    copied: list[str] = []
    kept: list[str] = []
    for source in sources:
        for path, inside in _walk(source):
            _refuse_secrets(path, words)
            target, fresh = put(path, folder / inside)
            (copied if fresh else kept).append(workspace.relative(target))
    if call.json:
        call.emit({"copied": copied, "already_there": kept})
        return
    for shown in copied:
        screen.line(f"  {shown}")
    screen.line(words.say("run.copied", count=len(copied), kept=len(kept)))
    screen.line(words.say("run.then_run"))


def _existing(given: str, words: Words) -> Path:
    path = Path(given).expanduser()
    if not path.exists():
        raise UsageError(words.say("error.no_file"), where=given, hint=words.say("error.no_file_hint"))
    return path


def _walk(source: Path) -> Iterator[tuple[Path, Path]]:
    """Plain files of a file or folder, with the path they keep; links are not followed."""
    if source.is_file():
        yield source, Path(source.name)
        return
    for folder, _, names in os.walk(source, followlinks=False):
        for name in sorted(names):
            path = Path(folder) / name
            if path.is_file() and not path.is_symlink() and not name.startswith("."):
                yield path, Path(source.resolve().name) / path.relative_to(source)


def _refuse_secrets(path: Path, words: Words) -> None:
    from hygie.workspace.secrets import holds_secrets

    with path.open("rb") as stream:
        if holds_secrets(stream.read(HEAD)):
            raise WorkspaceError(words.say("error.secrets"), where=str(path), hint=words.say("error.secrets_hint"))


def put(source: Path, wanted: Path) -> tuple[Path, bool]:
    """Copy a file where no other is; the same bytes under the same name are left alone."""
    target, attempt = wanted, 1
    while target.exists():
        if same(source, target):
            return target, False
        attempt += 1
        target = wanted.with_name(f"{wanted.stem} ({attempt}){wanted.suffix}")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    shutil.copyfile(source, partial)
    os.replace(partial, target)
    return target, True


def same(one: Path, other: Path) -> bool:
    """Whether two files hold the same bytes."""
    if one.stat().st_size != other.stat().st_size:
        return False
    with one.open("rb") as first, other.open("rb") as second:
        while piece := first.read(1024 * 1024):
            if piece != second.read(1024 * 1024):
                return False
    return True
