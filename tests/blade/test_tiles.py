"""The enum of tiles is the list of their kinds."""

import pickle

from forge.blade.systems.movement import blocks
from forge.blade.tiles import Tile


def test_a_kind_is_found_by_its_number_and_says_what_it_is_like():
    assert Tile(3) is Tile.FOREST is pickle.loads(pickle.dumps(Tile.FOREST))
    assert (Tile.FOREST + 1, Tile.FOREST.walkable, Tile.WATER.walkable) == (4, True, False)
    assert all(tile.effect for tile in Tile)


def test_kinds_that_are_not_walkable_block():
    assert [tile.name for tile in Tile if blocks(int(tile))] == ["WATER", "STONE", "FISH", "OCEAN"]
