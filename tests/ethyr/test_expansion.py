"""Rows of the expanded table: sums of three tiles, made for what samples show."""

import numpy as np
import pytest

from forge.ethyr import expansion

H, COLS = 16, 5  # a crop of 5 × 5: two bands, of which the second lacks its third row


@pytest.fixture
def tile():
    return np.random.default_rng(0).normal(size=(COLS * COLS, 6, H))


def sums_of(tile, codes):
    """Sum what samples of one block see."""
    sums, rows = np.zeros((len(codes), H)), expansion.allocate(6, H, np.float64)
    expansion.add_tiles(tile, codes, np.arange(len(codes)), COLS, rows, sums)
    return sums


def gradient_of(codes):
    """Backpropagate ones through those sums."""
    gradient, rows = np.zeros((COLS * COLS, 6, H)), expansion.allocate(6, H, np.float64)
    ones, order = np.ones((len(codes), H)), np.arange(len(codes))
    expansion.add_gradients(ones, codes, order, COLS, rows, gradient)
    return gradient


def seen_once(place, code):
    """Make two samples' codes that differ at one place: code 0 and another."""
    codes = np.zeros((2, 2 * COLS), np.uint8)
    codes[1, place] = code
    return codes


def test_a_code_is_the_sum_of_its_three_tiles(tile):
    # 1 · 36 + 4 · 6 + 3 at column 2 of the first band: rows 0, 1 and 2 of the crop.
    without, seen = sums_of(tile, seen_once(2, 63))
    expected = tile[2, 1] + tile[7, 4] + tile[12, 3] - tile[[2, 7, 12], 0].sum(0)
    np.testing.assert_allclose(seen - without, expected, rtol=1e-12)


def test_the_last_band_lacks_its_third_row(tile):
    # 5 · 36 + 2 · 6 at column 4 of the second band: rows 3 and 4 of the crop.
    without, seen = sums_of(tile, seen_once(9, 192))
    expected = tile[19, 5] + tile[24, 2] - tile[[19, 24], 0].sum(0)
    np.testing.assert_allclose(seen - without, expected, rtol=1e-12)


def test_the_gradient_of_a_code_goes_to_its_three_tiles():
    by_kind = gradient_of(seen_once(2, 63))[:, :, 0]
    assert by_kind[2, 1] == by_kind[7, 4] == by_kind[12, 3] == 1
    assert (by_kind.sum(1) == 2).all()


def test_rows_of_an_earlier_block_are_forgotten(tile):
    rows, order = expansion.allocate(6, H, np.float64), np.arange(2)
    codes, sums = seen_once(2, 63), np.zeros((2, 2, H))
    for k in (0, 1):
        expansion.add_tiles((k + 1) * tile, codes, order, COLS, rows, sums[k])
    np.testing.assert_allclose(sums[1], 2 * sums[0], rtol=1e-12)
