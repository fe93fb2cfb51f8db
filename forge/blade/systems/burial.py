"""Phase 5, first half: the dead leave the world and leave their records."""

from typing import Any

import numpy as np

from forge.blade.ended import Ended
from forge.blade.items import PLACES
from forge.blade.jit import inlined
from forge.blade.records import AGENT, BAG, CRAFT, LIFE, PURSE, QUEST, SKILLS
from forge.blade.state import State
from forge.blade.systems.books import withdraw
from forge.blade.tiles import Cause

_ALIVE = int(Cause.ALIVE)
_NOBODY = np.zeros(1, AGENT)  # the record of a free slot
_NO_LIFE = np.zeros(1, LIFE)
_NO_SKILLS = np.zeros(1, SKILLS)
_NO_BAG = np.zeros(1, BAG)
_NO_CRAFT = np.zeros(1, CRAFT)
_NO_PURSE = np.zeros(1, PURSE)
_NO_QUEST = np.zeros(1, QUEST)


@inlined
def _bury_bag(state: State, w: int, e: int) -> None:
    """Enter what the dead agent in slot e carries, and empty its bag. Modifies state in place."""
    bag = state.bags[w, e]
    for k in range(PLACES):
        state.ledger[w, bag.kind[k]].buried += bag.quantity[k]
    state.bags[w, e] = _NO_BAG[0]


@inlined
def bury(state: State, rules: Any, ended: Ended, count: int, w: int) -> int:
    """Remove the dead of one realm, in slot order. Modifies state and ended in place.

    Args:
        state: of all realms; ``lives[w, e].cause`` marks the dead.
        rules: RULES.
        ended: has room for every living agent beyond count.
        count: number of records already in ended.
        w: the realm.

    Returns:
        The number of records now in ended.
    """
    clock = state.clock[w]
    for e in range(clock.top):
        agent, life = state.agents[w, e], state.lives[w, e]
        if not agent.alive:
            continue
        life.lifetime = agent.age
        if life.cause == _ALIVE:
            continue
        life.death_tick = clock.tick
        ended.lives[count] = life
        if rules.skills:
            ended.skills[count] = state.skills[w, e]
            state.skills[w, e] = _NO_SKILLS[0]
        if rules.items:
            ended.bags[count] = state.bags[w, e]
            _bury_bag(state, w, e)
        if rules.professions:
            ended.crafts[count] = state.crafts[w, e]
            state.crafts[w, e] = _NO_CRAFT[0]
        if rules.market:
            ended.purses[count] = state.purses[w, e]
            withdraw(state, w, e)
            state.purses[w, e] = _NO_PURSE[0]
        if rules.num_quests > 0:
            ended.quests[count] = state.quests[w, e]
            state.quests[w, e] = _NO_QUEST[0]
        if rules.words > 0:
            state.said[w, e] = 0
        count += 1
        state.crowd[w, agent.row + rules.pad, agent.col + rules.pad] -= 1
        tally = state.tally[w, agent.population]
        tally.deaths += 1
        tally.lifetimes += agent.age
        tally.living -= 1
        clock.living -= 1
        state.agents[w, e] = _NOBODY[0]
        state.lives[w, e] = _NO_LIFE[0]
        for word in range(state.seen.shape[2]):
            state.seen[w, e, word] = 0
    while clock.top > 0 and not state.agents[w, clock.top - 1].alive:
        clock.top -= 1
    return count
