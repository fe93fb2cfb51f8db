"""Share memory between processes, without a name, so that nothing is left behind; it can grow."""

import math
import mmap
import os
import sys
import tempfile
import uuid
import weakref
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from forge.trinity.trinity import Array

T = TypeVar("T")

ALIGN = 64  # arrays begin at multiples of it [bytes]

if sys.platform == "win32":

    class SharedBytes:
        """Memory that processes share and that can grow; pass it to new processes.

        The system drops a mapping with the last process that has it open.

        Attributes:
            size: of the last view [bytes].
        """

        def __init__(self, name: str | None = None) -> None:
            self._name = name or f"forge-{uuid.uuid4().hex}"
            self.size = 0

        def view(self, size: int) -> mmap.mmap:
            """Map the first bytes. Another size is other memory, empty at first."""
            self.size = size
            return mmap.mmap(-1, size, tagname=f"{self._name}-{size}")

        def __reduce__(self) -> Any:
            return SharedBytes, (self._name,)

        def close(self) -> None:
            """Let go of it; views stay valid."""

else:

    class SharedBytes:
        """Memory that processes share and that can grow; pass it to new processes.

        It is a file without a name, in memory where the system has such files (Linux); pages that
        nobody has touched take no room.

        Attributes:
            size: of the last view [bytes].
        """

        def __init__(self, fd: int | None = None) -> None:
            self._fd = _unnamed_file() if fd is None else fd
            self.size = 0
            self.close = weakref.finalize(self, os.close, self._fd)

        def view(self, size: int) -> mmap.mmap:
            """Map the first bytes, as zeros where nobody has written. Views stay valid."""
            if os.fstat(self._fd).st_size < size:
                os.ftruncate(self._fd, size)
            self.size = size
            return mmap.mmap(self._fd, size)

        def __reduce__(self) -> Any:
            from multiprocessing.reduction import DupFd  # which Windows lacks

            return _received, (DupFd(self._fd),)

    def _received(fd: Any) -> SharedBytes:
        return SharedBytes(fd.detach())

    def _unnamed_file() -> int:
        if hasattr(os, "memfd_create"):
            return int(os.memfd_create("forge"))
        with tempfile.TemporaryFile() as file:
            return os.dup(file.fileno())


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
