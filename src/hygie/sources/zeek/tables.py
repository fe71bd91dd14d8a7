"""From Zeek records to rows: conn → flow, dns → name_answer, dhcp → lease, ssl → tls_session."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hygie.sources import addresses
from hygie.sources import typed_columns as values
from hygie.sources.base import Batch, Refusal
from hygie.sources.network_services import secure
from hygie.sources.zeek.records import Records

ADDRESS, PORT, NUMBER, MOMENT = "an IP address", "a port from 0 to 65535", "a number, zero or more", "a time"
GREATEST_PORT = 65535
GREATEST_VLAN = 4095
LONGEST_LEASE = 20 * 365 * 86400
ANSWERED = frozenset({"SF", "S1", "S2", "S3", "RSTO", "RSTR", "RSTRH", "SHR"})
UNANSWERED = frozenset({"S0", "SH", "RSTOS0"})
STATES: Mapping[str, str] = {
    **dict.fromkeys(ANSWERED, "answered"),
    **dict.fromkeys(UNANSWERED, "unanswered"),
    "REJ": "refused",
}


def read_log(records: Records) -> Iterator[Batch | Refusal]:
    """Rows of the table a log feeds; a log that feeds none gives nothing."""
    builder = BUILDERS.get(records.log)
    if builder is not None and len(records):
        yield from builder(records)


def _ends(records: Records) -> dict[str, Any]:
    def port(column: Any) -> Any:
        return values.integers(column, GREATEST_PORT)

    def ip(column: Any) -> Any:
        return values.by_value(column, addresses.address)

    return {
        "time": records.typed("ts", values.times, MOMENT, required=True),
        "source_ip": records.typed("id.orig_h", ip, ADDRESS, required=True),
        "source_port": records.typed("id.orig_p", port, PORT),
        "destination_ip": records.typed("id.resp_h", ip, ADDRESS, required=True),
        "destination_port": records.typed("id.resp_p", port, PORT),
    }


def _flows(records: Records) -> Iterator[Batch | Refusal]:
    columns = _ends(records)
    columns["duration"] = records.typed("duration", values.numbers, NUMBER)
    columns["protocol"] = records.texts("proto", str.lower)
    service = records.texts("service", lambda text: values.unescape(text).lower())
    columns["service"] = service
    columns["tls"] = values.by_value(service, secure, pa.bool_())
    for name, written in (
        ("bytes_out", "orig_bytes"),
        ("bytes_in", "resp_bytes"),
        ("packets_out", "orig_pkts"),
        ("packets_in", "resp_pkts"),
    ):
        columns[name] = records.typed(written, values.integers, NUMBER)
    columns["state"] = _state(records, columns)
    columns.update(_optional(records))
    yield from records.checks.finish("flow", columns)


def _optional(records: Records) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if records.has("vlan"):
        found["vlan"] = records.typed("vlan", lambda column: values.integers(column, GREATEST_VLAN), "a VLAN tag")
    for name, written in (("source_mac", "orig_l2_addr"), ("destination_mac", "resp_l2_addr")):
        if records.has(written):
            found[name] = records.texts(written, addresses.mac)
    if records.has("sensor"):
        found["sensor"] = records.texts("sensor")
    return found


def _state(records: Records, columns: Mapping[str, Any]) -> Any:
    """What became of a connection: by Zeek's state, else (OTH, ICMP, none) by whether the called side spoke."""
    known = records.texts("conn_state", lambda text: STATES.get(text.upper()))
    if known.null_count == 0:
        return known
    reply = pc.coalesce(columns["packets_in"], columns["bytes_in"], pa.scalar(0, pa.int64()))
    return pc.coalesce(known, pc.if_else(pc.greater(reply, 0), "answered", "unanswered"))


def _answers(records: Records) -> Iterator[Batch | Refusal]:
    ends = _ends(records)
    columns = {
        "time": ends["time"],
        "client_ip": ends["source_ip"],
        "server_ip": ends["destination_ip"],
        "query": records.texts("query", _host_name),
        "query_type": records.texts("qtype_name", str.upper),
        "code": records.texts("rcode_name", str.upper),
    }
    lists = records.lists("answers")
    for item in records.checks.finish("name_answer", {**columns, "answers": lists}):
        yield _one_per_answer(item) if isinstance(item, Batch) else item


