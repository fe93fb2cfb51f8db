"""Agents buy, give and offer what they carry, one piece at a time."""

from typing import Any

from forge.blade.happenings import Happening
from forge.blade.jit import inlined
from forge.blade.rules import Scratch
from forge.blade.state import Array, State
from forge.blade.systems.bags import clear, has_place, has_room, level_for, put
from forge.blade.systems.books import (
    cheapest_for,
    count_asks,
    earn,
    find_asks,
    lapse,
    price_for,
    take_down,
)
from forge.blade.systems.noting import note
from forge.blade.trades import (
    BUY,
    GIVE,
    GIVE_GOLD,
    LASTING,
    MOST_GOLD,
    MOST_OFFERS,
    OFFER,
)

_OFFER, _BUY, _SELL, _GIVE, _GIVE_GOLD = (
    int(it)
    for it in (
        Happening.OFFER,
        Happening.BUY,
        Happening.SELL,
        Happening.GIVE,
        Happening.GIVE_GOLD,
    )
)


@inlined
def _trade_of(intent: Any) -> int:
    """Find the trade that an agent may make by its INTENT: 0 where it uses or destroys."""
    return int(intent.trade if intent.deal == 0 else 0)


@inlined
def level_to_buy(purse: Any, asks: Any, kind: int, level: int, e: int) -> int:
    """Find the highest level of a kind that an agent can use and pay; 0: none is offered.

    Args:
        purse: PURSE of the agent.
        asks: ASK (kinds, 1 + levels).
        kind: of the item.
        level: the highest that it can use.
        e: the agent's slot.
    """
    while level > 0:
        price = price_for(asks[kind, level], e)
        if 0 < price <= purse.gold:
            break
        level -= 1
    return level


@inlined
def _bid(state: State, asks: Any, intent: Any, w: int, e: int, kind: int) -> None:
    """Note what a buyer wants and pays at most, as it observed it. Modifies intent in place."""
    most = level_for(state.skills[w, e], kind)
    intent.wanted = level_to_buy(state.purses[w, e], asks, kind, most, e)
    intent.most = price_for(asks[kind, intent.wanted], e)


@inlined
def _buy(state: State, scratch: Scratch, w: int, e: int, kind: int, level: int, most: int) -> None:
    """Buy the cheapest offer of a kind and level, for at most a price.

    Modifies state and scratch in place.
    """
    offers, bag = state.offers[w], state.bags[w, e]
    i = cheapest_for(offers, kind, level, e, most)
    if i < 0 or not has_room(bag, kind, level):
        return
    price, seller, purse = int(offers[i].price), offers[i].seller, state.purses[w, e]
    purse.gold -= price
    purse.spent += price
    purse.bought += 1
    earn(state, w, seller, price)
    state.purses[w, seller].sold += 1
    put(bag, kind, level, 1)
    take_down(offers, i, 1)
    note(scratch, e, _BUY, kind, level, 1, seller, price)
    note(scratch, seller, _SELL, kind, level, 1, e, price)


@inlined
def _hand_over(state: State, scratch: Scratch, w: int, e: int, k: int, r: int) -> None:
    """Give the agent in slot r a piece of what is in place k. Modifies state and scratch."""
    bag = state.bags[w, e]
    if _is_free(bag, k) and has_place(state.bags[w, r]):
        note(scratch, e, _GIVE, bag.kind[k], bag.level[k], 1, r)
        put(state.bags[w, r], bag.kind[k], bag.level[k], 1)
        take(bag, k)
        state.purses[w, e].given += 1


@inlined
def _pay(state: State, scratch: Scratch, w: int, e: int, r: int) -> None:
    """Give the agent in slot r a piece of gold. Modifies state and scratch in place."""
    purse = state.purses[w, e]
    if purse.gold > 0 and state.purses[w, r].gold < MOST_GOLD:
        purse.gold -= 1
        purse.spent += 1
        purse.given += 1
        earn(state, w, r, 1)
        note(scratch, e, _GIVE_GOLD, 0, 0, 1, r)


@inlined
def take(bag: Any, k: int) -> None:
    """Take a piece out of place k. Modifies bag in place."""
    bag.quantity[k] -= 1
    if bag.quantity[k] == 0:
        clear(bag, k)


@inlined
def _is_free(bag: Any, k: int) -> bool:
    """Tell whether something is in place k that is not worn."""
    return bool(bag.kind[k] > 0 and bag.worn[k] == 0)


@inlined
def exchange(state: State, scratch: Scratch, w: int, dealers: Array) -> None:
    """Serve the buyers of one realm, then those who give. Modifies state and scratch in place.

    Args:
        state: of all realms.
        scratch: holds the intents.
        w: the realm.
        dealers: int64 (D,), slots of who may trade, in serving order.
    """
    A, intents, number = state.lives.shape[1], scratch.intents[w], -1
    for i in range(len(dealers)):
        e = dealers[i]
        trade = _trade_of(intents[e])
        if trade > BUY:
            if number < 0:  # many ticks have no buyer
                number = find_asks(state.offers[w], scratch.asks)
            _bid(state, scratch.asks, intents[e], w, e, trade - BUY)
    for i in range(len(dealers)):
        e = dealers[i]
        trade = _trade_of(intents[e])
        if trade > BUY and intents[e].wanted > 0:
            _buy(state, scratch, w, e, trade - BUY, intents[e].wanted, intents[e].most)
    for i in range(len(dealers)):
        e = dealers[i]
        trade, r = _trade_of(intents[e]), intents[e].receiver
        if GIVE <= trade <= GIVE_GOLD and 0 <= r < A and r != e:
            if trade == GIVE_GOLD:
                _pay(state, scratch, w, e, r)
            else:
                _hand_over(state, scratch, w, e, trade - GIVE, r)


@inlined
def _offer(state: State, scratch: Scratch, w: int, e: int, k: int, price: int, number: int) -> int:
    """Offer a piece of what is in place k, unless its book is full. Modifies state and scratch.

    Args:
        state: of all realms.
        scratch: knows how many offers there are of each kind and level.
        w: the realm.
        e: the agent's slot.
        k: the place.
        price: as a multiple of the level.
        number: of offers before.

    Returns:
        The number of offers.
    """
    bag, asks = state.bags[w, e], scratch.asks
    kind, level = bag.kind[k], bag.level[k]
    if not _is_free(bag, k) or asks[kind, level].number >= MOST_OFFERS:
        return number
    offer = state.offers[w, number]
    offer.kind, offer.level, offer.price = kind, level, price * level
    offer.seller, offer.until = e, state.clock[w].tick + LASTING
    asks[kind, level].number += 1
    take(bag, k)
    note(scratch, e, _OFFER, kind, level, 1, -1, offer.price)
    return number + 1


@inlined
def offer(state: State, scratch: Scratch, w: int, dealers: Array) -> None:
    """Give back old offers of one realm, then serve those who offer. Modifies state, scratch.

    The arguments are those of ``exchange``.
    """
    lapse(state, w)
    number = -1
    for i in range(len(dealers)):
        e = dealers[i]
        trade = _trade_of(scratch.intents[w, e])
        if OFFER <= trade < GIVE:
            if number < 0:
                number = count_asks(state.offers[w], scratch.asks)
            price = scratch.intents[w, e].price + 1
            number = _offer(state, scratch, w, e, trade - OFFER, price, number)
