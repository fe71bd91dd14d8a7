"""Directories collected by SharpHound: objects, memberships and sessions, counted rather than believed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from hygie.errors import UnreadableError
from hygie.sources import sharphound
from hygie.sources.base import Sample, collect, document_from_bytes
from tests.sources.shared import expected, sample_bytes

DOMAIN = "S-1-5-21-1-2-3"
USER = {
    "ObjectIdentifier": f"{DOMAIN}-1104",
    "PrimaryGroupSID": f"{DOMAIN}-513",
    "Properties": {
        "name": "ADURAND@CHU.LOCAL",
        "domain": "CHU.LOCAL",
        "samaccountname": "adurand",
        "displayname": "Ana Durand",
        "enabled": True,
        "lastlogon": 0,
        "lastlogontimestamp": -1,
        "pwdlastset": 1743408900,
        "pwdneverexpires": True,
        "dontreqpreauth": False,
        "hasspn": False,
        "admincount": True,
        "userpassword": "Hiver2026!",
    },
    "Aces": [],
}


def read(items: list[Any], kind: str, name: str = "x.json", **meta: Any) -> Any:
    data = json.dumps({"data": items, "meta": {"type": kind, "version": 6, "count": len(items), **meta}}).encode()
    return collect(sharphound.read(document_from_bytes(data, name)))


def test_a_user_never_seen_by_this_controller() -> None:
    rows, refusals, notes = read([USER], "users", "20260331081500_users.json", count=9)
    (row,) = rows["directory_object"]
    assert (row["kind"], row["name"], row["domain"], row["enabled"]) == ("user", "adurand", "chu.local", True)
    assert (row["last_logon"], row["last_logon_replicated"]) == (None, None)
    assert row["password_set"] == datetime(2025, 3, 31, 8, 15, tzinfo=UTC)
    assert (row["password_never_expires"], row["admin_count"], row["has_service_name"]) == (True, True, False)
    assert row["collected"] == datetime(2026, 3, 31, 6, 15, tzinfo=UTC)
    assert notes["records_announced"] == "9"
    assert refusals == []
    assert "Hiver2026!" not in str(rows)
    assert {(m["group_id"], m["member_id"]) for m in rows["directory_member"]} == {(f"{DOMAIN}-513", f"{DOMAIN}-1104")}


def test_groups_sessions_and_service_accounts() -> None:
    members = [
        {"ObjectIdentifier": f"{DOMAIN}-1104", "ObjectType": "User"},
        {"ObjectIdentifier": f"{DOMAIN}-1200", "ObjectType": "Group"},
        {"ObjectIdentifier": "CHU.LOCAL-S-1-5-11", "ObjectType": "Base"},
    ]
    rows, _, _ = read([{"ObjectIdentifier": f"{DOMAIN}-512", "Properties": {}, "Members": members}], "groups")
    assert [m["member_kind"] for m in rows["directory_member"]] == ["user", "group", "other"]
    session = {"UserSID": f"{DOMAIN}-1104", "ComputerSID": f"{DOMAIN}-2000"}
    computer = {
        "ObjectIdentifier": f"{DOMAIN}-2000",
        "Properties": {"name": "SRV1.CHU.LOCAL", "samaccountname": "SRV1$", "operatingsystem": "Windows Server 2022"},
        "Sessions": {"Results": [session], "Collected": True},
        "PrivilegedSessions": {"Results": [session], "Collected": True},
    }
    rows, _, _ = read([computer], "computers")
    assert [(s["computer_id"], s["user_id"]) for s in rows["directory_session"]] == [
        (f"{DOMAIN}-2000", f"{DOMAIN}-1104")
    ]
    assert [(o["name"], o["host_name"]) for o in rows["directory_object"]] == [("SRV1", "srv1.chu.local")]
    managed = {
        "ObjectIdentifier": f"{DOMAIN}-3000",
        "Properties": {"samaccountname": "gmsa_pacs$", "name": "GMSA_PACS$@CHU"},
    }
    rows, _, _ = read([managed], "users")
    assert [(o["name"], o["kind"]) for o in rows["directory_object"]] == [("gmsa_pacs", "service_account")]


def test_damaged_items_are_refused_and_deleted_ones_counted() -> None:
    rows, refusals, notes = read([USER, "text", {"Properties": {}}, {**USER, "IsDeleted": True}], "users")
    assert [row["position"] for row in rows["directory_object"]] == [1]
    assert [refusal.position for refusal in refusals] == [2, 3]
    assert notes["deleted"] == "1"


def test_a_cut_file_keeps_what_precedes_the_cut() -> None:
    data = json.dumps({"data": [USER] * 5, "meta": {"type": "users", "count": 5, "version": 6}}).encode()
    rows, refusals, notes = collect(sharphound.read(document_from_bytes(data[: len(data) * 2 // 3])))
    assert len(rows["directory_object"]) == 3
    assert {row["kind"] for row in rows["directory_object"]} <= {"user", "other"}
    assert [refusal.position for refusal in refusals] == [4]
    assert notes["complete"] == "false"


def test_one_item_is_shown() -> None:
    data = json.dumps({"meta": {"type": "users", "version": 5}, "data": [{"a": 1}, USER]}).encode()
    assert json.loads(sharphound.show(document_from_bytes(data), 2))["ObjectIdentifier"] == f"{DOMAIN}-1104"


def test_another_json_is_unreadable_not_a_crash() -> None:
    with pytest.raises(UnreadableError):
        list(sharphound.read(document_from_bytes(b'{"a": 1}')))
    assert sharphound.detect(Sample("x", b'{"data": [], "total": 0}')) == 0
    assert sharphound.detect(Sample("x", b'{"data":[],"meta":{"methods":0,"type":"users","count":0,"version":5}}')) > 90


@pytest.mark.parametrize("folder", ["sharphound_v4", "sharphound_v5", "sharphound_v6"])
def test_every_shared_collection_gives_all_its_items(folder: str) -> None:
    for name, facts in expected(folder).items():
        data = sample_bytes(f"{folder}/{name}")
        assert sharphound.detect(Sample(name, data[:65_536])) >= 90, name
        rows, refusals, notes = collect(sharphound.read(document_from_bytes(data, name.removesuffix(".gz"))))
        objects = rows.get("directory_object", [])
        held = objects or rows["directory_session"]
        assert (len(held), refusals) == (facts["data_items"], []), name
        assert notes["records_announced"] == str(facts["meta"]["count"]), name
        if "members" in facts:
            assert len(rows["directory_member"]) == facts["members"], name
        if "enabled" in facts:
            assert sum(row["enabled"] is True for row in objects) == facts["enabled"], name
        if "operating_systems" in facts:
            systems = [str(row["operating_system"] or "null") for row in objects]
            assert {system: systems.count(system) for system in set(systems)} == facts["operating_systems"], name
        if "ObjectIdentifier" in facts.get("first", {}):
            assert objects[0]["object_id"] == facts["first"]["ObjectIdentifier"], name
