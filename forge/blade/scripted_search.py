"""Search the crop that an agent sees for food, water and resources, for the scripted agents."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade.jit import kernel
from forge.blade.professions import FISH, RESOURCES
from forge.blade.tiles import (
    MOVE_COL,
    MOVE_ROW,
    NUM_MOVES,
    SAFE,
    WATERS,
    Move,
    Tile,
)

Array = NDArray[Any]

_STAY, _EAST = int(Move.STAY), int(Move.EAST)
_LAVA, _WATER = int(Tile.LAVA), int(Tile.WATER)
_FISH, _OCEAN = int(Tile.FISH), int(Tile.OCEAN)
_FOREST, _SAFE, _WATERS = int(Tile.FOREST), tuple(map(int, SAFE)), tuple(map(int, WATERS))
# By kind of tile: the resource that is harvested from on it, and the one that regrows there.
_ON, _SPENT_ON = (
    tuple(kinds.get(tile, -1) for tile in Tile)
    for kinds in (
        {it.tile: k for k, it in enumerate(RESOURCES) if k != FISH},
        {it.spent: k for k, it in enumerate(RESOURCES) if k != FISH},
    )
)


class Scratch(NamedTuple):
    """Room for one search; cells are numbered row by row over the crop and a rim around it."""

    tiles: Array  # uint8 (S × S,): the crop within a rim of lava
    first: Array  # int8 (S × S,): first move of the shortest path to each cell; −1: not reached
    queue: Array  # int64 (S × S,): cells in the order in which they were reached


@kernel
def scratch_for(window: int) -> Scratch:
    """Allocate room for searches of crops with this side."""
    cells = (window + 2) ** 2
    return Scratch(
        np.full(cells, np.uint8(_LAVA)), np.empty(cells, np.int8), np.empty(cells, np.int64)
    )


@kernel
def is_safe(kind: int) -> bool:
    """Tell whether agents can stand on a kind of tile without harm."""
    return kind in _SAFE


@kernel
def careful_move(crop: Array, draw: float) -> int:
    """Draw one of the safe moves from the middle of a crop."""
    middle = crop.shape[0] // 2
    safe = 1  # staying always is
    for step in range(_EAST, NUM_MOVES):
        safe += is_safe(crop[middle + MOVE_ROW[step], middle + MOVE_COL[step]])
    chosen = int(draw * safe)
    for step in range(_EAST, NUM_MOVES):
        if is_safe(crop[middle + MOVE_ROW[step], middle + MOVE_COL[step]]):
            chosen -= 1
            if chosen == 0:
                return step
    return _STAY


@kernel
def greedy_move(crop: Array, food: int, water: int, draw: float, scratch: Scratch) -> int:
    """Search the crop breadth-first for both goals at once. Modifies scratch in place.

    Cells leave the queue by distance and, at equal distance, in the order of the first moves of
    their paths. So the first goal to leave it is the nearest, on the first of equal paths.
    """
    side = crop.shape[0] + 2
    _load(crop, scratch)
    _unite_waters(scratch.tiles)
    tiles, first, queue = scratch.tiles, scratch.first, scratch.queue
    middle = (side // 2) * side + side // 2
    to_forest, to_water = -1, -1
    first[middle] = _STAY
    queue[0] = middle
    head, tail = 0, 1
    while head < tail:
        cell = queue[head]
        head += 1
        if to_forest < 0 and tiles[cell] == _FOREST:
            to_forest = int(first[cell])
        if to_water < 0 and _is_beside(tiles, cell, side, _WATER):
            to_water = int(first[cell])
        wanted = to_forest if food <= water else to_water
        if wanted >= 0:
            return wanted
        tail = _spread(scratch, cell, middle, side, tail)
    other = max(to_forest, to_water)  # one of them is −1
    return other if other >= 0 else careful_move(crop, draw)


@kernel
def way_to_resource(crop: Array, resource: int, scratch: Scratch) -> int:
    """Search the crop breadth-first for a resource. Modifies scratch in place.

    Args:
        crop: uint8 (window, window), kinds of tiles.
        resource: that is wanted most.
        scratch: working space.

    Returns:
        The first move of the shortest path to a tile from which the resource is harvested; else to
        one from which any is; else to one where this resource will be back; −1: there is none.
    """
    side = crop.shape[0] + 2
    _load(crop, scratch)
    tiles, first, queue = scratch.tiles, scratch.first, scratch.queue
    middle = (side // 2) * side + side // 2
    other = spent = -1
    first[middle] = _STAY
    queue[0] = middle
    head, tail = 0, 1
    while head < tail:
        cell = queue[head]
        head += 1
        on, fish = _ON[tiles[cell]], _is_beside(tiles, cell, side, _FISH)
        if on == resource or (fish and resource == FISH):
            return int(first[cell])
        if other < 0 and (on >= 0 or fish):
            other = int(first[cell])
        back = _is_beside(tiles, cell, side, _OCEAN) if resource == FISH else False
        if spent < 0 and (back or _SPENT_ON[tiles[cell]] == resource):
            spent = int(first[cell])
        tail = _spread(scratch, cell, middle, side, tail)
    return other if other >= 0 else spent


@kernel
def _spread(scratch: Scratch, cell: int, middle: int, side: int, tail: int) -> int:
    """Reach the safe cells beside one. Modifies scratch in place.

    Returns:
        The new end of the queue.
    """
    for step in range(_EAST, NUM_MOVES):
        near = cell + MOVE_ROW[step] * side + MOVE_COL[step]
        if scratch.first[near] < 0 and is_safe(scratch.tiles[near]):
            scratch.first[near] = step if cell == middle else scratch.first[cell]
            scratch.queue[tail] = near
            tail += 1
    return tail


@kernel
def _load(crop: Array, scratch: Scratch) -> None:
    """Copy a crop into the search's tiles, inside a rim of lava. Modifies scratch in place."""
    side = crop.shape[0] + 2
    for row in range(1, side - 1):
        for col in range(1, side - 1):
            scratch.tiles[row * side + col] = crop[row - 1, col - 1]
    scratch.first[:] = -1


@kernel
def _unite_waters(tiles: Array) -> None:
    """Take fish and ocean for water. Modifies tiles in place."""
    for cell in range(len(tiles)):
        if tiles[cell] in _WATERS:
            tiles[cell] = _WATER


@kernel
def _is_beside(tiles: Array, cell: int, side: int, kind: int) -> bool:
    """Tell whether one of the four neighbours of a cell is of a kind."""
    return bool(
        tiles[cell + 1] == kind
        or tiles[cell + side] == kind
        or tiles[cell - 1] == kind
        or tiles[cell - side] == kind
    )
