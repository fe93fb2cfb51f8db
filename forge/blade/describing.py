"""List and describe the living of a realm, once for all who see them."""

from typing import Any

from forge.blade.buffers import Sight
from forge.blade.jit import inlined, lean
from forge.blade.kinds import Kind
from forge.blade.skills import NUM_SKILLS, level_of
from forge.blade.space import Space
from forge.blade.state import Array, State
from forge.blade.systems.fights import main_style_of

_AGENT = int(Kind.AGENT)
_level_of = inlined(level_of)


@inlined
def _describe(agent: Any, about: Any, rules: Any) -> None:
    """Write the features of an agent that all its observers share. Modifies about in place.

    The features are those of the list (see ``features``), computed in float64, stored as float32.

    Args:
        agent: AGENT, alive.
        about: ABOUT.
        rules: RULES.
    """
    centre = (rules.map_size - 1) / 2
    span = rules.map_size - 2 * rules.border - 1
    about.age = (agent.age - 50) / 100
    about.health = (agent.health - rules.health / 2) / rules.health
    about.food = (agent.food - rules.food / 2) / rules.food
    about.water = (agent.water - rules.water / 2) / rules.water
    about.row = (agent.row - centre) / span
    about.col = (agent.col - centre) / span
    about.damage = (agent.damage - 2.5) / 5
    about.freeze = (agent.freeze - 1) / 2
    about.population = agent.population
    about.id = agent.id
    about.slot = agent.slot
    about.immune = agent.age < rules.immunity
    about.frozen = agent.freeze != 0


@lean
def list_agents(state: State, space: Space, rules: Any, out: Sight, w: int, n: int) -> int:
    """List and describe the living of one realm, by slot. Modifies out and ``space.about``.

    Returns:
        The number of agents listed up to now.
    """
    first = n
    for e in range(state.clock[w].top):  # above it no slot lives
        if state.agents[w, e].alive:
            out.ent[n] = state.agents[w, e]
            out.realm[n] = w
            _describe(state.agents[w, e], space.about[n - first], rules)
            n += 1
    return n


@lean
def list_everyone(state: State, space: Space, rules: Any, w: int, agents: Array) -> int:
    """List the living of a realm with NPCs, and describe its NPCs. Modifies space in place.

    Args:
        state: read only.
        space: ``about`` describes the agents.
        rules: RULES.
        w: the realm.
        agents: AGENT (n,), its living agents, by slot.

    Returns:
        The number of entities listed.
    """
    A, count = state.lives.shape[1], len(agents)
    for k in range(count):
        space.everyone[k] = agents[k]
        space.traits[k] = 0
    for e in range(A, state.agents.shape[1]):
        if not state.agents[w, e].alive:
            continue
        npc, about, traits = state.npcs[w, e - A], space.about[count], space.traits[count]
        space.everyone[count] = state.agents[w, e]
        _describe(state.agents[w, e], about, rules)
        about.immune = about.can_take = about.can_earn = False
        traits[0], traits[1], traits[2] = npc.kind, npc.level, npc.style
        count += 1
    return count


@lean
def describe_skills(state: State, space: Space, out: Sight, w: int, first: int, last: int) -> None:
    """Write the levels of a realm's agents, for themselves and others. Modifies out and space.

    Args:
        state: read only.
        space: receives the traits of the agents.
        out: lists the agents; receives their standing.
        w: the realm.
        first: number of its first agent.
        last: number of its last agent, plus one.
    """
    tick = state.clock[w].tick
    for n in range(first, last):
        skills, traits = state.skills[w, out.ent[n].slot], space.traits[n - first]
        best = 0
        for skill in range(NUM_SKILLS):
            level = _level_of(skills.experience[skill])
            out.standing[n, skill] = level
            best = max(best, level)
        out.standing[n, NUM_SKILLS] = tick < skills.combat_until
        traits[0], traits[1], traits[2] = _AGENT, best, main_style_of(skills)
