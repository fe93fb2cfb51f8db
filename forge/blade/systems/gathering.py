"""Agents harvest the resources they stand on, and fish beside them.

The resources are listed in ``forge.blade.professions``.
"""

from typing import Any

import numpy as np

from forge.blade.bits import bit_set, has
from forge.blade.happenings import Happening
from forge.blade.items import HAND, NOTHING
from forge.blade.jit import inlined, lean
from forge.blade.professions import (
    EXPERIENCE,
    FISH,
    GIVES,
    RARE,
    RARITY,
    RESOURCE_ON,
    SKILL,
    SPENT,
    TOOL,
    level_of_harvest,
)
from forge.blade.rules import Scratch
from forge.blade.state import State
from forge.blade.streams import WORLD, below
from forge.blade.systems.bags import place_worn, put
from forge.blade.systems.experience import gain
from forge.blade.systems.movement import STEP_COL, STEP_ROW
from forge.blade.systems.noting import note
from forge.blade.tiles import NUM_MOVES, Tile

_FISH_TILE, _HARVEST = int(Tile.FISH), int(Happening.HARVEST)
_RESOURCES = bit_set(kind for kind, resource in enumerate(RESOURCE_ON) if resource >= 0)
_level_of_harvest = inlined(level_of_harvest)


@inlined
def kinds_beside(state: State, w: int, row: int, col: int) -> Any:
    """Find of which kinds the four neighbours of a tile of the stored map are: a bit set."""
    tiles, one = state.tiles[w], np.int64(1)
    return (
        (one << tiles[row, col + 1])
        | (one << tiles[row + 1, col])
        | (one << tiles[row, col - 1])
        | (one << tiles[row - 1, col])
    )


@inlined
def is_resource_near(kind: int, beside: Any) -> bool:
    """Tell whether an agent has anything to harvest; most have not.

    To be asked before ``gather``, whose call costs more than this.

    Args:
        kind: of the tile that it stands on.
        beside: ``kinds_beside`` it.
    """
    return has(_RESOURCES, kind) | has(beside, _FISH_TILE)


@inlined
def turn(state: State, w: int, row: int, col: int, spent: int) -> None:
    """Leave ``spent`` on a tile of the stored map, which will regrow. Modifies state in place."""
    clock = state.clock[w]
    state.tiles[w, row, col] = spent
    state.scrub[w, clock.scrubs] = row * state.tiles.shape[2] + col
    clock.scrubs += 1


@inlined
def _level(bag: Any, resource: int) -> int:
    """Find the level of what an agent with this BAG harvests."""
    k = place_worn(bag, HAND)
    worn = bag.level[k] if k >= 0 and bag.kind[k] == TOOL[resource] else 0
    return int(_level_of_harvest(int(worn)))


@inlined
def _receive(state: State, scratch: Scratch, w: int, e: int, kind: int, level: int) -> None:
    """Give an agent what it harvested. Modifies state and scratch in place."""
    state.yields[w, kind].harvested += 1
    left = put(state.bags[w, e], kind, level, 1)
    state.ledger[w, kind].lost += left
    if left == 0:
        note(scratch, e, _HARVEST, kind, level)


@inlined
def _harvest(state: State, scratch: Scratch, w: int, e: int, resource: int) -> None:
    """Give an agent what a resource gives, and the experience. Modifies state and scratch."""
    level = _level(state.bags[w, e], resource)
    _receive(state, scratch, w, e, GIVES[resource], level)
    if RARE[resource] != NOTHING and below(state.streams[w, WORLD], RARITY) == 0:
        _receive(state, scratch, w, e, RARE[resource], level)
    gain(state, scratch, w, e, SKILL[resource], EXPERIENCE[resource])
    state.crafts[w, e].gathered[resource] += 1


@lean
def gather(state: State, scratch: Scratch, w: int, e: int, row: int, col: int) -> int:
    """Let an agent harvest the tile that it stands on, then a fish. Modifies state and scratch.

    Of several fish beside it, it takes the first in the order of the moves.

    Args:
        state: of all realms.
        scratch: working space of the tick.
        w: the realm.
        e: the agent's slot.
        row: of its tile in the stored map.
        col: of the same tile.

    Returns:
        How many resources it harvested.
    """
    count, resource = 0, RESOURCE_ON[state.tiles[w, row, col]]
    if resource >= 0:
        turn(state, w, row, col, SPENT[resource])
        _harvest(state, scratch, w, e, resource)
        count += 1
    for move in range(1, NUM_MOVES):
        beside_row, beside_col = row + STEP_ROW[move], col + STEP_COL[move]
        if state.tiles[w, beside_row, beside_col] == _FISH_TILE:
            turn(state, w, beside_row, beside_col, SPENT[FISH])
            _harvest(state, scratch, w, e, FISH)
            return count + 1
    return count
