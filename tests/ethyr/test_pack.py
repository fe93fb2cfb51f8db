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


def scattered(size, used, seed=0):
    """Make bytes of which so many words are not 0, wherever they lie: uint8 (size,)."""
    rng = np.random.default_rng(seed)
    words = rng.permutation(-(-size // 8))[:used]
    places = np.minimum(8 * words + rng.integers(8, size=len(words)), size - 1)
    array = np.zeros(size, np.uint8)
    array[places] = rng.integers(1, 256, len(words))
    return array


LARGE = st.builds(scattered, st.integers(4090, 4300), st.integers(0, 540), st.integers(0, 9))


def body(data):
    """Cut off the header."""
    length = int.from_bytes(data[:8], "little")
    return data[8 + length + -length % 8 :]


def naive_body(raw):
    """Write an array's bytes word by word."""
    dense = raw + bytes(-len(raw) % 8)
    words = [dense[i : i + 8] for i in range(0, len(dense), 8)]
    bits = "".join("1" if any(word) else "0" for word in words)
    bits += "0" * (-len(bits) % 64)
    sparse = int(bits, 2).to_bytes(len(bits) // 8, "big") + b"".join(filter(any, words))
    return sparse if len(raw) >= 4096 and 4 * len(sparse) <= 3 * len(dense) else dense


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
        scattered(8000, 30).view(np.float32).reshape(2, 10, 100),
        np.asfortranarray(scattered(8000, 30).view(np.int32).reshape(50, 40)),
        scattered(9000, 30)[::2],
        scattered(100 * LIFE.itemsize, 30).view(LIFE),
        np.array(["a", *[""] * 999, "bcd"]),
    ],
)
def test_array_keeps_dtype_shape_and_order(array):
    again = unpack(pack(array))
    assert again.dtype == array.dtype
    assert again.flags.f_contiguous == (array.flags.f_contiguous or array[::].ndim == 1)
    assert again.tobytes(order="A") == array.tobytes(order="A")


def test_records_come_back_with_attributes():
    assert unpack(pack(np.ones(3, LIFE)))[1].lifetime == 1
    assert unpack(pack(np.zeros(100, LIFE)))[1].lifetime == 0


def test_numpy_scalar_stays_one():
    assert type(unpack(pack(np.float32(0.1)))) is np.float32


@pytest.mark.parametrize("size", [3, 3000])
def test_unpacked_arrays_can_be_written_to(size):
    data = pack(np.zeros(size))
    unpack(data)[0] = 1
    assert unpack(data)[0] == 0


@given(LARGE)
def test_large_array_is_written_as_word_by_word_and_comes_back(array):
    data = pack([array, 7])
    assert body(data) == naive_body(array.tobytes())
    assert len(body(data)) <= len(array) + 7
    again, seven = unpack(data)
    assert (again == array).all()
    assert seven == 7


@pytest.mark.parametrize(
    ("size", "used", "written"),
    [
        (4095, 0, 4096),  # too small: as it is, and padded
        (4096, 0, 64),  # 512 words: a bit for each
        (4096, 376, 3072),  # 64 + 376 × 8 bytes: three quarters of all
        (4096, 377, 4096),  # one word more: dense
        (4096, 512, 4096),
        (4097, 0, 72),  # 513 words: 65 bytes of bits, padded
        (4097, 513, 4104),
    ],
)
def test_array_is_sparse_where_that_saves_a_quarter(size, used, written):
    assert len(body(pack(scattered(size, used)))) == written


def test_equal_arrays_give_equal_bytes_wherever_they_lie():
    array = scattered(5000, 50)
    data = pack({"a": array, "b": array.tobytes()})
    apart = np.repeat(array, 2)[::2]
    assert pack({"a": apart, "b": bytearray(apart)}) == data
    assert pack(unpack(data)) == data


def test_what_only_equals_zero_survives_among_zeros():
    array = np.zeros(1000)
    array[3], array[5] = -0.0, np.nan
    again = unpack(pack(array))
    assert again.tobytes() == array.tobytes()
    assert np.signbit(again[3])


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
