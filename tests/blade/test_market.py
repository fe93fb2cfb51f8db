"""The market by example: gold, offers, purchases, gifts, the ledger; the twin knows the rest."""

import numpy as np
import pytest

from forge.blade.added import life_in
from forge.blade.items import PLACES, Item
from forge.blade.numbers import size_of
from forge.blade.observation import Actions
from forge.blade.realm import Realms
from forge.blade.scripted import SCRIPTED
from forge.blade.skills import Skill
from forge.blade.tiles import Style
from forge.blade.trades import (
    BUY,
    GIVE,
    GIVE_GOLD,
    GOLD,
    LASTING,
    MOST_GOLD,
    MOST_OFFERS,
    NUM_TRADES,
    OFFER,
    way_of,
)
from forge.config import Chaos, ConfigError, Saga
from tests.blade.ledgers import balanced
from tests.blade.test_items import USE, bag_of, furnished, places
from tests.blade.worlds import agent, play, row_of, serve_from, stim, world
from tests.jit import amount

MELEE = Style.MELEE


def traders(*agents, **settings):
    """Build a world with a market; agents may have ``gold``, ``experience`` and ``items``."""
    rich = [values.pop("gold", 0) for values in agents]
    realms = furnished(*agents, market=True, **settings)
    for slot, gold in enumerate(rich):
        endow(realms, slot, gold)
    realms.observe()
    return realms


def endow(realms, slot, gold):
    purse = purse_of(realms, slot)
    purse.gold += gold
    purse.earned += gold
    realms.state.ledger[0, GOLD].looted += gold


def purse_of(realms, slot):
    return realms.state.purses[0, slot]


def gold(realms):
    return realms.state.purses["gold"][0].tolist()[: len(realms.observation)]


def offers(realms):
    """List what is on offer: (seller, kind, level, price)."""
    listed = realms.state.offers[0]
    listed = listed[listed["kind"] > 0]
    return [(int(it.seller), int(it.kind), int(it.level), int(it.price)) for it in listed]


def trade(realms, trades, prices=None, receivers=None, deals=None):
    """Play a tick in which agents trade, by slot; prices are multiples of the level."""
    slots = realms.observation.ent["slot"].tolist()
    actions = Actions.stay(len(slots))
    for slot, number in trades.items():
        actions.trade[slots.index(slot)] = number
    for slot, times in (prices or {}).items():
        actions.price[slots.index(slot)] = times - 1
    for slot, other in (receivers or {}).items():
        actions.receiver[slots.index(slot)] = row_of(realms, slot, other)
    for slot, number in (deals or {}).items():
        actions.deal[slots.index(slot)] = number
    return realms.step(actions)


HAT = (Item.HAT, 1)
BUY_HAT = BUY + Item.HAT


# -- Offers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("times", [1, 9])
def test_an_item_offered_leaves_the_inventory_at_once(times):
    realms = traders({"items": [(Item.TOP, 2), (Item.HAT, 3)]}, {})
    trade(realms, {0: OFFER + 1}, {0: times})
    assert places(realms, 0) == [(Item.TOP, 2, 1, 0)]
    assert offers(realms) == [(0, Item.HAT, 3, 3 * times)]
    assert realms.observation.market[0, Item.HAT - 1].tolist() == [0, 0, times, *7 * [0]]
    assert balanced(realms)


def test_an_offer_is_of_one_piece():
    realms = traders({"items": [(Item.ARROW, 1, 7)]}, {})
    trade(realms, {0: OFFER})
    assert places(realms, 0) == [(Item.ARROW, 1, 6, 0)]
    assert offers(realms) == [(0, Item.ARROW, 1, 1)]


def test_what_is_worn_is_neither_offered_nor_given():
    realms = traders({"items": [(Item.HAT, 1, 1, 1)]}, {})
    assert not stim(realms, 0).can_trade[1:].any()
    trade(realms, {0: OFFER})
    trade(realms, {0: GIVE}, receivers={0: 1})
    assert places(realms, 0) == [(Item.HAT, 1, 1, 1)]


def test_a_full_book_refuses_and_others_do_not():
    realms = traders({"items": [(Item.RUNE, 1, 255), (Item.RUNE, 2, 9)], "food": 32}, {}, food=9999)
    for _ in range(MOST_OFFERS):
        assert stim(realms, 0).can_trade[OFFER]
        trade(realms, {0: OFFER})
    assert stim(realms, 0).can_trade[[OFFER, OFFER + 1]].tolist() == [False, True]
    trade(realms, {0: OFFER})
    assert len(offers(realms)) == MOST_OFFERS
    trade(realms, {0: OFFER + 1})
    assert len(offers(realms)) == MOST_OFFERS + 1


