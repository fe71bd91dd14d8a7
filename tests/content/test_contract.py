"""The contract of content: every check keeps it, whoever writes it."""

from __future__ import annotations

import gzip
import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from hygie.assess import check_proofs, load_controls
from hygie.assess.control import Control
from hygie.assess.proofs import run_proof

ROOT = Path(__file__).parents[2]
CONTENT = ROOT / "src" / "hygie" / "content"
CONTROLS = load_controls([CONTENT / "controls"])
FRAMEWORKS = {
    path.stem: yaml.safe_load(path.read_text("utf-8")) for path in sorted((CONTENT / "frameworks").glob("*.yaml"))
}
EXPECTED = {
    "INV-01", "NET-01", "NET-02", "NET-04", "NET-05", "NET-07", "RA-01", "RA-03", "ID-01", "ID-02", "MAL-01", "BKP-02",
}  # fmt: skip
FRAMEWORK_OF = {"recyf": "recyf", "pgssi_s": "pgssi-s-1.0"}
COUNTS = {"failing", "population", "unseen", "waived", "seen", "judged", "count"}
BANNED = re.compile(
    r"ensure\b|s'assurer|vous êtes en sécurité|you are safe|non-conformité|non-compliance|conforme à 100|!|\bsecure\b",
    re.I,
)
each = pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.id)


def texts(value: Any, path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every text in two languages of a sheet."""
    if isinstance(value, dict):
        if "fr" in value and "en" in value:
            yield path, value
        for name, inner in value.items():
            yield from texts(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from texts(inner, f"{path}[{place}]")


def forms(text: Any) -> list[str]:
    return list(text.values()) if isinstance(text, dict) else [text]


def placeholders(text: Any) -> set[str]:
    return {name for form in forms(text) for name in re.findall(r"\{(\w+)\}", form)}


def test_the_twelve_checks_are_there_once() -> None:
    assert sorted(control.id for control in CONTROLS) == sorted(EXPECTED)


@each
def test_its_proofs_hold(control: Control) -> None:
    assert check_proofs(control) == []


@each
def test_it_says_the_same_in_both_languages(control: Control) -> None:
    for path, text in texts(control.sheet.model_dump()):
        assert placeholders(text["fr"]) == placeholders(text["en"]), path
        for form in (*forms(text["fr"]), *forms(text["en"])):
            assert not BANNED.search(form), (path, form)


@each
def test_titles_are_short_and_say_what_should_be(control: Control) -> None:
    title = control.sheet.title
    assert len(title.fr) <= 70
    assert len(title.en) <= 70
    assert not title.en.endswith(".")
    assert control.sheet.question.fr.endswith("?")
    assert control.sheet.question.en.endswith("?")


@each
def test_its_verdict_sentences_carry_their_denominator(control: Control) -> None:
    said = control.sheet.sentence
    assert {"PROVED", "CONTRADICTED", "SILENT_GAP", "UNDECLARED_GOOD", "BLIND", "WAIVED"} <= set(said)
    for verdict, sentence in said.items():
        for language in ("fr", "en"):
            used = placeholders(sentence.model_dump()[language])
            assert used <= COUNTS, (verdict, used)
            assert verdict == "NOT_APPLICABLE" or used & {"population", "unseen"}, (verdict, language)


@each
def test_its_reasons_only_use_values_the_rule_gives(control: Control) -> None:
    found = run_proof(control, "fires")["fails"]
    given = {row["reason"]: {"subject", *(name[2:] for name in row if name.startswith("d_"))} for row in found}
    for reason, values in given.items():
        assert placeholders(control.sheet.reasons[reason].model_dump()["fr"]) <= values
    assert all(row[name] is not None for row in found for name in row if name.startswith("d_"))


@each
def test_reasons_why_a_member_is_unseen_stand_for_many(control: Control) -> None:
    codes = set(re.findall(r"'(\w+)' AS reason", control.sheet.unknown)) | {"no_evidence"}
    for code in codes & set(control.sheet.reasons):
        assert placeholders(control.sheet.reasons[code].model_dump()["fr"]) == set(), code
    assert codes <= set(control.sheet.reasons) | {"no_evidence"}
    assert "no_evidence" in control.sheet.reasons or not any(need.basis for need in control.sheet.needs)


@each
def test_its_anchors_exist_with_their_own_words(control: Control) -> None:
    for anchor in control.sheet.anchors:
        clause = FRAMEWORKS[anchor.framework]["requirements"][anchor.ref]
        assert set(clause) == {"fr", "en"}


@each
def test_every_knob_has_a_reason_and_a_source(control: Control) -> None:
    for name, knob in control.sheet.knobs.items():
        assert re.search(r"checks\.md|Hygie default|ANSSI|ReCyF|PGSSI-S|IANA", knob.source), name
        numeric = isinstance(knob.default, (int, float)) and not isinstance(knob.default, bool)
        assert not numeric or (knob.minimum is not None and knob.maximum is not None), name


@each
def test_a_remedy_that_touches_devices_says_so(control: Control) -> None:
    remedy = control.sheet.remedy
    if re.search(r"dispositif|biomédical|fabricant", remedy.fr):
        assert remedy.medical


@each
def test_whom_to_ask_is_known(control: Control) -> None:
    contacts = yaml.safe_load((CONTENT / "contacts.yaml").read_text("utf-8"))["contacts"]
    assert {need.ask for need in control.sheet.needs} <= set(contacts)


def test_frameworks_say_their_status_and_hold_only_what_is_anchored() -> None:
    anchored = {(one.framework, one.ref) for control in CONTROLS for one in control.sheet.anchors}
    for name, framework in FRAMEWORKS.items():
        assert framework["legal_status"] in ("law", "adopted_not_transposed", "draft", "guidance")
        assert framework["as_of"]
        assert framework["source"]
        unused = set(framework["requirements"]) - {ref for one, ref in anchored if one == name}
        assert unused == set(), name


def test_framework_references_are_real() -> None:
    shared = Path(os.environ.get("HYGIE_SHARED_DATA", ROOT.parent / "shared" / "data"))
    path = shared / "knowledge" / "frameworks" / "framework-structures-ids-only.json.gz"
    if not path.is_file():
        pytest.skip(f"no framework structures at {path}: set HYGIE_SHARED_DATA")
    known = json.loads(gzip.decompress(path.read_bytes()))["frameworks"]
    for name, framework in FRAMEWORKS.items():
        references = {node[0] for node in known[FRAMEWORK_OF[name]]["nodes"]}
        assert set(framework["requirements"]) <= references


def test_the_four_axes_are_all_served() -> None:
    axes = yaml.safe_load((CONTENT / "axes.yaml").read_text("utf-8"))
    assert [axis["id"] for axis in axes] == ["continuity", "patients", "compliance", "sovereignty"]
    assert {axis for control in CONTROLS for axis in control.sheet.axes} == {axis["id"] for axis in axes}
