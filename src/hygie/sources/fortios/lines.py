"""The text of a FortiOS configuration as statements and words: quotes, escapes, values that span lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hygie.sources.base import Document, Refusal, number_lines
from hygie.sources.text_stream import decoded, utf8_stream

QUOTE_LINES, QUOTE_SIZE = 5000, 8 * 1024 * 1024
_WORD = re.compile(r"""(?:"(?:[^"\\]|\\.)*"|'[^'\n]*'|[^\s"'\\]|\\.|['"\\])+""", re.DOTALL)
_PIECE = re.compile(r"""("(?:[^"\\]|\\.)*"|'[^'\n]*')|\\(.)""", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def split_words(text: str) -> list[str]:
    r"""Words of a statement, quotes and escapes undone; what touches is one word.

    >>> split_words('set member "Salle 1" bare "new"_name "a \\"b\\""')
    ['set', 'member', 'Salle 1', 'bare', 'new_name', 'a "b"']
    """
    return [_PIECE.sub(_plain, word) for word in _WORD.findall(text)]


def _plain(found: re.Match[str]) -> str:
    if found[1] is None:
        return found[2]
    inner = found[1][1:-1]
    return _ESCAPE.sub(r"\1", inner) if found[1][0] == '"' else inner


def statements(document: Document) -> Iterator[tuple[int, str | Refusal]]:
    """Statements with the line they begin on; a quote that never closes costs its line, not the rest."""
    pending, size = list[tuple[int, str]](), 0
    with document.open() as stream:
        for number, line in number_lines(utf8_stream(stream)):
            if isinstance(line, Refusal):
                yield number, line
                continue
            pending.append((number, decoded(line)))
            size += len(line)
            was_open = len(pending) > 1
            if _odd_quotes(pending[-1][1]) == was_open:
                yield pending[0][0], "\n".join(text for _, text in pending)
                pending, size = [], 0
            elif len(pending) > QUOTE_LINES or size > QUOTE_SIZE:
                yield from _unclosed(pending)
                pending, size = [], 0
    if pending:
        yield from _unclosed(pending)


def _unclosed(pending: list[tuple[int, str]]) -> Iterator[tuple[int, str | Refusal]]:
    number = pending[0][0]
    yield number, Refusal(number, "a closing quote", "the line is cut: export the configuration again")
    for place, text in pending[1:]:
        if not _odd_quotes(text):
            yield place, text


def _odd_quotes(text: str) -> bool:
    if text.lstrip().startswith("#"):
        return False
    return _ESCAPE.sub("", text).count('"') % 2 == 1
