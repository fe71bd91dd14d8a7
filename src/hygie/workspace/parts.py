"""Rows of one evidence file, immutable: one Parquet file per table, and a receipt written last.

`parts/<sha256>/<fingerprint>/` appears whole, by a rename, or not at all; the fingerprint is that of the readers and
mappings, so that a new version reads again and the old rows stay until it has.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hygie.tables import arrow_schema, table

RECEIPT = "receipt.json"
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
KEPT_POSITIONS = 20


@dataclass
class MemberReceipt:
    """What was read of one plain stream: its kind, rows per table, refusals, period and notes."""

    member: str
    kind: str = ""
    status: str = "read"
    reason: str = ""
    hint: str = ""
    rows: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    first_time: str = ""
    last_time: str = ""
    notes: dict[str, str] = field(default_factory=dict)


@dataclass
class PartReceipt:
    """What was read of one evidence file."""

    evidence_id: str
    members: list[MemberReceipt] = field(default_factory=list)
    refusals: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def load(cls, path: Path) -> PartReceipt:
        """Read a receipt back."""
        data = orjson.loads(path.read_bytes())
        members = [MemberReceipt(**member) for member in data["members"]]
        return cls(data["evidence_id"], members, data["refusals"])


class PartWriter:
    """Write the rows of one evidence file beside its final place, then publish them whole."""

    def __init__(self, target: Path, evidence_id: str, received: datetime) -> None:
        self._target = target
        self._scratch = target.parent / f".{target.name}.{os.getpid()}"
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._scratch.mkdir(parents=True)
        self._received = received
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._refusals: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.receipt = PartReceipt(evidence_id)
        self.member = MemberReceipt("")

    def begin(self, member: MemberReceipt) -> None:
        """Start a member; what follows belongs to it."""
        self.member = member
        self.receipt.members.append(member)

    def refuse(self, position: int, expected: str, hint: str, count: int = 1) -> None:
        """Count a refused record; the first positions of each reason are kept."""
        self.member.refused += count
        key = (self.member.member, expected, hint)
        known = self._refusals.setdefault(
            key,
            {"member": key[0], "expected": expected, "hint": hint, "position": position, "positions": [], "count": 0},
        )
        known["count"] += count
        if len(known["positions"]) < KEPT_POSITIONS:
            known["positions"].append(position)

    def write(self, name: str, rows: pa.Table) -> None:
        """Add rows of one table: complete the columns, set aside impossible times, keep the period."""
        rows = self._within_time(name, rows)
        if rows.num_rows == 0:
            return
        schema = arrow_schema(name)
        columns = [self._column(rows, item) for item in schema]
        writer = self._writers.get(name)
        if writer is None:
            writer = pq.ParquetWriter(
                self._scratch / f"{name}.parquet", schema, compression="zstd", compression_level=1
            )
            self._writers[name] = writer
        writer.write_table(pa.table(columns, schema=schema))
        self.member.rows[name] = self.member.rows.get(name, 0) + rows.num_rows

    def _column(self, rows: pa.Table, item: pa.Field) -> Any:
        if item.name == "evidence_id":
            return pa.repeat(pa.scalar(self.receipt.evidence_id), rows.num_rows)
        if item.name == "member":
            return pa.repeat(pa.scalar(self.member.member), rows.num_rows)
        if item.name not in rows.column_names:
            return pa.nulls(rows.num_rows, item.type)
        column = rows[item.name]
        return column if column.type == item.type else column.cast(item.type)

    def _within_time(self, name: str, rows: pa.Table) -> pa.Table:
        time = table(name).time
        if not time or time not in rows.column_names or rows.num_rows == 0:
            return rows
        column = rows[time].cast(pa.timestamp("us", tz="UTC"))
        span = pc.min_max(column).as_py()
        if span["min"] is None:
            return rows
        if span["max"] > self._received or span["min"] < EARLIEST:
            rows, span = self._set_aside(rows, column)
        if span["min"] is not None:
            first, last = span["min"].isoformat(), span["max"].isoformat()
            self.member.first_time = min(filter(None, (self.member.first_time, first)))
            self.member.last_time = max(self.member.last_time, last)
        return rows

    def _set_aside(self, rows: pa.Table, column: Any) -> tuple[pa.Table, dict[str, Any]]:
        late = pc.fill_null(pc.greater(column, pa.scalar(self._received, column.type)), False)
        early = pc.fill_null(pc.less(column, pa.scalar(EARLIEST, column.type)), False)
        for mask, expected, hint in (
            (late, "a time not later than the receipt of the file", "check the clock of the machine that wrote it"),
            (early, "a time after 1990", "check the clock of the machine that wrote it"),
        ):
            for position in rows["position"].filter(mask).to_pylist():
                self.refuse(position, expected, hint)
        kept = pc.invert(pc.or_(late, early))
        return rows.filter(kept), pc.min_max(column.filter(kept)).as_py()

    def abandon(self) -> None:
        """Drop everything written so far."""
        for writer in self._writers.values():
            writer.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def publish(self) -> PartReceipt:
        """Write the receipt and put the whole in place by one rename."""
        for writer in self._writers.values():
            writer.close()
        self.receipt.refusals = list(self._refusals.values())
        (self._scratch / RECEIPT).write_bytes(orjson.dumps(asdict(self.receipt)))
        sync(self._scratch / RECEIPT)
        try:
            os.replace(self._scratch, self._target)
        except OSError:
            if not (self._target / RECEIPT).exists():
                shutil.rmtree(self._target, ignore_errors=True)
                os.replace(self._scratch, self._target)
            else:
                shutil.rmtree(self._scratch, ignore_errors=True)
        return self.receipt


def sync(path: Path) -> None:
    """Make sure the bytes of a file are on the disk."""
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def part_files(folder: Path, receipt: PartReceipt) -> Mapping[str, Path]:
    """The Parquet file of each table in a published part."""
    names = {name for member in receipt.members for name in member.rows}
    return {name: folder / f"{name}.parquet" for name in sorted(names)}


def tolerance(received: datetime) -> datetime:
    """Receipt as the readers' bound: a clock may run a minute ahead of the disk that receives."""
    return received + timedelta(minutes=1)
