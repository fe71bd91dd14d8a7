"""Text tables as rows of cells: encoding, separator, quotes over several lines, each row with its first line."""

from __future__ import annotations

import codecs
import csv
import gc
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, cast

from hygie.sources.base import LINE_LIMIT, Document, Refusal, blocks, number_lines

SEPARATORS = (";", ",", "\t", "|")
MOST_COLUMNS = 2000
MOST_LINES = 200
LONGEST_CELL = 256 * 1024
READ = 1 << 20
Row = tuple[int, list[str] | Refusal]

csv.field_size_limit(max(csv.field_size_limit(), 4 * LONGEST_CELL))


@dataclass(frozen=True)
class Encoding:
    """How the bytes of a text are to be read: `utf-16-le`, `utf-16-be` or empty; `carriage`: lines end by CR alone."""

    wide: str = ""
    carriage: bool = False


def encoding(head: bytes) -> Encoding:
    r"""Look at the first bytes; UTF-8 and Windows-1252 need no decision, each line says which it is.

    >>> encoding("a;b\n".encode("utf-16")), encoding(b"a;b\rc;d\r")
    (Encoding(wide='utf-16-le', carriage=False), Encoding(wide='', carriage=True))
    """
    wide = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}.get(head[:2], "")
    if not wide and len(head) >= 40:
        odd, even = head[1:400:2].count(0), head[0:400:2].count(0)
        share = min(200, len(head) // 2) * 0.6
        wide = "utf-16-le" if odd > share > even else "utf-16-be" if even > share > odd else ""
    text = head.decode(wide, "ignore").encode() if wide else head
    return Encoding(wide, b"\r" in text and b"\n" not in text)


class _Narrow(io.RawIOBase):
    """A stream of UTF-8 lines from a UTF-16 one, or one whose lines end by CR alone."""

    def __init__(self, inner: BinaryIO, how: Encoding) -> None:
        self._inner = inner
        self._decoder = codecs.getincrementaldecoder(how.wide or "latin-1")("replace")
        self._how = how
        self._rest = b""
        self._done = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._rest and not self._done:
            data = self._inner.read(READ)
            self._done = not data
            text = self._decoder.decode(data, final=self._done)
            self._rest = text.encode("utf-8" if self._how.wide else "latin-1", "replace")
            if self._how.carriage:
                self._rest = self._rest.replace(b"\r", b"\n")
        piece = self._rest[: len(buffer)]
        buffer[: len(piece)] = piece
        self._rest = self._rest[len(piece) :]
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
        super().close()


def text_lines(document: Document, how: Encoding) -> Iterator[tuple[int, str | Refusal]]:
    """Number the lines of a document as text; a line over 1 MiB or with NUL bytes is a refusal."""
    with document.open() as raw:
        stream = raw
        if how.wide or how.carriage:
            stream = cast("BinaryIO", io.BufferedReader(_Narrow(raw, how), READ))
        for number, line in number_lines(stream):
            if isinstance(line, Refusal):
                yield number, line
                continue
            try:
                text = line.decode()
            except UnicodeDecodeError:
                text = line.decode("cp1252", "replace")
            if number == 1:
                text = text.lstrip("\ufeff")
            if "\0" in text:
                yield number, Refusal(number, "text without NUL bytes", "the file may be damaged: export it again")
            else:
                yield number, text.replace("\r", " ") if "\r" in text else text


@contextmanager
def uncollected() -> Iterator[None]:
    """Make many small lists without the cycle collector looking at them again and again: a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def text_rows(document: Document, how: Encoding, separator: str) -> Iterator[Row]:
    """Rows of a document: whole blocks at once while every row is one line, then line by line."""
    base = 0
    with document.open() as raw:
        stream = raw if not (how.wide or how.carriage) else cast("BinaryIO", io.BufferedReader(_Narrow(raw, how), READ))
        for block in blocks(stream):
            quick = _quick(block, separator, first=base == 0)
            if quick is None:
                break
            yield from enumerate(quick, base + 1)
            base += len(quick)
        else:
            return
    rest = ((number, line) for number, line in text_lines(document, how) if number > base)
    yield from rows(rest, separator)


def _quick(block: bytes, separator: str, *, first: bool) -> list[list[str]] | None:
    """The rows of a block when each is exactly one line of good text, else None."""
    try:
        text = block.decode()
    except UnicodeDecodeError:
        if block.count(b"\n") > 100 and b"\0" not in block and not _has_utf8(block):
            text = block.decode("cp1252", "replace")
        else:
            return None
    if "\0" in text:
        return None
    lines = (text.lstrip("\ufeff") if first else text).split("\n")
    if not lines[-1]:
        lines.pop()
    if max(map(len, lines), default=0) > LINE_LIMIT // 4 or lines[-1].count('"') % 2:
        return None
    try:
        with uncollected():
            found = list(csv.reader(lines, delimiter=separator))
    except csv.Error:
        return None
    return found if len(found) == len(lines) else None


def _has_utf8(block: bytes) -> bool:
    """Whether some letters beyond ASCII are UTF-8: lines of both encodings are then told apart one by one."""
    return any(pair in block for pair in (b"\xc3\xa9", b"\xc3\xa8", b"\xc3\xa0", b"\xc2\xb0", b"\xe2\x80"))


class _Feed:
    """Give lines to the CSV reader and remember those of the row being read, to start again after a stray quote."""

    def __init__(self, lines: Iterable[tuple[int, str | Refusal]]) -> None:
        self.lines = iter(lines)
        self.again: list[tuple[int, str]] = []
        self.row: list[tuple[int, str]] = []
        self.refused: list[Refusal] = []
        self._size = 0

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        number, line = self.again.pop() if self.again else self._fresh()
        row = self.row
        row.append((number, line))
        if len(row) > 1:
            self._size += len(line)
            if len(row) > MOST_LINES or self._size > LONGEST_CELL:
                raise _StrayQuote
        return line + "\n"

    def _fresh(self) -> tuple[int, str]:
        for number, line in self.lines:
            if isinstance(line, str):
                return number, line
            self.refused.append(line)
        raise StopIteration

    def begin(self) -> None:
        self.row = []
        self._size = 0

    def rewind(self) -> tuple[int, str]:
        """Put back all lines of the row but its first, and return that one."""
        first = self.row[0]
        self.again += reversed(self.row[1:])
        self.begin()
        return first


class _StrayQuote(Exception):
    """A quote that never closes would swallow the rest of the file."""


def rows(lines: Iterable[tuple[int, str | Refusal]], separator: str) -> Iterator[Row]:
    r"""Rows of cells with the physical line number of their first line; a quote that never closes costs one line.

    >>> text = [(1, 'a;"b'), (2, 'c";d'), (3, ""), (4, "e;f")]
    >>> list(rows(text, ";"))
    [(1, ['a', 'b\nc', 'd']), (3, []), (4, ['e', 'f'])]
    """
    feed = _Feed(lines)
    while True:
        reader = csv.reader(feed, delimiter=separator)
        try:
            for row in reader:
                if feed.refused:
                    yield from ((refusal.position, refusal) for refusal in feed.refused)
                    feed.refused.clear()
                start = feed.row[0][0] if feed.row else 0
                if len(feed.row) > 1 and _swallowed(feed, separator):
                    yield feed.row[0][0], _stray(feed.rewind()[0])
                    break
                feed.begin()
                yield start, row
            else:
                yield from ((refusal.position, refusal) for refusal in feed.refused)
                return
        except (_StrayQuote, csv.Error):
            if not feed.row:
                return
            number, _ = feed.rewind()
            yield number, _stray(number)


def _stray(number: int) -> Refusal:
    return Refusal(number, "quotes in pairs", "a quote opens on this line and never closes: export again or repair it")


def _swallowed(feed: _Feed, separator: str) -> bool:
    """Whether the end of the text came before the closing quote."""
    return "".join(line for _, line in feed.row).count('"') % 2 == 1 and _ended(feed)


def _ended(feed: _Feed) -> bool:
    if feed.again:
        return False
    try:
        number, line = next(feed.lines)
    except StopIteration:
        return True
    if isinstance(line, str):
        feed.again.insert(0, (number, line))
    else:
        feed.refused.append(line)
    return False
