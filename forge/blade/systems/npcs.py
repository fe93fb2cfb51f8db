"""NPCs are born where the map is as dangerous as they are, grow old, heal and die."""

from typing import Any

import numpy as np

from forge.blade.jit import inlined
from forge.blade.kinds import (
    FIRST_ID,
    HEALING,
    HEALTH,
    NO_POPULATION,
    SPREAD,
    TRIES,
    WEAKNESSES,
    kind_at,
    level_at,
    power_of,
)
from forge.blade.records import AGENT
from forge.blade.rules import Scratch
from forge.blade.state import Array, State
from forge.blade.streams import WORLD, below
from forge.blade.systems.hunting import habitable
from forge.blade.tiles import NUM_STYLES

_NOBODY = np.zeros(1, AGENT)  # the record of a free slot
_kind_at, _level_at, _power_of = inlined(kind_at), inlined(level_at), inlined(power_of)


@inlined
def begin(state: State, w: int) -> None:
    """Forget the damage that the NPCs of a realm took in the last tick. Modifies state in place."""
    for e in range(state.lives.shape[1], state.agents.shape[1]):
        state.agents[w, e].damage = 0


@inlined
def outlive(state: State, w: int) -> None:
    """Let the NPCs of a realm that were not slain age, thaw and heal. Modifies state in place."""
    for e in range(state.lives.shape[1], state.agents.shape[1]):
        agent = state.agents[w, e]
        if agent.alive and agent.health > 0:
            agent.age += 1
            agent.freeze = max(agent.freeze - 1, 0)
            agent.health = min(agent.health + HEALING, HEALTH)


@inlined
def _bury(state: State, rules: Any, w: int, e: int) -> None:
    """Remove a slain NPC; its slot keeps its number of births and its depth. Modifies state."""
    agent, npc = state.agents[w, e], state.npcs[w, e - state.lives.shape[1]]
    state.crowd[w, agent.row + rules.pad, agent.col + rules.pad] -= 1
    state.agents[w, e] = _NOBODY[0]
    npc.kind, npc.level, npc.style, npc.power = 0, 0, 0, 0
    npc.prey, npc.prey_id, npc.until = 0, 0, 0


@inlined
def _clear(state: State, free: Array, rules: Any, w: int) -> int:
    """Bury the slain and list the free slots, in order. Modifies state and free in place.

    Returns:
        The number of free slots.
    """
    count = 0
    for e in range(state.lives.shape[1], state.agents.shape[1]):
        if state.agents[w, e].alive and state.agents[w, e].health <= 0:
            _bury(state, rules, w, e)
        if not state.agents[w, e].alive:
            free[count] = e
            count += 1
    return count


@inlined
def _fits(npc: Any, depth: int, side: int) -> bool:
    """Tell whether a slot takes an NPC born at a depth: the danger is about that of its first."""
    return bool(npc.depth == 0 or SPREAD * 2 * abs(depth - npc.depth) <= side)


@inlined
def _bear(state: State, rules: Any, w: int, e: int, row: int, col: int, depth: int) -> None:
    """Bear an NPC in a free slot. Modifies state in place."""
    first = state.lives.shape[1]
    agent, npc = state.agents[w, e], state.npcs[w, e - first]
    side = rules.map_size - 2 * rules.border
    level = _level_at(depth, side, rules.npc_level)
    npc.kind = _kind_at(depth, side)
    npc.level = level
    npc.style = below(state.streams[w, WORLD], NUM_STYLES)
    npc.power = _power_of(level, below(state.streams[w, WORLD], WEAKNESSES))
    if npc.depth == 0:
        npc.depth = depth
    agent.id = FIRST_ID - (e - first) - npc.births * state.npcs.shape[1]
    npc.births += 1
    agent.population = NO_POPULATION
    agent.slot = e
    agent.row = row
    agent.col = col
    agent.alive = True
    agent.health = HEALTH
    state.crowd[w, row + rules.pad, col + rules.pad] += 1


@inlined
def replace(state: State, scratch: Scratch, rules: Any, w: int) -> None:
    """Bury the slain NPCs of a realm, and fill free slots. Modifies state in place.

    Each try draws a tile inside the spawn ring. If NPCs can live there, one is born in the lowest
    free slot that takes it; else the try is lost.
    """
    stream, free = state.streams[w, WORLD], scratch.free
    count, side = _clear(state, free, rules, w), rules.map_size - 2 * rules.border
    for _ in range(TRIES):
        if count == 0:
            break
        row = rules.border + 1 + below(stream, side - 2)
        col = rules.border + 1 + below(stream, side - 2)
        if not habitable(state, rules, w, row, col):
            continue
        near, far = min(row, col) - rules.border, max(row, col) - rules.border
        depth = min(near, side - 1 - far)
        i = 0
        while i < count and not _fits(state.npcs[w, free[i] - state.lives.shape[1]], depth, side):
            i += 1
        if i < count:
            _bear(state, rules, w, free[i], row, col, depth)
            count -= 1
            for k in range(i, count):
                free[k] = free[k + 1]
