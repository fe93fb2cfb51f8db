"""What scripted agents offer and buy, as a function of what they observe."""

from typing import Any

from numpy.typing import NDArray

from forge.blade.items import (
    ARMOUR,
    HELPED,
    NEEDED,
    NOWHERE,
    NUM_ITEMS,
    PLACES,
    RATION,
    TOOL,
    WORN,
    defence_from,
    offence_from,
)
from forge.blade.jit import inlined, kernel
from forge.blade.skills import NUM_SKILLS
from forge.blade.trades import BUY, OFFER

Array = NDArray[Any]

KEPT = 3  # rations, and as many potions, that are not offered
FIRST_PRICE = 3  # asked where nobody else offers the like, as a multiple of the level
_defence_from, _offence_from = inlined(defence_from), inlined(offence_from)


@kernel
def choose_trade(view: Any, i: int, main: int, buys: bool) -> tuple[int, int]:
    """Choose the trade of an agent that uses nothing, and its price.

    Args:
        view: arrays of an Observation, by name.
        i: the agent.
        main: its main style.
        buys: whether it is a trader, who buys before it offers.
    """
    inventory, can, market = view.inventory[i], view.can_trade[i], view.market[view.realm[i]]
    if buys:
        known = view.standing[i], inventory, can, market, int(view.gold[i, 0])
        bought = choose_purchase(*known, main)
        if bought > 0:
            return bought, 0
    return choose_offer(inventory, view.can_deal[i], can, market)


@kernel
def choose_offer(
    inventory: Array, can_deal: Array, can_trade: Array, market: Array
) -> tuple[int, int]:
    """Choose what to offer, as ``fighter`` in forge.blade.scripted says.

    Args:
        inventory: uint8 (3 · places,), as observed.
        can_deal: bool (deals,).
        can_trade: bool (trades,).
        market: uint8 (kinds, levels), as observed.

    Returns:
        The trade and the price, as ``Actions`` says.
    """
    rations, potions = 0, 0
    for k in range(PLACES):
        kind = int(inventory[k])
        if WORN[kind] == NOWHERE and can_deal[1 + k]:
            rations, potions = rations + (kind == RATION), potions + (kind != RATION)
            if (rations if kind == RATION else potions) <= KEPT:
                continue
        if can_trade[OFFER + k]:
            lowest = int(market[kind - 1, inventory[PLACES + k] - 1])
            return OFFER + k, (max(1, lowest - 1) if lowest > 0 else FIRST_PRICE) - 1
    return 0, 0


@kernel
def choose_purchase(
    standing: Array, inventory: Array, can_trade: Array, market: Array, gold: int, main: int
) -> int:
    """Choose what to buy, as ``trader`` in forge.blade.scripted says.

    Args:
        standing: uint8 (skills + 1,), as observed.
        inventory: uint8 (3 · places,), as observed.
        can_trade: bool (trades,).
        market: uint8 (kinds, levels), as observed.
        gold: that it has.
        main: its main style.

    Returns:
        The trade, as ``Actions`` says; 0: none.
    """
    best, most, cost = 0, 0, 1
    for kind in range(1, NUM_ITEMS):
        if not can_trade[BUY + kind] or WORN[kind] == NOWHERE:
            continue
        level = int(standing[:NUM_SKILLS].max() if NEEDED[kind] < 0 else standing[NEEDED[kind]])
        while level > 1 and not 0 < level * int(market[kind - 1, level - 1]) <= gold:
            level -= 1
        price = level * int(market[kind - 1, level - 1])
        gain = _effect(kind, level, main) - _worn(inventory, WORN[kind], main)
        if price > 0 and gain * cost > most * price:
            best, most, cost = BUY + kind, gain, price
    return best


@kernel
def _effect(kind: int, level: int, main: int) -> int:
    """Compute what a worn item adds to defence, or to offence in the main style."""
    if ARMOUR[0] <= kind <= ARMOUR[1] or TOOL[0] <= kind <= TOOL[1]:
        return int(_defence_from(kind, level))
    return int(_offence_from(kind, level, main)) if HELPED[kind] == main else 0


@kernel
def _worn(inventory: Array, slot: int, main: int) -> int:
    """Compute what the item adds that is worn in a slot."""
    for k in range(PLACES):
        if inventory[2 * PLACES + k] > 0 and WORN[int(inventory[k])] == slot:
            return int(_effect(int(inventory[k]), int(inventory[PLACES + k]), main))
    return 0
