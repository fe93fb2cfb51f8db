"""Play one tick of all realms of a batch, in two compiled halves, each a list of phases.

Functions that Python calls take most arrays packed, and unpack them inside (see ``packing``). The
arrays of one tick alone come in bare tuples and are named inside (see ``unnamed``).
"""

from typing import Any, NamedTuple

import numpy as np

from forge.blade.buffers import Rows, Sight
from forge.blade.ended import Ended
from forge.blade.jit import inlined, lean
from forge.blade.observation import BASIC, CHOICES, LATER, named
from forge.blade.observe import observe
from forge.blade.packing import unpacked
from forge.blade.records import EVENT, EVENT_COLUMNS, newborn
from forge.blade.rules import Scratch
from forge.blade.space import Space
from forge.blade.state import Array, State
from forge.blade.streams import POLICY, WORLD, below, next_uint64
from forge.blade.systems import births, hunting, npcs
from forge.blade.systems.burial import bury
from forge.blade.systems.combat import attack
from forge.blade.systems.deals import deal
from forge.blade.systems.experience import learn
from forge.blade.systems.movement import move
from forge.blade.systems.regrowth import regrow
from forge.blade.systems.speech import speak
from forge.blade.systems.spoils import divide, spend
from forge.blade.systems.vitals import live
from forge.blade.targets import weakest_of

_UNEVENTFUL = newborn(EVENT, EVENT_COLUMNS)

_HEADS = [CHOICES[name] for name in (*BASIC, *LATER) if CHOICES[name].size]
_SIZES = tuple(choice.size for choice in _HEADS)
_LEAST = tuple(choice.least for choice in _HEADS)

bear_agents = births.bear


class Plain(named(CHOICES)):  # type: ignore[misc]
    """Actions of N agents, each array of a fixed dtype, so that kernels are compiled once."""

    __slots__ = ()


class Basic(named(BASIC)):  # type: ignore[misc]
    """Of these, the choices that most worlds have."""

    __slots__ = ()


class Later(named(LATER)):  # type: ignore[misc]
    """Of these, the choices that only worlds with a later system have."""

    __slots__ = ()


class ActedOn(NamedTuple):
    """Arrays of the observation acted on that a tick needs; private copies."""

    offsets: Array  # int64 (N + 1,): offsets of each agent's rows
    slot: Array  # int32 (M,): the slot behind each row


@lean
def check_actions(
    heads: tuple[Array, ...], pointers: tuple[Array, ...], offsets: Array
) -> tuple[int, int]:
    """Look for an action that does not exist.

    Args:
        heads: integers (N,) each, the choices among a fixed number; those of ``LATER`` come last or
            are left out.
        pointers: integers (N,) each, the choices of a row.
        offsets: int64 (N + 1,), offsets of each agent's rows in the observation.

    Returns:
        Index of the first agent with a fault, and which of its choices, the heads first; (−1, 0) if
        there is none.
    """
    count, faults = len(offsets) - 1, 0
    for h in range(len(heads)):  # without a search, so that it is vectorised
        given, least, size = heads[h], _LEAST[h], _SIZES[h]
        for n in range(count):
            faults += (given[n] < least) | (given[n] >= size)
    for p in range(len(pointers)):
        row = pointers[p]
        for n in range(count):
            faults += (row[n] < -1) | (row[n] >= offsets[n + 1] - offsets[n])
    return _first_fault(heads, pointers, offsets) if faults else (-1, 0)


@lean
def _first_fault(
    heads: tuple[Array, ...], pointers: tuple[Array, ...], offsets: Array
) -> tuple[int, int]:
    """Find the first agent with a fault, of which there is one; see ``check_actions``."""
    first, fault = len(offsets) - 1, -1
    for h in range(len(heads)):
        given, least, size = heads[h], _LEAST[h], _SIZES[h]
        for n in range(first):  # a later choice counts only where an earlier agent made it
            if given[n] < least or given[n] >= size:
                first, fault = n, h
                break
    for p in range(len(pointers)):
        row = pointers[p]
        for n in range(first):
            if row[n] < -1 or row[n] >= offsets[n + 1] - offsets[n]:
                first, fault = n, len(heads) + p
                break
    return first, fault


