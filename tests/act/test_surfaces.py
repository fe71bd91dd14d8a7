"""Terminal, JSON and page over a hospital of a few rows made by hand."""

from __future__ import annotations

import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hygie.act import missing, walk
from hygie.act.flows import Flows
from hygie.act.picture import Picture
from hygie.act.report import report
from hygie.act.sentences import readable, say_values, zone_name
from hygie.act.sheets import propose_matrix, propose_pairing
from hygie.act.terminal import Screen
from hygie.act.terminal.check import listing, one_check
from hygie.act.terminal.doctor import doctor_view
from hygie.act.terminal.flows import flows_view
from hygie.act.terminal.map import QUERIES, list_view, map_view
from hygie.act.terminal.show import show_check, show_entity, show_finding
from hygie.act.terminal.summary import rejected, summary
from hygie.act.terminal.text import visible
from hygie.words import Words

RESULT = SimpleNamespace(changed=True, read=2, reused=1, refused_files=1, refused_records=2, seconds=3.2)


@pytest.fixture
def picture(hospital: Any) -> Picture:
    return Picture(hospital, Words("fr"))


def original(store: Any, evidence_id: str, member: str, position: int, around: int = 1) -> list[SimpleNamespace]:
    return [SimpleNamespace(position=position, text="10.41.3.117 PID|▒▒▒▒ <b>", hit=True)]


def drawn(view: Any, picture: Picture, width: int = 100, encoding: str = "utf-8", **more: Any) -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    screen = Screen(stream, environment={}, width=width)
    view(screen, picture, **more)
    stream.flush()
    return stream.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined,no-any-return]


VIEWS: dict[str, Any] = {
    "summary": lambda screen, picture: summary(screen, picture, RESULT, "reports/x.html"),
    "listing": lambda screen, picture: listing(screen, picture, picture.judged),
    "check": lambda screen, picture: one_check(screen, picture, picture.one("NET-02")),
    "flows": flows_view,
    "doctor": lambda screen, picture: doctor_view(screen, picture, None),
    "map": map_view,
    **{f"map {kind}": lambda screen, picture, kind=kind: list_view(screen, picture, kind) for kind in QUERIES},
    "show check": lambda screen, picture: show_check(screen, picture, picture.one("NET-02"), original),
    "show finding": lambda screen, picture: show_finding(screen, picture, picture.findings("NET-02")[0], original),
    "show entity": lambda screen, picture: show_entity(screen, picture, walk.resolve(picture, "SCAN-TDM-02").entity),
}


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_view_fits_and_cannot_steer_the_terminal(hospital: Any, name: str, language: str) -> None:
    for width in (40, 80, 120):
        text = drawn(VIEWS[name], Picture(hospital, Words(language)), width)
        assert text.strip()
        assert "\x1b" not in text
        assert max(map(visible, text.splitlines())) <= width


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp850"])
def test_every_view_speaks_to_old_terminals(picture: Picture, name: str, encoding: str) -> None:
    assert drawn(VIEWS[name], picture, 80, encoding).strip()


def test_ascii_signs_keep_the_grammar(picture: Picture) -> None:
    text = drawn(VIEWS["listing"], picture, 100, "ascii")
    assert re.findall(r"^(\S+) +([A-Z]+-\d+)", text, re.M)[:4] == [
        ("[X]", "NET-02"),
        ("[X]", "NET-01"),
        ("(x)", "NET-04"),
        ("[/]", "MAL-01"),
    ]


def test_verdicts_come_in_the_order_of_need(picture: Picture) -> None:
    assert [(one.control, one.verdict) for one in picture.judged] == [
        ("NET-02", "CONTRADICTED"),
        ("NET-01", "CONTRADICTED"),
        ("NET-04", "SILENT_GAP"),
        ("MAL-01", "BLIND"),
        ("RA-01", "BLIND"),
        ("ID-02", "WAIVED"),
        ("BKP-02", "UNDECLARED_GOOD"),
        ("ID-01", "PROVED"),
    ]


