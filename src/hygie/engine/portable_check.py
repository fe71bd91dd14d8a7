"""The allow-list of the portable subset: which constructs, functions, tables and columns a rule may use."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, ScopeType, traverse_scope

from hygie.engine.portable_macros import MACROS, macro_name, macro_problem

STRUCTURE: tuple[type[exp.Expr], ...] = (
    exp.Select, exp.Union, exp.From, exp.Join, exp.Where, exp.Group, exp.Having, exp.With, exp.CTE, exp.Subquery,
    exp.Table, exp.TableAlias, exp.Alias, exp.Identifier, exp.Column, exp.Literal, exp.Boolean, exp.Null, exp.Star,
    exp.Paren, exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In, exp.Between,
    exp.Exists, exp.Case, exp.If, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Neg, exp.DPipe, exp.Cast, exp.DataType,
    exp.Distinct, exp.Order, exp.Ordered, exp.Limit, exp.Window, exp.Filter, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Tuple,
)  # fmt: skip
FUNCTIONS: Mapping[type[exp.Expr], str] = {
    exp.Count: "count", exp.Sum: "sum", exp.Min: "min", exp.Max: "max", exp.Avg: "avg", exp.LogicalOr: "bool_or",
    exp.LogicalAnd: "bool_and", exp.Coalesce: "coalesce", exp.Nullif: "nullif", exp.Lower: "lower", exp.Upper: "upper",
    exp.Trim: "trim", exp.Abs: "abs", exp.Round: "round", exp.Length: "length", exp.Least: "least",
    exp.Greatest: "greatest", exp.RowNumber: "row_number",
}  # fmt: skip
CAST_TO = ("TEXT", "VARCHAR", "BIGINT", "INT", "DOUBLE", "BOOLEAN")
JOINS = ("INNER", "LEFT", "CROSS")
SEES_OUTSIDE = (ScopeType.SUBQUERY, ScopeType.SET_OPERATION)
MOST_NODES = 4000


@dataclass(frozen=True)
class Problem:
    """One fault of a rule: where, what, and what to do."""

    line: int
    column: int
    message: str
    hint: str = ""

    @classmethod
    def at(cls, node: exp.Expr, sql: str, message: str, hint: str = "") -> Problem:
        """A fault at the place of a node."""
        return cls(*place(node, sql), message, hint)


def place(node: exp.Expr, sql: str) -> tuple[int, int]:
    """Line and column of a node, from 1; a node without place stands where its first part stands."""
    start = next((one.meta["start"] for one in node.walk(bfs=False) if "start" in one.meta), None)
    if start is None and node.parent is not None:
        return place(node.parent, sql)
    before = sql[: start or 0]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def check(tree: exp.Query, sql: str, tables: Mapping[str, Collection[str]], knobs: Collection[str]) -> list[Problem]:
    """All faults of a parsed rule, in the order of the text."""
    nodes = list(tree.walk(bfs=False))
    if len(nodes) > MOST_NODES:
        return [Problem(1, 1, f"a rule has at most {MOST_NODES} parts")]
    found = [problem for node in nodes for problem in _node_problems(node, sql)]
    found += _knob_problems(tree, sql, knobs)
    if not found:
        found += _scope_problems(tree, sql, tables)
    return sorted(set(found), key=lambda one: (one.line, one.column, one.message))


def _node_problems(node: exp.Expr, sql: str) -> Iterator[Problem]:
    name = macro_name(node)
    if name in MACROS:
        if told := macro_problem(node):
            yield Problem.at(node, sql, told)
    elif isinstance(node, exp.Func) and not isinstance(node, (*STRUCTURE, *FUNCTIONS)):
        yield _unknown_function(node, sql)
    elif type(node) not in FUNCTIONS and not isinstance(node, STRUCTURE):
        yield Problem.at(node, sql, f"`{node.key.upper()}` is outside the portable subset", "see docs/architecture.md")
    yield from _detail_problems(node, sql)


def _unknown_function(node: exp.Func, sql: str) -> Problem:
    meta = node.meta
    said = sql[meta["start"] : meta["end"] + 1].lower() if "start" in meta else node.sql_name().lower()
    allowed = sorted([*FUNCTIONS.values(), *MACROS])
    hint = f"allowed: {', '.join(allowed)}"
    if "diff" in said:
        hint = "engines count differently: use `seconds(a, b)` or `days_since(t)`"
    near = _suggest(said, difflib.get_close_matches(said, allowed, 1, 0.75)) if "diff" not in said else ""
    told = f"the function `{said}` is outside the portable subset{near}"
    return Problem.at(node, sql, told, hint)


def _detail_problems(node: exp.Expr, sql: str) -> Iterator[Problem]:
    if isinstance(node, exp.Star) and not isinstance(node.parent, exp.Count):
        yield Problem.at(node, sql, "`*` is outside the portable subset", "name the columns")
    elif isinstance(node, exp.Cast) and node.to.this.name not in CAST_TO:
        yield Problem.at(node, sql, f"CAST to {node.to.sql()} is outside the portable subset", ", ".join(CAST_TO))
    elif isinstance(node, exp.With) and node.args.get("recursive"):
        yield Problem.at(node, sql, "WITH RECURSIVE is outside the portable subset", "closures are tables of the map")
    elif isinstance(node, exp.Union) and not isinstance(node, (exp.Except, exp.Intersect)):
        if node.args.get("by_name"):
            yield Problem.at(node, sql, "UNION BY NAME is outside the portable subset", "list columns in one order")
    elif isinstance(node, exp.Join):
        yield from _join_problems(node, sql)
    elif isinstance(node, exp.Table) and (node.args.get("db") or not isinstance(node.this, exp.Identifier)):
        yield Problem.at(node, sql, "a table is a declared name", "no functions, files or schemas in FROM")


def _join_problems(node: exp.Join, sql: str) -> Iterator[Problem]:
    kinds = {str(node.args.get(part) or "").upper() for part in ("kind", "side", "method")} - {"OUTER", ""}
    if kinds - set(JOINS):
        told = f"{' '.join(sorted(kinds))} JOIN is outside the portable subset"
        yield Problem.at(node, sql, told, "LEFT, INNER or CROSS")
    if node.args.get("using"):
        yield Problem.at(node, sql, "USING hides which column is meant", "write ON a.x = b.x")
    elif not node.args.get("on") and "CROSS" not in kinds:
        yield Problem.at(node, sql, "a JOIN without ON", "add ON, or write CROSS JOIN")


def _knob_problems(tree: exp.Query, sql: str, knobs: Collection[str]) -> Iterator[Problem]:
    for column in tree.find_all(exp.Column):
        name = column.name
        if name.startswith("$") and name[1:] not in knobs:
            yield Problem.at(column, sql, f"`{name}` is no knob of this rule{_suggest(name[1:], knobs)}")


def _suggest(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, list(known), 1, 0.5)
    if near:
        return f" (did you mean `{near[0]}`?)"
    return f" (there is {', '.join(sorted(known))})" if known else ""


def _scope_problems(tree: exp.Query, sql: str, tables: Mapping[str, Collection[str]]) -> Iterator[Problem]:
    for scope in traverse_scope(tree):
        sources = _sources(scope, tables)
        for source in scope.sources.values():
            if isinstance(source, exp.Table) and source.name not in tables:
                yield Problem.at(source, sql, f"no table is called `{source.name}`{_suggest(source.name, tables)}")
        outer = _outer(scope, tables)
        for column in scope.columns:
            if not column.name.startswith("$"):
                yield from _column_problems(column, sql, sources, outer)
        if isinstance(scope.expression, exp.Select):
            yield from _alias_problems(scope, sql, sources)


def _sources(scope: Scope, tables: Mapping[str, Collection[str]]) -> dict[str, Collection[str] | None]:
    """What each source of a scope offers; None when it is an unknown table, already told."""
    found: dict[str, Collection[str] | None] = {}
    for name, source in scope.selected_sources.items():
        inner = source[1]
        if isinstance(inner, Scope):
            found[name] = [column.alias_or_name for column in _selects(inner)]
        else:
            found[name] = tables.get(inner.name)
    return found


def _selects(scope: Scope) -> list[exp.Expr]:
    tree = scope.expression
    return list(tree.selects) if isinstance(tree, exp.Query) else []


def _outer(scope: Scope, tables: Mapping[str, Collection[str]]) -> dict[str, Collection[str] | None]:
    found: dict[str, Collection[str] | None] = {}
    parent = scope.parent if scope.scope_type in SEES_OUTSIDE else None
    while parent is not None:
        found = {**_sources(parent, tables), **found}
        parent = parent.parent if parent.scope_type in SEES_OUTSIDE else None
    return found


def _column_problems(
    column: exp.Column,
    sql: str,
    sources: Mapping[str, Collection[str] | None],
    outer: Mapping[str, Collection[str] | None],
) -> Iterator[Problem]:
    name, qualifier = column.name, column.table
    known = {**outer, **sources}
    if not qualifier:
        holders = [one for one, offered in sources.items() if offered is None or name in offered]
        if len(holders) > 1:
            yield Problem.at(column, sql, f"`{name}` is in {' and '.join(sorted(holders))}", "write which one is meant")
        elif not holders and not any(offered is None or name in offered for offered in outer.values()):
            offered_all = {one for offered in known.values() for one in offered or ()}
            yield Problem.at(column, sql, f"no column is called `{name}` here{_suggest(name, offered_all)}")
    elif qualifier not in known:
        told = f"`{qualifier}` is no table of this SELECT{_suggest(qualifier, known)}"
        yield Problem.at(column.args["table"], sql, told)
    else:
        offered = known[qualifier]
        if offered is not None and name not in offered:
            real = _real_name(column, qualifier)
            yield Problem.at(column, sql, f"`{real}` has no column `{name}`{_suggest(name, offered)}")


def _real_name(column: exp.Column, qualifier: str) -> str:
    tables = column.root().find_all(exp.Table)
    return next((one.name for one in tables if one.alias_or_name == qualifier), qualifier)


def _alias_problems(scope: Scope, sql: str, sources: Mapping[str, Collection[str] | None]) -> Iterator[Problem]:
    """Some engines see the alias before the column: an alias must not hide a column of its own input."""
    offered = {name for columns in sources.values() for name in columns or ()}
    for chosen in _selects(scope):
        if isinstance(chosen, exp.Alias) and chosen.alias in offered:
            same = isinstance(chosen.this, exp.Column) and chosen.this.name == chosen.alias
            if not same:
                told = f"the alias `{chosen.alias}` hides a column of its input"
                yield Problem.at(chosen, sql, told, "choose another name")
