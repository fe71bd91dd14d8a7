"""Shared samples, read in place; a test that needs an absent one skips and names it."""

from __future__ import annotations

import gzip
import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def shared_folder() -> Path:
    """Where the samples lie: HYGIE_SHARED_DATA, else beside the project."""
    return Path(os.environ.get("HYGIE_SHARED_DATA", ROOT / "../shared/data")).resolve()


def sample_path(name: str) -> Path:
    path = shared_folder() / "samples_network" / name
    if not path.exists():
        pytest.skip(f"shared data file samples_network/{name} is absent (see ../shared/data/samples_network/README.md)")
    return path


def sample_bytes(name: str) -> bytes:
    """The original bytes of one sample: unpacked from .gz, the one member of a .zip."""
    data = sample_path(name).read_bytes()
    if name.endswith(".gz"):
        return gzip.decompress(data)
    if name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return archive.read(archive.namelist()[0])
    return data


def expected(folder: str) -> dict[str, dict[str, Any]]:
    """The facts of every file of a folder, by file name."""
    listed: dict[str, Any] = json.loads(sample_path(f"{folder}/expected.json").read_text("utf-8"))
    return {name: entry["facts"] for name, entry in listed.items()}
