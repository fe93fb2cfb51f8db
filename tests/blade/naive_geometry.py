"""What the slow twins know of the map: steps, obstacles and distances."""

from forge.blade.tiles import Move, Tile

STEPS = {
    Move.STAY: (0, 0),
    Move.EAST: (0, 1),
    Move.SOUTH: (1, 0),
    Move.WEST: (0, -1),
    Move.NORTH: (-1, 0),
}
BLOCKED = (Tile.WATER, Tile.STONE, Tile.FISH, Tile.OCEAN)


def distance(one, other) -> int:
    """Measure the Chebyshev distance [tiles]."""
    return max(abs(one.row - other.row), abs(one.col - other.col))
