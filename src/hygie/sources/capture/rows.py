"""From assembled flows and single packets to rows of flow, tls_session, name_answer and lease."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from hygie.sources.base import Batch, Refusal, Rows
from hygie.sources.capture import names
from hygie.sources.capture.flows import SECOND, Flow, name_stream
from hygie.sources.capture.handshake import client_hello, server_hello
from hygie.sources.capture.layers import ICMP, ICMP6, TCP, UDP, Packet
from hygie.sources.capture.recognise import identity
from hygie.sources.network_services import secure

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = 253_402_300_799 * SECOND
PROTOCOLS = {TCP: "tcp", UDP: "udp", ICMP: "icmp", ICMP6: "icmp"}
MOST_NAMES = 10_000
DNS_PORT, DHCP_PORTS = 53, (67, 68)


def moment(nanoseconds: int) -> datetime | None:
    """A time of a packet; None when the capture does not give it."""
    if not 0 < nanoseconds < LATEST:
        return None
    return EPOCH + timedelta(microseconds=nanoseconds // 1000)


def address(data: bytes) -> str:
    """An address of 4 or 16 bytes as canonical text."""
    return str(IPv4Address(data) if len(data) == 4 else IPv6Address(data))


class Writer:
    """Collect the rows of a capture, table by table."""

    def __init__(self) -> None:
        self._tables = {name: Rows(name) for name in ("flow", "tls_session", "name_answer", "lease")}
        self._host_names: dict[bytes, str] = {}

    def full(self) -> Iterator[Batch | Refusal]:
        """Batches of the tables that hold enough rows."""
        for rows in self._tables.values():
            if rows.full:
                yield from rows.flush()

    def rest(self) -> Iterator[Batch | Refusal]:
        """What remains."""
        for rows in self._tables.values():
            yield from rows.flush()

    def flow(self, flow: Flow) -> None:
        """One row per flow, and one per TLS handshake seen."""
        began = flow.initiator
        called = 1 - began
        service = flow.service or (name_stream(flow) if flow.protocol == TCP else None)
        (source, source_port), (target, target_port) = flow.sides[began], flow.sides[called]
        ported = flow.protocol in (TCP, UDP)
        row: dict[str, Any] = {
            "time": moment(flow.first),
            "duration": (flow.last - flow.first) / SECOND,
            "source_ip": address(source),
            "source_port": source_port if ported else None,
            "destination_ip": address(target),
            "destination_port": target_port if ported else None,
            "protocol": PROTOCOLS.get(flow.protocol, str(flow.protocol)),
            "service": service,
            "tls": True if flow.secured else secure(service) if service else None,
            "state": flow.state,
            "bytes_out": flow.bytes[began],
            "bytes_in": flow.bytes[called],
            "packets_out": flow.packets[began],
            "packets_in": flow.packets[called],
            "source_mac": _mac(flow.macs[began]),
            "destination_mac": _mac(flow.macs[called]),
            "vlan": flow.vlan,
            "sensor": flow.interface,
            "detail": identity(service, flow.head[began], flow.head[called]) if service else None,
        }
        self._tables["flow"].add(flow.number, **row)
        if flow.secured:
            self._handshake(flow, began, row)

    def _handshake(self, flow: Flow, began: int, row: dict[str, Any]) -> None:
        asked, chosen = client_hello(flow.head[began]), server_hello(flow.head[1 - began])
        if asked is None and chosen is None:
            return
        self._tables["tls_session"].add(
            flow.number,
            time=row["time"],
            source_ip=row["source_ip"],
            destination_ip=row["destination_ip"],
            destination_port=row["destination_port"],
            version=chosen.version if chosen else None,
            cipher=chosen.cipher if chosen else None,
            server_name=asked.server_name if asked else None,
            established=bool(chosen and flow.application_data),
        )

    def datagram(self, number: int, time: int, packet: Packet) -> None:
        """Rows a single UDP packet gives: DNS answers, DHCP leases."""
        if packet.source_port == DNS_PORT:
            self._names(number, time, packet)
        elif packet.source_port in DHCP_PORTS and packet.destination_port in DHCP_PORTS:
            self._lease(number, time, packet)

    def _names(self, number: int, time: int, packet: Packet) -> None:
        found = names.answers(packet.payload)
        if found is None:
            return
        for answer in (*found.answers,) or (None,):
            self._tables["name_answer"].add(
                number,
                time=moment(time),
                client_ip=address(packet.destination),
                server_ip=address(packet.source),
                query=found.query,
                query_type=found.query_type,
                answer=answer,
                code=found.code,
            )

    def _lease(self, number: int, time: int, packet: Packet) -> None:
        """An acknowledged lease; the name is the one the client gave in its request."""
        found = names.lease(packet.payload)
        if found is None:
            return
        client = found.transaction + (found.mac or "").encode()
        if found.kind != names.ACKNOWLEDGE:
            if found.host_name and len(self._host_names) < MOST_NAMES:
                self._host_names[client] = found.host_name
            return
        start = moment(time)
        lasts = found.seconds is not None and found.seconds != names.NEVER
        self._tables["lease"].add(
            number,
            start=start,
            end=start + timedelta(seconds=found.seconds or 0) if start and lasts else None,
            ip=found.ip,
            mac=found.mac,
            host_name=self._host_names.pop(client, None) or found.host_name,
            state="active" if found.seconds is not None else "static",
            client_identifier=found.client_identifier,
            server=found.server or (address(packet.source) if len(packet.source) == 4 else None),
        )


def _mac(data: bytes | None) -> str | None:
    return data.hex(":") if data and any(data) else None
