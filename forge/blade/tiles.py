"""Name the tiles, moves, attack styles and causes of death."""

from enum import IntEnum


class Tile(IntEnum):
    """Kind of a map tile, as stored in maps and observed by agents."""

    LAVA = 0
    WATER = 1
    GRASS = 2
    FOREST = 3
    SCRUB = 4
    STONE = 5


class Move(IntEnum):
    """Move of one tick; rows grow to the south, columns to the east."""

    STAY = 0
    EAST = 1
    SOUTH = 2
    WEST = 3
    NORTH = 4


class Style(IntEnum):
    """Style of an attack; ``NONE`` is no attack."""

    NONE = -1
    MELEE = 0
    RANGE = 1
    MAGE = 2


class Cause(IntEnum):
    """Why a life ended; ``ALIVE`` marks a life that has not (a censored record)."""

    ALIVE = 0
    LAVA = 1
    STARVED = 2
    DEHYDRATED = 3
    SLAIN = 4


DEATHS = tuple(cause for cause in Cause if cause != Cause.ALIVE)
CAUSES = tuple(cause.name.lower() for cause in DEATHS)  # of death, as reports name them

NUM_TILES = len(Tile)
NUM_MOVES = len(Move)
NUM_STYLES = 3  # without NONE

# Row and column step of each move, in the order of Move.
MOVE_ROW = (0, 0, 1, 0, -1)
MOVE_COL = (0, 1, 0, -1, 0)
