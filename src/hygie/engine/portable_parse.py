"""Reading a rule: its own small dialect, bounded in length and depth, with the place of every fault."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.tokens import Tokenizer as PlainTokenizer

from hygie.engine.portable_check import Problem, place

LONGEST = 20_000
DEEPEST = 120


class RuleDialect(Dialect):
    """Plain SQL in which `percent` is a name like any other."""

    class Tokenizer(PlainTokenizer):
        """The plain tokenizer without the keyword PERCENT."""

        KEYWORDS = {word: kind for word, kind in PlainTokenizer.KEYWORDS.items() if word != "PERCENT"}  # noqa: RUF012


@lru_cache(maxsize=512)
def parse(sql: str) -> tuple[exp.Query | None, Sequence[Problem]]:
    """The tree of a rule, or why there is none; callers copy the tree before they change it.

    >>> parse("DELETE FROM entity")[1][0].message
    'a rule is one SELECT'
    """
    if len(sql) > LONGEST or _depth(sql) > DEEPEST:
        return None, [Problem(1, 1, f"a rule has at most {LONGEST} characters and {DEEPEST} nested brackets")]
    try:
        tokens = RuleDialect().tokenize(sql)
        statements = RuleDialect().parser().parse(tokens, sql)
    except sqlglot.errors.ParseError as error:
        return None, [_from_error(one) for one in error.errors] or [Problem(1, 1, "this is no SQL")]
    except (sqlglot.errors.SqlglotError, RecursionError):
        return None, [Problem(1, 1, "this is no SQL")]
    tree = statements[0] if len(statements) == 1 else None
    if not isinstance(tree, (exp.Select, exp.Union)):
        return None, [Problem(1, 1, "a rule is one SELECT", "WITH … and UNION ALL are allowed")]
    return tree, _order_problems(tree, sql, tokens)


def _depth(sql: str) -> int:
    depth = deepest = 0
    for letter in sql:
        depth += (letter == "(") - (letter == ")")
        deepest = max(deepest, depth)
    return deepest


def _from_error(error: dict[str, Any]) -> Problem:
    said = str(error.get("description") or "this is no SQL").split("<Token")[0].split(" for <class")[0].strip()
    highlight = error.get("highlight")
    near = f" (near `{highlight}`)" if highlight else ""
    column = max(1, int(error.get("col") or 1) - len(str(highlight or "")) + 1)
    return Problem(int(error.get("line") or 1), column, said.rstrip(".") + near)


def _order_problems(tree: exp.Query, sql: str, tokens: list[Any]) -> list[Problem]:
    """Engines place nulls each in their own way: every ORDER BY must say where."""
    said = sum(
        token.text.upper() == "NULLS" and after.text.upper() in ("FIRST", "LAST") for token, after in pairwise(tokens)
    )
    ordered = list(tree.find_all(exp.Ordered))
    if said >= len(ordered):
        return []
    line, column = place(ordered[0], sql)
    return [Problem(line, column, "ORDER BY does not say where nulls go", "add NULLS FIRST or NULLS LAST")]
