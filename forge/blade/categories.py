"""List the columns of valued arrays, each of which names one of a few values."""

from collections.abc import Mapping
from itertools import accumulate

from forge.blade.items import NUM_ITEMS, PLACES, Item
from forge.blade.kinds import NUM_LEVELS, Kind
from forge.blade.numbers import NUM_SIZES
from forge.blade.questtasks import NUM_TASKS
from forge.blade.skills import HIGHEST, Skill
from forge.blade.tiles import NUM_STYLES
from forge.blade.trades import PRICES
from forge.blade.worldsettings import MOST_WORDS

# How many values each column has.
TRAITS = {"kind": len(Kind), "level": NUM_LEVELS, "style": NUM_STYLES}
STANDING = {**{skill.name.lower(): NUM_LEVELS for skill in Skill}, "in_combat": 2}
INVENTORY = {
    f"{column}_{k}": values
    for column, values in (("kind", NUM_ITEMS), ("level", NUM_LEVELS), ("worn", 2))
    for k in range(PLACES)
}
WEALTH = {"gold": NUM_SIZES}
MARKET = {  # the price as a multiple of the level
    f"{kind.name.lower()}_{level}": 1 + PRICES
    for kind in Item
    if kind != Item.NOTHING
    for level in range(1, 1 + HIGHEST)
}
HEARD = {"word": 1 + MOST_WORDS}
NUM_STEPS = 11  # of a quest's progress: its tenths
QUESTED = {
    "task": NUM_TASKS,
    "kind": NUM_ITEMS,  # no list of kinds is longer
    "level": NUM_LEVELS,
    "other": 1 + len(Kind),
    "goal": NUM_SIZES,
    "progress": NUM_STEPS,
}
NUM_TRAITS, NUM_TRAIT_VALUES = len(TRAITS), sum(TRAITS.values())


def starts(columns: Mapping[str, int]) -> tuple[int, ...]:
    """Say where each column's values begin if the values of all are numbered one after another."""
    return tuple(accumulate((0, *columns.values())))[:-1]


TRAIT_START, STANDING_START, INVENTORY_START, WEALTH_START, HEARD_START, QUEST_START = map(
    starts, (TRAITS, STANDING, INVENTORY, WEALTH, HEARD, QUESTED)
)
