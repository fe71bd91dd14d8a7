"""The macros of rules, and what each engine makes of them. None relies on a guess of a transpiler."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlglot import exp

DIALECTS: Mapping[str, str] = {"duckdb": "duckdb", "spark": "spark"}
MACROS: Mapping[str, int] = {
    "as_of": 0,
    "days_since": 1,
    "seconds": 2,
    "bucket": 2,
    "day": 1,
    "matches": 2,
    "has": 2,
    "starts_with": 2,
    "word_in": 2,
    "in_range": 3,
    "percent": 2,
}
OPEN_ENDED = ("word_in", "in_range")
Node = exp.Expr


def macro_name(node: Node) -> str:
    """The macro a node calls, or nothing."""
    if isinstance(node, exp.Day):
        return "day"
    if isinstance(node, exp.StartsWith):
        return "starts_with"
    return node.name.lower() if isinstance(node, exp.Anonymous) else ""


def arguments(node: Node) -> list[Node]:
    """What a macro is called with."""
    if isinstance(node, exp.Day):
        return [node.this]
    if isinstance(node, exp.StartsWith):
        return [node.this, node.expression]
    return list(node.expressions)


def macro_problem(node: Node) -> str:
    """What is wrong with a call, or nothing."""
    name = macro_name(node)
    given = [one for one in arguments(node) if one is not None]
    if len(given) != MACROS[name] and not (name in OPEN_ENDED and len(given) > MACROS[name]):
        return f"`{name}` takes {MACROS[name]} arguments, found {len(given)}"
    if name == "matches":
        return _pattern_problem(given[1])
    return ""


def _pattern_problem(pattern: Node) -> str:
    import re2

    if isinstance(pattern, exp.Column) and pattern.name.startswith("$"):
        return ""
    if not (isinstance(pattern, exp.Literal) and pattern.is_string):
        return "the expression of `matches` is a text between quotes"
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern.this, options)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        said = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        return f"no RE2 expression: {said}"
    return ""


def lower_macros(tree: exp.Query, dialect: str, as_of: datetime) -> exp.Query:
    """Write every macro in the functions of one engine; inner calls first."""
    engine = DuckDB(as_of) if dialect == "duckdb" else Spark(as_of)
    calls = [node for node in tree.walk(bfs=False) if macro_name(node) in MACROS]
    for node in reversed(calls):
        lower: Callable[..., Node] = getattr(engine, macro_name(node))
        node.replace(exp.Paren(this=lower(*[one.copy() for one in arguments(node)])))
    return tree


def _call(function: str, *given: Any) -> Node:
    return exp.Anonymous(this=function, expressions=list(given))


def _number(value: int | float) -> Node:
    return exp.Literal.number(value)


def _divide(one: Node, other: Node) -> Node:
    # as it stands in both engines: a plain division of fractional numbers
    return exp.Div(this=exp.Paren(this=one), expression=other, typed=False, safe=False)


def _spaced(text: Node) -> Node:
    space = exp.Literal.string(" ")
    return exp.DPipe(this=exp.DPipe(this=space, expression=text), expression=space.copy())


class Engine:
    """What all engines share."""

    def __init__(self, as_of: datetime) -> None:
        self._moment = as_of.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00:00")

    def as_of(self) -> Node:
        """The date of judgement as a moment."""
        raise NotImplementedError

    def microseconds(self, time: Node) -> Node:
        """Microseconds since 1970."""
        raise NotImplementedError

    def from_seconds(self, seconds: Node) -> Node:
        """The moment so many seconds after 1970."""
        raise NotImplementedError

    def bucket(self, time: Node, size: Node) -> Node:
        """The start of the slice that holds a moment."""
        slice_size = exp.Paren(this=exp.Mul(this=size, expression=exp.Literal.number("1000000.0")))
        whole = _call("floor", _divide(self.microseconds(time), slice_size))
        return self.from_seconds(exp.Mul(this=whole, expression=size.copy()))

    def day(self, time: Node) -> Node:
        """Midnight UTC."""
        return self.bucket(time, _number(86400))

    def has(self, text: Node, part: Node) -> Node:
        """Whether the text holds a part."""
        return _call("contains", text, part)

    def days_since(self, time: Node) -> Node:
        """Days from a moment to the date of judgement."""
        return _divide(self.seconds(time, self.as_of()), _number(86400))

    def seconds(self, start: Node, end: Node) -> Node:
        """Seconds between two moments."""
        elapsed = exp.Sub(this=self.microseconds(end), expression=self.microseconds(start))
        return _divide(elapsed, exp.Literal.number("1000000.0"))

    def word_in(self, text: Node, *words: Node) -> Node:
        """Whether one of some words is in a list."""
        listed = _spaced(exp.Coalesce(this=text, expressions=[exp.Literal.string("")]))
        return exp.or_(*[self.has(listed.copy(), _spaced(word)) for word in words])

    def in_range(self, first: Node, last: Node, *numbers: Node) -> Node:
        """Whether one of some numbers lies between two others."""
        return exp.or_(*[exp.Between(this=number, low=first.copy(), high=last.copy()) for number in numbers])

    def percent(self, part: Node, whole: Node) -> Node:
        """A percentage."""
        hundred = exp.Mul(this=exp.Literal.number("100.0"), expression=exp.Paren(this=part))
        zero = exp.EQ(this=exp.Paren(this=whole), expression=_number(0))
        result = _divide(hundred, exp.Paren(this=whole.copy()))
        return exp.Case(ifs=[exp.If(this=zero, true=exp.Null())], default=result)


class DuckDB(Engine):
    """DuckDB."""

    def as_of(self) -> Node:
        """The date of judgement as a moment."""
        return exp.Cast(this=exp.Literal.string(self._moment), to=exp.DataType.build("TIMESTAMPTZ"))

    def microseconds(self, time: Node) -> Node:
        """Microseconds since 1970."""
        return _call("epoch_us", time)

    def from_seconds(self, seconds: Node) -> Node:
        """The moment so many seconds after 1970."""
        return _call("to_timestamp", seconds)

    def matches(self, text: Node, pattern: Node) -> Node:
        """An RE2 expression."""
        return _call("regexp_matches", text, pattern)

    def starts_with(self, text: Node, part: Node) -> Node:
        """A start."""
        return _call("starts_with", text, part)


class Spark(Engine):
    """Spark SQL, session time zone UTC."""

    def as_of(self) -> Node:
        """The date of judgement as a moment."""
        return _call("to_timestamp", exp.Literal.string(self._moment))

    def microseconds(self, time: Node) -> Node:
        """Microseconds since 1970."""
        return _call("unix_micros", time)

    def from_seconds(self, seconds: Node) -> Node:
        """The moment so many seconds after 1970."""
        return _call("timestamp_seconds", seconds)

    def matches(self, text: Node, pattern: Node) -> Node:
        """A regular expression within RE2."""
        return _call("regexp_like", text, pattern)

    def starts_with(self, text: Node, part: Node) -> Node:
        """A start."""
        return _call("startswith", text, part)
