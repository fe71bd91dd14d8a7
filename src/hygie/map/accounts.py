"""Accounts of the directory: nested privileges, persons, contracts, and the remote sessions they open."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hygie.map.content import content
from hygie.map.frame import Row, fold, place, rows
from hygie.map.people import PeopleIndex, Person, bare_account, spelled
from hygie.map.store import Store

BUILTIN = re.compile(r"(S-1-5-32-\d+)$", re.IGNORECASE)
DOMAIN = re.compile(r"S-1-5-21-\d+-\d+-\d+-(\d+)$", re.IGNORECASE)
OBJECTS = """
SELECT * FROM directory_object WHERE kind = $kind
ORDER BY object_id, collected DESC NULLS LAST, evidence_id, member, position
"""


@dataclass(eq=False)
class Account:
    """One user account, from all exports that name it; the newest export gives its state."""

    rows: list[Row]
    id: str = ""
    groups: list[str] = field(default_factory=list)
    person: Person | None = None
    person_by: str = ""
    declared: bool = False

    @property
    def row(self) -> Row:
        """The row of the newest export."""
        return self.rows[0]

    @property
    def builtin(self) -> bool:
        """Whether the directory made it by itself (krbtgt, Guest): nobody's account."""
        known = content("directory/privileged_groups")
        number = DOMAIN.search(self.row["object_id"] or "")
        if number:
            return int(number.group(1)) in known["builtin_accounts"]
        return fold(self.row["name"] or "") in {fold(name) for name in known["builtin_names"]}

    @property
    def last_logon(self) -> datetime | None:
        """The later of the two attributes, over all exports."""
        times = [row[name] for row in self.rows for name in ("last_logon", "last_logon_replicated") if row[name]]
        return max(times, default=None)


