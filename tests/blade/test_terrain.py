"""Terrain: what a map consists of, the same map every time; maps that no world can use."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

from forge.blade import Config, Tile, mapstats, terrain
from forge.blade.tiles import kinds_in
from tests.blade import naive_noise as naive

CONFIG = Config()
SMALL = Config(map_size=16, border=3)


def digest(tiles):
    return hashlib.blake2b(tiles.tobytes(), digest_size=8).hexdigest()


def changed(row, col, kind, config=SMALL):
    tiles = terrain.generate(config, 0).copy()
    tiles[row, col] = kind
    return tiles


# -- Maps -------------------------------------------------------------------------------------


def test_whole_map_equals_its_slow_twin():
    places = [(k * 16.0) / 16 for k in range(4, 12)]
    heights = np.array([[naive.ridge_fractal(y, x, 8, 0, 5) for x in places] for y in places])
    heights /= heights.max()
    layer = np.digitize(heights, [SMALL.water_cut, SMALL.grass_cut, SMALL.forest_cut])
    expected = np.array([Tile.WATER, Tile.GRASS, Tile.FOREST, Tile.STONE])[layer]
    assert (terrain.generate(SMALL, 5)[4:12, 4:12] == expected).all()


def test_map_has_lava_border_grass_ring_and_interior():
    tiles = terrain.generate(CONFIG, 0)
    assert tiles.shape == (80, 80)
    assert (tiles == Tile.LAVA).sum() == 80 * 80 - 62 * 62
    assert (tiles[9:71, 9:71] != Tile.LAVA).all()
    ring = [tiles[9, 9:71], tiles[70, 9:71], tiles[9:71, 9], tiles[9:71, 70]]
    assert all((line == Tile.GRASS).all() for line in ring)


def test_mean_shares_of_200_maps_lie_in_the_stated_ranges():
    maps = np.array([terrain.generate(CONFIG, number) for number in range(200)])
    counts = np.bincount(maps[:, 10:70, 10:70].ravel(), minlength=len(Tile))
    share = counts / counts.sum()
    assert 0.066 <= share[Tile.WATER] <= 0.096
    assert 0.45 <= share[Tile.GRASS] <= 0.47
    assert 0.266 <= share[Tile.FOREST] <= 0.292
    assert 0.135 <= share[Tile.STONE] <= 0.21


def test_nearly_all_of_every_map_can_be_reached():
    shares = [mapstats.statistics(terrain.generate(CONFIG, k), CONFIG) for k in range(20)]
    assert min(one.reachable for one in shares) > 0.9


def test_map_0_is_pinned():
    assert digest(terrain.generate(CONFIG, 0)) == "610610df49c331cb"
    assert digest(terrain.generate(CONFIG, 10_000)) == "66d82b42ed564bb4"


@pytest.mark.parametrize("environment", [{"PYTHONHASHSEED": "7"}, {"NUMBA_DISABLE_JIT": "1"}])
def test_another_process_makes_the_same_map(environment):
    code = (
        "import sys; from forge.blade import Config, terrain; "
        "sys.stdout.buffer.write(terrain.generate(Config(), 3).tobytes())"
    )
    made = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | environment, capture_output=True, check=True
    )
    assert made.stdout == terrain.generate(CONFIG, 3).tobytes()


def test_maps_differ_by_number_and_by_seed():
    other = CONFIG.replace(map_seed=1)
    made = [terrain.generate(CONFIG, 0), terrain.generate(CONFIG, 1), terrain.generate(other, 0)]
    assert len({digest(tiles) for tiles in made}) == 3


def test_map_is_made_once_and_cannot_be_written():
    tiles = terrain.generate(SMALL, 0)
    assert terrain.generate(SMALL.replace(max_agents=8, populations=1), 0) is tiles
    with pytest.raises(ValueError, match="read-only"):
        tiles[5, 5] = Tile.LAVA


def test_large_map_is_not_kept():
    large = Config(map_size=terrain.CACHED_SIDE + 1, octaves=1)
    before = terrain._cached.cache_info().currsize
    assert terrain.generate(large, 0) is not terrain.generate(large, 0)
    assert terrain._cached.cache_info().currsize == before


def test_bands_do_not_show(monkeypatch):
    places = np.arange(50) * 0.2
    whole = terrain._heights(places, 3, 0, 0)
    monkeypatch.setattr(terrain, "BAND", 120)  # two rows at a time
    assert (terrain._heights(places, 3, 0, 0) == whole).all()


def test_height_on_a_cut_belongs_to_the_layer_above():
    # The highest place has height 1: with every cut at 1 it is stone, all else is water.
    cuts = dict.fromkeys(("water_cut", "grass_cut", "forest_cut"), 1.0)
    tiles = terrain.generate(SMALL.replace(**cuts), 0)[4:12, 4:12]
    assert (tiles == Tile.STONE).sum() == 1
    assert (tiles == Tile.WATER).sum() == 63


def test_smallest_map_has_an_interior_of_one_tile():
    tiles = terrain.generate(Config(map_size=9, border=3, max_agents=8), 0)
    assert tiles[4, 4] == Tile.STONE  # the highest place there is


@pytest.mark.parametrize("number", [-1, 2**63])
def test_number_out_of_range_is_refused(number):
    with pytest.raises(terrain.MapError, match="the number of a map"):
        terrain.generate(SMALL, number)


# -- Check ------------------------------------------------------------------------------------


def test_every_generated_map_passes_the_check():
    for config in (CONFIG, SMALL):
        for number in range(5):
            terrain.check(terrain.generate(config, number), config)


def test_map_of_another_size_is_refused():
    with pytest.raises(terrain.MapError, match=r"80 × 80 tiles, but map_size is 16"):
        terrain.check(terrain.generate(CONFIG, 0), SMALL)


@pytest.mark.parametrize("place", [(0, 0), (2, 8), (13, 8), (8, 2), (8, 13)])
def test_border_must_be_lava(place):
    with pytest.raises(terrain.MapError, match=f"grass at row {place[0]}, column {place[1]}"):
        terrain.check(changed(*place, Tile.GRASS), SMALL)


@pytest.mark.parametrize("kind", [Tile.LAVA, Tile.WATER, Tile.STONE])
@pytest.mark.parametrize("place", [(3, 3), (3, 8), (12, 12), (8, 12)])
def test_agents_cannot_be_born_on_what_kills_or_blocks(place, kind):
    with pytest.raises(terrain.MapError, match=f"{kind.name.lower()} at row {place[0]}, column"):
        terrain.check(changed(*place, kind), SMALL)


@pytest.mark.parametrize("kind", [Tile.FOREST, Tile.SCRUB])
def test_ring_may_bear_forest_and_scrub(kind):
    terrain.check(changed(3, 8, kind), SMALL)


@pytest.mark.parametrize("kind", list(kinds_in(SMALL)))
def test_interior_may_be_anything(kind):
    terrain.check(changed(8, 8, kind), SMALL)


def test_unknown_kind_is_refused():
    with pytest.raises(terrain.MapError, match=r"kind 16 at row 8, column 9: kinds .* 0 … 5"):
        terrain.check(changed(8, 9, 16), SMALL)


def test_kind_of_a_system_that_is_off_is_refused():
    with pytest.raises(terrain.MapError, match=r"ore at row 8, column 9: .* only with professions"):
        terrain.check(changed(8, 9, Tile.ORE), SMALL)
