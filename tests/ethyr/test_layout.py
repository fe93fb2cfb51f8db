"""Layouts: named arrays in one row of weights."""

import json
import math

import numpy as np
import pytest

from forge.errors import ConfigError
from forge.ethyr.layout import Layout, named

RNG = np.random.default_rng(0)


def test_arrays_follow_each_other():
    layout = Layout({"w": ((3, 2), "zeros"), "b": ((2,), "ones")})
    assert layout.slices == {"w": slice(0, 6), "b": slice(6, 8)}
    assert layout.size == 8
    assert layout.initialise(2, RNG).tolist() == [[0, 0, 0, 0, 0, 0, 1, 1]] * 2


def test_views_change_the_matrix():
    layout = Layout({"w": ((3, 2), "zeros"), "b": ((2,), "zeros")})
    matrix = layout.initialise(2, RNG)
    layout.views(matrix)["w"][1, 2, 0] = 5
    assert matrix[1].tolist() == [0, 0, 0, 0, 5, 0, 0, 0]


def test_no_arrays_make_a_row_of_none():
    assert Layout({}).initialise(3, RNG).shape == (3, 0)


def test_linear_is_uniform_within_one_over_root_fan_in():
    drawn = named("linear", RNG, (2, 8, 1000))  # fan-in 2 × 8
    bound = 1 / math.sqrt(16)
    assert bound * 0.99 < abs(drawn).max() <= bound
    assert abs(drawn.mean()) < 0.01


def test_populations_differ_at_the_start():
    rows = Layout({"w": ((3,), "linear")}).initialise(2, RNG)
    assert (rows[0] != rows[1]).all()


def test_unknown_initialiser_is_an_error():
    with pytest.raises(ConfigError, match="w has the initialiser 'magic': give one of zeros"):
        Layout({"w": ((3,), "magic")})
    with pytest.raises(ValueError, match="no initialiser is named 'magic'"):
        named("magic", RNG, (3,))


def test_initialiser_of_another_shape_is_an_error():
    with pytest.raises(ValueError, match=r"initialiser of w gave shape \(2,\), not \(3,\)"):
        Layout({"w": ((3,), lambda rng, shape: np.zeros(2))}).initialise(1, RNG)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, r"Sword.parameters returns {name: \(shape, initialiser\)}, not None"),
        ({1: ((3,), "ones")}, "an array's name is a text, not 1"),
        ({"w": (3,)}, r"Sword.parameters: w is \(shape, initialiser\), not \(3,\)"),
        ({"w": "zeros"}, r"w is \(shape, initialiser\), not 'zeros'"),
        ({"w": (3, "zeros")}, r"w has the shape 3: give a tuple of whole numbers, such as \(3,\)"),
        ({"w": ((3, -1), "zeros")}, r"w has the shape \(3, -1\)"),
        ({"w": ((2.0,), "zeros")}, r"w has the shape \(2.0,\)"),
        (
            {"w": ((3,), np.zeros(3))},
            r"w has the initialiser array\(.*: give one of zeros",
        ),
        (
            {"w": ((3,), None)},
            "w has the initialiser None: give one of zeros, ones, linear, or",
        ),
    ],
)
def test_parameters_that_are_none_are_told_what_they_should_be(given, said):
    with pytest.raises(ConfigError, match=said):
        Layout(given)


def test_sides_may_be_numbers_of_numpy():
    layout = Layout({"w": ([np.int64(3), 2], "zeros")})
    assert json.dumps(layout.described()) == '[["w", [3, 2]]]'
