"""Applications, the machines that carry them, and the care services that stand on both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from hygie.map.content import content
from hygie.map.devices import Device
from hygie.map.frame import Row, fold, place, rows
from hygie.map.store import Store


@dataclass(eq=False)
class Application:
    """An application as declared: its machines by entity id, the care services that need it."""

    name: str
    rows: list[Row]
    id: str = ""
    hosts: dict[str, Row] = field(default_factory=dict)
    services: dict[str, Row] = field(default_factory=dict)


def service_key(written: str | None) -> str:
    """The key of a care service from its key, its name or an alias; what is not known keeps a key of the site.

    >>> service_key("Salle des machines")
    'site:salle des machines'
    """
    text = fold(written or "")
    if not text:
        return ""
    if (written or "").startswith("site:"):
        return str(written)
    return _services().get(text, f"site:{text}")


@cache
def _services() -> Mapping[str, str]:
    return _index_services(content("care_services"))


def _index_services(listed: Mapping[str, object]) -> dict[str, str]:
    found: dict[str, str] = {}
    entries = listed.get("services", listed)
    for key, entry in entries.items() if isinstance(entries, Mapping) else ():
        found[fold(str(key))] = str(key)
        for text in _texts(entry):
            found.setdefault(fold(text), str(key))
    return found


def _texts(entry: object) -> list[str]:
    """Every title and alias of a care service, in any language."""
    if not isinstance(entry, Mapping):
        return []
    found: list[str] = []
    for name in ("title", "name", "aliases"):
        value = entry.get(name)
        values = list(value.values()) if isinstance(value, Mapping) else [value]
        for part in values:
            found += [str(text) for text in part] if isinstance(part, list) else ([str(part)] if part else [])
    return found


def read_applications(store: Store, devices: Sequence[Device]) -> list[Application]:
    """The declared applications, and those that only the BIA names."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows(
        store, "SELECT * FROM application_declared WHERE application IS NOT NULL ORDER BY evidence_id, member, position"
    ):
        groups[fold(row["application"])].append(row)
    impact = rows(store, "SELECT * FROM impact_declared ORDER BY evidence_id, member, position")
    for row in impact:
        if row["application"]:
            groups.setdefault(fold(row["application"]), [])
    hosts = {
        (row["evidence_id"], row["member"], row["position"]): device.node.id
        for device in devices
        for record in device.records
        if record.table == "application_declared"
        for row in record.rows
    }
    found = []
    for key, same in sorted(groups.items()):
        named = [row for row in impact if row["application"] and fold(row["application"]) == key]
        application = Application(
            (same or named)[0]["application"], same, store.ledger.id_for("application", [f"name:{key}"])
        )
        for row in same:
            host = hosts.get((row["evidence_id"], row["member"], row["position"]))
            if host:
                application.hosts.setdefault(host, row)
        for row in (*same, *named):
            if service := service_key(row["care_service"]):
                application.services.setdefault(service, row)
        found.append(application)
    return found


def role_of(application: Application) -> str | None:
    """The declared role of an application."""
    return next((str(row["role"]) for row in application.rows if row["role"]), None)


def application_links(applications: Sequence[Application], services: Mapping[str, str]) -> list[Row]:
    """`runs_on` from application to machine, `serves` from application to care service."""
    found: list[Row] = []
    for application in applications:
        for host, row in sorted(application.hosts.items()):
            detail = " ".join(str(part) for part in (row["role"], row["port"]) if part) or None
            found.append(
                {
                    "source_id": application.id,
                    "kind": "runs_on",
                    "target_id": host,
                    "origin": "declared",
                    **place(row),
                    "detail": detail,
                }
            )
        for service, row in sorted(application.services.items()):
            found.append(
                {
                    "source_id": application.id,
                    "kind": "serves",
                    "target_id": services[service],
                    "origin": "declared",
                    **place(row),
                }
            )
    return found


def care_dependencies(store: Store, applications: Sequence[Application], devices: Sequence[Device]) -> list[Row]:
    """Which care service stands on which entity: by application, by its machines, by the unit of a device."""
    found: dict[tuple[str, str], Row] = {}

    def add(service: str, entity: str, through: str) -> None:
        found.setdefault(
            (service, entity), {"care_service": service, "entity_id": entity, "through": through, "origin": "declared"}
        )

    for application in applications:
        for service in sorted(application.services):
            add(service, application.id, application.name)
            for host in sorted(application.hosts):
                add(service, host, application.name)
    units = unit_services(store)
    for device in devices:
        for row in device.assets:
            for service in sorted(units.get(fold(row["unit"] or ""), ())):
                add(service, device.node.id, row["unit"])
    return [found[key] for key in sorted(found)]


def unit_services(store: Store) -> dict[str, set[str]]:
    """Folded unit to the care services it gives."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows(store, "SELECT DISTINCT unit, care_service FROM unit_declared WHERE unit IS NOT NULL ORDER BY ALL"):
        if service := service_key(row["care_service"]):
            found[fold(row["unit"])].add(service)
    return found
