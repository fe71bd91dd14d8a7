"""Windows events: `.evtx` files, and JSON by NXLog, winlogbeat, Logstash, evtx_dump or a search engine's export.

Positions are the record's own number for `.evtx`, the line for JSON lines, the item (from 1) for a JSON array.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

import orjson
import pyarrow as pa

from hygie.errors import UnreadableError
from hygie.sources.base import BATCH_ROWS, Batch, Document, Item, Note, Refusal, Sample, number_lines
from hygie.sources.json_items import JsonWindow
from hygie.sources.text_stream import utf8_stream
from hygie.sources.windows_fields import COLUMNS, from_xml, open_event, row_of
from hygie.tables import arrow_schema

EVTX, JSON, XML = "windows-evtx", "windows-json", "windows-xml"
KINDS = (EVTX, JSON, XML)
EVTX_MAGIC, CHUNK_MAGIC = b"ElfFile\0", b"ElfChnk\0"
HEADER_SIZE, CHUNK_SIZE, CHUNKS_AT_ONCE = 4096, 65_536, 32
ERRORS_IN_A_GROUP = 4096
EVENT_SIZE = 1024 * 1024
_EVENT = re.compile(rb"<Event[ >](?:(?!<Event[ >]).){0,1048576}?</Event>", re.DOTALL)
_ANSWER = re.compile(r'\{\s*"(?:took|preview|results|hits|timed_out|init_offset)"\s*:(?![^\n]*"result"\s*:\s*\{)')
_ANSWER_LIST = re.compile(r'"(?:hits|results)"\s*:\s*\[')
_SPREAD = re.compile(r"(?:Record \d+\s*)?\{\s*\n|Record \d+\s*\{")
_BETWEEN = re.compile(r"(?:[\s,]|Record \d+)*")
_TRACES = ('"winlog"', '"winlog.', '"EventRecordID"', '"ProviderGuid"', '"SourceName"', '"EventData"', '"LogName"')
_NUMBERED = re.compile(r'"(?:EventID|EventCode|event_id|Event\.System\.EventID)"\s*:|"winlog|(?:<|\\u003c)EventID')


def detect_kind(sample: Sample) -> tuple[str, int]:
    """Recognise by content: the signature of `.evtx`, or JSON and XML records with an event number and a channel."""
    if sample.head.startswith(EVTX_MAGIC):
        return EVTX, 100
    text = sample.text.lstrip("\ufeff \t\r\n")
    if text.startswith("<Event") and "<EventID" in text:
        return XML, 90
    if not text.startswith(("{", "[", "Record ")) or not _NUMBERED.search(text):
        return JSON, 0
    return JSON, _json_score(text)


def _json_score(text: str) -> int:
    first = text.partition("\n")[0]
    try:
        fields = open_event(orjson.loads(first))
    except orjson.JSONDecodeError:
        fields = None
    if fields is None:
        is_held = first[:1] == "[" or _ANSWER.match(text) or _SPREAD.match(text) or "\n" not in text
        return 75 if is_held and any(trace in text for trace in _TRACES) else 0
    row, _ = row_of(1, fields, "UTC")
    known = dict(zip(COLUMNS, row, strict=True))
    named = sum(known[name] is not None for name in ("channel", "provider", "computer", "time"))
    if known["event_id"] is None or (known["channel"] is None and known["provider"] is None):
        return 0
    return 55 + 10 * named


def read(document: Document, kind: str) -> Iterator[Item]:
    """Read events as rows of `windows_event`; what is no event is refused at its place."""
    rows = _EventRows(document.timezone)
    for position, record in _records(document, kind):
        if isinstance(record, Refusal):
            yield record
        elif (refusal := rows.add(position, record)) is not None:
            yield refusal
        if rows.full:
            yield from rows.flush()
    yield from rows.flush()
    if rows.local:
        yield Note("local_times", str(rows.local))


def show(document: Document, position: int) -> str:
    """One record as compact JSON text, for a proof."""
    with document.open() as stream:
        head = stream.read(4096)
    kind, _ = detect_kind(Sample(document.name, head))
    if not head.startswith(EVTX_MAGIC) and b"<Event" in head[:64]:
        kind = XML
    for place, record in _records(document, kind):
        if place == position and not isinstance(record, Refusal):
            return orjson.dumps(record).decode() if not isinstance(record, str) else record
    return ""


class _EventRows:
    """Rows of events, column by column, for files of many events."""

    def __init__(self, timezone: str) -> None:
        self.local = 0
        self._timezone = timezone
        self._rows: list[tuple[Any, ...]] = []
        schema = arrow_schema("windows_event")
        self._schema = pa.schema([schema.field(name) for name in COLUMNS])

    @property
    def full(self) -> bool:
        return len(self._rows) >= BATCH_ROWS

    def add(self, position: int, record: Any) -> Refusal | None:
        """Keep one record, or say why it is no event."""
        fields = from_xml(record) if isinstance(record, str) else open_event(record)
        if fields is None:
            return Refusal(position, "a Windows event", "fields EventID and TimeCreated were expected")
        row, local = row_of(position, fields, self._timezone)
        if row[2] is None:
            return Refusal(position, "an event number (EventID)", "export the events with their system fields")
        if row[1] is None:
            return Refusal(position, "the time of the event", "expected an ISO 8601 time such as 2026-03-31T08:15:00Z")
        self.local += local
        self._rows.append(row)
        return None

    def flush(self) -> Iterator[Batch]:
        """Give back what was kept, if anything."""
        if self._rows:
            columns = zip(*self._rows, strict=True)
            arrays = [pa.array(values, item.type) for values, item in zip(columns, self._schema, strict=True)]
            self._rows = []
            yield Batch("windows_event", pa.Table.from_arrays(arrays, schema=self._schema))


def _records(document: Document, kind: str) -> Iterator[tuple[int, Any]]:
    if kind == EVTX:
        return _evtx_records(document)
    return _xml_records(document) if kind == XML else _json_records(document)


# --- .evtx


def _evtx_records(document: Document) -> Iterator[tuple[int, Any]]:
    """Every record of every chunk: the header is not trusted, it counts too few when the log was not closed."""
    with document.open() as stream:
        header = _exactly(stream, HEADER_SIZE)
        if len(header) < HEADER_SIZE or not header.startswith(EVTX_MAGIC):
            raise UnreadableError("expected the header of an .evtx file", where=document.name, hint="export it again")
        number, group = 0, list[bytes]()
        while chunk := _exactly(stream, CHUNK_SIZE):
            number += 1
            if chunk.startswith(CHUNK_MAGIC):
                if len(chunk) < CHUNK_SIZE:
                    yield number, Refusal(number, "a chunk of 65536 bytes", "the file is cut: export it again")
                group.append(chunk.ljust(CHUNK_SIZE, b"\0"))
            elif chunk.strip(b"\0"):
                yield number, Refusal(number, "a chunk of events", "this part of the file is damaged or never written")
            if len(group) == CHUNKS_AT_ONCE:
                yield from _parse_chunks(header, group)
                group = []
        yield from _parse_chunks(header, group)


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    while 0 < len(data) < size and (more := stream.read(size - len(data))):
        data += more
    return data


def _parse_chunks(header: bytes, chunks: list[bytes]) -> Iterator[tuple[int, Any]]:
    """Parse chunks one after the other; one that is damaged costs only its own records from there on."""
    for chunk in chunks:
        last = 0
        for record in _parse(_small_file(header, chunk)):
            if isinstance(record, str):
                place = last + 1 if last else max(int.from_bytes(chunk[24:32], "little", signed=True), 1)
                yield place, Refusal(place, "a readable event record", "this record of the log is damaged")
                continue
            last, data = record
            try:
                yield last, orjson.loads(data)
            except orjson.JSONDecodeError:
                yield last, Refusal(last, "a readable event record", "this record of the log is damaged")


def _small_file(header: bytes, chunk: bytes) -> bytes:
    head = bytearray(header)
    head[42:44] = (1).to_bytes(2, "little")
    head[120:124] = bytes(4)
    head[124:128] = zlib.crc32(bytes(head[:120])).to_bytes(4, "little")
    return bytes(head) + chunk


def _parse(data: bytes) -> Iterator[tuple[int, str] | str]:
    """Records of the library, or the text of its errors; a panic inside it ends the chunk, not the run."""
    import evtx

    try:
        records = iter(evtx.PyEvtxParser(io.BytesIO(data), 1).records_json())
        for _ in range(ERRORS_IN_A_GROUP):
            try:
                for record in cast("Iterator[dict[str, Any]]", records):
                    yield int(record["event_record_id"]), str(record["data"])
                return
            except (RuntimeError, ValueError, OSError) as error:
                yield str(error)
    except GeneratorExit:
        raise
    except BaseException as error:
        if isinstance(error, (KeyboardInterrupt, SystemExit, MemoryError)):
            raise
        yield str(error)


# --- JSON and XML


def _json_records(document: Document) -> Iterator[tuple[int, Any]]:
    """Records of JSON lines, of a list (alone or in the answer of a search engine), or of objects spread over lines."""
    with document.open() as stream:
        start = utf8_stream(stream).read(4096).decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    if start.startswith("[") or _ANSWER.match(start):
        return _item_records(document, re.compile(r"\[") if start.startswith("[") else _ANSWER_LIST)
    spread = _SPREAD.match(start) is not None
    return _item_records(document, None) if spread else _line_records(document)


def _item_records(document: Document, opening: re.Pattern[str] | None) -> Iterator[tuple[int, Any]]:
    with document.open() as stream:
        window, position = JsonWindow(utf8_stream(stream), _BETWEEN), 0
        if opening is not None and not window.enter(opening):
            raise UnreadableError(
                "expected a list of events", where=document.name, hint="export one event on each line"
            )
        for position, item in enumerate(window.items(), 1):
            yield position, item
        if not (window.ended if opening is not None else window.exhausted):
            place = position + 1
            yield place, Refusal(place, "a whole JSON object", "the file is cut or damaged here: export it again")


def _line_records(document: Document) -> Iterator[tuple[int, Any]]:
    with document.open() as stream:
        for number, line in number_lines(utf8_stream(stream)):
            if isinstance(line, Refusal):
                yield number, line
            elif line.strip() and (number > 1 or line.strip(b"\xef\xbb\xbf \t")):
                yield number, _loads(number, line.removeprefix(b"\xef\xbb\xbf"))


def _loads(position: int, line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        pass
    try:
        return orjson.loads(line.decode("utf-8", "replace").rstrip().removesuffix(","))
    except (orjson.JSONDecodeError, RecursionError):
        return Refusal(position, "one JSON object on each line", "the line is cut or is not JSON")


def _xml_records(document: Document) -> Iterator[tuple[int, Any]]:
    """Events as XML elements, one or several to a line, or spread over lines; positions are lines."""
    with document.open() as stream:
        pending, size, number = list[bytes](), 0, 1
        for line_number, line in number_lines(utf8_stream(stream)):
            if isinstance(line, Refusal):
                yield line_number, line
                pending, size = [], 0
                continue
            number = number if pending else line_number
            pending.append(line)
            size += len(line) + 1
            if b"</Event>" in line or size > EVENT_SIZE:
                yield from _events_in(b"\n".join(pending), number)
                pending, size = [], 0
        if b"<Event" in b"\n".join(pending):
            yield number, Refusal(number, "a whole <Event>…</Event>", "the file is cut: export it again")


def _events_in(pending: bytes, number: int) -> Iterator[tuple[int, Any]]:
    found = _EVENT.findall(pending)
    if not found:
        yield number, Refusal(number, "a whole <Event>…</Event>", "the element is cut or too large")
    for event in found:
        yield number, event.decode("utf-8", "replace")