def read_accounts(store: Store, people: Sequence[Person]) -> list[Account]:
    """The user accounts with their groups and persons; `builtin` ones are among them."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows(store, OBJECTS, kind="user"):
        groups[row["object_id"] or row["distinguished_name"] or ""].append(row)
    accounts = [Account(same) for key, same in sorted(groups.items()) if key]
    privileged = privileged_members(store)
    for account in accounts:
        row = account.row
        account.id = store.ledger.id_for("account", [f"sid:{row['object_id']}"])
        members = (row["object_id"], row["distinguished_name"])
        account.groups = sorted({name for member in members if member for name in privileged.get(member.lower(), ())})
    _match_people(accounts, people)
    _match_declared(store, accounts)
    return accounts


def privileged_members(store: Store) -> dict[str, set[str]]:
    """Member (identifier or distinguished name, lower case) to the privileged groups it reaches, however nested.

    A primary group is a membership that the directory does not list; it counts.
    """
    same = _same_object(store)
    members: dict[str, set[str]] = defaultdict(set)
    for row in rows(store, "SELECT DISTINCT group_id, member_id FROM directory_member ORDER BY ALL"):
        if row["group_id"] and row["member_id"]:
            members[_one(same, row["group_id"])].add(_one(same, row["member_id"]))
    for row in rows(
        store,
        "SELECT DISTINCT object_id, primary_group_id FROM directory_object "
        "WHERE primary_group_id IS NOT NULL ORDER BY ALL",
    ):
        if row["object_id"]:
            members[_one(same, row["primary_group_id"])].add(_one(same, row["object_id"]))
    reached: dict[str, set[str]] = defaultdict(set)
    for group, name in sorted(_privileged_groups(store, same, members).items()):
        for member in _closure(group, members):
            reached[member].add(name)
    for other, identifier in same.items():
        if identifier in reached:
            reached[other] = reached[identifier]
    return reached


def _same_object(store: Store) -> dict[str, str]:
    """Distinguished name to identifier: exports mix both."""
    found: dict[str, str] = {}
    for row in rows(store, "SELECT DISTINCT object_id, distinguished_name FROM directory_object ORDER BY ALL"):
        if row["object_id"] and row["distinguished_name"]:
            found.setdefault(row["distinguished_name"].lower(), row["object_id"].lower())
    return found


def _one(same: Mapping[str, str], text: str) -> str:
    return same.get(text.lower(), text.lower())


def _privileged_groups(store: Store, same: Mapping[str, str], members: Iterable[str]) -> dict[str, str]:
    names = {}
    for row in rows(
        store,
        "SELECT DISTINCT object_id, distinguished_name, name FROM directory_object WHERE kind = 'group' ORDER BY ALL",
    ):
        identifier = _one(same, row["object_id"] or row["distinguished_name"] or "")
        names[identifier] = row["name"] or identifier
    found = {}
    for identifier in {*names, *members}:
        title = _privileged_title(identifier, names.get(identifier, ""))
        if title:
            found[identifier] = names.get(identifier) or title
    return found


def _privileged_title(identifier: str, name: str) -> str:
    known = content("directory/privileged_groups")
    if builtin := BUILTIN.search(identifier):
        entry = known["builtin"].get(builtin.group(1).upper())
    elif domain := DOMAIN.search(identifier):
        entry = known["domain"].get(int(domain.group(1)))
    else:
        entry = next((entry for entry in _by_name() if fold(name) in entry.values()), None)
    if entry is None and any(fold(name) == fold(listed) for names in known["names"] for listed in names):
        return name
    return str(entry["en"]) if entry else ""


def _by_name() -> list[dict[str, Any]]:
    """Exports without identifiers name groups in the language of the directory."""
    known = content("directory/privileged_groups")
    return [
        {**{lang: fold(text) for lang, text in entry.items()}}
        for part in ("builtin", "domain")
        for entry in known[part].values()
    ]


def _closure(group: str, members: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [group]
    while waiting:
        for member in members.get(waiting.pop(), ()):
            if member not in found:
                found.add(member)
                waiting.append(member)
    return found


def _match_people(accounts: Sequence[Account], people: Sequence[Person]) -> None:
    index = PeopleIndex(people)
    shown = Counter(spelled(account.row["display_name"] or "") for account in accounts)
    for account in accounts:
        row = account.row
        full = spelled(row["display_name"] or "")
        keys = (
            ("account", bare_account(row["name"] or "")),
            ("email", row["email"]),
            ("employee_id", row["employee_id"]),
            ("full_name", full if shown[full] == 1 else ""),
        )
        for by, value in keys:
            person = index.find(by, value)
            if person is not None:
                account.person, account.person_by = person, by
                break


def _match_declared(store: Store, accounts: Sequence[Account]) -> None:
    listed = {
        (bare_account(row["account"]), _domain_label(row["domain"] or _domain_of(row["account"])))
        for row in rows(store, "SELECT account, domain FROM privileged_declared WHERE account IS NOT NULL")
    }
    for account in accounts:
        name = bare_account(account.row["name"] or "")
        account.declared = (name, "") in listed or (name, _domain_label(account.row["domain"])) in listed


def _domain_of(text: str) -> str:
    r"""The domain written with an account, whichever way.

    >>> _domain_of("CHU\\adm"), _domain_of("adm@chu.local"), _domain_of("adm")
    ('CHU', 'chu.local', '')
    """
    if "\\" in text:
        return text.rsplit("\\", 1)[0]
    return text.split("@", 1)[1] if "@" in text else ""


def _domain_label(text: str | None) -> str:
    return (text or "").split(".")[0].strip().lower()


def account_rows(accounts: Iterable[Account]) -> Iterator[Row]:
    """The account table: user accounts, without those the directory made for itself."""
    for account in accounts:
        if account.builtin:
            continue
        row = account.row
        yield {
            "entity_id": account.id,
            **{name: row[name] for name in ("object_id", "name", "domain", "enabled", "created", "password_set")},
            "last_logon": account.last_logon,
            "privileged": bool(account.groups),
            "privileged_by": ", ".join(account.groups) or None,
            "declared_privileged": account.declared,
            "person_id": account.person.id if account.person else None,
            "person_by": account.person_by or None,
            "contract_end": account.person.contract_end if account.person else None,
            "in_staff": account.person is not None,
            **place(row),
        }


def session_rows(store: Store, accounts: Sequence[Account], people: Sequence[Person]) -> Iterator[Row]:
    """Remote sessions with the account and the person that opened them."""
    found = _AccountIndex(accounts)
    index = PeopleIndex(people)
    for row in rows(store, "SELECT * FROM vpn_session ORDER BY start, evidence_id, member, position"):
        account = found.find(row["account"] or "")
        person = account.person if account else None
        if account is None and row["account"]:
            person = index.find("account", bare_account(row["account"])) or index.find("email", row["account"])
        yield {
            "account_id": account.id if account else None,
            **{
                name: row[name] for name in ("account", "start", "outcome", "factors", "factor", "gateway", "source_ip")
            },
            "in_staff": person is not None,
            "contract_end": person.contract_end if person else None,
            "enabled": account.row["enabled"] if account else None,
            **place(row),
        }


class _AccountIndex:
    """Finds the one account a log means, with or without its domain."""

    def __init__(self, accounts: Sequence[Account]) -> None:
        self._names: dict[str, list[Account]] = defaultdict(list)
        self._mails: dict[str, list[Account]] = defaultdict(list)
        for account in accounts:
            self._names[bare_account(account.row["name"] or "")].append(account)
            if account.row["email"]:
                self._mails[account.row["email"].strip().lower()].append(account)

    def find(self, text: str) -> Account | None:
        mails = self._mails.get(text.strip().lower(), [])
        if len(mails) == 1:
            return mails[0]
        named = self._names.get(bare_account(text), [])
        label = _domain_label(_domain_of(text))
        same = [account for account in named if label and _domain_label(account.row["domain"]) == label]
        chosen = same or named
        return chosen[0] if len(chosen) == 1 else None
