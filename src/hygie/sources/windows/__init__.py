"""Windows events: `.evtx` files, and JSON by NXLog, winlogbeat, Logstash, evtx_dump or a search engine's export.

Positions are the record's own number for `.evtx`, the line for JSON lines, the item (from 1) for a JSON array.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson
import pyarrow as pa

from hygie.sources.base import BATCH_ROWS, Batch, Document, Item, Note, Refusal, Sample
from hygie.sources.windows.evtx import EVTX_MAGIC, binary_records
from hygie.sources.windows.fields import COLUMNS, from_xml, open_event, row_of
from hygie.sources.windows.written import ANSWER, SPREAD, json_records, xml_records
from hygie.tables import arrow_schema

EVTX, JSON, XML = "windows-evtx", "windows-json", "windows-xml"
KINDS = (EVTX, JSON, XML)
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
        is_held = first[:1] == "[" or ANSWER.match(text) or SPREAD.match(text) or "\n" not in text
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
        return binary_records(document)
    return xml_records(document) if kind == XML else json_records(document)
