"""Phase 2: agents move one tile, unless the tile blocks them or they are frozen."""

from typing import Any

import numpy as np

from forge.blade.bits import bit_set, has
from forge.blade.jit import inlined
from forge.blade.rules import Scratch
from forge.blade.state import State
from forge.blade.tiles import MOVE_COL, MOVE_ROW, Cause, Tile

_ALIVE = int(Cause.ALIVE)
_BLOCKING = bit_set(tile for tile in Tile if not tile.walkable)
STEP_ROW = np.array(MOVE_ROW, np.int64)
STEP_COL = np.array(MOVE_COL, np.int64)


@inlined
def blocks(kind: int) -> bool:
    """Tell whether agents cannot enter a kind of tile."""
    return has(_BLOCKING, kind)


@inlined
def shift(state: State, w: int, agent: Any, row: int, col: int, direction: int, pad: int) -> None:
    """Move an entity one tile from a place in the stored map, if nothing blocks it.

    Modifies state and agent in place.
    """
    next_row, next_col = row + STEP_ROW[direction], col + STEP_COL[direction]
    if blocks(state.tiles[w, next_row, next_col]):
        return
    state.crowd[w, row, col] -= 1
    state.crowd[w, next_row, next_col] += 1
    agent.row = next_row - pad
    agent.col = next_col - pad


@inlined
def move(state: State, scratch: Scratch, rules: Any, w: int) -> None:
    """Move the agents of one realm, the slain excepted. Modifies state in place.

    The order does not matter, as any number of agents may stand on a tile. Frozen agents lost their
    moves when the intents were read, before the attacks (see ``tick.read_actions``).
    """
    pad = rules.pad
    for e in range(state.clock[w].top):
        agent = state.agents[w, e]
        direction = scratch.intents[w, e].move
        if not agent.alive or direction == 0 or state.lives[w, e].cause != _ALIVE:
            continue
        shift(state, w, agent, agent.row + pad, agent.col + pad, direction, pad)
