"""Quests by example: how they are given, what counts, what is seen and kept of them."""

import json

import numpy as np
import pytest

from forge.blade import Law, Realms, Saga
from forge.blade.added import life_in
from forge.blade.happenings import Happening
from forge.blade.items import Item
from forge.blade.numbers import NUM_SIZES, size_of
from forge.blade.observation import Actions
from forge.blade.skills import REACHED, Skill
from forge.blade.systems.questing import give_quest
from forge.blade.tiles import Tile
from forge.blade.trades import BUY, GIVE, GIVE_GOLD, OFFER
from tests.blade.test_items import DESTROY, USE, bag_of, deal
from tests.blade.test_market import endow, trade, traders
from tests.blade.worlds import (
    EAST,
    MAGE,
    MELEE,
    NEUTRAL,
    NORTH,
    RANGE,
    WEST,
    agent,
    play,
    stim,
)

FAR = {"at": (4, 4)}  # an NPC that nobody meets: with it there may be gold


def asked(row, *agents, quest_of=0, **given_):
    """Build a world in which the agent of a slot is asked to do what a row says."""
    settings = {"npcs": [FAR], "professions": True, "food": 9999, "water": 9999} | given_
    realms = traders(*agents or ({},), quests=json.dumps([row]), **settings)
    give_quest(realms.state, realms._scratch.quests, 0, quest_of, 1)
    realms.observe()
    return realms


def progress(realms, slot=0):
    return int(realms.state.quests[0, slot].progress)


# -- What is given --------------------------------------------------------------------------


def born(weights, number=400, **settings_):
    """Bear many agents; list the numbers of their quests."""
    rows = [{"does": "eat", "number": n, "weight": it} for n, it in enumerate(weights, 1)]
    config = Law(quests=json.dumps(rows), max_agents=number, births=number, **settings_)
    return Realms(config, 5).state.quests[0]


def test_quests_are_drawn_by_weight_and_never_with_weight_0():
    counts = np.bincount(born([0, 1, 0, 3, 0])["quest"], minlength=6)
    assert counts[[0, 1, 3, 5]].tolist() == [0, 0, 0, 0]
    assert 250 < counts[4] < 350  # three of four
    assert counts[2] + counts[4] == 400


def test_a_life_begins_with_all_of_its_quest_to_do_where_it_was_born():
    quests = born([1])
    assert set(quests["progress"].tolist()) == {0}
    assert set(quests["goal"].tolist()) == {1}
    realms = Realms(Law(quests="standard", max_agents=9, births=9), 5)
    at = realms.state.agents[0, :9]
    assert (realms.state.quests["home_row"][0] == at["row"]).all()
    assert (realms.state.quests["home_col"][0] == at["col"]).all()


CHOICES = json.dumps([{"does": "eat", "number": n, "weight": n % 2} for n in range(1, 6)])


def test_a_god_may_choose_a_quest_that_is_never_drawn():
    realms = Realms(Law(quests=CHOICES, max_agents=9, births=0), 5)
    seen = []

    def choose(newborn):
        seen.append((int(newborn.id), int(newborn.population)))
        newborn.row = 0  # a copy
        return np.int64(4) if len(seen) == 1 else None

    ids = [realms.place(0, 0, choose) for _ in range(2)]
    quests = realms.state.quests[0]
    assert seen == [(0, 0), (1, 0)]
    assert ids == [0, 1]
    assert (quests["quest"][0], quests["goal"][0]) == (4, 4)
    assert quests["quest"][1] % 2 == 1
    assert realms.state.agents[0, 0].row > 0


def test_a_gods_choice_changes_no_draw():
    twins = [Realms(Law(quests=CHOICES, max_agents=9, births=0), 5) for _ in range(2)]
    twins[0].place(0, 0, lambda newborn: 2)
    twins[1].place(0, 0)
    assert (twins[0].state.streams == twins[1].state.streams).all()


@pytest.mark.parametrize("chosen", [0, 6, -1, 2.0, "2", True])
def test_a_quest_that_does_not_exist_is_refused(chosen):
    realms = Realms(Law(quests=CHOICES, max_agents=9, births=0), 5, (3,))
    with pytest.raises(ValueError, match=r"realm 3, tick 0, agent \d: quest .* is not in 1 … 5"):
        realms.place(0, 0, lambda newborn: chosen)


