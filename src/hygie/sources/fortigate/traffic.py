"""Traffic records of a FortiGate → flow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hygie.sources import addresses
from hygie.sources import typed_columns as values
from hygie.sources.base import Batch, Refusal
from hygie.sources.fortigate.records import Columns, moments_of

ADDRESS, PORT, NUMBER = "an IP address", "a port from 0 to 65535", "a number, zero or more"
GREATEST_PORT = 65535
LONGEST_DURATION = 20 * 365 * 86400
PROTOCOLS = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmp"}
DENIED = pa.array(["deny", "blocked", "block", "denied", "dropped", "drop", "violation"])
PASSED = pa.array(
    ["accept", "close", "timeout", "ip-conn", "client-rst", "server-rst", "pass", "passthrough", "allowed"]
)
_BARE_PORT = re.compile(r"(?:tcp|udp|icmp6?|ip|proto|sctp)[/_:-].*|\d+(/.*)?|(?:all|any|other|unknown)", re.IGNORECASE)
_SECURE_APPLICATION = re.compile(r"ssl|https|quic|tls", re.IGNORECASE)


def flows(columns: Columns, timezone: str) -> Iterator[Batch | Refusal]:
    """Rows of flow; `time` is the start of the session: the record is written at its end, `duration` seconds later."""
    found = _ends(columns)
    found["duration"] = columns.typed("duration", values.numbers, NUMBER)
    found["time"] = _start(columns, found["duration"], timezone)
    found["protocol"] = values.by_value(columns.column("proto"), lambda text: PROTOCOLS.get(text, text.lower()))
    found["service"] = values.by_value(columns.column("service"), service_name)
    found["tls"] = values.by_value(columns.column("app"), _secure, pa.bool_())
    for name, key in (
        ("bytes_out", "sentbyte"),
        ("bytes_in", "rcvdbyte"),
        ("packets_out", "sentpkt"),
        ("packets_in", "rcvdpkt"),
    ):
        found[name] = columns.typed(key, values.integers, NUMBER)
    found["state"] = _state(columns, found)
    found["source_mac"] = values.by_value(columns.column("srcmac", "mastersrcmac"), addresses.mac)
    found["destination_mac"] = values.by_value(columns.column("dstmac", "masterdstmac"), addresses.mac)
    for name, key in (("source_interface", "srcintf"), ("destination_interface", "dstintf"), ("rule_id", "policyid")):
        found[name] = columns.column(key)
    found["account"] = columns.column("user")
    found["sensor"] = columns.column("devname", "devid")
    found.update(_translation(columns))
    yield from columns.checks.finish("flow", found)


def service_name(text: str) -> str | None:
    """The service a firewall names; a bare port says nothing more than the port.

    >>> service_name("HTTPS"), service_name("udp/4163"), service_name("icmp/8/0")
    ('https', None, None)
    """
    return None if _BARE_PORT.fullmatch(text) else text.lower()


def _secure(application: str) -> bool | None:
    return True if _SECURE_APPLICATION.match(application) else None


def _ip(column: Any) -> Any:
    return values.by_value(column, addresses.address)


def _port(column: Any) -> Any:
    return values.integers(column, GREATEST_PORT)


def _ends(columns: Columns) -> dict[str, Any]:
    return {
        "source_ip": columns.typed("srcip", _ip, ADDRESS, required=True),
        "source_port": columns.typed("srcport", _port, PORT),
        "destination_ip": columns.typed("dstip", _ip, ADDRESS, required=True),
        "destination_port": columns.typed("dstport", _port, PORT),
    }


def _start(columns: Columns, duration: Any, timezone: str) -> Any:
    ended = moments_of(columns, timezone)
    if ended.null_count:
        columns.checks.fault(pc.is_null(ended), "a time in eventtime, or date and time")
    lasted = pc.if_else(pc.less(duration, float(LONGEST_DURATION)), duration, pa.scalar(0.0))
    micros = pc.cast(pc.multiply(pc.coalesce(lasted, pa.scalar(0.0)), 1e6), pa.int64(), safe=False)
    return pc.cast(pc.subtract(pc.cast(ended, pa.int64()), micros), values.TIME)


def _state(columns: Columns, found: dict[str, Any]) -> Any:
    """Denied is blocked; what passed is answered when something came back, refused when only the server's reset did."""
    action = pc.utf8_lower(columns.column("action"))
    received = found["bytes_in"]
    reset = pc.equal(action, "server-rst")
    only_reset = pc.and_(reset, pc.less_equal(pc.coalesce(found["packets_in"], pa.scalar(2, pa.int64())), 1))
    refused = pc.or_(only_reset, pc.and_(reset, pc.equal(received, 0)))
    conditions = pc.make_struct(
        _true(pc.is_in(action, value_set=DENIED)),
        _true(pc.invert(pc.is_in(action, value_set=PASSED))),
        _true(refused),
        _true(pc.greater(received, 0)),
        _true(pc.equal(received, 0)),
    )
    empty = pa.scalar(None, pa.string())
    return pc.case_when(conditions, "blocked", empty, "refused", "answered", "unanswered", empty)


def _true(column: Any) -> Any:
    return pc.fill_null(column, False)


def _translation(columns: Columns) -> dict[str, Any]:
    """The real destination, when the firewall translated it (`dnat` or `snat+dnat`)."""
    disposition = pc.coalesce(columns.column("trandisp"), "dnat")
    towards = pc.match_substring(disposition, "dnat")
    address = values.by_value(columns.column("tranip"), addresses.address)
    port = values.integers(columns.column("tranport"), GREATEST_PORT)
    return {
        "translated_ip": pc.if_else(towards, address, pa.scalar(None, pa.string())),
        "translated_port": pc.if_else(pc.and_(towards, pc.is_valid(address)), port, pa.scalar(None, pa.int64())),
    }
