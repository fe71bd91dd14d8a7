"""Whatever the bytes, host and directory readers end, and raise nothing but `UnreadableError`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hygie.errors import UnreadableError
from hygie.sources import directory, fortios, isc_dhcpd, sharphound, windows
from hygie.sources.base import Document, Item, Sample, collect, document_from_bytes
from tests.sources.shared import sample_bytes
from tests.sources.test_directory import BLOCKS, CSVDE, LDIF
from tests.sources.test_fortios import BACKUP
from tests.sources.test_isc_dhcpd import LEASES
from tests.sources.test_sharphound import USER
from tests.sources.test_windows import WRAPPINGS, XML

Reader = Callable[[Document], Iterator[Item]]
COLLECTION = json.dumps({"data": [USER] * 3, "meta": {"type": "users", "count": 3, "version": 6}})
LINES = "\n".join(json.dumps(record) for record in WRAPPINGS.values())
CASES: dict[str, tuple[bytes, Reader]] = {
    "windows-json": (LINES.encode(), lambda document: windows.read(document, windows.JSON)),
    "windows-array": (
        json.dumps(list(WRAPPINGS.values())).encode(),
        lambda document: windows.read(document, windows.JSON),
    ),
    "windows-xml": (XML.encode() * 2, lambda document: windows.read(document, windows.XML)),
    "sharphound": (COLLECTION.encode(), sharphound.read),
    "ldif": (LDIF.encode(), lambda document: directory.read(document, directory.LDIF)),
    "csvde": (CSVDE.encode(), lambda document: directory.read(document, directory.CSVDE)),
    "ldapsearch-text": (BLOCKS.encode(), lambda document: directory.read(document, directory.BLOCKS)),
    "isc-dhcpd-leases": (LEASES.encode(), isc_dhcpd.read),
    "fortios-config": (BACKUP.encode(), fortios.read),
}
QUIET = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def survive(data: bytes, reader: Reader) -> None:
    sample = Sample("x", data[:65_536])
    for module in (windows, directory):
        module.detect_kind(sample)
    for single in (sharphound, isc_dhcpd, fortios):
        single.detect(sample)
    refusals, hint = [], "readable"
    try:
        _, refusals, _ = collect(reader(document_from_bytes(data)))
    except UnreadableError as error:
        hint = error.hint
    assert hint
    assert all(refusal.expected and refusal.hint and refusal.position > 0 for refusal in refusals)


@pytest.mark.parametrize("kind", CASES)
@QUIET
@given(data=st.data())
def test_cut_anywhere(kind: str, data: st.DataObject) -> None:
    content, reader = CASES[kind]
    survive(content[: data.draw(st.integers(0, len(content)))], reader)


@pytest.mark.parametrize("kind", CASES)
@QUIET
@given(data=st.data())
def test_bytes_changed_anywhere(kind: str, data: st.DataObject) -> None:
    content, reader = CASES[kind]
    changed = bytearray(content)
    places = st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255))
    for place, value in data.draw(st.lists(places, min_size=1, max_size=20)):
        changed[place] = value
    survive(bytes(changed), reader)


@pytest.mark.parametrize("kind", CASES)
@QUIET
@given(content=st.binary(max_size=2000))
def test_any_bytes(kind: str, content: bytes) -> None:
    survive(content, CASES[kind][1])


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_evtx_changed_and_cut(data: st.DataObject) -> None:
    content = sample_bytes("evtx/ID4625-OpenSSH_brutforce_with_valid_users.evtx.gz")
    changed = bytearray(content)
    places = st.tuples(st.integers(8, len(content) - 1), st.integers(0, 255))
    for place, value in data.draw(st.lists(places, min_size=1, max_size=50)):
        changed[place] = value
    cut = data.draw(st.integers(8, len(content)))
    survive(bytes(changed[:cut]), lambda document: windows.read(document, windows.EVTX))


LONG = 600_000
HOSTILE = {
    "one line without end": b"a" * 3_000_000,
    "only quotes": b'"' * LONG,
    "quotes on lines": b'set x "\n' * 12_000,
    "only backslashes": b"\\" * LONG,
    "only braces": b"{" * LONG,
    "lease of braces": b"lease 10.0.0.1 {" * 40_000,
    "nested lists": b'{"data":[' + b"[" * LONG,
    "nested objects": b'{"data":[' + b'{"a":' * 200_000,
    "many continuations": b"dn: a=b\n" + b" x\n" * 60_000,
    "many configs": b"config a\n" * 20_000,
    "many elements": b"<Event ><System>" * 12_000,
    "one letter lines": b"<Event>\n" + b"a\n" * 60_000,
    "null bytes": bytes(LONG),
}


@pytest.mark.parametrize("attack", HOSTILE)
def test_attacks_end_soon(attack: str) -> None:
    for kind, (_, reader) in CASES.items():
        start = time.process_time()
        survive(HOSTILE[attack], reader)
        assert time.process_time() - start < 10, kind
