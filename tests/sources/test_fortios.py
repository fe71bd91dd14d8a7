"""FortiOS configurations: what rules let through once their objects are resolved."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from hygie.errors import UnreadableError
from hygie.sources import fortios
from hygie.sources.base import Refusal, Sample, collect, document_from_bytes
from hygie.sources.fortios.tree import parse
from tests.sources.shared import expected, sample_bytes

Read = tuple[dict[str, list[dict[str, Any]]], list[Refusal], dict[str, str]]
BACKUP = """#config-version=FGT100F-7.4.3-FW-build2573-240201:opmode=0:vdom=0:user=admin
#conf_file_ver=1234
config system global
    set hostname "FW-CHU-1"
    set admin-password ENC SH2abcdef
end
config system interface
    edit "wan1"
        set vdom "root"
        set ip 203.0.113.2 255.255.255.248
        set role wan
    next
    edit "vlan-bio"
        set ip 10.20.0.1 255.255.255.0
        set vlanid 200
        set role lan
        set description "Biomédical"
        config secondaryip
            edit 1
                set ip 10.21.0.1 255.255.255.0
            next
        end
    next
    edit "vlan-users"
        set ip 10.10.0.1/16
    next
    edit "ssl.root"
        set type tunnel
    next
end
config system zone
    edit "Soins"
        set interface "vlan-bio" "vlan-users"
    next
end
config user local
    edit "ana"
        set passwd ENC AAAAsecret
    next
end
config vpn certificate local
    edit "cert"
        set private-key "-----BEGIN ENCRYPTED PRIVATE KEY-----
end
next
config firewall policy
-----END ENCRYPTED PRIVATE KEY-----"
    next
end
config firewall address
    edit "Scanner 1"
        set subnet 10.20.0.5 255.255.255.255
    next
    edit "Plage"
        set type iprange
        set start-ip 10.20.0.8
        set end-ip 10.20.0.11
    next
    edit "Editeur"
        set type fqdn
        set fqdn "maj.example.com"
    next
end
config firewall addrgrp
    edit "Imagerie"
        set member "Scanner 1" "Plage"
    next
    edit "Boucle"
        set member "Imagerie" "Boucle"
    next
end
config firewall service custom
    edit "DICOM"
        set tcp-portrange 104 11112:1024-65535
    next
    edit "HTTPS"
        set tcp-portrange 8443
    next
end
config firewall service group
    edit "Images"
        set member "DICOM" "DNS"
    next
end
config firewall vip
    edit "vip-portail"
        set extip 203.0.113.3
        set mappedip "10.20.0.5"
        set extintf "wan1"
        set portforward enable
        set protocol tcp
        set extport 443
        set mappedport 8443
    next
    edit "vip-large"
        set extip 203.0.113.4-203.0.113.5
        set mappedip "10.20.0.20-10.20.0.21"
        set extintf "any"
    next
end
config firewall vipgrp
    edit "Publies"
        set member "vip-portail"
    next
end
config firewall policy
    edit 7
        set name "Imagerie vers Internet"
        set srcintf "Soins"
        set dstintf "wan1"
        set action accept
        set srcaddr "Imagerie"
        set dstaddr "Editeur"
        set service "Images"
        set schedule "always"
        set logtraffic all
        set nat enable
        set comments "une remarque sur
deux lignes"
    next
    edit 3
        set srcintf "wan1"
        set dstintf "any"
        set action accept
        set srcaddr "all"
        set dstaddr "Publies"
        set service "ALL"
        set logtraffic disable
    next
    edit 4
        set srcintf "any"
        set dstintf "any"
        set srcaddr "all"
        set dstaddr "all"
        set service "ALL"
        set status disable
    next
