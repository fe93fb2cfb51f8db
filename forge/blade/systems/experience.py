"""Agents learn by fighting, and are in combat for a while after each attack."""

from typing import Any

from forge.blade.jit import inlined
from forge.blade.rules import Scratch
from forge.blade.skills import IN_COMBAT, MOST_EXPERIENCE, PER_ATTACK
from forge.blade.state import Array, State


@inlined
def enter_combat(state: State, w: int, e: int, tick: int) -> None:
    """Put whoever is in slot e in combat if it is an agent. Modifies state in place."""
    if e < state.lives.shape[1]:
        state.skills[w, e].combat_until = tick + IN_COMBAT


@inlined
def learn(state: State, scratch: Scratch, events: Array, w: int) -> None:
    """Give the agents of one realm the experience of this tick's attacks. Modifies state in place.

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
            experience = state.skills[w, e].experience
            experience[intent.style] = min(experience[intent.style] + PER_ATTACK, MOST_EXPERIENCE)