def test_no_quest_is_chosen_in_a_world_without_quests():
    realms = Realms(Law(max_agents=9, births=0), 5)
    with pytest.raises(ValueError, match="quest 1 was chosen, but the world has none"):
        realms.place(0, 0, lambda newborn: 1)
    realms.place(0, 0, lambda newborn: None)


# -- What counts ----------------------------------------------------------------------------


def test_a_happening_counts_until_the_goal_is_reached():
    realms = asked({"does": "drink", "number": 4}, tiles={(10, 11): Tile.WATER})
    events = [float(play(realms)[0].quest) for _ in range(6)]
    assert events == [0.25, 0.25, 0.25, 0.25, 0, 0]
    assert progress(realms) == 4


def test_what_happens_twice_in_a_tick_counts_twice():
    # It stands on ore, and a fish is beside it.
    tiles = {(10, 10): Tile.ORE, (10, 11): Tile.FISH}
    realms = asked({"does": "harvest", "number": 8}, tiles=tiles, seed=1)
    assert play(realms)[0].quest == np.float32(2 / 8)
    assert progress(realms) == 2


def test_what_others_do_does_not_count():
    realms = asked({"does": "drink", "number": 4}, {}, {"at": (5, 5)}, tiles={(5, 6): Tile.WATER})
    play(realms)
    assert progress(realms) == 0


@pytest.mark.parametrize(("style", "counts"), [(MELEE, 0), (RANGE, 0), (MAGE, 1)])
def test_only_the_kind_that_is_asked_for_counts(style, counts):
    realms = asked({"does": "hit", "kind": "mage", "number": 9}, {}, {"at": (10, 11)})
    play(realms, attacks={0: (style, 1)})
    assert progress(realms) == counts


@pytest.mark.parametrize(("level", "counts"), [(1, 0), (2, 1), (3, 1)])
def test_a_level_is_asked_for_at_least(level, counts):
    victim = {"at": (10, 11), "experience": {Skill.FISHING: REACHED[level - 1]}}
    realms = asked({"does": "hit", "level": 2, "number": 9}, {}, victim)
    play(realms, attacks={0: (MELEE, 1)})
    assert progress(realms) == counts


@pytest.mark.parametrize(("level", "counts"), [(4, 0), (5, 1), (6, 1)])
def test_a_level_is_that_of_an_npc_too(level, counts):
    npcs = [{"at": (10, 11), "level": level}]
    realms = asked({"does": "kill", "level": 5, "number": 9}, npcs=npcs)
    realms.state.agents[0, 8].health = 1
    play(realms, attacks={0: (MELEE, 8)})
    assert progress(realms) == counts


@pytest.mark.parametrize(
    ("other", "counts"), [("agent", 1), ("passive", 0), ("neutral", 2), ("hostile", 0)]
)
def test_somebody_else_counts_by_its_kind(other, counts):
    npcs = [{"at": (10, 11), "kind": NEUTRAL, "health": 10_000}]
    realms = asked({"does": "hit", "other": other, "number": 9}, {}, {"at": (11, 10)}, npcs=npcs)
    play(realms, attacks={0: (MELEE, 1)})
    for _ in range(2):
        realms.state.agents[0, 8].row, realms.state.agents[0, 8].col = 10, 11
        realms.observe()
        play(realms, attacks={0: (MELEE, 8)})
    assert progress(realms) == counts


def test_gold_of_the_slain_counts_as_far_as_there_was_room():
    row = {"does": "find_gold", "number": 9}
    realms = asked(row, {"gold": 2**30}, {"gold": 5, "at": (10, 11), "health": 1})
    play(realms, attacks={0: (MELEE, 1)})
    assert progress(realms) == 0
    realms = asked(row, {"gold": 2**30 - 1}, {"gold": 5, "at": (10, 11), "health": 1})
    realms.keep_happenings()
    play(realms, attacks={0: (MELEE, 1)})
    rows = realms.take_happenings()
    assert progress(realms) == 1
    assert rows["number"][rows["code"] == Happening.FIND_GOLD].tolist() == [1]


def test_the_dying_still_count_in_their_last_tick():
    realms = asked({"does": "die", "kind": "slain", "number": 1}, {"health": 1}, {"at": (10, 11)})
    events = play(realms, attacks={1: (MELEE, 0)})
    assert events[0].died
    assert events[0].quest == 1
    life = realms.take_lives()[0]
    assert (life.quest, life.goal, life.progress) == (1, 1, 1)
    assert not realms.state.quests[0, 0].goal


