"""Share growing memory between processes, without a file name, so that nothing is left behind.

Memory is reserved before anyone writes, so that a lack of it is an error and no crash. Arrays begin
at multiples of 64 bytes, so that arithmetic on them is the same in every process.
"""

import errno
import math
import mmap
import os
import sys
import tempfile
import uuid
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np

from forge.errors import ForgeError
from forge.trinity.trinity import Array

T = TypeVar("T")

ALIGN = 64  # arrays begin at multiples of this [bytes]
_BLOCK = bytes(2**20)  # zeros to write where the system cannot reserve memory
_UNKNOWN = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM)  # the call is not offered


def _no_room(error: OSError, size: int = 0) -> ForgeError:
    """Make the error for memory that cannot be shared, with advice."""
    amount = f"{size / 2**20:.1f} MiB of " if size else ""
    return ForgeError(
        f"no room for {amount}memory that processes share ({error.strerror or error}): give the "
        "machine or its container more (docker run --shm-size=1g, ulimit -f unlimited), use "
        "fewer realms, or compute in one process: --engine serial"
    )


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
            """Map the first bytes. Another size gives other memory, empty at first.

            Raises:
                ForgeError: if there is no room.
            """
            self.size = size
            try:
                return mmap.mmap(-1, size, tagname=f"{self._name}-{size}")
            except OSError as error:
                raise _no_room(error, size) from None

        def __reduce__(self) -> Any:
            return SharedBytes, (self._name,)

        def close(self) -> None:
            """Release the memory; views stay valid."""

else:

    class SharedBytes:
        """Memory that processes share and that can grow; pass it to new processes.

        It is a file without a name, in memory where the system has such files (Linux).

        Attributes:
            size: of the last view [bytes].
        """

        def __init__(self, fd: int | None = None) -> None:
            self._fd = _unnamed_file() if fd is None else fd
            self.size = 0
            self.close = weakref.finalize(self, os.close, self._fd)

        def fileno(self) -> int:
            """Return the file's descriptor."""
            return self._fd

        def view(self, size: int) -> mmap.mmap:
            """Map the first bytes, which are zeros until written. Earlier views stay valid.

            Raises:
                ForgeError: if there is no room.
            """
            self.size = size
            try:
                _reserve(self._fd, size)
                return mmap.mmap(self._fd, size)
            except OSError as error:
                raise _no_room(error, size) from None

        def __reduce__(self) -> Any:
            from multiprocessing.reduction import DupFd  # which Windows lacks

            return _received, (DupFd(self._fd),)

    def _received(fd: Any) -> SharedBytes:
        return SharedBytes(fd.detach())

    def _unnamed_file() -> int:
        try:
            if hasattr(os, "memfd_create"):
                with _if_offered():
                    return int(os.memfd_create("forge"))
            with tempfile.TemporaryFile() as file:
                return os.dup(file.fileno())
        except OSError as error:
            raise _no_room(error) from None

    @contextmanager
    def _if_offered() -> Iterator[None]:
        """Ignore the error of a call that the system does not offer."""
        try:
            yield
        except OSError as error:
            if error.errno not in _UNKNOWN:
                raise

    def _reserve(fd: int, size: int) -> None:
        """Extend a file to this size, with reserved space."""
        start = os.fstat(fd).st_size
        if start >= size:
            return
        known = "SC_PHYS_PAGES" in os.sysconf_names
        if known and size > os.sysconf("SC_PHYS_PAGES") * mmap.PAGESIZE:  # do not even try
            raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
        if hasattr(os, "posix_fallocate"):
            with _if_offered():
                return os.posix_fallocate(fd, start, size - start)
        while start < size:
            start += os.pwrite(fd, _BLOCK[: size - start], start)


class _Placer:
    """Allocate arrays one after the other; without memory, only add up their size."""

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


def room_for(build: Callable[[Any], object]) -> int:
    """Compute the memory that ``placed`` takes for the same arrays [bytes]."""
    sizing = _Placer()
    build(sizing)
    return max(sizing.size, ALIGN)


def placed(memory: SharedBytes, build: Callable[[Any], T]) -> T:
    """Lay arrays out in shared memory, in the same way in every process with the same ``build``.

    Args:
        memory: the memory.
        build: called with a function that allocates an array of a shape and dtype; once to find
            out the size, then again.

    Returns:
        The result of ``build``.
    """
    return build(_Placer(memory.view(room_for(build))))
