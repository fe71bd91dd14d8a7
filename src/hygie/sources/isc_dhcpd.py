"""Leases of the ISC DHCP server (`dhcpd.leases`, `dhcpd6.leases`) and reservations written as `host` blocks.

The file is a journal: one address may come several times, the last one holds. Every block is kept, in order. Times
are UTC unless the server was told to write them as `epoch` (UTC too) or the file is that of `db-time-format local`,
which writes `epoch` with the local time as a comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from hygie.sources import addresses, moments
from hygie.sources.base import Document, Item, Note, Refusal, Rows, Sample, number_lines
from hygie.sources.text_stream import utf8_stream

KIND = "isc-dhcpd-leases"
DEPTH_LIMIT = 16
TOKEN_LIMIT = 4096
STATEMENT_TOKENS = 256
ADDRESSES_OF_HOST = 64
SHOWN_LINES = 40
TWO_WORDS = frozenset({"binding", "hardware"})
KEPT = frozenset({"starts", "ends", "cltt", "uid", "client-hostname", "fixed-address", "fixed-address6", "deleted"})
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{};]|[^\s{};"#]+|#.*|"')
_PLAIN = re.compile(r"[ \t]*[a-z][^{};\"#]{1,200};[ \t]*$")
_LEASE = re.compile(r"^\s*(?:lease\s+[\d.]+|ia-(?:na|ta|pd)\s+\S.*|host\s+\S+)\s*\{", re.MULTILINE)
_LEASE_FACT = re.compile(r"\b(?:binding state|starts|cltt|hardware ethernet|iaaddr|fixed-address6?)\b")
_CONFIGURATION = re.compile(r"^\s*(?:subnet6?|shared-network|option domain-name)\b", re.MULTILINE)
_ESCAPE = re.compile(r"\\([0-7]{3}|.)")
_STAMP = re.compile(r"(\d{4})/(\d\d)/(\d\d) (\d\d):(\d\d):(\d\d)$")


@dataclass
class _Block:
    """One block that is open: what it is, where it began, its statements so far."""

    words: list[str]
    position: int
    facts: dict[str, list[str]] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return self.words[0].lower() if self.words else ""

    def first(self, name: str) -> list[str]:
        return self.facts.get(name, [])


def detect(sample: Sample) -> int:
    """Recognise lease blocks with a state or times; a server configuration with reservations is less sure."""
    text = sample.text
    if not _LEASE.search(text) or not _LEASE_FACT.search(text):
        return 70 if "written by isc-dhcp" in text else 0
    return 80 if _CONFIGURATION.search(text) else 96


def read(document: Document) -> Iterator[Item]:
    """Read every lease, address of an association and reservation as a row of `lease`."""
    rows, open_blocks, statement = Rows("lease"), list[_Block](), list[str]()
    began = 0
    for position, word in _tokens(document):
        if isinstance(word, list):
            if open_blocks and not statement:
                _keep(open_blocks[-1], word)
            statement, began = [], 0
        elif isinstance(word, Refusal):
            yield word
        elif word == "{":
            if len(open_blocks) >= DEPTH_LIMIT:
                yield Refusal(position, f"at most {DEPTH_LIMIT} nested blocks", "the file is damaged")
                return
            open_blocks.append(_Block(statement, began or position))
            statement, began = [], 0
        elif word == "}":
            if open_blocks:
                yield from _close(open_blocks, rows)
            statement, began = [], 0
            if rows.full:
                yield from rows.flush()
        elif word == ";":
            if open_blocks and statement:
                _keep(open_blocks[-1], statement)
            statement, began = [], 0
        elif len(statement) < STATEMENT_TOKENS:
            began = began or position
            statement.append(word)
    yield from rows.flush()
    if open_blocks:
        yield Refusal(open_blocks[0].position, "a block closed by }", "the file is cut here: copy it again")
        yield Note("complete", "false")


def show(document: Document, position: int) -> str:
    """The block that begins on a line, its lines joined, for a proof."""
    shown, depth = list[str](), 0
    for number, line in islice(document.lines(), position - 1, position - 1 + SHOWN_LINES):
        text = line.decode("utf-8", "replace").strip() if isinstance(line, bytes) else f"… {line.expected}"
        shown.append(text)
        depth += text.count("{") - text.count("}")
        if depth <= 0 and number >= position:
            break
    return " ".join(shown)


def _tokens(document: Document) -> Iterator[tuple[int, str | list[str] | Refusal]]:
    """Words and signs; a line that is one plain statement comes whole, as the list of its words."""
    with document.open() as stream:
        for number, line in number_lines(utf8_stream(stream)):
            if isinstance(line, Refusal):
                yield number, line
                continue
            text = line.decode("utf-8", "replace")
            if _PLAIN.match(text):
                yield number, text[: text.rindex(";")].split()
                continue
            for found in _TOKEN.finditer(text):
                word = found[0]
                if word.startswith("#"):
                    break
                if len(word) > TOKEN_LIMIT or word == '"':
                    yield number, Refusal(number, "a word or a closed text", "a quote is missing on this line")
                else:
                    yield number, word


def _keep(block: _Block, statement: list[str]) -> None:
    """File a statement under the word or two that make its name; others are not wanted."""
    first = statement[0].lower()
    if first in TWO_WORDS and len(statement) > 1:
        block.facts[f"{first} {statement[1].lower()}"] = statement[2:]
    elif first in KEPT:
        block.facts[first] = statement[1:]


def _close(open_blocks: list[_Block], rows: Rows) -> Iterator[Refusal]:
    block = open_blocks.pop()
    outer = open_blocks[-1] if open_blocks else None
    if block.kind == "lease":
        yield from _add(rows, block, block.words[1:2], _times(block))
    elif block.kind == "iaaddr" and outer is not None:
        yield from _add(rows, block, block.words[1:2], _times(block, outer), identity=_identity(outer))
    elif block.kind == "host" and block.first("fixed-address" if "fixed-address" in block.facts else "fixed-address6"):
        yield from _add_host(rows, block)


def _add_host(rows: Rows, block: _Block) -> Iterator[Refusal]:
    if "deleted" in block.facts:
        return
    words = [*block.first("fixed-address"), *block.first("fixed-address6")][:ADDRESSES_OF_HOST]
    for word in words:
        address = word.strip(",")
        if addresses.address(address) is not None:
            yield from _add(rows, block, [address], (None, None), state="static", name=" ".join(block.words[1:2]))


def _add(
    rows: Rows,
    block: _Block,
    words: list[str],
    times: tuple[datetime | None, datetime | None],
    *,
    state: str | None = None,
    identity: str | None = None,
    name: str | None = None,
) -> Iterator[Refusal]:
    address = addresses.address(words[0]) if words else None
    if address is None:
        yield Refusal(block.position, "an IP address after the kind of block", "the file is damaged here")
        return
    if state is None and not block.first("binding state") and times == (None, None):
        yield Refusal(block.position, "a binding state or times", "the lease block is cut")
        return
    identifier = identity or _identifier(block)
    rows.add(
        block.position,
        start=times[0],
        end=times[1],
        ip=address,
        mac=_mac(block.first("hardware ethernet")),
        host_name=_host(block.first("client-hostname")) or _host([name] if name else []),
        state=state or (" ".join(block.first("binding state")[:1]).lower() or None),
        client_identifier=identifier,
    )


def _times(block: _Block, outer: _Block | None = None) -> tuple[datetime | None, datetime | None]:
    last = block.first("cltt") or (outer.first("cltt") if outer is not None else [])
    return _moment(block.first("starts") or last), _moment(block.first("ends"))


def _moment(words: list[str]) -> datetime | None:
    """`2 2013/12/10 12:57:04` (a weekday, then UTC), `epoch 1507216949`, or `never`."""
    if len(words) >= 2 and words[0].lower() == "epoch":
        return moments.from_unix(int(words[1])) if words[1].isdecimal() and len(words[1]) < 13 else None
    found = _STAMP.match(" ".join(words[1:3])) if len(words) >= 3 else None
    if found is None:
        return None
    try:
        return datetime(*(int(part) for part in found.groups()), tzinfo=UTC)  # type: ignore[misc, arg-type]
    except ValueError:
        return None


def _mac(words: list[str]) -> str | None:
    return addresses.mac(words[0]) if words else None


def _host(words: list[str]) -> str | None:
    return addresses.host_name(_unescape(words[0]).decode("utf-8", "replace")) if words else None


def _identifier(block: _Block) -> str | None:
    words = block.first("uid")
    return _unescape(words[0]).hex() or None if words else None


def _identity(association: _Block) -> str | None:
    """The DUID of an association's name, which the server prefixes with four bytes of its number.

    A DUID often holds a MAC, but cloned machines share it and it outlives the card: it is no MAC of the client.
    """
    data = _unescape(association.words[1]) if len(association.words) > 1 else b""
    return data[4:].hex() or None


def _unescape(text: str) -> bytes:
    r"""The bytes of a text between quotes, `\ooo` and escaped letters undone; a bare word is itself."""
    body = text[1:-1] if len(text) > 1 and text[0] == '"' == text[-1] else text

    def byte(found: re.Match[str]) -> str:
        code: Any = found[1]
        return chr(int(code, 8) & 0xFF) if len(code) == 3 else {"n": "\n", "t": "\t", "r": "\r"}.get(code, code)

    return _ESCAPE.sub(byte, body).encode("latin-1", "replace") if body.isascii() else body.encode()