@pytest.mark.parametrize("does", ["buy", "sell"])
def test_a_purchase_counts_for_both(does):
    buyer = int(does == "sell")
    who = {"items": [(Item.HAT, 1)]}, {"gold": 9, "at": (10, 11)}
    row = {"does": does, "kind": "hat", "number": 2}
    realms = asked(row, *who, quest_of=1 - buyer)
    trade(realms, {0: OFFER})
    trade(realms, {1: BUY + Item.HAT})
    assert progress(realms, 1 - buyer) == 1


def test_the_most_that_was_reached_counts():
    realms = asked({"does": "distance", "number": 4})
    moves = [EAST, EAST, WEST, WEST, NORTH, EAST, EAST, EAST]
    events = [play(realms, {0: move})[0].quest for move in moves]
    assert [float(it) for it in events] == [0.25, 0.25, 0, 0, 0, 0, 0, 0.25]
    assert progress(realms) == 3


def reached(does, number, *agents, **row):
    """Ask the agent in slot 0 for a quantity, and play a tick: its progress."""
    realms = asked({"does": does, "number": number} | row, *agents)
    play(realms)
    return progress(realms)


@pytest.mark.parametrize(("experience", "steps"), [(89, 0), (90, 1), (1737, 6)])
def test_a_level_is_reached_in_a_skill_or_in_any(experience, steps):
    known = {"experience": {Skill.CARVING: experience}}
    assert reached("level", 7, dict(known)) == steps
    assert reached("level", 7, dict(known), kind="carving") == steps
    assert reached("level", 7, dict(known), kind="mage") == 0


def test_the_most_gold_that_it_had_counts():
    realms = asked({"does": "gold", "number": 9}, {"gold": 5}, {"at": (10, 11)})
    play(realms)
    trade(realms, {0: GIVE_GOLD}, receivers={0: 1})
    assert progress(realms) == 5


def test_more_than_the_goal_is_all_of_it():
    realms = asked({"does": "gold", "number": 4})
    endow(realms, 0, 1_000_000)
    assert play(realms)[0].quest == 1
    assert progress(realms) == 4


def test_pieces_are_counted_of_a_kind_and_a_level():
    items = [(Item.ARROW, 1, 255), (Item.ARROW, 2, 255), (Item.HAT, 3), (Item.RUNE, 1, 9)]
    for row, number in (
        ({}, 520),
        ({"kind": "arrow"}, 510),
        ({"level": 2}, 256),
        ({"kind": "arrow", "level": 2}, 255),
        ({"kind": "hat"}, 1),
    ):
        goal = 12 if row == {"kind": "hat"} else 1000
        assert reached("owned", goal, {"items": list(items)}, **row) == number


def test_equipment_is_the_levels_of_what_is_worn():
    items = [(Item.HAT, 7, 1, 1), (Item.TOP, 9, 1, 1), (Item.BOTTOM, 5, 1, 0)]
    assert reached("equipment", 40, {"items": items}) == 16


def test_a_lifetime_and_its_tiles_count():
    realms = asked({"does": "tiles", "number": 9})
    for move in (EAST, WEST, EAST):
        play(realms, {0: move})
    assert progress(realms) == 2  # where it began it has spent a tick, too
    assert reached("lifetime", 99, {"age": 20}) == 21


def test_tiles_are_counted_in_the_simplest_world_too():
    table_ = '[{"does": "tiles", "number": 9}]'
    realms = Realms(Law(quests=table_, max_agents=2, populations=1, births=2, map_size=32), 5)
    assert realms.step(Actions.stay(2))["quest"].tolist() == [np.float32(1 / 9)] * 2


def test_quests_go_on_above_the_slot_of_one_who_died():
    dying = {"health": 1, "food": 1}
    row = {"does": "lifetime", "number": 99}
    realms = asked(row, dying, {"at": (10, 11)}, quest_of=1)
    play(realms, ticks=2)
    assert [it.slot for it in realms.observation.ent] == [1]
    assert progress(realms, 1) == 22


@pytest.mark.parametrize(
    ("row", "act"),
    [
        ({"does": "worn", "level": 1}, lambda realms: deal(realms, USE)),
        ({"does": "consume"}, lambda realms: deal(realms, USE + 1)),
        ({"does": "destroy", "kind": "hat"}, lambda realms: deal(realms, DESTROY)),
        ({"does": "offer"}, lambda realms: trade(realms, {0: OFFER})),
        ({"does": "give"}, lambda realms: trade(realms, {0: GIVE}, receivers={0: 1})),
        ({"does": "give_gold"}, lambda realms: trade(realms, {0: GIVE_GOLD}, receivers={0: 1})),
    ],
)
def test_deals_and_trades_count(row, act):
    items = [(Item.HAT, 1), (Item.POTION, 1)]
    realms = asked(row | {"number": 3}, {"items": items, "gold": 1}, {"at": (10, 11)})
    act(realms)
    assert progress(realms) == 1
    assert bag_of(realms, 0).gained == 2