end
"""


def read(text: str, **fields: Any) -> Read:
    assert fortios.detect(Sample("x", text.encode())) > 90
    return collect(fortios.read(document_from_bytes(text.encode(), **fields)))


def matches(rows: dict[str, list[dict[str, Any]]], rule: str) -> set[tuple[Any, ...]]:
    return {
        (row["source_prefix"], row["destination_prefix"], row["protocol"], row["first_port"], row["last_port"])
        for row in rows.get("firewall_match", [])
        if row["rule_id"] == rule
    }


def policy(*lines: str) -> str:
    usual = ["set action accept", "set srcintf any", "set dstintf any", "set srcaddr all", "set dstaddr all"]
    body = "\n".join([*usual, "set service HTTP", *lines])
    return f"config firewall policy\nedit 1\n{body}\nnext\nend\n"


def test_rules_of_a_backup() -> None:
    rows, refusals, notes = read(BACKUP)
    columns = ("rule_id", "rank", "enabled", "action", "source_interface", "logged", "translated", "firewall")
    assert [tuple(row[name] for name in columns) for row in rows["firewall_rule"]] == [
        ("7", 1, True, "accept", "Soins", "all", True, "FW-CHU-1"),
        ("3", 2, True, "accept", "wan1", "none", False, "FW-CHU-1"),
        ("4", 3, False, "deny", "any", "security", False, "FW-CHU-1"),
    ]
    assert rows["firewall_rule"][0]["comment"] == "une remarque sur\ndeux lignes"
    lines = BACKUP.splitlines()
    assert [lines[row["position"] - 1].strip() for row in rows["firewall_rule"]] == ["edit 7", "edit 3", "edit 4"]
    assert refusals == []
    assert notes == {"product": "FortiOS 7.4.3 (FGT100F)", "complete": "true"}
    assert not re.search("secret|SH2abcdef|PRIVATE", str(rows))


def test_objects_are_resolved() -> None:
    rows, _, _ = read(BACKUP)
    ports = (("tcp", 104, 104), ("tcp", 11112, 11112), ("tcp", 53, 53), ("udp", 53, 53))
    assert matches(rows, "7") == {
        (source, None, *port) for source in ("10.20.0.5/32", "10.20.0.8/30") for port in ports
    }
    ends = {
        (row["source_interface"], row["destination_interface"]) for row in rows["firewall_match"] if row["rank"] == 1
    }
    assert ends == {("vlan-bio", "wan1"), ("vlan-users", "wan1")}
    assert matches(rows, "3") == {("0.0.0.0/0", "10.20.0.5/32", "tcp", 8443, 8443)}
    assert matches(rows, "4") == {("0.0.0.0/0", "0.0.0.0/0", "any", 0, 65535)}


def test_interfaces_and_translations() -> None:
    rows, _, _ = read(BACKUP)
    columns = ("interface", "prefix", "zone_name", "vlan", "role")
    assert [tuple(row[name] for name in columns) for row in rows["firewall_interface"]] == [
        ("wan1", "203.0.113.0/29", None, None, "wan"),
        ("vlan-bio", "10.20.0.0/24", "Soins", 200, "lan"),
        ("vlan-bio", "10.21.0.0/24", "Soins", 200, "lan"),
        ("vlan-users", "10.10.0.0/16", "Soins", None, None),
        ("ssl.root", None, None, None, None),
    ]
    columns = ("name", "external_ip", "internal_ip", "protocol", "external_port", "external_last_port", "internal_port")
    assert [tuple(row[name] for name in columns) for row in rows["address_translation"]] == [
        ("vip-portail", "203.0.113.3", "10.20.0.5", "tcp", 443, 443, 8443),
        ("vip-large", "203.0.113.4", "10.20.0.20", "any", 0, 65535, 0),
        ("vip-large", "203.0.113.5", "10.20.0.21", "any", 0, 65535, 0),
    ]


def test_negated_objects_are_their_complement() -> None:
    address = "config firewall address\nedit half\nset subnet 128.0.0.0/1\nnext\nend\n"
    rows, _, notes = read(address + policy("set srcaddr half", "set srcaddr-negate enable"))
    assert matches(rows, "1") == {("0.0.0.0/1", "0.0.0.0/0", "tcp", 80, 80)}
    assert notes["negated_rules"] == "1"
    rows, _, _ = read(policy("set service-negate enable"))
    assert matches(rows, "1") == {("0.0.0.0/0", "0.0.0.0/0", None, None, None)}


def test_a_name_defined_nowhere_is_not_taken_for_anything() -> None:
    rows, _, notes = read(policy("set srcaddr ghost", "set service ghost-service HTTPS"))
    assert matches(rows, "1") == {
        (None, "0.0.0.0/0", None, None, None),
        (None, "0.0.0.0/0", "tcp", 443, 443),
    }
    assert notes["unresolved_objects"] == "ghost, ghost-service"
    assert notes["complete"] == "false"


def test_a_group_that_contains_itself_is_refused_and_read_once() -> None:
    groups = "config firewall addrgrp\nedit a\nset member b\nnext\nedit b\nset member a\nnext\nend\n"
    rows, refusals, _ = read(groups + policy("set srcaddr a"))
    assert [refusal.position for refusal in refusals] == [2]
    assert matches(rows, "1") == set()


def test_a_rule_of_too_many_combinations_is_taken_wider_never_narrower() -> None:
    names = [f"h{number}" for number in range(300)]
    addresses = "".join(
        f"edit {name}\nset subnet 10.{index}.1.{index % 200}/32\nnext\n" for index, name in enumerate(names[:250])
    )
    members = " ".join(names[:250])
    text = f"config firewall address\n{addresses}end\n" + policy(f"set srcaddr {members}", f"set dstaddr {members}")
    rows, refusals, _ = read(text)
    assert matches(rows, "1") == {("0.0.0.0/0", "0.0.0.0/0", "tcp", 80, 80)}
    assert len(refusals) == 1
    denial = text.replace("set action accept", "set action deny")
    assert matches(read(denial)[0], "1") == {(None, None, "tcp", 80, 80)}


def test_virtual_domains_keep_their_objects_apart() -> None:
    def domain(name: str, subnet: str) -> str:
        address = f"config firewall address\nedit net\nset subnet {subnet}\nnext\nend\n"
        return f"config vdom\nedit {name}\n{address}{policy('set srcaddr net')}end\n"

    head = "#config-version=FG-7.0.1-FW-build1:opmode=0:vdom=1\nconfig vdom\nedit root\nnext\nedit dmz\nnext\nend\n"
    interfaces = "config system interface\nedit p1\nset vdom dmz\nset ip 10.2.0.1/24\nnext\nend\n"
    text = f'{head}config global\nconfig system global\nset hostname "FW"\nend\n{interfaces}end\n'
    rows, refusals, _ = read(text + domain("root", "10.1.0.0/24") + domain("dmz", "10.2.0.0/24"))
    assert refusals == []
    assert {(row["firewall"], row["source_prefix"]) for row in rows["firewall_match"]} == {
        ("FW/root", "10.1.0.0/24"),
        ("FW/dmz", "10.2.0.0/24"),
    }
    assert [(row["firewall"], row["interface"]) for row in rows["firewall_interface"]] == [("FW/dmz", "p1")]


def test_verbs_that_change_what_came_before() -> None:
    rules = "".join(
        f"edit {number}\nset srcaddr all\nset dstaddr all\nset service HTTP SSH\nnext\n" for number in (1, 2, 3)
    )
    changes = "move 3 before 1\ndelete 2\nedit 1\nunselect service SSH\nunset srcaddr\nappend srcaddr none\nnext\n"
    rows, refusals, _ = read(f"config firewall policy\n{rules}{changes}move 9 after 1\nend\n")
    assert [(row["rule_id"], row["source"], row["service"]) for row in rows["firewall_rule"]] == [
        ("3", "all", "HTTP, SSH"),
        ("1", "none", "HTTP"),
    ]
    assert len(refusals) == 1
    assert matches(rows, "1") == set()


def test_console_output_dates_and_cuts() -> None:
    text = "FGT # show firewall policy\n# saved 2026-03-31 08:15\n" + policy() + "--More-- \n"
    rows, refusals, notes = read(text, timezone="UTC")
    assert (len(rows["firewall_rule"]), refusals) == (1, [])
    assert rows["firewall_rule"][0]["exported"] == datetime(2026, 3, 31, 8, 15, tzinfo=UTC)
    assert notes["exported"].startswith("2026-03-31T08:15")
    rows, refusals, notes = read(BACKUP[: BACKUP.index("edit 4")])
    assert len(rows["firewall_rule"]) == 2
    assert (len(refusals), notes["complete"]) == (1, "false")


def test_an_object_is_shown_whole() -> None:
    text = "config system interface\nedit p\nset ip 10.0.0.1/24\nset password ENC hidden\nset role lan\nnext\nend\n"
    assert fortios.show(document_from_bytes(text.encode()), 2) == "edit p; set ip 10.0.0.1/24; set role lan"


def test_an_encrypted_backup_says_what_to_do() -> None:
    data = b"#FGBK|3|FGT60E|6|00|0123" + bytes(range(256)) * 4
    assert fortios.detect(Sample("x", data)) == 100
    with pytest.raises(UnreadableError) as caught:
        list(fortios.read(document_from_bytes(data)))
    assert "export it as text" in caught.value.hint


def test_every_shared_configuration_gives_its_objects() -> None:
    for name, facts in expected("fortios_config").items():
        data = sample_bytes(f"fortios_config/{name}")
        assert fortios.detect(Sample(name, data)) > 90, name
        tree = parse(document_from_bytes(data))
        host = tree.section("root", "system global")[""].first("hostname")
        assert host == facts["hostname"], name
        changed = name in ("policy_defs_refs", "rename")
        for section, names in facts["names"].items():
            held = set(tree.section("root", section))
            assert changed or set(names) <= held, (name, section)
        collect(fortios.read(document_from_bytes(data, name)))


def test_the_shared_policies_let_through_what_they_say() -> None:
    rows, refusals, _ = read(sample_bytes("fortios_config/firewall_policy").decode())
    assert refusals == []
    nets = ("10.0.1.0/24", "10.0.2.0/24")
    assert matches(rows, "1") == {(one, two, "tcp", port, port) for one in nets for two in nets for port in (11, 12)}
    assert matches(rows, "2") == {("0.0.0.0/0", "0.0.0.0/0", "any", 0, 65535)}
    ends = {
        (row["source_interface"], row["destination_interface"]) for row in rows["firewall_match"] if row["rank"] == 5
    }
    assert ends == {(one, two) for one in ("port2", "port3", "port4", "port5") for two in ("port3", "port5")}


def test_the_shared_renames_follow_into_the_rules() -> None:
    rows, _, _ = read(sample_bytes("fortios_config/rename").decode())
    assert matches(rows, "0") == {
        ("10.0.1.0/24", "10.0.2.0/24", "tcp", 1, 1),
        ("10.0.1.0/24", "10.0.2.0/24", "tcp", 2, 2),
    }
