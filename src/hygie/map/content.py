"""The content the map reads: what identifies nothing, makers, zone words, privileged groups, protocols."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from hygie.content_files import CONTENT, read_yaml
from hygie.errors import ContentError
from hygie.map.frame import fold


@cache
def content(name: str) -> Mapping[str, Any]:
    """One content file by its path without suffix; a file that is not there is empty.

    >>> content("directory/privileged_groups")["domain"][512]["en"]
    'Domain Admins'
    """
    path = CONTENT / f"{name}.yaml"
    if not path.exists():
        return {}
    found = read_yaml(path)
    if not isinstance(found, dict):
        raise ContentError("expected `key: value`", where=str(path), hint="see the other files of this folder")
    return found


@cache
def makers() -> Mapping[str, str]:
    """Address block (three bytes) to maker of medical devices.

    >>> makers()["00:09:fb"]
    'Philips'
    """
    return {block: maker for maker, entry in content("devices/makers").items() for block in entry["blocks"]}


def maker_of(mac: str) -> str:
    """The maker of medical devices a hardware address suggests, or nothing."""
    return makers().get(mac[:8], "")


@cache
def maker_words() -> tuple[tuple[str, str], ...]:
    """Folded words of inventories and the maker they mean."""
    found = [(word, maker) for maker, entry in content("devices/makers").items() for word in entry["words"]]
    return tuple(sorted(found))


@cache
def known_maker(written: str) -> str:
    """The maker an inventory means, under our own name for it.

    >>> known_maker("PHILIPS Medical Systems"), known_maker("GE Medical Systems"), known_maker("Acme")
    ('Philips', 'GE HealthCare', '')
    """
    text = f" {fold(written)} "
    return next((maker for word, maker in maker_words() if f" {word} " in text), "")


@cache
def clinical_services() -> frozenset[str]:
    """Names by which sensors call a clinical protocol they recognised in the bytes."""
    return frozenset(name for entry in content("protocols/clinical").values() for name in entry["services"])


@cache
def zone_words() -> Mapping[str, str]:
    """Word of a zone's name to the class it gives."""
    return {word: name for name, listed in content("devices/zone_words").items() for word in listed}
