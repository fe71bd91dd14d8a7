from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

HOSPITAL = Path(__file__).parent.parent / "act" / "hospital.py"


def hospital_module() -> ModuleType:
    if "hospital" not in sys.modules:
        spec = importlib.util.spec_from_file_location("hospital", HOSPITAL)
        assert spec
        assert spec.loader
        sys.modules["hospital"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["hospital"])
    return sys.modules["hospital"]


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*os.environ]:
        if name.startswith(("HYGIE_", "LC_", "LANG", "FORCE_COLOR", "NO_COLOR")) and name != "HYGIE_SHARED_DATA":
            monkeypatch.delenv(name)


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace whose publication is the hand-made hospital."""
    from hygie import workspace

    made = workspace.init(tmp_path / "CH de Montfauve é", name="Centre hospitalier de Montfauve")
    hospital: Any = hospital_module().Hospital(made.root)
    monkeypatch.setattr(hospital, "close", lambda: None)  # one publication for several calls
    monkeypatch.setattr(workspace, "open_store", lambda root, snapshot=None: hospital)
    monkeypatch.setattr("hygie.pipeline.original", hospital_module().original)
    monkeypatch.chdir(made.root / "evidence")
    return made.root
