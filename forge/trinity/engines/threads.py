"""Compute under one math thread, so that sums do not depend on the number of cores."""

import ctypes
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import numpy as np

# Read by math libraries when they are loaded: for processes that are about to start.
_VARIABLES = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)

Pair = tuple[Callable[[], int], Callable[[int], None]]


@contextmanager
def one_thread() -> Iterator[None]:
    """Set torch and NumPy to one thread; restore their settings on exit."""
    pairs = settings()
    before = [get() for get, _ in pairs]
    for _, put in pairs:
        put(1)
    try:
        yield
    finally:
        for (_, put), threads in zip(pairs, before, strict=True):
            put(threads)


def settings() -> list[Pair]:
    """List how the numbers of threads are read and set, NumPy's first; torch may be missing."""
    return [pair for pair in (_openblas(), _torch()) if pair is not None]


@contextmanager
def one_thread_for_children() -> Iterator[None]:
    """Let processes that start meanwhile load their math libraries with one thread."""
    before = {name: os.environ.get(name) for name in _VARIABLES}
    os.environ.update(dict.fromkeys(_VARIABLES, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _torch() -> Pair | None:
    """Find torch's setting, if torch has been imported."""
    torch = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "set_num_threads"):
        return None
    return torch.get_num_threads, torch.set_num_threads


@lru_cache(maxsize=1)
def _openblas() -> Pair | None:
    """Find the setting of the OpenBLAS that NumPy's wheels bring along, if it is there."""
    package = Path(np.__file__).parent
    for folder in (package.parent / "numpy.libs", package / ".libs", package / ".dylibs"):
        for path in folder.glob("*openblas*"):
            pair = _functions(ctypes.CDLL(str(path)))
            if pair is not None:
                return pair
    return None


def _functions(library: ctypes.CDLL) -> Pair | None:
    for prefix in ("scipy_openblas", "openblas"):
        for suffix in ("64_", "_64_", ""):
            get = getattr(library, f"{prefix}_get_num_threads{suffix}", None)
            put = getattr(library, f"{prefix}_set_num_threads{suffix}", None)
            if get is not None and put is not None:
                return get, put
    return None
