"""Directories as text: the same account by LDIF, CSVDE and a search tool gives the same row."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from hygie.errors import UnreadableError
from hygie.sources import directory
from hygie.sources.base import Refusal, Sample, collect, document_from_bytes
from tests.sources.shared import expected, sample_bytes

ACCOUNT = "CN=Durand\\, Ana,OU=Soins,DC=chu,DC=local"
GROUP = "CN=Admins du domaine,CN=Users,DC=chu,DC=local"
PARTS = (21, 11, 22, 33, 1104)
SID_BYTES = bytes([1, 5, 0, 0, 0, 0, 0, 5]) + b"".join(part.to_bytes(4, "little") for part in PARTS)
SID = "S-1-5-21-11-22-33-1104"
GROUP_BYTES = SID_BYTES[:-4] + (512).to_bytes(4, "little")
NEVER = "9223372036854775807"
LDIF = f"""version: 1
# a comment
 folded over two lines
dn:: {base64.b64encode(ACCOUNT.encode()).decode()}
changetype: add
objectClass: top
objectClass: person
objectClass: organizationalPerson
objectClass: user
cn: Durand, Ana
sAMAccountName: adurand
displayName:: {base64.b64encode("Ana Dürand".encode()).decode()}
description: un texte
  qui continue
objectSid:: {base64.b64encode(SID_BYTES).decode()}
userAccountControl: 4260354
primaryGroupID: 513
pwdLastSet: 133878753000000000
lastLogon: 0
lastLogonTimestamp: {NEVER}
whenCreated: 20200102030405.0Z
memberOf: {GROUP}
userPassword:: {base64.b64encode(b"Hiver2026!").decode()}
jpegPhoto:< file:///etc/passwd

dn: {GROUP}
objectClass: top
objectClass: group
sAMAccountName: Admins du domaine
objectSid:: {base64.b64encode(GROUP_BYTES).decode()}
member: {ACCOUNT}
member: CN=Absent,DC=autre,DC=local

dn: CN=Ancien,DC=chu,DC=local
changetype: delete

dn: CN=Ana,DC=chu,DC=local
changetype: modify
replace: mail
mail: x@y.z
-

