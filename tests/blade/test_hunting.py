"""NPCs wander or hunt, by the world that the tick began with."""

from collections import Counter

import numpy as np
import pytest

from forge.blade import Tile
from tests.blade.worlds import (
    EAST,
    HOSTILE,
    MAGE,
    MELEE,
    NEUTRAL,
    NORTH,
    PASSIVE,
    RANGE,
    SOUTH,
    WEST,
    agent,
    npc,
    place_of,
    play,
    stores,
    world,
)

FIRST = 8  # slot of the first NPC
HERE = (10, 10)
STEPS = {EAST: (10, 11), SOUTH: (11, 10), WEST: (10, 9), NORTH: (9, 10)}
HUNTER = {"kind": HOSTILE, "power": 3, "style": MELEE}
HUNTS = {"kind": NEUTRAL, "prey": 0, "prey_id": 0, "until": 50, "style": MELEE}


def walls(*free):
    """Surround the middle with stone, except for some sides."""
    return {place: Tile.STONE for move, place in STEPS.items() if move not in free}


def stepped(realms, ticks=1):
    play(realms, ticks=ticks)
    return place_of(realms, FIRST)


# -- Wandering -------------------------------------------------------------------------------


def test_a_passive_npc_draws_one_of_four_steps():
    found = Counter(stepped(world(npcs=({},), seed=seed)) for seed in range(200))
    assert set(found) == set(STEPS.values())  # it never stays
    assert min(found.values()) > 25  # 50 each are expected, ± 6


@pytest.mark.parametrize("move", STEPS)
def test_a_passive_npc_takes_the_only_possible_step(move):
    for seed in range(5):
        assert stepped(world(npcs=({},), tiles=walls(move), seed=seed)) == STEPS[move]


@pytest.mark.parametrize("kind", [Tile.LAVA, Tile.WATER, Tile.STONE])
def test_a_passive_npc_stays_where_no_step_is_possible(kind):
    assert stepped(world(npcs=({},), tiles=dict.fromkeys(STEPS.values(), kind)), ticks=5) == HERE


@pytest.mark.parametrize("corner", [(3, 3), (3, 17), (17, 3), (17, 17)])
def test_npcs_do_not_step_on_the_ring(corner):
    for seed in range(8):
        row, col = stepped(world(npcs=({"at": corner},), seed=seed))
        assert 3 <= row <= 17
        assert 3 <= col <= 17


def test_a_frozen_npc_does_not_step():
    assert stepped(world(npcs=({"freeze": 2},), freeze=3), ticks=2) == HERE
    assert stepped(world(npcs=({"freeze": 2},), freeze=3), ticks=3) != HERE


def test_only_steps_are_drawn():
    realms = world(npcs=({"freeze": 2},), freeze=3)
    other = world(npcs=({},), tiles=walls())
    play(realms), play(other)
    np.testing.assert_array_equal(realms.state.streams, other.state.streams)


# -- Whom a hostile NPC hunts ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("places", "prey"),
    [
        ([(10, 12), (10, 13)], 0),
        ([(10, 13), (10, 12)], 1),  # the nearest
        ([(12, 12), (10, 8)], 0),  # both at 2: the lowest slot
        ([(3, 10), (10, 18)], 0),  # 7 is in sight, 8 is not
        ([(10, 18), (17, 10)], 1),
    ],
)
def test_a_hostile_npc_hunts_the_nearest_agent_in_sight(places, prey):
    """Its mage's reach of 7 shows whom it hunts: it attacks."""
    hunter = HUNTER | {"style": MAGE}
    realms = world(*({"at": place} for place in places), npcs=(hunter,), mage_reach=7)
    events = play(realms)
    assert [event.damage_taken for event in events.values()] == [3 * (e == prey) for e in (0, 1)]


def test_a_hostile_npc_wanders_where_nobody_is_in_sight():
    found = {
        stepped(world({"at": (10, 18)}, npcs=(HUNTER,), radius=8, seed=seed)) for seed in range(40)
    }
    assert found == set(STEPS.values())


