"""Restored items: what nobody can carry is refused by name, and nothing else is."""

from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forge.blade import Chaos, Realms
from forge.blade.items import Item
from forge.blade.scripted import SCRIPTED
from forge.blade.validity import SnapshotError
from tests.blade import restoring
from tests.blade.test_tick_twin import ITEMS, NPCS, SEEDS, SETTINGS, SKILLS, config

CONFIG = Chaos(
    map_size=24, border=2, radius=4, max_agents=8, populations=2, births=2, immunity=0, health=100,
    melee_reach=3, range_reach=3, npcs=30, skills=True, items=True, food=10_000, water=10_000,
)  # fmt: skip
NUMBERS = (7, 3)


@lru_cache(maxsize=1)
def played():
    """Play two realms until an agent of the first carries something; they must not be changed."""
    realms = Realms(CONFIG, 21, NUMBERS)
    for _ in range(400):
        realms.step(SCRIPTED["fighter"](realms.observation))
        if (realms.state.bags["kind"][0] > 0).sum(axis=1).max() >= 4:
            return realms.snapshot()
    raise AssertionError("nobody found anything")


def snapshot():
    return restoring.copied(played())


def carrier():
    return int((played()["bags"]["kind"][0] > 0).sum(axis=1).argmax())


def refused(arrays):
    return restoring.refused(CONFIG, NUMBERS, arrays)


def written(column, value, k=0):
    arrays = snapshot()
    arrays["bags"][column][0, carrier(), k] = value
    return arrays


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("kind", 17, "bags.kind[0] must be 0 … 16, not 17"),
        ("kind", 0, "bags.level[0] must be 0, not "),
        ("level", 0, "bags.level[0] must be 1 … 10, not 0"),
        ("level", 11, "bags.level[0] must be 1 … 10, not 11"),
        ("quantity", 0, "bags.quantity[0] must be 1, not 0"),
        ("quantity", 2, "bags.quantity[0] must be 1, not 2"),
        ("worn", 2, "bags.worn[0] must be 0"),
    ],
)
def test_what_lies_in_a_place_is_checked(column, value, said):
    text = refused(written(column, value))
    assert f"slot {carrier()}: " in text
    assert said in text


@pytest.mark.parametrize("column", ["level", "quantity", "worn"])
def test_an_empty_place_is_empty(column):
    assert f"bags.{column}[11] must be 0, not 1" in refused(written(column, 1, 11))


def test_what_asks_for_a_higher_level_is_not_worn():
    arrays, slot = snapshot(), carrier()
    bag = arrays["bags"][0, slot]
    bag["worn"] = 0
    arrays["bags"]["level"][0, slot, 0], arrays["bags"]["worn"][0, slot, 0] = 10, 1
    assert "bags.worn[0] must be 0, not 1" in refused(arrays)


def test_one_item_is_worn_in_each_place():
    arrays, slot = snapshot(), carrier()
    arrays["bags"]["kind"][0, slot, :2] = Item.HAT
    arrays["bags"]["level"][0, slot, :2] = arrays["bags"]["worn"][0, slot, :2] = 1
    assert "bags.worn marks more than one item that is worn in the same" in refused(arrays)


def test_nobody_carries_more_than_it_gained():
    arrays, slot = snapshot(), carrier()
    arrays["bags"]["gained"][0, slot] = 1
    assert f"slot {slot}: bags.gained must be " in refused(arrays)


@pytest.mark.parametrize("column", ["looted", "used", "spent", "destroyed", "lost", "buried"])
def test_the_ledger_says_what_there_is(column):
    arrays = snapshot()
    arrays["ledger"][column][0, Item.HAT] += 1
    assert "kind 1: ledger.looted must be " in refused(arrays)


def test_free_slots_carry_nothing():
    realms = Realms(CONFIG.replace(births=0), 6, NUMBERS)
    arrays = realms.snapshot()
    arrays["bags"]["kind"][0, 3, 2] = 1
    with pytest.raises(SnapshotError, match=r"slot 3: bags\.kind\[2\] must be 0, not 1"):
        realms.restore(arrays)


@restoring.WORLDS
@given(st.builds(config, **SETTINGS | NPCS | SKILLS | ITEMS), SEEDS, st.integers(0, 20))
def test_every_world_with_items_that_was_played_is_restored(config, seed, ticks):
    restoring.restored_after(config, seed, ticks)


@restoring.EDITS
@given(restoring.edits(played, {"bags": np.s_[0], "ledger": np.s_[0]}))
def test_an_edit_of_items_is_refused_or_plays_on(edit):
    edit.make(arrays := snapshot())
    restoring.refused_or_plays_on(CONFIG, NUMBERS, arrays, SCRIPTED["fighter"])
