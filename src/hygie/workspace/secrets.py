"""Dumps of secrets are refused at the door: neither registered nor copied, whatever the folder."""

from __future__ import annotations

import re

PWDUMP = re.compile(rb"^[^:\r\n]{1,256}:\d{1,10}:[0-9A-Fa-f]{32}:[0-9A-Fa-f]{32}:", re.MULTILINE)
HASH_LIST = re.compile(rb"^[0-9A-Fa-f]{32}(?:[0-9A-Fa-f]{8})?(?::\d+)?\r?$", re.MULTILINE)
ADDRESS_AND_PASSWORD = re.compile(rb"^[^\s:;,@]{1,64}@[^\s:;,@]{1,255}[:;][^\s,;:]{1,128}\r?$", re.MULTILINE)
LEAST_LINES = 3
SHARE = 0.8


def holds_secrets(head: bytes) -> bool:
    r"""Whether the first bytes of a file are mostly password hashes, or addresses with passwords.

    >>> holds_secrets(b"adm:500:" + b"a" * 32 + b":" + b"b" * 32 + b":::\n" * 1)
    True
    >>> holds_secrets(b"nom;prenom\nDurand;Anne\n")
    False
    """
    if PWDUMP.search(head):
        return True
    lines = max(1, head.count(b"\n"))
    return any(
        len(found := pattern.findall(head)) >= LEAST_LINES and len(found) / lines >= SHARE
        for pattern in (HASH_LIST, ADDRESS_AND_PASSWORD)
    )
