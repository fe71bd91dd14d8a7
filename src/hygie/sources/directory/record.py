"""What the forms of a directory export share: lines, and a record being gathered from them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from hygie.sources.base import Document, Refusal, number_lines
from hygie.sources.text_stream import utf8_stream

LINE_LIMIT = 8 * 1024 * 1024
ENTRY_LIMIT = 64 * 1024 * 1024
MULTIPLE = frozenset({"objectclass", "member", "memberof", "uniquemember", "serviceprincipalname", "proxyaddresses"})
ATTRIBUTE = re.compile(rb"([A-Za-z][A-Za-z0-9.-]{0,200}(?:;[A-Za-z0-9=*.-]{1,100}){0,8}):(:|<)?[ \t]*")


@dataclass
class Record:
    """One record being gathered."""

    position: int
    attributes: dict[str, list[bytes]] = field(default_factory=dict)
    size: int = 0

    def keep(self, name: str, value: bytes) -> None:
        """One value more of an attribute."""
        self.attributes.setdefault(name, []).append(value)
        self.size += len(value) + 64


def lines_of(document: Document) -> Iterator[tuple[int, bytes | Refusal]]:
    """The lines of an export, numbered, whatever its encoding."""
    with document.open() as stream:
        yield from number_lines(utf8_stream(stream), LINE_LIMIT)
