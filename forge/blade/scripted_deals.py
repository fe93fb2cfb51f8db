"""What scripted fighters and gatherers do with their items, by what they observe of themselves."""

from typing import Any

from numpy.typing import NDArray

from forge.blade.features import INDEX
from forge.blade.items import ARMOUR, HAND, HELPED, NOTHING, NOWHERE, PLACES, RATION, TOOL, WORN
from forge.blade.jit import kernel

Array = NDArray[Any]

_HEALTH, _FOOD, _WATER = INDEX["health"], INDEX["food"], INDEX["water"]


@kernel
def choose_deal(own: Array, inventory: Array, can_deal: Array, main: int, tool: int) -> int:
    """Choose a deal, as ``fighter`` and ``gatherer`` in forge.blade.scripted say.

    Args:
        own: float32 (features,), the agent's own row.
        inventory: uint8 (3 · places,), as observed.
        can_deal: bool (deals,).
        main: its main style.
        tool: kind of the tool of its profession; 0: it has none.

    Returns:
        0: none; else what ``Actions.deal`` says.
    """
    full = True
    for k in range(PLACES):
        kind = int(inventory[k])
        full &= kind > 0
        if can_deal[1 + k] and _is_wanted(own, inventory, k, kind, main, tool):
            return 1 + k
    return _part_with(inventory, can_deal, tool) if full else 0


@kernel
def _part_with(inventory: Array, can_deal: Array, tool: int) -> int:
    """Choose what a full inventory loses: the first thing that is not worn.

    Whoever has a profession keeps rations and potions.
    """
    for k in range(PLACES):
        kept = tool != NOTHING and WORN[int(inventory[k])] == NOWHERE
        if not kept and inventory[2 * PLACES + k] == 0 and can_deal[1 + PLACES + k]:
            return 1 + PLACES + k
    return 0


@kernel
def _is_wanted(own: Array, inventory: Array, k: int, kind: int, main: int, tool: int) -> bool:
    """Tell whether to use what is in place k."""
    if WORN[kind] == NOWHERE:
        hungry = own[_FOOD] < 0 or own[_WATER] < 0
        return bool(hungry if kind == RATION else own[_HEALTH] < 0)
    if inventory[2 * PLACES + k] > 0:
        return False
    worn = -1
    for other in range(PLACES):
        if inventory[2 * PLACES + other] > 0 and WORN[int(inventory[other])] == WORN[kind]:
            worn = other
    if tool != NOTHING and WORN[kind] == HAND:
        better = (
            worn < 0 or inventory[worn] != tool or inventory[PLACES + k] > inventory[PLACES + worn]
        )
        return bool(kind == tool and better)
    if TOOL[0] <= kind <= TOOL[1]:
        return worn < 0
    if not ARMOUR[0] <= kind <= ARMOUR[1]:  # a weapon or ammunition
        if HELPED[kind] != main:
            return False
        if worn >= 0 and HELPED[int(inventory[worn])] != main:
            return True
    return bool(worn < 0 or inventory[PLACES + k] > inventory[PLACES + worn])
