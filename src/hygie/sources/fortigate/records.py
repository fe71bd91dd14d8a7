"""Values of FortiGate records as columns of text, gathered shape by shape and given back in the order of the file."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hygie.sources import moments
from hygie.sources import typed_columns as values
from hygie.sources.checked import Checks
from hygie.sources.fortigate.pairs import Shape, Values

# Keys as FortiOS writes them; older releases used other names for a few.
KEYS = [
    "type", "subtype", "action", "eventtime", "date", "time", "tz", "devname", "devid", "duration", "proto",
    "service", "app", "appcat", "srcip", "srcport", "srcintf", "srcmac", "mastersrcmac", "dstip", "dstport",
    "dstintf", "dstmac", "masterdstmac", "policyid", "trandisp", "tranip", "tranport", "sentbyte", "rcvdbyte",
    "sentpkt", "rcvdpkt", "user", "src", "dst", "src_port", "dst_port", "src_int", "dst_int", "sent", "rcvd",
    "status", "identidx", "remip", "tunnelip", "tunnelid", "tunneltype", "xauthuser", "reason", "msg", "logdesc",
    "twofactor", "two_factor", "authmethod", "vpntunnel", "sessionid",
]  # fmt: skip
WANTED = tuple(key.encode() for key in KEYS)
OLD_KEYS = {
    "src": "srcip", "dst": "dstip", "src_port": "srcport", "dst_port": "dstport", "src_int": "srcintf",
    "dst_int": "dstintf", "sent": "sentbyte", "rcvd": "rcvdbyte", "status": "action",
}  # fmt: skip
_ESCAPED = re.compile(r'\\(["\\])')
NOTHING = pa.array(["", "N/A", "n/a", "-", "unknown", "Unknown", "undefined"])


class Gathering:
    """Records kept per shape until there are enough for a batch."""

    def __init__(self) -> None:
        self._by_shape: dict[Shape, tuple[list[int], list[Values]]] = {}
        self.size = 0

    def add(self, number: int, shape: Shape, found: Values) -> None:
        """Keep one record."""
        kept = self._by_shape.get(shape)
        if kept is None:
            kept = self._by_shape[shape] = ([], [])
        kept[0].append(number)
        kept[1].append(found)
        self.size += 1

    def take(self) -> Columns:
        """Everything kept so far, as columns in the order of the file."""
        parts = list(self._by_shape.items())
        positions = np.array([number for _, (numbers, _) in parts for number in numbers], np.int64)
        order = pa.array(np.argsort(positions, kind="stable"))
        pieces = [
            (len(found), dict(zip(shape.places, zip(*found, strict=True), strict=True))) for shape, (_, found) in parts
        ]
        used = {place for _, columns in pieces for place in columns}
        columns = {KEYS[place]: _gathered(place, pieces).take(order) for place in sorted(used)}
        self._by_shape, self.size = {}, 0
        return Columns(np.sort(positions, kind="stable"), columns)


def _gathered(place: int, pieces: list[tuple[int, dict[int, tuple[bytes | None, ...]]]]) -> Any:
    chunks = [_text(columns[place]) if place in columns else pa.nulls(size, pa.string()) for size, columns in pieces]
    return pa.concat_arrays(chunks)


def _text(found: tuple[bytes | None, ...]) -> Any:
    try:
        text = pc.cast(pa.array(found, pa.binary()), pa.string())
    except pa.ArrowInvalid:
        text = pa.array([None if value is None else value.decode("utf-8", "replace") for value in found], pa.string())
    if pc.any(pc.match_substring(text, "\\")).as_py():
        text = values.by_value(text, lambda value: _ESCAPED.sub(r"\1", value))
    return text


@dataclass
class Columns:
    """Columns of text under FortiOS's present names."""

    positions: Any
    columns: dict[str, Any]

    def __post_init__(self) -> None:
        for old, present in OLD_KEYS.items():
            if old in self.columns:
                column = self.columns.pop(old)
                known = self.columns.get(present)
                self.columns[present] = column if known is None else pc.coalesce(known, column)
        self.checks = Checks(self.positions)

    def __len__(self) -> int:
        return len(self.positions)

    def column(self, *names: str) -> Any:
        """A column without values that mean nothing; the first of several that is filled."""
        found = pa.nulls(len(self), pa.string())
        for name in names:
            if name in self.columns:
                column = self.columns[name]
                nothing = pc.is_in(column, value_set=NOTHING)
                column = pc.if_else(nothing, pa.scalar(None, pa.string()), column)
                found = column if found.null_count == len(self) else pc.coalesce(found, column)
        return found

    def where(self, mask: Any) -> Columns:
        """Only some of the records."""
        kept = mask.to_numpy(zero_copy_only=False).astype(bool)
        return Columns(self.positions[kept], {name: column.filter(mask) for name, column in self.columns.items()})

    def typed(self, name: str, turn: Callable[[Any], Any], expected: str, required: bool = False) -> Any:
        """A column turned into its type; what resists is a fault of its record."""
        return self.checks.typed(self.column(name), turn, f"{expected} in {name}", required)


def moments_of(columns: Columns, timezone: str) -> Any:
    """When each record was written: `eventtime` by its size (seconds to nanoseconds), else date, time and zone."""
    event = values.integers(columns.column("eventtime"))
    micros = pc.case_when(
        pc.make_struct(
            pc.greater(event, 10**17), pc.greater(event, 10**14), pc.greater(event, 10**11), pc.greater(event, 0)
        ),
        pc.divide(event, 1000),
        event,
        pc.multiply(event, 1000),
        pc.multiply(pc.if_else(pc.less(event, 10**11), event, 0), 1_000_000),
    )
    found = pc.cast(micros, values.TIME)
    if found.null_count == 0:
        return found
    written = pc.binary_join_element_wise(
        columns.column("date"), columns.column("time"), pc.coalesce(columns.column("tz"), ""), "|"
    )
    return pc.coalesce(found, values.by_value(written, lambda text: _local(text, timezone), values.TIME))


def _local(text: str, timezone: str) -> Any:
    date, time, offset = text.split("|", 2)
    moment = moments.parse(f"{date}T{time}{offset}") or moments.parse(f"{date}T{time}")
    return moments.place(moment, timezone) if moment else None
