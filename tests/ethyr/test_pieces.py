"""Samples find their piece of a life, and the sample before."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from forge.ethyr.pieces import pieces, waves


def test_a_death_ends_a_piece_and_the_next_in_that_slot_begins_another():
    slot = np.array([0, 1, 0, 1, 0, 1], np.int32)  # three ticks of two agents
    terminated = np.array([0, 0, 1, 0, 0, 0], np.bool_)  # slot 0 dies in the second
    assert pieces(slot, terminated).tolist() == [0, 1, 0, 1, 2, 1]


def test_waves_follow_each_piece_in_time():
    found = waves(np.array([3, 5, 3, 5, 5], np.int32), [0, 4, 5])
    assert found.samples.tolist() == [0, 1, 2, 3, 4]
    assert found.sizes == [2, 2, 1]
    assert found.before.tolist() == [-1, -1, 0, 1, 1]  # places in the wave before
    assert found.bounds == [[0, 2, 2], [0, 2, 2], [0, 0, 1]]


def test_no_sample_makes_no_wave():
    empty = np.zeros(0, np.int32)
    assert len(pieces(empty, empty.astype(np.bool_))) == 0
    assert waves(empty, [0, 0]).sizes == []


@given(st.lists(st.integers(0, 4), min_size=1, max_size=30))
def test_waves_are_each_sample_once_after_the_one_before(numbers):
    piece = np.array(numbers, np.int32)
    found = waves(piece, [0, len(piece)])
    starts = np.cumsum([0, *found.sizes])
    assert sorted(found.samples.tolist()) == list(range(len(piece)))
    for wave in range(1, len(found.sizes)):
        for k in range(starts[wave], starts[wave + 1]):
            previous = found.samples[starts[wave - 1] + found.before[k]]
            mine = np.flatnonzero(piece == piece[found.samples[k]])
            assert mine[wave - 1 : wave + 1].tolist() == [previous, found.samples[k]]
