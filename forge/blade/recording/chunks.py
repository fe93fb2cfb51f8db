"""Frame the parts of a recording: bytes in, bytes out, no input or output.

A recording is a mark and a sequence of chunks, each written as a whole as soon as it is complete.
So whatever ends a recording, it can be read up to its last chunk. All numbers are little-endian:

    mark     8 bytes, then the version, u16
    chunk    kind u8, length u32, so many bytes, then a check of 8 bytes

A check covers its chunk and the check before it (blake2b), so that no chunk can be changed, left
out, or moved unnoticed. The kinds come in the order HEAD, STATE, TICKS …, END. A MOVE stands among
the TICKS where the realm came to another map.
"""

import hashlib
import struct
from collections.abc import Iterable
from typing import NamedTuple

MARK = b"\x89EMBYR\r\n"
VERSION = 2  # version 1 had no MOVE
OLDEST = 1  # version that can still be read
HEAD, STATE, TICKS, END, MOVE = range(1, 6)

_BEGINNING = MARK + struct.pack("<H", VERSION)
_FRAME = struct.Struct("<BI")
_CHECK = 8  # bytes


class Chunk(NamedTuple):
    """A part of a recording."""

    kind: int
    payload: bytes


def framed(chunks: Iterable[Chunk], check: bytes = b"") -> tuple[bytes, bytes]:
    """Write chunks.

    Args:
        chunks: the next ones of a recording.
        check: of the chunk before them; b"": they are the first.

    Returns:
        Their bytes, and the check of the last one.
    """
    parts = [] if check else [_BEGINNING]
    for chunk in chunks:
        raw = _FRAME.pack(chunk.kind, len(chunk.payload)) + chunk.payload
        check = _check(check, raw)
        parts += [raw, check]
    return b"".join(parts), check


def _check(before: bytes, raw: bytes) -> bytes:
    return hashlib.blake2b(before + raw, digest_size=_CHECK).digest()


def is_recording(data: bytes) -> bool:
    """Tell a recording by its mark."""
    return data[: len(MARK)] == MARK


def version(data: bytes) -> int:
    """Read the version of a recording; 0: it is cut off before that."""
    return int.from_bytes(data[len(MARK) : len(_BEGINNING)], "little")


def unframed(data: bytes) -> tuple[list[Chunk], str]:
    """Read the chunks of a recording.

    Returns:
        All that are whole, up to the first that is not, and what is wrong with that one; "": the
        data ends there.
    """
    chunks: list[Chunk] = []
    check, at = b"", len(_BEGINNING)
    while at < len(data):
        start = at + _FRAME.size
        if start > len(data):
            return chunks, "it is cut off"
        kind, length = _FRAME.unpack_from(data, at)
        end = start + length
        if end + _CHECK > len(data):
            return chunks, "it is cut off"
        check = _check(check, data[at:end])
        if data[end : end + _CHECK] != check:
            return chunks, "its bytes have changed"
        chunks.append(Chunk(kind, data[start:end]))
        at = end + _CHECK
    return chunks, ""