@lean
def read_actions(
    everybody: Array,
    clock: Array,
    intents: Array,
    rules_table: Array,
    acted_on: ActedOn,
    actions: Basic,
    can_attack: Array,
) -> int:
    """Turn checked actions into intents by slot. Modifies intents in place.

    Agents are read from the state, which has not changed since it was observed. Of the observation
    itself only the mask is read, as users may write into their arrays. Frozen agents lose their
    moves here, before any attack, so that freezing counts as it was observed. The weakest agent is
    also chosen as it was observed (``auto_target``; the given targets are then ignored).

    Args:
        everybody: AGENT (W, E), of the state; read only.
        clock: CLOCK (W,), of the state; read only.
        intents: INTENT (W, E).
        rules_table: RULES (1,).
        acted_on: of the observation acted on.
        actions: checked actions.
        can_attack: bool (M, 3), of that observation; may have been narrowed.

    Returns:
        The number of living agents: that of the actions, unless the state was edited.
    """
    acted_on, actions = ActedOn(*acted_on), Basic(*actions)
    rules: Any = rules_table[0]
    n = 0
    for w in range(everybody.shape[0]):
        agents = everybody[w]
        for e in range(clock[w].top):
            if not agents[e].alive:
                continue
            if n < len(actions.move):
                lo, hi, style = acted_on.offsets[n], acted_on.offsets[n + 1], actions.style[n]
                intent = intents[w, e]
                intent.index = n
                intent.move = actions.move[n] if agents[e].freeze == 0 else 0
                row: Any = np.int64(actions.target[n])
                if rules.auto_target and style >= 0:
                    row = weakest_of(agents, acted_on.slot, can_attack, rules, e, lo, hi, style)
                attacks = rules.combat and style >= 0 and row > 0
                if rules.items:
                    intent.deal, intent.slayer = actions.deal[n], -1
                intent.style = style if attacks else -1
                intent.target = acted_on.slot[lo + row] if attacks else -1
            n += 1
    return n


@lean
def read_later(
    agents: Array, clock: Array, intents: Array, acted_on: ActedOn, actions: Later
) -> None:
    """Write the checked choices of later systems into the intents. Modifies intents in place.

    Args:
        agents: AGENT (W, E), of the state; read only.
        clock: CLOCK (W,), of the state; read only.
        intents: INTENT (W, E).
        acted_on: of the observation acted on.
        actions: one for each living agent.
    """
    acted_on, actions = ActedOn(*acted_on), Later(*actions)
    n = 0
    for w in range(agents.shape[0]):
        for e in range(clock[w].top):
            if agents[w, e].alive:
                intent, row = intents[w, e], np.int64(actions.receiver[n])
                intent.trade, intent.price = actions.trade[n], actions.price[n]
                intent.receiver = acted_on.slot[acted_on.offsets[n] + row] if row > 0 else -1
                intent.word = actions.word[n]
                n += 1


@inlined
def _begin(state: State, w: int) -> tuple[int, int]:
    """Start a realm's tick. Modifies state in place.

    Returns:
        The serving order: the first slot, and the direction, 1 or −1. Both are always drawn.
    """
    clock = state.clock[w]
    clock.tick += 1
    next_uint64(state.streams[w, POLICY])  # the last observation branched off from it
    for e in range(clock.top):
        state.agents[w, e].damage = 0
    stream = state.streams[w, WORLD]
    start = below(stream, state.agents.shape[1])
    downwards = next_uint64(stream) >> np.uint64(63)
    return start, (-1 if downwards == np.uint64(1) else 1)


@lean
def advance(
    state: State, scratch: Scratch, rules_table: Array, events: Array, ended: Ended, count: int
) -> int:
    """Play the first half of a tick: up to burying the dead. Modifies state, events, ended.

    Args:
        state: of all realms.
        scratch: holds the intents.
        rules_table: RULES (1,).
        events: EVENT (N,), overwritten.
        ended: has room for every living agent beyond count.
        count: number of records already in ended.

    Returns:
        The number of records now in ended.
    """
    state, scratch, ended = (
        unpacked(State, state),
        unpacked(Scratch, scratch),
        unpacked(Ended, ended),
    )
    rules: Any = rules_table[0]
    for n in range(len(events)):
        events[n] = _UNEVENTFUL[0]
    for w in range(state.agents.shape[0]):
        start, step = _begin(state, w)
        if rules.npcs > 0:
            npcs.begin(state, w)
            hunting.choose(state, scratch, rules, w)
        if rules.words > 0:
            speak(state, scratch, rules, w)
        if rules.items:
            deal(state, scratch, rules, w, start, step)
        if rules.combat:
            attack(state, scratch, events, rules, w, start, step)
        if rules.skills:
            learn(state, scratch, events, w)
        if rules.items:
            spend(state, scratch, events, w)
            divide(state, scratch, rules, w, start, step)
        move(state, scratch, rules, w)
        if rules.npcs > 0:
            hunting.walk(state, scratch, rules, w)
        regrow(state, rules, w)
        live(state, scratch, events, rules, w, start, step)
        count = bury(state, rules, ended, count, w)
        if rules.npcs > 0:
            npcs.outlive(state, w)
            npcs.replace(state, scratch, rules, w)
    return count


@lean
def bear(
    state: State,
    scratch: Scratch,
    rules_table: Array,
    compiled: Array,
    space: Space,
    out: Sight,
    others: Rows,
) -> tuple[int, int]:
    """Play the second half of a tick: births and observing. Modifies state, space and out, others.

    Args:
        state: of all realms.
        bearing: of the working space of a tick.
        rules_table: RULES (1,).
        compiled: bool (W,), realms whose newborns the default God tags.
        space: working space of observing.
        out: buffers of the observation.
        others: buffers of its rows.

    Returns:
        The numbers of agents and rows, as ``observe`` returns them.
    """
    world, scratch = unpacked(State, state), unpacked(Scratch, scratch)
    for w in range(len(compiled)):
        if compiled[w]:
            bear_agents(world, scratch, rules_table[0], w)
    return observe(state, space, rules_table, out, others)
