"""Counter-examples of one check: rows of its rule gathered by subject, with proofs, values and dates."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import takewhile
from typing import Any

import orjson

from hygie.assess.control import Control
from hygie.assess.store import Store

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:hygie:finding")
MOST_PROOFS = 5
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Row = dict[str, Any]


@dataclass
class Case:
    """One failing subject: the rows that prove it, the most telling first."""

    subject: str
    rows: list[Row] = field(default_factory=list)

    @property
    def leading(self) -> Row:
        """The row whose reason and values are told."""
        return self.rows[0]

    @property
    def entities(self) -> set[str]:
        """The entities it concerns."""
        found = {row.get(name) for row in self.rows for name in ("entity_id", "other_id")}
        return {self.subject} | {one for one in found if one}

    @property
    def times(self) -> list[datetime]:
        """The moments of its rows."""
        return [row["seen"] for row in self.rows if row.get("seen") is not None]

    @property
    def proofs(self) -> int:
        """How many records prove it."""
        if any("proofs" in row for row in self.rows):
            return int(sum(row.get("proofs") or 0 for row in self.rows))
        return len({proof_key(row) for row in self.rows if row.get("evidence_id")})

    def proof_rows(self) -> list[Row]:
        """At most five records, the most telling first."""
        distinct = {proof_key(row): row for row in reversed(self.rows) if row.get("evidence_id")}
        return list(reversed(distinct.values()))[:MOST_PROOFS]


def finding_id(control: str, subject: str) -> str:
    """The identifier of a finding, the same in every run.

    >>> finding_id("NET-02", "device-1") == finding_id("NET-02", "device-1") != finding_id("NET-04", "device-1")
    True
    """
    return str(uuid.uuid5(NAMESPACE, f"{control}|{subject}"))


def proof_key(row: Mapping[str, Any]) -> tuple[str, str, int]:
    """What makes a proof row one record."""
    return row.get("evidence_id") or "", row.get("member") or "", int(row.get("position") or 0)


def gather(
    store: Store, control: Control, members: Mapping[str, Row], stale: Sequence[str]
) -> tuple[list[Case], list[Case]]:
    """The fresh counter-examples of a check, and those whose evidence is too old to count."""
    order = {reason: place for place, reason in enumerate(control.sheet.reasons)}
    fresh: dict[str, Case] = {}
    old: dict[str, Case] = {}
    for row in store.portable(control.sheet.fails, control.sheet.values).to_pylist():
        if row["id"] in members:
            kept = old if too_old(row, control, stale) else fresh
            kept.setdefault(row["id"], Case(row["id"])).rows.append(row)
    for case in (*fresh.values(), *old.values()):
        _most_telling_first(case, order)
    return _ordered(fresh), _ordered({name: case for name, case in old.items() if name not in fresh})


def too_old(row: Mapping[str, Any], control: Control, stale: Sequence[str]) -> bool:
    """Whether the table a counter-example comes from, or one it always rests on, is older than allowed."""
    limits = control.sheet.max_age
    table = row.get("source_table")
    rests_on = {*limits.always, table if table in limits.limits else limits.table}
    return bool(rests_on & set(stale))


def _most_telling_first(case: Case, order: Mapping[str, int]) -> None:
    """By reason as the check lists them, then the newest; between equals the values decide, so that runs agree."""

    def telling(row: Row) -> tuple[Any, ...]:
        age = -((row.get("seen") or EPOCH) - EPOCH).total_seconds()
        return order.get(row["reason"], len(order)), age, proof_key(row)

    case.rows.sort(key=telling)
    first = telling(case.rows[0])
    equals = list(takewhile(lambda row: telling(row) == first, case.rows))
    if len(equals) > 1:
        case.rows[: len(equals)] = sorted(equals, key=lambda row: detail_json(row, ""))


def _ordered(cases: Mapping[str, Case]) -> list[Case]:
    return [cases[name] for name in sorted(cases)]


def detail_json(row: Mapping[str, Any], name: str) -> str:
    """The values of a sentence as JSON: what the rule calls `d_<name>`, and the name of the subject."""
    values = {key[2:]: plain_value(value) for key, value in row.items() if key.startswith("d_") and value is not None}
    if name:
        values["subject"] = name
    return orjson.dumps(values, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z).decode()


def plain_value(value: Any) -> Any:
    """A value that JSON can carry; sums of whole numbers stay whole.

    >>> plain_value(Decimal("12")), plain_value(0.123456)
    (12, 0.12)
    """
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else round(float(value), 2)
    if isinstance(value, float):
        return int(value) if value.is_integer() else round(value, 2)
    return value


def keys_of(cases: Iterable[Case], members: Mapping[str, Row]) -> dict[str, set[str]]:
    """The names by which an exception may mean a subject, besides those of its entity."""
    return {case.subject: {str(members[case.subject].get("name") or case.subject)} for case in cases}
