"""Restored NPCs: what no world can be is refused by name, and nothing else is."""

from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forge.blade import Chaos, Kind, Realms, Tile
from forge.blade.validity import SnapshotError
from tests.blade import restoring
from tests.blade.test_realm import run
from tests.blade.test_tick_twin import NPCS, SEEDS, SETTINGS, config

CONFIG = Chaos(
    map_size=24, border=2, radius=4, max_agents=8, populations=2, births=2, immunity=0,
    food=10_000, water=10_000, npcs=12, health=100, melee_reach=3, range_reach=3,
)  # fmt: skip
NUMBERS = (7, 3)
FIRST = 8  # slot of an NPC


@lru_cache(maxsize=1)
def played():
    """Play two realms until somebody is hunted; their world must not be changed."""
    realms = Realms(CONFIG, 21, NUMBERS)
    run(realms, 60)
    assert (realms.state.npcs["until"][0] > 0).any()
    assert realms.state.agents["alive"][0, FIRST:].all()
    return realms.snapshot()


def snapshot():
    return restoring.copied(played())


def refused(arrays):
    return restoring.refused(CONFIG, NUMBERS, arrays)


def written(array, place, **values):
    """Write values into the records of an NPC of the first realm."""
    arrays = snapshot()
    for name, value in values.items():
        arrays[array][name][0, place] = value
    return arrays


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("id", 0, "slot 8: agents.id must be -"),
        ("id", -1, "slot 8: agents.id must be -"),
        ("population", 0, "slot 8: agents.population must be -1, not 0"),
        ("slot", 7, "slot 8: agents.slot must be 8, not 7"),
        ("row", 2, "slot 8: agents.row must be 3 … 20, not 2"),
        ("col", 21, "slot 8: agents.col must be 3 … 20, not 21"),
        ("age", -1, "slot 8: agents.age must be 0 … 1073741824, not -1"),
        ("health", 0, "slot 8: agents.health must be 1 … 100, not 0"),
        ("health", 101, "slot 8: agents.health must be 1 … 100, not 101"),
        ("food", 1, "slot 8: agents.food must be 0, not 1"),
        ("water_empty", 1, "slot 8: agents.water_empty must be 0, not 1"),
        ("freeze", 4, "slot 8: agents.freeze must be 0 … 3, not 4"),
        ("damage", -1, "slot 8: agents.damage must be 0 … "),
        ("spare", [0, 1, 0], "slot 8: agents.spare[1] must be 0, not 1"),
    ],
)
def test_the_record_of_an_npc_is_checked(column, value, said):
    assert said in refused(written("agents", FIRST, **{column: value}))


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("births", 0, "npcs.births must be 1 … 70368744177664, not 0"),
        ("births", 2**47, "npcs.births must be 1 … "),
        ("births", 99, "agents.id must be -"),
        ("depth", 0, "npcs.depth must be 1 … 9, not 0"),
        ("depth", 10, "npcs.depth must be 1 … 9, not 10"),  # the side is 20
        ("kind", 0, "npcs.kind 0 and npcs.level"),
        ("kind", 4, "npcs.kind 4 and npcs.level"),
        ("level", 0, "and npcs.level 0 are not those of an NPC that is born about"),
        ("level", 10, "and npcs.level 10 are not those of an NPC that is born about"),
        ("style", 3, "npcs.style must be 0 … 2, not 3"),
        ("power", -1, "npcs.power must be "),
        ("power", 81, "npcs.power must be "),
        ("until", 10, "npcs.until must be 0, not 10"),
        ("prey", 1, "npcs.prey must be 0, not 1"),
        ("prey_id", 1, "npcs.prey_id must be 0, not 1"),
        ("spare", [0, 0, 0, 0, 1], "npcs.spare[4] must be 0, not 1"),
    ],
)
def test_what_is_remembered_of_an_npc_is_checked(column, value, said):
    place = int(np.flatnonzero(played()["npcs"]["kind"][0] == Kind.PASSIVE)[0])
    assert f"slot {FIRST + place}: " in (text := refused(written("npcs", place, **{column: value})))
    assert said in text


def test_an_npc_has_a_level_of_the_setting():
    flat = Realms(CONFIG.replace(npc_level=0), 21, NUMBERS)
    run(flat, 60)
    flat.restore(arrays := flat.snapshot())
    assert "are not those of an NPC that is born about" in refused(arrays)


