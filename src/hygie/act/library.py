"""The texts that experts write beside their rules (checks, texts of law, services, contacts), read for showing only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from hygie.content_files import CONTENT, read_yaml

Text = Mapping[str, str]


@dataclass(frozen=True)
class Card:
    """What a check says to people: the part of `control.yaml` that is not a query."""

    id: str
    title: Text
    question: Text = field(default_factory=dict)
    why: Text = field(default_factory=dict)
    axes: Sequence[str] = ()
    family: str = ""
    severity: str = "medium"
    polarity: str = ""
    needs: Sequence[Mapping[str, Any]] = ()
    reasons: Mapping[str, Text] = field(default_factory=dict)
    sentence: Mapping[str, Any] = field(default_factory=dict)
    aside: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    remedy: Mapping[str, Any] = field(default_factory=dict)
    anchors: Sequence[Mapping[str, str]] = ()
    knobs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    max_age: Mapping[str, Any] = field(default_factory=dict)
    proves: Text = field(default_factory=dict)
    suggests: Text = field(default_factory=dict)
    attest: Text = field(default_factory=dict)

    @property
    def medical(self) -> bool:
        """Whether its remedy touches medical devices or flows."""
        return bool(self.remedy.get("medical"))

    @property
    def ages(self) -> dict[str, int]:
        """How old its evidence may be, in days, by table."""
        main = {str(self.max_age["table"]): int(self.max_age["days"])} if self.max_age.get("table") else {}
        return main | {str(table): int(days) for table, days in (self.max_age.get("more") or {}).items()}


def _card(data: Mapping[str, Any]) -> Card:
    known = {name: data[name] for name in Card.__dataclass_fields__ if data.get(name) is not None}
    return Card(**{"title": {"fr": data["id"], "en": data["id"]}, **known})


def _layered(shipped: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """A check with what the hospital says over it: a knob changes its value and keeps its reason."""
    knobs = {**(shipped.get("knobs") or {})}
    for name, value in (own.get("knobs") or {}).items():
        given = value if isinstance(value, dict) else {"default": value}
        knobs[name] = {**knobs.get(name, {}), **given, "own": bool(shipped)}
    return {**shipped, **own, "knobs": knobs}


def load_cards(layers: Sequence[Path] = ()) -> dict[str, Card]:
    """All checks by id: shipped texts, those of packs over them, the hospital's own over all."""
    found: dict[str, dict[str, Any]] = {}
    for folder in (layer / "controls" for layer in (CONTENT, *layers)):
        for path in sorted([*folder.glob("*/control.yaml"), *folder.glob("*.yaml")]):
            data = read_yaml(path)
            if isinstance(data, dict):
                name = str(data.get("id") or (path.parent.name if path.name == "control.yaml" else path.stem))
                found[name] = {**_layered(found.get(name, {}), data), "id": name}
    return {name: _card(data) for name, data in sorted(found.items())}


@cache
def load_frameworks() -> dict[str, Mapping[str, Any]]:
    """The texts of law and guidance that checks refer to, by id."""
    loaded = (read_yaml(path) for path in sorted((CONTENT / "frameworks").glob("*.yaml")))
    return {str(data["id"]): data for data in loaded if isinstance(data, dict) and "id" in data}


@cache
def load_services() -> dict[str, Mapping[str, Any]]:
    """The care services, by key."""
    data = read_yaml(CONTENT / "care_services.yaml")
    rows = data.get("services", data) if isinstance(data, dict) else data
    if isinstance(rows, dict):
        return {str(key): value for key, value in rows.items() if isinstance(value, dict)}
    return {str(row["key"]): row for row in rows if isinstance(row, dict) and "key" in row}


@cache
def load_contacts() -> dict[str, Mapping[str, Any]]:
    """Whom to ask for a file in a hospital, and the message to send, by key."""
    data = read_yaml(CONTENT / "contacts.yaml")
    rows = data.get("contacts", data)
    return {str(key): value for key, value in rows.items() if isinstance(value, dict)}


@cache
def contacts_closing() -> Mapping[str, str]:
    """How messages close."""
    found: Mapping[str, str] = (read_yaml(CONTENT / "contacts.yaml")).get("closing") or {}
    return found


@cache
def load_kinds() -> dict[str, Mapping[str, Any]]:
    """Each kind of file: its title, where to export it, the tables it feeds, the age it may have."""
    found: dict[str, Mapping[str, Any]] = {}
    for path in sorted((CONTENT / "sources").glob("*.yaml")):
        data = read_yaml(path)
        if isinstance(data, dict):
            entries = [data] if "kind" in data or "title" in data else list(data.values())
            for entry in entries:
                if isinstance(entry, dict):
                    found[str(entry.get("kind") or entry.get("id") or path.stem)] = entry
    return found


@cache
def load_axes() -> tuple[str, ...]:
    """What a hospital protects, in the order of its concerns; titles are in the words of verdicts.

    >>> load_axes()
    ('continuity', 'patients', 'compliance', 'sovereignty')
    """
    return tuple(axis["id"] for axis in read_yaml(CONTENT / "axes.yaml"))
