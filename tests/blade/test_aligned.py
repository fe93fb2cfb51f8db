"""Arrays that begin where a line of the cache does."""

import numpy as np
import pytest

from forge.blade import aligned
from forge.blade.copying import prefetch
from forge.blade.jit import lean
from forge.blade.records import AGENT


@pytest.mark.parametrize("shape", [7, (3, 5), (2, 3, 32)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8, AGENT])
def test_an_array_begins_with_a_line_of_the_cache(shape, dtype) -> None:
    for _ in range(5):
        array = aligned.zeros(shape, dtype)
        assert array.ctypes.data % aligned.LINE == 0
        assert array.shape == np.zeros(shape).shape
        assert array.dtype == dtype
        assert array.flags.c_contiguous
        assert array.flags.writeable
        assert not any(array.tobytes())


def test_an_empty_array_is_as_large_as_it_says() -> None:
    array = aligned.empty((4, 3), np.int64)
    array[...] = np.arange(12).reshape(4, 3)
    assert array.sum() == 66


@lean
def _ask_for_all(array: np.ndarray) -> None:
    for index in range(array.size):
        prefetch(array, index)


def test_asking_for_memory_changes_nothing() -> None:
    array = np.arange(40, dtype=np.float32).reshape(5, 8)
    _ask_for_all(array)
    assert array.ravel().tolist() == list(range(40))
