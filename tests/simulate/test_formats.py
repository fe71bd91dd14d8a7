"""Each file is what the product it imitates would write, read back by the standard library."""

from __future__ import annotations

import base64
import gzip
import ipaddress
import json
import re
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.simulate.reread import content, fortigate_rows, sheet, table, zeek_rows

Written = tuple[Path, dict[str, Any]]


def test_zeek_tsv_announces_its_fields_and_types(lively: Written) -> None:
    root, truth = lively
    logs = sorted((root / "evidence/reseau/zeek-coeur").glob("*.log*"))
    assert {path.name.split(".")[0] for path in logs} == {"conn", "dns", "dhcp", "ssl"}
    for path in logs:
        head = content(path).split("\n", 9)
        assert head[0] == "#separator \\x09"
        assert len(head[6].split("\t")) == len(head[7].split("\t"))
    for name, broken in truth["refused_records"].items():
        lines = [line for line in content(root / name).splitlines() if not line.startswith("#")]
        assert len(lines) - len(list(zeek_rows(root / name))) == broken


def test_one_conn_file_a_day_and_every_row_inside_it(lively: Written) -> None:
    root, truth = lively
    logs = sorted((root / "evidence/reseau/zeek-coeur").glob("conn.*"))
    assert truth["days"] <= len(logs) <= truth["days"] + 1
    for path in logs[:4]:
        times = [float(row["ts"]) for row in zeek_rows(path)]
        assert times == sorted(times)
        assert max(times) - min(times) < 86_400


def test_one_hardware_address_fronts_many_servers(lively: Written) -> None:
    root, _truth = lively
    behind: dict[str, set[str]] = {}
    for line in content(root / "evidence/reseau/zeek-biomed/conn.json.gz").splitlines():
        row = json.loads(line)
        behind.setdefault(row["resp_l2_addr"], set()).add(row["id.resp_h"])
    assert max(len(addresses) for addresses in behind.values()) >= 5
    assert any(mac.startswith("00:00:5e:00:01") for mac in behind)


def test_firewall_log_agrees_with_its_configuration(lively: Written) -> None:
    root, _truth = lively
    conf = next((root / "evidence/pare-feu").glob("*.conf")).read_text(encoding="utf-8")
    assert conf.startswith("#config-version=FGT")
    assert len(re.findall(r"^config ", conf, re.M)) == len(re.findall(r"^end$", conf, re.M))
    interfaces = set(re.findall(r'edit "([^"]+)"', conf.split("config system interface")[1].split("\nend")[0]))
    rules = re.findall(r"^    edit (\d+)$", conf.split("config firewall policy")[1], re.M)
    assert [int(rule) for rule in rules] == list(range(1, len(rules) + 1))
    rows = [row for path in (root / "evidence/pare-feu/FW-PERIMETRE").glob("*") for row in fortigate_rows(path)]
    assert {row["srcintf"] for row in rows} | {row["dstintf"] for row in rows} <= interfaces
    assert {row["policyid"] for row in rows} <= {*rules, "0"}
    assert {row["action"] for row in rows} == {"accept", "close", "deny"}
    assert {row["rcvdbyte"] == "0" for row in rows if row["action"] == "deny"} == {True}


def test_objects_named_in_rules_exist(lively: Written) -> None:
    root, _truth = lively
    conf = next((root / "evidence/pare-feu").glob("*.conf")).read_text(encoding="utf-8")
    objects, rules = conf.split("config firewall policy")
    known = {*re.findall(r'edit "([^"]+)"', objects), "all", "ALL", "any", "always"}
    named = re.findall(r"set (?:srcaddr|dstaddr|service|srcintf|dstintf) (.*)$", rules, re.M)
    assert {name for line in named for name in re.findall(r'"([^"]+)"', line)} <= known


