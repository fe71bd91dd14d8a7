"""Zeek logs: connections, names, leases and TLS handshakes, as separated text or JSON lines, one or many per file.

conn → flow, dns → name_answer, dhcp → lease, ssl → tls_session. Other logs are recognised and named, not used yet.
"""

from __future__ import annotations

from collections.abc import Iterator

from hygie.sources.base import Batch, Document, Item, Note, Refusal, Sample
from hygie.sources.text_stream import utf8_stream
from hygie.sources.zeek.framing import frames
from hygie.sources.zeek.json_lines import JsonLines, log_of_line
from hygie.sources.zeek.records import Records
from hygie.sources.zeek.separated import Header, Separated
from hygie.sources.zeek.tables import BUILDERS, read_log

KINDS = ("zeek-conn", "zeek-dns", "zeek-dhcp", "zeek-ssl", "zeek-other")
OTHER = "zeek-other"
NO_ADDRESS = "dhcp dialogues without an address"
SURE_SEPARATED, SURE_JSON = 98, 95
FIRST_LINES = 30
MOST_NAMED, LONGEST = 50, 60


def detect_kind(sample: Sample) -> tuple[str, int]:
    r"""Which Zeek log this is, by its header or by the fields of its first records.

    >>> detect_kind(Sample("x", b"#separator \\x09\n#path\tconn\n#fields\tts\tuid\n"))
    ('zeek-conn', 98)
    >>> detect_kind(Sample("x", b'{"@stream":"kerberos","ts":1.5,"uid":"C1","id_orig_h":"10.0.0.1"}\n'))
    ('zeek-other', 95)
    """
    lines = [line.encode("utf-8", "replace") for line in sample.lines(FIRST_LINES)]
    if any(line.startswith((b"#separator ", b"#fields")) for line in lines[:10]):
        return _separated_kind(lines)
    for line in lines:
        if line.lstrip().startswith(b"{") and (log := log_of_line(line)) is not None:
            return _kind(log), SURE_JSON
    return "", 0


def _separated_kind(lines: list[bytes]) -> tuple[str, int]:
    header = Header()
    for line in lines:
        if line.startswith(b"#"):
            header = header.after(line)
    known = "ts" in header.fields or (header.path and not header.fields)
    return (_kind(header.log), SURE_SEPARATED) if known else ("", 0)


def _kind(log: str) -> str:
    return f"zeek-{log}" if log in BUILDERS else OTHER


def read(document: Document, kind: str) -> Iterator[Item]:
    """Rows of the tables the logs of a file feed, refusals of what cannot be read, notes on what is not used."""
    usual = kind.removeprefix("zeek-") if kind != OTHER else ""
    separated, json_lines = Separated(usual), JsonLines(usual)
    reader: Separated | JsonLines | None = None
    unused: dict[str, int] = {}
    sensors: set[str] = set()
    with document.open() as stream:
        for block in frames(utf8_stream(stream)):
            if isinstance(block, Refusal):
                yield block
                continue
            reader = reader or (json_lines if block.data.lstrip()[:1] == b"{" else separated)
            for item in reader.read(block):
                yield from _use(item, unused, sensors)
    if reader is separated and separated.header.path and separated.header.path not in BUILDERS:
        unused.setdefault(separated.header.path, 0)
    yield from _notes(unused, sensors)


def _use(item: Records | Refusal, unused: dict[str, int], sensors: set[str]) -> Iterator[Batch | Refusal]:
    if isinstance(item, Refusal):
        yield item
    elif item.log not in BUILDERS:
        log = item.log[:LONGEST] or "unknown"
        log = log if log in unused or len(unused) < MOST_NAMED else "other"
        unused[log] = unused.get(log, 0) + len(item)
    else:
        yield from read_log(item)
        aside = item.checks.aside
        if aside is not None and aside.any():
            unused[NO_ADDRESS] = unused.get(NO_ADDRESS, 0) + int(aside.sum())
        if item.has("sensor"):
            sensors.update(name for name in item.column("sensor").unique().to_pylist() if name)


def _notes(unused: dict[str, int], sensors: set[str]) -> Iterator[Note]:
    yield Note("product", "Zeek")
    if unused:
        yield Note("unused", ", ".join(f"{log}: {count}" for log, count in sorted(unused.items())))
    if len(sensors) == 1:
        yield Note("sensor", sensors.pop())


__all__ = ["KINDS", "detect_kind", "read"]
