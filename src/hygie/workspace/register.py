"""The evidence register as tables: what was received, read, refused and why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
import pyarrow as pa

from hygie.tables import arrow_schema
from hygie.workspace.parts import MemberReceipt, PartReceipt
from hygie.workspace.state import Receipt

DATE_IN_NAME = re.compile(r"(?<!\d)(20\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")


def evidence_table(
    parts: Sequence[PartReceipt],
    receipts: Mapping[str, Receipt],
    paths: Mapping[str, str],
    outside: Sequence[Mapping[str, str]] = (),
) -> pa.Table:
    """One row per plain stream of every evidence file in force, and one per file refused at the door."""
    rows = [_row(part, member, receipts[part.evidence_id], paths) for part in parts for member in part.members]
    door = [
        {"evidence_id": "", "member": "", "kind": "", "rows": 0, "refused": 0, "tables": "", "notes": "{}", **row}
        for row in outside
    ]
    return pa.Table.from_pylist([*rows, *door], schema=arrow_schema("evidence"))


def refusal_table(parts: Sequence[PartReceipt], paths: Mapping[str, str]) -> pa.Table:
    """One row per reason and stream, with the position of the first refused record and their count."""
    return pa.Table.from_pylist(list(_refusals(parts, paths)), schema=arrow_schema("refusal"))


def _refusals(parts: Sequence[PartReceipt], paths: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for part in parts:
        for refusal in part.refusals:
            kept = {key: refusal[key] for key in ("member", "position", "expected", "hint", "count")}
            yield {"evidence_id": part.evidence_id, "path": paths.get(part.evidence_id, ""), **kept}


def _row(part: PartReceipt, member: MemberReceipt, receipt: Receipt, paths: Mapping[str, str]) -> dict[str, Any]:
    exported, exported_by = export_date(member, receipt)
    return {
        "evidence_id": part.evidence_id,
        "member": member.member,
        "path": paths.get(part.evidence_id, receipt.name),
        "kind": member.kind,
        "status": member.status,
        "size": receipt.size,
        "received": receipt.received,
        "exported": exported,
        "exported_by": exported_by,
        "first_time": _time(member.first_time),
        "last_time": _time(member.last_time),
        "rows": sum(member.rows.values()),
        "refused": member.refused,
        "tables": " ".join(sorted(member.rows)),
        "reason": member.reason,
        "hint": member.hint,
        "notes": orjson.dumps(member.notes).decode(),
    }


def export_date(member: MemberReceipt, receipt: Receipt) -> tuple[datetime, str]:
    """When the file was exported: by its content, else its name, else its receipt; never the file's own time of change.

    >>> receipt = Receipt("e", datetime(2026, 11, 24, tzinfo=UTC), "evidence/glpi_2026-11-02.csv", 10)
    >>> export_date(MemberReceipt(""), receipt)
    (datetime.datetime(2026, 11, 2, 0, 0, tzinfo=datetime.timezone.utc), 'name')
    """
    noted = _time(member.notes.get("exported", ""))
    if noted is not None and noted <= receipt.received:
        return noted, "content"
    for name in (member.member, receipt.name.rsplit("/", 1)[-1]):
        if found := DATE_IN_NAME.search(name):
            try:
                named = datetime.strptime("-".join(found.groups()), "%Y-%m-%d").replace(tzinfo=UTC)
            except ValueError:
                continue
            if named <= receipt.received:
                return named, "name"
    return receipt.received, "receipt"


def _time(text: str) -> datetime | None:
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
