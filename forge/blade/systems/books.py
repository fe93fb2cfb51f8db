"""The market's offers: a list in order of age, which ends at the first empty record."""

from typing import Any

import numpy as np

from forge.blade.copying import clear_run
from forge.blade.items import NUM_ITEMS
from forge.blade.jit import inlined
from forge.blade.records import OFFER
from forge.blade.skills import HIGHEST
from forge.blade.state import State
from forge.blade.systems.bags import put
from forge.blade.trades import GOLD, MOST_GOLD

_NO_OFFER = np.zeros(1, OFFER)


@inlined
def is_offer(offers: Any, i: int) -> bool:
    """Tell whether the i-th of a realm's offers is one; if not, none follows."""
    return bool(i < len(offers) and offers[i].kind > 0)


@inlined
def earn(state: State, w: int, e: int, amount: int) -> int:
    """Give an agent gold; what its purse cannot hold is lost. Modifies state in place.

    Returns:
        How much it keeps.
    """
    purse = state.purses[w, e]
    kept = min(amount, MOST_GOLD - purse.gold)
    purse.gold += kept
    purse.earned += kept
    state.ledger[w, GOLD].lost += amount - kept
    return int(kept)


@inlined
def find_asks(offers: Any, asks: Any) -> int:
    """Sum up the offers of each kind and level. Modifies asks in place.

    Args:
        offers: OFFER (O,), of one realm.
        asks: ASK (kinds, 1 + levels).

    Returns:
        The number of offers.
    """
    clear_run(asks, 0, NUM_ITEMS * (1 + HIGHEST))
    i = 0
    while is_offer(offers, i):  # no branches in the loop: prices are unpredictable
        offer = offers[i]
        ask, price, seller = asks[offer.kind, offer.level], offer.price, offer.seller
        least, after = ask.price, ask.next
        is_other = seller != ask.seller
        is_lowest = (ask.number == 0) | (price < least)
        is_next = is_other & ((after == 0) | (price < after))
        above = least if is_other else after  # what is next to this price where it is the lowest
        ask.next = above if is_lowest else (price if is_next else after)
        ask.price = price if is_lowest else least
        ask.seller = seller if is_lowest else ask.seller
        ask.number += 1
        i += 1
    return i


@inlined
def count_asks(offers: Any, asks: Any) -> int:
    """Count the offers of each kind and level alone. Clears the rest of asks in place.

    The arguments and what it returns are those of ``find_asks``.
    """
    clear_run(asks, 0, NUM_ITEMS * (1 + HIGHEST))
    i = 0
    while is_offer(offers, i):
        asks[offers[i].kind, offers[i].level].number += 1
        i += 1
    return i


@inlined
def price_for(ask: Any, e: int) -> int:
    """Find the lowest price that the agent in slot e can pay of an ASK; 0: nobody else offers."""
    return int(ask.next if ask.seller == e else ask.price)


@inlined
def cheapest_for(offers: Any, kind: int, level: int, e: int, most: int) -> int:
    """Find the cheapest offer of others than slot e, of equal ones the oldest; −1: there is none.

    Args:
        offers: OFFER (O,).
        kind: of the item.
        level: of the item.
        e: the buyer's slot.
        most: the highest price.
    """
    best, i = -1, 0
    while is_offer(offers, i):
        offer = offers[i]
        wanted = offer.kind == kind and offer.level == level and offer.seller != e
        if wanted and offer.price <= most and (best < 0 or offer.price < offers[best].price):
            best = i
        i += 1
    return best


@inlined
def take_down(offers: Any, i: int, number: int) -> None:
    """Take some offers, from the i-th on, from the list. Modifies offers in place."""
    while is_offer(offers, i + number):
        offers[i] = offers[i + number]
        i += 1
    _end(offers, i)


@inlined
def _end(offers: Any, i: int) -> None:
    """Let the list have i offers. Modifies offers in place."""
    while is_offer(offers, i):
        offers[i] = _NO_OFFER[0]
        i += 1


@inlined
def lapse(state: State, w: int) -> None:
    """Give back what nobody bought in time, where there is room. Modifies state in place."""
    offers, number = state.offers[w], 0
    while is_offer(offers, number) and offers[number].until <= state.clock[w].tick:
        offer = offers[number]
        bag = state.bags[w, offer.seller]
        left = put(bag, offer.kind, offer.level, 1)
        bag.gained -= 1 - left  # it was counted when it was found
        state.ledger[w, offer.kind].lost += left
        number += 1
    if number > 0:
        take_down(offers, 0, number)


@inlined
def withdraw(state: State, w: int, e: int) -> None:
    """Destroy the offers and the gold of the dead agent in slot e. Modifies state in place."""
    offers, kept, i = state.offers[w], 0, 0
    while is_offer(offers, i):
        offer = offers[i]
        if offer.seller == e:
            state.ledger[w, offer.kind].buried += 1
        else:
            if kept < i:
                offers[kept] = offers[i]
            kept += 1
        i += 1
    _end(offers, kept)
    state.ledger[w, GOLD].buried += state.purses[w, e].gold
