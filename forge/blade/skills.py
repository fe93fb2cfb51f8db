"""Name the skills, and hold the numbers by which agents learn and fight with them."""

from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.tiles import NUM_STYLES, Style


class Skill(IntEnum):
    """A skill; the first three are the styles of attack, in their order."""

    MELEE = 0
    RANGE = 1
    MAGE = 2
    FISHING = 3
    HERBALISM = 4
    PROSPECTING = 5
    CARVING = 6
    ALCHEMY = 7


NUM_SKILLS = len(Skill)
REACHED = (0, 90, 217, 373, 553, 754, 974, 1212, 1467, 1737)  # experience at levels 1, 2 … 10
HIGHEST = len(REACHED)  # level, of skills and of items
MOST_EXPERIENCE = 2**30  # more is not counted
PER_ATTACK = 6  # experience gained by an attack that does damage
PER_LEVEL = 5  # offence, and defence, gained by each level
IN_COMBAT = 3  # how long an agent is in combat after an attack, with the tick of the attack [ticks]
# The style that each style is strong against: melee against range, range against mage, mage
# against melee.
BEATEN = tuple((style + 1) % NUM_STYLES for style in range(NUM_STYLES))
# The levels that are summed up of lives: the highest of the three in combat, then each skill's.
LEVELS = ("combat", *(skill.name.lower() for skill in Skill))
_MELEE, _RANGE, _MAGE = int(Style.MELEE), int(Style.RANGE), int(Style.MAGE)


def level_of(experience: int) -> int:
    """Find the level, 1 … 10, that is reached with some experience in a skill."""
    level = 1
    for k in range(1, HIGHEST):  # no early exit: without a branch it is faster
        level += int(experience >= REACHED[k])
    return level


def levels_of(experience: NDArray[Any]) -> NDArray[Any]:
    """Find the levels named in ``LEVELS``.

    Args:
        experience: integers (…, 8), experience in each skill.

    Returns:
        int64 (…, 9).
    """
    levels = np.searchsorted(REACHED, experience, side="right")
    combat = levels[..., :NUM_STYLES].max(axis=-1, keepdims=True)
    return np.concatenate([combat, levels], axis=-1)


def main_style(melee: int, range_: int, mage: int) -> int:
    """Find the style with the most experience; of equal ones the first: melee, range, mage."""
    if melee >= range_ and melee >= mage:
        return _MELEE
    return _RANGE if range_ >= mage else _MAGE


def strengthened(offence: int) -> int:
    """Compute an offence against the style that it is strong against: ⌊1.5 · offence⌋."""
    return offence * 3 // 2
