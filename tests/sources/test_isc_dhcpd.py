"""Leases of the ISC DHCP server, as it writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hygie.sources import isc_dhcpd
from hygie.sources.base import Refusal, Sample, collect, document_from_bytes
from tests.sources.shared import expected, sample_bytes

LEASES = """# written by isc-dhcp-4.4.1
authoring-byte-order little-endian;
server-duid "\\000\\001";

lease 10.20.4.17 {
  starts 3 2026/03/11 08:15:00;
  ends never;
  binding state active;
  next binding state free;
  hardware ethernet 0:1a:2B:3c:4d:5;
  client-hostname "PC-URG-07.";
}
lease 10.20.4.18 {
  starts epoch 1773216900; # Wed Mar 11 09:15:00 2026
  ends epoch 1773220500; # Wed Mar 11 10:15:00 2026
  binding state abandoned;
  client-hostname "quoted } ; \\"brace\\"";
}
host pacs {
  hardware ethernet 00:1a:2b:3c:4d:6e;
  fixed-address 10.20.4.30;
}
failover peer "dhcp" state {
  my state normal at 3 2026/03/11 08:15:00;
}
ia-na "\\001\\000\\000\\000\\000\\003\\000\\001\\000\\032\\053\\074\\115\\136" {
  cltt 3 2026/03/11 08:15:00;
  iaaddr 2001:db8:0::17 { binding state expired; ends 3 2026/03/11 09:15:00; on expiry { log (debug, "x"); } }
}
"""
START, END = datetime(2026, 3, 11, 8, 15, tzinfo=UTC), datetime(2026, 3, 11, 9, 15, tzinfo=UTC)


def read(text: str) -> tuple[list[dict[str, Any]], list[Refusal], dict[str, str]]:
    rows, refusals, notes = collect(isc_dhcpd.read(document_from_bytes(text.encode())))
    return rows.get("lease", []), refusals, notes


def test_leases_reservations_and_associations() -> None:
    rows, refusals, _ = read(LEASES)
    fields = ("position", "ip", "mac", "host_name", "state", "start", "end")
    assert refusals == []
    assert [tuple(row[name] for name in fields) for row in rows] == [
        (5, "10.20.4.17", "00:1a:2b:3c:4d:05", "pc-urg-07", "active", START, None),
        (13, "10.20.4.18", None, 'quoted } ; "brace"', "abandoned", START, END),
        (19, "10.20.4.30", "00:1a:2b:3c:4d:6e", "pacs", "static", None, None),
        (28, "2001:db8::17", None, None, "expired", START, END),
    ]
    assert rows[3]["client_identifier"] == "00030001001a2b3c4d5e"


def test_a_cut_file_and_bad_blocks_are_refused_at_their_place() -> None:
    text = "lease 10.0.0.999 {\n starts 3 2026/03/11 08:15:00;\n binding state free;\n}\nlease 10.0.0.1 {\n}\n"
    rows, refusals, notes = read(text + "lease 10.0.0.2 {\n starts 3 2026/03/11 08:15:00;\n binding st")
    assert rows == []
    assert [refusal.position for refusal in refusals] == [1, 5, 7]
    assert notes["complete"] == "false"


def test_a_block_is_shown_whole() -> None:
    shown = isc_dhcpd.show(document_from_bytes(LEASES.encode()), 19)
    assert shown == "host pacs { hardware ethernet 00:1a:2b:3c:4d:6e; fixed-address 10.20.4.30; }"


def test_what_is_recognised() -> None:
    assert isc_dhcpd.detect(Sample("x", LEASES.encode())) > 90
    assert isc_dhcpd.detect(Sample("x", b"lease: 10.0.0.1\n{ }\n")) == 0
    assert isc_dhcpd.detect(Sample("x", b"config system interface\n edit port1\n")) == 0


def test_every_shared_lease_file_gives_its_leases() -> None:
    for name, facts in expected("isc_dhcpd").items():
        data = sample_bytes(f"isc_dhcpd/{name}")
        assert isc_dhcpd.detect(Sample(name, data)) > 90, name
        rows, refusals, _ = read(data.decode())
        assert refusals == [], name
        if "iaaddr" in facts:
            assert [row["ip"] for row in rows] == facts["iaaddr"], name
            continue
        assert len(rows) == facts["ipv4_lease_blocks"], name
        states = [row["state"] for row in rows]
        assert {state: states.count(state) for state in set(states)} == facts["count_state"], name
        for row, fact in ((rows[0], facts["first"]), (rows[-1], facts["last"])):
            host = fact["hostname"]
            wanted = (fact["ip"], fact["mac"], host.lower() if host else None, fact["state"])
            assert (row["ip"], row["mac"], row["host_name"], row["state"]) == wanted, name
            assert (row["start"], row["end"]) == (moment(fact["starts"]), moment(fact["ends"])), name


def moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    if text.startswith("epoch "):
        return datetime.fromtimestamp(int(text[6:]), UTC)
    return datetime.strptime(text[2:], "%Y/%m/%d %H:%M:%S").replace(tzinfo=UTC)
