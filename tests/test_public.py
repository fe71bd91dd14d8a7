"""The public door: exactly these names, each documented, and light to import."""

from __future__ import annotations

import subprocess
import sys

import hygie


def test_every_public_name_exists_and_says_what_it_is_for() -> None:
    undocumented = [name for name in hygie.__all__ if not (getattr(hygie, name).__doc__ or "").strip()]
    assert undocumented == []


def test_importing_hygie_imports_no_heavy_library() -> None:
    code = "import hygie, sys; print([m for m in ('duckdb', 'pyarrow', 'numpy', 'yaml', 'rich') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