def _one_per_answer(batch: Batch) -> Batch:
    """One row per answer; a question without an answer keeps one row."""
    rows = batch.rows.combine_chunks()
    lists = rows["answers"].combine_chunks()
    count = pc.fill_null(pc.list_value_length(lists), 0)
    places = pa.array(range(rows.num_rows), pa.int64())
    without = places.filter(pc.equal(count, 0))
    parents = pa.concat_arrays([pc.cast(pc.list_parent_indices(lists), pa.int64()), without])
    answers = pa.concat_arrays([pc.cast(pc.list_flatten(lists), pa.string()), pa.nulls(len(without), pa.string())])
    order = pc.sort_indices(parents)
    taken = rows.drop_columns(["answers"]).take(parents.take(order))
    return Batch(batch.table, taken.append_column("answer", values.by_value(answers.take(order), answer)))


def answer(text: str) -> str | None:
    """One answer: a canonical address, a name in lower case, or the text of a record.

    >>> answer("Mail.CHU.local."), answer("2001:DB8::0001"), answer("TXT 5 v=ABC"), answer("-")
    ('mail.chu.local', '2001:db8::1', 'TXT 5 v=ABC', None)
    """
    plain = values.unescape(text).strip()
    if plain in ("", "-"):
        return None
    if " " in plain:
        return plain
    return addresses.address(plain) or addresses.host_name(plain)


def _leases(records: Records) -> Iterator[Batch | Refusal]:
    """What a DHCP dialogue tells: an address given, announced (INFORM) or given back (RELEASE)."""
    time = records.typed("ts", values.times, MOMENT, required=True)
    columns: dict[str, list[Any]] = {name: [] for name in ("end", "ip", "host_name", "server", "state")}
    wanted = [_text_list(records, name) for name in LEASE_FIELDS]
    leases = records.typed("lease_time", values.numbers, NUMBER).to_pylist()
    dialogues = records.lists("msg_types").to_pylist()
    for start, length, messages, *texts in zip(time.to_pylist(), leases, dialogues, *wanted, strict=True):
        for name, value in _lease(start, length, messages, dict(zip(LEASE_FIELDS, texts, strict=True))).items():
            columns[name].append(value)
    arrays: dict[str, Any] = {name: pa.array(found, pa.string()) for name, found in columns.items() if name != "end"}
    arrays["end"] = pa.array(columns["end"], values.TIME)
    arrays["mac"] = records.texts("mac", addresses.mac)
    records.checks.aside = pc.is_null(arrays["ip"]).to_numpy(zero_copy_only=False)
    yield from records.checks.finish("lease", {"start": time, **arrays})


LEASE_FIELDS = (
    "assigned_addr", "client_addr", "server_addr", "id.orig_h", "id.resp_h", "host_name", "client_fqdn", "mac"
)  # fmt: skip


def _text_list(records: Records, name: str) -> Any:
    return records.texts(name).to_pylist()


def _lease(start: Any, length: float | None, messages: list[str] | None, record: Mapping[str, str | None]) -> Any:
    said = {str(message).upper() for message in messages or ()}
    given = addresses.assigned(record["assigned_addr"])
    own = addresses.assigned(record["client_addr"]) or addresses.assigned(record["id.orig_h"])
    state = "active"
    if "NAK" in said and "ACK" not in said:
        state = "refused"
    elif "RELEASE" in said and "ACK" not in said:
        state = "free"
    elif "INFORM" in said and "REQUEST" not in said:
        state = "static"
    elif said and "ACK" not in said:
        state = "offered"
    end = None
    if start is not None and length is not None and state == "active" and length < LONGEST_LEASE:
        end = pc.add(pa.scalar(start, values.TIME), pa.scalar(int(length * 1e6), pa.duration("us"))).as_py()
    name = record["host_name"] or record["client_fqdn"]
    server = addresses.assigned(record["server_addr"]) or addresses.assigned(record["id.resp_h"])
    return {
        "ip": given or own,
        "end": end,
        "state": state,
        "host_name": _host_name(name) if name else None,
        "server": server if server != "255.255.255.255" else None,
    }


def _host_name(text: str) -> str | None:
    return addresses.host_name(values.unescape(text))


def _handshakes(records: Records) -> Iterator[Batch | Refusal]:
    columns = _ends(records)
    del columns["source_port"]
    columns["version"] = records.texts("version")
    columns["cipher"] = records.texts("cipher")
    columns["server_name"] = records.texts("server_name", _host_name)
    columns["subject"] = records.texts("subject")
    columns["issuer"] = records.texts("issuer")
    columns["established"] = _truth(records.column("established"))
    yield from records.checks.finish("tls_session", columns)


def _truth(column: Any) -> Any:
    if pa.types.is_boolean(column.type):
        return column
    return values.by_value(column, {"T": True, "F": False, "true": True, "false": False}.get, pa.bool_())


BUILDERS: Mapping[str, Callable[[Records], Iterator[Batch | Refusal]]] = {
    "conn": _flows,
    "dns": _answers,
    "dhcp": _leases,
    "ssl": _handshakes,
}
