"""Phase 4: agents age, harvest, drink, heal, hunger and thirst, in serving order."""

from typing import Any

import numpy as np

from forge.blade.bits import bit_set
from forge.blade.happenings import Happening
from forge.blade.jit import inlined
from forge.blade.rules import Scratch
from forge.blade.state import Array, State
from forge.blade.systems.gathering import gather, is_resource_near, kinds_beside, turn
from forge.blade.systems.noting import note
from forge.blade.systems.order import first_of, following
from forge.blade.tiles import NUM_COMMON, WATERS, Cause, Tile

_ALIVE, _LAVA_DEATH = int(Cause.ALIVE), int(Cause.LAVA)
_STARVED, _DEHYDRATED = int(Cause.STARVED), int(Cause.DEHYDRATED)
_LAVA = int(Tile.LAVA)
_FOREST, _SCRUB = int(Tile.FOREST), int(Tile.SCRUB)
# Kinds of tiles that agents drink beside, without professions and with them.
_WATER = bit_set([Tile.WATER])
_WATERS = bit_set(WATERS)
_EAT, _DRINK, _DIE = int(Happening.EAT), int(Happening.DRINK), int(Happening.DIE)


@inlined
def _count_tile(state: State, w: int, e: int, row: int, col: int) -> int:
    """Count a tick that slot e spends on a tile of the stored map. Modifies state in place.

    Returns:
        The kind of the tile.
    """
    agent, life = state.agents[w, e], state.lives[w, e]
    kind: int = state.tiles[w, row, col]
    if kind < NUM_COMMON:
        life.ticks_on[kind] += 1
    else:
        state.crafts[w, e].ticks_on[kind - NUM_COMMON] += 1
    state.visits[w, agent.population, row, col] += np.uint32(1)
    if state.seen.shape[2] > 0:
        tile = row * state.tiles.shape[2] + col
        bit = np.uint64(1) << np.uint64(tile & 63)
        if state.seen[w, e, tile >> 6] & bit == np.uint64(0):
            state.seen[w, e, tile >> 6] |= bit
            if kind < NUM_COMMON:
                life.distinct[kind] += 1
            else:
                state.crafts[w, e].distinct[kind - NUM_COMMON] += 1
    return kind


@inlined
def _harvest(state: State, rules: Any, w: int, e: int, row: int, col: int) -> None:
    """Eat the forest on a tile of the stored map. Modifies state in place."""
    agent = state.agents[w, e]
    agent.food = min(agent.food + rules.harvest, rules.food)
    state.lives[w, e].harvests += 1
    state.tally[w, agent.population].harvests += 1
    turn(state, w, row, col, _SCRUB)


@inlined
def _consume(agent: Any, tick: int, starvation: int) -> int:
    """Use up one food and one water; empty stores cost health. Modifies agent in place.

    Args:
        agent: AGENT.
        tick: the current tick.
        starvation: health that each empty store costs.

    Returns:
        The cause of death: the store that became empty earlier, or thirst if both became empty in
        the same tick; ALIVE if health is left.
    """
    if agent.food > 0:
        agent.food -= 1
        if agent.food == 0:
            agent.food_empty = tick
    if agent.water > 0:
        agent.water -= 1
        if agent.water == 0:
            agent.water_empty = tick
    hungry, thirsty = agent.food == 0, agent.water == 0
    if not (hungry or thirsty):
        return _ALIVE
    agent.health = max(agent.health - starvation * (2 if hungry and thirsty else 1), 0)
    if agent.health > 0:
        return _ALIVE
    if hungry and (not thirsty or agent.food_empty < agent.water_empty):
        return _STARVED
    return _DEHYDRATED


@inlined
def _live_one(state: State, scratch: Scratch, event: Any, rules: Any, w: int, e: int) -> int:
    """Let one agent live through the tick. Modifies state, scratch and event in place.

    Returns:
        The cause of its death, or ALIVE.
    """
    agent = state.agents[w, e]
    row, col = agent.row + rules.pad, agent.col + rules.pad
    agent.age += 1
    kind = _count_tile(state, w, e, row, col)
    cause: int = state.lives[w, e].cause
    if cause != _ALIVE:
        return cause
    if agent.freeze > 0:
        agent.freeze -= 1
    if kind == _LAVA:
        return _LAVA_DEATH
    if kind == _FOREST:
        _harvest(state, rules, w, e, row, col)
        event.harvested = True
        note(scratch, e, _EAT)
    beside = kinds_beside(state, w, row, col)
    if rules.professions and is_resource_near(kind, beside):
        event.gathered = gather(state, scratch, w, e, row, col)
    if beside & (_WATERS if rules.professions else _WATER):
        agent.water = min(agent.water + rules.drink, rules.water)
        state.lives[w, e].drinks += 1
        state.tally[w, agent.population].drinks += 1
        event.drank = True
        note(scratch, e, _DRINK)
    if 2 * agent.food > rules.food and 2 * agent.water > rules.water:
        agent.health = min(agent.health + rules.regeneration, rules.health)
    return _consume(agent, state.clock[w].tick, rules.starvation)


@inlined
def live(
    state: State, scratch: Scratch, events: Array, rules: Any, w: int, start: int, step: int
) -> None:
    """Let the agents of one realm live through the tick. Modifies state and events in place.

    The arguments are those of ``combat.attack``.
    """
    A = state.lives.shape[1]
    e = first_of(start, step, A)
    for _ in range(A):
        agent = state.agents[w, e]
        if agent.alive:
            event = events[scratch.intents[w, e].index]
            cause = _live_one(state, scratch, event, rules, w, e)
            state.lives[w, e].cause = cause
            state.tally[w, agent.population].agent_ticks += 1
            if cause != _ALIVE:
                event.died = True
                event.cause = cause
                note(scratch, e, _DIE, cause)
                event.killer = state.lives[w, e].killer
        e = following(e, step, A)
