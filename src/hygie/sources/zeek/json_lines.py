"""Zeek logs as JSON lines, in both dialects (`id.orig_h` and `id_orig_h` with `@stream`).

A block goes to Arrow's parser at once; when it holds a line that does not fit, its lines are read one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pjson

from hygie.sources.base import Refusal
from hygie.sources.zeek.framing import RETURN, Lines
from hygie.sources.zeek.records import (
    FIELDS,
    LIST,
    OTHER_NAMES,
    REAL,
    TEXT,
    TIME,
    TRUTH,
    USED_LOGS,
    WHOLE,
    Records,
    log_of,
)

ARROW: Mapping[str, Any] = {
    TEXT: pa.string(),
    WHOLE: pa.int64(),
    REAL: pa.float64(),
    TRUTH: pa.bool_(),
    TIME: pa.float64(),
    LIST: pa.list_(pa.string()),
}
OBJECT = "a JSON object on one line"
BROKEN = "the line is cut or damaged"
LOOKED_AT = 50
REQUIRED: Mapping[str, tuple[str, ...]] = dict.fromkeys(("conn", "dns", "ssl"), ("ts", "id.orig_h", "id.resp_h"))
CONNECTION = frozenset([
    "ts", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto", "service", "duration", "orig_bytes",
    "resp_bytes", "conn_state", "orig_pkts", "resp_pkts", "vlan", "orig_l2_addr", "resp_l2_addr",
])  # fmt: skip
MOST_STREAMS, LONGEST_STREAM, OTHER_STREAM = 50, 60, "other"
SPARE = ("stream", "sensor")


class JsonLines:
    """Read blocks of JSON lines one after the other."""

    def __init__(self, log: str) -> None:
        self.usual_log = log
        self._schema: pa.Schema | None = None

    def read(self, lines: Lines) -> Iterator[Records | Refusal]:
        """Records by log; faulty lines are refused where they stand."""
        filled = lines.lengths > (lines.buffer[lines.ends - 1] == RETURN)
        shaped = filled & (lines.first_bytes() == ord("{")) & (_last_bytes(lines) == ord("}"))
        if not filled.any():
            return
        if self._schema is None:
            self._schema = _schema(lines, self.usual_log)
        fast = None
        if (shaped == filled).all():
            fast = _parse(lines.kept(shaped), self._schema, int(shaped.sum()), REQUIRED.get(self.usual_log, ("ts",)))
        if fast is None:
            yield from self._one_by_one(lines, filled)
        else:
            yield from self._by_log(fast, lines.numbers[filled])

    def _by_log(self, columns: dict[str, Any], positions: Any) -> Iterator[Records]:
        stream = columns.get("stream")
        names = [] if stream is None else pc.unique(stream).to_pylist()
        if len(names) < 2:
            yield Records((names and names[0]) or self.usual_log, positions, columns)
            return
        for name in names:
            mask = pc.is_null(stream) if name is None else pc.fill_null(pc.equal(stream, name), False)
            kept = mask.to_numpy(zero_copy_only=False)
            yield Records(
                name or self.usual_log, positions[kept], {key: column.filter(mask) for key, column in columns.items()}
            )

    def _one_by_one(self, lines: Lines, filled: Any) -> Iterator[Records | Refusal]:
        by_log: dict[str, list[tuple[int, dict[str, Any]]]] = {}
        for index in np.flatnonzero(filled).tolist():
            number = lines.first + index
            record = _record(lines.line(index))
            if record is None:
                yield Refusal(number, OBJECT, BROKEN)
                continue
            log = str(record.get("stream") or self.usual_log)[:LONGEST_STREAM]
            log = log if log in by_log or len(by_log) < MOST_STREAMS else OTHER_STREAM
            fault = _settle(record) if log in USED_LOGS else ""
            if fault:
                yield Refusal(number, fault, BROKEN)
            else:
                by_log.setdefault(log, []).append((number, record))
        for log, numbered in by_log.items():
            positions = np.array([number for number, _ in numbered], np.int64)
            yield Records(log, positions, _columns([record for _, record in numbered]) if log in USED_LOGS else {})


def _last_bytes(lines: Lines) -> Any:
    last = lines.buffer[lines.ends - 1]
    return np.where(last == RETURN, lines.buffer[lines.ends - 2], last)


def _schema(lines: Lines, log: str) -> pa.Schema:
    """The fields to read and their types, as the first records show them: each one asked for costs time everywhere."""
    records = [_written(lines.line(index)) for index in range(min(LOOKED_AT, len(lines.ends)))]
    seen = {name for record in records if record for name in record}
    kinds = {name: ARROW[kind] for name, kind in FIELDS.items()}
    if any(record and isinstance(record.get("ts"), str) for record in records):
        kinds["ts"] = pa.string()
    aliases = {name: kinds[present] for name, present in OTHER_NAMES.items() if name in seen}
    if log == "conn" and not any(OTHER_NAMES[name] == "stream" for name in aliases):
        kinds = {name: kind for name, kind in kinds.items() if name in CONNECTION}
    return pa.schema(list({**kinds, **aliases}.items()))


def _parse(data: bytes, schema: pa.Schema, expected: int, required: tuple[str, ...]) -> dict[str, Any] | None:
    """Columns of a block, or None when Arrow cannot read it whole, or sees other records than one per line."""
    try:
        data.decode("utf-8")
        table = pjson.read_json(
            pa.BufferReader(data),
            pjson.ReadOptions(use_threads=False, block_size=len(data) + 1),
            pjson.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
        )
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, UnicodeDecodeError):
        return None
    columns = _merge(table) if table.num_rows == expected else {}
    if "stream" in columns and len(pc.unique(columns["stream"])) > MOST_STREAMS:
        return None
    return columns if all(name in columns and not columns[name].null_count for name in required) else None


def _merge(table: pa.Table) -> dict[str, Any]:
    """Columns under their present names; fields no record has are left out."""
    found: dict[str, Any] = {}
    for name in table.column_names:
        column = table[name].combine_chunks()
        if column.null_count == len(column):
            continue
        present = OTHER_NAMES.get(name, name)
        found[present] = pc.coalesce(found[present], column) if present in found else _emptied(column)
    return found


def _emptied(column: Any) -> Any:
    """Text that means "nothing" made empty, as in the separated form."""
    if not pa.types.is_string(column.type):
        return column
    nothing = pc.is_in(column, value_set=pa.array(["", "-", "(empty)"]))
    return pc.if_else(nothing, pa.scalar(None, pa.string()), column) if pc.any(nothing).as_py() else column


def _written(line: bytes) -> dict[str, Any] | None:
    """One record as it was written; None when the line is no JSON object."""
    try:
        data = orjson.loads(line)
    except orjson.JSONDecodeError:
        if line.isascii():
            return None
        try:
            data = orjson.loads(line.decode("utf-8", "replace"))
        except orjson.JSONDecodeError:
            return None
    return data if isinstance(data, dict) else None


def _record(line: bytes) -> dict[str, Any] | None:
    """One record under present names, without empty values."""
    data = _written(line)
    if data is None:
        return None
    nested = data.get("id")
    if isinstance(nested, dict):
        data.update({f"id.{key}": value for key, value in nested.items()})
    return {OTHER_NAMES.get(key, key): value for key, value in data.items() if value not in (None, "", "-", "(empty)")}


def _settle(record: dict[str, Any]) -> str:
    """Bring the values of one record to the types of their fields; the first that resists is told."""
    for name, kind in FIELDS.items():
        if name in record:
            settled = _settled(record[name], kind)
            if settled is None and name in SPARE:
                del record[name]
                continue
            if settled is None:
                return f"a value of the right kind in {name}"
            record[name] = settled
    return ""


def _settled(value: Any, kind: str) -> Any:
    if kind == LIST:
        return [str(item) for item in value] if isinstance(value, list) else [str(value)]
    if isinstance(value, (dict, list)) or (isinstance(value, bool) and kind != TRUTH):
        return None
    if kind == TRUTH:
        return value if isinstance(value, bool) else {"T": True, "F": False}.get(str(value))
    text = str(value)
    if kind == WHOLE and text.endswith(".0"):
        text = text[:-2]
    return text.encode("utf-8", "replace").decode()


def _columns(records: list[dict[str, Any]]) -> dict[str, Any]:
    """Columns of settled records: text, to be converted as in the separated form; truths and lists as they are."""
    found = {}
    for name, kind in FIELDS.items():
        values = [record.get(name) for record in records]
        if any(value is not None for value in values):
            found[name] = pa.array(values, ARROW[kind] if kind in (TRUTH, LIST) else pa.string())
    return found


def log_of_line(line: bytes) -> str | None:
    """Which log a first line belongs to; None when it is no record of Zeek, empty when it is a log that is not used."""
    record = _record(line)
    if record is None or "ts" not in record:
        return None
    names = set(record)
    if isinstance(record.get("stream"), str) and names & {"uid", "uids", "fuid", "id.orig_h", "@proc", "_write_ts"}:
        return str(record["stream"])
    log = log_of(names)
    if log:
        return log
    return "" if {"id.orig_h", "uid"} <= names or "fuid" in names else None