def test_an_offer_lasts_fifty_ticks_and_comes_back():
    realms = traders({"items": [HAT]}, {"gold": 5}, food=9999, water=9999)
    trade(realms, {0: OFFER})
    play(realms, ticks=LASTING - 1)
    assert offers(realms)
    assert stim(realms, 1).can_trade[BUY_HAT]  # in the last tick it can still be bought
    play(realms)
    assert offers(realms) == []
    assert places(realms, 0) == [(Item.HAT, 1, 1, 0)]
    assert bag_of(realms, 0).gained == 1
    assert balanced(realms)


def test_an_offer_for_which_there_is_no_room_is_lost():
    realms = traders({"items": [HAT] + [(Item.ROD, 1)] * (PLACES - 1)}, {}, food=9999, water=9999)
    trade(realms, {0: OFFER})
    bag = bag_of(realms, 0)
    bag.kind[0], bag.level[0], bag.quantity[0], bag.gained = Item.TOP, 1, 1, bag.gained + 1
    realms.state.ledger[0, Item.TOP].looted += 1
    play(realms, ticks=LASTING)
    assert realms.state.ledger[0, Item.HAT].lost == 1
    assert balanced(realms)


def test_a_sellers_death_destroys_its_offers_and_its_gold():
    realms = traders({"items": [HAT, HAT], "gold": 3}, {"items": [HAT]}, food=9999)
    trade(realms, {0: OFFER, 1: OFFER})
    trade(realms, {0: OFFER + 1})
    agent(realms, 0).health = 1
    agent(realms, 0).water = 1
    play(realms)
    assert offers(realms) == [(1, Item.HAT, 1, 1)]
    assert realms.state.ledger[0, Item.HAT].buried == 2
    assert realms.state.ledger[0, GOLD].buried == 3
    assert balanced(realms)


# -- Buying ---------------------------------------------------------------------------------


def test_a_buyer_takes_the_cheapest_offer_and_pays_its_seller():
    realms = traders({"items": [HAT]}, {"items": [HAT]}, {"gold": 9})
    trade(realms, {0: OFFER, 1: OFFER}, {0: 5, 1: 4})
    trade(realms, {2: BUY_HAT})
    assert offers(realms) == [(0, Item.HAT, 1, 5)]
    assert gold(realms) == [0, 4, 5]
    assert places(realms, 2) == [(Item.HAT, 1, 1, 0)]
    told = [
        [int(purse_of(realms, s)[name]) for name in ("earned", "spent", "bought", "sold")]
        for s in (1, 2)
    ]
    assert told == [[4, 0, 0, 1], [9, 4, 1, 0]]
    assert balanced(realms)


def test_of_equal_offers_the_oldest_is_taken():
    realms = traders({"items": [HAT]}, {"items": [HAT]}, {"gold": 9})
    trade(realms, {1: OFFER})
    trade(realms, {0: OFFER})
    trade(realms, {2: BUY_HAT})
    assert [seller for seller, *_ in offers(realms)] == [0]


def test_nobody_buys_its_own_offer():
    realms = traders({"items": [HAT, HAT], "gold": 9}, {"items": [HAT]})
    trade(realms, {0: OFFER}, {0: 1})
    assert not stim(realms, 0).can_trade[BUY_HAT]
    trade(realms, {0: BUY_HAT})
    assert len(offers(realms)) == 1
    trade(realms, {0: OFFER, 1: OFFER}, {0: 1, 1: 3})
    assert stim(realms, 0).can_trade[BUY_HAT]
    trade(realms, {0: BUY_HAT})
    assert gold(realms) == [6, 3]


@pytest.mark.parametrize(("held", "bought"), [(3, False), (4, True)])
def test_a_buyer_needs_the_price(held, bought):
    realms = traders({"items": [HAT]}, {"gold": held})
    trade(realms, {0: OFFER}, {0: 4})
    assert bool(stim(realms, 1).can_trade[BUY_HAT]) == bought
    trade(realms, {1: BUY_HAT})
    assert bool(places(realms, 1)) == bought


