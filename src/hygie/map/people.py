"""Persons of the staff list: one per person whatever the number of contracts, and how an account finds its person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from hygie.map.frame import Row, fold, rows
from hygie.map.store import Store

NO_DEPARTURE = 2090  # a conventional far date means "no end"


@dataclass(eq=False)
class Person:
    """One person with the keys of all their rows; `contract_end` is empty while any contract runs."""

    key: str
    rows: list[Row]
    id: str = ""

    @property
    def name(self) -> str:
        """Given and family name."""
        row = self.rows[0]
        return " ".join(part for part in (row["given_name"], row["family_name"]) if part)

    @property
    def full_name(self) -> str:
        """The name without order, case and accents."""
        return spelled(self.name)

    @property
    def contract_end(self) -> datetime | None:
        """The end of the last contract."""
        ends: list[datetime | None] = [row["end"] for row in self.rows]
        known = [end for end in ends if end is not None and end.year < NO_DEPARTURE]
        return max(known) if len(known) == len(ends) else None

    def values(self, name: str) -> set[str]:
        """The folded values of one key column."""
        fold_one = bare_account if name == "account" else str.strip
        return {fold_one(str(row[name])).lower() for row in self.rows if row[name]}


def spelled(name: str) -> str:
    """A person's name as a key: words in alphabetical order.

    >>> spelled("DUPONT-MARTIN Élise") == spelled("Elise Dupont Martin")
    True
    """
    return " ".join(sorted(fold(name).split()))


def bare_account(text: str) -> str:
    r"""The account without its domain, however it was written.

    >>> bare_account("CHU\\e.dupont"), bare_account("E.Dupont@chu.local")
    ('e.dupont', 'e.dupont')
    """
    return text.strip().rsplit("\\", 1)[-1].split("@", 1)[0].lower()


def read_people(store: Store) -> list[Person]:
    """The persons of the staff list: by number, else by account or e-mail, else by name and first day."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows(store, "SELECT * FROM person ORDER BY evidence_id, member, position"):
        groups[_key(row)].append(row)
    people = [Person(key, same) for key, same in sorted(groups.items())]
    for person in people:
        person.id = store.ledger.id_for("person", [person.key])
    return people


def _key(row: Row) -> str:
    name = spelled(f"{row['given_name'] or ''} {row['family_name'] or ''}")
    if row["employee_id"]:
        return f"employee:{str(row['employee_id']).strip().lower()}"
    if row["account"]:
        return f"account:{bare_account(row['account'])}|{name}"
    if row["email"]:
        return f"email:{row['email'].strip().lower()}"
    return f"name:{name}|{row['unit'] or ''}|{row['start'] or ''}"


class PeopleIndex:
    """Finds the one person a key means; a key that two persons share means nobody."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._by: dict[str, dict[str, Person | None]] = {
            "account": _index((value, person) for person in people for value in person.values("account")),
            "email": _index((value, person) for person in people for value in person.values("email")),
            "employee_id": _index((value, person) for person in people for value in person.values("employee_id")),
            "full_name": _index((person.full_name, person) for person in people),
        }

    def find(self, by: str, value: str | None) -> Person | None:
        """The person whose key it is."""
        return self._by[by].get(value.strip().lower()) if value and value.strip() else None


def _index(pairs: Iterable[tuple[str, Person]]) -> dict[str, Person | None]:
    found: dict[str, Person | None] = {}
    for value, person in pairs:
        found[value] = person if value and found.get(value, person) is person else None
    return found
