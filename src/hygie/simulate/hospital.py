"""What the demonstration hospital is made of, before any file is written."""

from __future__ import annotations

import ipaddress
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hygie.simulate.plan import Plan
from hygie.simulate.zones import ZONE

PARIS = ZoneInfo("Europe/Paris")


@dataclass
class Record:
    """Where one written row speaks of a device: line, sheet row, or item number beside its identifier."""

    file: str
    member: str = ""
    row: int | None = None
    id: str = ""


@dataclass(eq=False)
class Device:
    """One machine or piece of equipment, true whatever the files say."""

    key: str
    name: str
    kind: str
    zone: str
    ip: str = ""
    macs: list[str] = field(default_factory=list)
    serial: str = ""
    maker: str = ""
    model: str = ""
    label: str = ""
    system: str = ""
    unit: str = ""
    room: str = ""
    ae_title: str = ""
    register: str = ""  # glpi, network, cmms or nothing
    dhcp: bool = False
    domain: bool = False
    sid: str = ""
    directory_name: str = ""
    network_key: str = "mac"  # what a biomedical row holds: mac, ip, ae or nothing
    agent: bool = False
    retired: bool = False
    next_ip: str = ""
    moved: datetime | None = None
    arrived: datetime | None = None
    unpaired: bool = False  # on the network, and its biomedical row holds no network key
    listed_ip: str = ""  # what the inventory says when it lies
    records: list[Record] = field(default_factory=list)

    @property
    def mac(self) -> str:
        """First hardware address, or nothing."""
        return self.macs[0] if self.macs else ""

    @property
    def connected(self) -> bool:
        """Whether the device speaks on the network."""
        return bool(self.ip) and not self.retired

    @property
    def subject(self) -> dict[str, str]:
        """Enough to recognise the device in a verdict."""
        parts = {"name": self.name, "ip": self.ip, "mac": self.mac, "device": self.key}
        return {word: value for word, value in parts.items() if value}


@dataclass(eq=False)
class Person:
    """Somebody on the staff list, with the contracts signed so far."""

    number: str
    given: str
    family: str
    unit: str
    job: str
    login: str
    contracts: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    login_listed: bool = True


@dataclass(eq=False)
class Account:
    """One user account of the directory."""

    name: str
    display: str
    sid: str
    enabled: bool
    created: datetime
    password_set: datetime | None
    last_logon: datetime | None
    replicated_logon: datetime | None = None
    description: str = ""
    person: Person | None = None
    admin: bool = False
    primary: int = 513


@dataclass(eq=False)
class Group:
    """One group of the directory; members are identifiers, so that groups nest."""

    name: str
    sid: str
    members: list[tuple[str, str]] = field(default_factory=list)


@dataclass(eq=False)
class Application:
    """One application: the machines it runs on, the care service it serves, what losing data costs."""

    name: str
    service: str
    role: str
    loss: int
    hosts: list[Device]
    ports: tuple[int, ...] = (443,)
    in_bia: bool = False


@dataclass(frozen=True)
class Session:
    """One remote-access session."""

    start: datetime
    end: datetime
    account: str
    source: str
    assigned: str
    factor: str
    success: bool = True


@dataclass(frozen=True)
class Opening:
    """One rule the firewall holds besides those that carry the flow matrix."""

    name: str
    source_zone: str
    destination_zone: str
    source: str
    destination: str
    protocol: str
    port: int
    public_port: int = 0  # a translation from the public address when not 0
    public_ip: str = ""


@dataclass
class Hospital:
    """The whole truth, in memory."""

    beds: int
    days: int
    seed: int
    as_of: datetime
    plan: Plan
    chance: random.Random
    devices: list[Device] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    applications: list[Application] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    openings: list[Opening] = field(default_factory=list)
    used: dict[str, int] = field(default_factory=dict)
    sight: str = "whole"  # whole, vlan (one network mirrored) or outage (a few days delivered)

    @property
    def sight_days(self) -> int:
        """How many days back the sensors delivered anything."""
        return min(9, self.days) if self.sight == "outage" else self.days

    @property
    def start(self) -> datetime:
        """First instant the logs may hold."""
        return self.as_of - timedelta(days=self.days)

    def size(self, at_400_beds: float, least: int = 1) -> int:
        """Scale a number from the 400-bed hospital to this one.

        >>> hospital = Hospital(20, 10, 1, datetime(2026, 1, 1), None, random.Random(1))  # type: ignore[arg-type]
        >>> hospital.size(400), hospital.size(5)
        (20, 1)
        """
        return max(least, round(at_400_beds * self.beds / 400))

    def address(self, zone: str) -> str:
        """Give the next free address of a zone."""
        network = ipaddress.ip_network(ZONE[zone].prefix)
        rank = self.used.get(zone, 10)
        while rank % 256 in (0, 255):
            rank += 1
        self.used[zone] = rank + 1
        if rank >= network.num_addresses - 2:
            raise ValueError(f"zone {zone} has no free address left: fewer beds are needed")
        return str(network[rank])

    def mac(self, prefix: str = "") -> str:
        """Give a hardware address nobody else has: universally administered unless the prefix says otherwise."""
        block = prefix or self.chance.choice(_BLOCKS)
        self.used["mac"] = self.used.get("mac", self.chance.randrange(4096)) + 1 + self.chance.randrange(7)
        tail = self.used["mac"]
        return f"{block}:{tail >> 16 & 255:02x}:{tail >> 8 & 255:02x}:{tail & 255:02x}"

    def serial(self, prefix: str) -> str:
        """Give a serial number nobody else has."""
        self.used["serial"] = self.used.get("serial", 10_000) + 1 + self.chance.randrange(9)
        return f"{prefix}{self.chance.randrange(10, 99)}{self.used['serial']:06d}"

    def of(self, *kinds: str) -> list[Device]:
        """Every connected device of these kinds."""
        return [device for device in self.devices if device.kind in kinds and device.connected]

    def role(self, role: str) -> list[Device]:
        """The machines of the applications that play a role."""
        return [host for one in self.applications if one.role == role for host in one.hosts[:1]]

    def recent(self, days: float = 20.0) -> datetime:
        """Draw an instant of the last days, not in the last hours."""
        longest = min(days, self.sight_days - 0.5)
        return self.as_of - timedelta(days=0.2 + self.chance.random() * (longest - 0.2))


# Blocks of hardware addresses of general computer makers; their second digit keeps them universal.
_BLOCKS = ("3c:52:82", "a4:bb:6d", "70:b5:e8", "c8:d9:d2", "48:9e:bd", "f4:39:09", "d0:94:66", "e4:54:e8")


def local(moment: datetime) -> datetime:
    """Give the wall clock of the hospital."""
    return moment.astimezone(PARIS)


def french(moment: datetime, seconds: bool = True) -> str:
    """Write an instant as French exports do.

    >>> french(datetime(2026, 11, 23, 18, 0, tzinfo=UTC))
    '23/11/2026 19:00:00'
    """
    return local(moment).strftime("%d/%m/%Y %H:%M:%S" if seconds else "%d/%m/%Y %H:%M")


def french_day(moment: datetime | None) -> str:
    """Write a day as French exports do; nothing stays nothing.

    >>> french_day(None)
    ''
    """
    return local(moment).strftime("%d/%m/%Y") if moment else ""


def utc(year: int, month: int = 1, day: int = 1, hour: int = 0) -> datetime:
    """Make an instant in universal time."""
    return datetime(year, month, day, hour, tzinfo=UTC)
