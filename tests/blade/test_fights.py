"""Hits between agents and NPCs."""

import numpy as np
import pytest

from forge.blade import Actions, Cause, Tile
from tests.blade.worlds import (
    EAST,
    HOSTILE,
    MAGE,
    MELEE,
    NEUTRAL,
    RANGE,
    agent,
    life,
    lives,
    place_of,
    play,
    row_of,
    serve_from,
    stim,
    stores,
    world,
)

FIRST = 8  # slot of the first NPC
BESIDE = {"at": (10, 11)}
HUNTER = {"kind": HOSTILE, "power": 3, "style": MELEE}
WALLS = {(9, 10): Tile.STONE, (10, 9): Tile.STONE, (11, 10): Tile.STONE}


# -- An agent hits an NPC --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offence", "power", "damage"),
    [
        (10, 0, 10),
        (10, 3, 7),
        (10, 8, 2),  # 10 − 8 = ⌊10 / 4⌋
        (10, 9, 2),  # ⌊10 / 4⌋
        (10, 72, 2),
        (3, 5, 0),  # ⌊3 / 4⌋
        (4, 5, 1),
        (0, 0, 0),
    ],
)
def test_power_wards_off_all_but_a_quarter(offence, power, damage):
    realms = world(BESIDE, npcs=({"power": power},), melee_damage=offence)
    event = play(realms, attacks={0: (MELEE, FIRST)})[0]
    assert (event.hits, event.damage_dealt) == (1, damage)
    assert agent(realms, FIRST).health == min(100, 100 - damage + 1)
    assert agent(realms, FIRST).damage == damage


@pytest.mark.parametrize(("style", "damage"), [(MELEE, 10), (RANGE, 2), (MAGE, 1)])
def test_the_offence_is_that_of_the_style(style, damage):
    realms = world(BESIDE, npcs=({},))
    play(realms, attacks={0: (style, FIRST)})
    record, expected = life(realms), np.eye(3, dtype=int)[style]
    assert record.hits_dealt.tolist() == expected.tolist()
    assert record.damage_dealt.tolist() == (damage * expected).tolist()


def test_a_mages_hit_freezes_an_npc():
    realms = world(BESIDE, npcs=({},), freeze=3)
    play(realms, attacks={0: (MAGE, FIRST)})
    assert agent(realms, FIRST).freeze == 2  # 3, less this tick
    place = place_of(realms, FIRST)
    play(realms, ticks=2)
    assert place_of(realms, FIRST) == place
    play(realms)
    assert place_of(realms, FIRST) != place


def test_nothing_is_drained_from_an_npc():
    realms = world({**BESIDE, "food": 5, "water": 5}, npcs=({},), drain=1.0)
    event = play(realms, attacks={0: (MELEE, FIRST)})[0]
    assert (event.food_drained, event.water_drained) == (0, 0)
    assert stores(realms, 0)[1:] == (4, 4)


def test_who_slays_an_npc_is_told_but_has_killed_no_agent():
    realms = world(BESIDE, npcs=({"health": 10},))
    event = play(realms, attacks={0: (MELEE, FIRST)})[0]
    assert (event.slew_npc, event.kills, event.damage_dealt) == (True, 0, 10)
    assert life(realms).kills == realms.state.tally[0, 0].kills == 0
    assert npc_is_new(realms)


def npc_is_new(realms):
    """Say whether the first NPC is gone; another may be born in its slot at once."""
    return agent(realms, FIRST).id != -2


@pytest.mark.parametrize(("health", "slain"), [(10, True), (11, False)])
def test_an_npc_dies_at_health_0(health, slain):
    realms = world(BESIDE, npcs=({"health": health},))
    assert play(realms, attacks={0: (MELEE, FIRST)})[0].slew_npc == slain
    assert npc_is_new(realms) == slain


@pytest.mark.parametrize(("start", "slayer"), [(0, 0), (1, 1)])
def test_the_first_to_bring_its_health_to_0_slays_it(start, slayer):
    realms = world(BESIDE, BESIDE, npcs=({"health": 10},))
    serve_from(realms, start)
    events = play(realms, attacks={0: (MELEE, FIRST), 1: (MELEE, FIRST)})
    assert [event.slew_npc for event in events.values()] == [e == slayer for e in (0, 1)]
    assert [event.damage_dealt for event in events.values()] == [10, 10]


def test_an_npc_is_never_immune_nor_a_friend():
    realms = world(BESIDE, npcs=({"age": 0},), friendly_fire=False)
    row = row_of(realms, 0, FIRST)
    assert stim(realms, 0).can_attack[row].all()
    assert play(realms, attacks={0: (MELEE, FIRST)})[0].hits == 1


