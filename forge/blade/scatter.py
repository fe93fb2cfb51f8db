"""Scatter the resources of the professions over a generated map, from a stream of their own."""

from typing import Any

from numpy.typing import NDArray

from forge.blade.jit import kernel
from forge.blade.streams import Owner, below, stream
from forge.blade.tiles import MOVE_COL, MOVE_ROW, NUM_MOVES, Tile
from forge.config import Config

TRIES = 100  # draws of a place; a resource for which none of them fits is left out
_GRASS, _WATER = int(Tile.GRASS), int(Tile.WATER)
_PATCHES = (int(Tile.ORE), int(Tile.TREE), int(Tile.CRYSTAL))
_HERB, _FISH = int(Tile.HERB), int(Tile.FISH)


def amounts(config: Config) -> tuple[int, int]:
    """Count the patches of ore, of trees and of crystals, each, and the herbs and fish, each."""
    if not config.professions:
        return 0, 0
    area = (config.side - 2) ** 2
    return int(config.clusters * area / 1000), int(config.singles * area / 1000)


def scatter(
    tiles: NDArray[Any], border: int, clusters: int, singles: int, seed: int, number: int
) -> None:
    """Turn tiles within the spawn ring into resources. Modifies tiles in place.

    A patch is a drawn tile of grass and those of its four neighbours that are grass: a plus. Then
    come single herbs, on grass, and fish, on water beside grass.

    Args:
        tiles: uint8 (map_size, map_size), kinds of tiles.
        border: width of the lava around the map [tiles].
        clusters: patches of ore, of trees and of crystals, each.
        singles: herbs and fish, each.
        seed: of the maps.
        number: of the map.
    """
    _scatter(tiles, stream(seed, Owner.RESOURCES, number), border + 1, clusters, singles)


@kernel
def _scatter(
    tiles: NDArray[Any], draws: NDArray[Any], first: int, clusters: int, singles: int
) -> None:
    """Turn tiles into resources; ``first`` is the lowest row and column that can become one."""
    for _ in range(clusters):
        for kind in _PATCHES:
            row, col = _find(tiles, draws, first, _GRASS, False)
            for move in range(NUM_MOVES if row >= 0 else 0):
                beside = row + MOVE_ROW[move], col + MOVE_COL[move]
                inside = first <= min(beside) and max(beside) < len(tiles) - first
                if inside and tiles[beside] == _GRASS:
                    tiles[beside] = kind
    for kind in (_HERB, _FISH):
        for _ in range(singles):
            of = _GRASS if kind == _HERB else _WATER
            row, col = _find(tiles, draws, first, of, kind == _FISH)
            if row >= 0:
                tiles[row, col] = kind


@kernel
def _find(
    tiles: NDArray[Any], draws: NDArray[Any], first: int, kind: int, beside_grass: bool
) -> tuple[int, int]:
    """Draw a tile of a kind.

    Args:
        tiles: uint8 (map_size, map_size).
        draws: uint64 (4,), the stream.
        first: lowest row and column.
        kind: that the tile must be of.
        beside_grass: whether one of its four neighbours must be grass.

    Returns:
        Row and column; (−1, −1) if no try found one.
    """
    side = len(tiles) - 2 * first
    for _ in range(TRIES):
        row, col = first + below(draws, side), first + below(draws, side)
        if tiles[row, col] == kind and (not beside_grass or _is_beside_grass(tiles, row, col)):
            return row, col
    return -1, -1


@kernel
def _is_beside_grass(tiles: NDArray[Any], row: int, col: int) -> bool:
    for move in range(1, NUM_MOVES):
        if tiles[row + MOVE_ROW[move], col + MOVE_COL[move]] == _GRASS:
            return True
    return False
