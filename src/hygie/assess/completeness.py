"""Which exports a check rests on are known to be cut: what they lack may hold the counter-example."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import orjson

from hygie.assess.control import Sheet
from hygie.assess.store import Store
from hygie.content_files import CONTENT
from hygie.tables.yaml_marks import load_marked

SOURCES = CONTENT / "sources"
# A row missing here accuses, it never hides a case; flows count by whole days of a sensor (zone_coverage).
ACCUSING = frozenset({"asset_record", "endpoint_agent", "flow"})
READ_ALONG = {"firewall_match": ("firewall_rule", "address_translation"), "directory_object": ("directory_member",)}


class Completeness:
    """The tables that a cut or partly refused export feeds."""

    def __init__(self, store: Store) -> None:
        self._cut = {table for row in store.evidence.to_pylist() if _is_cut(row) for table in _feeds(row)}

    def cut(self, sheet: Sheet) -> list[str]:
        """Those a check rests on."""
        needed = [need.table for need in sheet.needs if need.table not in ACCUSING]
        return [table for table in needed if {table, *READ_ALONG.get(table, ())} & self._cut]


def _is_cut(row: Mapping[str, Any]) -> bool:
    """Whether an export says that it is not whole, or lost rows when it was read."""
    if (row.get("status") or "read") not in ("read", "unreadable"):
        return False
    return bool(row.get("refused")) or row.get("status") == "unreadable" or _notes(row).get("complete") == "false"


def _notes(row: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Any = orjson.loads(row.get("notes") or "{}")
    return found if isinstance(found, dict) else {}


def _feeds(row: Mapping[str, Any]) -> Sequence[str]:
    """The tables it fed, and those of its kind where a part, or all of it, is not there to tell."""
    fed = (row.get("tables") or "").split()
    untold = not fed or _notes(row).get("complete") == "false"
    return [*fed, *(_tables_of(row.get("kind") or "") if untold else ())]


@cache
def _tables_of(kind: str) -> tuple[str, ...]:
    path = SOURCES / f"{kind}.yaml"
    data = load_marked(path).data if kind and "/" not in kind and path.is_file() else None
    return tuple(data.get("tables", ())) if isinstance(data, dict) else ()
