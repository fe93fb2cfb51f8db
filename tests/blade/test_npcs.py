"""NPCs are born where the map is as dangerous as they are, and live without food."""

import numpy as np
import pytest

from forge.blade import Chaos, ConfigError, Realms, Saga, Tile, preset
from forge.blade.kinds import kind_at, level_at, power_of
from forge.blade.observation import Actions
from forge.blade.systems.order import first_of
from tests.blade.worlds import (
    BORDER,
    HOSTILE,
    NEUTRAL,
    PASSIVE,
    SIZE,
    agent,
    npc,
    place_of,
    play,
    world,
)

FIRST = 8  # slot of an NPC
MIDDLE = (10, 10)  # depth 8, of a square of side 17
INSIDE = [(row, col) for row in range(3, 18) for col in range(3, 18)]


def alive(realms):
    return realms.state.agents[0, FIRST:]["alive"]


def depths(realms):
    agents = realms.state.agents[0, FIRST:][alive(realms)]
    rows, cols = agents["row"] - BORDER, agents["col"] - BORDER
    return np.minimum.reduce([rows, cols, 16 - rows, 16 - cols])


# -- Danger ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("depth", "side", "kind"),
    [
        (31, 128, PASSIVE),  # 62 / 128 = 0.484
        (32, 128, NEUTRAL),  # 64 / 128 = 0.5
        (51, 128, NEUTRAL),  # 102 / 128 = 0.797
        (52, 128, HOSTILE),  # 104 / 128 = 0.8125
        (4, 20, PASSIVE),  # 0.4
        (5, 20, NEUTRAL),  # 0.5 exactly
        (7, 20, NEUTRAL),  # 0.7
        (8, 20, HOSTILE),  # 0.8 exactly
        (1, 3, NEUTRAL),  # 2 / 3
    ],
)
def test_the_kind_follows_from_the_danger(depth, side, kind):
    assert kind_at(depth, side) == kind


@pytest.mark.parametrize(
    ("depth", "side", "level"),
    [(1, 128, 1), (7, 128, 1), (8, 128, 2), (32, 128, 5), (63, 128, 9), (2, 18, 3), (1, 3, 7)],
)
def test_the_level_is_one_more_than_nine_times_the_danger(depth, side, level):
    assert level_at(depth, side, 9) == level == 1 + int(9 * 2 * depth / side + 1e-9)


@pytest.mark.parametrize(
    ("npc_level", "level"),
    [(0, 1), (1, 1), (2, 2), (4, 4), (5, 4), (9, 8)],  # of a danger of 50 / 64 = 0.78
)
def test_the_highest_level_is_a_setting(npc_level, level):
    assert level_at(25, 64, npc_level) == level


@pytest.mark.parametrize(
    ("level", "weakness", "power"),
    [(1, 9, 0), (1, 8, 1), (1, 0, 8), (3, 4, 20), (9, 0, 72), (10, 0, 80)],  # 0.8 × 26 = 20.8
)
def test_power_is_four_fifths_of_ten_times_the_level_less_what_was_drawn(level, weakness, power):
    assert power_of(level, weakness) == power


# -- Births ----------------------------------------------------------------------------------


def test_twenty_five_tries_a_tick_fill_the_lowest_free_slots():
    realms = world(npcs=40)  # all tiles are grass: each try succeeds
    assert alive(realms).sum() == 0
    play(realms)
    assert np.flatnonzero(alive(realms)).tolist() == list(range(25))
    play(realms)
    assert alive(realms).all()


def test_npcs_are_born_inside_the_ring():
    realms = world(npcs=40)
    play(realms, ticks=2)
    assert depths(realms).min() >= 1


@pytest.mark.parametrize("kind", [Tile.LAVA, Tile.WATER, Tile.STONE])
def test_npcs_are_born_on_no_tile_that_kills_or_blocks(kind):
    realms = world(npcs=40, tiles={place: kind for place in INSIDE if place != (5, 6)})
    play(realms, ticks=40)  # 25 × 40 tries hit one of 225 tiles but with probability 0.01
    born = np.flatnonzero(alive(realms))
    assert len(born) > 0
    assert {place_of(realms, FIRST + e) for e in born.tolist()} == {(5, 6)}


