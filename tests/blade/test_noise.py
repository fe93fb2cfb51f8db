"""Terrain noise: equal to the bit to its plain twin; ranges; independence of order and place."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forge.blade import heights, noise
from tests.blade import naive_noise as naive

WORDS = st.integers(0, 2**64 - 1)
PLACES = st.floats(-1e6, 1e6)


def array(value, dtype=np.float64):
    return np.array([value], dtype=dtype)


def same_bits(found, expected):
    return np.array(found, np.float64).tobytes() == np.array(expected, np.float64).tobytes()


def test_mix_gives_the_published_stream_of_splitmix64():
    # Seed 0: the states are 0, golden, 2 × golden …, of which each is mixed.
    states = np.arange(3, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    published = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    assert noise.mix(states).tolist() == published
    assert [naive.mix(int(state)) for state in states] == published


@given(WORDS, WORDS)
@settings(deadline=None)
def test_keys_equal_their_twin(seed, number):
    assert noise.keys(seed, number, 3).tolist() == naive.keys(seed, number, 3)


@pytest.mark.parametrize("name", ["simplex", "plateaus", "ridges"])
@given(PLACES, PLACES, WORDS)
@settings(deadline=None)
def test_noise_equals_its_twin_to_the_bit(name, x, y, key):
    found = getattr(noise, name)(array(x), array(y), array(key, np.uint64))
    assert same_bits(found[0], getattr(naive, name)(x, y, key))


@pytest.mark.parametrize("name", ["simplex", "plateaus", "ridges"])
@pytest.mark.parametrize("place", [(0.0, 0.0), (1.0, 1.0), (-1.0, 2.0), (0.5, 0.5), (-0.5, 3.5)])
def test_noise_equals_its_twin_on_the_lattice(name, place):
    x, y = place
    found = getattr(noise, name)(array(x), array(y), array(7, np.uint64))
    assert same_bits(found[0], getattr(naive, name)(x, y, 7))


@pytest.mark.parametrize("octaves", [1, 2, 8])
@pytest.mark.parametrize(("seed", "number"), [(0, 0), (0, 10_000), (2**63 - 1, 2**62)])
def test_fractal_equals_its_twin_to_the_bit(octaves, seed, number):
    rows, columns = np.arange(3) * 3.7 + 2.0, np.arange(4) * 0.2
    found = noise.ridge_fractal(rows, columns, octaves, seed, number)
    expected = [
        [naive.ridge_fractal(row, column, octaves, seed, number) for column in columns.tolist()]
        for row in rows.tolist()
    ]
    assert same_bits(found, expected)


def test_noise_stays_in_its_range():
    x, y = np.random.default_rng(0).uniform(-50, 50, (2, 20_000))
    key = np.array([3], np.uint64)
    assert np.abs(noise.simplex(x, y, key)).max() < 1.0
    assert np.abs(noise.plateaus(x, y, key)).max() <= 1.0
    ridges = noise.ridges(x, y, key)
    assert ridges.min() >= 0.0
    assert ridges.max() <= 1.0


def test_simplex_noise_fills_its_range_around_0():
    x, y = np.random.default_rng(0).uniform(0, 300, (2, 20_000))
    found = noise.simplex(x, y, np.array([3], np.uint64))
    assert abs(found.mean()) < 0.02
    assert min(-found.min(), found.max()) > 0.8


@pytest.mark.parametrize("name", ["simplex", "plateaus"])
def test_noise_has_no_jumps(name):
    x, y = np.random.default_rng(1).uniform(0, 300, (2, 20_000))
    key = np.array([3], np.uint64)
    make = getattr(noise, name)
    # The steepest slope is below 11 per cell: the sides of plateaus rise by 2 within 1/5 cell.
    assert np.abs(make(x + 1e-6, y, key) - make(x, y, key)).max() < 1.1e-5


def test_gradients_have_length_1_and_all_directions():
    lengths = np.hypot(noise.GRADIENT_X, noise.GRADIENT_Y)
    assert lengths == pytest.approx(np.ones(16))
    angles = np.degrees(np.unwrap(np.arctan2(noise.GRADIENT_Y, noise.GRADIENT_X)))
    assert np.diff(angles).min() > 20  # 22.5 if they were spread evenly
    assert np.diff(angles).max() < 25


def test_each_key_gives_other_noise():
    x = np.linspace(0, 40, 400)
    one, two = (noise.simplex(x, x * 0.7, np.array([key], np.uint64)) for key in (1, 2))
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.3


def test_part_of_a_place_equals_that_part_of_the_whole():
    places = np.arange(12) * 0.2
    whole = noise.ridge_fractal(places, places, 8, 5, 6)
    assert same_bits(noise.ridge_fractal(places[4:7], places[2:9], 8, 5, 6), whole[4:7, 2:9])


@given(st.lists(PLACES, min_size=1, max_size=3), WORDS, st.integers(1, 3))
@settings(deadline=None, max_examples=30)
def test_compiled_heights_equal_those_of_arrays_to_the_bit(places, number, octaves):
    rows, columns = np.array(places), np.array([*places[::-1], 0.0])
    expected = noise.ridge_fractal(rows, columns, octaves, 7, number)
    assert same_bits(heights.ridge_fractal(rows, columns, octaves, 7, number), expected)


def test_compiled_heights_of_a_part_of_a_map_equal_those_of_arrays_to_the_bit():
    rows, columns = np.arange(10, 13) * (16 / 80), np.arange(10, 70) * (16 / 80)
    expected = noise.ridge_fractal(rows, columns, 8, 0, 3)
    assert same_bits(heights.ridge_fractal(rows, columns, 8, 0, 3), expected)
