"""Ask for the memory that observations will read and write, before they do.

A cache line must be loaded before it is read or written. In large worlds, where an agent's
neighbours, tiles and rows are scattered over memory, the processor would wait for them one by one.
"""

from typing import Any

from forge.blade import aligned
from forge.blade.buffers import Rows, Sight
from forge.blade.copying import prefetch
from forge.blade.features import NUM_FEATURES
from forge.blade.jit import inlined
from forge.blade.space import Space
from forge.blade.state import State


@inlined
def _ask_for_others(space: Space, k: int) -> None:
    """Prefetch the features of the agents in a crop, which are scattered over the slots."""
    first = space.crops[k].first
    for i in range(first, min(first + space.crops[k].rows, len(space.found))):
        prefetch(space.about, space.found[i].agent)


@inlined
def _ask_for_tiles(state: State, rules: Any, w: int, agent: Any) -> None:
    """Prefetch the crop of an agent: in a large map its lines are far apart in memory."""
    side = state.tiles.shape[1]
    row, col = agent.row + rules.pad - rules.radius, agent.col + rules.pad - rules.radius
    for i in range(2 * rules.radius + 1):
        prefetch(state.tiles, (w * side + row + i) * side + col)


@inlined
def _ask_for_room(space: Space, out: Sight, others: Rows, n: int, k: int) -> None:
    """Prefetch the memory into which an agent's observation will be written."""
    cells = out.tiles.shape[1] * out.tiles.shape[2]
    for i in range(0, cells, aligned.LINE):
        prefetch(out.tiles, n * cells + i)
    for i in range(0, cells, aligned.LINE // 2):  # two bytes each
        prefetch(out.crowd, n * cells + i)
    first = out.offsets[n - 1] + space.crops[k - 1].rows
    last = first + space.crops[k].rows
    for m in range(first, last):
        prefetch(others.others, m * NUM_FEATURES)
    for m in range(first, last, aligned.LINE // 8):
        prefetch(others.who, m)
    for m in range(first, last, aligned.LINE // 4):
        prefetch(others.slot, m)
        prefetch(others.cell, m)
        prefetch(others.reach, m)


@inlined
def ask_ahead(
    state: State, space: Space, rules: Any, out: Sight, others: Rows, w: int, n: int, k: int
) -> None:
    """Prefetch the memory of the next agents' observations while this agent's is written."""
    prefetch(space.found, space.crops[k + 4].first)
    prefetch(space.found, space.crops[k + 4].first + aligned.LINE // 8)
    _ask_for_tiles(state, rules, w, out.ent[n + 2])
    _ask_for_others(space, k + 2)
    _ask_for_room(space, out, others, n + 1, k + 1)
