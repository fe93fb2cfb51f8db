"""What happens, row by row: each code with its columns, their order and bound, who keeps them."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forge.blade import Chaos, Law, Realms, Saga
from forge.blade.happenings import FACTS, MOST_HAPPENINGS, Happening, possible_in
from forge.blade.items import Item
from forge.blade.observation import Actions
from forge.blade.records import HAPPENED
from forge.blade.scripted import SCRIPTED
from forge.blade.skills import REACHED, Skill
from forge.blade.state import padding
from forge.blade.tiles import Cause, Tile
from forge.blade.trades import BUY, GIVE, GIVE_GOLD, OFFER
from tests.blade.test_items import DESTROY, USE, deal
from tests.blade.test_market import possible_actions, trade, traders
from tests.blade.test_tick_twin import (
    EXAMPLES,
    ITEMS,
    MARKET,
    NPCS,
    SEEDS,
    SETTINGS,
    SKILLS,
    TICKS,
)
from tests.blade.test_tick_twin import config as configured
from tests.blade.twin import Twins
from tests.blade.worlds import HOSTILE, MAGE, MELEE, SOUTH, STAY, play, row_of, world
from tests.jit import COMPILED, amount

COLUMNS = ("code", "kind", "level", "number", "price", "who", "other")


def kept(*agents, **settings_):
    """Build a world whose rows are kept."""
    realms = traders(*agents, **{"professions": True, "food": 9999, "water": 9999} | settings_)
    realms.keep_happenings()
    return realms


def rows(realms, *codes):
    """Take the rows of some codes, of all if none is given, as tuples of COLUMNS."""
    taken = realms.take_happenings()
    found = [tuple(int(row[name]) for name in COLUMNS) for row in taken]
    return [row for row in found if not codes or row[0] in codes]


# -- Each code ------------------------------------------------------------------------------


def test_eating_and_drinking():
    realms = kept({}, tiles={(10, 10): Tile.FOREST, (10, 11): Tile.WATER})
    play(realms)
    assert rows(realms) == [
        (Happening.EAT, 0, 0, 1, 0, 0, -1),
        (Happening.DRINK, 0, 0, 1, 0, 0, -1),
    ]


def test_a_hit_tells_its_style_its_damage_and_the_level_of_who_was_hit():
    realms = kept({}, {"at": (10, 11), "experience": {Skill.FISHING: REACHED[2]}})
    damage = play(realms, attacks={0: (MAGE, 1)})[0].damage_dealt
    assert rows(realms) == [(Happening.HIT, MAGE + 1, 3, damage, 0, 0, 1)]


def test_a_level_is_that_at_the_end_of_the_tick():
    # Both hit, so both learn: the victim reaches level 2 by its own hit, which is served later.
    realms = kept({}, {"at": (10, 11), "experience": {Skill.MELEE: REACHED[1] - 6}})
    play(realms, attacks={0: (MELEE, 1), 1: (MELEE, 0)})
    found = {row[5]: row[2] for row in rows(realms, Happening.HIT)}
    assert found == {0: 2, 1: 1}


def test_without_skills_agents_have_no_level_and_npcs_do():
    npcs = [{"at": (11, 10), "level": 4}]
    realms = world({}, {"at": (10, 11)}, npcs=npcs)
    realms.keep_happenings()
    play(realms, attacks={0: (MELEE, 1), 1: (MELEE, 8)})
    assert {(row[6], row[2]) for row in rows(realms, Happening.HIT)} == {(1, 0), (-2, 4)}


def test_slaying_dying_and_what_is_left():
    victim = {"at": (10, 11), "health": 1, "gold": 7, "items": [(Item.ARROW, 2, 9), (Item.HAT, 1)]}
    realms = kept({}, victim)
    damage = play(realms, attacks={0: (MELEE, 1)})[0].damage_dealt
    assert rows(realms) == [
        (Happening.HIT, MELEE + 1, 1, damage, 0, 0, 1),
        (Happening.KILL, MELEE + 1, 1, 1, 0, 0, 1),
        (Happening.FIND_GOLD, 0, 0, 7, 0, 0, 1),
        (Happening.LOOT, Item.ARROW, 2, 9, 0, 0, 1),
        (Happening.LOOT, Item.HAT, 1, 1, 0, 0, 1),
        (Happening.DIE, Cause.SLAIN, 0, 1, 0, 1, 0),
    ]


def test_npcs_are_slain_too_and_leave_gold_armour_and_a_tool():
    realms = kept({}, npcs=[{"at": (10, 11), "level": 4, "health": 1}])
    play(realms, attacks={0: (MELEE, 8)})
    found = rows(realms, Happening.KILL, Happening.FIND_GOLD, Happening.LOOT)
    assert found[:2] == [
        (Happening.KILL, MELEE + 1, 4, 1, 0, 0, -2),
        (Happening.FIND_GOLD, 0, 0, 4, 0, 0, -2),
    ]
    assert [(row[0], row[2:]) for row in found[2:]] == 2 * [(Happening.LOOT, (4, 1, 0, 0, -2))]


def test_the_killer_is_told_where_an_npc_slays():
    npcs = [{"at": (10, 11), "kind": HOSTILE, "power": 90, "style": MELEE}]
    realms = kept({"health": 1}, npcs=npcs)
    play(realms)
    assert rows(realms) == [(Happening.DIE, Cause.SLAIN, 0, 1, 0, 0, -2)]


@pytest.mark.parametrize(
    ("values", "move", "cause"),
    [
        ({"health": 1, "food": 1}, STAY, Cause.STARVED),
        ({"health": 1, "water": 1}, STAY, Cause.DEHYDRATED),
        ({}, SOUTH, Cause.LAVA),
    ],
)
def test_whoever_dies_otherwise_has_no_killer(values, move, cause):
    realms = kept(dict(values), tiles={(11, 10): Tile.LAVA})
    play(realms, {0: move})
    assert rows(realms) == [(Happening.DIE, cause, 0, 1, 0, 0, -1)]


def test_two_who_hit_one_slay_it_once():
    realms = kept({}, {"at": (10, 11)}, {"at": (10, 12), "health": 1})
    play(realms, attacks={0: (MELEE, 2), 1: (MELEE, 2)})
    codes = [row[0] for row in rows(realms)]
    assert sorted(codes) == [*2 * [Happening.HIT], Happening.KILL, Happening.DIE]


def test_every_level_that_is_reached_is_told():
    realms = kept({"experience": {Skill.MAGE: REACHED[4] - 6}}, {"at": (10, 11)})
    play(realms, attacks={0: (MAGE, 1)})
    assert rows(realms, Happening.LEVEL_UP) == [(Happening.LEVEL_UP, 3, 5, 1, 0, 0, -1)]


def test_ammunition_is_spent_by_a_hit():
    realms = kept({"items": [(Item.RUNE, 1, 2, 1)]}, {"at": (10, 11)})
    play(realms, attacks={0: (MAGE, 1)})
    assert rows(realms, Happening.SHOOT) == [(Happening.SHOOT, Item.RUNE, 1, 1, 0, 0, -1)]


@pytest.mark.parametrize(
    ("number", "row"),
    [
        (USE, (Happening.EQUIP, Item.HAT, 1, 1)),
        (USE + 1, (Happening.TAKE_OFF, Item.TOP, 1, 1)),
        (USE + 2, (Happening.CONSUME, Item.RATION, 1, 1)),
        (DESTROY + 3, (Happening.DESTROY, Item.ARROW, 4, 200)),
    ],
)
def test_deals(number, row):
    items = [(Item.HAT, 1), (Item.TOP, 1, 1, 1), (Item.RATION, 1), (Item.ARROW, 4, 200)]
    realms = kept({"items": items})
    deal(realms, number)
    assert rows(realms) == [(*row, 0, 0, -1)]


def test_what_replaces_something_worn_is_put_on_and_nothing_is_taken_off():
    realms = kept({"items": [(Item.HAT, 1), (Item.HAT, 1, 1, 1)]})
    deal(realms, USE)
    assert rows(realms) == [(Happening.EQUIP, Item.HAT, 1, 1, 0, 0, -1)]


def test_harvests_and_what_they_teach():
    realms = kept({"experience": {Skill.FISHING: REACHED[1] - 30}}, tiles={(10, 11): Tile.FISH})
    play(realms)
    assert rows(realms) == [
        (Happening.HARVEST, Item.RATION, 1, 1, 0, 0, -1),
        (Happening.LEVEL_UP, Skill.FISHING + 1, 2, 1, 0, 0, -1),
        (Happening.DRINK, 0, 0, 1, 0, 0, -1),
    ]


def test_a_harvest_without_room_is_none():
    realms = kept({"items": 12 * [(Item.HAT, 1)]}, tiles={(10, 11): Tile.FISH})
    play(realms)
    assert rows(realms) == [(Happening.DRINK, 0, 0, 1, 0, 0, -1)]


def test_an_offer_a_purchase_and_a_sale():
    realms = kept({"items": [(Item.HAT, 1)]}, {"gold": 9, "at": (10, 11)})
    trade(realms, {0: OFFER}, {0: 3})
    assert rows(realms) == [(Happening.OFFER, Item.HAT, 1, 1, 3, 0, -1)]
    trade(realms, {1: BUY + Item.HAT})
    assert rows(realms) == [
        (Happening.BUY, Item.HAT, 1, 1, 3, 1, 0),
        (Happening.SELL, Item.HAT, 1, 1, 3, 0, 1),
    ]


def test_gifts():
    realms = kept({"items": [(Item.RUNE, 2, 9)], "gold": 1}, {"at": (10, 11)})
    trade(realms, {0: GIVE}, receivers={0: 1})
    trade(realms, {0: GIVE_GOLD}, receivers={0: 1})
    assert rows(realms) == [
        (Happening.GIVE, Item.RUNE, 2, 1, 0, 0, 1),
        (Happening.GIVE_GOLD, 0, 0, 1, 0, 0, 1),
    ]


def test_ticks_and_realms_are_told():
    realms = Realms(Law(max_agents=16, births=16, map_size=32), 5, (4, 9))
    realms.keep_happenings()
    for _ in range(30):
        realms.step(SCRIPTED["greedy"](realms.observation))
    taken = realms.take_happenings()
    when = taken["tick"] * 100 + taken["realm"]
    assert (np.diff(when) >= 0).all()
    assert set(taken["realm"].tolist()) == {4, 9}
    assert set(taken["tick"].tolist()) <= set(range(1, 31))
    assert taken.dtype == HAPPENED


BUSY = Saga(
    max_agents=24, npcs=16, populations=3, map_size=32, border=2, births=4, radius=5, immunity=0,
    clusters=30, singles=60, food=500, water=500,
)  # fmt: skip


LONG = amount(400, 30)


def played(config=BUSY, ticks=LONG, keep=True, indices=(0, 1)):
    """Play a world in which all deals are tried, if it has any; return its rows, too."""
    realms, taken, rng = Realms(config, 3, indices), [], np.random.default_rng(3)
    realms.keep_happenings(keep)
    for tick in range(ticks):
        obs = realms.observation
        realms.step(possible_actions(obs, rng) if config.market else SCRIPTED["fighter"](obs))
        if tick % 7 == 0:
            taken.append(realms.take_happenings())
    return realms, np.concatenate([*taken, realms.take_happenings()])


def test_in_a_busy_world_all_happens_and_columns_are_what_they_say():
    _, taken = played()
    assert not COMPILED or set(taken["code"].tolist()) == set(Happening)
    for code, facts in FACTS.items():
        those = taken[taken["code"] == code]
        possible = {*facts.named} or {0}
        assert set(those["kind"].tolist()) <= {int(it) for it in possible}, code
        assert (those["number"] >= (code != Happening.HIT)).all()
        trades = code in (Happening.OFFER, Happening.BUY, Happening.SELL)
        assert ((those["price"] > 0) == trades).all()
    assert (taken["who"] >= 0).all()


def test_rows_agree_with_lives_and_the_ledger():
    realms, taken = played(indices=(0,))
    lives = np.concatenate([realms.take_lives(), realms.censored()])
    for code, column in (
        (Happening.EAT, "harvests"),
        (Happening.DRINK, "drinks"),
        (Happening.HIT, "hits_dealt"),
        (Happening.CONSUME, "used"),
        (Happening.BUY, "bought"),
        (Happening.SELL, "sold"),
    ):
        assert (taken["code"] == code).sum() == lives[column].sum()
    died = taken[taken["code"] == Happening.DIE]
    ended = lives[lives["cause"] > 0]
    assert sorted(died["who"].tolist()) == sorted(ended["id"].tolist())
    ledger = realms.state.ledger[0]
    destroyed = taken["number"][taken["code"] == Happening.DESTROY].sum()
    assert destroyed == ledger["destroyed"].sum()
    assert (taken["code"] == Happening.SHOOT).sum() == ledger["spent"].sum()


# -- Their number ---------------------------------------------------------------------------


@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(
    st.builds(configured, **SETTINGS | NPCS | SKILLS | ITEMS | MARKET),
    SEEDS.map(lambda seed: seed // 2 * 2),
)
def test_no_tick_adds_more_rows_than_there_is_room_for(config, seed):
    twins = Twins(config, 2, seed)
    assert twins.keeps
    for tick in range(TICKS):
        if tick % 7 == 0:
            twins.teach()
            twins.equip()
        living = len(twins.realms.observation)
        twins.play()
        assert sum(len(naive.last) for naive in twins.naives) <= MOST_HAPPENINGS * living
    assert len(twins.realms._scratch.noted) == MOST_HAPPENINGS * config.max_agents


def test_one_agent_may_do_much_in_a_tick():
    known = {Skill.MELEE: 84, Skill.FISHING: 60, Skill.PROSPECTING: 75}
    worn = {"experience": known, "items": [(Item.WHETSTONE, 1, 1, 1), (Item.HAT, 1)]}
    victim = {
        "at": (10, 11),
        "health": 1,
        "gold": 9,
        "items": [(Item.HAT, k) for k in range(1, 10)],
    }
    realms = kept(worn, victim, {"at": (9, 9), "gold": 9}, seed=2)
    trade(realms, {0: OFFER + 1})
    realms.take_happenings()
    tiles, pad = realms.state.tiles[0], padding(realms.config)
    tiles[10 + pad, 10 + pad], tiles[11 + pad, 10 + pad] = Tile.ORE, Tile.FISH
    realms.observe()
    actions = Actions.stay(3)
    actions.trade[2] = BUY + Item.HAT
    actions.style[0], actions.target[0] = MELEE, row_of(realms, 0, 1)
    realms.step(actions)
    mine = [row[0] for row in rows(realms) if row[5] == 0]
    once = ("SELL", "HIT", "KILL", "SHOOT", "FIND_GOLD", "DRINK")
    expected = [*(Happening[name] for name in once), *9 * [Happening.LOOT]]
    expected += [*3 * [Happening.LEVEL_UP], *2 * [Happening.HARVEST]]
    assert sorted(mine) == sorted(expected)
    assert len(mine) == 20 <= MOST_HAPPENINGS


# -- Who keeps them -------------------------------------------------------------------------


def test_keeping_rows_changes_nothing_in_the_world():
    for config in (BUSY, BUSY.replace(quests=""), Chaos(map_size=40), Law(map_size=40)):
        digests = {played(config, amount(30, 8), keep=keep)[0].digest() for keep in (False, True)}
        assert len(digests) == 1


def test_there_are_no_rows_unless_they_are_kept():
    realms, taken = played(ticks=20, keep=False)
    assert len(taken) == 0
    assert realms._happened.nbytes == 0


def test_rows_are_handed_over_once_and_are_a_copy():
    realms, _ = played(ticks=30)
    realms.step(possible_actions(realms.observation, np.random.default_rng(0)))
    taken = realms.take_happenings()
    assert len(taken) > 0
    assert len(realms.take_happenings()) == 0
    before = taken.copy()
    realms.step(possible_actions(realms.observation, np.random.default_rng(0)))
    assert (taken == before).all()


def test_rows_wait_until_they_are_taken():
    often, seldom = (Realms(BUSY, 3) for _ in range(2))
    taken = []
    for realms in (often, seldom):
        realms.keep_happenings()
        rng = np.random.default_rng(3)
        for _ in range(LONG // 4):
            realms.step(possible_actions(realms.observation, rng))
            if realms is often:
                taken.append(realms.take_happenings())
    assert (np.concatenate(taken) == seldom.take_happenings()).all()


def test_keeping_can_begin_and_end_at_any_time():
    realms, rng = Realms(BUSY, 3), np.random.default_rng(3)

    def go(ticks):
        for _ in range(ticks):
            realms.step(possible_actions(realms.observation, rng))

    go(20)
    realms.keep_happenings()
    realms.keep_happenings()  # again: nothing is lost
    go(20)
    realms.keep_happenings()
    ticks = set(realms.take_happenings()["tick"].tolist())
    assert ticks <= set(range(21, 41))
    assert len(ticks) > 15
    go(5)
    realms.keep_happenings(False)
    go(5)
    assert len(realms.take_happenings()) == 0
    assert realms._happened.nbytes == 0


@pytest.mark.parametrize("back", ["reset", "restore"])
def test_rows_of_a_world_that_is_gone_are_gone(back):
    realms, rng = Realms(BUSY, 3), np.random.default_rng(3)
    realms.keep_happenings()
    before = realms.snapshot()
    for _ in range(10):
        realms.step(possible_actions(realms.observation, rng))
    if back == "reset":
        realms.reset()
    else:
        realms.restore(before)
    assert len(realms.take_happenings()) == 0
    for _ in range(10):
        realms.step(possible_actions(realms.observation, rng))
    assert len(realms.take_happenings()) > 0


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
def test_a_copy_keeps_rows_of_its_own(copied):
    realms, rng = Realms(BUSY, 3), np.random.default_rng(3)
    realms.keep_happenings()
    for _ in range(10):
        realms.step(possible_actions(realms.observation, rng))
    other = copied(realms)
    twice = [it.take_happenings() for it in (realms, other)]
    assert len(twice[0]) > 0
    assert (twice[0] == twice[1]).all()
    chosen = possible_actions(realms.observation, np.random.default_rng(1))
    realms.step(chosen)
    assert len(other.take_happenings()) == 0
    other.step(chosen)
    assert (realms.take_happenings() == other.take_happenings()).all()
    assert realms.digest() == other.digest()


# -- What is known of them ------------------------------------------------------------------


def test_a_world_has_what_its_systems_make_possible():
    assert possible_in(Law()) == [Happening.EAT, Happening.DRINK, Happening.DIE]
    assert possible_in(Saga()) == list(Happening)


def test_kinds_are_numbered_as_in_rows():
    assert FACTS[Happening.HIT].named == {1: "melee", 2: "range", 3: "mage"}
    assert FACTS[Happening.DIE].numbered["lava"] == Cause.LAVA == 1  # and 0 lives
    assert FACTS[Happening.CONSUME].numbered == {"ration": Item.RATION, "potion": Item.POTION}
    assert FACTS[Happening.EAT].named == {}
