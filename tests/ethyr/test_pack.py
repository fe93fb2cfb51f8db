"""Packing: what comes back behaves like what was packed."""

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forge.blade.records import LIFE
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


@pytest.mark.parametrize(
    "value",
    [
        np.datetime64("2024-02-03T04:05:06"),
        np.array(["NaT", "2024-02-03"], "M8[s]"),
        np.timedelta64(3, "h"),
        np.complex64(1 - 2j),
        np.array([1j, np.nan]),
        np.array([["a", "bcd"], ["", "é🜨"]]),
        np.array([b"x", b"yz"]),
        np.str_(""),
        np.arange(3, dtype=">i4"),
        np.float16(0.1),
        np.bool_(True),
        np.zeros(2, [("a", "U2"), ("b", "f4", (2,))]),
        np.zeros((0, 3, 0)),
        np.void(b"abc"),
    ],
)
def test_values_that_people_keep_come_back(value):
    again = unpack(pack(value))
    assert type(again) is type(value)
    assert np.array_equal(again, value) or np.asarray(again).tobytes() == value.tobytes()
    assert again.dtype == value.dtype


def test_numbers_that_are_not_finite_come_back():
    assert repr(unpack(pack([float("inf"), float("-inf"), float("nan")]))) == "[inf, -inf, nan]"


def nest(deep):
    tree = 1
    for _ in range(deep):
        tree = [tree]
    return tree


def test_a_hundred_levels_come_back():
    assert unpack(pack(nest(100))) == nest(100)


CIRCLE: dict = {}
CIRCLE["me"] = CIRCLE


@pytest.mark.parametrize(
    ("tree", "complaint"),
    [
        (nest(101), "nests deeper than 100, or holds itself"),
        (CIRCLE, "nests deeper than 100, or holds itself"),
        (10**3000, "state is a whole number of more than 8192 bits"),
        ([np.longdouble(1)], r"state\[0\] is an array of type .*cannot be committed"),
        (np.ma.masked_array([1, 2], [0, 1]), "state is a masked array: commit its data and"),
        (np.zeros(1, [("a", "i4"), ("b", "O")]), "array of Python objects"),
        (np.zeros(1, [(("title", "a"), "f4")]), "cannot be committed: "),
    ],
)
def test_what_could_not_be_read_back_is_not_written(tree, complaint):
    with pytest.raises(StateError, match=complaint):
        pack(tree)


def crafted(skeleton, described, raw=b"", header=None):
    """Put a packed state together by hand."""
    header = json.dumps([skeleton, described]).encode() if header is None else header
    return len(header).to_bytes(8, "little") + header + bytes(-len(header) % 8) + raw


def of(**changed):
    """Describe two float32, but for what is changed (None: left out)."""
    about = {"dtype": "<f4", "record": False, "shape": [2], "order": "C", "bytes": 8} | changed
    return [{name: value for name, value in about.items() if value is not None}]


def sparse(**changed):
    return of(**{"shape": [2048], "bytes": 8192, "words": 1} | changed)


