"""Hygie: from files a hospital already has to a map of its information system and proven verdicts.

This module is the whole public Python API; everything else may move.

    import hygie

    workspace = hygie.init("my-hospital")          # then drop files into evidence/ and declared/
    result = hygie.run(workspace.root)             # reads what is new, rebuilds map and verdicts, publishes whole
    store = hygie.open_store(workspace.root)       # the publication in force, to read
    store.query("SELECT control, verdict FROM verdict").to_pandas()   # Arrow; .to_pylist(), polars.from_arrow(…)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hygie.errors import HygieError
    from hygie.pipeline import RunResult, original, run
    from hygie.simulate import simulate
    from hygie.workspace import Store, Workspace, find, init, open_store

__version__ = "0.1.0"
__all__ = [
    "HygieError",
    "RunResult",
    "Store",
    "Workspace",
    "__version__",
    "find",
    "init",
    "open_store",
    "original",
    "run",
    "simulate",
]

_HOMES = {
    "HygieError": "hygie.errors",
    "RunResult": "hygie.pipeline",
    "original": "hygie.pipeline",
    "run": "hygie.pipeline",
    "simulate": "hygie.simulate",
    "Store": "hygie.workspace",
    "Workspace": "hygie.workspace",
    "find": "hygie.workspace",
    "init": "hygie.workspace",
    "open_store": "hygie.workspace",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: `hygie --help` needs none of them."""
    if name not in _HOMES:
        raise AttributeError(f"module 'hygie' has no attribute {name!r}")
    from importlib import import_module

    found = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found
