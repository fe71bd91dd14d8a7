"""What the truth says is what the files show, found again without the simulator's help."""

from __future__ import annotations

import json
import re
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.simulate.reread import Zones, answered, content, matrix, sheet, table, units, zeek_rows

Written = tuple[Path, dict[str, Any]]
DAY = timedelta(days=1)
CALLERS = ("POSTES", "TELEPHONIE", "WIFI", "INTERNET")
PARIS = ZoneInfo("Europe/Paris")


def local(text: str) -> datetime:
    return datetime.strptime(text, "%d/%m/%Y %H:%M:%S").replace(tzinfo=PARIS)


def failing(truth: dict[str, Any], control: str, word: str) -> set[str]:
    return {subject[word] for subject in truth["failing"][control] if word in subject}


def test_truth_tells_the_plan_and_at_least_one_of_each_verdict(lively: Written) -> None:
    _root, truth = lively
    assert truth["version"] == 1
    assert set(truth["verdicts"].values()) == {
        "PROVED",
        "CONTRADICTED",
        "SILENT_GAP",
        "UNDECLARED_GOOD",
        "BLIND",
        "WAIVED",
    }
    declared = {(one["control"], json.dumps(one["subject"])) for one in truth["contradictions"]}
    assert declared == {
        (control, json.dumps(subject))
        for control, subjects in truth["failing"].items() if truth["verdicts"][control] == "CONTRADICTED"
        for subject in subjects
    }  # fmt: skip


def test_undeclared_flows_are_exactly_those_outside_the_matrix(lively: Written, tidy: Written) -> None:
    root, truth = lively
    assert units(root) - matrix(root) == failing(truth, "NET-01", "key")
    assert matrix(root) - units(root) == set(truth["dead_openings"]) != set()
    assert units(tidy[0]) <= matrix(tidy[0])


def test_reached_devices_answer_a_user_guest_or_outside_zone(lively: Written, tidy: Written) -> None:
    for root, truth in (lively, tidy):
        zone = Zones(root)
        reached = {
            target for source, target, *_rest in answered(root)
            if zone(target).startswith("BIOMED") and zone(source).startswith(CALLERS)
        }  # fmt: skip
        assert reached == failing(truth, "NET-02", "ip")


def test_only_proxies_and_guests_go_out_but_for_the_planted(lively: Written, tidy: Written) -> None:
    for root, truth in (lively, tidy):
        zone = Zones(root)
        proxies = {
            row["Adresse IP"] for row in table(root / "declared/applications.csv") if row["Rôle"] == "Mandataire"
        }
        out = {
            source
            for source, target, *_rest in answered(root)
            if zone(target) == "INTERNET" and zone(source) != "WIFI-INVITES"
        }
        assert out - proxies == failing(truth, "NET-05", "ip")


def test_clear_clinical_senders_cross_zones(lively: Written, tidy: Written) -> None:
    for root, truth in (lively, tidy):
        zone = Zones(root)
        senders = {
            source for source, target, _protocol, _port, service, _time in answered(root)
            if service in ("dicom", "hl7") and zone(source) != zone(target)
        }  # fmt: skip
        assert senders == failing(truth, "NET-07", "ip")


def test_unknown_devices_are_in_no_register(lively: Written) -> None:
    root, truth = lively
    folder = root / "evidence/inventaires"
    text = "".join(path.read_bytes().decode("latin-1").lower() for path in folder.iterdir())
    digits = re.sub(r"[^0-9a-f]", "", text.replace(" ", ""))
    for mac in failing(truth, "INV-01", "mac"):
        assert mac.replace(":", "") not in digits
    assert {source for source, *_rest in answered(root)} >= failing(truth, "INV-01", "ip")


def test_every_connected_asset_of_a_tidy_hospital_is_listed(tidy: Written) -> None:
    root, truth = tidy
    listed = {
        one["key"] for one in truth["devices"] if any("inventaires" in record["file"] for record in one["records"])
    }
    absent = {one["class"] for one in truth["devices"] if one["key"] not in listed}
    assert absent <= {"guest"}
    zone = Zones(root)
    known = {address for one in truth["devices"] if one["key"] in listed for address in one["ip"]}
    seen = {end for source, target, *_rest in answered(root) for end in (source, target)}
    outside = ("WIFI-INVITES", "VPN", "PARTENAIRES", "INTERNET", "")
    assert {address for address in seen if zone(address) not in outside} <= known


