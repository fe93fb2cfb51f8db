"""Play one tick of all realms of a batch, in two compiled halves; each reads as its phases."""

from typing import Any

import numpy as np

from forge.blade.jit import inlined, lean
from forge.blade.observe import Rows, Sight, observe
from forge.blade.rules import EVENT, Scratch
from forge.blade.state import Array, State
from forge.blade.streams import POLICY, WORLD, below, next_uint64
from forge.blade.systems import births
from forge.blade.systems.burial import bury
from forge.blade.systems.combat import attack
from forge.blade.systems.movement import move
from forge.blade.systems.regrowth import regrow
from forge.blade.systems.vitals import live
from forge.blade.targets import weakest
from forge.blade.tiles import NUM_MOVES, NUM_STYLES, Cause

_LIVING = int(Cause.ALIVE)
_UNEVENTFUL = np.zeros(1, EVENT)
_UNEVENTFUL["killer"] = -1
_UNEVENTFUL["cause"] = _LIVING

BAD_MOVE, BAD_STYLE, BAD_TARGET = 1, 2, 3  # faults that check_actions reports

bear_agents = births.bear


@lean
def check_actions(move: Array, style: Array, target: Array, offsets: Array) -> tuple[int, int]:
    """Look for an action that does not exist.

    Args:
        move: integers (N,).
        style: integers (N,).
        target: integers (N,).
        offsets: int64 (N + 1,), of the rows in the observation.

    Returns:
        Index of the first agent with a fault, and which fault; (−1, 0) if there is none.
    """
    for n in range(len(move)):
        if move[n] < 0 or move[n] >= NUM_MOVES:
            return n, BAD_MOVE
        if style[n] < -1 or style[n] >= NUM_STYLES:
            return n, BAD_STYLE
        if target[n] < -1 or target[n] >= offsets[n + 1] - offsets[n]:
            return n, BAD_TARGET
    return -1, 0


@lean
def read_actions(
    scratch: Scratch,
    out: Sight,
    others: Rows,
    move: Array,
    style: Array,
    target: Array,
    num_agents: int,
    combat: bool,
    auto_target: bool,
) -> None:
    """Turn checked actions into intents by slot. Modifies scratch in place.

    The frozen lose their moves here, before any attack: frozen is judged as it was observed, and
    so is who is the weakest (``auto_target``; the targets given are then ignored).
    """
    for n in range(num_agents):
        agent = out.ent[n]
        intent = scratch.intents[out.realm[n], agent.slot]
        intent.index = n
        intent.move = move[n] if agent.freeze == 0 else 0
        row: Any = np.int64(target[n])
        if auto_target and style[n] >= 0:
            lo, hi = out.offsets[n], out.offsets[n + 1]
            row = weakest(others.others, others.reach, others.can_attack, lo, hi, style[n])
        attacks = combat and style[n] >= 0 and row > 0
        intent.style = style[n] if attacks else -1
        intent.target = others.slot[out.offsets[n] + row] if attacks else -1


@inlined
def _begin(state: State, scratch: Scratch, w: int) -> tuple[int, int]:
    """Start a realm's tick. Modifies state in place.

    Returns:
        The serving order: the slot served first, and the direction, 1 or −1 (both always drawn).
    """
    clock = state.clock[w]
    clock.tick += 1
    for k in range(scratch.policy.shape[1]):
        state.streams[w, POLICY, k] = scratch.policy[w, k]
    for e in range(clock.top):
        state.agents[w, e].damage = 0
    stream = state.streams[w, WORLD]
    start = below(stream, state.agents.shape[1])
    downwards = next_uint64(stream) >> np.uint64(63)
    return start, (-1 if downwards == np.uint64(1) else 1)


@lean
def advance(
    state: State, scratch: Scratch, rules_table: Array, events: Array, ended: Array, count: int
) -> int:
    """Play the first half of a tick: up to burying the dead. Modifies all but rules_table.

    Args:
        state: of all realms.
        scratch: holds the intents.
        rules_table: RULES (1,).
        events: EVENT (N,), overwritten.
        ended: LIFE (capacity,), with room for every living agent beyond count.
        count: records already in ended.

    Returns:
        The number of records now in ended.
    """
    rules: Any = rules_table[0]
    for n in range(len(events)):
        events[n] = _UNEVENTFUL[0]
    for w in range(state.agents.shape[0]):
        start, step = _begin(state, scratch, w)
        if rules.combat:
            attack(state, scratch, events, rules, w, start, step)
        move(state, scratch, rules, w)
        regrow(state, rules, w)
        live(state, scratch, events, rules, w, start, step)
        count = bury(state, rules, ended, count, w)
    return count


@lean
def bear(
    state: State, scratch: Scratch, rules_table: Array, compiled: Array, out: Sight, others: Rows
) -> tuple[int, int]:
    """Play the second half of a tick: births and observing. Modifies all but rules_table.

    Args:
        state: of all realms.
        scratch: working space.
        rules_table: RULES (1,).
        compiled: bool (W,), realms whose newborns the default God tags.
        out: buffers of the observation.
        others: buffers of its rows.

    Returns:
        As of ``observe``.
    """
    for w in range(state.agents.shape[0]):
        if compiled[w]:
            bear_agents(state, scratch, rules_table[0], w)
    return observe(state, scratch, rules_table, out, others)
