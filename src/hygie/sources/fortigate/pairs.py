"""Read `key=value` lines fast: lines of one firewall have few shapes, and one expression per shape finds all values.

A shape is the order of the keys in a line. A line of a new shape is read pair by pair, and its shape is remembered.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

MOST_SHAPES = 512
SHAPES_TRIED = 16
_NAME = rb"[A-Za-z_][\w.-]{0,60}"
_INSIDE = rb'[^"\\]*+(?:\\.[^"\\]*+)*+'
_BARE = rb'[^\s"]*+'
_PAIR = re.compile(rb"(" + _NAME + rb')=("' + _INSIDE + rb'"|' + _BARE + rb")")
_COMMA_PAIR = re.compile(rb"(" + _NAME + rb')=("' + _INSIDE + rb'"|[^,"]*+)')
_QUOTED_PAIR = re.compile(rb'"(' + _NAME + rb')=((?:[^"]|"")*)"')
_COMMAS = re.compile(_NAME + rb'=(?:"' + _INSIDE + rb'"|[^\s,"]*+),\s*' + _NAME + rb"=")

Values = tuple[bytes | None, ...]


class Shape:
    """The keys of a line in order, whether each value is quoted, and which keys are wanted."""

    def __init__(self, pairs: Sequence[tuple[bytes, bytes]], wanted: Mapping[bytes, int]) -> None:
        kept: list[int] = []
        parts: list[bytes] = []
        for key, value in pairs:
            place = wanted.get(key)
            quote = b'"' if value.startswith(b'"') else b""
            inside = _INSIDE if quote else _BARE
            if place is not None and place not in kept:
                kept.append(place)
                inside = b"(" + inside + b")"
            parts.append(re.escape(key) + b"=" + quote + inside + quote)
        self.places = tuple(kept)
        self.match = re.compile(rb" ".join(parts) + rb"\s*$").match


CUT = Shape((), {})  # the shape of a line that ends inside a quoted value


class PairReader:
    r"""Read lines one after the other, learning their shapes.

    >>> reader = PairReader((b"srcip", b"service"))
    >>> shape, values = reader.read(b'<189>date=2024-01-01 srcip=10.0.0.1 msg="a \"b\" c" service="H T"')
    >>> shape.places, values
    ((0, 1), (b'10.0.0.1', b'H T'))
    >>> reader.read(b"no pairs here") is None
    True
    """

    def __init__(self, wanted: Sequence[bytes]) -> None:
        self.wanted = {key: place for place, key in enumerate(wanted)}
        self._by_size: dict[int, list[Shape]] = {}
        self._known: dict[tuple[tuple[bytes, bool], ...], Shape] = {}
        self._names = list(wanted)

    def read(self, line: bytes) -> tuple[Shape, Values] | None:
        """The shape of a line and the values of its wanted keys, in the order of `shape.places`."""
        equal = line.find(b"=")
        start = (
            max(line.rfind(b" ", 0, equal), line.rfind(b">", 0, equal), line.rfind(b"\t", 0, equal)) + 1
            if equal > 0
            else 0
        )
        for shape in self._by_size.get(line.count(b"="), ()):
            if found := shape.match(line, start):
                return shape, found.groups()
        return self._learn(line, start)

    def _learn(self, line: bytes, start: int) -> tuple[Shape, Values] | None:
        pairs = _pairs(line, start)
        if not pairs:
            return None
        if not _closed(line):
            return CUT, ()
        key = tuple((name, value[:1] == b'"') for name, value in pairs)
        shape = self._known.get(key)
        if shape is None:
            shape = Shape(pairs, self.wanted)
            if len(self._known) < MOST_SHAPES:
                self._known[key] = shape
                same = self._by_size.setdefault(line.count(b"="), [])
                if len(same) < SHAPES_TRIED and shape.match(line, start):
                    same.append(shape)
        first = dict(reversed(pairs))
        return shape, tuple(_bare(first[self._names[place]]) for place in shape.places)


def _bare(value: bytes) -> bytes:
    return value[1:-1] if value[:1] == b'"' else value


def _pairs(line: bytes, start: int) -> list[tuple[bytes, bytes]]:
    if line[start : start + 1] == b'"':
        return [(key, value.replace(b'""', b'"')) for key, value in _QUOTED_PAIR.findall(line, start)]
    if _COMMAS.match(line, start):
        return _COMMA_PAIR.findall(line, start)
    return _PAIR.findall(line, start)


def _closed(line: bytes) -> bool:
    r"""Whether every quote of a line is closed.

    >>> _closed(rb'a="b \" c" d=1'), _closed(b'a="b')
    (True, False)
    """
    return re.sub(rb"\\.", b"", line).count(b'"') % 2 == 0
