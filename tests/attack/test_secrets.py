"""Secrets and patients: dumps are refused whatever they are wrapped in, and no shown line tells a password."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from hygie.pipeline.scan import _secret
from hygie.workspace.masking import Mask
from tests.pipeline.small import INVENTORY
from tests.pipeline.test_hostile import zipped

HASHES = [f"user{number}:{1000 + number}:{'a' * 31}{number}:{'b' * 31}{number}:::" for number in range(9)]
DUMP = "\n".join(HASHES)
ROW = '<row><c t="inlineStr"><is><t>{}</t></is></c></row>'
SPLIT = "".join(
    "<row>" + "".join(f"<c><is><t>{cell}</t></is></c>" for cell in one.split(":")) + "</row>" for one in HASHES
)
DUMPS = {
    "utf-16": DUMP.encode("utf-16"),
    "utf-16 without mark": DUMP.encode("utf-16-le"),
    "gzip of utf-16": gzip.compress(DUMP.encode("utf-16")),
    "zip in zip": zipped("a.zip", zipped("b.txt", DUMP.encode())),
    "sheet, one cell a line": zipped("xl/worksheets/sheet1.xml", "".join(map(ROW.format, HASHES)).encode()),
    "sheet, one cell a field": zipped("xl/worksheets/sheet1.xml", SPLIT.encode()),
    "shared texts": zipped("xl/sharedStrings.xml", "".join(f"<si><t>{one}</t></si>" for one in HASHES).encode()),
    "quoted": "\n".join(f'"user{n}@chu.fr","Passw0rd{n}"' for n in range(9)).encode(),
    "name and hash": "\n".join(f"user{n}:{'a' * 32}" for n in range(9)).encode(),
    "crypt": "\n".join(f"user{n}:$6$salt$" + "x" * 40 + ":19000:0:::" for n in range(9)).encode(),
    "tickets": "\n".join("$krb5tgs$23$*user$CHU*$" + "a" * 40 for _ in range(9)).encode(),
    "titled column": b"login;mot de passe\n" + b"".join(b"user;Passw0rd%d\n" % n for n in range(9)),
}
NO_DUMPS = {
    "inventory": INVENTORY.encode(),
    "inventory with one such column": b"Nom;Mod\xe8le;Service;IP;MAC;Mot de passe\n" + b"IRM;A;B;C;D;oui\n" * 9,
    "addresses": b"mail;nom\n" + b"a@chu.fr;Durand\n",
    "empty": b"",
    "zeros": bytes(4096),
}


@pytest.mark.parametrize("name", DUMPS)
def test_a_dump_is_refused_whatever_it_is_wrapped_in(tmp_path: Path, name: str) -> None:
    path = tmp_path / "dump"
    path.write_bytes(DUMPS[name])
    assert _secret(path)


@pytest.mark.parametrize("name", NO_DUMPS)
def test_ordinary_files_are_not_dumps(tmp_path: Path, name: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(NO_DUMPS[name])
    assert not _secret(path)


@pytest.mark.parametrize(
    "line",
    [
        "mot de passe : HIDE",
        "mdp=HIDE",
        "pwd: HIDE",
        'set community "HIDE"',
        r'"password":"a\"HIDE"',
        "ms-Mcs-AdmPwd: HIDE",
        '<Data Name="Password">HIDE</Data>',
        "token=HIDE",
        "https://user:HIDE@host/",
        "(0010,0010) PN [DUPONT^HIDE]",
        '{"patient":{"name":"HIDE"}}',
    ],
)
def test_a_shown_line_hides(line: str) -> None:
    assert "HIDE" not in Mask.load().apply(line)


def test_an_ordinary_line_stays_as_it_is() -> None:
    line = "2026-11-20 10:00:00 10.1.0.11 > 10.2.0.21 tcp/443 accept https://host/path:8443"
    assert Mask.load().apply(line) == line
