"""Restored purses and offers: what no world can be is refused by name, and nothing else is."""

from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forge.blade import Chaos, Realms
from forge.blade.trades import GOLD, LASTING, MOST_OFFERS
from tests.blade import restoring
from tests.blade.test_tick_twin import ITEMS, MARKET, NPCS, SEEDS, SETTINGS, SKILLS, config

CONFIG = Chaos(
    map_size=24, border=2, radius=4, max_agents=8, populations=2, births=2, immunity=0, health=100,
    melee_reach=3, range_reach=3, npcs=30, skills=True, items=True, market=True, food=10_000,
    water=10_000,
)  # fmt: skip
NUMBERS = (7, 3)


@lru_cache(maxsize=1)
def played():
    """Play two realms until the first has several offers and gold; they must not be changed."""
    realms = Realms(CONFIG, 21, NUMBERS)
    for tick in range(1000):
        realms.step(restoring.act(realms.observation, tick))
        number, gold = (realms.state.offers["kind"][0] > 0).sum(), realms.state.purses["gold"][0]
        if number >= 4 and gold.max() >= 3:
            return realms.snapshot()
    raise AssertionError("nobody traded")


def snapshot():
    return restoring.copied(played())


def refused(arrays):
    return restoring.refused(CONFIG, NUMBERS, arrays)


def rich():
    return int(played()["purses"]["gold"][0].argmax())


def offered(column, value, i=0):
    arrays = snapshot()
    arrays["offers"][column][0, i] = value
    return refused(arrays)


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("kind", 17, "offer 0: offers.kind must be 0 … 16, not 17"),
        ("level", 0, "offer 0: offers.level must be 1 … 10, not 0"),
        ("level", 11, "offer 0: offers.level must be 1 … 10, not 11"),
        ("price", 0, "offer 0: offers.price must be "),
        ("price", 200, "offer 0: offers.price must be "),
        ("until", 2**40, "offer 0: offers.until must be "),
        ("until", 0, "offer 0: offers.until must be "),
        ("seller", 50, "offer 0: offers.seller must be the slot of a living agent, not 50"),
    ],
)
def test_offers_are_checked(column, value, said):
    assert said in offered(column, value)


def test_a_price_is_a_multiple_of_the_level():
    arrays = snapshot()
    arrays["offers"]["level"][0, 0], arrays["offers"]["price"][0, 0] = 2, 3
    assert "offer 0: offers.price must be a multiple of its level, 2, not 3" in refused(arrays)


def test_nothing_is_written_after_the_last_offer():
    number = int((played()["offers"]["kind"][0] > 0).sum())
    assert f"offer {number}: offers.level must be 0, not 3" in offered("level", 3, number)
    assert f"offer {number + 2}: offers.kind must be 0, not 3" in offered("kind", 3, number + 2)


def test_offers_stand_in_order_of_age():
    arrays = snapshot()
    arrays["offers"]["until"][0, 0] = arrays["clock"]["tick"][0] + 50
    assert "offers.until must not be less than that before it" in refused(arrays)


def test_no_offer_is_older_than_its_seller():
    arrays = snapshot()
    tick, ages = int(arrays["clock"]["tick"][0]), arrays["agents"]["age"][0]
    alive = np.flatnonzero(arrays["agents"]["alive"][0, :8])
    young = int(alive[ages[alive].argmin()])
    first = tick - int(ages[young]) + 1 + LASTING  # offered in the tick after its birth
    offers = arrays["offers"][0]
    last = int((offers["kind"] > 0).sum()) - 1
    offers["seller"][last], offers["until"][last] = young, first - 1
    assert first > tick + 1
    said = f"offer {last}: offers.until must be {first} … {tick + LASTING}, not {first - 1}"
    assert said in refused(arrays)


def test_nobody_makes_two_offers_in_one_tick():
    arrays = snapshot()
    offers = arrays["offers"][0]
    offers[1] = offers[0]
    assert "offer 1: offers.seller must make one offer in a tick, not two as agent" in refused(
        arrays
    )


def test_no_book_has_too_many_offers():
    arrays, alive = snapshot(), np.flatnonzero(played()["agents"]["alive"][0, :8])
    offers, tick = arrays["offers"][0], int(arrays["clock"]["tick"][0])
    alive = alive[np.argsort(arrays["agents"]["age"][0, alive])[-2:]]  # the oldest two
    last = tick + LASTING - MOST_OFFERS // 2
    made = [(last + k // 2, alive[k % 2]) for k in range(MOST_OFFERS + 1)]
    for i, (until, seller) in enumerate(made):
        offers[i] = (until, seller, 3, 2, 4, *offers[0].tolist()[5:])
    text = f"kind 3: offers must be {MOST_OFFERS} of one level at most; of level 2 there are 33"
    assert text in refused(arrays)


def test_a_purse_holds_what_was_earned_and_not_spent():
    arrays, slot = snapshot(), rich()
    arrays["purses"]["gold"][0, slot] += 1
    assert f"slot {slot}: purses.gold must be " in refused(arrays)


@pytest.mark.parametrize("column", ["earned", "spent", "bought", "sold", "given"])
def test_counts_are_not_negative(column):
    arrays, slot = snapshot(), rich()
    arrays["purses"][column][0, slot] = -1
    assert f"slot {slot}: purses.{column} must be 0 … " in refused(arrays)


@pytest.mark.parametrize("column", ["looted", "used", "spent", "destroyed", "lost", "buried"])
def test_the_ledger_says_how_much_gold_there_is(column):
    arrays = snapshot()
    arrays["ledger"][column][0, GOLD] += 1
    name = column if column in ("used", "spent", "destroyed") else "looted"
    assert f"kind {GOLD}: ledger.{name} must be " in refused(arrays)


def test_free_slots_have_no_gold():
    arrays = Realms(CONFIG.replace(births=0), 6, NUMBERS).snapshot()
    arrays["purses"]["gold"][0, 3] = 1
    text = restoring.refused(CONFIG.replace(births=0), NUMBERS, arrays)
    assert "slot 3: purses.gold must be 0, not 1" in text


@restoring.WORLDS
@given(st.builds(config, **SETTINGS | NPCS | SKILLS | ITEMS | MARKET), SEEDS, st.integers(0, 20))
def test_every_world_with_a_market_that_was_played_is_restored(config, seed, ticks):
    restoring.restored_after(config, seed, ticks)


@restoring.EDITS
@given(restoring.edits(played, {"purses": np.s_[0], "offers": np.s_[0], "ledger": np.s_[0]}))
def test_an_edit_of_a_market_is_refused_or_plays_on(edit):
    edit.make(arrays := snapshot())
    restoring.refused_or_plays_on(CONFIG, NUMBERS, arrays, restoring.act)