# -- What is undone -------------------------------------------------------------------------


def deliver(realms, seller, item, price=1):
    """Let the other of two agents buy what an agent offers."""
    place = bag_of(realms, seller).kind.tolist().index(item)
    trade(realms, {seller: OFFER + place}, {seller: price})
    trade(realms, {1 - seller: BUY + item})


def to_and_fro(does, times=3):
    """Let two agents move one piece of gold and one hat to and fro: what slot 0 counts."""
    who = {"gold": 1, "items": [(Item.HAT, 1)]}, {"at": (10, 11)}
    realms = asked({"does": does, "number": 9}, *who)
    for _ in range(times):
        trade(realms, {0: GIVE_GOLD}, receivers={0: 1})
        deliver(realms, 0, Item.HAT)
        deliver(realms, 1, Item.HAT)
        trade(realms, {1: GIVE_GOLD}, receivers={1: 0})
    purse = realms.state.purses[0, 0]
    assert (purse.spent, purse.earned) == (2 * times, 2 * times + 1)
    return progress(realms)


@pytest.mark.parametrize("does", ["earned", "spent", "buy", "sell", "give_gold"])
def test_what_goes_to_and_fro_counts_once_at_most(does):
    # Earned: slot 0 gives (−1), is paid (+1), pays (−1) and is given (0). Spent: it gives (0), is
    # paid (−1, but never below 0), pays (+1) and is given (−1).
    assert to_and_fro(does) == (0 if does == "earned" else 1)


def test_a_hat_that_is_given_to_and_fro_counts_once():
    realms = asked({"does": "give", "number": 9}, {"items": [(Item.HAT, 1)]}, {"at": (10, 11)})
    for one, other in [(0, 1), (1, 0)] * 3:
        trade(realms, {one: GIVE}, receivers={one: other})
    assert progress(realms) == 1


def moved(does, *steps):
    """Play steps of slot 0, which has 3 pieces of gold and two hats: its progress."""
    hats = [(Item.HAT, 1)] * 2
    who = {"gold": 3, "items": list(hats)}, {"gold": 3, "at": (10, 11), "items": list(hats)}
    realms = asked({"does": does, "number": 9}, *who)
    for step in steps:
        one = int(step in ("buys", "is given"))
        if step in ("gives", "is given"):
            trade(realms, {one: GIVE_GOLD}, receivers={one: 1 - one})
        else:
            deliver(realms, one, Item.HAT, 2)
    return progress(realms)


@pytest.mark.parametrize(
    ("does", "steps", "number"),
    [
        ("earned", ["sells"], 2),
        ("earned", ["is given", "is given"], 0),
        ("earned", ["gives", "sells"], 1),
        ("earned", ["sells", "gives"], 2),  # the most that it had earned
        ("earned", ["sells", "buys", "sells"], 2),
        ("earned", ["is given", "buys", "sells"], 0),  # it paid with a gift, at last has it again
        ("spent", ["buys"], 2),
        ("spent", ["gives", "gives"], 0),
        ("spent", ["buys", "sells", "buys"], 2),
        ("spent", ["buys", "is given", "sells", "buys"], 2),
        ("spent", ["sells", "buys", "buys"], 4),  # what it was paid before is its own
        ("spent", ["buys", "gives", "buys"], 2),  # and so it cannot pay again
        ("spent", ["buys", "is given", "buys"], 3),
    ],
)
def test_gold_is_earned_and_spent_by_trade_and_not_by_gifts(does, steps, number):
    assert moved(does, *steps) == number


def test_gold_of_the_slain_is_earned():
    row = {"does": "earned", "number": 9}
    realms = asked(row, {}, {"gold": 5, "at": (10, 11), "health": 1})
    play(realms, attacks={0: (MELEE, 1)})
    assert progress(realms) == 5