def test_a_buyer_takes_the_highest_level_that_it_can_use_and_pay():
    items = [(Item.SPEAR, level) for level in (1, 2, 3, 4)]
    fit = {"gold": 8, "experience": {MELEE: 217}}  # level 3
    realms = traders({"items": items}, fit)
    for k, times in enumerate((1, 4, 3, 1)):  # for 1, 8, 9 and 4
        trade(realms, {0: OFFER + k}, {0: times})
    trade(realms, {1: BUY + Item.SPEAR})
    assert places(realms, 1) == [(Item.SPEAR, 2, 1, 0)]


def test_what_is_beyond_its_level_cannot_be_bought():
    realms = traders({"items": [(Item.SPEAR, 2)]}, {"gold": 99, "experience": {Skill.MAGE: 1737}})
    trade(realms, {0: OFFER})
    assert not stim(realms, 1).can_trade[BUY + 1 :].any()


def test_a_buyer_pays_at_most_what_it_observed():
    realms = traders({"items": [HAT, HAT]}, {"gold": 9}, {"gold": 9})
    trade(realms, {0: OFFER}, {0: 2})
    trade(realms, {0: OFFER + 1}, {0: 3})
    serve_from(realms, 2, downwards=True)
    trade(realms, {1: BUY_HAT, 2: BUY_HAT})  # both saw it for 2
    assert gold(realms) == [2, 9, 7]
    assert offers(realms) == [(0, Item.HAT, 1, 3)]


def test_a_full_inventory_buys_nothing_but_ammunition_that_it_can_join():
    full = [(Item.ARROW, 1, 254)] + [(Item.ROD, 1)] * (PLACES - 1)
    realms = traders({"items": [HAT, (Item.ARROW, 1, 2)]}, {"items": full, "gold": 9})
    trade(realms, {0: OFFER})
    trade(realms, {0: OFFER + 1})
    can = stim(realms, 1).can_trade
    assert can[[BUY_HAT, BUY + Item.ARROW]].tolist() == [False, True]
    trade(realms, {1: BUY_HAT})
    trade(realms, {1: BUY + Item.ARROW, 0: OFFER + 1})
    assert places(realms, 1)[0] == (Item.ARROW, 1, 255, 0)
    assert not stim(realms, 1).can_trade[BUY + Item.ARROW]


# -- Giving ---------------------------------------------------------------------------------


def test_a_piece_and_gold_are_given_to_somebody_in_sight():
    realms = traders({"items": [(Item.RUNE, 1, 2)], "gold": 2}, {"at": (12, 12)})
    trade(realms, {0: GIVE}, receivers={0: 1})
    trade(realms, {0: GIVE_GOLD}, receivers={0: 1})
    assert (places(realms, 0), places(realms, 1)) == ([(Item.RUNE, 1, 1, 0)],) * 2
    assert gold(realms) == [1, 1]
    assert [int(purse_of(realms, 0)[name]) for name in ("spent", "given")] == [1, 2]
    assert balanced(realms)


def test_nobody_gives_to_itself_or_to_an_npc_or_to_nobody():
    realms = traders({"items": [HAT], "gold": 2}, npcs=({"at": (10, 11)},))
    assert not stim(realms, 0).can_receive.any()
    assert not stim(realms, 0).can_trade[GIVE : GIVE_GOLD + 1].any()
    for row in (-1, 0, 1):
        for number in (GIVE, GIVE_GOLD):
            actions = Actions.stay(1)
            actions.trade[0], actions.receiver[0] = number, row
            realms.step(actions)
    assert places(realms, 0) == [(Item.HAT, 1, 1, 0)]
    assert gold(realms) == [2]


def test_who_has_no_empty_place_is_given_nothing_but_gold():
    full = [(Item.ROD, 1)] * PLACES
    realms = traders({"items": [HAT], "gold": 1}, {"items": full})
    assert stim(realms, 0).can_receive[1].tolist() == [False, True]
    can = stim(realms, 0).can_trade
    assert can[[GIVE, GIVE_GOLD]].tolist() == [False, True]
    trade(realms, {0: GIVE}, receivers={0: 1})
    assert len(places(realms, 0)) == 1


def test_who_has_no_gold_gives_none():
    realms = traders({}, {})
    assert not stim(realms, 0).can_trade[GIVE_GOLD]
    trade(realms, {0: GIVE_GOLD}, receivers={0: 1})
    assert gold(realms) == [0, 0]


# -- Gold -----------------------------------------------------------------------------------


