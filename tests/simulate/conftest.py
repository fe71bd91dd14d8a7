"""Small hospitals, each written once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hygie.simulate import simulate


def written(folder: Path, **wishes: Any) -> tuple[Path, dict[str, Any]]:
    """Write a hospital and read its truth back from the file."""
    simulate(folder, **{"beds": 20, "days": 40, "seed": 3, "connections": 4000, **wishes})
    return folder, json.loads((folder / "truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def lively(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The default plan: many contradictions, every verdict at least once."""
    return written(tmp_path_factory.mktemp("lively"), days=92, connections=6000)


@pytest.fixture(scope="session")
def tidy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A hospital where everything is proved, its directory as LDIF."""
    from hygie.simulate import CONTROLS

    plan = dict.fromkeys(CONTROLS, "PROVED")
    return written(tmp_path_factory.mktemp("tidy"), plan=plan, directory="ldif")


@pytest.fixture(scope="session")
def blind(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A hospital where nothing can be judged: one mirrored network, missing files."""
    from hygie.simulate import CONTROLS

    return written(tmp_path_factory.mktemp("blind"), plan=dict.fromkeys(CONTROLS, "BLIND"), seed=5)