def test_an_npc_out_of_reach_cannot_be_attacked():
    realms = world({"at": (10, 12)}, npcs=({},))
    row = row_of(realms, 0, FIRST)
    assert stim(realms, 0).can_attack[row].tolist() == [False, True, True]
    assert play(realms, attacks={0: (MELEE, FIRST)})[0].hits == 0


@pytest.mark.parametrize(("health", "victim"), [(4, FIRST), (6, 1), (5, 1)])
def test_the_weakest_in_reach_may_be_an_npc(health, victim):
    """Agent 1 has a health of 5; of equal ones the lower slot, its own, is hit."""
    realms = world(
        BESIDE, {**BESIDE, "health": 5}, npcs=({"health": health, "at": (10, 11)},),
        auto_target=True, range_damage=1,
    )  # fmt: skip
    actions = Actions.stay(2)
    actions.style[0] = RANGE
    realms.step(actions)
    assert realms.intents[0, 0].target == victim


# -- An NPC hits an agent --------------------------------------------------------------------


def test_its_power_is_the_damage():
    realms = world({**BESIDE, "food": 16}, npcs=(HUNTER,))
    event = play(realms)[0]
    assert (event.damage_taken, event.died) == (3, False)
    assert stores(realms, 0)[0] == 10 - 3
    record = life(realms)
    assert (record.hits_taken.tolist(), record.damage_taken.tolist()) == ([1, 0, 0], [3, 0, 0])


@pytest.mark.parametrize(("power", "dies"), [(9, False), (10, True), (11, True)])
def test_it_slays_at_health_0(power, dies):
    realms = world({**BESIDE, "food": 16}, npcs=({**HUNTER, "power": power},))
    event = play(realms)[0]
    assert event.died == dies
    assert (event.cause, event.killer) == ((Cause.SLAIN, -2) if dies else (Cause.ALIVE, -1))


def test_the_life_it_ended_names_it():
    realms = world(BESIDE, npcs=({}, {**HUNTER, "power": 10}))
    play(realms)
    record = lives(realms)[0]
    assert (record.cause, record.killer, record.lifetime) == (Cause.SLAIN, -3, 21)
    assert realms.state.tally["kills"].sum() == 0


def test_a_mage_freezes_agents():
    realms = world({"at": (10, 12)}, npcs=({**HUNTER, "style": MAGE},), freeze=3)
    play(realms)
    assert agent(realms, 0).freeze == 2
    play(realms, moves={0: EAST}, ticks=1)
    assert place_of(realms, 0) == (10, 12)


def test_the_slain_strike_back_in_the_same_tick():
    realms = world({**BESIDE, "food": 16}, npcs=({**HUNTER, "health": 7},))  # 10 − 3
    serve_from(realms, 0)  # the agent first
    event = play(realms, attacks={0: (MELEE, FIRST)})[0]
    assert (event.slew_npc, event.damage_taken) == (True, 3)


def test_the_slain_npc_does_not_step():
    realms = world(BESIDE, npcs=({"health": 1, "kind": NEUTRAL},), tiles=WALLS)
    npc_place = realms.state.crowd.copy()
    play(realms, attacks={0: (RANGE, FIRST)})
    assert (realms.state.crowd.astype(int) <= npc_place + 1).all()
    assert npc_is_new(realms)


def test_agents_hit_each_other_as_ever_where_there_are_npcs():
    realms = world(BESIDE, {**BESIDE, "food": 16}, npcs=({"at": (4, 4)},))
    event = play(realms, attacks={0: (RANGE, 1)})[1]
    assert (event.damage_taken, stores(realms, 1)) == (2, (10 - 2, 16 - 2 - 1, 32 - 2 - 1))


# -- What is seen of NPCs --------------------------------------------------------------------


def test_an_npc_is_a_row_with_its_traits():
    realms = world(BESIDE, npcs=({"kind": NEUTRAL, "level": 6, "style": MAGE},))
    seen = stim(realms, 0)
    assert seen.who.tolist() == [0, -2]
    assert seen.traits.tolist() == [[0, 0, 0], [NEUTRAL, 6, MAGE]]
    assert seen.others[1, 1] == np.float32((100 - 5) / 10)
    assert seen.others[1, [2, 3, 9]].tolist() == [-0.5, -0.5, -0.5]  # no food, no water, no friend


def test_npcs_are_in_the_crowd():
    realms = world({"at": (10, 10)}, npcs=({}, {}))
    assert stim(realms, 0).crowd[7, 7] == 3


def test_without_npcs_traits_have_no_columns():
    assert stim(world(BESIDE, BESIDE), 0).traits.shape == (2, 0)
