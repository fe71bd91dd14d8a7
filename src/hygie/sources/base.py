"""What readers are made of: a sample to recognise, a document to read, batches and refusals to give back.

A source is a module with two functions and one line in `sources/__init__.py`:

    KIND = "isc-dhcpd-leases"
    def detect(sample: Sample) -> int: …               # 0 = not mine, up to 100 = surely mine, by content
    def read(document: Document) -> Iterator[Item]: …  # Batch of rows of one table, or Refusal of one record

Readers are neutral (no opinion), bounded, and never raise on a malformed record: they yield a `Refusal` and go on.
Only a file that cannot be read at all raises `UnreadableError`.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO

import pyarrow as pa

from hygie.errors import UnreadableError
from hygie.tables import arrow_schema, table

SAMPLE_SIZE = 64 * 1024
LINE_LIMIT = 1024 * 1024
BATCH_ROWS = 65_536
READ_SIZE = 4 * 1024 * 1024


@dataclass(frozen=True)
class Sample:
    """What a reader may look at to recognise a file: its first bytes, and its name as a last resort."""

    name: str
    head: bytes
    size: int = -1

    @property
    def text(self) -> str:
        """The first bytes as text: UTF-8 (with or without mark), UTF-16 by its mark, else Windows-1252."""
        return decode(self.head)

    def lines(self, count: int = 50) -> list[str]:
        """The first lines, without their ends; the last one may be cut."""
        return self.text.splitlines()[:count]


@dataclass
class Document:
    """One uncompressed stream of one evidence file: the file itself, or one member of an archive.

    `open()` gives a fresh bounded stream each time. `timezone` is the workspace's, for local times without zone.
    `received` is when the file was received: rows later than that are refused by the pipeline, not by readers.
    """

    name: str
    open: Callable[[], BinaryIO]
    size: int = -1
    timezone: str = "Europe/Paris"
    received: datetime | None = None
    member: str = ""
    settings: dict[str, Any] = field(default_factory=dict)

    def content(self, limit: int = 512 * 1024 * 1024) -> bytes:
        """The whole stream, for formats that need it whole; refused over the limit."""
        with self.open() as stream:
            data = stream.read(limit + 1)
        if len(data) > limit:
            raise UnreadableError(f"expected at most {limit} bytes", where=self.name, hint="split the export")
        return data

    def lines(self) -> Iterator[tuple[int, bytes | Refusal]]:
        """Number lines from 1, without their ends; a line over 1 MiB is a counted refusal, never memory."""
        with self.open() as stream:
            yield from number_lines(stream)


@dataclass(frozen=True)
class Refusal:
    """One record that could not be read: where it is, what was expected, what to do."""

    position: int
    expected: str
    hint: str = ""


@dataclass(frozen=True)
class Batch:
    """Rows of one table, as an Arrow table whose columns are `position` and any of the table's columns."""

    table: str
    rows: pa.Table


@dataclass(frozen=True)
class Note:
    """A fact about the file as a whole, kept in the register: `product`, `exported` (ISO date), `records_announced`,
    `sensor`, `completeness` (all, security, refused, partial), `complete` (true/false for an export)…
    """

    key: str
    value: str


Item = Batch | Refusal | Note


_MISFITS = (pa.ArrowException, OverflowError, UnicodeEncodeError)


class Rows:
    """Collect rows of one table for formats without a hot path, and give them back as batches.

    >>> rows = Rows("lease")
    >>> rows.add(12, ip="10.0.0.7", mac="aa:bb:cc:00:11:22")
    >>> batch, = rows.flush()
    >>> batch.table, batch.rows.column_names, batch.rows.num_rows
    ('lease', ['position', 'ip', 'mac'], 1)
    """

    def __init__(self, name: str, batch_rows: int = BATCH_ROWS) -> None:
        self.name = name
        self.batch_rows = batch_rows
        self._known = table(name).columns
        self._rows: list[dict[str, Any]] = []

    def add(self, position: int, **values: Any) -> None:
        """Keep one row; values are Python values of the declared types (datetimes with a zone)."""
        unknown = values.keys() - self._known.keys()
        if unknown:
            raise KeyError(f"{self.name} has no column {', '.join(sorted(unknown))}")
        self._rows.append({"position": position, **values})

    @property
    def full(self) -> bool:
        """Whether it is time to flush."""
        return len(self._rows) >= self.batch_rows

    def flush(self) -> Iterator[Batch | Refusal]:
        """Give back what was kept, if anything, and start again; a row that no table can hold is refused alone."""
        if self._rows:
            rows, self._rows = self._rows, []
            names = ["position", *(name for name in self._known if any(name in row for row in rows))]
            schema = arrow_schema(self.name)
            fields = pa.schema([schema.field(name) for name in names])
            try:
                yield Batch(self.name, pa.Table.from_pylist(rows, schema=fields))
            except _MISFITS:
                yield from self._one_by_one(rows, fields)

    def _one_by_one(self, rows: list[dict[str, Any]], fields: pa.Schema) -> Iterator[Batch | Refusal]:
        """The same rows, without those that hold half a character or a number beyond 64 bits."""
        sound = []
        for row in rows:
            try:
                pa.Table.from_pylist([row], schema=fields)
            except _MISFITS:
                yield Refusal(row["position"], "values that a table can hold", "the row was set aside")
            else:
                sound.append(row)
        if sound:
            yield Batch(self.name, pa.Table.from_pylist(sound, schema=fields))


