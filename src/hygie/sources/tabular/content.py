"""The data this mechanism reads: names of services and their ports, care services and their keys. Read once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from hygie.errors import ContentError
from hygie.sources.tabular.normal import choice, slug, words

FOLDER = Path(__file__).parents[2] / "content"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_yaml(path: Path) -> Any:
    """One YAML file; a fault says its place."""
    try:
        return yaml.load(path.read_text("utf-8-sig"), Loader=LOADER)  # noqa: S506 (a safe loader, in C where there is one)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}" if mark else str(path)
        raise ContentError("expected valid YAML", where=place, hint=str(getattr(error, "problem", ""))) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError(f"expected a readable UTF-8 file ({error})", where=str(path)) from None


@cache
def service_ports() -> Mapping[str, tuple[tuple[str, int, int], ...]]:
    """Ports by service name.

    >>> service_ports()["dicom"]
    (('tcp', 104, 104), ('tcp', 11112, 11112))
    """
    return {
        name: tuple(_port(item) for item in items) for name, items in load_yaml(FOLDER / "service_ports.yaml").items()
    }


def _port(item: str) -> tuple[str, int, int]:
    protocol, _, span = item.partition("/")
    first, _, last = span.partition("-")
    return protocol, int(first), int(last or first)


@cache
def _care_aliases() -> Mapping[str, str]:
    known: dict[str, str] = {}
    for key, service in load_yaml(FOLDER / "care_services.yaml")["services"].items():
        names = [key, *service["title"].values(), *service["aliases"]]
        for name in names:
            known.setdefault(" ".join(words(str(name))), key)
    return known


@cache
def care_keys() -> frozenset[str]:
    """The keys of the care services Hygie knows."""
    return frozenset(load_yaml(FOLDER / "care_services.yaml")["services"])


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
