"""Draw every connection as columns: two million rows are arrays, never objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hygie.simulate.hospital import Device, Hospital
from hygie.simulate.pattern import DYNAMIC, Pattern, Traffic

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
SHARES = {"core": 0.77, "biomedical": 0.08, "firewall": 0.15}
HOURS = np.array([1, 1, 1, 1, 1, 2, 4, 8, 10, 10, 10, 9, 8, 9, 10, 9, 8, 7, 5, 4, 3, 2, 2, 1], dtype=float)


@dataclass
class Columns:
    """The connections one sensor saw, in order of time."""

    time: Floats
    pattern: Integers
    source: Integers
    target: Integers
    source_port: Integers
    port: Integers
    sent: Integers
    received: Integers
    duration: Floats

    def __len__(self) -> int:
        return len(self.time)

    def part(self, first: int, last: int) -> Columns:
        """Take the rows from first to last."""
        return Columns(*(column[first:last] for column in vars(self).values()))

    def where(self, rows: npt.NDArray[Any]) -> Columns:
        """Take the rows of an index or a mask."""
        return Columns(*(column[rows] for column in vars(self).values()))


@dataclass
class Book:
    """Every address a connection may name, by number."""

    addresses: list[str]
    macs: list[str]
    zones: list[str]
    number: dict[int, int]
    moves: list[tuple[int, float, int]]  # address number, instant, address number afterwards

    @classmethod
    def of(cls, patterns: Sequence[Pattern]) -> Book:
        """Number the ends of these habits."""
        book = cls([], [], [], {}, [])
        by_ip: dict[str, int] = {}
        for pattern in patterns:
            for device in (*pattern.sources, *pattern.destinations):
                if id(device) not in book.number:
                    book._add(device, by_ip)
        book._note_moves(patterns, by_ip)
        return book

    def _add(self, device: Device, by_ip: dict[str, int]) -> None:
        self.number[id(device)] = len(self.addresses)
        by_ip.setdefault(device.ip, len(self.addresses))
        self.addresses.append(device.ip)
        self.macs.append(device.mac)
        self.zones.append(device.zone)

    def _note_moves(self, patterns: Sequence[Pattern], by_ip: dict[str, int]) -> None:
        movers = {
            id(one): one for pattern in patterns for one in (*pattern.sources, *pattern.destinations) if one.moved
        }
        for key, device in movers.items():
            if device.moved is None or not device.next_ip:
                continue
            self.addresses.append(device.next_ip)
            self.macs.append(device.mac)
            self.zones.append(device.zone)
            self.moves.append((self.number[key], device.moved.timestamp(), len(self.addresses) - 1))


@dataclass
class Connections:
    """What all sensors saw."""

    patterns: list[Pattern]
    book: Book
    sensors: dict[str, Columns]

    @property
    def total(self) -> int:
        """How many connections there are."""
        return sum(len(columns) for columns in self.sensors.values())


def draw(hospital: Hospital, traffic: Traffic, wanted: int) -> Connections:
    """Draw about this many connections."""
    generator = np.random.default_rng(hospital.seed)
    patterns = [*traffic.patterns, *traffic.noise, *traffic.planted]
    patterns = [pattern for pattern in patterns if pattern.sources and pattern.destinations]
    book = Book.of(patterns)
    sensors = {}
    for sensor, share in SHARES.items():
        mine = [number for number, pattern in enumerate(patterns) if pattern.sensor == sensor]
        parts = _sensor_parts(hospital, patterns, mine, round(wanted * share), book, generator)
        if parts:
            sensors[sensor] = _in_order(parts, book)
    return Connections(patterns, book, sensors)


def _sensor_parts(
    hospital: Hospital,
    patterns: list[Pattern],
    mine: list[int],
    wanted: int,
    book: Book,
    generator: np.random.Generator,
) -> list[Columns]:
    weight = sum(patterns[number].weight for number in mine) or 1.0
    parts = []
    for number in mine:
        pattern = patterns[number]
        if pattern.at:
            parts.append(_planted(number, pattern, book, generator))
        else:
            count = max(4, round(wanted * pattern.weight / weight))
            parts.append(_habit(hospital, number, pattern, count, book, generator))
            parts.append(_one_of_each(hospital, number, pattern, book, generator))
    return parts


def _habit(
    hospital: Hospital, number: int, pattern: Pattern, count: int, book: Book, generator: np.random.Generator
) -> Columns:
    sources = np.array([book.number[id(device)] for device in pattern.sources])
    targets = np.array([book.number[id(device)] for device in pattern.destinations])
    return _fill(
        number,
        pattern,
        _times(hospital, count, generator),
        sources[generator.integers(0, len(sources), count)],
        targets[generator.integers(0, len(targets), count)],
        generator,
    )


def _one_of_each(
    hospital: Hospital, number: int, pattern: Pattern, book: Book, generator: np.random.Generator
) -> Columns:
    """Make sure that every zone crossing of the habit is seen at least twice lately, however small the hospital."""
    first_source = {device.zone: device for device in reversed(pattern.sources)}
    first_target = {device.zone: device for device in reversed(pattern.destinations)}
    pairs = [(source, target) for source in first_source.values() for target in first_target.values()] * 2
    sources = np.array([book.number[id(source)] for source, _target in pairs])
    targets = np.array([book.number[id(target)] for _source, target in pairs])
    last = hospital.as_of.timestamp()
    times = last - generator.uniform(0.2, min(20.0, hospital.sight_days - 0.3), len(pairs)) * 86_400
    return _fill(number, pattern, times, sources, targets, generator)


def _planted(number: int, pattern: Pattern, book: Book, generator: np.random.Generator) -> Columns:
    times = np.array([moment.timestamp() for moment in pattern.at])
    source = np.full(len(times), book.number[id(pattern.sources[0])])
    target = np.full(len(times), book.number[id(pattern.destinations[0])])
    return _fill(number, pattern, times, source, target, generator)


def _times(hospital: Hospital, count: int, generator: np.random.Generator) -> Floats:
    """Spread instants over the days, each day having its share, by the rhythm of a hospital."""
    days = hospital.sight_days
    day = np.floor(np.arange(count) * days / count)
    hour = generator.choice(24, size=count, p=HOURS / HOURS.sum())
    # The first day begins at the hour of as-of, so that the last one ends there.
    first = hospital.as_of.timestamp() - days * 86_400
    turned = (hour - hospital.as_of.hour) % 24
    return np.asarray(first + day * 86_400 + turned * 3600 + generator.uniform(0, 3599, count), dtype=np.float64)


def _fill(
    number: int,
    pattern: Pattern,
    time: Floats,
    source: Integers,
    target: Integers,
    generator: np.random.Generator,
) -> Columns:
    count = len(time)
    port = generator.integers(49_152, 49_400, count) if pattern.port == DYNAMIC else np.full(count, pattern.port)
    sent = generator.lognormal(6.5, 1.2, count).astype(np.int64) + 60
    received = generator.lognormal(7.5, 1.6, count).astype(np.int64) + 60
    if not pattern.answered:
        sent, received = np.minimum(sent, 300), np.zeros(count, dtype=np.int64)
    return Columns(
        time,
        np.full(count, number),
        source,
        target,
        generator.integers(49_152, 65_535, count),
        port,
        sent,
        received,
        np.round(generator.exponential(4.0, count) + 0.001, 6),
    )


def _in_order(parts: list[Columns], book: Book) -> Columns:
    names = list(vars(parts[0]))
    whole = Columns(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
    for before, moment, after in book.moves:
        later = whole.time >= moment
        whole.source[later & (whole.source == before)] = after
        whole.target[later & (whole.target == before)] = after
    return whole.where(np.argsort(whole.time, kind="stable"))
