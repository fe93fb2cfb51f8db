"""Measure maps: the shares of the kinds of tiles in the interior, and how much can be reached."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade import terrain
from forge.blade.jit import kernel
from forge.blade.terrain import Tiles
from forge.blade.tiles import MOVE_COL, MOVE_ROW, SAFE, kinds_in
from forge.config import Config

# Walkable tiles except lava, which is deadly: an agent cannot cross it.
WALKED = SAFE


class MapStatistics(NamedTuple):
    """Statistics of one map, as shares of its interior: the tiles within the spawn ring."""

    kinds: dict[str, float]  # share of each kind of tile that the world has, by name
    reachable: float  # share of the interior's walkable tiles that the ring is connected to

    def by_name(self) -> dict[str, Any]:
        """List all shares by name."""
        return {**self.kinds, "reachable": self.reachable}


def statistics(tiles: Tiles, config: Config) -> MapStatistics:
    """Measure one map.

    Args:
        tiles: uint8 (map_size, map_size), kinds of tiles.
        config: map_size and border are used.

    Returns:
        Shares, 0 … 1. ``reachable`` is 1 if no tile of the interior is walkable.

    Raises:
        MapError: if no world of this config can use the map.
    """
    terrain.check(tiles, config)
    ring, last = config.border, config.map_size - 1 - config.border
    inside = (slice(ring + 1, last), slice(ring + 1, last))
    kinds = kinds_in(config)
    counts = np.bincount(tiles[inside].ravel(), minlength=len(kinds))
    walked = np.isin(tiles, WALKED)
    num_walked = int(walked[inside].sum())
    num_reached = int(reached(walked, (ring, ring))[inside].sum())
    reachable = num_reached / num_walked if num_walked else 1.0
    shares = (counts / counts.sum()).tolist()
    named = {kind.name.lower(): share for kind, share in zip(kinds, shares, strict=True)}
    return MapStatistics(named, reachable)


def mean(all_statistics: Sequence[MapStatistics]) -> MapStatistics:
    """Average the statistics of at least one map; all of one world."""
    table = [[*one.by_name().values()] for one in all_statistics]
    *shares, reachable = np.mean(table, axis=0).tolist()
    return MapStatistics(dict(zip(all_statistics[0].kinds, shares, strict=True)), reachable)


def reached(walked: NDArray[np.bool_], start: tuple[int, int]) -> NDArray[np.bool_]:
    """Mark the tiles that can be reached from a tile by steps to the four neighbours.

    Args:
        walked: bool (R, C), tiles that may be stepped on.
        start: row and column of such a tile. As the spawn ring is connected, any of its tiles will
            do.

    Returns:
        bool (R, C).
    """
    padded = np.pad(walked, 1)  # no step leaves the array
    width = padded.shape[1]
    steps = np.array(MOVE_ROW[1:]) * width + np.array(MOVE_COL[1:])
    marked = np.zeros(padded.size, dtype=np.bool_)
    stack = np.empty(padded.size, dtype=np.int64)
    _fill(padded.ravel(), marked, stack, steps, (start[0] + 1) * width + start[1] + 1)
    result: NDArray[np.bool_] = marked.reshape(padded.shape)[1:-1, 1:-1]
    return result


@kernel
def _fill(
    walked: NDArray[np.bool_],
    marked: NDArray[np.bool_],
    stack: NDArray[np.int64],
    steps: NDArray[np.int64],
    start: int,
) -> None:
    """Flood from a start; each tile enters the stack once. Modifies marked and stack in place."""
    marked[start] = True
    stack[0] = start
    height = 1
    while height > 0:
        height -= 1
        here = stack[height]
        for step in steps:
            there = here + step
            if walked[there] and not marked[there]:
                marked[there] = True
                stack[height] = there
                height += 1
