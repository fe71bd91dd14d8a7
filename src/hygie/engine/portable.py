"""Rules in the portable SQL subset: one SELECT, parsed, allow-listed, macros lowered for the engine that runs it.

A rule sees only declared tables and columns, a short list of functions and these macros, the same on every engine:

| Macro | Meaning |
|---|---|
| `as_of()` | the date of judgement |
| `days_since(t)` | days from `t` to the date of judgement, with decimals |
| `seconds(a, b)` | seconds from `a` to `b`, with decimals |
| `bucket(t, n)` | the start of the slice of `n` seconds that holds `t` |
| `day(t)` | midnight UTC of the day of `t` |
| `matches(text, 're')` | whether an RE2 expression is found in the text |
| `has(text, part)`, `starts_with(text, part)` | whether the text holds, or starts with, a part |
| `word_in(text, word, …)` | whether one of these words is in a space-separated list |
| `in_range(first, last, number, …)` | whether one of these numbers lies between first and last |
| `percent(a, b)` | `a` as a percentage of `b`; null when `b` is 0 |

Knobs are written `$name`; a list stands last in `IN ($name)`, `word_in(text, $name)`, `in_range(first, last, $name)`.
All faults are told at once, each with `line:column`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

from sqlglot import exp

from hygie.engine.portable_check import Problem, check
from hygie.engine.portable_macros import DIALECTS, OPEN_ENDED, lower_macros, macro_name
from hygie.engine.portable_parse import parse
from hygie.errors import QueryError

__all__ = ["Compiled", "Problem", "columns_of", "compile_rule", "problems_of"]
ANY_DATE = datetime(2026, 1, 31, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Compiled:
    """A rule ready to run: its SQL in the dialect of the engine and the names of its columns."""

    sql: str
    columns: tuple[str, ...]


def compile_rule(
    sql: str,
    tables: Mapping[str, Collection[str]] | None = None,
    knobs: Mapping[str, Any] | None = None,
    dialect: str = "duckdb",
    *,
    as_of: datetime | None = None,
    today: datetime | None = None,
    where: str = "",
) -> Compiled:
    """Check a rule and write it for an engine; `where` says in which file it stands.

    >>> compile_rule("SELECT e.id FROM entity AS e WHERE e.kind = $kind", knobs={"kind": "device"}).sql
    "SELECT e.id FROM entity AS e WHERE e.kind = 'device'"
    >>> compile_rule("SELECT e.idd FROM entity AS e")
    Traceback (most recent call last):
    hygie.errors.QueryError: 1:10: `entity` has no column `idd` (did you mean `id`?)
    """
    del today  # ages of facts count to the date of judgement; staleness is judged outside of rules
    tree, problems = _read(sql, knobs or {}, tables)
    if problems or tree is None:
        raise _error(problems, where)
    bound = _bind(tree, knobs or {})
    lowered = lower_macros(bound, dialect, as_of or ANY_DATE)
    return Compiled(lowered.sql(DIALECTS[dialect]), _columns(tree))


def problems_of(
    sql: str, knobs: Mapping[str, Any], tables: Mapping[str, Collection[str]] | None = None
) -> Sequence[Problem]:
    """All faults of a rule, without raising."""
    return _read(sql, knobs, tables)[1]


def columns_of(sql: str) -> tuple[str, ...]:
    """The names of the columns that a sound rule gives."""
    tree, _ = parse(sql)
    return _columns(tree) if tree is not None else ()


def _columns(tree: exp.Query) -> tuple[str, ...]:
    return tuple(column.alias_or_name for column in tree.selects)


def _read(
    sql: str, knobs: Mapping[str, Any], tables: Mapping[str, Collection[str]] | None
) -> tuple[exp.Query | None, list[Problem]]:
    tree, problems = parse(sql)
    if tree is None:
        return None, list(problems)
    told = _checked(sql, frozenset(knobs)) if tables is None else check(tree, sql, tables, set(knobs))
    return tree, [*problems, *told, *_knob_problems(tree, sql, knobs)]


@lru_cache(maxsize=512)
def _checked(sql: str, knobs: frozenset[str]) -> Sequence[Problem]:
    """A rule is checked when it is loaded and again when it runs: once is enough."""
    tree, _ = parse(sql)
    return check(tree, sql, _declared(), knobs) if tree is not None else ()


@cache
def _declared() -> Mapping[str, Collection[str]]:
    from hygie.tables import arrow_schema, load_tables

    return {name: arrow_schema(name).names for name, found in load_tables().items() if found.stage != "assess"}


def _error(problems: Sequence[Problem], where: str) -> QueryError:
    told = "\n".join(f"{one.line}:{one.column}: {one.message}" for one in problems)
    hints = dict.fromkeys(one.hint for one in problems if one.hint)
    return QueryError(told, where=where, hint="; ".join(hints))


def _knob_problems(tree: exp.Query, sql: str, knobs: Mapping[str, Any]) -> list[Problem]:
    found = []
    for column in _knob_columns(tree):
        name = column.name[1:]
        value = knobs.get(name)
        if isinstance(value, (list, tuple)) and not (value and _takes_list(column)):
            hint = f"write `IN (${name})` or `word_in(text, ${name})`, and give it a value"
            found.append(Problem.at(column, sql, f"`${name}` is a list", hint))
        elif name in knobs and not isinstance(value, (list, tuple, str, int, float)):
            found.append(Problem.at(column, sql, f"`${name}` is neither text, number, yes/no nor a list"))
    return found


def _takes_list(column: exp.Column) -> bool:
    return isinstance(column.parent, exp.In) or (column.parent is not None and macro_name(column.parent) in OPEN_ENDED)


def _knob_columns(tree: exp.Query) -> list[exp.Column]:
    return [column for column in tree.find_all(exp.Column) if column.name.startswith("$")]


def _literal(value: Any) -> exp.Expr:
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, (int, float)):
        number = exp.Literal.number(abs(value))
        return exp.Neg(this=number) if value < 0 else number
    return exp.Literal.string(str(value))


def _bind(tree: exp.Query, knobs: Mapping[str, Any]) -> exp.Query:
    bound = tree.copy()
    for column in _knob_columns(bound):
        value = knobs[column.name[1:]]
        holder = column.parent
        if isinstance(value, (list, tuple)) and holder is not None:
            members = [one for one in holder.expressions if one is not column]
            holder.set("expressions", [*members, *map(_literal, value)])  # in a rule a list stands last
        else:
            column.replace(_literal(value))
    return bound