def test_npcs_are_what_the_danger_says():
    realms = world(npcs=40)
    play(realms)
    born = realms.state.npcs[0, :25]
    assert born["depth"].tolist() == depths(realms).tolist()  # the newborn have not yet moved
    for one in born:
        assert (one.kind, one.level) == (kind_at(one.depth, 17), level_at(one.depth, 17, 9))
        assert power_of(int(one.level), 9) <= one.power <= power_of(int(one.level), 0)


@pytest.mark.parametrize(("npc_level", "levels"), [(0, {1}), (4, {1, 2, 3, 4}), (1, {1})])
def test_npcs_have_the_levels_of_the_setting(npc_level, levels):
    realms = world(npcs=40, npc_level=npc_level)  # the danger is 2 / 17 … 16 / 17
    play(realms, ticks=2)
    assert set(realms.state.npcs["level"][0].tolist()) == levels


def test_styles_are_drawn():
    realms = world(npcs=40)
    play(realms, ticks=2)
    assert set(realms.state.npcs[0]["style"].tolist()) == {0, 1, 2}


def test_npcs_have_ids_of_their_own_which_are_never_used_twice():
    realms = world(npcs=({"health": 5}, {}))
    assert agent(realms, FIRST).id == -2
    agent(realms, FIRST).health = 0  # as a hit leaves it
    play(realms, ticks=30)  # 25 × 30 tries hit the middle of 225 tiles but with probability 0.04
    assert realms.state.agents["id"][0, FIRST:].tolist() == [-2 - 0 - 2, -3]
    assert realms.state.clock[0].next_id == 0


def test_npcs_are_no_agents():
    realms = world({}, npcs=({}, {}))
    events = play(realms, ticks=3)
    clock, tally = realms.state.clock[0], realms.state.tally[0, 0]
    assert (clock.living, clock.top, clock.next_id) == (1, 1, 1)
    assert (tally.births, tally.living, tally.agent_ticks) == (1, 1, 3)
    assert list(events) == [0]
    assert len(realms.observation) == len(realms.censored()) == 1


# -- Death and replacement -------------------------------------------------------------------


def test_the_slain_leave_the_map_at_once():
    realms = world(npcs=({"at": (4, 4), "health": 0},), tiles={MIDDLE: Tile.STONE})
    npc(realms).depth = 8  # nobody is born at this depth
    play(realms)
    assert not alive(realms)[0]
    assert realms.state.crowd.sum() == 0
    assert npc(realms).tolist()[:6] == (1, 0, 0, 0, 0, 8)  # births and depth stay


def test_an_npc_is_replaced_where_it_is_as_dangerous():
    realms = world(npcs=({"health": 0, "at": (4, 9)},))
    play(realms)
    while not alive(realms)[0]:
        play(realms)
    assert depths(realms).tolist() == [2] == [npc(realms).depth]


@pytest.mark.parametrize(
    ("side", "depths"),
    [
        (39, {10}),  # 2 × 1 / 39 = 0.051
        (40, {9, 10, 11}),  # 0.05 exactly
        (41, {9, 10, 11}),  # 0.049; 2 × 2 / 41 = 0.098
    ],
)
def test_the_danger_may_differ_by_a_twentieth(side, depths):
    found, last = set(), side - 1
    for seed in range(60):
        realms = world(npcs=({"health": 0, "depth": 10},), map_size=side + 4, seed=seed)
        play(realms)
        row, col = (place - 2 for place in place_of(realms, FIRST))
        found |= {min(row, col, last - row, last - col)} if alive(realms)[0] else set()
    assert found == depths


