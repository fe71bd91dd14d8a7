"""Records that a tool wrote as JSON (lines, lists, objects spread over lines) or as XML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson

from hygie.errors import UnreadableError
from hygie.sources.base import Document, Refusal, number_lines
from hygie.sources.json_items import JsonWindow
from hygie.sources.text_stream import utf8_stream

EVENT_SIZE = 1024 * 1024
ANSWER = re.compile(r'\{\s*"(?:took|preview|results|hits|timed_out|init_offset)"\s*:(?![^\n]*"result"\s*:\s*\{)')
SPREAD = re.compile(r"(?:Record \d+\s*)?\{\s*\n|Record \d+\s*\{")
_EVENT = re.compile(rb"<Event[ >](?:(?!<Event[ >]).){0,1048576}?</Event>", re.DOTALL)
_ANSWER_LIST = re.compile(r'"(?:hits|results)"\s*:\s*\[')
_BETWEEN = re.compile(r"(?:[\s,]|Record \d+)*")


def json_records(document: Document) -> Iterator[tuple[int, Any]]:
    """Records of JSON lines, of a list (alone or in the answer of a search engine), or of objects spread over lines."""
    with document.open() as stream:
        start = utf8_stream(stream).read(4096).decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    if start.startswith("[") or ANSWER.match(start):
        return _item_records(document, re.compile(r"\[") if start.startswith("[") else _ANSWER_LIST)
    spread = SPREAD.match(start) is not None
    return _item_records(document, None) if spread else _line_records(document)


def _item_records(document: Document, opening: re.Pattern[str] | None) -> Iterator[tuple[int, Any]]:
    with document.open() as stream:
        window, position = JsonWindow(utf8_stream(stream), _BETWEEN), 0
        if opening is not None and not window.enter(opening):
            raise UnreadableError(
                "expected a list of events", where=document.name, hint="export one event on each line"
            )
        for position, item in enumerate(window.items(), 1):
            yield position, item
        if not (window.ended if opening is not None else window.exhausted):
            place = position + 1
            yield place, Refusal(place, "a whole JSON object", "the file is cut or damaged here: export it again")


def _line_records(document: Document) -> Iterator[tuple[int, Any]]:
    with document.open() as stream:
        for number, line in number_lines(utf8_stream(stream)):
            if isinstance(line, Refusal):
                yield number, line
            elif line.strip() and (number > 1 or line.strip(b"\xef\xbb\xbf \t")):
                yield number, _loads(number, line.removeprefix(b"\xef\xbb\xbf"))


def _loads(position: int, line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        pass
    try:
        return orjson.loads(line.decode("utf-8", "replace").rstrip().removesuffix(","))
    except (orjson.JSONDecodeError, RecursionError):
        return Refusal(position, "one JSON object on each line", "the line is cut or is not JSON")


def xml_records(document: Document) -> Iterator[tuple[int, Any]]:
    """Events as XML elements, one or several to a line, or spread over lines; positions are lines."""
    with document.open() as stream:
        pending, size, number = list[bytes](), 0, 1
        for line_number, line in number_lines(utf8_stream(stream)):
            if isinstance(line, Refusal):
                yield line_number, line
                pending, size = [], 0
                continue
            number = number if pending else line_number
            pending.append(line)
            size += len(line) + 1
            if b"</Event>" in line or size > EVENT_SIZE:
                yield from _events_in(b"\n".join(pending), number)
                pending, size = [], 0
        if b"<Event" in b"\n".join(pending):
            yield number, Refusal(number, "a whole <Event>…</Event>", "the file is cut: export it again")


def _events_in(pending: bytes, number: int) -> Iterator[tuple[int, Any]]:
    found = _EVENT.findall(pending)
    if not found:
        yield number, Refusal(number, "a whole <Event>…</Event>", "the element is cut or too large")
    for event in found:
        yield number, event.decode("utf-8", "replace")
