"""Spreadsheets: values as sheets hold them, the sheet that matches, and bounds on what hostile ones would cost."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime

import pytest
import xlsxwriter

from hygie.errors import UnreadableError
from hygie.sources.base import Document, collect, document_from_bytes
from hygie.sources.tabular import detect_document, explain_document, read, show

CELLS = list[list[object]]


def workbook(**sheets: CELLS) -> bytes:
    """An .xlsx file with one sheet per argument."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"default_date_format": "dd/mm/yyyy hh:mm", "strings_to_formulas": False})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    book.close()
    return target.getvalue()


def rewritten(data: bytes, part: str, change: tuple[bytes, bytes]) -> bytes:
    """The same file with bytes of one part replaced."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content.replace(*change) if name == part else content)
    return target.getvalue()


def refused_or_unknown(document: Document) -> bool:
    """Whether a document is told unreadable with a hint, or is nobody's."""
    try:
        return detect_document(document) == ("", 0)
    except UnreadableError as error:
        return bool(error.hint)


BIA: CELLS = [
    ["Service", "DMIA", "PDMA", "Testé le"],
    ["Urgences", "2h", 0.25, date(2026, 3, 12)],
    ["Imagerie", 4, "1 j", None],
]
PEOPLE: CELLS = [
    ["Liste du personnel au 20/11/2026"],
    [],
    ["Matricule", "Nom", "Prénom", "Date de fin"],
    [12.0, "DURAND", "Anne", datetime(2026, 12, 31)],
    ["00013", "MÉNARD", "Paul", "31/12/2099"],
    ["Total", 2],
]


def test_dates_numbers_and_rows_are_those_of_the_sheet() -> None:
    document = document_from_bytes(workbook(Agents=PEOPLE))
    assert detect_document(document)[0] == "staff-list"
    tables, refusals, notes = collect(read(document, "staff-list"))
    found = [
        (row["position"], row["employee_id"], row["family_name"], row["end"].isoformat()[:16])
        for row in tables["person"]
    ]
    assert found == [(4, "12", "DURAND", "2026-12-31T22:59"), (5, "00013", "MÉNARD", "2099-12-31T22:59")]
    assert (refusals, notes["sheet"], notes["exported"]) == ([], "Agents", "2026-11-20")


def test_the_first_sheet_that_matches_is_read_and_the_others_are_named() -> None:
    document = document_from_bytes(workbook(Notice=[["Lisez-moi"]], BIA=BIA, Listes=[["a", "b"]]))
    assert detect_document(document)[0] == "bia"
    tables, _, notes = collect(read(document, "bia"))
    assert {
        (row["care_service"], row["maximum_downtime"], row["maximum_loss"]) for row in tables["impact_declared"]
    } == {
        ("ed", 2.0, 0.25),
        ("imaging", 4.0, 24.0),
    }
    assert (notes["sheet"], notes["sheets_unread"]) == ("BIA", "Notice, Listes")


def test_a_table_that_does_not_begin_at_the_corner_keeps_its_rows() -> None:
    shifted: CELLS = [[], [], *[[None, None, *row] for row in BIA]]
    tables, refusals, _ = collect(read(document_from_bytes(workbook(BIA=shifted)), "bia"))
    assert ([row["position"] for row in tables["impact_declared"]], refusals) == ([4, 5], [])


def test_a_record_is_shown_with_its_headers() -> None:
    document = document_from_bytes(workbook(Agents=PEOPLE))
    assert show(document, 4) == "Matricule=12  Nom=DURAND  Prénom=Anne  Date de fin=2026-12-31"


def test_formulas_are_never_evaluated() -> None:
    rows: CELLS = [["Matricule", "Nom", "Fonction"], ["1", "=1+1", "-2+3"]]
    tables, _, _ = collect(read(document_from_bytes(workbook(A=rows)), "staff-list"))
    assert (tables["person"][0]["family_name"], tables["person"][0]["function"]) == ("=1+1", "-2+3")


def test_an_unknown_workbook_is_explained() -> None:
    document = document_from_bytes(workbook(A=[["x", "y"], ["1", "2"]]), name="inconnu.xlsx")
    assert detect_document(document) == ("", 0)
    explanation = explain_document(document)
    assert explanation is not None
    assert explanation.command == 'hygie import "inconnu.xlsx"'


def test_a_lone_cell_far_away_is_refused_before_it_costs_memory() -> None:
    data = workbook(BIA=BIA)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        content = archive.read("xl/worksheets/sheet1.xml")
    last = re.findall(rb'r="([A-Z]+\d+)"', content)[-1]
    for far in (b"XFD1048576", b"xfd1048576"):
        hostile = rewritten(data, "xl/worksheets/sheet1.xml", (b'r="' + last + b'"', b'r="' + far + b'"'))
        with pytest.raises(UnreadableError, match="cells"):
            detect_document(document_from_bytes(hostile))


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(64):
                part.write(b" " * (1 << 20))
    with pytest.raises(UnreadableError, match="400 to 1"):
        detect_document(document_from_bytes(target.getvalue()))


def test_entities_are_refused() -> None:
    hostile = rewritten(workbook(BIA=BIA), "xl/sharedStrings.xml", (b"<sst ", b'<!DOCTYPE x [<!ENTITY a "b">]><sst '))
    with pytest.raises(UnreadableError, match="entities"):
        detect_document(document_from_bytes(hostile))


@pytest.mark.parametrize("keep", [30, 200, 1000, -10])
def test_a_cut_workbook_is_unreadable_or_unknown_never_a_crash(keep: int) -> None:
    document = document_from_bytes(workbook(BIA=BIA)[:keep])
    assert refused_or_unknown(document)


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04" + b"x" * 200,
        b"\xd0\xcf\x11\xe0" + b"\0" * 600,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook\0".encode("utf-16-le") * 40,
    ],
)
def test_what_only_looks_like_a_workbook(data: bytes) -> None:
    assert refused_or_unknown(document_from_bytes(data))


def test_an_encrypted_workbook_says_so() -> None:
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512 + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(UnreadableError, match="password"):
        detect_document(document_from_bytes(data))


def test_other_office_files_are_not_tables() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<document/>")
    document: Document = document_from_bytes(target.getvalue())
    assert detect_document(document) == ("", 0)


def test_an_open_document_sheet_says_how_to_save_it() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<x/>")
    with pytest.raises(UnreadableError, match=r"\.xlsx"):
        detect_document(document_from_bytes(target.getvalue()))
