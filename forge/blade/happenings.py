"""List what can happen to agents: the codes of the rows that a realm keeps of it.

A row says who did what in which tick: ``(tick, who, code, kind, level, number, price, other)``.
Quests count such rows, the viewer tells of them, and ``Realms.take_happenings`` hands them over.
"""

from collections.abc import Callable
from enum import IntEnum
from typing import Any, NamedTuple

from forge.blade.items import ARMOUR, NOTHING, NOWHERE, QUIVER, TOOL, WORN, Item
from forge.blade.professions import GIVES, RARE
from forge.blade.skills import HIGHEST, NUM_SKILLS, Skill
from forge.blade.tiles import Cause, Style


class Happening(IntEnum):
    """What an agent did, or what became of it."""

    EAT = 1
    DRINK = 2
    HIT = 3
    KILL = 4
    DIE = 5
    LEVEL_UP = 6
    SHOOT = 7
    LOOT = 8
    CONSUME = 9
    EQUIP = 10
    TAKE_OFF = 11
    DESTROY = 12
    HARVEST = 13
    FIND_GOLD = 14
    OFFER = 15
    BUY = 16
    SELL = 17
    GIVE = 18
    GIVE_GOLD = 19


Most = Callable[[int, int], int]  # of a kind, 0: any, and from a level on, 0: of any
MOST_NUMBER = 2**30  # that a quest can ask for


def _endless(kind: int, level: int) -> int:
    return MOST_NUMBER


def _once(kind: int, level: int) -> int:
    return 1


def _levels_to_gain(kind: int, level: int) -> int:
    """Count the levels that can be reached; the first is not."""
    return (HIGHEST + 1 - max(level, 2)) * (1 if kind else NUM_SKILLS)


class Facts(NamedTuple):
    """What is known of a happening, or of a quantity (see ``forge.blade.questtasks``).

    Attributes:
        doc: one line.
        kinds: what ``kind`` names, by its number, or for a style or skill by its number plus one;
            None: ``kind`` is 0.
        system: the setting or property without which a world has none of it; "": all have it.
        with_other: whether a quest may ask for whom it happens with: agents, or a kind of NPC.
        only: which of ``kinds`` there can be; (): any.
        levelled: whether a quest may ask for a level.
        first: what every life begins with.
        most: how often it can happen in a life, or how much of it there can be.
    """

    doc: str
    kinds: type[IntEnum] | None = None
    system: str = ""
    with_other: bool = False
    only: tuple[Item, ...] = ()
    levelled: bool = False
    first: int = 0
    most: Most = _endless

    @property
    def named(self) -> dict[int, str]:
        """What ``kind`` can be: its name by its number."""
        least = int(self.kinds in (Style, Skill))
        numbered = {it.value + least: it.name.lower() for it in self.only or self.kinds or ()}
        return {number: name for number, name in numbered.items() if number}

    @property
    def numbered(self) -> dict[str, int]:
        """What ``kind`` can be: its number by its name."""
        return {name: number for number, name in self.named.items()}


def of_items(
    doc: str,
    system: str = "items",
    only: tuple[Item, ...] = (),
    with_other: bool = False,
    most: Most = _endless,
) -> Facts:
    """Make the facts of what is done with items, which all have levels."""
    return Facts(doc, Item, system, with_other, only, levelled=True, most=most)


_ITEMS = tuple(Item)[1:]
WEARABLE = tuple(it for it in _ITEMS if WORN[it] != NOWHERE)
_IN_QUIVER = tuple(it for it in _ITEMS if WORN[it] == QUIVER)
_CONSUMED = tuple(it for it in _ITEMS if WORN[it] == NOWHERE)
HARVESTED = tuple(Item(it) for it in sorted({*GIVES, *RARE} - {NOTHING}))
# What NPCs leave.
FOUND = tuple(Item(it) for low, high in (ARMOUR, TOOL) for it in range(low, high + 1))

FACTS = {
    Happening.EAT: Facts("ate a forest"),
    Happening.DRINK: Facts("drank"),
    Happening.HIT: Facts(
        "hit another; number: the damage", Style, "combat", with_other=True, levelled=True
    ),
    Happening.KILL: Facts("slew another", Style, "combat", with_other=True, levelled=True),
    Happening.DIE: Facts("died; other: its killer", Cause, most=_once),
    Happening.LEVEL_UP: Facts(
        "reached a level in a skill", Skill, "skills", levelled=True, most=_levels_to_gain
    ),
    Happening.SHOOT: of_items("spent a piece of ammunition", only=_IN_QUIVER),
    Happening.LOOT: of_items("took what the slain left; number: pieces", with_other=True),
    Happening.CONSUME: of_items("consumed a ration or a potion", only=_CONSUMED),
    Happening.EQUIP: of_items("put an item on", only=WEARABLE),
    Happening.TAKE_OFF: of_items("took an item off", only=WEARABLE),
    Happening.DESTROY: of_items("destroyed what it carried; number: pieces"),
    Happening.HARVEST: of_items("harvested a resource, and kept it", "professions", HARVESTED),
    Happening.FIND_GOLD: Facts("took gold of the slain; number: how much", None, "market", True),
    Happening.OFFER: of_items("offered an item; price", "market"),
    Happening.BUY: of_items("bought an item; price; other: the seller", "market"),
    Happening.SELL: of_items("sold an item; price; other: the buyer", "market"),
    Happening.GIVE: of_items("gave an item away; other: the receiver", "market"),
    Happening.GIVE_GOLD: Facts("gave a piece of gold away; other: the receiver", None, "market"),
}


def possible_in(config: Any) -> list[Happening]:
    """List what can happen in a world.

    Args:
        config: settings of the world.
    """
    return [it for it, facts in FACTS.items() if not facts.system or getattr(config, facts.system)]


# The most rows that a tick adds, per agent: it may take all that a slain agent carried (13), eat,
# drink, hit, kill, die, shoot, trade, reach three levels, harvest three pieces; and, as nobody
# buys more than one item, it sells one on average.
MOST_HAPPENINGS = 27
