"""Name the kinds of entities, and hold the numbers by which NPCs live.

An entity is an agent or an NPC. The first ``max_agents`` slots of a realm are for agents, the
others for NPCs, whose ids are negative and whose population is ``NO_POPULATION``.
"""

from enum import IntEnum


class Kind(IntEnum):
    """Kind of an entity."""

    AGENT = 0
    PASSIVE = 1
    NEUTRAL = 2
    HOSTILE = 3


_PASSIVE, _NEUTRAL, _HOSTILE = int(Kind.PASSIVE), int(Kind.NEUTRAL), int(Kind.HOSTILE)

NO_POPULATION = -1  # of NPCs
FIRST_ID = -2  # of NPCs, downwards; −1 is nobody's id
HEALTH = 100  # of an NPC at birth, and the most
HEALING = 1  # health that an NPC gains per tick
SIGHT = 7  # how far an NPC sees [tiles]
PURSUIT = 50  # how long a neutral NPC hunts the agent that hit it [ticks]
TRIES = 25  # tiles drawn per realm and tick for free slots of NPCs
SPREAD = 20  # an NPC is replaced where the danger differs by 1 / 20 at most
HIGHEST_NPC = 9  # level of NPCs, and the most that npc_level may be
NUM_LEVELS = 11  # that an entity shows: 0 where it has none, 1 … 9 of NPCs, 1 … 10 in skills
WEAKNESSES = 10  # an NPC's power is that of its level, less 0.8 times a number below this


def kind_at(depth: int, side: int) -> int:
    """Choose the kind of an NPC: passive below a danger of 0.5, neutral below 0.8, else hostile.

    Args:
        depth: tiles from the edge of the playable square; the danger is 2 · depth / side.
        side: of the playable square [tiles].
    """
    if 4 * depth < side:
        return _PASSIVE
    return _NEUTRAL if 5 * depth < 2 * side else _HOSTILE


def level_at(depth: int, side: int, steepness: int) -> int:
    """Choose the level of an NPC: 1 + ⌊steepness · danger⌋, so 1 … 9, as the danger is below 1.

    Args:
        depth: as for kind_at.
        side: as for kind_at.
        steepness: 0 … 9, the setting ``npc_level``.
    """
    return 1 + 2 * steepness * depth // side


def levels_in(side: int, steepness: int) -> dict[Kind, int]:
    """List the kinds of NPCs that can be born in a world, each with its highest level.

    Args:
        side: of the playable square [tiles].
        steepness: as for level_at.
    """
    inside = range(1, (side + 1) // 2)  # depths; levels rise with them
    return {Kind(kind_at(depth, side)): level_at(depth, side, steepness) for depth in inside}


def power_of(level: int, weakness: int) -> int:
    """Compute the offence and the defence of an NPC in all styles: ⌊0.8 · (10 · level − weakness)⌋.

    Args:
        level: 1 … 10.
        weakness: 0 … 9, drawn at its birth.
    """
    return 4 * (10 * level - weakness) // 5
