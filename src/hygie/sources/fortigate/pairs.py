"""Read `key=value` lines fast: lines of one firewall have few shapes, and one expression per shape finds all values.

A shape is the order of the keys in a line. A line of a new shape is read pair by pair, and its shape is remembered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

MOST_SHAPES = 256
MOST_PAIRS = 500
SHAPES_TRIED = 16
_NAME = rb"[A-Za-z_][\w.-]{0,60}"
_INSIDE = rb'[^"\\]*+(?:\\.[^"\\]*+)*+'
_BARE = rb'[^\s"]*+'
_PAIR = re.compile(rb"(?<![\w.-])(" + _NAME + rb')=("' + _INSIDE + rb'"|' + _BARE + rb")")
_COMMA_PAIR = re.compile(rb"(?<![\w.-])(" + _NAME + rb')=("' + _INSIDE + rb'"|[^,"]*+)')
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
        self._pattern = rb" ".join(parts) + rb"\s*$"

    @cached_property
    def match(self) -> Callable[[bytes, int], re.Match[bytes] | None]:
        """Match a line of this shape; made when the shape is met again."""
        return re.compile(self._pattern).match


CUT = Shape((), {})  # the shape of a line that ends inside a quoted value
WIDE = Shape((), {})  # the shape of a line with too many pairs


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
        self._any = Shape([(key, b"") for key in wanted], self.wanted)
        self._by_size: dict[int, list[Shape]] = {}
        self._known: dict[tuple[tuple[bytes, bool], ...], Shape] = {}
        self._names = list(wanted)

    def read(self, line: bytes) -> tuple[Shape, Values] | None:
        """The shape of a line and the values of its wanted keys, in the order of `shape.places`."""
        equal = line.find(b"=")
        if equal < 1:
            return None
        start = max(line.rfind(b" ", 0, equal), line.rfind(b">", 0, equal), line.rfind(b"\t", 0, equal)) + 1
        for shape in self._by_size.get(line.count(b"="), ()):
            if found := shape.match(line, start):
                return shape, found.groups()
        return self._read_pairs(line, start)

    def _read_pairs(self, line: bytes, start: int) -> tuple[Shape, Values] | None:
        if line.count(b"=") > MOST_PAIRS:
            return WIDE, ()
        pairs = _pairs(line, start)
        if not pairs:
            return None
        if not _closed(line):
            return CUT, ()
        first = dict(reversed(pairs))
        shape = self._learn(line, pairs)
        return shape, tuple(_bare(first.get(self._names[place])) for place in shape.places)

    def _learn(self, line: bytes, pairs: Sequence[tuple[bytes, bytes]]) -> Shape:
        """The shape of these pairs, tried first on later lines once met twice; when too many are known, one for all."""
        key = tuple((name, value[:1] == b'"') for name, value in pairs)
        shape = self._known.get(key)
        if shape is not None:
            same = self._by_size.setdefault(line.count(b"="), [])
            if len(same) < SHAPES_TRIED and shape not in same:
                same.append(shape)
        elif len(self._known) < MOST_SHAPES:
            shape = self._known[key] = Shape(pairs, self.wanted)
        return shape or self._any


def _bare(value: bytes | None) -> bytes | None:
    return value[1:-1] if value is not None and value[:1] == b'"' else value


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
