"""A row that says several things becomes several rows: prefixes, ports, hosts of one cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hygie.sources.tabular.networks import Port

MOST = 4096
Columns = dict[str, list[Any]]


def rows_of(columns: Mapping[str, Sequence[Any]]) -> int:
    """How many rows columns hold."""
    return len(next(iter(columns.values()), ()))


def combine(protocols: Sequence[str] | None, ports: Sequence[Port] | None) -> list[Port]:
    """Protocols of one cell with ports of another; ICMP has no ports, a named service may bring its own protocol.

    >>> combine(["tcp", "udp"], [("", 53, 53)]), combine(None, [("tcp", 443, 443)]), combine(["icmp"], None)
    ([('tcp', 53, 53), ('udp', 53, 53)], [('tcp', 443, 443)], [('icmp', 0, 65535)])
    """
    stated = list(protocols or ["any"])
    portless = [(one, 0, 65535) for one in stated if one not in ("tcp", "udp", "sctp", "any")]
    stated = [one for one in stated if one in ("tcp", "udp", "sctp", "any")]
    found: list[Port] = []
    for own, first, last in ports or ():
        if own in ("", "any"):
            found += [(one, first, last) for one in stated] or ([(own or "any", first, last)] if not portless else [])
        elif not stated or "any" in stated or own in stated or own not in ("tcp", "udp"):
            found.append((own, first, last))
    if ports and not found and stated:
        found = [(one, first, last) for one in stated for _, first, last in ports]
    return list(dict.fromkeys(found + portless))


def repeat(columns: Columns, places: Sequence[int], replaced: Mapping[str, list[Any]]) -> Columns:
    """Columns with the rows at `places`, and some of them replaced."""
    kept = {name: [cells[place] for place in places] for name, cells in columns.items() if name not in replaced}
    return kept | dict(replaced)


def explode(columns: Columns, group: Sequence[str]) -> Columns:
    """One row per item of a column of lists; several columns of one group go side by side.

    >>> explode({"zone": ["a"], "prefix": [["10.0.0.0/8", "10.1.0.0/16"]]}, ["prefix"])
    {'zone': ['a', 'a'], 'prefix': ['10.0.0.0/8', '10.1.0.0/16']}
    >>> explode({"host": [["h1", "h2"]], "ip": [["10.0.0.1"]]}, ["host", "ip"])
    {'host': ['h1', 'h2', None], 'ip': [None, None, '10.0.0.1']}
    """
    names = [name for name in group if name in columns]
    if not names:
        return columns
    places: list[int] = []
    made: dict[str, list[Any]] = {name: [] for name in names}
    for place in range(rows_of(columns)):
        lines = _beside([_items(columns[name][place]) for name in names])
        places += [place] * len(lines)
        for name, items in zip(names, zip(*lines, strict=True), strict=True):
            made[name] += items
    return repeat(columns, places, made)


def _items(value: Any) -> list[Any]:
    if value is None:
        return []
    if isinstance(value, str):
        return value.split()
    return list(value) if isinstance(value, list) else [value]


def _beside(lists: list[list[Any]]) -> list[tuple[Any, ...]]:
    longest = max(map(len, lists))
    if longest <= 1:
        return [tuple(items[0] if items else None for items in lists)]
    filled = [items for items in lists if items]
    if all(len(items) == longest for items in filled):
        return [tuple(items[i] if items else None for items in lists) for i in range(longest)]
    if len(lists[0]) == 1:
        return [tuple(_at(items, i) for items in lists) for i in range(longest)]
    apart = []
    for column, items in enumerate(lists):
        apart += [tuple(item if column == other else None for other in range(len(lists))) for item in items]
    return apart


def _at(items: list[Any], index: int) -> Any:
    if len(items) == 1:
        return items[0]
    return items[index] if index < len(items) else None


def explode_ports(columns: Columns, wanted: Sequence[str]) -> Columns:
    """One row per (protocol, range) of the helpers `_protocols` and `_ports`, into the columns the table has."""
    places: list[int] = []
    found: list[Port | None] = []
    protocols = columns.get("_protocols") or [None] * rows_of(columns)
    for place, ports in enumerate(columns["_ports"]):
        lines: Sequence[Port | None] = combine(protocols[place], ports) if ports or protocols[place] else [None]
        lines = lines or [None]
        places += [place] * len(lines)
        found += lines
    made: dict[str, list[Any]] = {
        "protocol": [port and port[0] for port in found],
        "first_port": [port and port[1] for port in found],
        "last_port": [port and port[2] for port in found],
        "port": [port[1] if port and port[1] else None for port in found],
    }
    return repeat(columns, places, {name: made[name] for name in made if name in wanted})


def width(columns: Columns, place: int, groups: Sequence[Sequence[str]]) -> int:
    """How many rows one row would become, to refuse what would flood."""
    total = 1
    for group in groups:
        total *= max([1, *(len(_items(columns[name][place])) for name in group if name in columns)])
    return total


def matches(columns: Columns) -> Columns:
    """The resolved form of firewall rules: one source, one destination, one port range a row."""
    made: Columns = {}
    count = rows_of(columns)
    blank: list[Any] = [None] * count
    base = {name: columns.get(name, blank) for name in ("position", "firewall", "rule_id", "rank", "enabled", "action")}
    lists = {
        "source_interface": [_split(cell) for cell in columns.get("source_interface", blank)],
        "destination_interface": [_split(cell) for cell in columns.get("destination_interface", blank)],
        "source_prefix": [cell or ["0.0.0.0/0"] for cell in columns.get("_source", blank)],
        "destination_prefix": [cell or ["0.0.0.0/0"] for cell in columns.get("_destination", blank)],
        "_ports": [cell or [("any", 0, 65535)] for cell in columns.get("_ports", blank)],
        "_protocols": columns.get("_protocols", blank),
    }
    made = {**base, **lists}
    for name in ("source_interface", "destination_interface", "source_prefix", "destination_prefix"):
        made = explode(made, [name])
    made = explode_ports(made, ("protocol", "first_port", "last_port"))
    return {name: cells for name, cells in made.items() if not name.startswith("_")}


def _split(cell: str | None) -> list[str]:
    return (cell or "any").split()
