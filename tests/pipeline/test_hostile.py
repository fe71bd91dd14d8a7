"""Bad input: each hostile file is a counted, located refusal with a hint; the rest is still read; nothing hangs."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from hygie import pipeline
from hygie.workspace import Workspace, open_store

from .small import AS_OF, INVENTORY, PLAN, conn_log, flows, hospital


def zipped(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


ENTITIES = b"""<?xml version="1.0"?>
<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;">
<!ENTITY d SYSTEM "file:///etc/passwd">]><x>&c;&d;</x>"""
SHEET = zipped("xl/workbook.xml", ENTITIES)

WHOLE_FILES: dict[str, Callable[[], bytes]] = {
    "empty.csv": lambda: b"",
    "truncated.log.gz": lambda: gzip.compress(conn_log(flows()))[:40],
    "random.bin": lambda: bytes(range(256)) * 50,
    "wrong.evtx": lambda: b"ElfFile\x00" + bytes(5000),
    "wrong.pcap": lambda: b"\xd4\xc3\xb2\xa1" + bytes(3),
    "policy.pdf": lambda: b"%PDF-1.7\n1 0 obj\n<< >>\nendobj\n",
    "bomb.gz": lambda: gzip.compress(bytes(100 * 1024 * 1024), 9),
    "dots.zip": lambda: zipped("../../evil.csv", INVENTORY.encode()),
    "entities.xml": lambda: ENTITIES,
    "entities.xlsx": lambda: SHEET,
    "columns.csv": lambda: (";".join(f"c{n}" for n in range(1_000_000)) + "\n").encode(),
    "letter.txt": lambda: "Madame, Monsieur,\nveuillez trouver ci-joint la liste.\n".encode("cp1252"),
    "numbers.csv": lambda: b"a,b\n1,2\n3,4\n",
    "nul.txt": lambda: bytes(100_000),
}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return hospital(tmp_path / "h")


def refusals(workspace: Workspace) -> list[dict[str, object]]:
    store = open_store(workspace.root)
    try:
        return store.query("SELECT * FROM refusal").to_pylist()
    finally:
        store.close()


@pytest.mark.parametrize("name", WHOLE_FILES)
def test_a_whole_file_that_cannot_be_read(workspace: Workspace, name: str) -> None:
    (workspace.root / "evidence" / name).write_bytes(WHOLE_FILES[name]())
    result = pipeline.run(workspace.root, AS_OF)
    store = open_store(workspace.root)
    sql = "SELECT status, reason, hint, rows, refused FROM evidence WHERE path = $path"
    found = store.query(sql, path=f"evidence/{name}")
    good = store.query("SELECT count(*)::INT AS n FROM flow").to_pylist()
    store.close()
    assert good == [{"n": 4}]
    told = [row for row in found.to_pylist() if row["status"] != "read" or row["refused"]]
    assert len(told) == 1
    assert result.refused_files + result.refused_records >= (told[0]["status"] != "empty")
    for row in told:
        if row["status"] != "read":
            assert row["reason"]
            assert row["hint"]


def test_a_line_of_100_megabytes_costs_one_record(workspace: Workspace) -> None:
    lines = flows()
    long = lines[0].replace("C1", "C" + "x" * 100_000_000)
    (workspace.root / "evidence" / "long.log").write_bytes(conn_log([lines[1], long, lines[3]]))
    assert pipeline.run(workspace.root, AS_OF).refused_records == 1
    assert [(row["position"], row["count"]) for row in refusals(workspace)] == [(9, 1)]


def test_broken_lines_are_counted_with_their_place(workspace: Workspace) -> None:
    lines = [*flows()[:2], "garbage", flows()[3].replace("10.2.0.21", "10.2.0.999"), "\x00\x00"]
    (workspace.root / "evidence" / "broken.log").write_bytes(conn_log(lines))
    assert pipeline.run(workspace.root, AS_OF).refused_records == 3
    assert {(row["position"], row["count"]) for row in refusals(workspace)} == {(10, 2), (11, 1)}
    assert all(row["expected"] for row in refusals(workspace))


def test_formulas_stay_text_and_duplicate_headers_are_told(workspace: Workspace) -> None:
    text = INVENTORY.replace("PC-ACCUEIL-01", '=HYPERLINK("http://x";"y")').replace("SN0001", "SN0101")
    (workspace.root / "evidence" / "formula.csv").write_text(text.replace("Entité;", "Nom;"), "utf-8")
    pipeline.run(workspace.root, AS_OF)
    assert any("header" in str(row["expected"]) or "column" in str(row["expected"]) for row in refusals(workspace))


def test_a_csv_with_the_wrong_name_and_a_log_named_csv_are_read_by_content(workspace: Workspace) -> None:
    (workspace.root / "declared" / "plan d'adressage.csv").unlink()
    (workspace.root / "evidence" / "notes.log").write_text(PLAN, "utf-16")
    (workspace.root / "declared" / "matrix.csv").write_bytes(conn_log(flows()[:1]))
    pipeline.run(workspace.root, AS_OF)
    store = open_store(workspace.root)
    kinds = {row["path"]: row["kind"] for row in store.evidence.to_pylist()}
    store.close()
    assert kinds["evidence/notes.log"] == "address-plan"
    assert kinds["declared/matrix.csv"] == "zeek-conn"