ONE = {"array": 0}
BITS = b"\x80" + bytes(127)  # the first of 1024 words
CRAFTED = {
    "a pointer": (ONE, of(dtype="|O", shape=[1])),
    "a pointer in a record": (ONE, of(dtype=[["a", "|O"]], shape=[1])),
    "a record that is none": (ONE, of(record=True)),
    "record is a number": (ONE, of(record=1)),
    "a negative shape": (ONE, of(shape=[-2, -1])),
    "a shape of truth": (ONE, of(shape=[True, 2])),
    "a shape of reals": (ONE, of(shape=[2.0])),
    "a shape that is a number": (ONE, of(shape=2)),
    "a huge shape": (ONE, of(shape=[2**62, 2**62], bytes=2**126)),
    "a huge shape of nothing": (ONE, of(shape=[0, 2**61, 2**61], bytes=0), b""),
    "too many axes": (ONE, of(shape=[1] * 99 + [2])),
    "a shape that overflows to the size": (ONE, of(shape=[2**32, 2**32 + 2])),
    "more than there is": (ONE, of(shape=[10**15], bytes=4 * 10**15)),
    "less than its shape": (ONE, of(bytes=4)),
    "more than its shape": (ONE, of(bytes=16), bytes(16)),
    "bytes that are text": (ONE, of(bytes="8")),
    "another order": (ONE, of(order="K")),
    "no order": (ONE, of(order=None)),
    "another word": (ONE, of(extra=1)),
    "no description": (ONE, [3]),
    "sparse but small": (ONE, of(words=0), bytes(8)),
    "sparse with more words than bits": (ONE, sparse(words=2), BITS + bytes(16)),
    "sparse with fewer words than bits": (ONE, sparse(words=0), BITS),
    "sparse with too many words": (ONE, sparse(words=2000), BITS + bytes(16000)),
    "sparse with negative words": (ONE, sparse(words=-1), BITS),
    "sparse and cut off": (ONE, sparse(), BITS),
    "sparse and vast": (ONE, sparse(shape=[10**14], bytes=4 * 10**14), BITS + bytes(8)),
    "trailing bytes": (ONE, of(), bytes(16)),
    "an array that nobody wants": (1, of()),
    "an array twice": ([ONE, ONE], of()),
    "an array out of range": ({"array": 1}, of()),
    "an array from the end": ({"array": -1}, of()),
    "an array by name": ({"array": "0"}, of()),
    "an array by truth": ({"array": False}, of()),
    "an array by list": ({"array": []}, of()),
    "a scalar that is an array": ({"scalar": 0}, of()),
    "bytes that are floats": ({"bytes": 0}, of()),
    "an unknown tag": ({"class": 0}, of()),
    "two tags": ({"array": 0, "tuple": []}, of()),
    "no tag": ({}, []),
    "a dict that is a list": ({"dict": []}, []),
    "a tuple that is a number": ({"tuple": 3}, []),
    "deep nesting": (nest(101), []),
    "arrays that are a dict": (1, {}),
}


@pytest.mark.parametrize("name", CRAFTED)
def test_what_was_never_packed_is_refused(name):
    skeleton, described, *raw = CRAFTED[name]
    with pytest.raises(StateError, match=r"^a packed state is damaged: .+"):
        unpack(crafted(skeleton, described, *(raw or [bytes(8)])))


def test_the_crafted_state_that_is_sound_is_read():
    assert unpack(crafted(ONE, of(), bytes(8))).tolist() == [0, 0]
    assert unpack(crafted(ONE, sparse(), BITS + b"\1" * 8)).shape == (2048,)


@pytest.mark.parametrize(
    "header",
    [
        b"", b"[", b"\xff\xfe", b"[1]", b"[1,[],2]", b"{}", b"3", b"[" * 100_000,
        b'[{"dict":' * 50_000, b'[{"dict":{"a":1,"a":2}},[]]', b"[" + b"9" * 5000 + b",[]]",
        b"[" + b"9" * 4000 + b",[]]", "[1,[]]".encode("utf-16"),
    ],
)  # fmt: skip
def test_a_header_that_was_never_written_is_refused(header):
    with pytest.raises(StateError, match=r"^a packed state is damaged: .+"):
        unpack(crafted(None, None, header=header))


@pytest.mark.parametrize("data", [b"", b"\0" * 7, b"\xff" * 8, b"\xff" * 7 + b"\x7f" + b"[1,[]]"])
def test_a_length_past_the_end_is_refused(data):
    with pytest.raises(StateError, match="damaged"):
        unpack(data)


def test_every_cut_of_a_state_is_refused():
    data, refused = pack({"a": np.arange(9), "b": scattered(5000, 30), "c": (b"xy", None)}), 0
    for length in range(0, len(data), 7):
        with pytest.raises(StateError):
            unpack(data[:length])
        refused += 1
    assert refused > 100
