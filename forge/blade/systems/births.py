"""Phase 5, second half: newborns enter the world on its spawn ring."""

from typing import Any

from forge.blade.jit import inlined, lean
from forge.blade.packing import unpacked
from forge.blade.rules import Scratch
from forge.blade.state import Array, State
from forge.blade.streams import WORLD, below
from forge.blade.systems.questing import draw_quest, give_quest


@inlined
def _has_room(state: State, w: int, p: int) -> bool:
    """Tell whether a population has not used up its share of the slots, which are shared evenly."""
    P, A = state.tally.shape[1], state.lives.shape[1]
    share = A // P + (1 if p < A % P else 0)
    return bool(state.tally[w, p].living < share)


@lean
def draw_population(state: State, w: int) -> int:
    """Draw a newborn's population uniformly among those with room. Modifies state in place.

    If a slot is free, some population has room, as the shares add up to all slots.

    Returns:
        0 … P − 1.
    """
    open_to = 0
    for p in range(state.tally.shape[1]):
        if _has_room(state, w, p):
            open_to += 1
    choice = below(state.streams[w, WORLD], open_to)
    p = 0
    while choice > 0 or not _has_room(state, w, p):
        if _has_room(state, w, p):
            choice -= 1
        p += 1
    return p


@lean
def bear_one(state: State, scratch: Scratch, rules: Any, w: int, population: int, e: int) -> int:
    """Bear one agent on a uniformly drawn tile of the ring, and draw its quest. Modifies state.

    Args:
        state: of all realms.
        scratch: holds a newborn and the ring.
        rules: RULES.
        w: the realm.
        population: 0 … P − 1.
        e: the slot from which to search for a free one; all lower slots are taken.

    Returns:
        The newborn's slot.
    """
    clock = state.clock[w]
    while state.agents[w, e].alive:
        e += 1
    tile = below(state.streams[w, WORLD], scratch.ring.shape[0])
    row, col = scratch.ring[tile, 0], scratch.ring[tile, 1]
    state.agents[w, e] = scratch.agent[0]
    state.lives[w, e] = scratch.life[0]
    agent, life = state.agents[w, e], state.lives[w, e]
    agent.id = clock.next_id
    agent.population = population
    agent.slot = e
    agent.row = row - rules.pad
    agent.col = col - rules.pad
    life.id = agent.id
    life.birth_tick = clock.tick
    life.realm = clock.realm
    life.map = clock.map
    life.population = population
    state.crowd[w, row, col] += 1
    state.tally[w, population].births += 1
    state.tally[w, population].living += 1
    clock.next_id += 1
    clock.living += 1
    clock.top = max(clock.top, e + 1)
    if len(scratch.odds) > 0:
        give_quest(state, scratch.quests, w, e, draw_quest(state, scratch.odds, w))
    return e


@lean
def place(state: State, scratch: Scratch, rules_table: Array, w: int, population: int) -> int:
    """Bear one agent, as ``bear_one`` does, in a call from Python. Modifies state in place."""
    state, scratch = unpacked(State, state), unpacked(Scratch, scratch)
    return bear_one(state, scratch, rules_table[0], w, population, 0)


@inlined
def bear(state: State, scratch: Scratch, rules: Any, w: int) -> None:
    """Bear the newborns of one realm's tick, tagged by the default God. Modifies state in place."""
    A = state.lives.shape[1]
    e = 0
    for _ in range(min(rules.births, A - state.clock[w].living)):
        population = draw_population(state, w)
        e = bear_one(state, scratch, rules, w, population, e)
