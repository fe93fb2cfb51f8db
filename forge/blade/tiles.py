"""Name the tiles, moves, attack styles and causes of death."""

from enum import IntEnum
from typing import TYPE_CHECKING


class Tile(IntEnum):
    """Kind of a map tile, as stored in maps and observed by agents: the list of all kinds.

    Attributes:
        walkable: whether agents can enter the tile.
        effect: its effect on agents, one line.
    """

    walkable: bool
    effect: str

    LAVA = 0, True, "an agent that ends its move on it dies in that tick"
    WATER = 1, False, "an agent on one of the four tiles beside it drinks; it is endless"
    GRASS = 2, True, "nothing"
    FOREST = 3, True, "an agent on it harvests its food, and the tile turns to scrub"
    SCRUB = 4, True, "turns back to forest with probability `regrowth` per tick"
    STONE = 5, False, "nothing"

    # mypy would take Tile(3), the kind of that number, for a call of this.
    if not TYPE_CHECKING:  # pragma: no branch

        def __new__(cls, number: int, walkable: bool, effect: str) -> "Tile":
            """Make a kind of tile with its number and attributes."""
            tile = int.__new__(cls, number)
            tile._value_ = number
            tile.walkable, tile.effect = walkable, effect
            return tile


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

SAFE = tuple(tile for tile in Tile if tile.walkable and tile != Tile.LAVA)  # safe to stand on
NUM_TILES = len(Tile)
NUM_MOVES = len(Move)
NUM_STYLES = 3  # without NONE

# Row and column step of each move, in the order of Move.
MOVE_ROW = (0, 0, 1, 0, -1)
MOVE_COL = (0, 1, 0, -1, 0)
