"""Tables as hospitals export them: framing, detection, values, refusals with their place; nothing lost in silence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hygie.errors import ContentError, UnreadableError
from hygie.sources.base import Document, Refusal, Sample, collect, document_from_bytes
from hygie.sources.tabular import detect_document, detect_kind, explain, propose, read, show
from hygie.sources.tabular.mapping import compile_mapping

PEOPLE = "Matricule;Nom;Prénom;Login;Date de fin\n1;DURAND;Anne;adurand;31/12/2026\n2;MÉNARD;Paul;pmenard;\n"


def rows(data: bytes | str, kind: str, **fields: Any) -> tuple[list[dict[str, Any]], list[Refusal], dict[str, str]]:
    document = document_from_bytes(data.encode() if isinstance(data, str) else data, **fields)
    tables, refusals, notes = collect(read(document, kind))
    return next(iter(tables.values()), []), refusals, notes


def names(data: bytes | str, kind: str = "staff-list") -> set[tuple[int, str]]:
    return {(row["position"], row["family_name"]) for row in rows(data, kind)[0]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_encodings_separators_and_line_ends(encoding: str, separator: str, ends: str) -> None:
    data = PEOPLE.replace(";", separator).replace("\n", ends).encode(encoding)
    assert detect_kind(Sample("x", data))[0] == "staff-list"
    assert names(data) == {(2, "DURAND"), (3, "MÉNARD")}


def test_lines_that_end_by_carriage_return_alone() -> None:
    assert names(PEOPLE.replace("\n", "\r")) == {(2, "DURAND"), (3, "MÉNARD")}


def test_titles_above_blank_rows_repeated_headers_and_totals() -> None:
    header, *people = PEOPLE.splitlines()
    data = "\n".join(
        ["Liste du personnel;;;;", "Édité le 20/11/2026 à 08h15;;;;", "", header, people[0], ";;;;", header]
    )
    data += f"\n{people[1]}\nTotal : 2;;;;\n"
    found, refusals, notes = rows(data, "staff-list")
    assert [(row["position"], row["family_name"]) for row in found] == [(5, "DURAND"), (8, "MÉNARD")]
    assert refusals == []
    assert notes["exported"] == "2026-11-20T07:15:00+00:00"
    assert (notes["records_announced"], notes["repeated_headers"]) == ("2", "1")


def test_a_cell_over_several_lines_keeps_the_first_line_as_position() -> None:
    data = 'Matricule;Nom;Fonction\n1;A;"aide\nsoignant"\n2;B;IDE\n'
    assert names(data) == {(2, "A"), (4, "B")}


@pytest.mark.parametrize("tail", ["", "\n3;C;IDE\n" * 300])
def test_a_quote_that_never_closes_costs_one_line(tail: str) -> None:
    data = 'Matricule;Nom;Fonction\n1;A;"IDE\n2;B;IDE' + tail
    _, refusals, _ = rows(data, "staff-list")
    assert [refusal.position for refusal in refusals] == [2]
    assert (3, "B") in names(data)


def test_rows_of_another_length_are_refused_at_their_place() -> None:
    found, refusals, _ = rows(PEOPLE + "3;CUT\n4;LONG;A;x;;;more\n5;FINE;B;y;;;\n", "staff-list")
    assert [row["employee_id"] for row in found] == ["1", "2", "5"]
    assert [refusal.position for refusal in refusals] == [4, 5]


def test_a_cell_that_does_not_fit_leaves_the_row_and_is_counted() -> None:
    found, refusals, _ = rows(PEOPLE + "3;FAUX;C;c;45/13/2026\n4;;D;d;\n", "staff-list")
    assert [(row["employee_id"], row["end"] is None) for row in found] == [("1", False), ("2", True), ("3", True)]
    assert [(refusal.position, "Date de fin" in refusal.expected) for refusal in refusals] == [(5, False), (4, True)]


def test_a_header_twice_is_refused_and_the_first_is_read() -> None:
    found, refusals, _ = rows("Matricule;Nom;Service;Nom\n1;FIRST;A;SECOND\n", "staff-list")
    assert (found[0]["family_name"], [refusal.position for refusal in refusals]) == ("FIRST", [1])


def test_long_lines_and_nul_bytes_are_counted_refusals() -> None:
    data = PEOPLE.encode() + b"3;" + b"x" * 3_000_000 + b";A;a;\n4;NU\0L;B;b;\n5;FINE;C;c;\n"
    found, refusals, _ = rows(data, "staff-list")
    assert ([row["employee_id"] for row in found], sorted(refusal.position for refusal in refusals)) == (
        ["1", "2", "5"],
        [4, 5],
    )


def test_a_million_columns_is_no_table() -> None:
    data = (";".join(f"c{i}" for i in range(1_000_000)) + "\n").encode()
    assert detect_kind(Sample("x", data[:65536])) == ("", 0)
    wide = (";".join(["Matricule", "Nom", *(f"c{i}" for i in range(3000))]) + "\n").encode()
    assert detect_kind(Sample("x", wide)) == ("", 0)
    explanation = explain(Sample("x", wide))
    assert explanation is not None
    assert "columns" in explanation.reason


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 500,
        b"\x89PNG\r\n\x1a\n",
        b'{"a": 1, "nom": 2}',
        b"<html>;<b>;",
        b"dn: cn=x\n",
        b"just;one;line",
        b"%PDF-1.7;;",
    ],
)
def test_what_is_no_known_table_scores_nothing(data: bytes) -> None:
    assert detect_kind(Sample("inventaire.csv", data)) == ("", 0)


def test_protected_texts_and_formulas() -> None:
    data = 'Matricule;Nom;Fonction\n="00123";=1+1;-2+3\n'
    assert {(row["employee_id"], row["family_name"], row["function"]) for row in rows(data, "staff-list")[0]} == {
        ("00123", "=1+1", "-2+3")
    }


def test_american_dates_are_decided_by_the_column() -> None:
    data = "Employee ID,Last name,First name,End date\n1,A,B,03/04/2026\n2,C,D,12/31/2026\n"
    found, _, notes = rows(data, "staff-list")
    assert [row["end"].isoformat()[:10] for row in found] == ["2026-03-04", "2026-12-31"]
    assert notes["dates"] == "month first"


def test_a_mac_in_several_columns_is_joined() -> None:
    data = "Nom;N° série;MAC 1;MAC 2\nPC1;S1;AA-BB-CC-00-11-22;aabb.cc00.1123\n"
    assert rows(data, "it-inventory")[0][0]["mac"] == "aa:bb:cc:00:11:22 aa:bb:cc:00:11:23"


def test_scanner_reports_and_logs_are_no_inventory() -> None:
    for header in (
        "IP,Hostname,Port,CVSS,Severity,NVT Name",
        "Plugin ID,CVE,Host,Name,Synopsis",
        "timestamp,source,destination,protocol,port,bytes sent",
        "DN,objectClass,name,operatingSystem,dNSHostName,serial",
    ):
        values = ",".join("a" for _ in header.split(","))
        assert detect_kind(Sample("x.csv", f"{header}\n{values}\n".encode())) == ("", 0), header


def test_what_is_not_understood_says_the_command_that_settles_it() -> None:
    explanation = explain(Sample("parc.csv", b"Nom;Truc;Bidule\nPC1;2;3\nPC2;4;5\n"))
    assert explanation is not None
    assert (explanation.command, explanation.rows[0]) == ('hygie import "parc.csv"', ("PC1", "2", "3"))
    titled = explain(Sample("parc.csv", b"Parc au 1er septembre;;\nTruc;Bidule;Chose\nPC1;2;3\n"))
    assert titled
    assert titled.unmatched == ("Truc", "Bidule", "Chose")
    near = explain(Sample("parc.csv", b"Matricule;Service;Bidule\n1;2;3\n"))
    assert near is not None
    assert (near.kind, near.missing, near.unmatched) == ("staff-list", ("family_name",), ("Bidule",))
    assert near.command == 'hygie import "parc.csv" --kind staff-list'


def test_a_proposed_mapping_is_read_once_it_is_completed(tmp_path: Path) -> None:
    data = "Référence appareil;Libelé;Marqe;Numero de serie;Empl.\nB1;Moniteur;Philips;S1;R12\n".encode()
    document = document_from_bytes(data)
    proposal = propose(document, "biomedical-inventory")
    assert proposal["columns"]["serial"] == {"headers": ["Numero de serie"]}
    proposal["columns"]["asset_key"] = {"headers": ["Référence appareil"]}
    proposal["columns"]["name"] = {"headers": ["Libelé"]}
    proposal["columns"]["room"] = {"headers": ["Empl."]}
    path = tmp_path / "gmao.yaml"
    path.write_text(yaml.safe_dump(proposal, allow_unicode=True), "utf-8")
    settled = document_from_bytes(data, settings={"mappings": [str(path)]})
    assert detect_document(settled)[0] == "biomedical-inventory"
    tables, refusals, _ = collect(read(settled, "biomedical-inventory"))
    row = tables["asset_record"][0]
    assert (row["asset_key"], row["name"], row["serial"], row["room"], row["class"]) == (
        "B1",
        "Moniteur",
        "S1",
        "R12",
        "medical",
    )
    assert refusals == []
    other = document_from_bytes(PEOPLE.encode(), settings={"mappings": [str(path)]})
    assert detect_document(other)[0] == "staff-list"


def test_a_faulty_mapping_tells_all_its_faults(tmp_path: Path) -> None:
    faulty = {
        "kind": "x",
        "table": "person",
        "columns": {"nom": {"headers": ["a"]}, "unit": {"type": "color", "headers": ["a"]}},
    }
    with pytest.raises(ContentError) as raised:
        compile_mapping(faulty, "x.yaml")
    assert str(raised.value).count("column `") == 3
    path = tmp_path / "bad.yaml"
    path.write_text("kind: [", "utf-8")
    with pytest.raises(UnreadableError):
        detect_document(document_from_bytes(PEOPLE.encode(), settings={"mappings": [str(path)]}))


def test_the_record_is_shown_when_its_bytes_are_not_plain_text() -> None:
    document = document_from_bytes(PEOPLE.encode("utf-16"))
    assert show(document, 3) == "2;MÉNARD;Paul;pmenard;"
    assert show(document_from_bytes(PEOPLE.encode("cp1252")), 3) == "2;MÉNARD;Paul;pmenard;"
    assert show(document_from_bytes(PEOPLE.encode()), 3) == ""


CELLS = st.text(alphabet=st.characters(exclude_characters="\r\n", max_codepoint=0x2FF), max_size=12)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(CELLS, max_size=8), max_size=8), st.sampled_from(["\n", "\r\n", "\r"]))
def test_no_body_breaks_a_reader_and_every_row_is_accounted_for(body: list[list[str]], end: str) -> None:
    head = "Utilisateur;Début;Fin;IP source;IP attribuée;Authentification;Résultat"
    data = end.join([head, *(";".join(row) for row in body)]).encode()
    document = document_from_bytes(data)
    found, refusals, _ = collect(read(document, "vpn-sessions"))
    positions = {row["position"] for row in found.get("vpn_session", [])} | {refusal.position for refusal in refusals}
    assert all(1 <= position <= len(body) + 1 for position in positions)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_break_detection(data: bytes) -> None:
    sample = Sample("x", data)
    kind, score = detect_kind(sample)
    assert (kind, score) == ("", 0) or 60 <= score <= 95
    explain(sample)


def test_a_file_that_is_not_of_the_kind_is_unreadable() -> None:
    with pytest.raises(UnreadableError):
        list(read(document_from_bytes(b"a;b\n1;2\n"), "staff-list"))


def test_a_large_table_is_read_batch_by_batch() -> None:
    body = "".join(f"{i};NOM{i};P;p{i};31/12/2026\n" for i in range(70_000))
    document: Document = document_from_bytes(("Matricule;Nom;Prénom;Login;Date de fin\n" + body).encode())
    batches = [item.rows.num_rows for item in read(document, "staff-list") if hasattr(item, "rows")]
    assert (sum(batches), len(batches)) == (70_000, 2)


def test_a_line_left_to_complete_in_a_signed_pairing_sheet_is_no_fault() -> None:
    sheet = (
        "Proposition;;;;\nSigné par :;M. Martin;;;\nSigné le :;2026-11-22;;;\n;;;;\n"
        "N° GMAO;Candidats;Appareil retenu;Signé par;Signé le\nBIO1;device-1;device-1;;\nBIO2;device-2;;;\n"
    )
    found, refusals, _ = rows(sheet, "pairing")
    assert refusals == []
    assert [(row["position"], row["asset_key"], row["device"]) for row in found] == [(6, "BIO1", "device-1")]
    unsigned = sheet.replace("M. Martin", "")
    assert {refusal.position for refusal in rows(unsigned, "pairing")[1]} == {6, 7}