def test_a_slot_whose_danger_is_nowhere_stays_free_until_there_is_a_tile():
    realms = world(npcs=({"health": 0},), tiles={MIDDLE: Tile.STONE})
    play(realms, ticks=60)
    assert not alive(realms)[0]
    pad = (realms.state.tiles.shape[1] - SIZE) // 2
    realms.state.tiles[0, 10 + pad, 10 + pad] = Tile.GRASS
    play(realms, ticks=60)
    assert alive(realms)[0]


def test_a_slot_that_waits_for_its_danger_does_not_keep_others_waiting():
    realms = world(npcs=({"health": 0}, {"health": 0}), tiles={MIDDLE: Tile.STONE})
    npc(realms, 1).depth = 0  # nobody was born there
    play(realms)
    assert alive(realms).tolist() == [False, True]


# -- Life ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("health", "after"), [(1, 2), (98, 99), (99, 100), (100, 100)])
def test_npcs_heal_by_one_up_to_a_hundred(health, after):
    realms = world(npcs=({"health": health},))
    play(realms)
    assert agent(realms, FIRST).health == after


def test_npcs_age_thaw_and_forget_the_last_damage():
    realms = world(npcs=({"freeze": 2, "damage": 7},))
    play(realms)
    one = agent(realms, FIRST)
    assert (one.age, one.freeze, one.damage) == (1, 1, 0)


def test_npcs_do_not_eat():
    realms = world(npcs=({"at": (5, 5)},), tiles=dict.fromkeys(INSIDE, Tile.FOREST))
    play(realms, ticks=5)
    assert realms.state.clock[0].scrubs == 0


def test_npcs_are_born_anew_on_another_map_and_no_id_is_used_twice():
    realms = Realms(Chaos(npcs=20, map_size=24, border=4, radius=3, map_epochs=1))
    realms.step(Actions.stay(len(realms.observation)))
    before = set(realms.state.agents["id"][0].tolist())
    realms.move({0: 1})
    assert (realms.state.agents["id"] >= 0).all()
    realms.step(Actions.stay(len(realms.observation)))
    after = realms.state.agents["id"][0, realms.config.max_agents :]
    assert (after < 0).any()
    assert before.isdisjoint(after[after < 0].tolist())


# -- Settings --------------------------------------------------------------------------------


@pytest.mark.parametrize("npc_level", [-1, 10])
def test_npcs_have_level_nine_at_most(npc_level):
    with pytest.raises(ConfigError, match="npc_level must be at "):
        Chaos(npcs=3, npc_level=npc_level)


def test_configs_from_before_there_was_npc_level_are_read():
    before = preset("saga16").as_dict()
    assert before.pop("npc_level") == 9
    assert Saga.from_dict(before) == preset("saga16").replace(npc_level=9)


def test_npcs_need_combat():
    with pytest.raises(ConfigError, match=r"npcs \(3\) needs combat"):
        preset("law16").replace(npcs=3)


def test_all_entities_may_stand_on_one_tile():
    assert Chaos(max_agents=65_000, npcs=535).slots == 65_535
    with pytest.raises(ConfigError, match=r"max_agents \(65000\) and npcs \(536\) exceed 65535"):
        Chaos(max_agents=65_000, npcs=536)


@pytest.mark.parametrize("agents", [16, 32, 64, 128, 1024])
def test_a_preset_of_saga_has_as_many_npcs_as_agents(agents):
    saga = preset(f"saga{agents}")
    assert (saga.max_agents, saga.npcs, saga.populations) == (agents, agents, agents // 16)
    assert (saga.health, saga.starvation, saga.regeneration, saga.side) == (100, 10, 10, 128)


# -- Serving order -----------------------------------------------------------------------------


@pytest.mark.parametrize(("start", "step", "first"), [(3, 1, 3), (3, -1, 3), (9, 1, 0), (9, -1, 7)])
def test_agents_are_served_in_the_order_of_all_without_the_npcs(start, step, first):
    assert first_of(start, step, 8) == first  # slots 8 and above are those of NPCs