def test_records_point_at_rows_that_speak_of_the_device(lively: Written, tidy: Written) -> None:
    for root, truth in (lively, tidy):
        lines: dict[str, list[str]] = {}
        for device in truth["devices"]:
            for record in device["records"]:
                name = record["file"]
                if record["member"]:
                    collected = json.loads(zipfile.ZipFile(root / name).read(record["member"]))
                    names = {item["ObjectIdentifier"]: item["Properties"]["name"] for item in collected["data"]}
                    assert device["name"] in names[record["id"]]
                    continue
                if name not in lines:
                    lines[name] = (
                        (root / name).read_bytes().decode("cp1252" if "GMAO" in name else "utf-8-sig").splitlines()
                    )
                row = "\n".join(lines[name][record["row"] - 1 : record["row"] + 9 if "dhcp" in name else record["row"]])
                bare = re.sub(r"[^0-9a-z]", "", row.lower())
                told = [*device["mac"], *device["ip"], device["name"], device["serial"]]
                known = [re.sub(r"[^0-9a-z]", "", str(word).lower()) for word in told if word]
                assert any(word in bare for word in known), (device["key"], row)


def leases(root: Path) -> list[tuple[str, str, str]]:
    text = (root / "evidence/dhcp/dhcpd.leases").read_text(encoding="utf-8")
    return re.findall(r"lease (\S+) \{\n  starts . (\S+ \S+);(?:(?!\}).|\n)*?hardware ethernet (\S+);", text)


def test_two_devices_swap_addresses(lively: Written) -> None:
    root, truth = lively
    moved = [one for one in truth["devices"] if len(one["ip"]) == 2]
    assert sum(one["ip"][::-1] in [other["ip"] for other in moved] for one in moved) == 2
    for device in moved:
        mine = [address for address, _start, mac in leases(root) if mac == device["mac"][0]]
        assert mine == device["ip"]


def test_an_unknown_device_takes_over_a_known_address(lively: Written) -> None:
    root, truth = lively
    taken = failing(truth, "INV-01", "ip") & {one["ip"][0] for one in truth["devices"] if len(one["ip"]) == 2}
    assert len(taken) == 1
    holders = sorted((start, mac) for address, start, mac in leases(root) if address in taken)
    assert [mac in failing(truth, "INV-01", "mac") for _start, mac in holders] == [False, True]


def test_devices_to_be_paired_show_no_hardware_address_and_are_not_failing(lively: Written) -> None:
    root, truth = lively
    to_pair = {one["ip"] for one in truth["pairable"]}
    assert to_pair
    assert to_pair.isdisjoint(
        failing(truth, "INV-01", "ip") | failing(truth, "NET-02", "ip") | failing(truth, "NET-07", "ip")
    )
    biomedical = content(root / "evidence/reseau/zeek-biomed/conn.json.gz")
    assert not any(f'"{address}"' in biomedical for address in to_pair)
    assert to_pair <= {source for source, *_rest in answered(root)}


def test_remote_access_faults(lively: Written, tidy: Written) -> None:
    for root, truth in (lively, tidy):
        rows = table(root / "evidence/acces-distant/sessions_vpn.csv")
        good = [row for row in rows if row["Résultat"] == "Succès"]

        def who(row: dict[str, str]) -> str:
            return row["Utilisateur"].split("\\")[-1].split("@")[0]

        assert {who(row) for row in good if row["Authentification"] == "Mot de passe"} == failing(
            truth, "RA-01", "account"
        )
        ends: dict[str, datetime | None] = {}
        for row in sheet(root / "evidence/rh/liste du personnel.xlsx", skip=1):
            if row["Login"]:
                ends[row["Login"]] = row["Date de fin de contrat"]  # rows of one person come in the order of contracts
        late = {
            who(row) for row in good
            if (end := ends.get(who(row))) and local(row["Début de session"]) > end.replace(tzinfo=PARIS) + DAY
        }  # fmt: skip
        assert late == failing(truth, "RA-03", "account")


