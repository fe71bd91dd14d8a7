"""Real captures: every one is read whole, and the miniature hospital against its truth."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from hygie.sources import capture
from hygie.sources.base import Refusal, Sample, collect, document_from_bytes
from tests.sources.shared import shared_folder

FOLDER = shared_folder() / "network" / "pcap"
HOSPITAL = FOLDER / "mini-hospital"


def bytes_of(path: Path) -> bytes:
    if not path.exists():
        pytest.skip(f"shared data file {path.relative_to(shared_folder())} is absent (see ../shared/data/README.md)")
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


@cache
def hospital() -> tuple[dict[str, list[dict[str, Any]]], list[Refusal], dict[str, str]]:
    return collect(capture.read(document_from_bytes(bytes_of(HOSPITAL / "hospital.pcapng.gz"))))


@cache
def truth() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(bytes_of(HOSPITAL / "truth.json"))
    return loaded


@pytest.mark.parametrize("kind", ["zeek", "suricata-verify", "icsnpp-bacnet"])
def test_every_capture_is_read(kind: str) -> None:
    paths = sorted((FOLDER / kind).glob("*.pcap*"))
    if not paths:
        pytest.skip(f"shared data folder network/pcap/{kind} is absent (see ../shared/data/README.md)")
    for path in paths:
        data = bytes_of(path)
        assert capture.detect(Sample(path.name, data[:100])) == 100
        rows, refusals, notes = collect(capture.read(document_from_bytes(data)))
        assert rows or refusals or notes, path.name


KNOWN = {
    "icsnpp-bacnet/bacnet_services.pcap.gz": {"bacnet"},
    "zeek/ldap__ldap-starttls.pcap": {"ldap"},
    "zeek/quic__quicv2-http3-443.pcap": {"quic"},
    "zeek/smb__smb311.pcap": {"smb"},
    "zeek/vlan-qinqinq.pcap": {"http"},
    "zeek/ssh__single-conn.pcap": {"ssh"},
    "zeek/modbus__modbus-eit.pcap": {"modbus"},
    "zeek/rdp__rdp-x509.pcap": {"rdp"},
    "zeek/krb__auth.pcap": {"kerberos"},
    "zeek/snap-tcp.pcap": {"http"},
    "zeek/dhcp__dhcp.pcap": {"dhcp"},
}


@pytest.mark.parametrize("name", KNOWN)
def test_protocols_of_real_captures(name: str) -> None:
    rows, _, _ = collect(capture.read(document_from_bytes(bytes_of(FOLDER / name))))
    assert {row["service"] for row in rows["flow"]} == KNOWN[name]


def test_the_hospital_is_read_without_refusal() -> None:
    rows, refusals, notes = hospital()
    assert (refusals, notes["set_aside"]) == ([], "arp: 32")
    assert {row["sensor"] for row in rows["flow"]} == {"br-img", "br-clin", "br-srv", "br-bio", "br-inet"}


def test_medical_conversations_of_the_hospital() -> None:
    hosts, facts = truth()["hosts"], truth()["facts"]
    seen = {
        (row["source_ip"], row["destination_ip"], row["destination_port"], row["detail"])
        for row in hospital()[0]["flow"]
    }
    pacs, eai = hosts["pacs"]["ip"], hosts["eai"]["ip"]
    assert {told for told in seen if told[3]} == {
        (
            hosts["ct1"]["ip"],
            pacs,
            facts["pacs"]["dicom_port"],
            f"{facts['ct1']['ae_title']}>{facts['pacs']['ae_title']}",
        ),
        (
            hosts["us1"]["ip"],
            pacs,
            facts["pacs"]["dicom_port"],
            f"{facts['us1']['ae_title']}>{facts['pacs']['ae_title']}",
        ),
        (hosts["ws1"]["ip"], eai, facts["eai"]["hl7_port"], facts["ws1"]["hl7"].replace(" -> ", ">")),
        (hosts["mon1"]["ip"], eai, facts["eai"]["hl7_port"], facts["mon1"]["hl7"].replace(" -> ", ">")),
        (hosts["lab1"]["ip"], eai, facts["eai"]["hl7_port"], "XN-1000|LABO>SIL|CHU-TEST"),
    }


def test_other_conversations_of_the_hospital() -> None:
    hosts, facts = truth()["hosts"], truth()["facts"]
    seen = {
        (row["source_ip"], row["destination_ip"], row["destination_port"], row["service"])
        for row in hospital()[0]["flow"]
    }
    known = {
        ("lab1", "eai", facts["eai"]["astm_port"], "astm"),
        ("mon1", "eai", facts["eai"]["mqtt_port"], "mqtt"),
        ("eai", "bms", facts["bms"]["modbus_port"], "modbus"),
        ("eai", "bms", 47808, "bacnet"),
        ("ws1", "bms", 161, "snmp"),
        ("ws1", "files", 445, "smb"),
        ("ws1", "pacs", 8042, "http"),
        ("eai", "cloud", 443, "tls"),
        ("ct1", "cloud", 443, "tls"),
        ("vendor", "ct1", 22, "ssh"),
        ("scan", "rdpgw", 3389, "rdp"),
    }
    assert {(hosts[one]["ip"], hosts[other]["ip"], port, service) for one, other, port, service in known} <= seen


def test_leases_and_addresses_of_the_hospital() -> None:
    hosts = truth()["hosts"]
    leases = {(row["ip"], row["mac"]) for row in hospital()[0]["lease"]}
    assert leases == {(hosts[name]["ip"], hosts[name]["mac"]) for name in ("ct1", "ws1", "mon1")}
    at_home = {(row["source_ip"], row["source_mac"]) for row in hospital()[0]["flow"] if row["sensor"] == "br-img"}
    assert (hosts["ct1"]["ip"], hosts["ct1"]["mac"]) in at_home


def test_no_patient_of_the_hospital_is_in_any_row() -> None:
    written = repr(hospital())
    assert not [value for value in truth()["patient_values_that_must_never_be_output"] if value in written]
