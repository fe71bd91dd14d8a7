"""The order in which the map is made; each step reads what the steps before left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from hygie.map.accounts import Account, account_rows, read_accounts, session_rows
from hygie.map.applications import Application, care_dependencies, read_applications
from hygie.map.backups import backup_rows
from hygie.map.conversations import SEEN, conversation_table, group_flows
from hygie.map.coverage import measure, scope_rows, zone_coverage_rows
from hygie.map.devices import Device, clinical_names, entity_row, gather
from hygie.map.frame import Row, declared, rows, scratch
from hygie.map.holding import Holdings, hold, lying_rows
from hygie.map.identity import Cluster, Resolution, conflict_rows
from hygie.map.links import nodes_and_links
from hygie.map.matrix import Directory, matrix_rows
from hygie.map.met import addresses_met
from hygie.map.nodes import Nodes, number_ends
from hygie.map.openings import opening_rows
from hygie.map.pairing import apply_signed, mark_pairable, signed_addresses
from hygie.map.people import Person, read_people
from hygie.map.protection import protection_rows
from hygie.map.records import collect
from hygie.map.sightings import sightings
from hygie.map.statements import statement_rows
from hygie.map.store import Store
from hygie.map.ties import binding_rows, disagreement_rows, record_entity_table
from hygie.map.zones import Plan, address_table, build_plan, zone_table


@dataclass
class Network:
    """What the machines part leaves to the others."""

    plan: Plan
    nodes: Nodes
    resolution: Resolution
    holdings: Holdings
    devices: list[Device]
    met: dict[str, Row]
    zone_of_address: dict[str, str | None]


def assemble(store: Store) -> dict[str, pa.Table]:
    """All tables of the map."""
    tables: dict[str, pa.Table] = {}
    network = _machines(store, tables)
    people = read_people(store)
    accounts = read_accounts(store, people)
    applications = read_applications(store, network.devices)
    entities = _entities(store, network, applications, people, accounts, tables)
    _declarations(store, network, applications, entities, tables)
    tables["account"] = declared("account", account_rows(accounts))
    tables["remote_session"] = declared("remote_session", session_rows(store, accounts, people))
    tables["protection"] = declared("protection", protection_rows(network.devices, store.as_of))
    tables["backup_state"] = declared("backup_state", backup_rows(store, applications, network.devices))
    tables["care_dependency"] = declared("care_dependency", care_dependencies(store, applications, network.devices))
    _observation(store, network, tables)
    _conflicts(network, tables)
    return tables


def _machines(store: Store, tables: dict[str, pa.Table]) -> Network:
    """Zones, identity, addresses in time, conversations."""
    plan = build_plan(store)
    met = addresses_met(store)
    located = address_table(plan, met)
    tables["zone_address"] = located
    zones = zone_table(plan, frozenset(located["zone_id"].to_pylist()))
    tables["zone"] = zones
    for name in ("zone_address", "zone"):
        store.register(name, tables[name])
    seen = sightings(store)
    resolution = Resolution(collect(store, seen))
    apply_signed(store, resolution)
    resolution.resolve()
    holdings = hold(resolution, seen, signed_addresses(store, resolution))
    nodes = number_ends(store, plan, resolution, holdings, met, located.to_pylist())
    group_flows(store)
    scratch(store, "map_clinical", {"name": pa.string()}, clinical_names())
    devices = gather(store, nodes, resolution, holdings, seen, met, rows(store, SEEN))
    tables["conversation"] = conversation_table(store, nodes)
    known = {row["ip"]: row for row in met}
    return Network(plan, nodes, resolution, holdings, devices, known, dict(_zones_of(located)))


def _zones_of(located: pa.Table) -> zip[tuple[str, str | None]]:
    return zip(located["ip"].to_pylist(), located["zone_id"].to_pylist(), strict=True)


def _entities(
    store: Store,
    network: Network,
    applications: Sequence[Application],
    people: Sequence[Person],
    accounts: Sequence[Account],
    tables: dict[str, pa.Table],
) -> list[Row]:
    entities = [entity_row(device, network.plan, network.zone_of_address) for device in network.devices]
    roles = _roles(applications)
    for entity in entities:
        entity["role"] = roles.get(entity["id"])
    mark_pairable(entities, network.devices, {zone.id: zone.kind for zone in network.plan.zones.values()})
    shown = set(tables["zone"]["id"].to_pylist())
    more, links = nodes_and_links(store, network.plan, shown, entities, applications, people, accounts)
    everything = sorted([*entities, *more], key=lambda row: row["id"])
    tables["entity"] = declared("entity", everything)
    tables["link"] = declared("link", links)
    tables["statement"] = declared("statement", statement_rows(store, network.devices, network.met))
    tables["record_entity"] = record_entity_table(store, network.resolution, network.devices)
    tables["binding"] = declared(
        "binding", binding_rows(network.holdings, network.resolution, network.nodes, network.devices)
    )
    return everything


def _roles(applications: Sequence[Application]) -> dict[str, str]:
    """Machine to the roles its applications declare for it."""
    found: dict[str, set[str]] = defaultdict(set)
    for application in applications:
        for host, row in application.hosts.items():
            if row["role"]:
                found[host].add(row["role"])
    return {host: " ".join(sorted(listed)) for host, listed in found.items()}


def entity_at(network: Network) -> dict[str, str]:
    """Address to the one machine that holds it."""
    found = {}
    for address, segments in network.holdings.segments.items():
        cluster = segments[0].cluster if len(segments) == 1 else None
        if cluster is not None:
            found[address] = network.nodes.listed[
                network.nodes.by_cluster[network.resolution.of[cluster.records[0]]]
            ].id
    for device in network.devices:
        if device.node.cluster is None and device.node.ip:
            found.setdefault(device.node.ip, device.node.id)
    return {address: name for address, name in found.items() if name}


def _declarations(
    store: Store,
    network: Network,
    applications: Sequence[Application],
    entities: Sequence[Row],
    tables: dict[str, pa.Table],
) -> None:
    """Openings and the matrix speak of zones and machines."""
    at = entity_at(network)
    tables["opening"] = declared("opening", opening_rows(store, network.plan, at))
    zone_of = {row["id"]: row.get("zone_id") for row in entities}
    directory = Directory(network.plan, network.devices, applications, zone_of, at)
    tables["matrix_entry"] = declared("matrix_entry", list(matrix_rows(store, directory, network.plan.conflicts)))


def _observation(store: Store, network: Network, tables: dict[str, pa.Table]) -> None:
    known: dict[str, set[str]] = defaultdict(set)
    for device in network.devices:
        for _, address in device.addresses if device.assets else ():
            zone = network.zone_of_address.get(address)
            if zone:
                known[zone].add(address)
    coverage = measure(store, network.plan, known)
    tables["observation_scope"] = declared("observation_scope", scope_rows(coverage, store.as_of))
    zones = tables["zone"]["id"].to_pylist()
    tables["zone_coverage"] = declared("zone_coverage", zone_coverage_rows(coverage, zones))


def _conflicts(network: Network, tables: dict[str, pa.Table]) -> None:
    ids: dict[Cluster, str] = {
        cluster: network.nodes.listed[number].id
        for cluster, number in network.nodes.by_cluster.items()
        if network.nodes.listed[number].id
    }

    def name_of(cluster: Cluster) -> str:
        return ids.get(cluster, "")

    final: Mapping[Cluster, str] = {
        cluster: ids[network.resolution.of[cluster.records[0]]]
        for cluster, _, _, _ in [
            *network.holdings.conflicts,
            *((two, one, a, r) for one, two, a, r in network.holdings.conflicts),
        ]
        if network.resolution.of[cluster.records[0]] in ids
    }
    found = [*network.plan.conflicts, *conflict_rows(network.resolution, name_of), *lying_rows(network.holdings, final)]
    tables["conflict"] = declared("conflict", [*found, *disagreement_rows(network.devices)])
