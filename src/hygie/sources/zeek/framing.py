"""Cut a stream into blocks of whole, numbered lines, and find bad lines without one Python object per line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np

from hygie.sources.base import LINE_LIMIT, READ_SIZE, Refusal

NEWLINE, RETURN, NUL = 10, 13, 0
LONG_LINE = Refusal(0, f"a line of at most {LINE_LIMIT} bytes", "is this a binary file?")


@dataclass
class Lines:
    r"""Whole lines of a stream: their bytes, the number of the first one, where each starts and ends.

    >>> lines = Lines(b"ab\n\ncd\n", 7)
    >>> lines.numbers.tolist(), lines.starts.tolist(), lines.lengths.tolist()
    ([7, 8, 9], [0, 3, 4], [2, 0, 2])
    """

    data: bytes
    first: int
    buffer: Any = field(init=False)
    starts: Any = field(init=False)
    ends: Any = field(init=False)

    def __post_init__(self) -> None:
        self.buffer = np.frombuffer(self.data, np.uint8)
        self.ends = np.flatnonzero(self.buffer == NEWLINE)
        self.starts = np.concatenate((np.zeros(1, np.int64), self.ends[:-1] + 1)) if len(self.ends) else self.ends

    @property
    def lengths(self) -> Any:
        """How long each line is, without its end."""
        return self.ends - self.starts

    @property
    def numbers(self) -> Any:
        """The number of each line in the stream, from 1."""
        return np.arange(self.first, self.first + len(self.ends), dtype=np.int64)

    def line(self, index: int) -> bytes:
        """One line, without its end."""
        return self.data[self.starts[index] : self.ends[index]].removesuffix(b"\r")

    def count(self, *values: int) -> Any:
        """How often any of these bytes stands in each line."""
        found = np.flatnonzero(np.isin(self.buffer, values) if len(values) > 1 else self.buffer == values[0])
        return np.searchsorted(found, self.ends) - np.searchsorted(found, self.starts)

    def first_bytes(self) -> Any:
        """The first byte of each line; the newline itself for an empty one."""
        return self.buffer[self.starts]

    def part(self, begin: int, end: int) -> Lines:
        """The lines from one index up to another."""
        return Lines(self.data[self.starts[begin] : self.ends[end - 1] + 1], self.first + begin)

    def kept(self, mask: Any) -> bytes:
        """The bytes of the lines a mask keeps."""
        if mask.all():
            return self.data
        return bytes(self.buffer[np.repeat(mask, self.lengths + 1)].tobytes())


def frames(stream: BinaryIO, size: int = READ_SIZE, limit: int = LINE_LIMIT) -> Iterator[Lines | Refusal]:
    r"""Blocks of whole lines; a line over the limit is refused with its number and never held in memory.

    >>> import io
    >>> found = frames(io.BytesIO(b"a\nbb\nccccc\nd"), size=3, limit=4)
    >>> [item.data if isinstance(item, Lines) else item.position for item in found]
    [b'a\n', b'bb\n', 3, b'd\n']
    """
    number, rest, over = 1, b"", False
    while chunk := stream.read(size):
        if over:
            end = chunk.find(b"\n") + 1
            if not end:
                continue
            yield _long(number)
            number, over, chunk = number + 1, False, chunk[end:]
        rest += chunk
        end = rest.rfind(b"\n") + 1
        if end:
            lines = Lines(rest[:end], number)
            yield from _without_long(lines, limit)
            number, rest = number + len(lines.ends), rest[end:]
        if len(rest) > limit:
            rest, over = b"", True
    if over:
        yield _long(number)
    elif rest:
        yield Lines(rest + b"\n", number)


def _without_long(lines: Lines, limit: int) -> Iterator[Lines | Refusal]:
    begin = 0
    for index in np.flatnonzero(lines.lengths > limit).tolist():
        if index > begin:
            yield lines.part(begin, index)
        yield _long(lines.first + index)
        begin = index + 1
    if begin < len(lines.ends):
        yield lines if begin == 0 else lines.part(begin, len(lines.ends))


def _long(number: int) -> Refusal:
    return Refusal(number, LONG_LINE.expected, LONG_LINE.hint)
