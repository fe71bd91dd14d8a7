"""The command line as a person or a scheduler meets it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hygie.cli.root import VERBS, hygie
from hygie.words.catalogue import chapter

HASHES = "\n".join(f"user{n}:{1000 + n}:aad3b435b51404eeaad3b435b51404ee:{n:032x}:::" for n in range(40))


def call(*arguments: str) -> Result:
    return CliRunner().invoke(hygie, list(arguments))


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("name", VERBS)
def test_every_verb_explains_itself_by_examples(name: str, language: str) -> None:
    result = call(name, "--lang", language, "--help")
    assert result.exit_code == 0
    assert {"fr": "Exemples", "en": "Examples"}[language] in result.output
    for example in chapter("examples")[name]:
        assert example["run"].startswith("hygie ")
        assert example["run"] in result.output
    assert "--json" in result.output
    assert "--workspace" in result.output


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_is_documented(name: str) -> None:
    assert {f"{name}.summary", f"{name}.body"} <= set(chapter("help"))


def test_root_help_lists_every_verb_and_the_exit_codes() -> None:
    for language in ("fr", "en"):
        output = call("--lang", language, "--help").output
        assert all(f"\n  {name} " in output for name in VERBS)
        assert "4" in output.split("Codes de sortie" if language == "fr" else "Exit codes")[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("chek", "--lang", "en"), "there is no command chek"),
        (("check", "--propos", "--lang", "en"), "there is no option --propos"),
        (("--lang", "de"), "--lang"),
        (("show",), "il manque"),
        (("simulate", "x", "--beds", "many", "--lang", "en"), "unexpected value for --beds"),
        (("content", "burn", "--lang", "en"), "unknown action"),
    ],
)
def test_usage_errors_say_what_and_what_next(arguments: tuple[str, ...], said: str) -> None:
    result = call(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "hint:" in result.stderr or "piste" in result.stderr
    assert "Traceback" not in result.output


def test_without_a_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = call("check", "--lang", "en")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "\n\nhint: " in result.stderr


def test_init_add_and_find(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = call("init", "mon hôpital", "--name", "CH d'Essai", "--json")
    assert made.exit_code == 0
    assert json.loads(made.stdout)["name"] == "CH d'Essai"
    source = tmp_path / "conn.log"
    source.write_text("a", "utf-8")
    first = json.loads(call("add", str(source), "-w", "mon hôpital", "--json").stdout)
    again = json.loads(call("add", str(source), "-w", "mon hôpital", "--json").stdout)
    source.write_text("b", "utf-8")
    other = json.loads(call("add", str(source), "-w", "mon hôpital", "--json").stdout)
    assert (first["copied"], again["already_there"], other["copied"]) == (
        ["evidence/conn.log"],
        ["evidence/conn.log"],
        ["evidence/conn (2).log"],
    )


def test_add_refuses_secrets_and_absent_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    call("init", "h")
    dump = tmp_path / "ntds.txt"
    dump.write_text(HASHES, "utf-8")
    refused = call("add", str(dump), "-w", "h", "--lang", "en")
    assert (refused.exit_code, "secrets" in refused.stderr) == (1, True)
    assert not list((tmp_path / "h" / "evidence").iterdir())
    assert call("add", "nowhere.csv", "-w", "h").exit_code == 2


READING = [
    ("check",), ("check", "NET-02"), ("check", "flows"), ("check", "--propose"), ("map",), ("map", "device"),
    ("map", "zones"), ("show", "NET-02"), ("show", "SCAN-TDM-02"), ("show", "6b00"), ("show", "4f2a"), ("doctor",),
    ("report",), ("content", "list"),
]  # fmt: skip


@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_reading_verbs_answer_in_words_and_in_json(published: Path, arguments: tuple[str, ...]) -> None:
    spoken = call(*arguments, "--lang", "fr")
    assert (spoken.exit_code, spoken.stderr.count("Traceback")) == (0, 0), spoken.output
    assert spoken.stdout.strip()
    answered = call(*arguments, "--json")
    data = json.loads(answered.stdout)
    assert (answered.exit_code, data["hygie"], data["command"]) == (0, 1, arguments[0])


def test_json_verdicts_are_underscored(published: Path) -> None:
    data = json.loads(call("check", "--json").stdout)
    assert data["as_of"] == "2026-11-23T18:00:00Z"
    assert {one["verdict"]["control"]: one["verdict"]["verdict"] for one in data["checks"]}["NET-04"] == "SILENT_GAP"


def test_unknown_names_give_the_nearest(published: Path) -> None:
    result = call("show", "SCAN-TDM-03", "--lang", "en")
    assert (result.exit_code, "SCAN-TDM-02" in result.stderr) == (2, True)
    assert call("check", "NET-99").exit_code == 2
    assert call("map", "planets").exit_code == 2
    assert call("check", "--framework", "nope").exit_code == 2


def test_errors_are_json_when_json_is_asked(published: Path) -> None:
    result = call("show", "rien du tout", "--json")
    assert result.exit_code == 2
    assert set(json.loads(result.stdout)["error"]) == {"message", "where", "hint", "kind"}


def test_an_unforeseen_fault_is_a_sentence(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("hygie.act.terminal.doctor.doctor_view", broken)
    result = call("doctor", "--lang", "en")
    assert result.exit_code == 1
    assert "boom" in result.stderr
    assert "Traceback" not in result.output
    assert "HYGIE_DEBUG=1" in result.stderr


def test_import_of_a_table_that_says_nothing_gives_the_kinds_and_how_to_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    call("init", "h")
    table = tmp_path / "parc.csv"
    table.write_text("Parc au 1er septembre;;\n;;\nTruc;Bidule;Chose\nPC1;2;3\n", "utf-8")
    told = call("import", str(table), "-w", "h", "--lang", "fr").output
    assert "Truc" in told
    assert "biomedical-inventory" in told
    assert "KIND" not in told
    told = call("import", str(table), "--kind", "it-inventory", "-w", "h", "--lang", "fr").output
    assert "Colonnes encore libres" in told
    assert "`mac`" in told
    written = (tmp_path / "h" / "site" / "mappings" / "it-inventory-parc.yaml").read_text("utf-8")
    assert written.startswith("# Sous columns")
    assert "mac: {headers: [Adresse carte]}" in written


def test_import_writes_the_mapping_that_settles_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    call("init", "h")
    table = tmp_path / "parc maison.csv"
    table.write_text("Truc;Machin;Adresse physique\nA;B;00:11:22:33:44:55\n", "utf-8")
    result = call("import", str(table), "--kind", "it-inventory", "-w", "h", "--json")
    assert result.exit_code == 0, result.output
    written = Path(json.loads(result.stdout)["mapping"])
    assert written.parent == tmp_path / "h" / "site" / "mappings"
    assert written.name == "it-inventory-parc-maison.yaml"


@pytest.mark.parametrize("day", ["hier", "2026-13-01", "0001-01-01", "2026-11-24T99:00"])
def test_bad_dates_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, day: str) -> None:
    monkeypatch.chdir(tmp_path)
    call("init", "h")
    result = call("run", "-w", "h", "--as-of", day, "--lang", "en")
    assert (result.exit_code, "unexpected date" in result.stderr) == (2, True)


def process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("HYGIE_LANG", "LC_", "LANG"))}
    return subprocess.run(
        [sys.executable, "-m", "hygie", *arguments], capture_output=True, text=True, encoding="utf-8", errors="replace",
        env=clean | environment, check=False, timeout=60,
    )  # fmt: skip


def test_a_pipe_gets_no_colour_and_an_old_terminal_gets_letters(tmp_path: Path) -> None:
    assert "\x1b" not in process("--help", LANG="en_US.UTF-8").stdout
    ascii_only = process("check", "-w", str(tmp_path), PYTHONIOENCODING="ascii", HYGIE_LANG="fr")
    assert ascii_only.stderr.isascii()
    assert ascii_only.returncode == 1


def test_help_is_quick_and_light() -> None:
    started = time.perf_counter()
    assert process("--help").returncode == 0
    assert time.perf_counter() - started < 2  # the bench measures the 0.3 s; here only a gross slip is caught
    heavy = "duckdb pyarrow numpy pydantic rich jinja2"
    code = f"import sys, hygie.cli.root; print([m for m in '{heavy}'.split() if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"
