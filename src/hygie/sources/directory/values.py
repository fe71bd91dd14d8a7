"""Values of directory attributes: identifiers, times and distinguished names, from bytes to what tables hold."""

from __future__ import annotations

import base64
import binascii
import struct
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from hygie.sources import moments

Attributes = Mapping[str, Sequence[bytes]]


def texts(entry: Attributes, name: str) -> list[str]:
    """The values of an attribute as text."""
    return [value.decode("utf-8", "replace") for value in entry.get(name, ())]


def text(entry: Attributes, *names: str) -> str | None:
    """The first value of the first of several attributes that has one."""
    for name in names:
        for value in entry.get(name, ()):
            if found := value.decode("utf-8", "replace").strip():
                return found
    return None


def integer(entry: Attributes, name: str) -> int | None:
    """A whole number of at most 64 bits, or None."""
    found = text(entry, name)
    try:
        return int(found) if found is not None and len(found) <= 20 else None
    except ValueError:
        return None


def filetime(entry: Attributes, name: str) -> datetime | None:
    """A time as a directory keeps it (FILETIME), or as text where a tool has already turned it; None for never."""
    ticks = integer(entry, name)
    if ticks is not None:
        return moments.from_filetime(ticks)
    found = text(entry, name)
    return _written(found) if found is not None else None


def generalized(entry: Attributes, *names: str) -> datetime | None:
    """A generalized time, or another usual text form."""
    found = text(entry, *names)
    return _written(found) if found is not None else None


def _written(found: str) -> datetime | None:
    moment = moments.from_generalized(found)
    if moment is None and (moment := moments.parse(found)) is not None:
        moment = moments.place(moment, "UTC")
    return moment if moment is not None and moment.year > moments.FILETIME_EPOCH.year else None


def sid(values: Sequence[bytes]) -> str | None:
    """A security identifier from its bytes, or from text (`S-1-…`, base64).

    >>> sid([bytes.fromhex("010500000000000515000000010000000200000003000000f4010000")])
    'S-1-5-21-1-2-3-500'
    """
    for value in values:
        if value[:4] == b"S-1-":
            return value.decode("ascii", "replace").strip()
        for data in (value, unpacked(value)):
            if 8 <= len(data) <= 68 and data[0] == 1 and len(data) == 8 + 4 * data[1]:
                parts = struct.unpack(f"<{data[1]}I", data[8:])
                return "-".join(("S-1", str(int.from_bytes(data[2:8], "big")), *map(str, parts)))
    return None


def guid(values: Sequence[bytes]) -> str | None:
    """An object GUID in capitals, from its bytes or text.

    >>> guid([b"9a44995b-34f9-4252-b113-fa2b297e5b40"])
    '9A44995B-34F9-4252-B113-FA2B297E5B40'
    """
    for value in values:
        try:
            found = uuid.UUID(bytes_le=value) if len(value) == 16 else uuid.UUID(value.decode("ascii").strip())
        except (ValueError, UnicodeDecodeError):
            data = unpacked(value)
            if len(data) != 16:
                continue
            found = uuid.UUID(bytes_le=data)
        return str(found).upper()
    return None


def unpacked(value: bytes) -> bytes:
    """The bytes behind base64 text; empty when it is none."""
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return b""


def primary_group(entry: Attributes) -> str | None:
    """The SID of the primary group: its number within the domain of the account."""
    number, own = integer(entry, "primarygroupid"), sid(entry.get("objectsid", ()))
    if number is None or own is None or own.count("-") < 7:
        return None
    return f"{own.rpartition('-')[0]}-{number}"


def components(name: str) -> list[str]:
    r"""The relative names of a DN, escapes kept, split at commas that are not escaped or quoted.

    >>> components(r"CN=Durand\, Ana,OU=Soins,DC=chu,DC=local")
    ['CN=Durand\\, Ana', 'OU=Soins', 'DC=chu', 'DC=local']
    """
    if "\\" not in name and '"' not in name:
        return [part.strip() for part in name.replace(";", ",").split(",")]
    parts, start, escaped, quoted = [], 0, False, False
    for index, letter in enumerate(name):
        if escaped:
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter == '"':
            quoted = not quoted
        elif letter in ",;" and not quoted:
            parts.append(name[start:index].strip())
            start = index + 1
    return [*parts, name[start:].strip()]


@lru_cache(maxsize=200_000)
def normal(name: str) -> str:
    """A DN as a key: letter case and blanks around separators do not distinguish.

    >>> normal("CN=Ana, OU=Soins,dc=CHU") == normal("cn=ana,ou=soins,DC=chu")
    True
    """
    if "\\" not in name and '"' not in name and ";" not in name and " =" not in name and "= " not in name:
        return name.replace(", ", ",").replace(" ,", ",").strip().casefold()
    return ",".join("=".join(part.strip() for part in item.split("=", 1)) for item in components(name)).casefold()


def domain_of(name: str | None) -> str | None:
    """The DNS domain a DN ends with.

    >>> domain_of("CN=Ana,OU=Soins,DC=chu,DC=Local")
    'chu.local'
    """
    if name is None:
        return None
    labels = [part[3:].strip() for part in components(name) if part[:3].lower() == "dc="]
    return ".".join(labels).lower() or None


def leaf(name: str | None) -> str | None:
    """The value of the first relative name of a DN."""
    if not name:
        return None
    return components(name)[0].partition("=")[2].replace("\\", "").strip() or None
