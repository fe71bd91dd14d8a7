"""Finding, layering and checking the checks: shipped < pack < site, all faults at once, each located."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hygie.assess.control import Control, Sheet
from hygie.assess.proofs import KINDS, read_proof
from hygie.engine.portable import columns_of, problems_of
from hygie.tables import load_tables
from hygie.tables.yaml_marks import Fault, Marked, layered, load_marked, raise_faults

OVERRIDABLE = ("id", "knobs", "coverage", "max_age", "severity", "remedy", "notes")
COLUMNS: Mapping[str, tuple[set[str], set[str]]] = {
    "population": ({"id"}, {"name", "zone_id"}),
    "unknown": ({"id", "reason", "answering"}, set()),
    "inferred": ({"id"}, set()),
    "fails": (
        {"id", "reason", "evidence_id", "member", "position"},
        {"source_table", "seen", "entity_id", "other_id", "proofs", "zone_id"},
    ),
    "aside": ({"id"}, {"name", "evidence_id", "member", "position"}),
}


@dataclass
class Draft:
    """A check in the making: its folder, the files that made it, where each value comes from."""

    folder: Path
    base: Marked
    data: dict[str, Any]
    layers: list[str]
    origins: dict[str, str] = field(default_factory=dict)


def load_controls(folders: Iterable[Path]) -> list[Control]:
    """All checks of some folders, later ones over earlier ones; any fault stops the load, after all were found."""
    controls, faults = read_controls(folders)
    raise_faults(faults, "controls")
    return controls


def read_controls(folders: Iterable[Path]) -> tuple[list[Control], list[Fault]]:
    """The sound checks of some folders, and the faults of all others."""
    drafts: dict[str, Draft] = {}
    faults: list[Fault] = []
    for folder in folders:
        if folder.is_dir():
            _read_folder(folder, drafts, faults)
    controls = []
    for name in sorted(drafts):
        before = len(faults)
        control = _finish(drafts[name], faults)
        if control is not None and len(faults) == before:
            controls.append(control)
    return controls, faults


def _read_folder(folder: Path, drafts: dict[str, Draft], faults: list[Fault]) -> None:
    for path in sorted(folder.iterdir()):
        shown = f"{folder.parent.name}/{folder.name}/{path.name}"
        if path.is_dir():
            _read_own(path, f"{shown}/control.yaml", drafts, faults)
        elif path.suffix in (".yaml", ".yml"):
            _read_override(path, shown, drafts, faults)


def _read_own(folder: Path, shown: str, drafts: dict[str, Draft], faults: list[Fault]) -> None:
    marked = load_marked(folder / "control.yaml", shown)
    faults += marked.faults
    if not isinstance(marked.data, dict):
        if not marked.faults:
            faults.append(Fault(shown, "expected `key: value` lines"))
        return
    if marked.data.get("id") != folder.name:
        faults.append(Fault(marked.where(("id",)), f"`id` is {marked.data.get('id')!r}, the folder is {folder.name}"))
        return
    drafts[folder.name] = Draft(folder, marked, dict(marked.data), [shown])


def _read_override(path: Path, shown: str, drafts: dict[str, Draft], faults: list[Fault]) -> None:
    marked = load_marked(path, shown)
    faults += marked.faults
    name = path.stem
    if not isinstance(marked.data, dict):
        if not marked.faults:
            faults.append(Fault(shown, "expected `key: value` lines"))
    elif name not in drafts:
        known = ", ".join(sorted(drafts)) or "none"
        faults.append(Fault(shown, f"no check is called {name}", f"checks: {known}; a check of your own is a folder"))
    else:
        before = len(faults)
        faults += _override_faults(marked, drafts[name])
        if len(faults) == before:
            _apply(marked, drafts[name], shown)


def _override_faults(marked: Marked, draft: Draft) -> list[Fault]:
    found = []
    for key in marked.data:
        if key not in OVERRIDABLE:
            hint = f"a site file may set {', '.join(OVERRIDABLE[1:])}; to change a rule, copy the whole folder"
            found.append(Fault(marked.where((key,)), f"`{key}` cannot be changed here", hint))
    knobs = marked.data.get("knobs") or {}
    known = draft.data.get("knobs") or {}
    if isinstance(knobs, dict):
        for name in set(knobs) - set(known):
            hint = f"knobs: {', '.join(sorted(known)) or 'none'}"
            found.append(Fault(marked.where(("knobs", name)), f"`{name}` is no knob of {draft.data['id']}", hint))
    else:
        found.append(Fault(marked.where(("knobs",)), "expected `name: value` lines"))
    return found


def _apply(marked: Marked, draft: Draft, shown: str) -> None:
    given = dict(marked.data)
    knobs = given.get("knobs") or {}
    given["knobs"] = {name: one if isinstance(one, dict) else {"default": one} for name, one in knobs.items()}
    draft.data = layered(draft.data, given)
    draft.layers.append(shown)
    for path in marked.marks:
        if path and path[0] != "id":
            draft.origins[".".join(map(str, path[:2]))] = marked.where(path)


def _finish(draft: Draft, faults: list[Fault]) -> Control | None:
    try:
        sheet = Sheet.model_validate(draft.data)
    except ValidationError as error:
        faults += [_validation_fault(draft, one) for one in error.errors(include_url=False)]
        return None
    faults += _reference_faults(draft, sheet)
    faults += _knob_faults(draft, sheet)
    faults += _query_faults(draft, sheet)
    proofs: dict[str, Mapping[str, Any]] = {}
    shown = draft.layers[0].removesuffix("/control.yaml")
    for kind in KINDS:
        proofs[kind], found = read_proof(draft.folder / kind, f"{shown}/{kind}")
        faults += found
    return Control(sheet, folder=draft.folder, layers=draft.layers, origins=draft.origins, proofs=proofs)


def _validation_fault(draft: Draft, error: Mapping[str, Any]) -> Fault:
    path = [part for part in error["loc"] if not str(part).startswith(("constrained", "Plural"))]
    origin = draft.origins.get(".".join(map(str, path[:2])))
    name = ".".join(map(str, path))
    return Fault(origin or draft.base.where(path), f"`{name}`: {error['msg']}", "see docs/architecture.md, A control")


def _reference_faults(draft: Draft, sheet: Sheet) -> list[Fault]:
    named: list[tuple[Sequence[str | int], str]] = [
        (("needs", place, "table"), need.table) for place, need in enumerate(sheet.needs)
    ]
    named += [(("max_age",), table) for table in (*sheet.max_age.limits, *sheet.max_age.always)]
    named += [(("empty_means",), sheet.empty_means)] if sheet.empty_means else []
    unknown = [(path, table) for path, table in named if table not in load_tables()]
    found = [Fault(draft.base.where(path), f"no table is called `{table}`") for path, table in unknown]
    family = sheet.id.split("-")[0]
    if sheet.family != family:
        found.append(Fault(draft.base.where(("family",)), f"the family of {sheet.id} is {family}"))
    return found


def _knob_faults(draft: Draft, sheet: Sheet) -> list[Fault]:
    found = []
    original = draft.base.data.get("knobs") or {}
    for name, knob in sheet.knobs.items():
        where = draft.origins.get(f"knobs.{name}") or draft.base.where(("knobs", name))
        shipped = original.get(name, {}).get("default", knob.default)
        if not _same_kind(shipped, knob.default):
            found.append(Fault(where, f"`{name}`: expected a value like {shipped!r}, found {knob.default!r}"))
        elif isinstance(knob.default, (int, float)) and not isinstance(knob.default, bool):
            low, high = knob.minimum, knob.maximum
            if (low is not None and knob.default < low) or (high is not None and knob.default > high):
                found.append(Fault(where, f"`{name}`: expected {low} to {high}, found {knob.default}"))
    return found


def _same_kind(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return isinstance(one, bool) and isinstance(other, bool)
    if isinstance(one, (int, float)):
        return isinstance(other, (int, float))
    if isinstance(one, list) and isinstance(other, list):
        return bool(other) and all(_same_kind(one[0], each) for each in other)
    return type(one) is type(other)


def _query_faults(draft: Draft, sheet: Sheet) -> list[Fault]:
    found = []
    for path, sql in sheet.queries.items():
        problems = problems_of(sql, sheet.values)
        found += [Fault(draft.base.place_inside(path, one.line, one.column), one.message, one.hint) for one in problems]
        if not problems:
            found += _column_faults(draft, path, sql)
    used = " ".join(sheet.queries.values())
    unused = [name for name in sheet.knobs if f"${name}" not in used]
    return found + [Fault(draft.base.where(("knobs", name)), f"no rule uses `${name}`") for name in unused]


def _column_faults(draft: Draft, path: Sequence[str], sql: str) -> list[Fault]:
    if path[0] not in COLUMNS:
        return []
    needed, allowed = COLUMNS[path[0]]
    given = set(columns_of(sql))
    where = draft.base.where(path)
    faults = [Fault(where, f"gives no column `{name}`") for name in sorted(needed - given)]
    strange = {name for name in given - needed - allowed if not name.startswith("d_")}
    hint = "columns shown in sentences are called d_<name>"
    return faults + [Fault(where, f"gives a column `{name}` that nothing reads", hint) for name in sorted(strange)]
