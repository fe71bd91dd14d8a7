"""Any bytes at all: network readers never raise but `UnreadableError`, and every refusal has a place."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hygie.errors import UnreadableError
from hygie.sources import capture, fortigate, zeek
from hygie.sources.base import Batch, Document, Item, Note, Refusal, Sample, document_from_bytes
from hygie.tables import arrow_schema
from tests.sources import packets as made
from tests.sources import test_fortigate, test_zeek

Reader = Callable[[Document], Iterator[Item]]


def _hospital_capture() -> list[bytes]:
    frames = made.talk(made.associate("CT1", "PACS"), made.associate("CT1", "PACS", kind=2))
    frames += made.talk(made.client_hello("a.example"), made.server_hello(0x1301), 443)
    udp = (
        made.udp(53, 5000, made.dns_answer("a.b", "10.0.0.2")),
        made.udp(67, 68, made.dhcp(5, "10.0.0.7", b"abcdef", {51: b"\0\0\x0e\x10", 12: b"pc"})),
        made.udp(9, 47808, b"\x81\x0b\0\x06\x01\0"),
    )
    frames += [made.ethernet(made.ip4("10.0.0.1", "10.0.0.2", 17, inner), tags=(7,)) for inner in udp]
    return frames


FRAMES = _hospital_capture()
CLASSIC = made.pcap(FRAMES)
SECTIONS = made.section() + made.interface("eth0", 9) + b"".join(
    made.enhanced(0, made.START * 10**9 + index, frame) for index, frame in enumerate(FRAMES)
)  # fmt: skip
SEPARATED = test_zeek.log(test_zeek.ROW, test_zeek.ROW) + test_zeek.log(
    ["1700000002.0", "10.0.0.1", "10.0.0.53", "a.b", "A", "NOERROR", "10.0.0.2,10.0.0.3"],
    path="dns",
    fields=["ts", "id.orig_h", "id.resp_h", "query", "qtype_name", "rcode_name", "answers"],
)
DHCP = {"ts": 1.7e9, "mac": "00:1a:2b:3c:4d:5e", "assigned_addr": "10.0.0.7", "lease_time": 3600, "msg_types": ["ACK"]}
LINES = b"".join(json.dumps(record).encode() + b"\n" for record in (test_zeek.DOTTED, test_zeek.FLAT, test_zeek.DOTTED))
FORTIGATE = (test_fortigate.LINE + "\n" + test_fortigate.event("tunnel-up", 1700000010, 'user="p"')).encode()


def kind(name: str) -> Reader:
    return lambda document: zeek.read(document, name)


GIVEN: dict[str, tuple[Reader, bytes]] = {
    "pcap": (capture.read, CLASSIC),
    "pcapng": (capture.read, SECTIONS),
    "zeek separated": (kind("zeek-conn"), SEPARATED),
    "zeek lines": (kind("zeek-conn"), LINES),
    "zeek dhcp": (kind("zeek-dhcp"), json.dumps(DHCP).encode() + b"\n"),
    "fortigate": (fortigate.read, FORTIGATE),
}


def survive(reader: Reader, data: bytes) -> None:
    """Read to the end; check that rows fit their table and that refusals have a place and words."""
    try:
        for item in reader(document_from_bytes(data)):
            if isinstance(item, Refusal):
                assert item.position >= 1
                assert item.expected
                assert item.hint
            elif isinstance(item, Batch):
                schema = arrow_schema(item.table)
                for name in item.rows.column_names:
                    item.rows[name].cast(schema.field(name).type)
                item.rows.to_pylist()
    except UnreadableError:
        pass


@pytest.mark.parametrize("name", GIVEN)
def test_cut_all_along(name: str) -> None:
    reader, data = GIVEN[name]
    for end in range(0, len(data), max(1, len(data) // 60)):
        survive(reader, data[:end])


@pytest.mark.parametrize("name", GIVEN)
@settings(max_examples=60, deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=12))
def test_changed_bytes(name: str, changes: list[tuple[int, int]]) -> None:
    reader, data = GIVEN[name]
    damaged = bytearray(data)
    for place, value in changes:
        damaged[place % len(damaged)] = value
    survive(reader, bytes(damaged))


@pytest.mark.parametrize("name", GIVEN)
@settings(max_examples=40, deadline=None)
@given(place=st.integers(0, 10**6), inserted=st.binary(max_size=60))
def test_inserted_bytes(name: str, place: int, inserted: bytes) -> None:
    reader, data = GIVEN[name]
    cut = place % len(data)
    survive(reader, data[:cut] + inserted + data[cut:])


@settings(max_examples=80, deadline=None)
@given(data=st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    sample = Sample("evidence", data)
    assert 0 <= fortigate.detect(sample) <= 100
    assert 0 <= capture.detect(sample) <= 100
    assert zeek.detect_kind(sample)[1] in range(101)
    for reader, _ in GIVEN.values():
        survive(reader, data)
    for head in (b"\xd4\xc3\xb2\xa1", b"\x0a\x0d\x0d\x0a"):
        survive(capture.read, head + data)


NUMBERS = st.one_of(
    st.floats(), st.integers(), st.none(), st.booleans(), st.text(max_size=8), st.lists(st.integers(), max_size=2)
)


@settings(max_examples=80, deadline=None)
@given(
    values=st.dictionaries(
        st.sampled_from([*test_zeek.DOTTED, "@stream", "duration", "vlan", "answers", "query"]), NUMBERS
    )
)
def test_json_values_of_any_type(values: dict[str, object]) -> None:
    line = json.dumps({**test_zeek.DOTTED, **values}).encode()
    survive(kind("zeek-conn"), line + b"\n" + line)
    survive(kind("zeek-dns"), line)


def test_nesting_and_width_are_bounded() -> None:
    deep = b'{"ts":1,"id.orig_h":"10.0.0.1","id.resp_h":"10.0.0.2","x":' + b"[" * 200_000 + b"]" * 200_000 + b"}\n"
    objects = b'{"x":' * 100_000 + b"1" + b"}" * 100_000 + b"\n"
    wide = b"#separator \\x09\n#fields\tts\t" + b"\t".join(b"f%d" % index for index in range(100_000)) + b"\n1.0\n"
    pairs = b" ".join(b"k%d=v" % index for index in range(50_000)) + b' type="traffic"\n'
    for data in (deep, objects, wide):
        survive(kind("zeek-conn"), data)
    survive(fortigate.read, pairs)


def test_headers_that_never_end_are_an_unreadable_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hygie.sources.zeek.separated.MOST_HEADERS", 20)
    pair = b"#fields\tts\ta\n1.0\tx\n#fields\tts\tb\n1.0\ty\n"
    with pytest.raises(UnreadableError):
        list(zeek.read(document_from_bytes(b"#path\tconn\n" + pair * 30), "zeek-conn"))


def test_streams_without_number_are_counted_together() -> None:
    lines = b"".join(b'{"@stream":"s%d","ts":1,"uid":"C"}\n' % index for index in range(5000))
    items = list(zeek.read(document_from_bytes(lines), "zeek-other"))
    (unused,) = [item.value for item in items if isinstance(item, Note) and item.key == "unused"]
    assert sum(int(part.split(": ")[1]) for part in unused.split(", ")) == 5000


def test_a_line_of_words_without_pairs_takes_no_time() -> None:
    survive(fortigate.read, (b"a" * 1_000_000 + b"=\n") * 3)
