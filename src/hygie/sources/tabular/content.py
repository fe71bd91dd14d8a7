"""The data this mechanism reads: names of services and their ports, care services and their keys. Read once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from hygie.content_files import CONTENT, read_yaml
from hygie.sources.tabular.normal import choice, slug, words


@cache
def service_ports() -> Mapping[str, tuple[tuple[str, int, int], ...]]:
    """Ports by service name.

    >>> service_ports()["dicom"]
    (('tcp', 104, 104), ('tcp', 11112, 11112))
    """
    return {
        name: tuple(_port(item) for item in items) for name, items in read_yaml(CONTENT / "service_ports.yaml").items()
    }


def _port(item: str) -> tuple[str, int, int]:
    protocol, _, span = item.partition("/")
    first, _, last = span.partition("-")
    return protocol, int(first), int(last or first)


@cache
def _care_aliases() -> Mapping[str, str]:
    known: dict[str, str] = {}
    for key, service in read_yaml(CONTENT / "care_services.yaml")["services"].items():
        names = [key, *service["title"].values(), *service["aliases"]]
        for name in names:
            known.setdefault(" ".join(words(str(name))), key)
    return known


@cache
def care_keys() -> frozenset[str]:
    """The keys of the care services Hygie knows."""
    return frozenset(read_yaml(CONTENT / "care_services.yaml")["services"])


def care_service(cell: str) -> str:
    """The key of a care service from the way a hospital writes it; an unknown one keeps a key of the site.

    >>> care_service("Réanimation"), care_service("Service des urgences"), care_service("ICU"), care_service("Caisson")
    ('icu', 'ed', 'icu', 'site:caisson')
    """
    bare = cell.strip().lower()
    if bare in care_keys() or bare.startswith("site:"):
        return bare
    found = words(cell)
    aliases = _care_aliases()
    for candidate in (
        found,
        [word for word in found if word not in ("service", "unite", "pole", "de", "du", "des", "d", "la")],
    ):
        key = aliases.get(" ".join(candidate))
        if key:
            return key
    if not choice(cell):
        raise ValueError("a care service")
    return f"site:{slug(cell)}"
