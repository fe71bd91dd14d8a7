"""Items of a long JSON list, one by one, from a stream: memory is that of one item, and a cut list gives its start."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from hygie.sources.base import READ_SIZE

ITEM_LIMIT = 64 * 1024 * 1024
_DECODE = json.JSONDecoder().raw_decode
GAP = re.compile(r"[\s,]*")


class JsonWindow:
    r"""A window over JSON text, grown by as much as it holds, so that an item is rarely tried more than twice.

    >>> import io
    >>> window = JsonWindow(io.BytesIO(b'{"data": [1, {"a": 2}, "cut'))
    >>> window.enter(re.compile(r'"data": \[')), list(window.items()), window.ended
    (True, [1, {'a': 2}], False)
    """

    def __init__(self, stream: BinaryIO, gap: re.Pattern[str] = GAP) -> None:
        self.ended = False
        self.exhausted = False
        self._gap = gap
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._text = ""
        self._at = 0
        self._grow()

    def enter(self, start: re.Pattern[str]) -> bool:
        """Move just behind the opening of the list; false when the text has none."""
        found = start.search(self._text)
        while found is None and len(self._text) < ITEM_LIMIT and self._grow():
            found = start.search(self._text)
        self._at = found.end() if found else 0
        return found is not None

    def items(self) -> Iterator[Any]:
        """Every item up to the end of the list (`ended`) or of the text (`exhausted`), or to where the text breaks."""
        while self._skip_gap():
            if self._text[self._at] == "]":
                self.ended = True
                return
            found = self._next()
            if not found:
                return
            yield found[0]
        self.exhausted = True

    def _next(self) -> list[Any]:
        while True:
            try:
                item, end = _DECODE(self._text, self._at)
            except RecursionError:
                return []
            except ValueError:
                if len(self._text) - self._at > ITEM_LIMIT or not self._grow():
                    return []
                continue
            if end < len(self._text) or not self._grow():
                self._at = end
                return [item]

    def _grow(self) -> bool:
        """Read more and forget what was read; false at the end of the stream."""
        self._text, self._at = self._text[self._at :], 0
        data = self._stream.read(max(READ_SIZE, len(self._text)))
        self._text += self._decoder.decode(data, final=not data)
        return bool(data)

    def _skip_gap(self) -> bool:
        while True:
            gap = self._gap.match(self._text, self._at)
            self._at = gap.end() if gap else self._at
            if self._at < len(self._text) or not self._grow():
                return self._at < len(self._text)
