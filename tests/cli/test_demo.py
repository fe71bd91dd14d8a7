"""The whole chain from the command line on a small invented hospital: summary, report, walking back, masks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hygie.cli.root import hygie

pytestmark = pytest.mark.slow


def call(*arguments: str) -> Result:
    return CliRunner().invoke(hygie, list(arguments))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    root = tmp_path_factory.mktemp("démo") / "hôpital de démonstration"
    return root, call("demo", str(root), "--beds", "20", "--days", "7", "--lang", "fr")


def test_the_summary_says_it_all(demo: tuple[Path, Result]) -> None:
    root, result = demo
    assert result.exit_code == 0, result.output
    for part in ("points de contrôle", "Ce qui a été lu", "La carte en chiffres", "Verdicts par axe", "Angles morts"):
        assert part in result.stdout
    assert "Traceback" not in result.output
    assert "hygie doctor -w" in result.stdout
    assert len(list((root / "reports").glob("*.html"))) == 1


def test_patients_never_reach_a_surface(demo: tuple[Path, Result]) -> None:
    root, result = demo
    truth = json.loads((root / "truth.json").read_text("utf-8"))
    markers = [str(marker) for marker in truth["patient_markers"]]
    assert markers
    page = next((root / "reports").glob("*.html")).read_text("utf-8")
    shown = [call("show", one, "-w", str(root)).output for one in ("NET-02", "NET-07", "INV-01", "RA-03")]
    for marker in markers:
        assert marker not in page
        assert all(marker not in text for text in (*shown, result.output))


def test_every_contradiction_walks_back_to_a_line(demo: tuple[Path, Result]) -> None:
    root, _ = demo
    as_of = json.loads((root / "truth.json").read_text("utf-8"))["as_of"]
    summary = json.loads(call("run", "-w", str(root), "--as-of", as_of, "--json").stdout)
    assert summary["run"]["changed"] is False
    foremost = summary["foremost"]
    assert foremost
    for finding in foremost:
        data = json.loads(call("show", finding["id"], "-w", str(root), "--json").stdout)
        assert data["finding"]["proof"], finding["sentence"]
        assert any(line["hit"] and line["text"] for line in data["finding"]["proof"][0]["lines"])


def test_check_flows_stays_readable(demo: tuple[Path, Result]) -> None:
    root, _ = demo
    text = call("check", "flows", "-w", str(root)).stdout
    assert len([line for line in text.splitlines() if "tcp/" in line or "udp/" in line]) <= 60
    proposed = json.loads(call("check", "flows", "--propose", "-w", str(root), "--json").stdout)
    assert Path(proposed["proposal"]).is_file()