def decode(data: bytes) -> str:
    """Text of unknown encoding: a byte order mark decides, else UTF-8, else Windows-1252; NUL bytes stay visible.

    >>> decode("é".encode("cp1252")), decode("é".encode("utf-8-sig")), decode("é".encode("utf-16"))
    ('é', 'é', 'é')
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data[: len(data) // 2 * 2].decode("utf-16", "replace")
    body = data[3:] if data[:3] == b"\xef\xbb\xbf" else data
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        cut_at_end = len(body) >= SAMPLE_SIZE // 2 and error.start >= len(body) - 3
        return body.decode("utf-8", "ignore") if cut_at_end else body.decode("cp1252", "replace")


def number_lines(stream: BinaryIO, limit: int = LINE_LIMIT) -> Iterator[tuple[int, bytes | Refusal]]:
    r"""Number the lines of a stream from 1; `\n` ends a line, a final `\r` is dropped.

    >>> list(number_lines(io.BytesIO(b"a\r\nb\n\nc")))
    [(1, b'a'), (2, b'b'), (3, b''), (4, b'c')]
    """
    number, rest, over = 0, b"", False
    while chunk := stream.read(READ_SIZE):
        pieces = (rest + chunk).split(b"\n") if not over else chunk.split(b"\n")
        rest = pieces.pop()
        for piece in pieces:
            number += 1
            if over or len(piece) > limit:
                over = False
                yield number, Refusal(number, f"a line of at most {limit} bytes", "is this a binary file?")
            else:
                yield number, piece[:-1] if piece.endswith(b"\r") else piece
        if len(rest) > limit:
            rest, over = b"", True
    if over:
        yield number + 1, Refusal(number + 1, f"a line of at most {limit} bytes", "is this a binary file?")
    elif rest:
        yield number + 1, rest[:-1] if rest.endswith(b"\r") else rest


def blocks(stream: BinaryIO, size: int = READ_SIZE) -> Iterator[bytes]:
    r"""Cut a stream into blocks of whole lines, for readers that hand blocks to an Arrow parser.

    An over-long line stays whole up to 4 times `size`, then is cut (the reader refuses it).

    >>> list(blocks(io.BytesIO(b"ab\ncd\nef"), size=4))
    [b'ab\n', b'cd\n', b'ef']
    """
    rest = b""
    while chunk := stream.read(size):
        rest += chunk
        end = rest.rfind(b"\n") + 1
        if end == 0 and len(rest) > 4 * size:
            end = len(rest)
        if end:
            yield rest[:end]
            rest = rest[end:]
    if rest:
        yield rest


def collect(items: Iterator[Item]) -> tuple[dict[str, list[dict[str, Any]]], list[Refusal], dict[str, str]]:
    """Run a reader to its end and return plain rows per table, refusals and notes: for tests and small files."""
    rows: dict[str, list[dict[str, Any]]] = {}
    refusals: list[Refusal] = []
    notes: dict[str, str] = {}
    for item in items:
        if isinstance(item, Batch):
            rows.setdefault(item.table, []).extend(item.rows.to_pylist())
        elif isinstance(item, Refusal):
            refusals.append(item)
        else:
            notes[item.key] = item.value
    return rows, refusals, notes


def document_from_bytes(data: bytes, name: str = "test", **fields: Any) -> Document:
    """A document over bytes in memory, for archive members and tests."""
    return Document(name, lambda: io.BytesIO(data), size=len(data), **fields)


def first(values: Sequence[str | None]) -> str | None:
    """The first value that is not empty."""
    return next((value for value in values if value), None)
