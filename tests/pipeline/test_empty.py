"""A log that holds no record is told as such on every surface, and refuses nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from hygie.cli.root import hygie

from .small import AS_OF, conn_log, hospital


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_surface_speaks_of_an_empty_log(tmp_path: Path, language: str) -> None:
    workspace = hospital(tmp_path / "h")
    (workspace.root / "evidence" / "conn.night.log").write_bytes(conn_log([]))
    common = ["-w", str(workspace.root), "--lang", language]
    ran = CliRunner().invoke(hygie, ["run", *common, "--as-of", AS_OF.isoformat()])
    assert ran.exit_code == 0, ran.output
    for verb in (["doctor"], ["report"], ["check"], ["map"], ["check", "flows"]):
        shown = CliRunner().invoke(hygie, [*verb, *common])
        assert shown.exit_code == 0, shown.output
    page = next((workspace.root / "reports").glob("*.html")).read_text("utf-8")
    assert {"fr": "<td>vide</td>", "en": "<td>empty</td>"}[language] in page
