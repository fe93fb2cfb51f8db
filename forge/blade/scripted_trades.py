"""What scripted agents offer and buy, as a function of what they observe."""

from typing import Any

from numpy.typing import NDArray

from forge.blade.items import (
    ARMOUR,
    HAND,
    HELPED,
    NEEDED,
    NOWHERE,
    NUM_ITEMS,
    PLACES,
    POTION,
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
def choose_trade(view: Any, i: int, main: int, tool: int, buys: bool) -> tuple[int, int]:
    """Choose the trade of an agent that uses nothing, and its price.

    Args:
        view: arrays of an Observation, by name.
        i: the agent.
        main: its main style.
        tool: kind of the tool of its profession; 0: it has none.
        buys: whether it is a trader, who buys before it offers.
    """
    inventory, can, market = view.inventory[i], view.can_trade[i], view.market[view.realm[i]]
    if buys:
        known = view.standing[i], inventory, can, market, int(view.gold[i, 0])
        bought = choose_purchase(*known, main)
        if bought > 0:
            return bought, 0
    return choose_offer(inventory, view.can_deal[i], can, market, tool)


@kernel
def choose_offer(
    inventory: Array, can_deal: Array, can_trade: Array, market: Array, tool: int
) -> tuple[int, int]:
    """Choose what to offer, as ``fighter`` in forge.blade.scripted says.

    Args:
        inventory: uint8 (3 · places,), as observed.
        can_deal: bool (deals,).
        can_trade: bool (trades,).
        market: uint8 (kinds, levels), as observed.
        tool: kind of the tool of its profession; 0: it has none.

    Returns:
        The trade and the price, as ``Actions`` says.
    """
    rations, potions, tools = 0, 0, 0
    for k in range(PLACES):
        kind = int(inventory[k])
        tools += kind == tool
        if kind == tool and tools == 1:
            continue
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
    for kind in (RATION, POTION):
        if can_trade[BUY + kind] and not _carries(inventory, kind):
            return BUY + kind
    best, most, cost, holds = 0, 0, 1, _place_worn(inventory, HAND) >= 0
    for kind in range(1, NUM_ITEMS):
        is_tool = TOOL[0] <= kind <= TOOL[1]
        if not can_trade[BUY + kind] or WORN[kind] == NOWHERE or (is_tool and holds):
            continue
        own = int(standing[:NUM_SKILLS].max() if NEEDED[kind] < 0 else standing[NEEDED[kind]])
        level = own
        while level > 1 and not _is_paid(market, kind, level, gold):
            level -= 1
        least = 1 if level == own else level  # what it may get instead; see trader
        while least < level and not _is_paid(market, kind, least, gold):
            least += 1
        price = level * int(market[kind - 1, level - 1])
        worn = _worn(inventory, WORN[kind], main)
        gain = _effect(kind, level, main) - worn
        if _effect(kind, least, main) > worn and price > 0 and gain * cost > most * price:
            best, most, cost = BUY + kind, gain, price
    return best


@kernel
def _is_paid(market: Array, kind: int, level: int, gold: int) -> bool:
    """Tell whether something of a kind and level is offered for at most so much gold."""
    return bool(0 < level * int(market[kind - 1, level - 1]) <= gold)


@kernel
def _effect(kind: int, level: int, main: int) -> int:
    """Compute what a worn item adds to defence, or to offence in the main style."""
    if ARMOUR[0] <= kind <= ARMOUR[1] or TOOL[0] <= kind <= TOOL[1]:
        return int(_defence_from(kind, level))
    return int(_offence_from(kind, level, main)) if HELPED[kind] == main else 0


@kernel
def _worn(inventory: Array, slot: int, main: int) -> int:
    """Compute what the item adds that is worn in a slot."""
    k = _place_worn(inventory, slot)
    return int(_effect(int(inventory[k]), int(inventory[PLACES + k]), main)) if k >= 0 else 0


@kernel
def _place_worn(inventory: Array, slot: int) -> int:
    """Find the place of the item that is worn in a slot; −1: none is."""
    for k in range(PLACES):
        if inventory[2 * PLACES + k] > 0 and WORN[int(inventory[k])] == slot:
            return k
    return -1


@kernel
def _carries(inventory: Array, kind: int) -> bool:
    """Tell whether an agent carries an item of a kind."""
    found = 0
    for k in range(PLACES):
        found += inventory[k] == kind
    return found > 0
