"""Dtypes: described, read back, and nothing but plain bytes."""

import json

import numpy as np
import pytest

from forge.blade.records import AGENT, CLOCK, LIFE, TALLY
from forge.ethyr import dtypes

PLAIN = [
    "?", "i1", "u1", "<i8", ">u4", "f2", "<f4", ">f8", "c8", "c16", "S3", "<U5", ">U2", "V7",
    "<M8", "<M8[ns]", "<m8[25us]",
]  # fmt: skip
RECORDS = [
    AGENT, LIFE, CLOCK, TALLY,
    [("a", "f4", (2, 3)), ("b", [("x", "i2"), ("y", "U3", (2,))])],
    np.dtype([("a", "u1"), ("b", "f8")], align=True),
    np.dtype({"names": ["a"], "formats": ["u1"], "offsets": [3], "itemsize": 9}),
]  # fmt: skip


def through_json(dtype):
    return dtypes.read(json.loads(json.dumps(dtypes.describe(np.dtype(dtype)))))


@pytest.mark.parametrize("dtype", [*PLAIN, *RECORDS])
def test_a_plain_type_comes_back(dtype):
    again = through_json(dtype)
    assert again == np.dtype(dtype)
    assert again.itemsize == np.dtype(dtype).itemsize


@pytest.mark.parametrize(
    "dtype",
    [
        "O",
        [("a", "i4"), ("b", "O")],
        [("a", [("b", "O", (2,))])],
        np.longdouble,
        np.clongdouble,
        "V0",
        [("a", "f4", (0,))],
        [(("title", "a"), "f4")],
        {"names": ["a", "b"], "formats": ["f4", "f4"], "offsets": [0, 2]},
        {"names": ["a", "b"], "formats": ["f4", "f4"], "offsets": [4, 0]},
    ],
)
def test_a_type_that_could_not_come_back_is_not_described(dtype):
    with pytest.raises(ValueError, match=r"."):
        dtypes.describe(np.dtype(dtype))


FIELD = ["a", "<f4"]
NESTED: list = [FIELD]
for _ in range(20):
    NESTED = [["a", NESTED]]


@pytest.mark.parametrize(
    "described",
    [
        "|O", "O", "object", "|O8", "f8", "=f8", "<f16", "<i3", "|V0", "|S0", "<U0", "<U999999999",
        "|S9999999999", "i4,O", "<M8[foo]", "<M8[99999999999ns]", "<M8[ns]x", "<i4\n", "<i٤",
        "(2,)f4", "float", "T", "<f4" * 1000, "", None, 3, True, {}, {"names": ["a"]}, [],
        ["<f4"], [[]], [["a"]], [["a", "|O"]], [["a", [["b", "|O"]]]], [["", "|O"]],
        [["", "<f4"], FIELD], [["", "|V4"]], [["", "|V4", [2]], FIELD], [FIELD, FIELD],
        [[["t", "a"], "<f4"]], [[3, "<f4"]], [["a", "<f4", 0]], [["a", "<f4", [0]]],
        [["a", "<f4", []]], [["a", "<f4", [-1]]], [["a", "<f4", [True]]], [["a", "<f4", [2.0]]],
        [["a", "<f4", [2**31]]], [["a", "<f4", [2**20, 2**20]]], [["a", "<f4", [1] * 9]],
        [["a", "<f4", [2], 3]], [["", "|V999999999"]] * 3 + [FIELD], NESTED,
    ],
)  # fmt: skip
def test_any_other_description_is_refused(described):
    with pytest.raises(ValueError, match=r"."):
        dtypes.read(described)


@pytest.mark.parametrize(
    ("raw", "dtype"),
    [
        (b"\0\1\2", "?"),
        (b"\xff\0\0\0\1", [("a", "?"), ("n", "<i4")]),
        (b"\xff\xff\xff\xff", "<U1"),
        (b"\0\x11\0\0", ">U1"),
        (b"\0\0\0\x11\0\1\1\1\1", [("a", "?"), ("t", "<U1"), ("n", "<i4")]),
    ],
)
def test_bytes_that_no_value_has_are_refused(raw, dtype):
    with pytest.raises(ValueError, match=r"neither 0 nor 1|not Unicode"):
        dtypes.check_values(np.frombuffer(raw, dtype))


@pytest.mark.parametrize("dtype", PLAIN[:14])
def test_values_are_let_through(dtype):
    dtypes.check_values(np.zeros((2, 3), dtype))
    dtypes.check_values(np.ones((), dtype))
    dtypes.check_values(np.zeros((0, 3), dtype))
