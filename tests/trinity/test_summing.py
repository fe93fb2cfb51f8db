"""Sums along a tree: the same bits whoever adds which shards, in which order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forge.trinity.summing import Branches, total


def gradients(shards):
    """Make gradients whose sums depend on the order."""
    rng = np.random.default_rng(shards)
    return [rng.normal(size=(2, 3)).astype(np.float32) * 10 ** (i % 5) for i in range(shards)]


def shared_out(parts, owner):
    """Let every worker add up its shards; list what is left for the parent."""
    places, left = [part.copy() for part in parts], [None] * len(parts)
    for worker in set(owner):
        branches = Branches(places)
        for shard in np.flatnonzero(np.array(owner) == worker)[::-1].tolist():
            branches.add(shard)
        for first in branches.sizes:
            left[first] = places[first]
    return left


@given(st.lists(st.integers(0, 2), min_size=1, max_size=12))
def test_the_sum_does_not_depend_on_who_adds_what(owner):
    parts = gradients(len(owner))
    np.testing.assert_array_equal(total(shared_out(parts, owner)), total(parts))


@pytest.mark.parametrize("shards", [1, 2, 3, 4, 5, 8, 250])
def test_what_one_worker_holds_becomes_one_sum(shards):
    left = shared_out(gradients(shards), [0] * shards)
    assert [part is not None for part in left] == [True] + [False] * (shards - 1)


def test_two_halves_become_two_sums():
    left = shared_out(gradients(8), [0] * 4 + [1] * 4)
    assert [i for i, part in enumerate(left) if part is not None] == [0, 4]


def test_the_sum_is_that_of_all():
    parts = gradients(5)
    np.testing.assert_allclose(total(parts), np.sum(parts, 0), rtol=1e-6)


def test_shards_without_a_gradient_are_passed_over():
    one, two = gradients(2)
    np.testing.assert_array_equal(total([None, one, None, two]), one + two)
    assert total([None, None]) is None
    assert total([]) is None


def test_what_is_added_up_is_not_modified():
    parts = gradients(4)
    total(parts)
    np.testing.assert_array_equal(parts, gradients(4))


def test_another_sum_begins_with_nothing():
    branches = Branches([part.copy() for part in gradients(2)])
    branches.add(0)
    branches.clear()
    branches.add(1)
    assert branches.sizes == {1: 1}


def test_gradients_can_be_left_apart():
    branches = Branches(gradients(2), apart=True)
    for shard in (0, 1):
        branches.add(shard)
    assert branches.sizes == {0: 1, 1: 1}
    np.testing.assert_array_equal(branches.places, gradients(2))
