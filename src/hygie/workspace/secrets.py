"""Dumps of secrets are refused at the door: neither registered nor copied, whatever the folder."""

from __future__ import annotations

import re

PWDUMP = re.compile(r"^[^:\r\n]{1,256}:\d{1,10}:[0-9A-Fa-f]{32}:[0-9A-Fa-f]{32}:", re.MULTILINE)
LISTS = (  # a hash alone or behind a name, a crypt or ticket string, an address with a password
    re.compile(r"^(?:[^\s:;,]{1,64}[:;,\t])?[0-9A-Fa-f]{32}(?:[0-9A-Fa-f]{8})?(?::\d+)?$", re.MULTILINE),
    re.compile(r"^(?:[^\s:;,]{1,64}[:;,\t])?\$[A-Za-z0-9]{1,12}\$[^\s]{8,4096}$", re.MULTILINE),
    re.compile(r"^[^\s:;,@]{1,64}@[^\s:;,@]{1,255}[:;,\t][^\s,;:]{1,128}$", re.MULTILINE),
)
TITLES = frozenset({"password", "passwd", "pwd", "mot de passe", "motdepasse", "mdp", "ntlm", "nt hash", "hash"})
NARROW = 4  # a list of accounts is narrow; an inventory with one such column among many is not a dump
LEAST_LINES = 3
SHARE = 0.8


def holds_secrets(head: bytes) -> bool:
    r"""Whether the first bytes of a file are mostly password hashes, or addresses or names with passwords.

    >>> holds_secrets(b"adm:500:" + b"a" * 32 + b":" + b"b" * 32 + b":::\n" * 1)
    True
    >>> holds_secrets(b"nom;prenom\nDurand;Anne\n")
    False
    """
    text = _text(head)
    if PWDUMP.search(text):
        return True
    lines = [line for line in text.split("\n") if line.strip()]
    found = [len(pattern.findall(text)) for pattern in LISTS]
    return any(one >= LEAST_LINES and one >= SHARE * len(lines) for one in found) or _is_list(lines)


def _text(head: bytes) -> str:
    """The text with plain ends of line and without quotes; UTF-16 is told by its mark, or by every other byte."""
    encoding = "utf-8"
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    elif head[:512].count(0) * 3 > len(head[:512]) > 0:
        encoding = "utf-16-le" if head[1:2] == b"\0" else "utf-16-be"
    text = head.decode(encoding, "replace").lstrip("\ufeff")
    return text.replace('"', "").replace("\r\n", "\n").replace("\r", "\n")


def _is_list(lines: list[str]) -> bool:
    """Whether a narrow table names a column after passwords, and fills it."""
    for separator in ";,\t:":
        titles = [cell.strip().lower() for cell in lines[0].split(separator)] if lines else []
        place = next((at for at, title in enumerate(titles) if title in TITLES), None)
        if place is not None and 1 < len(titles) <= NARROW:
            rows = [line.split(separator) for line in lines[1:]]
            return sum(len(row) > place and bool(row[place].strip()) for row in rows) >= LEAST_LINES
    return False
