"""YAML with the place of every value, so that each fault of a content file can say `file:line:column`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from hygie.errors import ContentError

LARGEST = 1 << 20
DEEPEST = 40
Place = tuple[str | int, ...]
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Fault:
    """One fault of a content file: where, what, what to do."""

    where: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


@dataclass
class Marked:
    """The content of one YAML file, the place of each value, the faults of its form."""

    name: str
    data: Any = None
    marks: dict[Place, tuple[int, int]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    text: str = ""
    met: set[int] = field(default_factory=set, repr=False)

    def where(self, path: Sequence[str | int] = ()) -> str:
        """`file:line` of a value, or of the nearest thing that holds it."""
        wanted = tuple(path)
        while wanted and wanted not in self.marks:
            wanted = wanted[:-1]
        line, _ = self.marks.get(wanted, (1, 1))
        return f"{self.name}:{line}"

    def place_inside(self, path: Sequence[str | int], line: int, column: int) -> str:
        """`file:line:column` of a place inside a text value, which may be a block (`|`)."""
        first, start = self.marks.get(tuple(path), (1, 1))
        lines = self.text.splitlines()
        opening = lines[first - 1][start - 1 :] if first <= len(lines) else ""
        if not opening.startswith("|"):
            shift = 1 if opening[:1] in "'\"" else 0
            return f"{self.name}:{first + line - 1}:{column + (start - 1 + shift if line == 1 else 0)}"
        body = next((one for one in lines[first:] if one.strip()), "")
        indent = len(body) - len(body.lstrip())
        return f"{self.name}:{first + line}:{column + indent}"

    def fault(self, path: Sequence[str | int], message: str, hint: str = "") -> None:
        """Note a fault at a value."""
        self.faults.append(Fault(self.where(path), message, hint))


def load_marked(path: Path, name: str = "") -> Marked:
    """Read a YAML file; what is wrong with its form is noted, not raised."""
    shown = name or path.name
    try:
        raw = path.read_bytes()
    except OSError as error:
        return Marked(shown, faults=[Fault(shown, f"cannot be read: {error.strerror}")])
    if len(raw) > LARGEST:
        return Marked(shown, faults=[Fault(shown, "is larger than 1 MiB", "content files are small; split it")])
    try:
        return parse_marked(raw.decode("utf-8"), shown)
    except UnicodeDecodeError:
        return Marked(shown, faults=[Fault(shown, "expected UTF-8 text", "save the file as UTF-8")])


def parse_marked(text: str, name: str = "text") -> Marked:
    r"""Read YAML text.

    >>> read = parse_marked("title:\n  fr: un\n  fr: deux\n", "x.yaml")
    >>> str(read.faults[0]), read.data, read.where(("title", "fr"))
    ('x.yaml:3: the key `fr` is there twice', {'title': {'fr': 'deux'}}, 'x.yaml:3')
    """
    marked = Marked(name, text=text)
    try:
        loader = _LOADER(text)
        try:
            node = loader.get_single_node()
            if node is not None:
                marked.data = _value(loader, node, (), marked, 0)
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        hint = "quote texts that hold `: ` or start with a sign"
        marked.faults.append(Fault(place, f"expected YAML: {problem}", hint))
    except RecursionError:
        marked.faults.append(Fault(name, f"is nested deeper than {DEEPEST}"))
    return marked


def _value(loader: Any, node: yaml.Node, path: Place, marked: Marked, depth: int) -> Any:
    if id(node) in marked.met:
        hint = "write the value again: aliases can hide bombs"
        marked.fault(path[:-1], "an alias (`*name`) repeats another value", hint)
        return None
    marked.met.add(id(node))
    marked.marks[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
    if depth > DEEPEST:
        marked.fault(path, f"is nested deeper than {DEEPEST}")
        return None
    if isinstance(node, yaml.MappingNode):
        return _mapping(loader, node, path, marked, depth)
    if isinstance(node, yaml.SequenceNode):
        return [_value(loader, child, (*path, place), marked, depth + 1) for place, child in enumerate(node.value)]
    return _scalar(loader, node, path, marked)


def _mapping(loader: Any, node: yaml.MappingNode, path: Place, marked: Marked, depth: int) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = _scalar(loader, key_node, path, marked) if isinstance(key_node, yaml.ScalarNode) else None
        line = key_node.start_mark.line + 1
        if key is None or isinstance(key, (dict, list)):
            marked.faults.append(Fault(f"{marked.name}:{line}", "a key is a plain word"))
            continue
        if key in found:
            marked.faults.append(Fault(f"{marked.name}:{line}", f"the key `{key}` is there twice"))
        found[key] = _value(loader, value_node, (*path, key), marked, depth + 1)
    return found


def _scalar(loader: Any, node: yaml.Node, path: Place, marked: Marked) -> Any:
    try:
        return loader.construct_object(node)
    except (yaml.YAMLError, ValueError):
        marked.faults.append(Fault(f"{marked.name}:{node.start_mark.line + 1}", "this value cannot be read"))
        return None


def raise_faults(faults: Sequence[Fault], what: str = "content") -> None:
    """Raise all faults as one error; nothing when there are none."""
    if faults:
        told = "\n".join(map(str, faults))
        hints = "; ".join(dict.fromkeys(fault.hint for fault in faults if fault.hint))
        raise ContentError(f"{len(faults)} faults in {what}\n{told}", hint=hints or "run `hygie content check`")


def layered(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Put one mapping over another, key by key, mapping by mapping.

    >>> layered({"a": {"x": 1, "y": 2}, "b": 3}, {"a": {"y": 9}})
    {'a': {'x': 1, 'y': 9}, 'b': 3}
    """
    merged = dict(base)
    for key, value in over.items():
        held = merged.get(key)
        both = isinstance(held, Mapping) and isinstance(value, Mapping)
        merged[key] = layered(held, value) if both else value  # type: ignore[arg-type]
    return merged
