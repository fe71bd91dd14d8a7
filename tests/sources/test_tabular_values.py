"""Values as French hospitals write them, one table of examples per type; no text makes a parser fail otherwise."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hygie.content_files import CONTENT, read_yaml
from hygie.sources.tabular import networks, values
from hygie.sources.tabular.cells import CONVERTERS
from hygie.sources.tabular.content import care_keys, care_service, service_ports
from hygie.sources.tabular.normal import clean, header
from hygie.sources.tabular.times import Clock, moment, month_first

PARIS = "Europe/Paris"


@pytest.mark.parametrize(
    ("written", "local"),
    [
        ("23/11/2026", "2026-11-22T23:00:00"),
        ("23/11/2026 14:02", "2026-11-23T13:02:00"),
        ("23/11/2026 14:02:59", "2026-11-23T13:02:59"),
        ("23/11/26 14:02", "2026-11-23T13:02:00"),
        ("23.11.2026", "2026-11-22T23:00:00"),
        ("23-11-2026 à 14h02", "2026-11-23T13:02:00"),
        ("23-nov.-2026", "2026-11-22T23:00:00"),
        ("23 novembre 2026", "2026-11-22T23:00:00"),
        ("lundi 23 novembre 2026 14:02", "2026-11-23T13:02:00"),
        ("1er août 2026", "2026-07-31T22:00:00"),
        ("Nov 23, 2026 2:02 PM", "2026-11-23T13:02:00"),
        ("Mon Nov 23 14:02:00 2026", "2026-11-23T13:02:00"),
        ("2026-11-23", "2026-11-22T23:00:00"),
        ("2026-11-23T14:02:00", "2026-11-23T13:02:00"),
        ("2026-11-23 14:02:00.5", "2026-11-23T13:02:00.500000"),
        ("2026-11-23T14:02:00Z", "2026-11-23T14:02:00"),
        ("2026-11-23T14:02:00.0000000+01:00", "2026-11-23T13:02:00"),
        ("2026-11-23 14:02:00 UTC", "2026-11-23T14:02:00"),
        ("20261123", "2026-11-22T23:00:00"),
        ("46349", "2026-11-22T23:00:00"),
        ("46349,5", "2026-11-23T11:00:00"),
        ("1795442520", "2026-11-23T14:02:00"),
        ("1795442520000", "2026-11-23T14:02:00"),
        ("31/12/2099", "2099-12-30T23:00:00"),
        ("9999-12-31", "9999-12-30T23:00:00"),
        ("01/07/2026 10:00", "2026-07-01T08:00:00"),
    ],
)
def test_dates(written: str, local: str) -> None:
    assert moment(Clock(PARIS).read(written)) == datetime.fromisoformat(local).replace(tzinfo=UTC)


@pytest.mark.parametrize("written", ["never", "Jamais", "0000-00-00 00:00:00", "0"])
def test_no_date_is_none(written: str) -> None:
    assert Clock(PARIS).read(written) is None


@pytest.mark.parametrize("written", ["45/13/2026", "2026-02-30", "bonjour", "12", "25:00", "3/4", "1" * 400, "½"])
def test_what_is_no_date_is_refused(written: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (the type is the contract)
        Clock(PARIS).read(written)


def test_the_hour_that_comes_twice_is_the_first_and_is_counted() -> None:
    clock = Clock(PARIS)
    assert moment(clock.read("25/10/2026 02:30")) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert clock.ambiguous == 1


def test_a_last_day_is_whole() -> None:
    assert moment(Clock(PARIS, end_of_day=True).read("31/12/2026")) == datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC)
    assert Clock("America/Cayenne", end_of_day=True).read("9999-12-31") is not None


@pytest.mark.parametrize(
    ("column", "american"),
    [
        (["03/04/2026", "12/31/2026"], True),
        (["31/12/2026", "12/31/2026"], False),
        (["03/04/2026"], False),
        (["1/2/2026 3:04 PM"], True),
        (["2026-01-13"], False),
    ],
)
def test_the_order_of_day_and_month_is_that_of_the_column(column: list[str], american: bool) -> None:
    assert month_first(column) is american


@pytest.mark.parametrize(
    ("written", "hours"),
    [
        ("4 h", 4),
        ("4h", 4),
        ("4 heures", 4),
        ("15 min", 0.25),
        ("15mn", 0.25),
        ("1 j", 24),
        ("2 jours", 48),
        ("2h30", 2.5),
        ("1j 12h", 36),
        ("00:15:00", 0.25),
        ("01:30", 1.5),
        ("1,5 h", 1.5),
        ("≤ 4 h", 4),
        ("1 semaine", 168),
        ("2", 2),
    ],
)
def test_durations(written: str, hours: float) -> None:
    assert values.duration("DMIA")(written) == hours


@pytest.mark.parametrize("title", ["DMIA (min)", "dmia_minutes", "DMIA [en minutes]"])
def test_the_unit_of_a_bare_duration_is_that_of_the_header(title: str) -> None:
    assert values.duration(title)("90") == 1.5


@pytest.mark.parametrize(
    "written",
    ["AA:BB:CC:00:11:22", "aa-bb-cc-00-11-22", "aabb.cc00.1122", "AABBCC001122", "aabb-cc00-1122", "aa bb cc 00 11 22"],
)
def test_mac_in_any_notation(written: str) -> None:
    assert values.mac(written) == "aa:bb:cc:00:11:22"


@pytest.mark.parametrize("separator", [",", ";", " / ", "\n", " ", "<br>", "|"])
def test_several_addresses_in_one_cell(separator: str) -> None:
    assert values.macs(f"AA-BB-CC-00-11-22{separator}aabbcc001123") == "aa:bb:cc:00:11:22 aa:bb:cc:00:11:23"
    assert values.ips(f"10.0.0.1{separator}10.0.0.2") == "10.0.0.1 10.0.0.2"


@pytest.mark.parametrize(
    ("written", "prefixes"),
    [
        ("10.1.0.0/16", ["10.1.0.0/16"]),
        ("10.1.2.3/24", ["10.1.2.0/24"]),
        ("10.1.0.0 255.255.0.0", ["10.1.0.0/16"]),
        ("10.1.0.0/255.255.0.0", ["10.1.0.0/16"]),
        ("10.1.0.*", ["10.1.0.0/24"]),
        ("10.1.x.x", ["10.1.0.0/16"]),
        ("10.1.2.0-10.1.2.255", ["10.1.2.0/24"]),
        ("10.1.2.0 à 10.1.2.127", ["10.1.2.0/25"]),
        ("10.1.2.4-7", ["10.1.2.4/30"]),
        ("10.1.0.0/16, 10.2.0.0/16", ["10.1.0.0/16", "10.2.0.0/16"]),
        ("2001:db8::/32", ["2001:db8::/32"]),
        ("10.1.2.3", ["10.1.2.3/32"]),
    ],
)
def test_networks(written: str, prefixes: list[str]) -> None:
    assert networks.prefixes(written) == prefixes


@pytest.mark.parametrize(
    ("written", "ports"),
    [
        ("443", {("", 443, 443)}),
        ("80,443", {("", 80, 80), ("", 443, 443)}),
        ("80 / 443", {("", 80, 80), ("", 443, 443)}),
        ("8000-8100", {("", 8000, 8100)}),
        ("8000 à 8100", {("", 8000, 8100)}),
        ("tcp/443", {("tcp", 443, 443)}),
        ("443/tcp", {("tcp", 443, 443)}),
        ("TCP 443", {("tcp", 443, 443)}),
        ("tcp_8000-8100", {("tcp", 8000, 8100)}),
        ("TCP 80 443", {("tcp", 80, 80), ("tcp", 443, 443)}),
        ("HTTPS", {("tcp", 443, 443)}),
        ("DICOM", {("tcp", 104, 104), ("tcp", 11112, 11112)}),
        ("any", {("any", 0, 65535)}),
        ("*", {("any", 0, 65535)}),
    ],
)
def test_ports(written: str, ports: set[tuple[str, int, int]]) -> None:
    assert set(networks.ports(written)) == ports


@pytest.mark.parametrize("written", ["99999", "8100-8000", "truc", "", "tcp/" * 500])
def test_what_is_no_port_is_refused(written: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        networks.ports(written)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("N° de série", "No série"),
        ("Adresses MAC", "adresse_mac"),
        ("Système d'exploitation", "SYSTEME EXPLOITATION"),
        ("\ufeffNom", "nom"),
        ("DMIA (heures)", "dmia"),
        ("LastSeen", "Last seen"),
        ("Date\u00a0de fin", "date fin"),
    ],
)
def test_headers_are_the_same_in_all_their_spellings(left: str, right: str) -> None:
    assert header(left) == header(right)


@pytest.mark.parametrize("written", ["", "-", "N/A", "#N/A", "NULL", "  ", "\u00a0", "(vide)", "Néant", "undef"])
def test_what_counts_as_empty(written: str) -> None:
    assert clean(written) == ""


@pytest.mark.parametrize("written", ["=1+1", "+33 1 23", "-cmd|calc", "@SUM(A1)", '=HYPERLINK("x")'])
def test_formulas_stay_text(written: str) -> None:
    assert clean(written) == written


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("Réanimation polyvalente", "icu"),
        ("URGENCES", "ed"),
        ("Bloc opératoire", "or"),
        ("imaging", "imaging"),
        ("Service de radiologie", "imaging"),
        ("site:caisson", "site:caisson"),
        ("Caisson hyperbare", "site:caisson-hyperbare"),
    ],
)
def test_care_services(written: str, key: str) -> None:
    assert care_service(written) == key


def test_the_thirty_two_care_services_are_complete() -> None:
    services = read_yaml(CONTENT / "care_services.yaml")["services"]
    assert len(care_keys()) == 32
    for key, service in services.items():
        assert service["tier"] in ("T1", "T2", "T3", "T4", "T5"), key
        assert service["title"]["fr"], key
        assert service["title"]["en"], key
        assert {care_service(service["title"][language]) for language in ("fr", "en")} == {key}
        assert {care_service(alias) for alias in service["aliases"]} == {key}, key


def test_service_ports_are_in_range() -> None:
    for name, ports in service_ports().items():
        assert all(0 <= first <= last <= 65535 for _, first, last in ports), name


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_no_text_breaks_a_parser(written: str) -> None:
    parsers = [*CONVERTERS.values(), values.size("x (Go)"), values.duration("x"), Clock(PARIS).read]
    for parse in parsers:
        try:
            parse(clean(written))
        except (ValueError, OverflowError):
            continue
    assert len(header(written)) <= 1000
