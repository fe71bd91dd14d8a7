"""The other nodes of the map (applications, people, accounts, zones, sites, services, partners) and its edges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hygie.map.accounts import Account
from hygie.map.applications import Application, application_links, role_of, unit_services
from hygie.map.content import content
from hygie.map.frame import Row, fold, place, rows
from hygie.map.people import Person
from hygie.map.store import Store
from hygie.map.zones import Plan


def nodes_and_links(
    store: Store,
    plan: Plan,
    zones: set[str],
    devices: Sequence[Row],
    applications: Sequence[Application],
    people: Sequence[Person],
    accounts: Sequence[Account],
) -> tuple[list[Row], list[Row]]:
    """All entities that are no machines, and all links."""
    services = _services(store, applications)
    sites = _sites(store, plan, devices)
    found = [
        *_applications(applications),
        *_zones(plan, zones),
        *({"id": name, "kind": "care_service", "name": key, "origin": "declared"} for key, name in services.items()),
        *({"id": name, "kind": "site", "name": site, "origin": "declared"} for site, name in sites.values()),
        *_partners(store, plan, {row["name"] for row in devices if row["kind"] == "partner"}),
        *_people(people),
        *_accounts(accounts),
    ]
    groups = _groups(store, accounts)
    found += [{"id": name, "kind": "group", "name": group, "origin": "observed"} for group, name in groups.items()]
    links = [*application_links(applications, services), *_membership(accounts, groups), *_places(devices, sites)]
    return found, sorted(links, key=lambda row: (row["kind"], row["source_id"], row["target_id"]))


def _services(store: Store, applications: Sequence[Application]) -> dict[str, str]:
    listed = content("care_services")
    entries = listed.get("services", listed)
    keys = {str(key) for key in entries} if isinstance(entries, dict) else set()
    keys |= {service for application in applications for service in application.services}
    keys |= {service for found in unit_services(store).values() for service in found}
    return {key: store.ledger.id_for("care_service", [f"key:{key}"]) for key in sorted(keys)}


def _sites(store: Store, plan: Plan, devices: Sequence[Row]) -> dict[str, tuple[str, str]]:
    written = {zone.site for zone in plan.zones.values() if zone.site} | {
        row["site"] for row in devices if row.get("site")
    }
    found: dict[str, tuple[str, str]] = {}
    for site in sorted(written):
        if fold(site) not in found:
            found[fold(site)] = (site, store.ledger.id_for("site", [f"name:{fold(site)}"]))
    return found


def _applications(applications: Sequence[Application]) -> Iterator[Row]:
    for application in applications:
        yield {
            "id": application.id,
            "kind": "application",
            "name": application.name,
            "role": role_of(application),
            "maker": next((row["maker"] for row in application.rows if row.get("maker")), None),
            "origin": "declared",
        }


def _zones(plan: Plan, shown: set[str]) -> Iterator[Row]:
    for zone in plan.zones.values():
        if zone.id in shown:
            yield {
                "id": zone.id,
                "kind": "zone",
                "name": zone.name,
                "site": zone.site or None,
                "zone_id": zone.id,
                "origin": zone.origin,
            }


def _partners(store: Store, plan: Plan, already: set[str]) -> Iterator[Row]:
    """Partners that were declared and never seen in traffic."""
    seen = {fold(name) for name in already}
    for row in rows(store, "SELECT DISTINCT partner FROM partner_declared WHERE partner IS NOT NULL ORDER BY partner"):
        if fold(row["partner"]) not in seen:
            seen.add(fold(row["partner"]))
            name = store.ledger.id_for("partner", [f"name:{fold(row['partner'])}"])
            yield {
                "id": name,
                "kind": "partner",
                "name": row["partner"],
                "zone_id": plan.names.get(fold(row["partner"])),
                "origin": "declared",
            }


def _people(people: Sequence[Person]) -> Iterator[Row]:
    for person in people:
        unit = next((row["unit"] for row in person.rows if row["unit"]), None)
        yield {"id": person.id, "kind": "person", "name": person.name, "unit": unit, "origin": "declared"}


def _accounts(accounts: Sequence[Account]) -> Iterator[Row]:
    for account in accounts:
        row = account.row
        yield {
            "id": account.id,
            "kind": "account",
            "name": row["name"] or row["object_id"],
            "role": "builtin" if account.builtin else ("privileged" if account.groups else None),
            "enabled": row["enabled"],
            "origin": "observed",
            "last_seen": account.last_logon,
        }


def _groups(store: Store, accounts: Sequence[Account]) -> dict[str, str]:
    """Privileged groups that have members."""
    names = sorted({group for account in accounts for group in account.groups})
    return {name: store.ledger.id_for("group", [f"name:{fold(name)}"]) for name in names}


def _membership(accounts: Sequence[Account], groups: dict[str, str]) -> Iterator[Row]:
    for account in accounts:
        where = place(account.row)
        for group in account.groups:
            yield {
                "source_id": account.id,
                "kind": "member_of",
                "target_id": groups[group],
                "origin": "observed",
                **where,
            }
        if account.person:
            where = place(account.person.rows[0])
            yield {
                "source_id": account.person.id,
                "kind": "holds",
                "target_id": account.id,
                "origin": "inferred",
                **where,
                "detail": account.person_by,
            }


def _places(devices: Sequence[Row], sites: dict[str, tuple[str, str]]) -> Iterator[Row]:
    for row in devices:
        if row["kind"] == "device" and row["zone_id"]:
            yield {"source_id": row["id"], "kind": "in_zone", "target_id": row["zone_id"], "origin": "observed"}
        if row["kind"] == "device" and row.get("site"):
            yield {
                "source_id": row["id"],
                "kind": "in_site",
                "target_id": sites[fold(row["site"])][1],
                "origin": "declared",
            }
