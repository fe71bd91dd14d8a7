"""One habit of the network, and the zone crossings it makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from hygie.simulate.hospital import Device

DYNAMIC = 49152  # a pattern on this port draws any dynamic port


@dataclass(frozen=True)
class Pattern:
    """One habit: these sources call these destinations on this port."""

    sources: Sequence[Device]
    destinations: Sequence[Device]
    protocol: str
    port: int
    service: str
    weight: float
    purpose: str
    sensor: str = "core"  # core, biomedical or firewall
    state: str = "SF"  # a Zeek connection state; on the firewall anything but SF is refused
    public: tuple[tuple[str, int], ...] = ()  # public address and port per destination, when translated
    rule: str = ""
    at: tuple[datetime, ...] = ()  # planted: these instants and no others

    @property
    def answered(self) -> bool:
        """Whether both sides speak."""
        return self.state == "SF"


@dataclass
class Traffic:
    """Every habit of the hospital."""

    patterns: list[Pattern] = field(default_factory=list)
    noise: list[Pattern] = field(default_factory=list)
    planted: list[Pattern] = field(default_factory=list)
    habits: dict[tuple[str, str, str, int], str] = field(
        default_factory=dict
    )  # units of the whole hospital, seen or not

    def units(self) -> dict[tuple[str, str, str, int], str]:
        """Every (source zone, destination zone, protocol, port) between zones that is answered, with its purpose."""
        found: dict[tuple[str, str, str, int], str] = {}
        for pattern in (*self.patterns, *self.planted):
            for unit in units_of(pattern):
                found.setdefault(unit, pattern.purpose)
        return found


def units_of(pattern: Pattern) -> list[tuple[str, str, str, int]]:
    """The zone crossings one habit makes."""
    if not pattern.answered:
        return []
    pairs = {(source.zone, target.zone) for source in pattern.sources for target in pattern.destinations}
    return [(source, target, pattern.protocol, pattern.port) for source, target in sorted(pairs) if source != target]


def unit_key(unit: tuple[str, str, str, int]) -> str:
    """Write a unit as verdicts name it.

    >>> unit_key(("SOINS", "LABO", "tcp", 445))
    'SOINS>LABO tcp/445'
    """
    source, target, protocol, port = unit
    return f"{source}>{target} {protocol}/{port}"
