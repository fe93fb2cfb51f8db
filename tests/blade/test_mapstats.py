"""Statistics of maps: shares by hand, reachability against a slow flood."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forge.blade import Config, Tile
from forge.blade.mapstats import mean, reached, statistics
from forge.blade.terrain import MapError, generate
from tests.blade.worlds import field

CONFIG = Config(map_size=9, border=2, radius=3)  # the ring is at 2 and 6, the interior 3 … 5


def measured(tiles=(), config=CONFIG):
    return statistics(field(config, tiles), config)


def flooded(walked, start):
    """Mark again and again what is beside something marked, until nothing is new."""
    marked = {start}
    while True:
        beside = {(r + a, c + b) for r, c in marked for a, b in ((0, 1), (1, 0), (0, -1), (-1, 0))}
        inside = {(r, c) for r, c in beside if (r, c) in np.ndindex(walked.shape) and walked[r, c]}
        if inside <= marked:
            return marked
        marked |= inside


def test_shares_are_those_of_the_interior():
    kinds = {(3, 3): Tile.WATER, (3, 4): Tile.FOREST, (3, 5): Tile.FOREST, (4, 4): Tile.STONE}
    found = measured({**kinds, (5, 5): Tile.SCRUB, (2, 2): Tile.FOREST}).kinds.values()
    # Of nine tiles; forest in the ring does not count.
    assert [*found] == pytest.approx([0, 1 / 9, 4 / 9, 2 / 9, 1 / 9, 1 / 9])
    assert sum(found) == pytest.approx(1)


def test_open_field_can_be_reached_everywhere():
    assert measured().reachable == 1.0


@pytest.mark.parametrize("wall", [Tile.STONE, Tile.WATER, Tile.LAVA])
def test_what_walls_enclose_cannot_be_reached(wall):
    walls = {place: wall for place in ((3, 4), (4, 3), (4, 5), (5, 4))}
    # Five walkable tiles: the four corners touch the ring, the middle is enclosed.
    assert measured(walls).reachable == pytest.approx(4 / 5)


def test_corners_do_not_connect():
    walls = {place: Tile.STONE for place in np.ndindex(9, 9) if place in {(3, 4), (4, 3)}}
    assert measured({**walls, (4, 5): Tile.STONE, (5, 4): Tile.STONE}).reachable < 1.0


def test_trees_are_walked_through():
    assert measured({place: Tile.FOREST for place in ((3, 4), (4, 3), (4, 5))}).reachable == 1.0


def test_interior_without_walkable_tiles_counts_as_reached():
    walls = {(row, col): Tile.STONE for row in (3, 4, 5) for col in (3, 4, 5)}
    assert measured(walls).reachable == 1.0


def test_map_that_no_world_can_use_is_refused():
    with pytest.raises(MapError, match="row 0, column 4"):
        measured({(0, 4): Tile.GRASS})


def test_mean_is_taken_column_by_column():
    one, two = measured(), measured({(4, 4): Tile.WATER})
    assert mean([one, two]).kinds["water"] == pytest.approx(1 / 18)
    assert mean([one, two]).reachable == 1.0
    assert mean([two]) == two


def test_generated_maps_are_nearly_all_reachable():
    found = [statistics(generate(Config(), number), Config()) for number in range(3)]
    assert all(0.9 < one.reachable <= 1.0 for one in found)


@given(st.integers(0, 2**32), st.integers(1, 9), st.integers(1, 9))
@settings(deadline=None)
def test_flood_equals_the_slow_one(seed, rows, columns):
    walked = np.random.default_rng(seed).random((rows, columns)) < 0.6
    start = (seed % rows, seed % columns)
    walked[start] = True
    found = reached(walked, start)
    assert {tuple(place) for place in np.argwhere(found).tolist()} == flooded(walked, start)
