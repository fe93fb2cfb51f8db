"""Phase 5, first half: the dead leave the world at once and are reported."""

import pytest

from forge.blade.tiles import Cause, Tile
from tests.blade.worlds import EAST, MAGE, MELEE, agent, life, lives, play, stim, world

LAVA = {(10, 11): Tile.LAVA}


def test_the_dead_are_gone_from_the_observation_of_the_same_tick():
    realms = world({}, {"at": (10, 9)}, tiles=LAVA)
    play(realms, moves={0: EAST})
    assert realms.observation.ent["slot"].tolist() == [1]
    assert stim(realms, 1).who.tolist() == [1]


def test_the_dead_leave_their_tile():
    realms = world({}, tiles=LAVA)
    play(realms, moves={0: EAST})
    assert realms.state.crowd.sum() == 0


def test_a_free_slot_holds_nothing_but_zeros():
    realms = world({"population": 1, "food": 3}, tiles=LAVA)
    play(realms, moves={0: EAST})
    empty = (realms.state.agents[0, 0], realms.state.lives[0, 0], realms.state.seen[0, 0])
    assert not any(any(array.tobytes()) for array in empty)


@pytest.mark.parametrize(
    ("values", "moves", "attacks", "cause", "killer"),
    [
        ({}, {0: EAST}, {}, Cause.LAVA, -1),
        ({"health": 1, "food": 1}, {}, {}, Cause.STARVED, -1),
        ({"health": 1, "water": 1}, {}, {}, Cause.DEHYDRATED, -1),
        ({}, {}, {1: (MELEE, 0)}, Cause.SLAIN, 1),
    ],
)
def test_the_dead_are_reported_with_cause_and_killer(values, moves, attacks, cause, killer):
    realms = world(values, {}, tiles=LAVA)
    event = play(realms, moves, attacks)[0]
    assert (event.died, event.cause, event.killer) == (True, cause, killer)
    record = life(realms)
    assert (record.cause, record.killer) == (cause, killer)


def test_those_who_live_are_reported_alive():
    event = play(world({}))[0]
    assert (event.died, event.cause, event.killer) == (False, Cause.ALIVE, -1)


def test_slain_counts_before_starved():
    # Both the last health and the last food go in this tick, but the slain do not live through it.
    realms = world({"health": 1, "food": 1}, {})
    assert play(realms, attacks={1: (MAGE, 0)})[0].cause == Cause.SLAIN


def test_a_record_tells_birth_death_and_lifetime():
    realms = world(max_agents=1, births=1, populations=1)
    while not (record := life(realms)).cause:
        play(realms)
    # Born in the reset, tick 0, on grass: it lives 36 ticks.
    assert (record.birth_tick, record.death_tick, record.lifetime) == (0, 36, 36)


def test_a_record_tells_realm_id_and_population():
    realms = world({"population": 1}, tiles=LAVA)
    play(realms, moves={0: EAST})
    record = life(realms)
    assert (record.realm, record.id, record.population) == (0, 0, 1)


def test_records_are_handed_over_once():
    realms = world({}, tiles=LAVA)
    play(realms, moves={0: EAST})
    assert [len(realms.take_lives()), len(realms.take_lives())] == [1, 0]


def test_the_records_of_the_living_are_marked_censored():
    realms = world({"age": 0})
    play(realms, ticks=3)
    (record,) = realms.censored()
    assert (record["cause"], record["death_tick"], record["lifetime"]) == (Cause.ALIVE, -1, 3)


def test_records_of_one_tick_come_by_slot():
    realms = world({}, {}, {}, tiles=LAVA)
    play(realms, moves={0: EAST, 2: EAST, 1: EAST})
    assert realms.take_lives()["id"].tolist() == [0, 1, 2]


def test_many_records_are_kept_until_they_are_taken():
    realms = world(max_agents=8, births=8, food=1, water=1, health=1)
    play(realms, ticks=50)
    # 8 are born in the reset and after every tick but the last, and die in the tick after.
    assert len(realms.take_lives()) == 8 * 50


def test_the_others_keep_their_slots_when_one_dies():
    realms = world({}, {"at": (5, 5)}, {"at": (6, 6)}, tiles=LAVA)
    play(realms, moves={0: EAST})
    assert (agent(realms, 1).id, agent(realms, 2).id) == (1, 2)
    assert sorted(lives(realms)) == [0, 1, 2]
