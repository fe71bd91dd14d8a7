"""What the BIA wants saved, beside what the backup log shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hygie.map.applications import Application, service_key
from hygie.map.devices import Device
from hygie.map.frame import Row, fold, place, rows
from hygie.map.keys import host_key
from hygie.map.store import Store

GOOD = ("success", "warning")
NOT_A_SAVE = ("restore", "copy")  # a copy of a copy saves nothing new


@dataclass(frozen=True)
class Need:
    """What a system must bear: the strictest admissible loss of the services that name it."""

    loss: float | None
    service: str
    application: str
    row: Row


def backup_rows(store: Store, applications: Sequence[Application], devices: Sequence[Device]) -> Iterator[Row]:
    """One row per system that the BIA names, through its applications."""
    needs, names = _needs(store, applications), _names(applications, devices)
    runs: dict[str, list[Row]] = defaultdict(list)
    for row in rows(
        store, 'SELECT * FROM backup_job ORDER BY coalesce("end", start) NULLS FIRST, evidence_id, member, position'
    ):
        if row["kind"] not in NOT_A_SAVE and row["result"] != "running":
            for key in {host_key(row["system"]), fold(row["system"] or "")} - {""}:
                runs[key].append(row)
    for entity, need in sorted(needs.items()):
        own = {id(row): row for name in sorted(names.get(entity, ())) for row in runs.get(name, ())}
        yield {
            "entity_id": entity,
            "application": need.application,
            "maximum_loss": need.loss,
            "care_service": need.service,
        } | _state(sorted(own.values(), key=_moment), need.row)


def _moment(row: Row) -> tuple[float, str, int]:
    time = row["end"] or row["start"]
    return (time.timestamp() if time else 0.0, row["evidence_id"] or "", row["position"] or 0)


def _needs(store: Store, applications: Sequence[Application]) -> dict[str, Need]:
    needs: dict[str, Need] = {}
    for row in rows(store, "SELECT * FROM impact_declared ORDER BY evidence_id, member, position"):
        service = service_key(row["care_service"])
        wanted = fold(row["application"] or "")
        for application in applications:
            if fold(application.name) == wanted or (not wanted and service in application.services):
                need = Need(row["maximum_loss"], service, application.name, row)
                for entity in sorted(application.hosts) or [application.id]:
                    needs[entity] = _stricter(needs.get(entity), need)
    return needs


def _stricter(held: Need | None, other: Need) -> Need:
    if held is None or held.loss is None:
        return other if held is None or other.loss is not None else held
    return other if other.loss is not None and other.loss < held.loss else held


def _names(applications: Sequence[Application], devices: Sequence[Device]) -> Mapping[str, set[str]]:
    """Entity to the names a backup log may give it: the machine's, and its applications'."""
    found: dict[str, set[str]] = defaultdict(set)
    for device in devices:
        for record in device.records:
            found[device.node.id] |= set(record.names)
            found[device.node.id] |= {fold(ip) for ip in record.ips}
            found[device.node.id] |= {fold(str(row.get("name") or row.get("host") or "")) for row in record.rows} - {""}
    for application in applications:
        for entity in [*application.hosts, application.id]:
            found[entity] |= {fold(application.name), host_key(application.name)} - {""}
    return found


def _state(runs: Sequence[Row], need: Row) -> Row:
    good = [row for row in runs if row["result"] in GOOD]
    failures = 0
    for row in reversed(runs):
        if row["result"] != "failure":
            break
        failures += 1
    newest = runs[-1] if runs else None
    return {
        "in_catalogue": bool(runs),
        "last_good": (good[-1]["end"] or good[-1]["start"]) if good else None,
        "failures_in_a_row": failures,
        "newest": (newest["end"] or newest["start"]) if newest else None,
        **place(newest or need),
    }
