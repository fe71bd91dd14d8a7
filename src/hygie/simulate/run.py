"""Build the demonstration hospital, plant what the plan asks for, then write the evidence of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hygie.simulate.build import build_machines
from hygie.simulate.connections import draw
from hygie.simulate.hospital import Hospital
from hygie.simulate.output import Output
from hygie.simulate.pattern import Traffic
from hygie.simulate.people import build_people, build_sessions
from hygie.simulate.plan import BLIND, Plan, settle
from hygie.simulate.plant_network import plant_network
from hygie.simulate.plant_people import backed_up, plant_backup, plant_people, plant_protection
from hygie.simulate.traffic import build_traffic
from hygie.simulate.truth import Truth, device_truth, open_truth
from hygie.simulate.write_bad import write_bad
from hygie.simulate.write_capture import write_capture
from hygie.simulate.write_declared import write_declared
from hygie.simulate.write_directory import write_directory
from hygie.simulate.write_firewall import write_firewall
from hygie.simulate.write_inventories import Marks, write_console, write_inventories
from hygie.simulate.write_logs import write_backups, write_leases, write_sessions, write_staff, write_windows
from hygie.simulate.write_zeek import write_zeek

DEFAULT_AS_OF = datetime(2026, 11, 23, 18, tzinfo=UTC)
Progress = Callable[[str, float], None]


def simulate(
    target: Path,
    *,
    beds: int = 400,
    days: int = 92,
    seed: int = 7,
    connections: int | None = None,
    plan: Mapping[str, str] | None = None,
    as_of: datetime | None = None,
    progress: Progress | None = None,
    directory: str = "auto",
) -> Truth:
    """Write a hospital's evidence, its declarations and the truth about both.

    `plan` gives the verdict some controls must reach (the others follow the default plan); `directory` is `sharphound`,
    `ldif` or `auto`. The same arguments give the same bytes. Raise ValueError for a plan that cannot be true.
    """
    if beds < 10 or days < 2:
        raise ValueError("the demonstration hospital needs at least 10 beds and 2 days")
    if directory not in ("auto", "sharphound", "ldif"):
        raise ValueError(f"unknown directory form {directory}: expected auto, sharphound or ldif")
    tell = progress or _silent
    hospital = _hospital(beds, days, seed, as_of or DEFAULT_AS_OF, settle(plan, days))
    truth = open_truth(hospital)
    traffic = _build(hospital, truth)
    wanted = connections if connections is not None else round(2_000_000 * beds / 400 * days / 92)
    _write(hospital, traffic, truth, Output(Path(target)), wanted, tell, directory)
    truth.devices = [device_truth(device) for device in hospital.devices if device.records or device.kind == "unknown"]
    truth.write(Path(target) / "truth.json")
    tell("truth", 1.0)
    return truth


def _silent(_step: str, _share: float) -> None:
    """Tell nobody."""


def _hospital(beds: int, days: int, seed: int, as_of: datetime, plan: Plan) -> Hospital:
    if as_of.tzinfo is None:
        raise ValueError("as_of needs a time zone")
    hospital = Hospital(beds, days, seed, as_of.astimezone(UTC), plan, random.Random(seed))
    if plan.partial_sight:
        hospital.sight = "vlan" if seed % 2 else "outage"
    return hospital


def _build(hospital: Hospital, truth: Truth) -> Traffic:
    build_machines(hospital)
    build_people(hospital)
    build_sessions(hospital)
    _lay_traps(hospital, truth)
    traffic = build_traffic(hospital)
    plant_network(hospital, traffic, truth)
    plant_people(hospital, truth)
    return traffic


def _lay_traps(hospital: Hospital, truth: Truth) -> None:
    """Lay what must not fool anybody, whatever the plan."""
    posts = [one for one in hospital.of("workstation") if one.zone == "POSTES-SOINS"]
    first, second, renamed = posts[0], posts[1], posts[2]
    moved = (hospital.as_of - timedelta(days=hospital.sight_days * 0.4)).replace(microsecond=0)
    first.next_ip, second.next_ip, first.moved, second.moved = second.ip, first.ip, moved, moved
    renamed.directory_name = f"{renamed.name}-BIS"
    if hospital.plan.failing("INV-01"):
        _leave_unpaired(hospital, truth)
    ghosts = [one for one in hospital.devices if one.retired]
    ghosts[1].listed_ip = posts[3].ip
    truth.trap("ip_swap", f"{first.name} and {second.name} swap {first.ip} and {second.ip} at {moved.isoformat()}")
    truth.trap("renamed", f"{renamed.name} in GLPI is {renamed.directory_name} in the directory")
    truth.trap("lying_inventory", f"{ghosts[1].name} is listed with {posts[3].ip}, held by {posts[3].name}")
    truth.trap("ghosts", f"{len(ghosts)} retired workstations are still in GLPI")
    truth.trap("router_mac", "one hardware address stands in front of every server in zeek-biomed")
    truth.trap("vrrp_mac", "00:00:5e:00:01:84 is nobody's own address")
    truth.trap("local_macs", "guest phones use locally administered addresses")
    truth.trap("homonyms", "two people are called Dominique Hautefeuille; one has left")
    truth.trap("interns", "interns and suppliers have accounts and stand on no staff list")
    truth.trap("far_date", "a contract ending 2099-12-31 is no departure")
    truth.trap(
        "short_and_full_names",
        "short upper case in GLPI, full lower case in the server list, full upper case in the directory",
    )
    truth.trap("noise", "multicast, broadcast and refused attempts are no flows; guest Wi-Fi may go to the Internet")


def _leave_unpaired(hospital: Hospital, truth: Truth) -> None:
    """Leave some connected devices without a network key in their row: to be paired, neither known nor unknown."""
    scanners = [one for one in hospital.of("medical") if one.label == "Échographe"]
    for device in scanners[: hospital.size(3)]:
        device.unpaired, device.network_key, device.ae_title = True, "", ""
        hospital.used[device.key] = 1
        truth.pairable.append(device.subject)
    truth.trap("to_pair", "a connected device whose biomedical row holds no network key is listed apart")


def _write(
    hospital: Hospital,
    traffic: Traffic,
    truth: Truth,
    output: Output,
    wanted: int,
    tell: Progress,
    directory: str,
) -> None:
    marks: Marks = plant_protection(hospital, truth)
    faults = plant_backup(hospital, truth)
    tell("hospital", 1.0)
    write_inventories(hospital, output, truth)
    write_console(hospital, output, marks, truth)
    write_directory(hospital, output, _form(hospital, directory))
    write_leases(hospital, output)
    write_sessions(hospital, output)
    write_staff(hospital, output)
    write_backups(hospital, output, faults, {host.name: loss for host, loss, _name in backed_up(hospital)}, truth)
    write_windows(hospital, output)
    write_declared(hospital, traffic, truth, output)
    write_capture(hospital, truth, output)
    write_bad(hospital, truth, output)
    tell("files", 1.0)
    drawn = draw(hospital, traffic, wanted)
    truth.connections = drawn.total
    truth.refused_records = write_zeek(hospital, drawn, output, lambda share: tell("zeek", share))
    write_firewall(hospital, traffic, drawn, output, lambda share: tell("firewall", share))


def _form(hospital: Hospital, directory: str) -> str:
    if hospital.plan.states["ID-02"] == BLIND or (hospital.plan.states["ID-01"] == BLIND and hospital.seed % 2 == 0):
        return "ldif"  # a text export whose filter left attributes or groups out
    return "sharphound" if directory == "auto" else directory
