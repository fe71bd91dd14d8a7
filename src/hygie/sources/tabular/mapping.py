"""Mappings as data: which headers mean which column of which table, what identifies a kind, words for its values.

A mapping is one YAML file of `content/mappings/` or of the hospital's `site/mappings/`. Of a shipped kind it adds
to it: its headers come first, what it does not say is inherited. Keys of a mapping:

kind, table, title     what is read, into which table; `unused: {fr, en}` instead of a table when nothing is taken yet
identify               need (groups of columns, one of each group must be recognised), minimum (columns), marks (headers
                       typical of the kind), marks_minimum, exclude (headers that say no), words (typical of cells),
                       all (every one of these headers: one export and no other, for mappings of a site)
columns                by table column, or helper starting with `_`: see `Field`
constants              column: value, `$row` (rank of the row) or `$exported` (date of the export)
infer                  column: [{value, headers: [all present]}], for a product told by its headers
explode                columns whose cell holds several things, one row each; a list in the list goes together
derive                 column: rule (see `derive.py`); `also: [firewall_match]`: a second table made from the same row
only                   column: value a row must have to count as a declaration
require                groups of columns, at least one of each group filled, or the row is refused
stop                   words that stand alone on the line where the table ends
signature              required, present (default for declared tables: asked when the file has a place for it) or none
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from hygie.content_files import CONTENT, read_yaml
from hygie.errors import ContentError, UnreadableError
from hygie.sources.tabular.mapping_faults import faults_of
from hygie.sources.tabular.normal import choice, header
from hygie.tables import load_tables

SHIPPED = CONTENT / "mappings"
SIGNED = {
    "_signed_by": ("signé par", "signed by", "signataire", "signature", "nom du signataire"),
    "_signed_on": ("signé le", "signed on", "date de signature", "date signature", "signature date", "date signed"),
}


@dataclass(frozen=True)
class Field:
    """How one column is filled: its headers by preference, its type, its vocabulary.

    `values` are whole cells and `words` are words in a cell, both by canonical value; `source` takes the cell of
    another column; `part` takes one level of a path (`Site > Building > Room`, -1 is the last); `default` fills an
    empty cell, `otherwise` a cell outside the vocabulary and `when_absent` a missing header; `quiet` leaves a cell
    that does not fit empty without a refusal, `open` keeps it as text; `beside` is the column of its network mask.
    """

    name: str
    headers: tuple[str, ...] = ()
    type: str = "text"
    source: str = ""
    required: bool = False
    values: Mapping[str, Any] = field(default_factory=dict)
    words: Mapping[str, Any] = field(default_factory=dict)
    default: Any = None
    otherwise: Any = None
    when_absent: Any = None
    part: int | None = None
    open: bool = False
    quiet: bool = False
    end_of_day: bool = False
    beside: str = ""

    @property
    def joins(self) -> bool:
        """Whether several headers may fill it together (`MAC 1`, `MAC 2`)."""
        return self.type in ("macs", "ips")


@dataclass(frozen=True)
class TableMapping:
    """One kind of table, compiled."""

    kind: str
    table: str
    title: Mapping[str, str]
    fields: Mapping[str, Field]
    need: tuple[frozenset[str], ...] = ()
    minimum: int = 2
    marks: frozenset[str] = frozenset()
    marks_minimum: int = 0
    all: frozenset[str] = frozenset()
    exclude: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    priority: int = 50
    constants: Mapping[str, Any] = field(default_factory=dict)
    infer: Mapping[str, tuple[tuple[str, frozenset[str]], ...]] = field(default_factory=dict)
    explode: tuple[tuple[str, ...], ...] = ()
    derive: Mapping[str, str] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    only: Mapping[str, Any] = field(default_factory=dict)
    require: tuple[tuple[str, ...], ...] = ()
    signature: str = "none"
    stop: frozenset[str] = frozenset()
    unused: Mapping[str, str] = field(default_factory=dict)
    site: bool = False
    known: Mapping[str, tuple[str, int]] = field(default_factory=dict)


@cache
def kinds() -> tuple[str, ...]:
    """The kinds of the shipped mappings: one file each, named after its kind."""
    return tuple(path.stem for path in sorted(SHIPPED.glob("*.yaml")))


@cache
def shipped() -> tuple[TableMapping, ...]:
    """The shipped mappings, by falling priority."""
    found = [_guarded(compile_mapping(read_yaml(path), str(path))) for path in sorted(SHIPPED.glob("*.yaml"))]
    return tuple(sorted(found, key=lambda mapping: -mapping.priority))


@cache
def _foreign() -> frozenset[str]:
    groups = read_yaml(CONTENT / "other_tables.yaml").values()
    return frozenset(header(title) for group in groups for titles in group for title in titles)


def _guarded(mapping: TableMapping) -> TableMapping:
    """A shipped mapping does not take what other tables alone carry, except headers it reads itself."""
    own = mapping.known.keys() | mapping.marks
    return replace(mapping, exclude=mapping.exclude | (_foreign() - own))


def mappings(site: Iterable[str] = ()) -> tuple[TableMapping, ...]:
    """The mappings in force: those of the site first."""
    return (*_site(tuple((path, _modified(path)) for path in site)), *shipped())


def _modified(path: str) -> int:
    try:
        return Path(path).stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=16)
def _site(paths: tuple[tuple[str, int], ...]) -> tuple[TableMapping, ...]:
    try:
        return tuple(site_mapping(read_yaml(Path(path)), path) for path, _ in paths)
    except ContentError as error:
        raise UnreadableError(f"expected valid mappings of the site: {error}", hint=error.hint) from None


def site_mapping(data: Any, where: str) -> TableMapping:
    """A mapping of the hospital; of a shipped kind it keeps what it does not say itself."""
    base = next((one for one in shipped() if isinstance(data, dict) and one.kind == data.get("kind")), None)
    if base is None:
        return replace(compile_mapping(data, where), site=True)
    given = dict(data.get("columns") or {})
    known = {name: {"headers": (), **(spec if isinstance(spec, dict) else {})} for name, spec in given.items()}
    part = compile_mapping({**data, "table": base.table, "title": base.title, "columns": known}, where)
    fields = {name: _merged(base.fields.get(name), part.fields.get(name)) for name in {**base.fields, **part.fields}}
    taken = {title for one in part.fields.values() for title in one.headers}
    fields = {name: _without(one, taken, part.fields.get(name)) for name, one in fields.items()}
    stated = part.need or tuple(frozenset({name}) for name in known if part.fields[name].headers)
    merged = replace(
        base,
        fields=fields,
        site=True,
        need=stated,
        all=part.all,
        minimum=len(stated),
        exclude=part.exclude,
        marks_minimum=0,
    )
    return replace(merged, known=_index(fields))


def _merged(base: Field | None, own: Field | None) -> Field:
    if base is None or own is None:
        chosen = own or base
        if chosen is None:
            raise KeyError("a column")
        return chosen
    kept = {name: getattr(own, name) or getattr(base, name) for name in ("values", "words", "source", "required")}
    type_ = own.type if own.type != "text" else base.type
    return replace(base, headers=(*own.headers, *base.headers), type=type_, **kept)


def _without(one: Field, taken: set[str], own: Field | None) -> Field:
    """A header the site gives to one column means nothing else any more."""
    kept = own.headers if own else ()
    return replace(one, headers=(*kept, *(title for title in one.headers if title not in taken)))


def compile_mapping(data: Any, where: str) -> TableMapping:
    """Check a mapping and compile it; all its faults are told at once."""
    if not isinstance(data, dict):
        raise ContentError("expected a mapping with `kind`, `table` and `columns`", where=where)
    faults = list(faults_of(data))
    if faults:
        raise ContentError(
            "; ".join(faults), where=where, hint="see the head of sources/tabular/mapping.py for the keys"
        )
    identify = data.get("identify") or {}
    declared = load_tables().get(data.get("table") or "")
    fields = {name: _field(name, spec or {}, data.get("table") or "") for name, spec in data["columns"].items()}
    signature = data.get("signature") or ("present" if declared and declared.origin == "declared" else "none")
    if signature != "none":
        fields |= {name: _field(name, {"headers": titles}, "") for name, titles in SIGNED.items() if name not in fields}
    return TableMapping(
        kind=data["kind"],
        table=data.get("table") or "",
        title=data.get("title") or {},
        fields=fields,
        need=tuple(frozenset(group) for group in identify.get("need", ())),
        minimum=int(identify.get("minimum", 2)),
        marks=frozenset(map(header, identify.get("marks", ()))),
        marks_minimum=int(identify.get("marks_minimum", 0)),
        all=frozenset(filter(None, map(header, map(str, identify.get("all", ()))))),
        exclude=frozenset(map(header, identify.get("exclude", ()))),
        words=frozenset(choice(word) for word in identify.get("words", ())),
        priority=int(data.get("priority", 50)),
        constants=data.get("constants") or {},
        infer={
            name: tuple((str(one["value"]), frozenset(map(header, one["headers"]))) for one in rules)
            for name, rules in (data.get("infer") or {}).items()
        },
        explode=tuple((group,) if isinstance(group, str) else tuple(group) for group in data.get("explode", ())),
        derive=data.get("derive") or {},
        also=tuple(data.get("also", ())),
        only=data.get("only") or {},
        require=tuple(tuple(group) for group in data.get("require", ())),
        signature=signature,
        stop=frozenset(choice(str(word)) for word in data.get("stop", ())),
        unused=data.get("unused") or {},
        known=_index(fields),
    )


def _index(fields: Mapping[str, Field]) -> dict[str, tuple[str, int]]:
    return {title: (name, rank) for name, one in fields.items() for rank, title in enumerate(one.headers)}


def _field(name: str, spec: Mapping[str, Any], table: str) -> Field:
    declared = load_tables()[table].columns.get(name) if table else None
    return Field(
        name,
        headers=tuple(dict.fromkeys(filter(None, map(header, map(str, spec.get("headers", ())))))),
        type=spec.get("type") or (declared.type if declared else "text"),
        source=spec.get("from", ""),
        required=bool(spec.get("required")),
        values=_variants(spec.get("values")),
        words=_variants(spec.get("words")),
        default=spec.get("default"),
        otherwise=spec.get("otherwise"),
        when_absent=spec.get("when_absent"),
        part=spec.get("part"),
        open=bool(spec.get("open")),
        quiet=bool(spec.get("quiet")),
        end_of_day=bool(spec.get("end_of_day")),
        beside=spec.get("with", ""),
    )


def _variants(spec: Any) -> dict[str, Any]:
    """From {canonical: [variants]} to {variant: canonical}; a canonical value is a variant of itself."""
    found: dict[str, Any] = {}
    for canonical, variants in (spec or {}).items():
        if isinstance(canonical, str) and canonical != "null":
            found.setdefault(choice(canonical), canonical)
        for variant in variants or ():
            found[choice(str(variant))] = None if canonical == "null" else canonical
    return found
