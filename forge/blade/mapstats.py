"""Measure maps: shares of tile kinds, and how much of the interior newborns can reach."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.config import Config
from forge.blade.jit import lean
from forge.blade.terrain import BIRTH_TILES, MapError, Tiles
from forge.blade.tiles import MOVE_COL, MOVE_ROW, NUM_MOVES, Tile

_EAST = 1  # the first move that is a step


@dataclass(frozen=True)
class MapStatistics:
    """Shares of a map's interior, what lies inside the spawn ring; each in 0 … 1."""

    lava: float
    water: float
    grass: float
    forest: float
    scrub: float
    stone: float
    reachable: float  # of the tiles that can be walked on unharmed, the share joined to the ring

    def as_dict(self) -> dict[str, float]:
        """List all shares by name."""
        return asdict(self)


def measure(tiles: Tiles, config: Config) -> MapStatistics:
    """Measure a map.

    Args:
        tiles: uint8 (rows, columns), kinds of tiles.
        config: border is used.

    Raises:
        MapError: if the border leaves no interior.
    """
    ring, last = config.border, min(tiles.shape) - 1 - config.border
    if last - ring < 2:
        raise MapError(f"border {config.border} leaves no interior on a map of {tiles.shape}")
    inside = (slice(ring + 1, -ring - 1),) * 2
    interior = tiles[inside]
    shares = {kind.name.lower(): float((interior == kind).mean()) for kind in Tile}
    walkable = np.isin(interior, BIRTH_TILES)
    joined = reached(tiles, ring)[inside] & walkable
    return MapStatistics(**shares, reachable=float(joined.sum() / max(walkable.sum(), 1)))


def mean(statistics: list[MapStatistics]) -> MapStatistics:
    """Average the shares of several maps; at least one."""
    columns = zip(*(one.as_dict().values() for one in statistics), strict=True)
    return MapStatistics(*(float(np.mean(column)) for column in columns))


def reached(tiles: Tiles, ring: int) -> NDArray[np.bool_]:
    """Find the tiles to which newborns can walk unharmed, by the four moves.

    Args:
        tiles: uint8 (rows, columns), kinds of tiles.
        ring: row and column of the spawn ring, from each edge.

    Returns:
        bool (rows, columns): the ring included, never lava or what blocks.
    """
    inside = np.zeros(tiles.shape, dtype=np.bool_)
    inside[ring : tiles.shape[0] - ring, ring : tiles.shape[1] - ring] = True
    start = inside.copy()
    start[ring + 1 : tiles.shape[0] - ring - 1, ring + 1 : tiles.shape[1] - ring - 1] = False
    is_open = inside & np.isin(tiles, BIRTH_TILES)
    found = start & is_open
    stack = np.empty((tiles.size, 2), dtype=np.int64)
    stack[: found.sum()] = np.argwhere(found)
    _flood(is_open, found, stack, int(found.sum()))
    return found


@lean
def _flood(is_open: Any, found: Any, stack: Any, waiting: int) -> None:
    """Spread from the tiles that wait on the stack. Modifies found and stack in place.

    Args:
        is_open: bool (rows, columns); closed tiles lie all along the edge.
        found: bool (rows, columns); those on the stack are marked.
        stack: int64 (rows × columns, 2), row and column.
        waiting: how many are on the stack.
    """
    while waiting > 0:
        waiting -= 1
        row, col = stack[waiting, 0], stack[waiting, 1]
        for move in range(_EAST, NUM_MOVES):
            r, c = row + MOVE_ROW[move], col + MOVE_COL[move]
            if is_open[r, c] and not found[r, c]:
                found[r, c] = True
                stack[waiting, 0], stack[waiting, 1] = r, c
                waiting += 1
