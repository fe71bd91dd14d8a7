"""Accounts, persons, privileges, remote sessions."""

from __future__ import annotations

from typing import Any

from hygie.map import build
from tests.map.fake_store import FakeStore, at

DOMAIN = "S-1-5-21-10-20-30"


def user(number: int, name: str, **values: Any) -> dict[str, Any]:
    return {
        "kind": "user",
        "object_id": f"{DOMAIN}-{number}",
        "name": name,
        "domain": "chu.local",
        "enabled": True,
        **values,
    }


def group(identifier: str, name: str) -> dict[str, Any]:
    return {"kind": "group", "object_id": identifier, "name": name}


def member(of: str, who: str) -> dict[str, Any]:
    return {"group_id": of, "member_id": who}


def accounts(tables: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in build(FakeStore(tables))["account"].to_pylist()}


def test_nested_and_primary_groups_give_privileges() -> None:
    tables = {
        "directory_object": [
            user(1001, "direct"),
            user(1002, "nested"),
            user(1003, "primary", primary_group_id=f"{DOMAIN}-512"),
            user(1004, "plain"),
            user(502, "krbtgt"),
            group(f"{DOMAIN}-512", "Admins du domaine"),
            group(f"{DOMAIN}-2000", "Equipe"),
            group(f"{DOMAIN}-2001", "Boucle"),
            group("CHU.LOCAL-S-1-5-32-551", "Opérateurs de sauvegarde"),
        ],
        "directory_member": [
            member(f"{DOMAIN}-512", f"{DOMAIN}-1001"),
            member("CHU.LOCAL-S-1-5-32-551", f"{DOMAIN}-2000"),
            member(f"{DOMAIN}-2000", f"{DOMAIN}-2001"),
            member(f"{DOMAIN}-2001", f"{DOMAIN}-2000"),
            member(f"{DOMAIN}-2001", f"{DOMAIN}-1002"),
        ],
    }
    found = {(name, row["privileged"], row["privileged_by"]) for name, row in accounts(tables).items()}
    assert found == {
        ("direct", True, "Admins du domaine"),
        ("nested", True, "Opérateurs de sauvegarde"),
        ("primary", True, "Admins du domaine"),
        ("plain", False, None),
    }


def test_names_of_groups_count_only_without_identifiers() -> None:
    tables = {
        "directory_object": [
            {"kind": "user", "object_id": "CN=a,DC=x", "distinguished_name": "CN=a,DC=x", "name": "a"},
            {"kind": "group", "object_id": "CN=Admins du domaine,DC=x", "name": "Admins du domaine"},
            group(f"{DOMAIN}-3000", "Domain Admins"),
            user(1005, "b"),
        ],
        "directory_member": [
            member("CN=Admins du domaine,DC=x", "cn=a,dc=x"),
            member(f"{DOMAIN}-3000", f"{DOMAIN}-1005"),
        ],
    }
    assert {(name, row["privileged"]) for name, row in accounts(tables).items()} == {("a", True), ("b", False)}


def person(number: str, family: str, given: str, **values: Any) -> dict[str, Any]:
    return {"employee_id": number, "family_name": family, "given_name": given, **values}


def test_persons_by_account_mail_number_then_unique_name() -> None:
    tables = {
        "directory_object": [
            user(1, "m.durand"),
            user(2, "x1", email="L.Petit@chu.fr"),
            user(3, "x2", employee_id="0042"),
            user(4, "x3", display_name="LEROY Élise"),
            user(5, "x4", display_name="Jean Martin"),
            user(6, "intern", display_name="Paul Stage"),
        ],
        "person": [
            person("0001", "Durand", "Marie", account="CHU\\M.Durand"),
            person("0002", "Petit", "Luc", email="l.petit@chu.fr"),
            person("0042", "Roux", "Ana"),
            person("0003", "Leroy", "Elise"),
            person("0004", "Martin", "Jean"),
            person("0005", "Martin", "Jean"),
        ],
    }
    found = {(name, row["person_by"], row["in_staff"]) for name, row in accounts(tables).items()}
    assert found == {
        ("m.durand", "account", True),
        ("x1", "email", True),
        ("x2", "employee_id", True),
        ("x3", "full_name", True),
        ("x4", None, False),
        ("intern", None, False),
    }


def test_last_contract_counts_and_far_dates_are_no_departure() -> None:
    tables = {
        "directory_object": [user(1, "a"), user(2, "b"), user(3, "c")],
        "person": [
            person("1", "A", "A", account="a", end=at("2026-01-31")),
            person("1", "A", "A", account="a", end=at("2026-06-30")),
            person("2", "B", "B", account="b", end=at("2099-12-31")),
            person("3", "C", "C", account="c", end=at("2026-01-31")),
            person("3", "C", "C", account="c"),
        ],
    }
    found = {(name, row["contract_end"]) for name, row in accounts(tables).items()}
    assert found == {("a", at("2026-06-30")), ("b", None), ("c", None)}


def test_the_later_of_two_logons_over_all_controllers() -> None:
    tables = {
        "directory_object": [
            user(
                1,
                "a",
                last_logon=None,
                last_logon_replicated=at("2026-03-01"),
                collected=at("2026-10-01"),
                evidence_id="dc1",
            ),
            user(1, "a", last_logon=at("2026-09-01"), enabled=False, collected=at("2026-09-02"), evidence_id="dc2"),
        ]
    }
    row = accounts(tables)["a"]
    assert (row["last_logon"], row["enabled"]) == (at("2026-09-01"), True)


def test_remote_sessions_find_the_account_however_it_is_written() -> None:
    tables = {
        "directory_object": [
            user(1, "m.durand", email="marie.durand@chu.fr"),
            user(2, "adm"),
            {**user(3, "adm"), "object_id": "S-1-5-21-9-9-9-3", "domain": "ght.local"},
        ],
        "person": [person("1", "Durand", "Marie", account="m.durand", end=at("2026-01-31"))],
        "vpn_session": [
            {"account": written, "start": at("2026-10-01"), "outcome": "success"}
            for written in ("CHU\\M.DURAND", "m.durand@chu.local", "marie.durand@chu.fr", "GHT\\adm", "adm", "nobody")
        ],
    }
    built = build(FakeStore(tables))
    ids = {row["entity_id"]: (row["name"], row["domain"]) for row in built["account"].to_pylist()}
    found = [
        (row["account"], ids.get(row["account_id"]), row["in_staff"]) for row in built["remote_session"].to_pylist()
    ]
    durand = ("m.durand", "chu.local")
    assert set(found) == {
        ("CHU\\M.DURAND", durand, True),
        ("m.durand@chu.local", durand, True),
        ("marie.durand@chu.fr", durand, True),
        ("GHT\\adm", ("adm", "ght.local"), False),
        ("adm", None, False),
        ("nobody", None, False),
    }


def test_declared_privileged_accounts_match_with_and_without_domain() -> None:
    tables = {
        "directory_object": [user(1, "adm1"), user(2, "adm2"), user(3, "adm3")],
        "privileged_declared": [
            {"account": "CHU\\ADM1"},
            {"account": "adm2"},
            {"account": "adm3", "domain": "autre.local"},
        ],
    }
    found = {(name, row["declared_privileged"]) for name, row in accounts(tables).items()}
    assert found == {("adm1", True), ("adm2", True), ("adm3", False)}
