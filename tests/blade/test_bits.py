"""Bit sets."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from forge.blade.bits import bit_set, has, lowest_bit
from forge.blade.jit import lean


@lean
def _lowest(word: np.uint64) -> int:
    return lowest_bit(word)


@lean
def _has(members: np.int64, number: np.uint8) -> bool:
    return has(members, number)


@settings(deadline=None)  # the first example compiles
@given(st.integers(0, 63), st.integers(0, 2**64 - 1))
def test_the_lowest_bit_is_found_whatever_is_above(position, above):
    word = (1 << position) | (above << (position + 1)) & (2**64 - 1)
    assert _lowest(np.uint64(word)) == position


@settings(deadline=None)
@given(st.sets(st.integers(0, 62)), st.integers(0, 62))
def test_a_set_has_its_members(members, number):
    assert _has(bit_set(members), np.uint8(number)) == (number in members)
