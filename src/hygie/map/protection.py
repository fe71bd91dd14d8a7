"""The newest protection agent of every computer of the directory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from hygie.map.accounts import DOMAIN
from hygie.map.content import content
from hygie.map.devices import Device
from hygie.map.frame import Row, fold, place

SILENT_AFTER = timedelta(days=90)


def protection_rows(devices: Iterable[Device], as_of: datetime) -> Iterator[Row]:
    """One row per directory computer, with the agent that reported last."""
    for device in devices:
        computers = [record.row for record in device.records if record.table == "directory_object"]
        if not computers:
            continue
        computer = max(
            computers, key=lambda row: (row["collected"].timestamp() if row["collected"] else 0.0, row["evidence_id"])
        )
        agents = [row for record in device.records if record.table == "endpoint_agent" for row in record.rows]
        agent = max(agents, key=_contact, default=None)
        yield {
            "entity_id": device.node.id,
            "enabled": computer["enabled"],
            "silent": _is_silent(computers, as_of),
            "server": _is_server(computer),
            "agent": agent is not None,
            "last_seen": agent["last_seen"] if agent else None,
            "signature": agent["signature"] if agent else None,
            **place(agent or computer),
        }


def _contact(row: Row) -> tuple[float, str, int]:
    return (row["last_seen"].timestamp() if row["last_seen"] else 0.0, row["evidence_id"] or "", row["position"] or 0)


def _is_silent(computers: Iterable[Row], as_of: datetime) -> bool:
    signs = ("last_logon", "last_logon_replicated", "password_set")
    last = max((row[name] for row in computers for name in signs if row[name]), default=None)
    return last is None or last < as_of - SILENT_AFTER


def _is_server(row: Row) -> bool:
    group = DOMAIN.search(row["primary_group_id"] or "")
    controller = group is not None and int(group.group(1)) in content("directory/privileged_groups")["controllers"]
    return (
        controller
        or "server" in fold(row["operating_system"] or "")
        or "serveur" in fold(row["operating_system"] or "")
    )