def test_a_hit_of_an_npc_does_no_more_damage_than_the_setting_allows():
    said = restoring.refused(CONFIG.replace(npc_level=0), NUMBERS, snapshot())
    assert "lives.damage_taken[2] must be 0 … 16, not " in said  # two hits of 0.8 × 10


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("until", 59, "npcs.until must be 60 … 110, not 59"),
        ("until", 111, "npcs.until must be 60 … 110, not 111"),
        ("prey", 8, "npcs.prey must be 0 … 7, not 8"),
        ("prey", -1, "npcs.prey must be 0 … 7, not -1"),
        ("prey_id", 10**6, "npcs.prey_id must be 0 … "),
    ],
)
def test_a_hunt_is_checked(column, value, said):
    place = int(np.flatnonzero(played()["npcs"]["until"][0] > 0)[0])
    assert said in refused(written("npcs", place, **{column: value}))


def test_a_hunt_for_an_agent_that_lives_is_for_who_is_in_its_slot():
    arrays = snapshot()
    agents, npcs = arrays["agents"][0], arrays["npcs"][0]
    hunter = np.flatnonzero(npcs["until"] > 0)[0]
    one, other = np.flatnonzero(agents["alive"][:FIRST])[:2]
    npcs["prey"][hunter], npcs["prey_id"][hunter] = other, agents["id"][one]
    said = f"slot {FIRST + hunter}: npcs.prey must be the slot of agent {agents['id'][one]}, which"
    assert said in refused(arrays)
    npcs["prey"][hunter] = one
    Realms(CONFIG, 6, NUMBERS).restore(arrays)


def freed():
    """Take an NPC out of a snapshot."""
    arrays = snapshot()
    agents, crowd = arrays["agents"][0], arrays["crowd"][0]
    pad = (crowd.shape[0] - CONFIG.map_size) // 2
    crowd[agents["row"][FIRST] + pad, agents["col"][FIRST] + pad] -= 1
    agents[FIRST] = np.zeros((), agents.dtype)
    for name in set(arrays["npcs"].dtype.names) - {"births", "depth"}:
        arrays["npcs"][name][0, 0] = 0
    return arrays


def test_a_free_slot_remembers_nothing_but_births_and_depth():
    arrays = freed()
    Realms(CONFIG, 6, NUMBERS).restore(arrays)
    arrays["npcs"]["kind"][0, 0] = 1
    assert "slot 8: npcs.kind must be 0, not 1" in refused(arrays)


def test_a_slot_in_which_nobody_was_born_has_no_depth():
    arrays = freed()
    arrays["npcs"]["births"][0, 0] = 0
    assert "slot 8: npcs.depth must be 0, not " in refused(arrays)
    arrays["npcs"]["depth"][0, 0] = 0
    Realms(CONFIG, 6, NUMBERS).restore(arrays)


def test_npcs_stand_on_tiles_on_which_one_can_live():
    arrays = snapshot()
    npcs, tiles = arrays["agents"][0, FIRST:], arrays["tiles"][0]
    pad = (len(tiles) - CONFIG.map_size) // 2
    kinds = tiles[npcs["row"] + pad, npcs["col"] + pad]
    one = npcs[np.flatnonzero(kinds == Tile.GRASS)[-1]]
    tiles[one["row"] + pad, one["col"] + pad] = Tile.STONE
    assert f"stands on stone at row {one['row']}, column {one['col']}" in refused(arrays)


def test_a_snapshot_of_a_world_without_npcs_is_of_other_realms():
    arrays = snapshot()
    del arrays["npcs"]
    assert refused(arrays) == "snapshot is of other realms: npcs is missing"
    without = Realms(CONFIG.replace(npcs=0), 6, NUMBERS)
    with pytest.raises(SnapshotError, match="a snapshot holds no 'npcs'"):
        without.restore(snapshot())


@restoring.WORLDS
@given(st.builds(config, **SETTINGS | NPCS), SEEDS, st.integers(0, 20))
def test_every_world_with_npcs_that_was_played_is_restored(config, seed, ticks):
    restoring.restored_after(config, seed, ticks)


@restoring.EDITS
@given(restoring.edits(played, {"npcs": np.s_[0], "agents": np.s_[0, FIRST:]}))
def test_an_edit_of_npcs_is_refused_or_plays_on(edit):
    edit.make(arrays := snapshot())
    restoring.refused_or_plays_on(CONFIG, NUMBERS, arrays)