def test_the_sentence_carries_its_denominator(picture: Picture) -> None:
    text = drawn(VIEWS["listing"], picture)
    assert "2 sur 212, 31 non vus" in text
    assert drawn(VIEWS["summary"], picture).splitlines()[2].startswith("Sur 8 points de contrôle, 2 sont contredits")


def test_foremost_are_contradictions_heaviest_for_care_first(picture: Picture) -> None:
    assert [(one.control, one.name) for one in picture.foremost()] == [
        ("NET-02", "SCAN-TDM-02"),
        ("NET-01", "Bureautique>Imagerie tcp/445"),
        ("NET-01", "Imagerie>Internet tcp/443"),
        ("NET-02", '<script>alert("x")</script>'),
        ("NET-04", "CONSOLE-IRM-1"),
    ]


def test_the_files_that_would_answer_most(picture: Picture) -> None:
    assert [(one.table, list(one.controls), one.file) for one in missing.wanted(picture)][1:] == [
        ("vpn_session", ["RA-01"], "Journal VPN, 30\u00a0jours"),
        ("flow", ["NET-02"], "Journal Zeek conn.log du cœur de réseau"),
    ]


def test_flows_keep_answered_units_between_zones_only(picture: Picture) -> None:
    flows = Flows(picture)
    assert {unit.key for unit in flows.units} == {
        "Bureautique>Imagerie tcp/445",
        "Bureautique>Serveurs tcp/443",
        "Imagerie>Serveurs tcp/104",
        "Imagerie>Internet tcp/443",
        "Serveurs>Bureautique tcp/49152",
    }
    assert [unit.key for unit in flows.undeclared] == ["Bureautique>Imagerie tcp/445", "Imagerie>Internet tcp/443"]
    assert list(flows.undeclared[0].care) == ["ed", "imaging"]
    assert {name: [case.name for case in cases] for name, cases in flows.apart.items()} == {
        "dead_openings": ["Serveurs>Laboratoire tcp/2575"],
        "clear_text": ["Imagerie>Serveurs tcp/104"],
    }


def test_the_grid_marks_what_no_capture_sees(picture: Picture) -> None:
    grid = Flows(picture).grid()
    blind = {pair for pair, cell in grid.cells.items() if cell.blind}
    assert ("Laboratoire", "Bâtiment") in blind
    assert ("Bureautique", "Imagerie") not in blind
    assert grid.cells["Serveurs", "Laboratoire"].dead == 1
    assert (grid.cells["Bureautique", "Imagerie"].seen, grid.cells["Bureautique", "Imagerie"].undeclared) == (1, 1)


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("net-02", "judged", "NET-02"),
        ("4f2a9100-0000-5000-8000-000000000001", "finding", "SCAN-TDM-02"),
        ("6b00", "finding", "CONSOLE-IRM-1"),
        ("scan-tdm-02", "entity", "SCAN-TDM-02"),
        ("10.42.16.31", "entity", "SCAN-TDM-02"),
        ("10.42.16.99", "entity", "SCAN-TDM-02"),
        ("00-11-22-33-44-55", "entity", "SCAN-TDM-02"),
        ("Bureautique>Imagerie tcp/445", "finding", "Bureautique>Imagerie tcp/445"),
    ],
)
def test_show_finds_by_any_name(picture: Picture, text: str, kind: str, name: str) -> None:
    found = walk.resolve(picture, text)
    one = getattr(found, kind)
    assert (one.control if kind == "judged" else one["name"] if kind == "entity" else one.name) == name


def test_an_ambiguous_number_gives_the_choice(picture: Picture) -> None:
    assert {one["name"] for one in walk.resolve(picture, "4f2a").several} == {
        "SCAN-TDM-02",
        '<script>alert("x")</script>',
    }
    assert walk.resolve(picture, "nothing like it") == walk.Found()


