"""Zeek logs as separated text: the header says how to read what follows, and may come again in one file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pcsv

from hygie.errors import UnreadableError
from hygie.sources.base import Refusal
from hygie.sources.zeek.framing import NEWLINE, NUL, RETURN, Lines
from hygie.sources.zeek.records import FIELDS, Records, field_name, log_of

MOST_FIELDS = 1000
MOST_HEADERS, USUAL_STRETCH = 1000, 1000
HASH = ord("#")
EXPORT = "export the log again with its header lines (#separator, #fields)"


@dataclass(frozen=True)
class Header:
    r"""What the lines that begin with `#` have said so far.

    >>> header = Header().after(b"#separator \\x7c").after(b"#path|conn").after(b"#fields|ts|uid")
    >>> header.separator, header.path, header.fields
    ('|', 'conn', ('ts', 'uid'))
    """

    separator: str = "\t"
    set_separator: str = ","
    empty: str = "(empty)"
    unset: str = "-"
    path: str = ""
    fields: tuple[str, ...] = field(default=())
    fault: str = ""

    def after(self, line: bytes) -> Header:
        """The header once this line is read too."""
        text = line.decode("utf-8", "replace")
        if text.startswith("#separator"):
            return self._separated(text.removeprefix("#separator").strip(" "))
        key, _, value = text[1:].partition(self.separator)
        if key == "fields":
            return self._with_fields(value.split(self.separator))
        names = {"set_separator": "set_separator", "empty_field": "empty", "unset_field": "unset", "path": "path"}
        known = names.get(key)
        changes: dict[str, Any] = {known: _unescaped(value)} if known and value else {}
        return replace(self, **changes)

    def _separated(self, written: str) -> Header:
        sign = _unescaped(written)
        if len(sign) != 1 or ord(sign) > 126 or sign in "\n\r\0":
            return replace(Header(), fault="one separator character after #separator")
        return self if sign == self.separator and not self.fault else Header(separator=sign)

    def _with_fields(self, names: list[str]) -> Header:
        if len(names) > MOST_FIELDS:
            return replace(self, fields=(), fault=f"at most {MOST_FIELDS} fields")
        return replace(self, fields=tuple(names), fault="")

    @property
    def log(self) -> str:
        """Which log this is: as the header says, else by its fields."""
        return self.path or log_of({field_name(name) for name in self.fields})


def _unescaped(text: str) -> str:
    if len(text) == 4 and text.startswith("\\x"):
        try:
            return chr(int(text[2:], 16))
        except ValueError:
            return text
    return text


class Separated:
    """Read blocks of lines one after the other, keeping the header between them."""

    def __init__(self, log: str) -> None:
        self.header = Header()
        self.usual_log = log
        self._stretches = 0

    def read(self, lines: Lines) -> Iterator[Records | Refusal]:
        """Records of every stretch of data lines; faulty lines are refused where they stand."""
        begin = 0
        for index in np.flatnonzero(lines.first_bytes() == HASH).tolist():
            header = self.header.after(lines.line(index))
            if header == self.header:
                continue
            if index > begin:
                yield from self._data(lines.part(begin, index))
            if header.fault and header.fault != self.header.fault:
                yield Refusal(lines.first + index, header.fault, EXPORT)
            self.header, begin = header, index + 1
        if begin < len(lines.ends):
            yield from self._data(lines if begin == 0 else lines.part(begin, len(lines.ends)))

    def _data(self, lines: Lines) -> Iterator[Records | Refusal]:
        """Records between two changes of the header; empty lines and other header lines are left out."""
        log, fields = self.header.log or self.usual_log, self.header.fields
        filled = lines.lengths > (lines.buffer[lines.ends - 1] == RETURN)
        sound = filled & (lines.first_bytes() != HASH)
        if not sound.any():
            return
        if not fields:
            yield from _refuse(lines, sound, "a #fields line before the records", EXPORT)
            return
        self._stretches += 1
        if self._stretches > MOST_HEADERS + lines.first // USUAL_STRETCH:
            raise UnreadableError(f"expected at most {MOST_HEADERS} changes of header", hint=EXPORT)
        for mask, expected, hint in self._faults(lines):
            if mask.any():
                yield from _refuse(lines, mask & sound, expected, hint)
                sound &= ~mask
        if sound.any():
            columns = parse(lines.kept(sound), self.header)
            yield Records(log, lines.numbers[sound], columns, self.header.set_separator)

    def _faults(self, lines: Lines) -> Iterator[tuple[Any, str, str]]:
        yield (
            lines.count(ord(self.header.separator)) != len(self.header.fields) - 1,
            f"{len(self.header.fields)} fields as announced by #fields",
            "the line is cut or damaged",
        )
        if b"\0" in lines.data:
            yield lines.count(NUL) > 0, "text without NUL bytes", "the line is damaged"
        if b"\r" in lines.data:
            at_end = lines.buffer[lines.ends - 1] == RETURN
            yield lines.count(RETURN) > at_end, "one record per line", "a carriage return stands inside the line"


def _refuse(lines: Lines, mask: Any, expected: str, hint: str) -> Iterator[Refusal]:
    for number in lines.numbers[mask].tolist():
        yield Refusal(number, expected, hint)


def parse(data: bytes, header: Header) -> dict[str, Any]:
    """Columns of text for the fields that are used, from lines known to be well formed."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        data = data.decode("utf-8", "replace").encode()
    names, wanted = _unique(header.fields)
    table = pcsv.read_csv(
        pa.BufferReader(data),
        pcsv.ReadOptions(column_names=names, block_size=len(data) + NEWLINE, use_threads=False),
        pcsv.ParseOptions(delimiter=header.separator, quote_char=False, double_quote=False, ignore_empty_lines=False),
        pcsv.ConvertOptions(
            column_types=dict.fromkeys(wanted, pa.string()),
            include_columns=list(wanted),
            null_values=[header.unset, header.empty, ""],
            strings_can_be_null=True,
            check_utf8=False,
        ),
    )
    return {wanted[name]: table[name] for name in table.column_names}


def _unique(fields: tuple[str, ...]) -> tuple[list[str], dict[str, str]]:
    """Names no two columns share, and which of them are used for what; the first of two equal names counts."""
    names = [f"{index}" for index in range(len(fields))]
    used: dict[str, str] = {}
    for index, written in enumerate(fields):
        present = field_name(written)
        if present in FIELDS and present not in used.values():
            used[str(index)] = present
    return names, used or {"0": "unused"}
