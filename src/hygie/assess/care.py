"""What a finding weighs for care: the services it touches, by tier."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from hygie.assess.store import Store
from hygie.content_files import CONTENT
from hygie.tables.yaml_marks import load_marked, raise_faults


class Care:
    """Which care services depend on which entity, and how much each weighs."""

    def __init__(self, store: Store) -> None:
        self._services: dict[str, set[str]] = defaultdict(set)
        sql = "SELECT DISTINCT entity_id, care_service FROM care_dependency WHERE entity_id IS NOT NULL"
        for row in store.query(sql).to_pylist():
            if row["care_service"]:
                self._services[row["entity_id"]].add(row["care_service"])

    def services(self, entities: Iterable[str]) -> list[str]:
        """The services that some entities serve, in alphabetical order."""
        return sorted({service for entity in entities for service in self._services.get(entity, ())})

    def weight(self, severity: str, services: Iterable[str]) -> float:
        """The place of a finding among others; it orders a list and is never shown as a score."""
        weights, tiers = _content("weights.yaml"), _tiers()
        each = [float(weights["tier"].get(tiers.get(service), weights["unknown_tier"])) for service in services]
        base = float(weights["severity"][severity])
        return base * (1 + sum(each))


@cache
def _content(name: str) -> Mapping[str, Any]:
    marked = load_marked(CONTENT / name)
    raise_faults(marked.faults, name)
    data: Mapping[str, Any] = marked.data
    return data


@cache
def _tiers() -> Mapping[str, str]:
    path = CONTENT / "care_services.yaml"
    listed = _content(path.name).get("services", {}) if path.is_file() else {}
    return {key: str(service.get("tier", "")).split("-")[0] for key, service in listed.items()}
