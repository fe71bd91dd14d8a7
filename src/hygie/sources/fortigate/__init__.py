"""FortiGate logs (`key=value` lines, by syslog, a listing or CSV): traffic → flow, VPN → vpn_session."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pyarrow.compute as pc

from hygie.sources.base import BATCH_ROWS, Document, Item, Note, Refusal, Sample, number_lines
from hygie.sources.fortigate.pairs import CUT, WIDE, PairReader
from hygie.sources.fortigate.records import WANTED, Columns, Gathering
from hygie.sources.fortigate.traffic import flows
from hygie.sources.fortigate.vpn import Sessions
from hygie.sources.text_stream import utf8_stream

KIND = "fortigate-log"
RECORD = "a FortiGate record: date=… type=… and other key=value pairs"
DAMAGED = "the line is cut or damaged"
TYPE = WANTED.index(b"type")
KEPT = BATCH_ROWS // 2
_SIGNATURE = re.compile(r'\b(?:logid|log_id)="?\d|\bdevid="?F[GWORT]|\bvd="?[\w-]|\bdevname=')
_TYPED = re.compile(r'\btype="?(?:traffic|event|utm|dns|app-ctrl|virus|webfilter|ips|anomaly|voip|gtp)\b')
_FOUND = re.compile(rb"\s*(\d{1,12}) logs? (found|returned)\.?\s*$")
_TALK = re.compile(rb"\s*(?:[\d.]{1,8}% of logs? .*|[\w.-]{1,60} (?:\([^)]{1,40}\) )?[#$] ?.*|--More--.*)?$")
FIRST_LINES = 40


def detect(sample: Sample) -> int:
    """How sure this is a FortiGate log, by the pairs its first lines carry.

    >>> detect(Sample("x", b'date=2024-01-01 devid="FG100" logid="0000000013" type="traffic" srcip=10.0.0.1'))
    97
    >>> detect(Sample("x", b"type=traffic srcip=10.0.0.1")), detect(Sample("x", b"a,b"))
    (0, 0)
    """
    lines = [line for line in sample.lines(FIRST_LINES) if "=" in line]
    found = sum(bool(_TYPED.search(line) and _SIGNATURE.search(line) and "date=" in line) for line in lines)
    if not found:
        return 0
    return 97 if found * 2 >= len(lines) else 60


def read(document: Document) -> Iterator[Item]:
    """Rows of flow and vpn_session; other records are counted in a note, by type."""
    return _Log(document).read()


class _Log:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.pairs = PairReader(WANTED)
        self.kept = Gathering()
        self.sessions = Sessions(document.timezone)
        self.unused: dict[str, int] = {}
        self.sensors: set[str] = set()
        self.announced: dict[str, int] = {}
        self.records = 0

    def read(self) -> Iterator[Item]:
        with self.document.open() as stream:
            for number, line in number_lines(utf8_stream(stream)):
                refusal = self._line(number, line)
                if refusal is not None:
                    yield refusal
                if self.kept.size >= KEPT:
                    yield from self._flush()
        yield from self._flush()
        yield from self.sessions.finish()
        yield from self._notes()

    def _line(self, number: int, line: bytes | Refusal) -> Refusal | None:
        if isinstance(line, Refusal):
            return line
        found = self.pairs.read(line)
        if found is None:
            return None if self._talk(line) else Refusal(number, RECORD, "is this line of another product?")
        if found[0] is CUT:
            return Refusal(number, "quotes that are closed", DAMAGED)
        if found[0] is WIDE:
            return Refusal(number, "at most 500 pairs in a record", "is this line of another product?")
        if TYPE not in found[0].places:
            return Refusal(number, RECORD, DAMAGED)
        self.records += 1
        self.kept.add(number, *found)
        return None

    def _talk(self, line: bytes) -> bool:
        """What a console says around a listing of records."""
        if found := _FOUND.match(line):
            self.announced[found[2].decode()] = int(found[1])
            return True
        return bool(_TALK.match(line))

    def _flush(self) -> Iterator[Item]:
        if not self.kept.size:
            return
        columns = self.kept.take()
        kind = pc.utf8_lower(columns.column("type"))
        sub = pc.coalesce(pc.utf8_lower(columns.column("subtype")), "")
        traffic = pc.fill_null(pc.equal(kind, "traffic"), False)
        vpn = pc.fill_null(pc.and_(pc.equal(kind, "event"), pc.match_substring(sub, "vpn")), False)
        if (found := columns.where(traffic)) and len(found):
            yield from flows(found, self.document.timezone)
        if (found := columns.where(vpn)) and len(found):
            yield from self.sessions.read(found)
        self._count_unused(columns.where(pc.invert(pc.or_(traffic, vpn))))
        self.sensors.update(name for name in columns.column("devname", "devid").unique().to_pylist() if name)

    def _count_unused(self, columns: Columns) -> None:
        names = pc.binary_join_element_wise(
            pc.coalesce(columns.column("type"), "?"), pc.coalesce(columns.column("subtype"), ""), "/"
        )
        for entry in pc.value_counts(names).to_pylist():
            self.unused[entry["values"]] = self.unused.get(entry["values"], 0) + entry["counts"]

    def _notes(self) -> Iterator[Item]:
        yield Note("product", "FortiOS")
        if self.sessions.unused:
            self.unused["event/vpn without a person"] = self.sessions.unused
        if self.unused:
            told = sorted(self.unused.items(), key=lambda entry: -entry[1])[:20]
            yield Note("unused", ", ".join(f"{name}: {count}" for name, count in told))
        if len(self.sensors) == 1:
            yield Note("sensor", self.sensors.pop())
        returned = self.announced.get("returned")
        if returned is not None and returned != self.records:
            yield Note("records_announced", str(returned))
        if self.announced and max(self.announced.values()) > self.records:
            yield Note("completeness", "partial")


__all__ = ["KIND", "detect", "read"]
