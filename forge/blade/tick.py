"""Play one tick of all realms of a batch, in two compiled halves, each a list of phases.

Functions that Python calls take most arrays packed, and unpack them inside (see ``packing``). The
arrays of one tick alone come in bare tuples and are named inside (see ``unnamed``).
"""

from typing import Any, NamedTuple

import numpy as np

from forge.blade.buffers import Rows, Sight
from forge.blade.ended import Ended
from forge.blade.jit import inlined, lean
from forge.blade.observation import CHOICES, named
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
from forge.blade.systems.noting import hand_over
from forge.blade.systems.questing import pursue
from forge.blade.systems.regrowth import regrow
from forge.blade.systems.speech import speak
from forge.blade.systems.spoils import divide, spend
from forge.blade.systems.vitals import live
from forge.blade.targets import weakest_of

_UNEVENTFUL = newborn(EVENT, EVENT_COLUMNS)

bear_agents = births.bear


class Plain(named(CHOICES)):  # type: ignore[misc]
    """Actions of N agents, each array of a fixed dtype, so that kernels are compiled once."""

    __slots__ = ()


class Heads(named(name for name, choice in CHOICES.items() if choice.size)):  # type: ignore[misc]
    """Of these, the choices among a fixed number."""

    __slots__ = ()


class Pointers(named(name for name, choice in CHOICES.items() if not choice.size)):  # type: ignore[misc]
    """Of these, the choices of a row."""

    __slots__ = ()


_SIZES = tuple(CHOICES[name].size for name in Heads._fields)
_LEAST = tuple(CHOICES[name].least for name in Heads._fields)


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
        heads: integers (N,) each, the choices among a fixed number; or (0,), if the world has no
            such choice.
        pointers: integers (N,) or (0,) each, the choices of a row.
        offsets: int64 (N + 1,), offsets of each agent's rows in the observation.

    Returns:
        Index of the first agent with a fault, and which of its choices, the heads first; (−1, 0) if
        there is none.
    """
    faults = 0
    for h in range(len(heads)):  # without a search, so that it is vectorised
        given, least, size = heads[h], _LEAST[h], _SIZES[h]
        for n in range(len(given)):
            faults += (given[n] < least) | (given[n] >= size)
    for p in range(len(pointers)):
        row = pointers[p]
        for n in range(len(row)):
            faults += (row[n] < -1) | (row[n] >= offsets[n + 1] - offsets[n])
    return _first_fault(heads, pointers, offsets) if faults else (-1, 0)


@lean
def _first_fault(
    heads: tuple[Array, ...], pointers: tuple[Array, ...], offsets: Array
) -> tuple[int, int]:
    """Find the first agent with a fault, of which there is one; see ``check_actions``.

    The fault of a later choice counts only where an earlier agent made it.
    """
    first, fault = len(offsets) - 1, -1
    for h in range(len(heads)):
        given, least, size = heads[h], _LEAST[h], _SIZES[h]
        for n in range(min(first, len(given))):
            if given[n] < least or given[n] >= size:
                first, fault = n, h
                break
    for p in range(len(pointers)):
        row = pointers[p]
        for n in range(min(first, len(row))):
            if row[n] < -1 or row[n] >= offsets[n + 1] - offsets[n]:
                first, fault = n, len(heads) + p
                break
    return first, fault


@lean
def read_actions(
    state: State,
    scratch: Scratch,
    rules: Any,
    acted_on: ActedOn,
    heads: Heads,
    pointers: Pointers,
    can_attack: Array,
) -> int:
    """Turn checked actions into intents by slot. Modifies scratch in place.

    Agents are read from the state, which has not changed since it was observed. Of the observation
    itself only the mask is read, as users may write into their arrays. Frozen agents lose their
    moves here, before any attack, so that freezing counts as it was observed. The weakest agent is
    also chosen as it was observed (``auto_target``; the given targets are then ignored).

    Args:
        state: of all realms; read only.
        scratch: receives the intents.
        rules: RULES.
        acted_on: of the observation acted on.
        heads: checked choices among a fixed number.
        pointers: checked choices of a row.
        can_attack: bool (M, 3), of that observation; may have been narrowed.

    Returns:
        The number of living agents: that of the actions, unless the state was edited.
    """
    n = 0
    for w in range(state.agents.shape[0]):
        agents = state.agents[w]
        for e in range(state.clock[w].top):
            if not agents[e].alive:
                continue
            if n < len(heads.move):
                lo, hi, style = acted_on.offsets[n], acted_on.offsets[n + 1], heads.style[n]
                intent = scratch.intents[w, e]
                intent.index = n
                intent.move = heads.move[n] if agents[e].freeze == 0 else 0
                row: Any = np.int64(pointers.target[n])
                if rules.auto_target and style >= 0:
                    row = weakest_of(agents, acted_on.slot, can_attack, rules, e, lo, hi, style)
                attacks = rules.combat and style >= 0 and row > 0
                intent.style = style if attacks else -1
                intent.target = acted_on.slot[lo + row] if attacks else -1
                if rules.items:
                    intent.deal, intent.slayer = heads.deal[n], -1
                if rules.market:
                    whom: Any = np.int64(pointers.receiver[n])
                    intent.trade, intent.price = heads.trade[n], heads.price[n]
                    intent.receiver = acted_on.slot[lo + whom] if whom > 0 else -1
                if rules.words > 0:
                    intent.word = heads.word[n]
            n += 1
    return n


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
    state: State,
    scratch: Scratch,
    rules_table: Array,
    acted_on: ActedOn,
    heads: tuple[Array, ...],
    pointers: tuple[Array, ...],
    can_attack: Array,
    events: Array,
    ended: Ended,
    count: int,
    happened: Array,
) -> tuple[int, int]:
    """Play the first half of a tick: up to burying the dead.

    Modifies state, scratch, events, ended and happened in place.

    Args:
        state: of all realms; unchanged where the actions do not fit it.
        scratch: working space of a tick; counts the rows in happened.
        rules_table: RULES (1,).
        acted_on: of the observation acted on.
        heads: the choices among a fixed number (see ``check_actions``).
        pointers: the choices of a row.
        can_attack: bool (M, 3), of that observation; may have been narrowed.
        events: EVENT (N,), overwritten.
        ended: has room for every living agent beyond count.
        count: number of records already in ended.
        happened: HAPPENED (room,), has room for all that can happen in a tick beyond the rows it
            has; empty if nobody keeps them.

    Returns:
        The number of agents that lived before, and of records now in ended. The actions fit if they
        are as many as these agents; −1 stands for the former if an action does not exist.
    """
    state, scratch = unpacked(State, state), unpacked(Scratch, scratch)
    ended, acted_on = unpacked(Ended, ended), ActedOn(*acted_on)
    rules: Any = rules_table[0]
    if check_actions(heads, pointers, acted_on.offsets)[0] >= 0:
        return -1, count
    choices = Heads(*heads), Pointers(*pointers)
    living = read_actions(state, scratch, rules, acted_on, *choices, can_attack)
    if living != len(events):
        return living, count
    for n in range(len(events)):
        events[n] = _UNEVENTFUL[0]
    for w in range(state.agents.shape[0]):
        start, step = _begin(state, w)
        scratch.notes[0].noted = 0
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
        hand_over(state, scratch, happened, rules, w)
        if rules.num_quests > 0:
            pursue(state, scratch, events, rules, w)
        count = bury(state, rules, ended, count, w)
        if rules.npcs > 0:
            npcs.outlive(state, w)
            npcs.replace(state, scratch, rules, w)
    return living, count


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
        scratch: holds a newborn and the ring.
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
