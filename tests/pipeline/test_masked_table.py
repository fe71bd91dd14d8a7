"""A patient column of a table that is read stays hidden when `hygie show` prints the original row."""

from __future__ import annotations

from pathlib import Path

from hygie import pipeline
from hygie.workspace import open_store

from .small import AS_OF, INVENTORY, hospital


def test_the_original_row_is_shown_without_its_patient(tmp_path: Path) -> None:
    workspace = hospital(tmp_path / "h")
    rows = INVENTORY.splitlines()
    marked = [f"{rows[0]};Nom du patient", f"{rows[1]};PATIENTMARK ANNA", f"{rows[2]};PATIENTMARK LEO"]
    (workspace.root / "evidence" / "glpi.csv").write_text("\n".join(marked), "utf-8")
    pipeline.run(workspace.root, AS_OF)
    store = open_store(workspace.root)
    [row] = store.query("SELECT * FROM asset_record WHERE name = 'PC-ACCUEIL-01'").to_pylist()
    shown = pipeline.original(store, row["evidence_id"], row["member"], row["position"])
    store.close()
    assert [line.position for line in shown if line.hit] == [2]
    assert "PC-ACCUEIL-01" in "".join(line.text for line in shown)
    assert "PATIENTMARK" not in "".join(line.text for line in shown)
