"""Compute with one math thread, so that sums do not depend on the number of cores."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from threadpoolctl import ThreadpoolController

# Environment of processes with one math thread; math libraries read it when they are loaded.
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
    """Set torch and the loaded math libraries to one thread; restore them on exit."""
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
    """List getters and setters of thread counts, anew once more modules are imported.

    Torch comes first, as it also sets the libraries: their own counts are restored after it.
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
    """Set the environment so that processes started in the block compute with one math thread."""
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
