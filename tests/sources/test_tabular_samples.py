"""Real exports of real products, read in place: what each becomes, and which are recognised and set aside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hygie.sources.base import Document, collect
from hygie.sources.tabular import detect_document, read
from tests.sources.shared import shared_folder

VEEAM_SETTINGS = [
    "_AgentBackupJob",
    "_Jobs",
    "_LicInfo",
    "_PhysNotProtected",
    "_Repositories",
    "_SOBRExtents",
    "_SOBRs",
    "_SecurityCompliance",
    "_TapeJobs",
    "_ViProtected",
    "_ViUnprotected",
    "_configBackup",
    "_vbrinfo",
]
NOT_OURS = [
    "samples_assets/nessus/nessus_many_vuln.csv",
    "samples_assets/openvas/many_vuln.csv",
    "samples_assets/qualys/Qualys_Sample_Report.csv",
    "samples_assets/cloud-findings/sca_format.csv",
    "samples_assets/prowler-ocsf/example_output_aws.csv",
    "samples_assets/tls-scans/testssl_overall_critical.csv",
    "samples_network/kea/lease4_dump_test.reference.csv",
    "samples_network/netflow/nfdump-smb__smb2readwrite.csv",
]


def sample(name: str) -> Document:
    path: Path = shared_folder() / name
    if not path.exists():
        pytest.skip(f"shared data file {name} is absent (see ../shared/data/README.md)")
    return Document(path.name, lambda: path.open("rb"), path.stat().st_size)


def rows(name: str, kind: str) -> list[dict[str, Any]]:
    document = sample(name)
    assert detect_document(document)[0] == kind
    tables, refusals, _ = collect(read(document, kind))
    assert refusals == []
    return next(iter(tables.values()))


def test_veeam_session_report() -> None:
    found = rows("samples_assets/veeam/VeeamSessionReport.csv", "backup-jobs")
    assert {(row["position"], row["job"], row["system"], row["result"], row["kind"]) for row in found} >= {
        (2, "Production-VM-Backup", "DC01", "success", "incremental"),
        (5, "Production-VM-Backup", "WEB-PROD02", "warning", "incremental"),
    }
    first = found[0]
    assert (first["start"].isoformat(), first["end"].isoformat()) == (
        "2024-03-01T21:00:00+00:00",
        "2024-03-01T21:15:32+00:00",
    )
    assert first["size"] == int(12.5 * 1024**3)


@pytest.mark.parametrize("name", VEEAM_SETTINGS)
def test_veeam_settings_are_recognised_and_set_aside(name: str) -> None:
    document = sample(f"samples_assets/veeam/{name}.csv")
    assert detect_document(document)[0] == "backup-configuration"
    tables, refusals, notes = collect(read(document, "backup-configuration"))
    assert (tables, refusals, list(notes)) == ({}, [], ["unused"])


@pytest.mark.parametrize(
    ("name", "count", "first"),
    [("SizingWorkshop-RVTools.xlsx", 805, "wowas"), ("rvtools-small-complete.xlsx", 3, "sample-")],
)
def test_rvtools_workbooks_are_an_inventory_of_virtual_machines(name: str, count: int, first: str) -> None:
    found = rows(f"samples_assets/rvtools-xlsx/{name}", "it-inventory")
    assert len(found) == count
    assert {row["register"] for row in found} == {"it"}
    assert any(row["name"].startswith(first) for row in found)


def test_openvpn_status_version_1() -> None:
    found = rows("samples_network/openvpn/openvpn-status.txt", "vpn-sessions")
    columns = ("position", "account", "source_ip", "bytes_in", "bytes_out", "outcome")
    assert len(found) == 5
    assert tuple(found[0][column] for column in columns) == (
        4,
        "foo@example.com",
        "10.10.10.10",
        334948,
        1973012,
        "success",
    )
    assert found[0]["start"].isoformat() == "2015-06-18T02:23:03+00:00"


def test_openvpn_status_version_2() -> None:
    found = rows("samples_network/openvpn/server2.status", "vpn-sessions")
    assert {row["account"] for row in found} >= {"redacted1", "redacted2"}
    assert {row.get("factors") for row in found} == {None}


@pytest.mark.parametrize("name", NOT_OURS)
def test_tables_of_another_nature_are_left_to_others(name: str) -> None:
    assert detect_document(sample(name)) == ("", 0)
