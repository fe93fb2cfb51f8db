"""List what can happen to agents: the codes of the rows that a realm keeps of it.

A row says who did what in which tick: ``(tick, who, code, kind, level, number, price, other)``.
Quests count such rows, the viewer tells of them, and ``Realms.take_happenings`` hands them over.
"""

from enum import IntEnum
from typing import NamedTuple

from forge.blade.items import NOTHING, NOWHERE, QUIVER, WORN, Item
from forge.blade.professions import GIVES, RARE
from forge.blade.skills import Skill
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


class Facts(NamedTuple):
    """What is known of a happening.

    Attributes:
        doc: one line.
        kinds: what ``kind`` names, by its number, or for a style or skill by its number plus one;
            None: ``kind`` is 0.
        system: the setting without which it never happens; "": it does in every world.
        with_other: whether a quest may ask for whom it happens with: agents, or a kind of NPC.
        only: which of ``kinds`` there can be; (): any.
    """

    doc: str
    kinds: type[IntEnum] | None = None
    system: str = ""
    with_other: bool = False
    only: tuple[Item, ...] = ()

    @property
    def least(self) -> int:
        """What ``kind`` is for the number 0 of ``kinds``."""
        return int(self.kinds in (Style, Skill))


_ITEMS = tuple(Item)[1:]
_WORN = tuple(it for it in _ITEMS if WORN[it] != NOWHERE)
_IN_QUIVER = tuple(it for it in _ITEMS if WORN[it] == QUIVER)
_CONSUMED = tuple(it for it in _ITEMS if WORN[it] == NOWHERE)
HARVESTED = tuple(Item(it) for it in sorted({*GIVES, *RARE} - {NOTHING}))

FACTS = {
    Happening.EAT: Facts("ate a forest"),
    Happening.DRINK: Facts("drank"),
    Happening.HIT: Facts("hit another; number: the damage", Style, "combat", True),
    Happening.KILL: Facts("slew another", Style, "combat", True),
    Happening.DIE: Facts("died; other: who slew it", Cause),
    Happening.LEVEL_UP: Facts("reached a level in a skill", Skill, "skills"),
    Happening.SHOOT: Facts("spent a piece of ammunition", Item, "items", only=_IN_QUIVER),
    Happening.LOOT: Facts("took what the slain left; number: pieces", Item, "items", True),
    Happening.CONSUME: Facts("consumed a ration or a potion", Item, "items", only=_CONSUMED),
    Happening.EQUIP: Facts("put an item on", Item, "items", only=_WORN),
    Happening.TAKE_OFF: Facts("took an item off", Item, "items", only=_WORN),
    Happening.DESTROY: Facts("destroyed what it carried; number: pieces", Item, "items"),
    Happening.HARVEST: Facts(
        "harvested a resource, and kept it", Item, "professions", only=HARVESTED
    ),
    Happening.FIND_GOLD: Facts("took gold of the slain; number: how much", None, "market", True),
    Happening.OFFER: Facts("offered an item; price", Item, "market"),
    Happening.BUY: Facts("bought an item; price; other: the seller", Item, "market"),
    Happening.SELL: Facts("sold an item; price; other: the buyer", Item, "market"),
    Happening.GIVE: Facts("gave an item away; other: to whom", Item, "market"),
    Happening.GIVE_GOLD: Facts("gave a piece of gold away; other: to whom", None, "market"),
}
# The most rows that a tick adds, per agent: it may take all that a slain agent carried (13), eat,
# drink, hit, kill, die, shoot, trade, reach three levels, harvest three pieces; and, as nobody
# buys more than one item, it sells one on average.
MOST_HAPPENINGS = 27