def test_a_purse_holds_no_more_than_the_most():
    realms = traders(
        {"items": [(Item.HAT, 3)], "gold": MOST_GOLD - 1}, {"gold": 9, "experience": {MELEE: 217}}
    )
    trade(realms, {0: OFFER}, {0: 1})
    trade(realms, {1: BUY_HAT})
    assert gold(realms) == [MOST_GOLD, 6]
    assert realms.state.ledger[0, GOLD].lost == 2
    assert stim(realms, 1).can_receive[1].tolist() == [True, False]
    trade(realms, {1: GIVE_GOLD}, receivers={1: 0})
    assert gold(realms) == [MOST_GOLD, 6]
    assert balanced(realms)


def test_an_npc_leaves_gold_of_its_level():
    prey = {"health": 1, "level": 7, "at": (10, 11)}
    realms = traders({"at": (10, 10)}, npcs=(prey,))
    play(realms, attacks={0: (MELEE, realms.config.max_agents)})
    assert gold(realms) == [7]
    assert realms.state.ledger[0, GOLD].looted == 7
    assert balanced(realms)


def test_who_slays_an_agent_takes_its_gold_and_its_offers_are_destroyed():
    realms = traders({}, {"health": 1, "items": [HAT, HAT], "gold": 4})
    trade(realms, {1: OFFER})
    agent(realms, 1).health = 1
    realms.observe()
    play(realms, attacks={0: (MELEE, 1)})
    assert gold(realms) == [4]
    assert places(realms, 0) == [(Item.HAT, 1, 1, 0)]
    assert offers(realms) == []
    assert balanced(realms)
    life = realms.take_lives()
    assert life.dtype == life_in(realms.config)
    assert [int(life[name][0]) for name in ("earned", "spent")] == [4, 0]


@pytest.mark.parametrize(
    ("held", "steps"), [(0, 0), (1, 1), (2, 2), (3, 2), (1023, 10), (1024, 11), (MOST_GOLD, 11)]
)
def test_wealth_is_observed_in_powers_of_two(held, steps):
    assert size_of(held) == steps
    seen = stim(traders({"gold": held}), 0)
    assert (seen.gold.tolist(), seen.wealth.tolist()) == ([held], [steps])


# -- When -----------------------------------------------------------------------------------


def test_who_uses_or_destroys_makes_no_trade():
    realms = traders({"items": [HAT, (Item.TOP, 1)]}, {})
    trade(realms, {0: OFFER + 1}, deals={0: USE})
    assert offers(realms) == []
    assert places(realms, 0) == [(Item.HAT, 1, 1, 1), (Item.TOP, 1, 1, 0)]


def test_in_combat_there_are_no_trades():
    realms = traders({"items": [HAT], "gold": 3}, {"items": [HAT]})
    play(realms, attacks={0: (MELEE, 1)})
    for _ in range(3):
        assert not stim(realms, 0).can_trade[1:].any()
        trade(realms, {0: OFFER})
        assert offers(realms) == []
    trade(realms, {0: OFFER})
    assert len(offers(realms)) == 1


def test_all_buy_before_anybody_gives():
    # The gift would take the last place, but its receiver has bought by then.
    nearly = [(Item.ROD, 1)] * (PLACES - 1)
    realms = traders({"items": [HAT]}, {"items": nearly, "gold": 1}, {"items": [(Item.TOP, 1)]})
    trade(realms, {0: OFFER})
    trade(realms, {1: BUY_HAT, 2: GIVE}, receivers={2: 1})
    assert places(realms, 1)[-1] == (Item.HAT, 1, 1, 0)
    assert places(realms, 2) == [(Item.TOP, 1, 1, 0)]


def test_what_is_offered_is_bought_from_the_next_tick_on():
    realms = traders({"items": [HAT]}, {"gold": 9})
    trade(realms, {0: OFFER, 1: BUY_HAT})
    assert gold(realms) == [0, 9]


def test_every_trade_that_the_mask_allows_works_and_no_other():
    carried = [(kind, 1 + kind % 2, 2 if 12 <= kind <= 14 else 1) for kind in range(5, 17)]
    seller = {"items": carried, "at": (11, 11)}
    for number in range(1, NUM_TRADES):
        realms = traders({"items": carried[3:], "gold": 3, "experience": {MELEE: 90}}, seller)
        for k in range(PLACES):
            trade(realms, {1: OFFER + k}, {1: 1 + k % 4})
        allowed = bool(stim(realms, 0).can_trade[number])
        before = places(realms, 0), gold(realms), offers(realms)
        trade(realms, {0: number}, receivers={0: 1})
        assert ((places(realms, 0), gold(realms), offers(realms)) != before) == allowed
        assert balanced(realms)


