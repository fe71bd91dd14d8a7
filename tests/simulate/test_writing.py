"""The same arguments give the same bytes; bad arguments are refused; the command says what it did."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

import pytest

from hygie.simulate import simulate
from hygie.simulate.__main__ import main


def prints(root: Path) -> dict[str, str]:
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        simulate(tmp_path / name, beds=12, days=6, seed=seed, connections=800)
    first, second, other = (prints(tmp_path / name) for name in "abc")
    assert first == second
    assert first["evidence/dhcp/dhcpd.leases"] != other["evidence/dhcp/dhcpd.leases"]


def test_progress_is_told_and_ends_whole(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    truth = simulate(
        tmp_path, beds=12, days=4, connections=500, progress=lambda step, share: told.append((step, share))
    )
    assert {step for step, _share in told} == {"hospital", "files", "zeek", "firewall", "truth"}
    assert all(0 <= share <= 1 for _step, share in told)
    assert truth.connections >= 500


@pytest.mark.parametrize(
    "wish",
    [
        {"beds": 1},
        {"days": 0},
        {"directory": "csv"},
        {"as_of": datetime(2026, 1, 1)},
        {"plan": {"X": "PROVED"}},
    ],
)
def test_impossible_arguments_are_refused_before_anything_is_written(tmp_path: Path, wish: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        simulate(tmp_path / "none", **wish)  # type: ignore[arg-type]
    assert not (tmp_path / "none").exists()


def test_the_command_writes_and_reports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [
        str(tmp_path / "h"),
        "--beds",
        "12",
        "--days",
        "4",
        "--connections",
        "300",
        "--plan",
        "RA-01=PROVED",
    ]
    assert main(words) == 0
    assert "contradictions planted" in capsys.readouterr().out
    assert main([str(tmp_path / "x"), "--plan", "RA-01"]) == 2
    assert "unknown state" in capsys.readouterr().err