""".replace("\n", "\r\n")
HEADER = (
    "DN,objectClass,cn,sAMAccountName,displayName,description,objectSid,userAccountControl,primaryGroupID,pwdLastSet"
)
HEADER += ",lastLogon,lastLogonTimestamp,whenCreated,memberOf,userPassword,member"
CSVDE = "\r\n".join(
    [
        HEADER,
        f'"{ACCOUNT}",top;person;organizationalPerson;user,"Durand, Ana",adurand,Ana Dürand,un texte qui continue,'
        f"X'{SID_BYTES.hex()}',4260354,513,133878753000000000,0,{NEVER},20200102030405.0Z,\"{GROUP}\",X'00',",
        f"\"{GROUP}\",top;group,,Admins du domaine,,,X'{GROUP_BYTES.hex()}'"
        f',,,,,,,,,"{ACCOUNT};CN=Absent,DC=autre,DC=local"',
        "",
    ]
)
BLOCKS = f"""--------------------
distinguishedName: {ACCOUNT}
objectClass: top, person, organizationalPerson, user
sAMAccountName: adurand
displayName: Ana Dürand
description: un texte qui continue
objectSid: {SID}
userAccountControl: 4260354
primaryGroupID: 513
pwdLastSet: 133878753000000000
lastLogon: 0
lastLogonTimestamp: {NEVER}
whenCreated: 20200102030405.0Z
memberOf: {GROUP}, CN=Autre,DC=chu,DC=local
userPassword: Hiver2026!
--------------------
"""
ROW = {
    "object_id": SID,
    "kind": "user",
    "name": "adurand",
    "display_name": "Ana Dürand",
    "distinguished_name": ACCOUNT,
    "domain": "chu.local",
    "enabled": False,
    "created": datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC),
    "password_set": datetime(2025, 3, 31, 6, 15, tzinfo=UTC),
    "password_never_expires": True,
    "no_preauthentication": True,
    "has_service_name": False,
    "admin_count": False,
    "primary_group_id": "S-1-5-21-11-22-33-513",
    "description": "un texte qui continue",
}
MEMBERSHIPS = {
    ("S-1-5-21-11-22-33-513", SID, "user"),
    ("S-1-5-21-11-22-33-512", SID, "user"),
    ("S-1-5-21-11-22-33-512", "CN=Absent,DC=autre,DC=local", None),
}


def read(text: str, encoding: str = "utf-8") -> tuple[dict[str, list[dict[str, Any]]], list[Refusal], dict[str, str]]:
    data = text.encode(encoding)
    kind, score = directory.detect_kind(Sample("x", data))
    assert score >= 90
    return collect(directory.read(document_from_bytes(data), kind))


def said(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None and name != "position"}


def memberships(rows: dict[str, list[dict[str, Any]]]) -> set[tuple[str, str, str | None]]:
    return {(row["group_id"], row["member_id"], row["member_kind"]) for row in rows["directory_member"]}


def test_ldif() -> None:
    rows, refusals, notes = read(LDIF)
    assert said(rows["directory_object"][0]) == ROW
    assert [(row["position"], row["kind"]) for row in rows["directory_object"]] == [(4, "user"), (26, "group")]
    assert memberships(rows) == MEMBERSHIPS
    assert [(refusal.position, refusal.expected) for refusal in refusals] == [(24, "a value in the file itself")]
    assert (notes["changes_skipped"], notes["secrets_dropped"]) == ("2", "1")
    assert "Hiver2026!" not in str(rows)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_csvde(encoding: str) -> None:
    rows, refusals, _ = read(CSVDE, encoding)
    assert refusals == []
    assert said(rows["directory_object"][0]) == ROW
    assert [row["position"] for row in rows["directory_object"]] == [2, 3]
    assert memberships(rows) == MEMBERSHIPS


def test_blocks_of_a_search_tool() -> None:
    rows, refusals, _ = read(BLOCKS)
    assert refusals == []
    assert said(rows["directory_object"][0]) == ROW
    assert memberships(rows) == {
        ("S-1-5-21-11-22-33-513", SID, "user"),
        (GROUP, SID, "user"),
        ("CN=Autre,DC=chu,DC=local", SID, "user"),
    }


def test_kinds_of_objects() -> None:
    kinds = {
        "user": "user",
        "inetOrgPerson": "user",
        "computer": "computer",
        "msDS-GroupManagedServiceAccount": "service_account",
        "organizationalUnit": "unit",
        "groupPolicyContainer": "policy",
        "domainDNS": "domain",
        "contact": "other",
        "printQueue": "other",
    }
    entries = [f"dn: CN=x{index},DC=a\nobjectClass: {name}\n" for index, name in enumerate(kinds)]
    rows, _, _ = read("\n".join(entries))
    assert [row["kind"] for row in rows["directory_object"]] == list(kinds.values())


def test_damaged_values_are_refused_and_their_entry_kept() -> None:
    text = "dn: CN=a,DC=b\nobjectClass: user\ncn:: %%%\nno colon here\nuserAccountControl: many\n\nmail: lost@b\n"
    rows, refusals, _ = read(text)
    assert [row["object_id"] for row in rows["directory_object"]] == ["CN=a,DC=b"]
    assert [refusal.position for refusal in refusals] == [3, 4, 7]


def test_the_last_words_of_a_search_tell_whether_it_is_complete() -> None:
    entry = "# extended LDIF\n#\ndn: CN=a,DC=b\nobjectClass: user\n\n# search result\nsearch: 2\nresult: {}\n\n# end\n"
    assert read(entry.format("0 Success"))[2]["complete"] == "true"
    assert read(entry.format("4 Size limit exceeded"))[2]["complete"] == "false"


def test_a_quote_never_closed_costs_one_record() -> None:
    good = '"CN={0},DC=b",user,{0}'
    lines = ["DN,objectClass,cn", good.format("a"), '"CN=c,DC=b",user,"cut', good.format("d"), '"CN=e,DC=b",user']
    rows, refusals, _ = read("\n".join(lines))
    assert [row["name"] for row in rows["directory_object"]] == ["a", "d"]
    assert [refusal.position for refusal in refusals] == [3, 5]


def test_a_group_of_many_members_is_read() -> None:
    members = ";".join(f"CN=Personne {number},OU=Soins,DC=chu,DC=local" for number in range(9000))
    rows, refusals, _ = read(f'DN,objectClass,cn,member\n"CN=Tous,DC=chu,DC=local",group,Tous,"{members}"\n')
    assert (len(rows["directory_member"]), refusals) == (9000, [])


def test_another_csv_is_not_claimed() -> None:
    assert directory.detect_kind(Sample("x", b"Nom;Adresse;DN\na;b;c\n"))[1] == 0
    assert directory.detect_kind(Sample("x", b""))[1] == 0
    with pytest.raises(UnreadableError):
        list(directory.read(document_from_bytes(b"a,b\n1,2\n"), "csvde"))


def test_every_shared_ldif_gives_its_entries() -> None:
    for name, facts in expected("ldif").items():
        rows, refusals, _ = read(sample_bytes(f"ldif/{name}").decode())
        assert refusals == [], name
        assert [row["distinguished_name"] for row in rows["directory_object"]] == facts["dns"], name


def test_every_shared_block_of_a_search_tool_is_read() -> None:
    for name, facts in expected("ad_ldapsearch").items():
        rows, refusals, _ = read(sample_bytes(f"ad_ldapsearch/{name}").decode())
        assert (len(rows["directory_object"]), refusals) == (facts["blocks"], []), name
        assert len({row["object_id"] for row in rows["directory_object"]}) == 4, name


def test_an_entry_is_shown_whole_without_its_secrets() -> None:
    shown = directory.show(document_from_bytes(LDIF.encode()), 4)
    assert "sAMAccountName: adurand" in shown
    assert "userPassword" not in shown
    assert "Admins du domaine; " not in shown
    assert directory.show(document_from_bytes(BLOCKS.encode()), 2).startswith("distinguishedName: CN=Durand")
    assert directory.show(document_from_bytes(CSVDE.encode()), 2) == ""
