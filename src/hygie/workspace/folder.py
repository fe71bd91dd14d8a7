"""The folder of a hospital: where things are in it, how it is made, what is in it now."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from hygie.errors import WorkspaceError
from hygie.workspace.config import FILE, Settings, read_settings

INPUTS = ("evidence", "declared")
FOLDERS = (*INPUTS, "proposals", "reports", "site")
SYNCHRONISED = (
    "onedrive",
    "dropbox",
    "google drive",
    "googledrive",
    "icloud drive",
    "nextcloud",
    "seafile",
    "synologydrive",
)
PASSED_OVER = (".", "~$")
FIRST_SETTINGS = """# Settings of this workspace; `hygie doctor` shows the effective values and where each comes from.
name: "{name}"
language: {language}
timezone: Europe/Paris
"""
OFFICE_LEFTOVERS = frozenset({"thumbs.db", "desktop.ini"})


@dataclass(frozen=True)
class Workspace:
    """One folder that holds a hospital's evidence, tables, decisions and reports; everything to back up is in it."""

    root: Path

    @cached_property
    def settings(self) -> Settings:
        """The effective settings."""
        return read_settings(self.root)

    @property
    def name(self) -> str:
        """The hospital's name, else the folder's."""
        return str(self.settings["name"]) or self.root.name

    @property
    def timezone(self) -> str:
        """The time zone of local times."""
        return str(self.settings["timezone"])

    @property
    def hidden(self) -> Path:
        """What Hygie keeps for itself."""
        return self.root / ".hygie"

    @property
    def parts(self) -> Path:
        """Rows read, by hash of the evidence."""
        return self.hidden / "parts"

    @property
    def snapshots(self) -> Path:
        """What was published, oldest first by name."""
        return self.hidden / "snapshots"

    @property
    def state_file(self) -> Path:
        """The SQLite file."""
        return self.hidden / "state.sqlite"

    @property
    def site(self) -> Path:
        """The hospital's own content, never overwritten."""
        return self.root / "site"

    @property
    def layers(self) -> tuple[Path, ...]:
        """Where content beyond the shipped one is found, weakest first: packs by name, then the hospital's own."""
        return (*sorted(path for path in (self.root / "packs").glob("*") if path.is_dir()), self.site)

    def files(self) -> Iterator[tuple[Path, os.stat_result | None]]:
        """What stands under `evidence/` and `declared/`, sorted; links are never followed; None: a closed folder."""
        for folder in INPUTS:
            yield from _walk(self.root / folder)

    def relative(self, path: Path) -> str:
        """A path as it is shown and stored: from the root, with `/`."""
        return path.relative_to(self.root).as_posix()


def _walk(folder: Path) -> Iterator[tuple[Path, os.stat_result | None]]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        if folder.exists():
            yield folder, None
        return
    for entry in entries:
        if entry.name.startswith(PASSED_OVER) or entry.name.lower() in OFFICE_LEFTOVERS:
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path))
        else:
            yield Path(entry.path), entry.stat(follow_symlinks=False)


def find(start: Path | str = ".") -> Workspace:
    """The workspace that holds `start`: the nearest folder upwards with a hygie.yaml."""
    here = Path(start).expanduser().resolve()
    for folder in (here, *here.parents):
        if (folder / FILE).is_file():
            return Workspace(folder)
    raise WorkspaceError("no workspace here or above", where=str(here), hint="make one with `hygie init my-hospital`")


def init(path: Path | str, *, name: str = "", language: str = "fr") -> Workspace:
    """Make a workspace; an existing one is left as it is, a synchronised folder is refused."""
    root = Path(path).expanduser().resolve()
    lowered = [part.lower() for part in root.parts]
    if any(part.startswith(SYNCHRONISED) for part in lowered):
        raise WorkspaceError(
            "expected a folder that is not synchronised with a cloud",
            where=str(root),
            hint="evidence of a hospital stays on its own disks: choose a local folder",
        )
    try:
        for folder in FOLDERS:
            (root / folder).mkdir(parents=True, exist_ok=True)
        (root / ".hygie").mkdir(mode=0o700, exist_ok=True)
        for kept in ("parts", "snapshots", "temporary"):
            (root / ".hygie" / kept).mkdir(exist_ok=True)
        settings = root / FILE
        if not settings.exists():
            settings.write_text(FIRST_SETTINGS.format(name=name, language=language), "utf-8")
    except OSError as error:
        raise WorkspaceError(
            f"the folder cannot be written ({error.strerror})", where=str(root), hint="choose another folder"
        ) from None
    return Workspace(root)


def hash_file(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(1024 * 1024):
            digest.update(piece)
    return digest.hexdigest()


def encrypted_disk(path: Path) -> bool | None:
    """Whether the disk of `path` is encrypted; None where it cannot be told."""
    try:
        mounts = [line.split()[:2] for line in Path("/proc/mounts").read_text().splitlines()]
    except OSError:
        return None
    held = [(point, device) for device, point in mounts if str(path).startswith(point)]
    device = max(held, default=("", ""))[1]
    return True if "crypt" in device or "luks" in device else (False if device.startswith("/dev/") else None)
