"""Packing: what comes back behaves like what was packed."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forge.blade.state import LIFE
from forge.errors import StateError
from forge.ethyr.pack import digest, pack, unpack

LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
    | st.binary()
)  # fmt: skip
TREES = st.recursive(
    LEAVES,
    lambda t: st.lists(t) | st.dictionaries(st.text(), t) | st.tuples(t, t),
    max_leaves=8,
)


@given(TREES)
def test_tree_comes_back_as_it_was(tree):
    again = unpack(pack(tree))
    assert again == tree
    assert repr(again) == repr(tree)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype=np.int16).reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.zeros((0, 4), np.float32),
        np.array(3.5),
        np.arange(10)[::2],
        np.ones(3, LIFE),
        np.array(["a", "bc"]),
    ],
)
def test_array_keeps_dtype_shape_and_order(array):
    again = unpack(pack(array))
    assert again.dtype == array.dtype
    assert again.flags.f_contiguous == (array.flags.f_contiguous or array[::].ndim == 1)
    assert np.array_equal(again, array)


def test_records_come_back_with_attributes():
    assert unpack(pack(np.ones(3, LIFE)))[1].lifetime == 1


def test_numpy_scalar_stays_one():
    assert type(unpack(pack(np.float32(0.1)))) is np.float32


def test_unpacked_arrays_can_be_written_to():
    unpack(pack(np.zeros(3)))[0] = 1


def test_order_of_entries_survives():
    assert list(unpack(pack({"b": 1, "a": 2}))) == ["b", "a"]


@pytest.mark.parametrize(
    ("tree", "complaint"),
    [
        ({"a": {1: 2}}, r"state\['a'\] has the key 1"),
        ({"a": [0, {1}]}, r"state\['a'\]\[1\] is a set"),
        (np.array([None]), "array of Python objects"),
        ({"net": object}, r"state\['net'\] is a type"),
    ],
)
def test_what_cannot_be_committed_is_named(tree, complaint):
    with pytest.raises(StateError, match=complaint):
        pack(tree)


def test_bytes_are_the_same_in_every_process():
    code = "from forge.ethyr.pack import *; print(digest(pack({'a': [1, 2.5], 'b': ()})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == digest(pack({"a": [1, 2.5], "b": ()}))