def test_a_hostile_npc_passes_over_the_immune():
    realms = world({"at": (10, 11), "age": 14}, {"at": (12, 10)}, npcs=(HUNTER,))
    assert stepped(realms) == (11, 10)  # towards the second; the first is 14 < 15 ticks old


def test_immunity_ends_with_its_last_tick():
    realms = world({"at": (10, 11), "age": 14}, npcs=(HUNTER,), tiles=walls())
    assert play(realms)[0].damage_taken == 0
    assert play(realms)[0].damage_taken == 3


# -- Whom a neutral NPC hunts ----------------------------------------------------------------


@pytest.mark.parametrize("kind", [PASSIVE, NEUTRAL])
def test_who_is_not_hostile_lets_agents_be(kind):
    realms = world({"at": (10, 11)}, npcs=({**HUNTER, "kind": kind},), tiles=walls())
    assert play(realms, ticks=5)[0].damage_taken == 0
    assert npc(realms).until == 0


def test_a_neutral_npc_hunts_from_the_tick_after_a_hit():
    realms = world({"at": (10, 11)}, npcs=({**HUNTER, "kind": NEUTRAL},), tiles=walls())
    assert play(realms, attacks={0: (MELEE, FIRST)})[0].damage_taken == 0
    assert (npc(realms).prey, npc(realms).prey_id, npc(realms).until) == (0, 0, 1 + 50)
    assert play(realms)[0].damage_taken == 3


def test_a_hit_of_no_damage_is_a_hit():
    hunter = {**HUNTER, "kind": NEUTRAL}
    realms = world({"at": (10, 11)}, npcs=(hunter,), tiles=walls(), melee_damage=0)
    assert play(realms, attacks={0: (MELEE, FIRST)})[0].damage_dealt == 0
    assert play(realms)[0].damage_taken == 3


@pytest.mark.parametrize("kind", [PASSIVE, HOSTILE])
def test_others_remember_no_hit(kind):
    realms = world({"at": (10, 11)}, npcs=({"kind": kind},), tiles=walls())
    play(realms, attacks={0: (MELEE, FIRST)})
    assert (npc(realms).prey_id, npc(realms).until) == (0, 0)


def test_a_neutral_npc_hunts_who_hit_it_last():
    realms = world({"at": (10, 11)}, {"at": (10, 9)}, npcs=({"kind": NEUTRAL},), tiles=walls())
    play(realms, attacks={0: (MELEE, FIRST)})
    assert npc(realms).prey == 0
    play(realms, attacks={1: (MELEE, FIRST)})
    assert (npc(realms).prey, npc(realms).until) == (1, 2 + 50)


def test_a_hunt_lasts_fifty_ticks():
    hit = {**HUNTS, "until": 50, "power": 0}  # as of a hit in tick 0
    realms = world({"at": (10, 11)}, npcs=(hit,), tiles=walls(), food=100, water=100)
    play(realms, ticks=50)
    assert realms.intents[0, FIRST].style == MELEE
    play(realms)
    assert (realms.intents[0, FIRST].style, npc(realms).until) == (-1, 0)


@pytest.mark.parametrize(("col", "until"), [(17, 50), (18, 0)])
def test_a_hunt_ends_where_the_prey_is_out_of_sight(col, until):
    realms = world({"at": (10, col)}, npcs=(HUNTS,), radius=8)
    play(realms)
    assert npc(realms).until == until  # 7 tiles away, and 8


def test_a_hunt_ends_with_the_prey():
    realms = world({"at": (10, 11)}, npcs=({**HUNTS, "power": 99},), tiles=walls())
    play(realms)
    assert len(realms.observation) == 0
    play(realms)
    assert (npc(realms).prey, npc(realms).prey_id, npc(realms).until) == (0, 0, 0)


def test_who_is_born_into_the_slot_of_the_prey_is_not_hunted():
    realms = world({"at": (10, 11)}, npcs=({**HUNTS, "prey_id": 5, "power": 3},), tiles=walls())
    assert play(realms)[0].damage_taken == 0
    assert npc(realms).until == 0