def test_backup_faults(lively: Written, tidy: Written) -> None:
    for root, truth in (lively, tidy):
        as_of = datetime.fromisoformat(truth["as_of"])
        loss: dict[str, int] = {}
        for row in sheet(root / "declared/BIA.xlsx"):
            for host in table(root / "declared/applications.csv"):
                if host["Application"] == row["Applications"]:
                    loss[host["Serveur"].upper()] = int(str(row["PDMA"]).split()[0])
        runs: dict[str, list[tuple[str, str]]] = {}
        for row in table(root / "evidence/sauvegarde/rapport_sessions_sauvegarde.csv", encoding="utf-8", separator=","):
            runs.setdefault(row["VMName"], []).append((row["CreationTime"], row["Status"]))
        faulty = set()
        for host, hours in loss.items():
            mine = sorted(runs.get(host, []))
            good = [datetime.fromisoformat(at[:19]).replace(tzinfo=PARIS) for at, status in mine if status == "Success"]
            lost = not good or as_of - good[-1].astimezone(UTC) > timedelta(hours=hours)
            if lost or [status for _at, status in mine[-3:]] == ["Failed"] * 3:
                faulty.add(host)
        assert faulty == failing(truth, "BKP-02", "name")


def privileged_and_dormant(root: Path, as_of: datetime) -> tuple[set[str], set[str], int]:
    """Walk the SharpHound collection: privileged accounts, dormant accounts, enabled accounts."""
    archive = zipfile.ZipFile(next((root / "evidence/annuaire").glob("*.zip")))
    data = {name.split("_")[1]: json.loads(archive.read(name))["data"] for name in archive.namelist()}
    members = {
        one["ObjectIdentifier"]: {each["ObjectIdentifier"] for each in one["Members"]} for one in data["groups.json"]
    }
    inside, queue = set(), [sid for sid in members if sid.endswith(("-512", "-519", "-544", "-551"))]
    while queue:
        sid = queue.pop()
        if sid not in inside:
            inside.add(sid)
            queue += members.get(sid, ())
    now, day = as_of.timestamp(), 86_400
    enabled = [one for one in data["users.json"] if one["Properties"]["enabled"]]
    dormant = set()
    for one in enabled:
        facts = one["Properties"]
        used = max(facts["lastlogon"], facts["lastlogontimestamp"])
        old = 0 < facts["pwdlastset"] < now - 1095 * day
        if old or (used > 0 and used < now - 365 * day) or (used <= 0 and facts["whencreated"] < now - 365 * day):
            dormant.add(facts["samaccountname"])
    privileged = {one["Properties"]["samaccountname"] for one in enabled if one["ObjectIdentifier"] in inside}
    return privileged, dormant, len(enabled)


def test_directory_faults(lively: Written) -> None:
    root, truth = lively
    privileged, dormant, enabled = privileged_and_dormant(root, datetime.fromisoformat(truth["as_of"]))
    listed = {row["Compte"] for row in table(root / "declared/comptes privilégiés.csv")}
    assert privileged - listed == failing(truth, "ID-01", "account")
    assert 0 < len(dormant) < 0.25 * enabled
    assert dormant.isdisjoint(privileged)


def test_exceptions_cover_what_is_waived_and_nothing_else(lively: Written) -> None:
    root, truth = lively
    rows = table(root / "declared/dérogations.csv")
    as_of = datetime.fromisoformat(truth["as_of"])
    worth = [row for row in rows if row["Responsable"] and local(row["Échéance"] + " 12:00:00") > as_of]
    waived = {control for control, state in truth["verdicts"].items() if state == "WAIVED"}
    assert {row["Contrôle"] for row in worth} == waived
    for control in waived:
        words = {row["Sujet"] for row in worth if row["Contrôle"] == control}
        assert all(words & set(subject.values()) for subject in truth["failing"][control])
    assert len(rows) > len(worth)


def test_blind_hospital_withholds_what_would_answer(blind: Written) -> None:
    root, truth = blind
    assert not any(truth["failing"].values())
    assert not (root / "evidence/rh").exists()
    assert {row["Authentification"] for row in table(root / "evidence/acces-distant/sessions_vpn.csv")} == {""}
    zone = Zones(root)
    seen = [row for path in (root / "evidence/reseau/zeek-coeur").glob("conn.*") for row in zeek_rows(path)]
    ends = [(zone(row["id.orig_h"]), zone(row["id.resp_h"])) for row in seen if row["conn_state"] == "SF"]
    assert ends
    assert all("POSTES-ADM" in pair for pair in ends)
    assert (
        "pwdLastSet" not in content(next((root / "evidence/annuaire").glob("*.ldif"))).split("objectClass: computer")[0]
    )


def test_stale_exports_are_old(blind: Written) -> None:
    root, truth = blind
    as_of = datetime.fromisoformat(truth["as_of"])
    console = next((root / "evidence/securite").glob("*.csv"))
    newest = max(local(row["Dernier contact"]) for row in table(console))
    assert timedelta(days=70) < as_of - newest < timedelta(days=90)
