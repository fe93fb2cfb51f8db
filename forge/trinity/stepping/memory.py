"""Place arrays in memory that processes share."""

import math
import mmap
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from forge.trinity.engines.sharing import SharedBytes
from forge.trinity.trinity import Array

T = TypeVar("T")

ALIGN = 64  # arrays begin at multiples of it [bytes]


class _Placer:
    """Allocate arrays one after the other; without memory only find out how much they need."""

    def __init__(self, memory: mmap.mmap | None = None) -> None:
        self.memory = memory
        self.size = 0

    def __call__(self, shape: int | tuple[int, ...], dtype: Any) -> Array:
        start, dtype = self.size, np.dtype(dtype)
        size = math.prod(shape if isinstance(shape, tuple) else (shape,)) * dtype.itemsize
        self.size += -(-size // ALIGN) * ALIGN
        if self.memory is None:
            return np.zeros(0, dtype)
        return np.ndarray(shape, dtype, self.memory, start)


def placed(memory: SharedBytes, build: Callable[[Any], T]) -> T:
    """Place arrays in shared memory, the same in every process that asks for the same.

    Args:
        memory: where.
        build: called with a function that allocates an array of some shape and dtype; once to
            find out how much is needed, then again.

    Returns:
        What build returned.
    """
    sizing = _Placer()
    build(sizing)
    return build(_Placer(memory.view(max(sizing.size, ALIGN))))
