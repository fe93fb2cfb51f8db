"""Compute under one math thread, so that sums do not depend on the number of cores."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from threadpoolctl import ThreadpoolController

# Read by math libraries when they are loaded: the environment of processes that are to have one
# thread each.
ONE_EACH = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "MKL_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
    ),
    "1",
)

Pair = tuple[Callable[[], int], Callable[[int], object]]


@contextmanager
def one_thread() -> Iterator[None]:
    """Set torch and the math libraries that are loaded to one thread; restore them on exit."""
    pairs = _settings(sys.modules.get("torch"), len(sys.modules))
    before = [get() for get, _ in pairs]
    for _, put in pairs:
        put(1)
    try:
        yield
    finally:
        for (_, put), threads in zip(pairs, before, strict=True):
            put(threads)


@lru_cache(maxsize=1)
def _settings(torch: Any, modules: int) -> list[Pair]:
    """List how the numbers of threads are read and set, anew once more modules are imported.

    Torch comes first, as it sets libraries too: what they have of their own is restored after it.
    """
    libraries = ThreadpoolController().lib_controllers
    pairs: list[Pair] = [
        (library.get_num_threads, library.set_num_threads) for library in libraries
    ]
    if hasattr(torch, "set_num_threads"):  # else it is absent, or still being imported
        pairs.insert(0, (torch.get_num_threads, torch.set_num_threads))
    return pairs


@contextmanager
def one_thread_for_children() -> Iterator[None]:
    """Let processes that start meanwhile load their math libraries with one thread."""
    before = {name: os.environ.get(name) for name in ONE_EACH}
    os.environ.update(ONE_EACH)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
