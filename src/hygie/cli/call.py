"""One call of `hygie`: its language, its workspace, where it writes."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hygie.words import Words, choose_language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hygie.act.picture import Picture
    from hygie.act.terminal import Screen
    from hygie.workspace import Workspace
    from hygie.workspace.store import Store

FORMAT = 1


class Call:
    """What every verb is given: options common to all, words, screens, and the way to the workspace."""

    def __init__(self, language: str | None = None) -> None:
        self.asked_language = language
        self.folder: str | None = None
        self.json = False
        self.command = ""
        self._workspace: Workspace | None = None

    @property
    def words(self) -> Words:
        """The words of this call; the workspace's language counts when neither option nor environment says."""
        held = self._workspace
        language = choose_language(self.asked_language, os.environ, str(held.settings["language"]) if held else None)
        return Words(language, held.timezone if held else "Europe/Paris")

    @property
    def screen(self) -> Screen:
        """Where data go."""
        from hygie.act.terminal import Screen

        return Screen(sys.stdout)

    @property
    def log(self) -> Screen:
        """Where progress, warnings and errors go."""
        from hygie.act.terminal import Screen

        return Screen(sys.stderr)

    def workspace(self) -> Workspace:
        """The workspace of `--workspace`, else the nearest one upwards."""
        if self._workspace is None:
            from hygie.workspace import find

            self._workspace = find(self.folder or os.environ.get("HYGIE_WORKSPACE") or ".")
        return self._workspace

    def use(self, workspace: Workspace) -> None:
        """Work in a workspace that was just made."""
        self._workspace = workspace

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The current publication, freed afterwards."""
        from hygie.workspace import open_store

        opened = open_store(self.workspace().root)
        try:
            yield opened
        finally:
            opened.close()

    @contextmanager
    def picture(self) -> Iterator[Picture]:
        """The current publication as surfaces show it."""
        from hygie.act.picture import Picture

        with self.store() as opened:
            yield Picture(opened, self.words)

    def emit(self, data: Mapping[str, Any], picture: Picture | None = None) -> None:
        """Write the versioned JSON answer of a verb."""
        import orjson

        head: dict[str, Any] = {"hygie": FORMAT, "command": self.command}
        if picture is not None:
            head |= {"as_of": picture.store.as_of, "snapshot": picture.store.snapshot}
        options = orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS
        sys.stdout.write(orjson.dumps(head | dict(data), default=_plain, option=options).decode() + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "__dataclass_fields__"):
        return {name: getattr(value, name) for name in value.__dataclass_fields__}
    return list(value) if isinstance(value, (set, frozenset, tuple)) else str(value)
