"""Turn columns of text or numbers into typed columns; what cannot be turned becomes empty, for the caller to refuse.

Addresses, names and words are handled once per distinct value: a log of a million lines holds a few thousand.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hygie.sources import moments

TIME = pa.timestamp("us", tz="UTC")
LATEST = 253_402_300_799.0
GREATEST = 2**62
_NUMBER = r"^-?\d{1,20}(\.\d{1,20})?([eE][+-]?\d{1,3})?$"
_WHOLE = r"^(\d{1,18}|[1-8]\d{18})$"
_ESCAPE = re.compile(r"\\x([0-9A-Fa-f]{2})")


def _is_text(column: Any) -> bool:
    return bool(pa.types.is_string(column.type) or pa.types.is_large_string(column.type))


def _cast(column: Any, kind: Any, shape: str) -> Any:
    """Cast text; values of another shape become empty."""
    try:
        return pc.cast(column, kind)
    except pa.ArrowInvalid:
        fits = pc.fill_null(pc.match_substring_regex(column, shape), False)
        return pc.cast(pc.if_else(fits, column, pa.scalar(None, column.type)), kind)


def numbers(column: Any) -> Any:
    """A column of numbers, zero or more.

    >>> numbers(pa.array(["0.5", "-1", "x", None, "nan"])).to_pylist()
    [0.5, None, None, None, None]
    """
    found = _cast(column, pa.float64(), _NUMBER) if _is_text(column) else pc.cast(column, pa.float64(), safe=False)
    sound = pc.and_(pc.greater_equal(found, 0.0), pc.less(found, float(GREATEST)))
    return pc.if_else(pc.fill_null(sound, False), found, pa.scalar(None, pa.float64()))


def integers(column: Any, greatest: int = GREATEST) -> Any:
    """A column of whole numbers from zero up to a greatest one.

    >>> integers(pa.array(["80", "70000", "-1", "x", None]), 65535).to_pylist()
    [80, None, None, None, None]
    """
    if _is_text(column):
        found = _cast(column, pa.int64(), _WHOLE)
    elif pa.types.is_floating(column.type):
        found = pc.cast(numbers(column), pa.int64(), safe=False)
    else:
        found = pc.cast(column, pa.int64())
    sound = pc.and_(pc.greater_equal(found, 0), pc.less_equal(found, greatest))
    return pc.if_else(pc.fill_null(sound, False), found, pa.scalar(None, pa.int64()))


def times(column: Any) -> Any:
    """A column of times, from epoch seconds (number or text) or ISO text.

    >>> written = pa.array(["1379288667.706265", "2013-09-15T23:44:27.706265Z", "x", None])
    >>> [str(time) for time in times(written).to_pylist()]
    ['2013-09-15 23:44:27.706265+00:00', '2013-09-15 23:44:27.706265+00:00', 'None', 'None']
    """
    if not _is_text(column):
        return _from_seconds(numbers(column))
    found = _from_seconds(numbers(column))
    if found.null_count == column.null_count:
        return found
    written = [_iso(value) if value and known is None else None for value, known in _pairs(column, found)]
    return pc.coalesce(found, pa.array(written, TIME))


def _pairs(column: Any, found: Any) -> Any:
    return zip(column.to_pylist(), found.cast(pa.int64()).to_pylist(), strict=True)


def _from_seconds(seconds: Any) -> Any:
    sound = pc.fill_null(pc.less(seconds, LATEST), False)
    micros = pc.round(pc.multiply(pc.if_else(sound, seconds, pa.scalar(None, pa.float64())), 1e6))
    return pc.cast(pc.cast(micros, pa.int64(), safe=False), TIME)


def _iso(text: str) -> datetime | None:
    moment = moments.parse(text)
    if moment is None:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def by_value(column: Any, turn: Callable[[str], Any], kind: Any = None) -> Any:
    """Turn each distinct text once.

    >>> by_value(pa.array(["a", None, "b", "a"]), str.upper).to_pylist()
    ['A', None, 'B', 'A']
    """
    encoded = column if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column)
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    values = encoded.dictionary.to_pylist()
    turned = [turn(value) for value in values]
    if turned == values and kind is None:
        return pc.cast(column, pa.string())
    return pa.array(turned, kind or pa.string()).take(encoded.indices)


def unescape(text: str) -> str:
    r"""Undo the `\xNN` of a sensor that writes only ASCII.

    >>> unescape(r"caf\xc3\xa9"), unescape(r"a\x00b")
    ('café', 'a�b')
    """
    if "\\x" not in text:
        return text
    data = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    with suppress(UnicodeEncodeError):
        data = data.encode("latin-1").decode("utf-8", "replace")
    return data.replace("\0", "\ufffd")
