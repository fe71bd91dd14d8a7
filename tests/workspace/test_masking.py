"""Patients and secrets are hidden wherever an original line is shown; other text is left alone."""

from __future__ import annotations

import pytest

from hygie.workspace.masking import HIDDEN, Mask, harmless


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        (
            "MSH|^~\\&|A|B|\rPID|1||42^^^IPP||DUPONT^ANNE\rPV1|1|I|SVC\rOBX|1|NM|glucose||9.1",
            ["DUPONT", "glucose", "SVC"],
        ),
        ("PID|1||42||DUPONT^ANNE\\rNTE|1||texte libre\\rOBX|1|NM|x", ["DUPONT", "texte libre", "NM|x"]),
        ("\x0bMSH|^~\\&|A\x0dPID|||9^^^^INS||ROUX^LEA\x0d\x1c", ["ROUX", "9^^^^INS"]),
        ('{"00100010": {"vr": "PN", "Value": [{"Alphabetic": "DUPONT^ANNE"}]}, "00080060": {}}', ["DUPONT"]),
        ("<13>Nov 20 eai: MSH|^~\\&|A|PID|1||42||DUPONT^ANNE", ["DUPONT"]),
        ("nir 2 85 05 78 006 084 36 fin", ["006 084"]),
        ("285057800608436", ["2850578"]),
        ("user=jd PatientName=DUPONT action=read", ["DUPONT"]),
        ('{"patient_name": "DUPONT", "user": "jd"}', ["DUPONT"]),
        ("set psksecret ENC c2VjcmV0", ["c2VjcmV0"]),
        ("userPassword:: e1NTSEF9", ["e1NTSEF9"]),
    ],
)
def test_hidden(text: str, gone: list[str]) -> None:
    shown = Mask.load().apply(text)
    assert HIDDEN in shown
    assert [word for word in gone if word in shown] == []


@pytest.mark.parametrize(
    "text",
    [
        "1732441234.567890\tCoyZrY2g74UvMMgp4a\t10.1.2.3\t52011\t10.9.1.4\t104\ttcp\tdicom",
        'date=2026-11-23 srcip=10.1.2.3 dstip=10.9.1.4 dstport=445 action="accept" policyid=12',
        "Monitorage;Philips;MX800;SN12345;B-204",
        "eventtime=1728938800841267391",
    ],
)
def test_left_alone(text: str) -> None:
    assert Mask.load().apply(text) == text


def test_a_screen_cannot_be_steered() -> None:
    assert harmless("\x1b]0;x\x07\u202eabc") == "\\x1b]0;x\\x07\\u202eabc"
    assert harmless("a" * 3000).endswith("… (+1000)")
