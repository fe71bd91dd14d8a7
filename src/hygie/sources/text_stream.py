"""Text of any usual encoding: Windows tools write UTF-16 with a mark, older ones their own code page."""

from __future__ import annotations

import codecs
from typing import BinaryIO, cast

UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
UTF8_MARK = b"\xef\xbb\xbf"


def utf8_stream(stream: BinaryIO) -> BinaryIO:
    r"""The stream as UTF-8 without a mark, turned from UTF-16 when its mark says so.

    >>> import io
    >>> [utf8_stream(io.BytesIO("é".encode(name))).read(9) for name in ("utf-16", "utf-8-sig", "utf-8")]
    [b'\xc3\xa9', b'\xc3\xa9', b'\xc3\xa9']
    """
    mark = stream.read(3)
    if mark[:2] in UTF16_MARKS:
        encoding = "utf-16-le" if mark[:2] == UTF16_MARKS[0] else "utf-16-be"
        return cast("BinaryIO", _Turned(stream, encoding, mark[2:]))
    return cast("BinaryIO", _Turned(stream, None, b"" if mark == UTF8_MARK else mark))


def decoded(line: bytes) -> str:
    r"""One line as text: UTF-8, else the encoding of western Windows.

    >>> decoded(b"caf\xc3\xa9"), decoded(b"caf\xe9")
    ('café', 'café')
    """
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


class _Turned:
    """A stream read through a decoder, block by block."""

    def __init__(self, stream: BinaryIO, encoding: str | None, first: bytes) -> None:
        self._stream, self._first = stream, first
        self._decoder = codecs.getincrementaldecoder(encoding)("replace") if encoding else None

    def read(self, size: int = -1) -> bytes:
        """A block; empty only at the end."""
        data, self._first = self._first + self._stream.read(size), b""
        if self._decoder is None:
            return data
        while data:
            if text := self._decoder.decode(data):
                return text.encode("utf-8", "replace")
            data = self._stream.read(size)
        return self._decoder.decode(b"", final=True).encode("utf-8", "replace")
