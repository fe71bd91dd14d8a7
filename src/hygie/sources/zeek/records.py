"""Records of one Zeek log, as columns under Zeek's own names, whatever they were written in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hygie.sources import typed_columns as values
from hygie.sources.checked import Checks

# Every field that is used, under its present name: its type, and how other versions and exporters call it.
TEXT, WHOLE, REAL, TRUTH, TIME, LIST = "text", "whole", "real", "truth", "time", "list"
FIELDS: Mapping[str, str] = {
    "ts": TIME, "id.orig_h": TEXT, "id.orig_p": WHOLE, "id.resp_h": TEXT, "id.resp_p": WHOLE, "proto": TEXT,
    "service": TEXT, "duration": REAL, "orig_bytes": WHOLE, "resp_bytes": WHOLE, "conn_state": TEXT,
    "orig_pkts": WHOLE, "resp_pkts": WHOLE, "vlan": WHOLE, "orig_l2_addr": TEXT, "resp_l2_addr": TEXT,
    "query": TEXT, "qtype_name": TEXT, "rcode_name": TEXT, "answers": LIST,
    "mac": TEXT, "assigned_addr": TEXT, "client_addr": TEXT, "server_addr": TEXT, "host_name": TEXT,
    "client_fqdn": TEXT, "lease_time": REAL, "msg_types": LIST,
    "version": TEXT, "cipher": TEXT, "server_name": TEXT, "subject": TEXT, "issuer": TEXT, "established": TRUTH,
    "stream": TEXT, "sensor": TEXT,
}  # fmt: skip
OTHER_NAMES: Mapping[str, str] = {
    "id_orig_h": "id.orig_h", "id_orig_p": "id.orig_p", "id_resp_h": "id.resp_h", "id_resp_p": "id.resp_p",
    "orig_h": "id.orig_h", "orig_p": "id.orig_p", "resp_h": "id.resp_h", "resp_p": "id.resp_p",
    "assigned_ip": "assigned_addr", "issuer_subject": "issuer",
    "@stream": "stream", "_path": "stream",
    "_system_name": "sensor", "@system": "sensor", "_node_name": "sensor", "peer": "sensor", "node": "sensor",
    "sensor_name": "sensor", "peer_descr": "sensor",
}  # fmt: skip


USED_LOGS = frozenset({"conn", "dns", "dhcp", "ssl"})


def field_name(written: str) -> str:
    """The present name of a field.

    >>> field_name("id_orig_h"), field_name("assigned_ip"), field_name("ts")
    ('id.orig_h', 'assigned_addr', 'ts')
    """
    return OTHER_NAMES.get(written, written)


def log_of(names: set[str]) -> str:
    """Which log a record belongs to, by the fields it has; empty when it is none that is used.

    >>> log_of({"id.orig_h", "id.resp_h", "query", "trans_id"}), log_of({"mac", "msg_types"}), log_of({"fuid"})
    ('dns', 'dhcp', '')
    """
    flow = {"id.orig_h", "id.resp_h"} <= names
    if flow and ("conn_state" in names or ("history" in names and "proto" in names)):
        return "conn"
    if flow and names & {"qtype_name", "rcode_name", "trans_id"} and names & {"query", "rcode_name", "answers"}:
        return "dns"
    if "mac" in names and names & {"msg_types", "assigned_addr", "client_addr", "lease_time"}:
        return "dhcp"
    if flow and "version" in names and names & {"cipher", "server_name"}:
        return "ssl"
    if flow and "established" in names and "resumed" in names:
        return "ssl"
    return ""


@dataclass
class Records:
    """Columns of records of one log; `positions` says on which line each stands."""

    log: str
    positions: Any
    columns: dict[str, Any]
    separator: str = ","
    checks: Checks = field(init=False)

    def __post_init__(self) -> None:
        self.checks = Checks(self.positions)

    def __len__(self) -> int:
        return len(self.positions)

    def column(self, name: str) -> Any:
        """A column as it was written; empty when the log has none."""
        found = self.columns.get(name)
        if found is None:
            return pa.nulls(len(self), pa.string())
        return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found

    def has(self, name: str) -> bool:
        """Whether the log has this field."""
        return name in self.columns

    def typed(self, name: str, turn: Callable[[Any], Any], expected: str, required: bool = False) -> Any:
        """A column turned into its type; what resists is a fault of its record."""
        return self.checks.typed(self.column(name), turn, f"{expected} in {name}", required)

    def texts(self, name: str, turn: Callable[[str], Any] = values.unescape, kind: Any = None) -> Any:
        """A column of words, turned once per distinct value."""
        return values.by_value(self.column(name), turn, kind)

    def lists(self, name: str) -> Any:
        """A column of lists, from JSON lists or from text split at the log's set separator."""
        column = self.column(name)
        return column if pa.types.is_list(column.type) else pc.split_pattern(column, self.separator)
