"""What NPCs choose: some wander, some hunt, all in the world that the tick began with."""

from typing import Any

from forge.blade.bits import bit_set, has
from forge.blade.jit import inlined
from forge.blade.kinds import SIGHT, Kind
from forge.blade.rules import Scratch
from forge.blade.state import Array, State
from forge.blade.streams import WORLD, below
from forge.blade.systems.movement import STEP_COL, STEP_ROW, shift
from forge.blade.tiles import NUM_MOVES, SAFE, Move, Tile

_NEUTRAL, _HOSTILE = int(Kind.NEUTRAL), int(Kind.HOSTILE)
_EAST, _SOUTH, _WEST, _NORTH = (int(move) for move in list(Move)[1:])
_CLOSED = bit_set(tile for tile in Tile if tile not in SAFE)
_AFAR = 2**32  # what a tile of distance weighs beside a place in a list of agents


@inlined
def habitable(state: State, rules: Any, w: int, row: int, col: int) -> bool:
    """Tell whether NPCs live on a tile: one that is safe and inside the spawn ring.

    Args:
        state: read only.
        rules: RULES.
        w: the realm.
        row: on the map.
        col: on the map.
    """
    first, last = rules.border + 1, rules.map_size - 2 - rules.border
    if min(row, col) < first or max(row, col) > last:
        return False
    return not has(_CLOSED, state.tiles[w, row + rules.pad, col + rules.pad])


@inlined
def distance(one: Any, other: Any) -> int:
    """Measure the Chebyshev distance of two entities [tiles]: AGENT or PREY."""
    return int(max(abs(one.row - other.row), abs(one.col - other.col)))


@inlined
def _can_step(state: State, rules: Any, w: int, agent: Any, move: int) -> bool:
    """Tell whether an NPC can make a step."""
    row, col = agent.row + STEP_ROW[move], agent.col + STEP_COL[move]
    return habitable(state, rules, w, row, col)


@inlined
def _wander(state: State, rules: Any, w: int, agent: Any) -> int:
    """Draw one of the possible steps; stay if there is none. Modifies state's stream in place.

    Nothing branches on what cannot be predicted: which steps are possible, and which is drawn.
    """
    steps, possible = 0, 0
    for move in range(1, NUM_MOVES):
        can = int(_can_step(state, rules, w, agent, move))
        steps |= can << move
        possible += can
    if possible == 0:
        return 0
    left, drawn = 1 + below(state.streams[w, WORLD], possible), 0
    for move in range(1, NUM_MOVES):
        drawn += int(left > 0)  # counts up to the step with which none is left
        left -= (steps >> move) & 1
    return drawn


@inlined
def _approach(state: State, rules: Any, w: int, agent: Any, prey: Any) -> int:
    """Choose the step that shortens the longer axis, of equal ones the rows; else the other axis.

    Returns:
        A move; 0 where both steps are blocked.
    """
    down, right = prey.row - agent.row, prey.col - agent.col
    along_rows = _SOUTH if down > 0 else _NORTH
    along_cols = _EAST if right > 0 else _WEST
    rows_first = abs(down) >= abs(right)
    first, second = (along_rows, along_cols) if rows_first else (along_cols, along_rows)
    if _can_step(state, rules, w, agent, first):
        return first
    shorter = right if rows_first else down
    return second if shorter != 0 and _can_step(state, rules, w, agent, second) else 0


@inlined
def list_prey(state: State, prey: Array, rules: Any, w: int) -> int:
    """List the agents of a realm that are not immune, by slot. Modifies prey in place.

    In the list they lie close together: each hostile NPC looks at all of them.

    Returns:
        The number of agents listed.
    """
    count = 0
    for e in range(state.clock[w].top):
        agent = state.agents[w, e]
        if agent.alive and agent.age >= rules.immunity:
            prey[count].slot = e
            prey[count].row = agent.row
            prey[count].col = agent.col
            count += 1
    return count


@inlined
def _nearest(prey: Array, count: int, agent: Any) -> int:
    """Find the slot of the nearest agent in sight; of equal ones the lowest.

    Args:
        prey: PREY, filled by ``list_prey``.
        count: number of agents in it.
        agent: AGENT, the NPC.

    Returns:
        The slot; −1: there is none.
    """
    best = (SIGHT + 1) * _AFAR
    for i in range(count):  # the smallest of these sums, which the compiler vectorises
        best = min(best, distance(agent, prey[i]) * _AFAR + i)
    return int(prey[best % _AFAR].slot) if best < (SIGHT + 1) * _AFAR else -1


@inlined
def _is_over(state: State, w: int, agent: Any, npc: Any, tick: int) -> bool:
    """Tell whether a neutral NPC hunts the agent that hit it no more; also true if none has."""
    if tick > npc.until:
        return True
    prey = state.agents[w, npc.prey]
    return bool(not prey.alive or prey.id != npc.prey_id or distance(agent, prey) > SIGHT)


@inlined
def hunted(
    state: State, prey: Array, count: int, rules: Any, w: int, agent: Any, npc: Any, tick: int
) -> int:
    """Find the slot of the agent that an NPC hunts in a tick.

    Args:
        state: as the tick begins; read only.
        prey: PREY, filled by ``list_prey``.
        count: number of agents in it.
        rules: RULES.
        w: the realm.
        agent: AGENT, the NPC.
        npc: NPC, the same one.
        tick: the number of the tick.

    Returns:
        The slot; −1: it hunts nobody, or who hit it is still immune.
    """
    if npc.kind == _HOSTILE:
        return _nearest(prey, count, agent)
    if npc.kind != _NEUTRAL or _is_over(state, w, agent, npc, tick):
        return -1
    return int(npc.prey) if state.agents[w, npc.prey].age >= rules.immunity else -1


@inlined
def choose(state: State, scratch: Scratch, rules: Any, w: int) -> None:
    """Choose the actions of a realm's NPCs, by slot. Modifies scratch and state in place.

    Only the stream and hunts that are over change in the state. Frozen NPCs attack, but take no
    step, and draw none.
    """
    A, tick = state.lives.shape[1], state.clock[w].tick
    listed = list_prey(state, scratch.prey, rules, w)
    for e in range(A, state.agents.shape[1]):
        agent, npc, intent = state.agents[w, e], state.npcs[w, e - A], scratch.intents[w, e]
        if not agent.alive:
            continue
        intent.move, intent.style, intent.target, intent.slayer = 0, -1, -1, -1
        if npc.until != 0 and _is_over(state, w, agent, npc, tick):
            npc.prey, npc.prey_id, npc.until = 0, 0, 0
        prey = hunted(state, scratch.prey, listed, rules, w, agent, npc, tick)
        if prey >= 0 and distance(agent, state.agents[w, prey]) <= rules.reach[npc.style]:
            intent.style, intent.target = npc.style, prey
        elif agent.freeze == 0 and prey >= 0:
            intent.move = _approach(state, rules, w, agent, state.agents[w, prey])
        elif agent.freeze == 0:
            intent.move = _wander(state, rules, w, agent)


@inlined
def walk(state: State, scratch: Scratch, rules: Any, w: int) -> None:
    """Let the NPCs of a realm make their steps, the slain excepted. Modifies state in place.

    What they chose is possible: no tile becomes impassable within a tick.
    """
    for e in range(state.lives.shape[1], state.agents.shape[1]):
        agent, direction = state.agents[w, e], scratch.intents[w, e].move
        if agent.alive and agent.health > 0 and direction != 0:
            row, col = agent.row + rules.pad, agent.col + rules.pad
            shift(state, w, agent, row, col, direction, rules.pad)
