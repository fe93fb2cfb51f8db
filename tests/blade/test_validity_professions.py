"""Restored professions: what nobody can have harvested is refused by name, and nothing else is."""

from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forge.blade import Realms, Saga
from forge.blade.items import Item
from forge.blade.scripted import SCRIPTED
from forge.blade.tiles import Tile
from tests.blade import restoring
from tests.blade.test_tick_twin import (
    ITEMS,
    NPCS,
    PROFESSIONS,
    SEEDS,
    SETTINGS,
    SKILLS,
    config,
)

CONFIG = Saga(
    map_size=24, border=2, radius=4, max_agents=8, populations=2, births=2, npcs=8, food=10_000,
    water=10_000, clusters=30, singles=60, immunity=10_000, forest_cut=1.0,
)  # fmt: skip
NUMBERS = (7, 3)


@lru_cache(maxsize=1)
def played():
    """Play two realms until there is something of everything; they must not be changed."""
    realms = Realms(CONFIG, 21, NUMBERS)
    for _ in range(400):
        realms.step(SCRIPTED["careful"](realms.observation))
        gathered = realms.state.crafts["gathered"][0]
        if gathered.sum(axis=0).min() > 0 and Tile.STUMP in realms.state.tiles[0]:
            return realms.snapshot()
    raise AssertionError("something was never harvested")


def snapshot():
    return restoring.copied(played())


def gatherer(resource):
    return int(played()["crafts"]["gathered"][0, :, resource].argmax())


def refused(arrays):
    return restoring.refused(CONFIG, NUMBERS, arrays)


@pytest.mark.parametrize("resource", [0, 1, 2, 3])
@pytest.mark.parametrize("more", [-1, 1])
def test_whoever_stood_on_a_resource_harvested_it(resource, more):
    arrays, slot = snapshot(), gatherer(resource)
    arrays["crafts"]["gathered"][0, slot, resource] += more
    times = played()["crafts"]["gathered"][0, slot, resource]
    said = f"slot {slot}: crafts.gathered[{resource}] must be {times}, not {times + more}"
    assert said in refused(arrays)


def test_nobody_catches_more_fish_than_it_lived_ticks():
    arrays, slot = snapshot(), gatherer(4)
    arrays["crafts"]["gathered"][0, slot, 4] = 1000
    assert f"slot {slot}: crafts.gathered[4] must be 0 … " in refused(arrays)


def test_experience_follows_from_harvests():
    arrays, slot = snapshot(), gatherer(4)
    arrays["skills"]["experience"][0, slot, 3] += 30
    assert f"slot {slot}: skills.experience[3] must be " in refused(arrays)


def test_ticks_of_all_kinds_add_up_to_the_age():
    arrays, slot = snapshot(), gatherer(0)
    arrays["lives"]["ticks_on"][0, slot, Tile.GRASS] = arrays["agents"]["age"][0, slot]
    assert f"slot {slot}: lives.ticks_on, taken together, must be " in refused(arrays)


@pytest.mark.parametrize("column", ["ticks_on", "distinct"])
@pytest.mark.parametrize("value", [-1, 1000])
def test_what_is_impossible_of_further_kinds_is_named_before_it_is_added_up(column, value):
    arrays, slot = snapshot(), gatherer(0)
    arrays["crafts"][column][0, slot, 1] = value
    assert f"slot {slot}: crafts.{column}[1] must be 0" in refused(arrays)


def test_distinct_tiles_of_further_kinds_are_counted_by_their_bits():
    arrays, slot = snapshot(), gatherer(0)
    arrays["crafts"]["distinct"][0, slot, 0] -= 1
    assert f"slot {slot}: seen.bits must be " in refused(arrays)


def test_no_more_tiles_of_a_kind_are_visited_than_ticks_spent_on_it():
    arrays, slot = snapshot(), gatherer(0)
    arrays["crafts"]["distinct"][0, slot, 0] += 1
    arrays["lives"]["distinct"][0, slot, Tile.GRASS] -= 1
    arrays["crafts"]["distinct"][0, slot, 0] = arrays["crafts"]["ticks_on"][0, slot, 0] + 1
    assert f"slot {slot}: " in refused(arrays)


@pytest.mark.parametrize("kind", [0, Item.HAT, Item.ROD])
def test_only_what_resources_give_comes_from_harvests(kind):
    arrays = snapshot()
    arrays["yields"]["harvested"][0, kind] += 1
    assert f"kind {int(kind)}: yields.harvested must be 0, not 1" in refused(arrays)


def test_the_ledger_counts_harvests():
    arrays = snapshot()
    arrays["yields"]["harvested"][0, Item.ARROW] -= 1
    assert f"kind {int(Item.ARROW)}: ledger.looted must be 1, not 0" in refused(arrays)


def test_only_harvested_tiles_regrow():
    arrays = snapshot()
    listed = int(arrays["scrub"][0, 0])
    arrays["tiles"][0].reshape(-1)[listed] = Tile.GRASS
    assert "entry 0: scrub must be the index of a harvested tile" in refused(arrays)


def test_forests_are_those_that_stand_and_those_that_regrow():
    arrays = snapshot()
    arrays["clock"]["forests"][0] += 1
    assert "clock.forests must be " in refused(arrays)


def test_free_slots_have_harvested_nothing():
    realms = Realms(CONFIG.replace(births=0), 6, NUMBERS)
    arrays = realms.snapshot()
    arrays["crafts"]["gathered"][0, 3, 2] = 1
    said = restoring.refused(CONFIG.replace(births=0), NUMBERS, arrays)
    assert "slot 3: crafts.gathered[2] must be 0, not 1" in said


@restoring.WORLDS
@given(
    st.builds(config, **SETTINGS | NPCS | SKILLS | ITEMS | PROFESSIONS), SEEDS, st.integers(0, 20)
)
def test_every_world_with_professions_that_was_played_is_restored(config, seed, ticks):
    restoring.restored_after(config, seed, ticks)


@restoring.EDITS
@given(restoring.edits(played, {"crafts": np.s_[0], "yields": np.s_[0], "tiles": np.s_[0]}))
def test_an_edit_of_professions_is_refused_or_plays_on(edit):
    edit.make(arrays := snapshot())
    restoring.refused_or_plays_on(CONFIG, NUMBERS, arrays, SCRIPTED["fighter"])