def test_an_entity_shows_where_evidence_disagrees(picture: Picture) -> None:
    text = drawn(VIEWS["show entity"], picture, 120)
    assert re.search(r"adresse IP +≠ +■ +10\.42\.16\.31 .*evidence/zeek/conn\.log:3", text)
    assert re.search(r"□ +10\.42\.16\.99 .*declared/matrice\.xlsx:12", text)


def test_a_remedy_that_touches_care_asks_for_approval(picture: Picture) -> None:
    assert "accord nommé de l’ingénieur biomédical" in " ".join(drawn(VIEWS["check"], picture).split())


class Page(HTMLParser):
    """What a browser would fetch, run or announce."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_report_stands_alone(hospital: Any, language: str) -> None:
    text = report(Picture(hospital, Words(language)), original)
    page = Page()
    page.feed(text)
    names = [tag for tag, _ in page.tags]
    assert not {"script", "link", "img", "iframe", "object", "embed", "base", "form"} & set(names)
    assert all(not name.startswith("on") and name != "style" for _, attributes in page.tags for name in attributes)
    references = [
        value or "" for _, found in page.tags for name, value in found.items() if name in ("href", "src", "action")
    ]
    assert references
    assert all(value.startswith("#") for value in references)
    assert not re.findall(r"url\((?!#)", text)
    ids = {found["id"] for _, found in page.tags if found.get("id")}
    assert {value[1:] for value in references} <= ids
    assert (names.count("h1"), names.count("main"), names.count("header")) == (1, 1, 1)
    assert next(found["lang"] for tag, found in page.tags if tag == "html") == language
    assert len(ids) == sum(bool(found.get("id")) for _, found in page.tags)


def test_the_report_escapes_hostile_names_and_keeps_masks(picture: Picture) -> None:
    text = report(picture, original)
    assert "<script" not in text
    assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt;" in text
    assert "\x1b" not in text
    assert "PID|▒▒▒▒ &lt;b&gt;" in text
    assert "\\x1b[31mROUGE" in text


def test_the_report_never_gives_an_all_clear(hospital: Any) -> None:
    for language in ("fr", "en"):
        text = report(Picture(hospital, Words(language)), original)
        body = (
            text.replace("« vous êtes en sécurité »", "")
            .replace('"you are safe"', "")
            .replace("&#34;you are safe&#34;", "")
        )
        body = re.sub(r"[«\s\u00a0]*vous êtes en sécurité", "", body)
        assert not re.search(r"conforme à 100|you are safe|no risk|aucun risque", body)


def test_svg_drawings_say_what_they_show(picture: Picture) -> None:
    text = report(picture, original)
    for drawing in re.findall(r'<svg[^>]*role="img"[^>]*>(.*?)</svg>', text, re.S):
        assert drawing.startswith("<title>")


def test_the_proposed_matrix_is_text_and_asks_for_a_signature(picture: Picture, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    path = tmp_path / "flow_matrix.xlsx"
    assert propose_matrix(picture, path) == 5
    sheet = openpyxl.load_workbook(path).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][0] == "Hygie — proposition de matrice de flux (à relire et signer)"
    assert [row[:2] for row in rows[1:3]] == [["Signé par :", None], ["Signé le :", None]]
    assert rows[4][:7] == [
        "Zone source",
        "Zone destination",
        "Protocole",
        "Port",
        "Usage",
        "Responsable",
        "Valable jusqu'au",
    ]
    assert {tuple(row[:4]) for row in rows[5:]} == {
        ("Bureautique", "Imagerie", "tcp", "445"),
        ("Bureautique", "Serveurs", "tcp", "443"),
        ("Imagerie", "Serveurs", "tcp", "104"),
        ("Imagerie", "Internet", "tcp", "443"),
        ("Serveurs", "Bureautique", "tcp", "49152-65535"),
    }
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} <= {"s", "inlineStr"}


def test_json_of_a_check_is_plain(picture: Picture) -> None:
    from hygie.act.data import check_data

    judged = picture.one("NET-02")
    assert judged
    data = check_data(picture, judged)
    assert data["verdict"]["verdict"] == "CONTRADICTED"
    assert [one["proof"][0]["place"] for one in data["findings"]] == [
        "evidence/zeek/conn.log:3",
        "evidence/zeek/conn.log!a/b.log:1",
    ]
    assert json.loads(json.dumps(data["unseen"]))[0]["members"] == 31


def test_the_pairing_sheet_has_one_line_for_all_candidates(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    asset = {"asset_key": "G1", "serial": "S1", "maker": "=cmd|' /C calc'!A0", "model": "M", "room": "R", "unit": "U"}
    rows = [
        {**asset, "device": "device-1", "device_name": "SCAN-1"},
        {**asset, "device": "device-2", "device_name": "10.0.0.2", "device_ip": "10.0.0.2", "why": "maker site"},
    ]
    path = tmp_path / "pairing.xlsx"
    assert propose_pairing(rows, path) == 1
    cells = [cell for cell in openpyxl.load_workbook(path).active[6] if cell.value]
    assert [cell.value for cell in cells] == [
        "G1", "S1", "=cmd|' /C calc'!A0", "M", "R", "U",
        "device-1, SCAN-1 ; device-2, 10.0.0.2, même fabricant, même site",
    ]  # fmt: skip
    assert {cell.data_type for cell in cells} == {"s"}


def test_a_signed_matrix_is_read_again_and_an_unsigned_one_is_not(picture: Picture, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    from hygie.sources import tabular
    from hygie.sources.base import Batch, Document, Refusal

    path = tmp_path / "flow_matrix.xlsx"
    propose_matrix(picture, path)
    document = Document(path.name, lambda: path.open("rb"), path.stat().st_size)
    unsigned = list(tabular.read(document, "flow-matrix"))
    assert sum(isinstance(item, Refusal) for item in unsigned) == 5
    book = openpyxl.load_workbook(path)
    book.active["B2"], book.active["B3"] = "A. Martin", "24/11/2026"
    book.save(path)
    assert tabular.detect_document(document)[0] == "flow-matrix"
    read = [
        row
        for item in tabular.read(document, "flow-matrix")
        if isinstance(item, Batch)
        for row in item.rows.to_pylist()
    ]
    assert {
        (row["source"], row["destination"], row["protocol"], row["first_port"], row["last_port"]) for row in read
    } >= {
        ("Bureautique", "Imagerie", "tcp", 445, 445),
        ("Serveurs", "Bureautique", "tcp", 49152, 65535),
    }


def test_files_refused_for_one_reason_are_told_once_the_rarest_first(picture: Picture) -> None:
    unknown = [
        {"path": f"evidence/{name}.xml", "member": "", "status": "unknown", "reason": "no format", "hint": "see"}
        for name in "abcdefghij"
    ]
    settled = {"path": "evidence/parc.csv", "member": "", "status": "unknown", "reason": "a table", "hint": "import"}
    picture.evidence[:] = [*unknown, settled]
    picture.refusals[:] = []
    told = drawn(lambda screen, picture: rejected(screen, picture, 11, 0), picture)
    assert told.index("parc.csv") < told.index("a.xml")
    assert told.count("no format") == 1


def test_addresses_outside_the_plan_are_named_in_the_language_of_the_reader() -> None:
    assert zone_name("unlisted", Words("fr")) == "hors plan"
    assert readable("Internet>unlisted tcp/3389", Words("fr")).startswith("Internet → hors plan,")
    assert say_values({"destination": "unlisted"}, Words("fr")) == {"destination": "hors plan"}


def test_the_way_to_get_a_file_is_that_of_the_file_asked_for() -> None:
    read = {"zeek-conn": 1_000_000}
    kind = missing.kind_feeding("flow", "le journal de trafic du pare-feu d'Internet", read)
    assert kind["kind"] == "fortigate-log"
    assert missing.kind_feeding("flow", "les journaux de flux (Zeek, pare-feu ou capture)", read)["kind"] == "zeek-conn"
