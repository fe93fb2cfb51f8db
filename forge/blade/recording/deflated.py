"""Write numbers plane by plane and deflated, and read them without trust.

Wider numbers than a byte are written plane by plane: first the lowest byte of each, then the next,
which deflates better.
"""

import zlib
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_LEVEL = 9  # of deflation


class ContentError(ValueError):
    """A chunk holds what no recorder writes; the message says what."""


def require(sound: bool, otherwise: str) -> None:
    """Raise a ContentError that says what is wrong, unless all is well."""
    if not sound:
        raise ContentError(otherwise)


def planes(array: Array) -> bytes:
    """Write the lowest byte of each element, then the next bytes …"""
    raw = np.ascontiguousarray(array).view(np.uint8).reshape(-1, array.dtype.itemsize)
    return raw.T.tobytes()


def elements(raw: bytes, dtype: Any) -> Array:
    """Read what ``planes`` wrote: (n,)."""
    size = np.dtype(dtype).itemsize
    flat = np.frombuffer(raw, np.uint8).reshape(size, len(raw) // size).T
    read: Array = np.ascontiguousarray(flat).reshape(-1).view(dtype)
    return read


def deflated(parts: Iterable[bytes]) -> bytes:
    """Join parts and deflate them."""
    return zlib.compress(b"".join(parts), _LEVEL)


def inflated(data: bytes, most: int) -> bytes:
    """Inflate at most so many bytes."""
    reader = zlib.decompressobj()
    try:
        raw = reader.decompress(data, most + 1)
    except zlib.error:
        raise ContentError("it cannot be inflated") from None
    require(len(raw) <= most and reader.eof and not reader.unused_data, "it has an odd size")
    return raw


class Cursor:
    """Take parts of bytes one after the other."""

    def __init__(self, raw: bytes) -> None:
        self._raw, self._at = raw, 0

    def take(self, count: int, dtype: Any) -> Array:
        """Read so many numbers, written plane by plane."""
        end = self._at + count * np.dtype(dtype).itemsize
        require(end <= len(self._raw), "it holds too little")
        part, self._at = self._raw[self._at : end], end
        return elements(part, dtype)

    def end(self) -> None:
        """Refuse what is left over."""
        require(self._at == len(self._raw), "it holds too much")
