"""Agents learn by fighting, and are in combat for a while after each attack."""

from typing import Any

from forge.blade.jit import inlined
from forge.blade.rules import Scratch
from forge.blade.skills import IN_COMBAT, MOST_EXPERIENCE, PER_ATTACK
from forge.blade.state import Array, State


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
    until = state.clock[w].tick + IN_COMBAT
    for e in range(state.clock[w].top):
        if not state.agents[w, e].alive:
            continue
        intent: Any = scratch.intents[w, e]
        event, skills = events[intent.index], state.skills[w, e]
        if event.damage_dealt > 0:
            gained = skills.experience[intent.style] + PER_ATTACK
            skills.experience[intent.style] = min(gained, MOST_EXPERIENCE)
        if event.hits > 0 or event.damage_taken > 0:
            skills.combat_until = until
