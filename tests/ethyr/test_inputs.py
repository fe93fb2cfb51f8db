"""What networks read: codes of tiles, samples sorted by population."""

import numpy as np
import pytest

from forge.blade import Realm, preset
from forge.ethyr import expansion
from forge.ethyr.inputs import (
    Inputs,
    UnsupportedError,
    band_of,
    batch_of,
    cut,
    decode_tiles,
    encode_tiles,
    inputs_of,
    num_codes,
)

EMPTY = Inputs(*(np.zeros(0) for _ in Inputs._fields))


def batch(*population, populations=3):
    """Sort samples of these populations."""
    return batch_of(EMPTY, np.array(population, np.int32), populations)


def test_a_code_stands_for_three_tiles_from_north_to_south():
    tiles = np.zeros((1, 3, 3), np.uint8)
    tiles[0, :, 1] = [5, 2, 3]
    assert encode_tiles(tiles, 6).tolist() == [[0, 5 * 36 + 2 * 6 + 3, 0]]


def test_with_sixteen_kinds_a_code_stands_for_two_tiles():
    tiles = np.zeros((1, 3, 3), np.uint8)
    tiles[0, :, 1] = [15, 2, 3]
    assert encode_tiles(tiles, 16).tolist() == [[0, 15 * 16 + 2, 0, 0, 3 * 16, 0]]


@pytest.mark.parametrize("window", [3, 5, 7, 9, 15])
def test_a_band_that_is_not_full_has_tiles_of_kind_0(window):
    tiles = np.random.default_rng(0).integers(0, 6, (4, window, window)).astype(np.uint8)
    codes = encode_tiles(tiles, 6)
    assert codes[0].size == num_codes(window, 6)
    last = codes.reshape(4, -1, window)[:, -1].astype(int)
    missing = 3 * len(codes.reshape(4, -1, window)[0]) - window
    assert (last % 6**missing == 0).all()


def test_networks_read_the_observation_itself_and_codes_of_its_tiles():
    obs = Realm(preset("law16")).observation
    inputs = inputs_of(obs, 6)
    assert inputs.others is obs.others
    assert (inputs.codes == encode_tiles(obs.tiles, 6)).all()


def test_samples_are_sorted_by_population_and_keep_their_order():
    made = batch(2, 0, 2, 0, 0)
    assert made.order.tolist() == [1, 3, 4, 0, 2]
    assert made.bounds == [0, 3, 3, 5]


def test_a_cut_keeps_the_bounds_of_what_is_left():
    part = cut(batch(2, 0, 2, 0, 0), 2, 4)
    assert part.order.tolist() == [4, 0]
    assert part.bounds == [0, 1, 1, 2]


def test_nobody_is_sorted_too():
    assert batch().bounds == [0, 0, 0, 0]
    assert len(batch().order) == 0


@pytest.mark.parametrize(("kinds", "tiles"), [(2, 3), (6, 3), (7, 2), (16, 2), (17, 1), (256, 1)])
def test_as_many_tiles_share_a_code_as_fit_into_a_byte(kinds, tiles):
    assert band_of(kinds) == tiles
    assert kinds**tiles <= 256


def test_more_kinds_of_tiles_than_a_byte_can_tell_apart_are_refused():
    with pytest.raises(UnsupportedError, match=r"257 kinds of tiles .* may list 256 at most"):
        band_of(257)


@pytest.mark.parametrize("kinds", [2, 6, 7, 16, 17, 256])
def test_any_number_of_kinds_of_tiles_is_read(kinds):
    K, rng = kinds, np.random.default_rng(0)
    tiles = rng.integers(0, K, (4, 15, 15)).astype(np.uint8)
    tiles[0] = K - 1
    codes = encode_tiles(tiles, K)
    table, upstream = rng.normal(size=(225, K, 16)), rng.normal(size=(4, 16))
    sums, back, order = np.zeros((4, 16)), np.zeros((225, K, 16)), np.arange(4)
    expansion.add_tiles(table, codes, order, 15, expansion.allocate(K, 16, float), sums)
    expansion.add_gradients(upstream, codes, order, 15, expansion.allocate(K, 16, float), back)
    each = np.zeros_like(table)
    for i in range(4):
        each[np.arange(225), tiles[i].ravel()] += upstream[i]
    assert np.allclose(sums, table[np.arange(225), tiles.reshape(4, 225)].sum(1))
    assert np.allclose(back, each)


@pytest.mark.parametrize(("window", "kinds"), [(15, 6), (7, 16), (5, 200), (1, 6)])
def test_codes_are_decoded_to_the_tiles(window, kinds):
    tiles = np.random.default_rng(0).integers(0, kinds, (3, window, window)).astype(np.uint8)
    assert (decode_tiles(encode_tiles(tiles, kinds), window, kinds) == tiles).all()
    assert decode_tiles(encode_tiles(tiles[:0], kinds), window, kinds).shape == (0, window, window)
