"""Phase 2: move. Agents of ``world`` stand on grass at (10, 10) if not said otherwise."""

import pytest

from forge.blade.tiles import Cause, Tile
from tests.blade.worlds import (
    EAST,
    MAGE,
    MELEE,
    NORTH,
    SOUTH,
    STAY,
    WEST,
    agent,
    life,
    place_of,
    play,
    stim,
    stores,
    visits,
    world,
)

BESIDE = {EAST: (10, 11), SOUTH: (11, 10), WEST: (10, 9), NORTH: (9, 10)}


@pytest.mark.parametrize(("move", "place"), [(STAY, (10, 10)), *BESIDE.items()])
def test_a_move_leads_to_the_tile_beside(move, place):
    realms = world({})
    play(realms, moves={0: move})
    assert place_of(realms, 0) == place


@pytest.mark.parametrize(("move", "place"), BESIDE.items())
@pytest.mark.parametrize("kind", [Tile.WATER, Tile.STONE])
def test_water_and_stone_cannot_be_entered_and_cost_nothing(move, place, kind):
    realms = world({"health": 9}, tiles={place: kind})
    play(realms, moves={0: move})
    # Health 9 + 1 as always when well fed; beside water it drinks: min(32, 32 + 5) − 1.
    assert place_of(realms, 0) == (10, 10)
    assert stores(realms, 0) == (10, 31, 31)


@pytest.mark.parametrize("kind", [Tile.GRASS, Tile.FOREST, Tile.SCRUB])
def test_grass_forest_and_scrub_can_be_entered(kind):
    realms = world({}, tiles={(10, 11): kind})
    play(realms, moves={0: EAST})
    assert place_of(realms, 0) == (10, 11)


def test_lava_can_be_entered_and_kills_in_that_tick():
    realms = world({}, tiles={(10, 11): Tile.LAVA})
    events = play(realms, moves={0: EAST})
    assert (events[0].died, events[0].cause) == (True, Cause.LAVA)
    assert life(realms).ticks_on[Tile.LAVA] == 1


def test_any_number_may_stand_on_one_tile():
    realms = world(*[{"at": (10, 10 + step)} for step in (-1, 0, 1)])
    play(realms, moves={0: EAST, 2: WEST})
    assert [place_of(realms, slot) for slot in range(3)] == [(10, 10)] * 3
    assert realms.state.crowd[0].max() == 3 == realms.state.crowd[0].sum()


def test_two_may_change_places():
    realms = world({"at": (10, 10)}, {"at": (10, 11)})
    play(realms, moves={0: EAST, 1: WEST})
    assert (place_of(realms, 0), place_of(realms, 1)) == ((10, 11), (10, 10))


@pytest.mark.parametrize("freeze", [1, 2, 3])
def test_the_frozen_do_not_move(freeze):
    realms = world({"freeze": freeze})
    play(realms, moves={0: EAST})
    assert place_of(realms, 0) == (10, 10)


def test_a_freeze_that_lands_in_this_tick_does_not_stop_this_ticks_move():
    realms = world({}, {})
    play(realms, moves={0: EAST}, attacks={1: (MAGE, 0)})
    assert place_of(realms, 0) == (10, 11)


def test_a_freeze_is_observed_as_2_then_1_then_0():
    realms = world({}, {})
    observed = []
    for attacks in ({1: (MAGE, 0)}, {}, {}):
        play(realms, attacks=attacks)
        observed.append(int(agent(realms, 0).freeze))
    assert observed == [2, 1, 0]


def test_a_freeze_costs_exactly_two_moves():
    realms = world({}, {})
    columns = []
    for attacks in ({1: (MAGE, 0)}, {}, {}, {}):
        play(realms, moves={0: EAST}, attacks=attacks)
        columns.append(place_of(realms, 0)[1])
    # It moves in the tick of the hit, not in the next two, then again.
    assert columns == [11, 11, 11, 12]


def test_a_second_hit_freezes_anew():
    realms = world({}, {})
    observed = []
    for attacks in ({1: (MAGE, 0)}, {1: (MAGE, 0)}, {}, {}):
        play(realms, attacks=attacks)
        observed.append(int(agent(realms, 0).freeze))
    assert observed == [2, 2, 1, 0]


@pytest.mark.parametrize(("freeze", "lost"), [(0, 0), (1, 0), (2, 1), (5, 4)])
def test_a_freeze_setting_costs_one_move_less_than_its_ticks(freeze, lost):
    realms = world({"at": (10, 5)}, {"at": (10, 5)}, freeze=freeze)
    play(realms, attacks={1: (MAGE, 0)})
    play(realms, moves={0: EAST}, ticks=6)
    assert place_of(realms, 0) == (10, 5 + 6 - lost)


def test_the_slain_do_not_move():
    realms = world({}, {})
    play(realms, moves={0: EAST}, attacks={1: (MELEE, 0)})
    assert (visits(realms, 0, 10, 10), visits(realms, 0, 10, 11)) == (2, 0)


def test_the_slain_do_not_die_on_the_lava_they_meant_to_enter():
    realms = world({}, {}, tiles={(10, 11): Tile.LAVA})
    events = play(realms, moves={0: EAST}, attacks={1: (MELEE, 0)})
    assert events[0].cause == Cause.SLAIN


def test_possible_moves_lead_neither_into_water_nor_into_stone():
    tiles = {(10, 11): Tile.WATER, (11, 10): Tile.STONE, (10, 9): Tile.LAVA}
    realms = world({}, tiles=tiles)
    # Stay, east into water, south into stone, west into lava (possible, if unwise), north.
    assert stim(realms, 0).can_move.tolist() == [True, False, False, True, True]


def test_the_frozen_can_only_stay():
    realms = world({"freeze": 1})
    assert stim(realms, 0).can_move.tolist() == [True, False, False, False, False]


def test_staying_is_possible_where_nothing_else_is():
    realms = world({}, tiles=dict.fromkeys(BESIDE.values(), Tile.STONE))
    assert stim(realms, 0).can_move.tolist() == [True, False, False, False, False]
