"""Name the kinds of items, where they are worn, and what they do."""

from enum import IntEnum
from typing import NamedTuple

from forge.blade.skills import Skill
from forge.blade.tiles import NUM_STYLES


class Wear(IntEnum):
    """Where an item is worn; one item at a time in each."""

    NOWHERE = 0  # it is consumed, not worn
    HEAD = 1
    BODY = 2
    LEGS = 3
    HAND = 4
    QUIVER = 5


class Item(IntEnum):
    """A kind of item; 0 is an empty place."""

    NOTHING = 0
    HAT = 1
    TOP = 2
    BOTTOM = 3
    SPEAR = 4
    BOW = 5
    WAND = 6
    ROD = 7
    GLOVES = 8
    PICKAXE = 9
    AXE = 10
    CHISEL = 11
    WHETSTONE = 12
    ARROW = 13
    RUNE = 14
    RATION = 15
    POTION = 16


class Facts(NamedTuple):
    """What is known of a kind.

    Attributes:
        slot: where it is worn.
        skill: the skill whose level must reach the item's; −1: the agent's level, that of its best
            skill.
        style: the style of attack that it helps; −1: none.
    """

    slot: Wear
    skill: int = -1
    style: int = -1


_STYLED = tuple(zip((Item.SPEAR, Item.BOW, Item.WAND), range(NUM_STYLES), strict=True))
_MUNITION = tuple(zip((Item.WHETSTONE, Item.ARROW, Item.RUNE), range(NUM_STYLES), strict=True))
TOOLS = {
    Item.ROD: Skill.FISHING,
    Item.GLOVES: Skill.HERBALISM,
    Item.PICKAXE: Skill.PROSPECTING,
    Item.AXE: Skill.CARVING,
    Item.CHISEL: Skill.ALCHEMY,
}
FACTS: dict[Item, Facts] = {
    Item.NOTHING: Facts(Wear.NOWHERE),
    Item.HAT: Facts(Wear.HEAD),
    Item.TOP: Facts(Wear.BODY),
    Item.BOTTOM: Facts(Wear.LEGS),
    **{item: Facts(Wear.HAND, style, style) for item, style in _STYLED},
    **{item: Facts(Wear.HAND, int(skill)) for item, skill in TOOLS.items()},
    **{item: Facts(Wear.QUIVER, style, style) for item, style in _MUNITION},
    Item.RATION: Facts(Wear.NOWHERE),
    Item.POTION: Facts(Wear.NOWHERE),
}

NUM_ITEMS, NUM_SLOTS = len(Item), len(Wear)
PLACES = 12  # of an inventory
MOST_STACKED = 255  # pieces of ammunition in one place
# By kind: where it is worn, the skill that it needs, the style that it helps.
WORN, NEEDED, HELPED = (
    tuple(int(facts[k]) for _, facts in sorted(FACTS.items())) for k in range(3)
)
NOTHING, RATION, POTION = int(Item.NOTHING), int(Item.RATION), int(Item.POTION)
NOWHERE, HAND, QUIVER = int(Wear.NOWHERE), int(Wear.HAND), int(Wear.QUIVER)
NUM_DEALS = 1 + 2 * PLACES  # none; use what is in a place; destroy it
ARMOUR = (int(Item.HAT), int(Item.BOTTOM))  # first and last kind
TOOL = (int(Item.ROD), int(Item.CHISEL))  # first and last kind


def defence_from(kind: int, level: int) -> int:
    """Compute what a worn item adds to defence: armour 3 per level, a tool 15."""
    if ARMOUR[0] <= kind <= ARMOUR[1]:
        return 3 * level
    return 15 if TOOL[0] <= kind <= TOOL[1] else 0


def offence_from(kind: int, level: int, style: int) -> int:
    """Compute what a worn item adds to offence in a style.

    A weapon adds 5, and 5 per level; ammunition 5, and 10 per level.
    """
    if HELPED[kind] != style:
        return 0
    return 5 + (10 if WORN[kind] == QUIVER else 5) * level


# The most that a weapon and ammunition add together, both of level 10.
MOST_OFFENCE = offence_from(int(Item.SPEAR), 10, 0) + offence_from(int(Item.WHETSTONE), 10, 0)


def restored(level: int, most: int) -> int:
    """Compute how much of a store a ration or potion restores: half of it, and 5 % per level.

    Args:
        level: of the item.
        most: what the store holds at most.
    """
    return most // 2 + most * 5 * level // 100
