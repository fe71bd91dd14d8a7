"""Cells under a header that names the patient are hidden; other tables are shown as received."""

from __future__ import annotations

import pytest

from hygie.workspace.patient_columns import PatientColumns


@pytest.mark.parametrize(
    ("header", "row", "shown"),
    [
        ("Date;Patient;Poste", "12/05;DUPONT;PC-1", "12/05;▒▒▒▒;PC-1"),
        ("date,Nom du patient,IPP", '12/05,"DUPONT, ANNE",123', "12/05,▒▒▒▒,▒▒▒▒"),
        ("Nom de naissance\tDate de naissance\tUnité", "ROUX\t1970\tCardio", "▒▒▒▒\t▒▒▒▒\tCardio"),
        ("user|patient_id|action", "jd|42|read", "jd|▒▒▒▒|read"),
        ('"N° IPP";"Né(e) le";"Service"', "9;1/1/70;Urgences", "▒▒▒▒;▒▒▒▒;Urgences"),
        ("Nom;Fabricant;Modèle", "Respirateur;Philips;V60", "Respirateur;Philips;V60"),
        ("ts\tuid\tid.orig_h", "1.5\tC1\t10.0.0.1", "1.5\tC1\t10.0.0.1"),
    ],
)
def test_hidden(header: str, row: str, shown: str) -> None:
    assert PatientColumns.of(["Titre", header, row]).hide(row) == shown


def test_headers_stay_and_short_rows_do_not_matter() -> None:
    columns = PatientColumns.of(["Date;Patient"])
    assert columns.hide("Date;Patient") == "Date;Patient"
    assert columns.hide("12/05") == "12/05"