def test_what_finds_no_room_in_a_purse_is_not_earned():
    who = {"gold": 2**30, "items": [(Item.HAT, 1)]}, {"gold": 9, "at": (10, 11)}
    realms = asked({"does": "earned", "number": 2**30}, *who)
    realms.state.quests[0, 0].counted = 2**30 - 1  # all but one piece, which was given to it
    deliver(realms, 0, Item.HAT, 9)
    assert progress(realms) == realms.state.quests[0, 0].counted == 2**30


@pytest.mark.parametrize(("kind", "number"), [("hat", 1), ("top", 2)])
def test_only_what_is_asked_for_undoes(kind, number):
    # It buys a hat, sells a hat or a top, buys a hat again: the second time counts or not.
    who = {"items": [(Item.TOP, 1)]}, {"items": [(Item.HAT, 1)] * 2, "at": (10, 11)}
    realms = asked({"does": "buy", "kind": "hat", "number": 9}, *(it | {"gold": 5} for it in who))
    for seller, item in ((1, Item.HAT), (0, Item[kind.upper()]), (1, Item.HAT)):
        deliver(realms, seller, item)
    assert progress(realms) == number


@pytest.mark.parametrize("second", [False, True])
def test_one_hat_put_on_and_off_is_one_that_is_worn(second):
    items = [(Item.HAT, 1), (Item.HAT, 1), (Item.TOP, 1)]
    realms = asked({"does": "worn", "number": 3}, {"items": items})
    for place in [0, 0, 1, 0, 1] + [2] * second:
        deal(realms, USE + place)
    assert progress(realms) == 1 + second


def test_items_worn_at_once_are_counted_of_a_kind_and_a_level():
    items = [(Item.HAT, 2, 1, 1), (Item.TOP, 1, 1, 1), (Item.BOTTOM, 3, 1, 0)]
    for row, number in (({}, 2), ({"level": 2}, 1), ({"kind": "top"}, 1), ({"kind": "bottom"}, 0)):
        goal = 1 if "kind" in row else 5
        assert reached("worn", goal, {"items": list(items)}, **row) == number


# -- What is seen and kept ------------------------------------------------------------------


def test_a_quest_is_observed_as_its_row_its_size_and_its_tenths():
    row = {"does": "hit", "kind": "mage", "level": 3, "other": "hostile", "number": 19}
    realms = asked(row)
    assert stim(realms, 0).quest.tolist() == [Happening.HIT, 3, 3, 4, 5, 0]
    for done, tenths in ((1, 0), (2, 1), (18, 9), (19, 10)):
        realms.state.quests[0, 0].progress = done
        realms.observe()
        assert stim(realms, 0).quest[5] == tenths


def test_the_largest_goal_is_observed_without_overflow():
    realms = asked({"does": "lifetime", "number": 2**30})
    realms.state.quests[0, 0].progress = 2**30 - 1
    realms.observe()
    assert stim(realms, 0).quest[4:].tolist() == [NUM_SIZES - 1, 9]


@pytest.mark.parametrize(
    ("amount", "size"), [(0, 0), (1, 1), (3, 2), (4, 3), (1023, 10), (1024, 11), (2**30, 11)]
)
def test_the_size_of_a_goal_is_its_binary_digits(amount, size):
    assert size_of(amount) == size


def test_lives_tell_their_quest_goal_and_progress():
    realms = asked({"does": "drink", "number": 4}, tiles={(10, 11): Tile.WATER})
    play(realms, ticks=3)
    life = realms.censored()[0]
    assert (life.quest, life.goal, life.progress) == (1, 4, 3)
    assert set(life_in(Law(quests="standard")).names) >= {"quest", "goal", "progress"}
    assert "quest" not in life_in(Saga(quests="")).names


def test_who_moves_to_another_map_takes_no_quest_along():
    config = Law(
        quests="standard", max_agents=3, populations=1, births=3, maps=4, map_epochs=1, map_size=32
    )
    realms = Realms(config, 5)
    before = realms.state.quests["quest"][0].tolist()
    realms.step(Actions.stay(3))
    left = realms.move({0: 1})
    assert left["quest"].tolist() == before
    assert set(realms.state.quests["progress"][0].tolist()) == {0}
    assert agent(realms, 0).id == 3


def test_a_snapshot_holds_quests_and_goes_on_with_them():
    realms = Realms(Law(quests="standard", max_agents=5, populations=1, births=5, map_size=32), 5)
    kept = realms.snapshot()
    assert "quests" in kept
    realms.step(Actions.stay(5))
    after = realms.digest()
    realms.restore(kept)
    realms.step(Actions.stay(5))
    assert realms.digest() == after
