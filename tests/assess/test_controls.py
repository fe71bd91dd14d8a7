"""Loading checks: shipped, then the hospital's own; every fault found at once, each with its place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hygie.assess import check_proofs, load_controls, read_controls
from hygie.errors import ContentError
from tests.assess.hand import CONTROLS


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site" / "controls"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def shipped_one(tmp_path: Path) -> Path:
    """A folder that ships one check, so that loading stays quick."""
    folder = tmp_path / "content" / "controls"
    shutil.copytree(CONTROLS / "RA-01", folder / "RA-01")
    return folder


def test_a_site_file_changes_knobs_and_severity_and_says_where(shipped_one: Path, site: Path) -> None:
    (site / "RA-01.yaml").write_text("severity: high\nknobs:\n  window: 30\n  factors: {default: 3}\n", "utf-8")
    (control,) = load_controls([shipped_one, site])
    assert control.sheet.severity == "high"
    assert control.sheet.values == {"window": 30, "factors": 3}
    assert control.sheet.knobs["window"].unit == "day"
    assert control.origins["knobs.window"] == "site/controls/RA-01.yaml:3"
    assert control.layers == ("content/controls/RA-01/control.yaml", "site/controls/RA-01.yaml")


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("fails: SELECT 1\n", "site/controls/RA-01.yaml:1: `fails` cannot be changed here"),
        ("knobs:\n  windw: 3\n", "site/controls/RA-01.yaml:2: `windw` is no knob of RA-01"),
        ("knobs:\n  window: soon\n", "site/controls/RA-01.yaml:2: `window`: expected a value like 93"),
        ("knobs:\n  window: 0\n", "site/controls/RA-01.yaml:2: `window`: expected 1.0 to 732.0, found 0"),
        ("severity: urgent\n", "site/controls/RA-01.yaml:1: `severity`"),
        ("coverage: {required: 3.0}\n", "site/controls/RA-01.yaml:1: `coverage.required`"),
        ("severity: [\n", "site/controls/RA-01.yaml:2:1: expected YAML"),
        ("severity: high\nseverity: low\n", "site/controls/RA-01.yaml:2: the key `severity` is there twice"),
        ("- a\n", "site/controls/RA-01.yaml: expected `key: value` lines"),
    ],
)
def test_a_faulty_site_file_is_refused_with_its_line(shipped_one: Path, site: Path, written: str, told: str) -> None:
    (site / "RA-01.yaml").write_text(written, "utf-8")
    with pytest.raises(ContentError) as caught:
        load_controls([shipped_one, site])
    assert told in str(caught.value)


def test_a_site_file_for_an_unknown_check_is_refused(shipped_one: Path, site: Path) -> None:
    (site / "RA-99.yaml").write_text("severity: high\n", "utf-8")
    _, faults = read_controls([shipped_one, site])
    assert [str(fault) for fault in faults] == ["site/controls/RA-99.yaml: no check is called RA-99"]


def own_check(site: Path) -> Path:
    """A hospital's own check, made from a shipped one."""
    folder = site / "RA-07"
    shutil.copytree(CONTROLS / "RA-01", folder)
    sheet = (folder / "control.yaml").read_text("utf-8").replace("id: RA-01", "id: RA-07")
    (folder / "control.yaml").write_text(sheet, "utf-8")
    return folder


def test_a_hospital_adds_its_own_check_with_its_proofs(shipped_one: Path, site: Path) -> None:
    own_check(site)
    controls = load_controls([shipped_one, site])
    assert [control.id for control in controls] == ["RA-01", "RA-07"]
    assert check_proofs(controls[1]) == []


@pytest.mark.parametrize("kind", ["fires", "quiet"])
def test_a_check_without_its_proof_is_refused(site: Path, kind: str) -> None:
    shutil.rmtree(own_check(site) / kind)
    _, faults = read_controls([site])
    assert [str(fault) for fault in faults] == [
        f"site/controls/RA-07/{kind}: expected a folder with at least one TABLE.ndjson"
    ]


def test_all_faults_of_a_check_are_told_at_once_with_line_and_column(site: Path) -> None:
    folder = own_check(site)
    sheet = folder / "control.yaml"
    text = sheet.read_text("utf-8")
    text = text.replace("s.factors IS NULL", "s.factrs IS NULL").replace("AS d_time,", "AS d_time, now() AS d_now,")
    text = text.replace("family: RA", "family: ID")
    sheet.write_text(text, "utf-8")
    (folder / "quiet" / "remote_session.ndjson").write_text('{"acount": "x"}\n{"factors": "two"}\nnot json\n', "utf-8")
    (folder / "quiet" / "sessions.ndjson").write_text("{}\n", "utf-8")
    _, faults = read_controls([site])
    lines = text.splitlines()
    unknown = next(number for number, line in enumerate(lines, 1) if "s.factrs" in line)
    moment = next(number for number, line in enumerate(lines, 1) if "now()" in line)
    told = [str(fault) for fault in faults]
    assert (
        f"control.yaml:{unknown}:{lines[unknown - 1].index('factrs') + 1}: `remote_session` has no column"
        in "\n".join(told)
    )
    assert f"control.yaml:{moment}:{lines[moment - 1].index('now') + 1}: the function `now`" in "\n".join(told)
    assert any("the family of RA-07 is RA" in one for one in told)
    assert any("quiet/remote_session.ndjson:1: no column is called `acount`" in one for one in told)
    assert any("quiet/remote_session.ndjson:2: `factors`: expected int64, found 'two'" in one for one in told)
    assert any("quiet/remote_session.ndjson:3: expected one JSON object" in one for one in told)
    assert any("no evidence or map table is called `sessions`" in one for one in told)


def test_a_proof_that_does_not_hold_is_told(site: Path) -> None:
    folder = own_check(site)
    shutil.copy(folder / "quiet" / "remote_session.ndjson", folder / "fires" / "remote_session.ndjson")
    (control,) = load_controls([site])
    assert [fault.message for fault in check_proofs(control)] == ["`fails` finds nothing where it must fire"]


def test_an_unused_knob_and_a_column_nobody_reads_are_told(site: Path) -> None:
    folder = own_check(site)
    sheet = folder / "control.yaml"
    text = sheet.read_text("utf-8").replace("s.factors < $factors", "s.factors < 2").replace("AS d_ip", "AS address")
    sheet.write_text(text, "utf-8")
    _, faults = read_controls([site])
    assert {fault.message for fault in faults} == {
        "no rule uses `$factors`",
        "gives a column `address` that nothing reads",
    }
