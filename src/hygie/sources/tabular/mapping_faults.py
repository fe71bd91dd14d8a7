"""What can be wrong in a mapping: all of it told at once, before it reads anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hygie.sources.tabular.normal import header
from hygie.tables import load_tables

TYPES = frozenset(
    {"text", "lower", "mac", "macs", "ip", "ips", "host", "time", "number", "integer", "boolean", "duration", "size"}
    | {"prefixes", "objects", "protocols", "ports", "care_service", "care_services", "several", "listed", "factors"}
    | {"account", "account_domain"}
)
KEYS = frozenset(
    {
        "kind",
        "table",
        "title",
        "priority",
        "identify",
        "columns",
        "constants",
        "infer",
        "explode",
        "derive",
        "also",
        "only",
    }
    | {"require", "signature", "unused", "notes", "stop"}
)
FIELD_KEYS = frozenset(
    {
        "headers",
        "type",
        "from",
        "required",
        "values",
        "words",
        "default",
        "otherwise",
        "when_absent",
        "part",
        "open",
        "quiet",
    }
    | {"end_of_day", "with"}
)


def faults_of(data: Mapping[str, Any]) -> Iterator[str]:
    """The faults of a mapping as read from YAML."""
    yield from (f"`{key}` is no key of a mapping" for key in data if key not in KEYS)
    if not isinstance(data.get("kind"), str):
        yield "`kind` is missing"
    columns = data.get("columns")
    if not isinstance(columns, dict):
        yield "`columns` is missing"
        return
    table = data.get("table") or ""
    if not table and not data.get("unused"):
        yield "`table` is missing"
    if table and table not in load_tables():
        yield f"`{table}` is no table"
        return
    declared = load_tables()[table].columns if table else {}
    seen: dict[str, str] = {}
    for name, spec in columns.items():
        yield from _field_faults(str(name), spec or {}, declared, columns, seen)


def _field_faults(
    name: str, spec: Any, declared: Mapping[str, Any], columns: Mapping[str, Any], seen: dict[str, str]
) -> Iterator[str]:
    if not isinstance(spec, dict):
        yield f"column `{name}`: expected headers and type"
        return
    yield from (f"column `{name}`: `{key}` is no key of a column" for key in spec if key not in FIELD_KEYS)
    if not name.startswith("_") and declared and name not in declared:
        yield f"column `{name}` is no column of the table"
    if spec.get("type") and spec["type"] not in TYPES:
        yield f"column `{name}`: type is one of {', '.join(sorted(TYPES))}"
    if spec.get("from") and spec["from"] not in columns:
        yield f"column `{name}`: `from` names no column of this mapping"
    for title in dict.fromkeys(map(header, map(str, spec.get("headers", ())))):
        if title in seen:
            yield f"column `{name}`: header `{title}` already means `{seen[title]}`"
        seen[title] = name
