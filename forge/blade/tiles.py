"""Name the tiles, moves, attack styles and causes of death."""

from enum import IntEnum
from typing import TYPE_CHECKING, Any


class Tile(IntEnum):
    """Kind of a map tile, as stored in maps and observed by agents: the list of all kinds.

    They are numbered from 0 in this order. Kinds of a system come after those of all worlds, so
    that worlds without it have fewer kinds, with the same numbers (see ``kinds_in``).

    Attributes:
        walkable: whether agents can enter the tile.
        effect: its effect on agents, one line.
        system: the setting without which no world has the kind; "": all worlds have it.
    """

    walkable: bool
    effect: str
    system: str

    LAVA = True, "an agent that ends its move on it dies in that tick"
    WATER = False, "an agent on one of the four tiles beside it drinks; it is endless"
    GRASS = True, "nothing"
    FOREST = True, "an agent on it harvests its food, and the tile turns to scrub"
    SCRUB = True, "turns back to forest with probability `regrowth` per tick"
    STONE = False, "nothing"
    ORE = True, "an agent on it mines a whetstone, and the tile turns to slag", "professions"
    SLAG = True, "turns back to ore", "professions"
    TREE = True, "an agent on it cuts an arrow, and the tile turns to a stump", "professions"
    STUMP = True, "turns back to a tree", "professions"
    CRYSTAL = True, "an agent on it breaks a rune, and the tile turns to a fragment", "professions"
    FRAGMENT = True, "turns back to crystal", "professions"
    HERB = True, "an agent on it picks a potion, and the tile turns to weeds", "professions"
    WEEDS = True, "turns back to a herb", "professions"
    FISH = (
        False,
        "as water; an agent beside it catches a ration, and the tile turns to ocean",
        "professions",
    )
    OCEAN = False, "as water; turns back to fish", "professions"

    # mypy would take Tile(3), the kind of that number, for a call of this.
    if not TYPE_CHECKING:  # pragma: no branch

        def __new__(cls, walkable: bool, effect: str, system: str = "") -> "Tile":
            """Make a kind of tile with the next number and its attributes."""
            tile = int.__new__(cls, len(cls.__members__))
            tile._value_ = len(cls.__members__)
            tile.walkable, tile.effect, tile.system = walkable, effect, system
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
WATERS = (Tile.WATER, Tile.FISH, Tile.OCEAN)  # an agent beside these drinks
NUM_TILES = len(Tile)
NUM_COMMON = sum(not tile.system for tile in Tile)  # kinds that all worlds have
NUM_MOVES = len(Move)
NUM_STYLES = 3  # without NONE

# Row and column step of each move, in the order of Move.
MOVE_ROW = (0, 0, 1, 0, -1)
MOVE_COL = (0, 1, 0, -1, 0)


def kinds_in(config: Any) -> tuple[Tile, ...]:
    """List the kinds of tiles of a world: all up to the last kind of its systems."""
    there = [tile for tile in Tile if not tile.system or getattr(config, tile.system)]
    return tuple(Tile)[: max(there) + 1]


def num_kinds(config: Any) -> int:
    """Count the kinds of tiles of a world."""
    return len(kinds_in(config))


def safe_in(config: Any, word: str) -> str:
    """Name the kinds of a world on which agents can stand: grass, forest ``word`` scrub."""
    *names, last = (tile.name.lower() for tile in kinds_in(config) if tile in SAFE)
    return f"{', '.join(names)} {word} {last}"
