"""Bit sets."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from forge.blade.bits import lowest_bit
from forge.blade.jit import lean


@lean
def _lowest(word: np.uint64) -> int:
    return lowest_bit(word)


@settings(deadline=None)  # the first example compiles
@given(st.integers(0, 63), st.integers(0, 2**64 - 1))
def test_the_lowest_bit_is_found_whatever_is_above(position, above):
    word = (1 << position) | (above << (position + 1)) & (2**64 - 1)
    assert _lowest(np.uint64(word)) == position
