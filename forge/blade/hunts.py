"""Say whom NPCs hunt, for those who look on."""

from typing import Any

import numpy as np

from forge.blade.jit import lean
from forge.blade.packing import packed_to_read, unpacked
from forge.blade.rules import PREY, rules
from forge.blade.state import Array, State
from forge.blade.systems.hunting import hunted, list_prey
from forge.config import Config


def hunted_next(state: State, config: Config, w: int) -> Array:
    """Find whom the NPCs of a realm will hunt in the tick that comes.

    Args:
        state: of all realms, between two ticks; read only.
        config: its settings.
        w: the realm.

    Returns:
        int64 (NPCs,): slots of agents; −1: it hunts nobody, or does not live.
    """
    prey, found = np.zeros(config.max_agents, PREY), np.full(config.npcs, -1, np.int64)
    _hunted_kernel(packed_to_read(state), rules(config), w, prey, found)
    return found


@lean
def _hunted_kernel(state: State, table: Array, w: int, prey: Array, found: Array) -> None:
    """Find whom NPCs will hunt: PREY (A,) is working space. Modifies prey and found in place."""
    state = unpacked(State, state)
    rules_: Any = table[0]
    first, tick = state.lives.shape[1], state.clock[w].tick + 1
    count = list_prey(state, prey, rules_, w)
    for k in range(len(found)):
        agent, npc = state.agents[w, first + k], state.npcs[w, k]
        if agent.alive:
            found[k] = hunted(state, prey, count, rules_, w, agent, npc, tick)