def test_a_way_of_giving_belongs_to_each_gift_alone():
    ways = [way_of(number) for number in range(NUM_TRADES)]
    assert ways == [-1] * GIVE + [0] * PLACES + [1] + [-1] * 16


# -- Scripted traders -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("experience", "theirs", "buys"),
    [
        (90, [(Item.HAT, 1)], False),  # its level is 2, so the offer of a better hat may be its own
        (90, [(Item.HAT, 1), (Item.HAT, 2)], False),  # it sees the same
        (90, [(Item.HAT, 2)], True),  # whosever the cheapest is, the hat is a better one
        (217, [(Item.HAT, 1), (Item.HAT, 2)], True),  # at level 3 it would have put it on
        (0, [(Item.HAT, 1)], False),
    ],
)
def test_a_trader_does_not_take_its_own_offer_for_that_of_another(experience, theirs, buys):
    worn = (Item.HAT, 1, 1, 1)
    about = {"gold": 9, "experience": {MELEE: experience}, "items": [worn, (Item.HAT, 2)]}
    realms = traders(about, {"items": theirs}, food=9999, water=9999)
    trade(realms, {0: OFFER + 1, 1: OFFER})
    if len(theirs) > 1:
        trade(realms, {1: OFFER + 1})
    assert (SCRIPTED["trader"](realms.observation).trade[0] == BUY_HAT) == buys


def test_a_trader_without_a_hat_buys_any():
    realms = traders({"gold": 9, "experience": {MELEE: 90}}, {"items": [HAT]}, food=9999)
    trade(realms, {1: OFFER})
    assert SCRIPTED["trader"](realms.observation).trade[0] == BUY_HAT


# -- The whole ------------------------------------------------------------------------------


def possible_actions(obs, rng):
    """Draw uniformly among what is possible, of deals and trades; the rest is a fighter's."""
    actions = SCRIPTED["fighter"](obs)
    actions.deal[:] = (rng.random(obs.can_deal.shape) * obs.can_deal).argmax(axis=1)
    actions.deal[rng.random(len(obs)) < 0.7] = 0
    actions.trade[:] = (rng.random(obs.can_trade.shape) * obs.can_trade).argmax(axis=1)
    actions.price[:] = rng.integers(0, 9, len(obs))
    for n, number in enumerate(actions.trade.tolist()):
        if way_of(number) >= 0:
            can = obs.can_receive[obs.offsets[n] : obs.offsets[n + 1], way_of(number)]
            actions.receiver[n] = rng.choice(np.flatnonzero(can))
    return actions


def test_the_ledger_is_exact_while_all_trades_are_tried():
    config = Saga(max_agents=32, populations=2, npcs=32, map_size=50, births=4, market=True)
    realms, rng, done = Realms(config, 3), np.random.default_rng(0), np.zeros(NUM_TRADES, int)
    for _ in range(amount(300, 150)):
        actions = possible_actions(realms.observation, rng)
        done += np.bincount(actions.trade, minlength=NUM_TRADES)
        realms.step(actions)
        assert balanced(realms)
        realms.check()
    realms.restore(realms.snapshot())
    assert all(
        done[numbers].sum() > 5 for numbers in (slice(1, 13), slice(13, 25), slice(26, None))
    )


def test_realms_that_move_bury_gold_and_offers():
    realms = Realms(
        Saga(max_agents=8, populations=1, map_size=24, border=4, map_epochs=1, market=True)
    )
    endow(realms, 0, 5)
    bag = bag_of(realms, 0)
    bag.kind[0], bag.level[0], bag.quantity[0], bag.gained = Item.HAT, 1, 1, 1
    realms.state.ledger[0, Item.HAT].looted += 1
    realms.observe()
    trade(realms, {0: OFFER})
    realms.move({0: 3})
    assert realms.state.ledger[0, Item.HAT].buried == 1
    assert realms.state.ledger[0, GOLD].buried == 5
    assert balanced(realms)


def test_a_market_needs_items_and_takes_no_memory_without():
    with pytest.raises(ConfigError, match="market needs items"):
        Chaos(skills=True, market=True)
    realms = Realms(Chaos(skills=True, items=True), 0)
    obs = realms.observation
    off = obs.market, obs.gold, obs.wealth, obs.can_trade, obs.can_receive
    held = realms.state.purses, realms.state.offers, realms._ended.purses
    assert sum(array.nbytes for array in (*off, *held)) == 0
    assert not {"purses", "offers"} & set(realms.snapshot())
    assert obs.draws.shape[1] == 4
    assert world(market=False).state.ledger.size == 0