def test_sharphound_counts_what_it_announces(lively: Written) -> None:
    root, _truth = lively
    archive = zipfile.ZipFile(next((root / "evidence/annuaire").glob("*.zip")))
    kinds = {}
    for member in archive.namelist():
        collected = json.loads(archive.read(member))
        assert collected["meta"]["version"] == 6
        assert collected["meta"]["count"] == len(collected["data"])
        kinds[collected["meta"]["type"]] = {item["ObjectIdentifier"] for item in collected["data"]}
    assert set(kinds) == {"users", "computers", "groups", "domains"}
    assert kinds["users"].isdisjoint(kinds["groups"])


def test_ldif_entries_hold_binary_identifiers(tidy: Written) -> None:
    root, _truth = tidy
    text = next((root / "evidence/annuaire").glob("*.ldif")).read_text(encoding="utf-8")
    assert text.isascii()
    entries = [entry for entry in text.split("\n\n") if entry.startswith("dn:")]
    sids = [base64.b64decode(value) for value in re.findall(r"^objectSid:: (.*)$", text, re.M)]
    assert len(sids) == len(set(sids)) == len(entries)
    assert all(len(sid) == 8 + 4 * sid[1] for sid in sids)


def test_inventories_write_addresses_in_four_notations(lively: Written) -> None:
    root, _truth = lively
    folder = root / "evidence/inventaires"
    glpi = table(folder / "glpi_export_ordinateurs.csv")
    network = table(folder / "parc_serveurs_reseau_gtb.csv", encoding="utf-8", separator=",")
    biomedical = table(folder / "GMAO parc biomédical.csv", encoding="cp1252", skip=2)
    assert all(re.fullmatch(r"([0-9A-F]{2}:?){6}(, ([0-9A-F]{2}:?){6})?", row["Réseau - MAC"]) for row in glpi)
    assert all(re.fullmatch(r"([0-9a-f]{4}\.?){3}", row["Adresse MAC"]) for row in network)
    assert all(re.fullmatch(r"(([0-9A-F]{2}-?){6})?", row["Adresse MAC"]) for row in biomedical)
    assert any(not row["Adresse MAC"] and not row["Adresse IP"] for row in biomedical)


def test_staff_list_has_a_title_row_days_and_a_far_date(lively: Written) -> None:
    root, _truth = lively
    rows = sheet(root / "evidence/rh/liste du personnel.xlsx", skip=1)
    ends = {row["Date de fin de contrat"] for row in rows if row["Date de fin de contrat"]}
    assert any(end.year == 2099 for end in ends)
    names = [(row["Nom"], row["Prénom"]) for row in rows]
    assert names.count(("Hautefeuille", "Dominique")) == 2


def test_leases_are_blocks_of_addresses(lively: Written) -> None:
    root, _truth = lively
    text = (root / "evidence/dhcp/dhcpd.leases").read_text(encoding="utf-8")
    leases = re.findall(r"^lease (\S+) \{\n  starts (\d) (\S+) ", text, re.M)
    assert all(ipaddress.ip_address(address) for address, _day, _date in leases)
    assert text.count("{") == text.count("}") == len(leases)


def packets(path: Path) -> list[bytes]:
    data, at, found = path.read_bytes(), 24, []
    assert struct.unpack("<I", data[:4])[0] == 0xA1B2C3D4
    while at < len(data):
        length = struct.unpack("<I", data[at + 8 : at + 12])[0]
        found.append(data[at + 16 : at + 16 + length])
        at += 16 + length
    return found


def test_capture_holds_associations_messages_and_markers(lively: Written) -> None:
    root, truth = lively
    frames = packets(next((root / "evidence/captures").glob("*.pcap")))
    payloads = [frame[54:] for frame in frames if len(frame) > 54]
    assert {payload[0] for payload in payloads} >= {1, 2, 4, 5, 6, 0x0B}
    assert all(frame[12:14] == b"\x08\x00" and frame[23] == 6 for frame in frames)
    whole = b"".join(payloads)
    assert len(truth["patient_markers"]) == 4
    assert all(marker.encode() in whole for marker in truth["patient_markers"])


def test_bad_files_are_bad(lively: Written) -> None:
    root, truth = lively
    assert all((root / name).is_file() for name in truth["refused_files"])
    with pytest.raises(EOFError):
        gzip.decompress((root / "evidence/divers/journal_tronque.gz").read_bytes())
