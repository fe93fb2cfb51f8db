"""Agents learn by fighting, and are in combat for a while after each attack."""

from typing import Any

from forge.blade.happenings import Happening
from forge.blade.jit import inlined
from forge.blade.rules import Scratch
from forge.blade.skills import HIGHEST, IN_COMBAT, MOST_EXPERIENCE, PER_ATTACK, REACHED
from forge.blade.state import Array, State
from forge.blade.systems.noting import note

_LEVEL_UP = int(Happening.LEVEL_UP)


@inlined
def enter_combat(state: State, w: int, e: int, tick: int) -> None:
    """Put whoever is in slot e in combat if it is an agent. Modifies state in place."""
    if e < state.lives.shape[1]:
        state.skills[w, e].combat_until = tick + IN_COMBAT


@inlined
def gain(state: State, scratch: Scratch, w: int, e: int, skill: int, amount: int) -> None:
    """Give an agent experience in a skill. Modifies state and scratch in place."""
    experience = state.skills[w, e].experience
    before, now = experience[skill], min(experience[skill] + amount, MOST_EXPERIENCE)
    experience[skill] = now
    for level in range(1, HIGHEST):
        if before < REACHED[level] <= now:
            note(scratch, e, _LEVEL_UP, skill + 1, level + 1)


@inlined
def learn(state: State, scratch: Scratch, events: Array, w: int) -> None:
    """Give the agents of one realm the experience of this tick's attacks. Modifies state, scratch.

    All attacks have been served by then, so that nobody gains by being served early.

    Args:
        state: of all realms.
        scratch: holds the intents.
        events: EVENT (N,), with what the attacks did.
        w: the realm.
    """
    for e in range(state.clock[w].top):
        if not state.agents[w, e].alive:
            continue
        intent: Any = scratch.intents[w, e]
        if events[intent.index].damage_dealt > 0:
            gain(state, scratch, w, e, intent.style, PER_ATTACK)