def test_an_immune_attacker_is_hunted_once_it_is_immune_no_more():
    realms = world({"at": (10, 11), "age": 14}, npcs=({**HUNTS, "power": 3},), tiles=walls())
    assert play(realms)[0].damage_taken == 0
    assert npc(realms).until == 50
    assert play(realms)[0].damage_taken == 3


# -- How it hunts ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prey", "move"),
    [
        ((10, 13), EAST),
        ((13, 10), SOUTH),
        ((10, 7), WEST),
        ((7, 10), NORTH),
        ((12, 14), EAST),  # the longer axis
        ((6, 12), NORTH),
        ((13, 13), SOUTH),  # equal: the rows
        ((7, 7), NORTH),
    ],
)
def test_a_step_shortens_the_longer_axis(prey, move):
    assert stepped(world({"at": prey}, npcs=(HUNTER,))) == STEPS[move]


@pytest.mark.parametrize(("prey", "move"), [((12, 14), SOUTH), ((13, 12), EAST), ((6, 7), WEST)])
@pytest.mark.parametrize("kind", [Tile.LAVA, Tile.WATER, Tile.STONE])
def test_where_that_step_is_blocked_it_shortens_the_other(prey, move, kind):
    first = {SOUTH: EAST, EAST: SOUTH, WEST: NORTH}[move]
    realms = world({"at": prey}, npcs=(HUNTER,), tiles={STEPS[first]: kind})
    assert stepped(realms) == STEPS[move]


def test_where_both_are_blocked_it_stays():
    tiles = {STEPS[SOUTH]: Tile.WATER, STEPS[EAST]: Tile.STONE}
    assert stepped(world({"at": (12, 14)}, npcs=(HUNTER,), tiles=tiles)) == HERE


def test_no_step_is_made_along_an_axis_that_is_0():
    tiles = {STEPS[EAST]: Tile.WATER}
    assert stepped(world({"at": (10, 13)}, npcs=(HUNTER,), tiles=tiles)) == HERE


def test_a_hunter_does_not_follow_on_the_ring():
    hunter = {**HUNTER, "at": (3, 10)}
    assert stepped(world({"at": (2, 12)}, npcs=(hunter,))) == (3, 11)
    assert stepped(world({"at": (2, 10)}, npcs=(hunter,), melee_reach=0)) == (3, 10)


@pytest.mark.parametrize(("style", "reach"), [(MELEE, 1), (RANGE, 2), (MAGE, 3)])
def test_it_attacks_within_the_reach_of_its_style_and_then_makes_no_step(style, reach):
    hunter = {**HUNTER, "style": style}
    near = world({"at": (10, 10 + reach)}, npcs=(hunter,))
    assert play(near)[0].damage_taken == 3
    assert place_of(near, FIRST) == HERE
    far = world({"at": (10, 11 + reach)}, npcs=(hunter,))
    assert play(far)[0].damage_taken == 0
    assert place_of(far, FIRST) == (10, 11)


def test_a_frozen_hunter_attacks():
    realms = world({"at": (10, 11)}, npcs=({**HUNTER, "freeze": 2},), freeze=3)
    assert play(realms)[0].damage_taken == 3


def test_who_moves_away_is_hit_where_it_stood():
    realms = world({"at": (10, 11)}, npcs=(HUNTER,))
    assert play(realms, moves={0: EAST})[0].damage_taken == 3
    assert place_of(realms, 0) == (10, 12)


def test_it_follows_to_where_its_prey_stood():
    realms = world({"at": (13, 10)}, npcs=(HUNTER,))
    play(realms, moves={0: EAST})
    assert (place_of(realms, FIRST), place_of(realms, 0)) == ((11, 10), (13, 11))


def test_npcs_do_not_hit_each_other():
    realms = world(npcs=(HUNTER, HUNTER))
    play(realms, ticks=5)
    assert [agent(realms, FIRST + n).health for n in range(2)] == [100, 100]
    assert npc(realms).until == 0


def test_two_hunters_hit_the_same_agent():
    realms = world({"at": (10, 11), "food": 16}, npcs=(HUNTER, HUNTER))
    assert play(realms)[0].damage_taken == 6
    assert stores(realms, 0)[0] == 10 - 6
