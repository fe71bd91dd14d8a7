"""Records of `.evtx` files, chunk by chunk: a damaged one costs only its own records."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

import orjson

from hygie.errors import UnreadableError
from hygie.sources.base import Document, Refusal

EVTX_MAGIC, CHUNK_MAGIC = b"ElfFile\0", b"ElfChnk\0"
HEADER_SIZE, CHUNK_SIZE, CHUNKS_AT_ONCE = 4096, 65_536, 32
ERRORS_IN_A_GROUP = 4096


def binary_records(document: Document) -> Iterator[tuple[int, Any]]:
    """Every record of every chunk: the header is not trusted, it counts too few when the log was not closed."""
    with document.open() as stream:
        header = _exactly(stream, HEADER_SIZE)
        if len(header) < HEADER_SIZE or not header.startswith(EVTX_MAGIC):
            raise UnreadableError("expected the header of an .evtx file", where=document.name, hint="export it again")
        number, group = 0, list[bytes]()
        while chunk := _exactly(stream, CHUNK_SIZE):
            number += 1
            if chunk.startswith(CHUNK_MAGIC):
                if len(chunk) < CHUNK_SIZE:
                    yield number, Refusal(number, "a chunk of 65536 bytes", "the file is cut: export it again")
                group.append(chunk.ljust(CHUNK_SIZE, b"\0"))
            elif chunk.strip(b"\0"):
                yield number, Refusal(number, "a chunk of events", "this part of the file is damaged or never written")
            if len(group) == CHUNKS_AT_ONCE:
                yield from _parse_chunks(header, group)
                group = []
        yield from _parse_chunks(header, group)


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    while 0 < len(data) < size and (more := stream.read(size - len(data))):
        data += more
    return data


def _parse_chunks(header: bytes, chunks: list[bytes]) -> Iterator[tuple[int, Any]]:
    """Parse chunks one after the other; one that is damaged costs only its own records from there on."""
    for chunk in chunks:
        last = 0
        for record in _parse(_small_file(header, chunk)):
            if isinstance(record, str):
                place = last + 1 if last else max(int.from_bytes(chunk[24:32], "little", signed=True), 1)
                yield place, Refusal(place, "a readable event record", "this record of the log is damaged")
                continue
            last, data = record
            try:
                yield last, orjson.loads(data)
            except orjson.JSONDecodeError:
                yield last, Refusal(last, "a readable event record", "this record of the log is damaged")


def _small_file(header: bytes, chunk: bytes) -> bytes:
    head = bytearray(header)
    head[42:44] = (1).to_bytes(2, "little")
    head[120:124] = bytes(4)
    head[124:128] = zlib.crc32(bytes(head[:120])).to_bytes(4, "little")
    return bytes(head) + chunk


def _parse(data: bytes) -> Iterator[tuple[int, str] | str]:
    """Records of the library, or the text of its errors; a panic inside it ends the chunk, not the run."""
    import evtx

    try:
        records = iter(evtx.PyEvtxParser(io.BytesIO(data), 1).records_json())
        for _ in range(ERRORS_IN_A_GROUP):
            try:
                for record in cast("Iterator[dict[str, Any]]", records):
                    yield int(record["event_record_id"]), str(record["data"])
                return
            except (RuntimeError, ValueError, OSError) as error:
                yield str(error)
    except GeneratorExit:
        raise
    except BaseException as error:
        if isinstance(error, (KeyboardInterrupt, SystemExit, MemoryError)):
            raise
        yield str(error)
