"""The folder of a hospital: evidence register, rows read, publications, decisions."""

from __future__ import annotations

from hygie.workspace.config import Setting, Settings
from hygie.workspace.folder import Workspace, encrypted_disk, find, init
from hygie.workspace.store import Store, open_store

__all__ = ["Setting", "Settings", "Store", "Workspace", "encrypted_disk", "find", "init", "open_store"]
