"""Phase 3: regrow."""

import numpy as np

from forge.blade.state import padding
from forge.blade.streams import WORLD
from forge.blade.tiles import Tile
from forge.config import Config
from tests.blade.naive_streams import Stream
from tests.blade.worlds import EAST, life, play, serve_from, tile, world

FOREST = {(10, 10): Tile.FOREST}


def test_scrub_regrows_with_probability_a_fortieth():
    assert Config().regrowth == 0.025


def test_a_tile_harvested_in_one_tick_can_be_back_in_the_next():
    realms = world({}, tiles=FOREST, regrowth=1.0)
    play(realms)
    assert tile(realms, 10, 10) == Tile.SCRUB
    play(realms, moves={0: EAST})
    assert tile(realms, 10, 10) == Tile.FOREST


def test_tiles_regrow_before_this_ticks_harvests():
    realms = world({}, tiles=FOREST, regrowth=1.0)
    play(realms, ticks=5)
    # Back before each harvest, so that every tick has one, and scrub after each.
    assert life(realms).harvests == 5
    assert tile(realms, 10, 10) == Tile.SCRUB


def test_with_chance_0_nothing_regrows():
    realms = world({}, tiles=FOREST, regrowth=0.0)
    play(realms, ticks=30)
    assert life(realms).harvests == 1
    assert tile(realms, 10, 10) == Tile.SCRUB


def test_scrub_that_was_never_forest_does_not_regrow():
    realms = world({}, tiles={(10, 10): Tile.SCRUB}, regrowth=1.0)
    play(realms, ticks=3)
    assert tile(realms, 10, 10) == Tile.SCRUB


def test_a_tile_regrows_when_the_draw_is_below_the_chance_and_not_when_equal():
    realms = world({}, tiles=FOREST)
    play(realms)
    stream = Stream(realms.state.streams[0, WORLD])
    chance = [stream.bits(), stream.bits(), stream.uniform()][2]  # two are for the serving order
    for regrowth, kind in ((chance, Tile.SCRUB), (np.nextafter(chance, 1), Tile.FOREST)):
        copied = world({}, tiles=FOREST, regrowth=float(regrowth))
        play(copied)
        play(copied, moves={0: EAST})
        assert tile(copied, 10, 10) == kind


PLACES = [(4 + 2 * slot, 5) for slot in range(6)]
ORDER = [4, 5, 0, 1, 2, 3]  # of six harvests when slot 4 is served first


def harvested():
    """Let six agents harvest in ORDER, and foretell the next tick's rolls.

    Returns:
        The realm, whether each slot's tile will regrow, and the stream after the rolls.
    """
    realms = world(*[{"at": p} for p in PLACES], tiles=dict.fromkeys(PLACES, Tile.FOREST),
                   regrowth=0.5)  # fmt: skip
    serve_from(realms, 4)
    play(realms)
    stream = Stream(realms.state.streams[0, WORLD])
    stream.bits(), stream.bits()  # the next tick's serving order
    return realms, {slot: stream.uniform() < 0.5 for slot in ORDER}, stream


def test_each_harvested_tile_rolls_once_in_the_order_of_harvest():
    realms, back, stream = harvested()
    play(realms, moves=dict.fromkeys(range(6), EAST))
    for slot, regrown in back.items():
        assert tile(realms, *PLACES[slot]) == (Tile.FOREST if regrown else Tile.SCRUB)
    assert set(back.values()) == {True, False}
    assert realms.state.streams[0, WORLD].tolist() == stream.words


def test_tiles_that_wait_on_keep_their_order():
    realms, back, _ = harvested()
    play(realms, moves=dict.fromkeys(range(6), EAST))
    side, pad = realms.state.tiles.shape[1], padding(realms.config)
    waiting = [PLACES[slot] for slot in ORDER if not back[slot]]
    listed = realms.state.scrub[0, : realms.state.clock[0].scrubs]
    assert listed.tolist() == [(row + pad) * side + col + pad for row, col in waiting]
