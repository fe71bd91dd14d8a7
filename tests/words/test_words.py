"""Both languages say everything, with the same values; typography is the filter's work."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import hygie
from hygie.words import Words, choose_language, typeset

FOLDER = Path(hygie.__file__).parent / "content" / "words"
FILES = sorted(FOLDER.glob("*.yaml"))
CHAPTERS = [path for path in FILES if path.stem not in ("examples", "translation")]


def forms(text: Any) -> list[str]:
    return list(text.values()) if isinstance(text, dict) else [text]


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_both_languages_say_everything_with_the_same_values(path: Path) -> None:
    faults = []
    for key, text in yaml.safe_load(path.read_text("utf-8")).items():
        french, english = ({name for form in forms(text[one]) for name in placeholders(form)} for one in ("fr", "en"))
        plural = [set(text[one]) for one in ("fr", "en") if isinstance(text[one], dict)]
        if set(text) != {"fr", "en"} or french != english or any(form != {"one", "other"} for form in plural):
            faults.append(key)
    assert faults == []


@pytest.mark.parametrize(
    ("plain", "french"),
    [
        ("l'annuaire", "l’annuaire"),
        ("prêt ?", "prêt\u202f?"),
        ("7 sur 212 ; 31 non vus", "7 sur 212\u202f; 31 non vus"),
        ("Pourquoi : rien", "Pourquoi\u00a0: rien"),
        ("« oui »", "«\u00a0oui\u00a0»"),
        ('"oui"', "«\u00a0oui\u00a0»"),
        ("40 %", "40\u202f%"),
        ("1 912 cas", "1\u202f912 cas"),
        ("14 h 02", "14\u00a0h\u00a002"),
        ("30 jours", "30\u00a0jours"),
        ("conn.log:88412", "conn.log:88412"),
        ("`hygie show 'x' ;`", "`hygie show 'x' ;`"),
        ("https://x ", "https://x "),
    ],
)
def test_french_typography(plain: str, french: str) -> None:
    assert typeset(plain, "fr") == french
    assert typeset(french, "fr") == french


def test_values_from_evidence_are_not_typeset() -> None:
    said = Words("fr").pick({"fr": "l'appareil {name} : vu"}, name="l'a:b ; c")
    assert said == "l’appareil l'a:b ; c\u00a0: vu"


def test_french_counts_zero_as_singular() -> None:
    text = {
        "fr": {"one": "{count} cas seul", "other": "{count} cas"},
        "en": {"one": "{count} case", "other": "{count} cases"},
    }
    assert [Words("fr").pick(text, count=count) for count in (0, 1, 2)] == ["0 cas seul", "1 cas seul", "2 cas"]
    assert [Words("en").pick(text, count=count) for count in (0, 1, 2)] == ["0 cases", "1 case", "2 cases"]


def test_words_agree_with_each_number_of_a_sentence() -> None:
    text = {
        "fr": {"one": "{failing} cas ; {unseen} {unseen|non vu|non vus}", "other": "{failing} cas, {unseen|vu|vus}"},
        "en": "{failing} of {unseen} {unseen|machine|machines}",
    }
    assert Words("fr").pick(text, failing=1, unseen=2) == "1 cas\u202f; 2 non vus"
    assert Words("fr").pick(text, failing=1, unseen=0) == "1 cas\u202f; 0 non vu"
    assert Words("fr").pick(text, failing=2, unseen=1) == "2 cas, vu"
    assert [Words("en").pick(text, failing=1, unseen=count) for count in (0, 1)] == [
        "1 of 0 machines",
        "1 of 1 machine",
    ]
    ready = {"failing": Words("fr").number(1), "unseen": "1"}
    assert Words("fr").pick(text, **ready) == "1 cas\u202f; 1 non vu"
    assert Words("en").pick("{flows|one|many}", flows="a.b") == "many"


def test_no_count_is_followed_by_a_plural_that_does_not_agree() -> None:
    """A French sentence with one form only says its plurals by `{count|one|other}`."""
    loose = re.compile(r"\{[a-z_]+\} (?:non |déjà )?(?!sans |sous |vers |dans )[a-zéè]{3,}s\b")
    found = []
    for path in CHAPTERS:
        for key, text in yaml.safe_load(path.read_text("utf-8")).items():
            if isinstance(text["fr"], str) and (said := loose.search(text["fr"])):
                found.append((path.stem, key, said[0]))
    assert found == []


def test_no_text_of_a_reader_is_left_in_english() -> None:
    words = Words("fr")
    said = ["an IP address in srcip", "a network such as 10.1.0.0/16 in column “Réseau”", "a MAC address", "yes or no"]
    english = re.compile(r"\b(an|in|such|address|or)\b")
    assert [text for text in said if english.search(words.translate(text).replace("column", ""))] == []


def test_a_missing_or_hostile_value_never_stops_a_page() -> None:
    assert Words("en").pick("{subject} reached {peer}", subject="{__class__}") == "{__class__} reached –"
    assert Words("en").pick("{subject.__class__} {0} {", subject="x")


@pytest.mark.parametrize(
    ("option", "environment", "workspace", "language"),
    [
        (None, {}, None, "fr"),
        ("en", {"HYGIE_LANG": "fr"}, "fr", "en"),
        (None, {"HYGIE_LANG": "en", "LANG": "fr_FR.UTF-8"}, None, "en"),
        (None, {"LANG": "fr_CA.UTF-8"}, "en", "fr"),
        (None, {"LC_ALL": "C", "LANG": "de_DE.UTF-8"}, None, "en"),
        (None, {"LANG": "C.UTF-8"}, "en", "en"),
    ],
)
def test_language_order(option: str | None, environment: dict[str, str], workspace: str | None, language: str) -> None:
    assert choose_language(option, environment, workspace) == language


def test_every_key_the_program_says_is_written() -> None:
    sources = [*Path(hygie.__file__).parent.rglob("*.py"), *Path(hygie.__file__).parent.rglob("*.html")]
    literal = re.compile(r"""\bsay\(\s*["']([a-z]+)\.([A-Za-z_]+)["']\s*[,)]""")
    said = {found.groups() for path in sources for found in literal.finditer(path.read_text("utf-8"))}
    written = {path.stem: set(yaml.safe_load(path.read_text("utf-8"))) for path in CHAPTERS}
    assert len(said) > 150
    assert {(name, key) for name, key in said if key not in written.get(name, set())} == set()


def test_codes_of_tables_have_words() -> None:
    words = Words("fr")
    verdicts = ("PROVED", "CONTRADICTED", "SILENT_GAP", "UNDECLARED_GOOD", "BLIND", "WAIVED", "NOT_APPLICABLE")
    keys = [f"verdict.{prefix}{name}" for name in verdicts for prefix in ("", "count_", "meaning_", "sentence_")]
    keys += [f"run.status_{name}" for name in ("read", "unused", "unknown", "unreadable", "refused")]
    keys += [f"verdict.blind_{name}" for name in ("no_evidence", "coverage", "stale", "inferred")]
    keys += [f"verdict.severity_{name}" for name in ("critical", "high", "medium", "low")]
    assert [key for key in keys if not words.knows(key)] == []
