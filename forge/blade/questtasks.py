"""List what a quest can ask for: to make something happen, or to reach a number of a quantity.

What can happen is listed in ``forge.blade.happenings``, the quantities are here.
"""

from enum import IntEnum

from forge.blade.happenings import FACTS, WEARABLE, Facts, Happening, of_items
from forge.blade.items import MOST_STACKED, NUM_SLOTS, PLACES, QUIVER, WORN
from forge.blade.kinds import HIGHEST_NPC
from forge.blade.skills import HIGHEST, Skill


class Quantity(IntEnum):
    """What a quest may ask to reach; the most that was reached in a life counts."""

    LEVEL = 1
    GOLD = 2
    EARNED = 3
    SPENT = 4
    DISTANCE = 5
    TILES = 6
    EQUIPMENT = 7
    OWNED = 8
    LIFETIME = 9
    WORN = 10


def _highest(kind: int, level: int) -> int:
    return HIGHEST


def _at_once(kind: int, level: int) -> int:
    """Count where an item of a kind, 0: of any, can be worn."""
    return 1 if kind else NUM_SLOTS - 1


def _worn(kind: int, level: int) -> int:
    """Add up the highest levels: three pieces of armour, which NPCs leave, a weapon, ammunition."""
    return 3 * HIGHEST_NPC + 2 * HIGHEST


def _carried(kind: int, level: int) -> int:
    """Count the pieces that a full inventory holds; ammunition is stacked."""
    return PLACES * (MOST_STACKED if kind == 0 or WORN[kind] == QUIVER else 1)


MEASURES = {
    Quantity.LEVEL: Facts(
        "level of a skill, or of its best one", Skill, "skills", first=1, most=_highest
    ),
    Quantity.GOLD: Facts("gold that it has", None, "market"),
    Quantity.EARNED: Facts(
        "gold that it has found and been paid, less what it has paid and given away", None, "market"
    ),
    Quantity.SPENT: Facts(
        "gold that it has paid, less what it has been paid and given since", None, "market"
    ),
    Quantity.DISTANCE: Facts("how far it is from where it was born [tiles]"),
    Quantity.TILES: Facts("distinct tiles visited", None, "counts_distinct_tiles"),
    Quantity.EQUIPMENT: Facts("levels of all that it wears, added up", None, "items", most=_worn),
    Quantity.OWNED: of_items("pieces that it carries", most=_carried),
    Quantity.LIFETIME: Facts("ticks lived"),
    Quantity.WORN: of_items("items that it wears at once", only=WEARABLE, most=_at_once),
}
# What can be done and undone at will, so that counting it would ask for nothing.
_FREE = (Happening.EQUIP, Happening.TAKE_OFF)
# Both are numbered together, the quantities after the happenings: the first is 1.
NUM_HAPPENINGS = len(Happening)
NUM_TASKS = 1 + NUM_HAPPENINGS + len(Quantity)
TASKS: dict[str, Happening | Quantity] = {
    it.name.lower(): it for it in (*(it for it in Happening if it not in _FREE), *Quantity)
}


def task_number(task: Happening | Quantity) -> int:
    """Number a happening or a quantity among the tasks, from 1."""
    return int(task) + NUM_HAPPENINGS * isinstance(task, Quantity)


def about(task: Happening | Quantity) -> Facts:
    """Find what is known of a task."""
    return FACTS[task] if isinstance(task, Happening) else MEASURES[task]
