"""Agents are given quests at birth, and come closer to their ends by what they do."""

from typing import Any

from forge.blade.buffers import Sight
from forge.blade.categories import NUM_STEPS
from forge.blade.items import PLACES
from forge.blade.jit import inlined, lean
from forge.blade.numbers import size_of
from forge.blade.questtasks import MEASURES, NUM_HAPPENINGS, Quantity, task_number
from forge.blade.rules import Scratch
from forge.blade.skills import level_of
from forge.blade.state import Array, State
from forge.blade.streams import WORLD, below
from forge.blade.systems.bags import best_level
from forge.blade.systems.noting import kind_of, level_noted

_LEVEL, _GOLD, _EARNED, _SPENT, _DISTANCE, _TILES, _EQUIPMENT, _OWNED, _LIFETIME = (
    task_number(quantity) for quantity in Quantity
)
_FIRST_LEVEL = MEASURES[Quantity.LEVEL].first
_level_of, _size_of = inlined(level_of), inlined(size_of)


@inlined
def draw_quest(state: State, odds: Array, w: int) -> int:
    """Draw a quest by the weights, from the world's stream. Modifies state in place.

    Args:
        state: of all realms.
        odds: int64 (Q,), the weight of each quest, and of those before it.
        w: the realm.

    Returns:
        Its number, from 1.
    """
    drawn, number = below(state.streams[w, WORLD], odds[-1]), 1
    while odds[number - 1] <= drawn:
        number += 1
    return number


@lean
def give_quest(state: State, quests: Array, w: int, e: int, number: int) -> None:
    """Give a newborn a quest. Modifies state in place.

    Args:
        state: of all realms.
        quests: QUEST (Q,), as newborns are given them.
        w: the realm.
        e: the newborn's slot.
        number: of the quest, from 1.
    """
    quest, agent = state.quests[w, e], state.agents[w, e]
    state.quests[w, e] = quests[number - 1]
    quest.home_row, quest.home_col = agent.row, agent.col


@inlined
def _counts(state: State, rules: Any, w: int, quest: Any, found: Any) -> bool:
    """Tell whether a NOTE is what a QUEST asks for."""
    return bool(
        quest.task == found.code
        and (quest.kind == 0 or quest.kind == found.kind)
        and (quest.other == 0 or quest.other == kind_of(state, w, found.other))
        and (quest.level == 0 or quest.level <= level_noted(state, rules, w, found))
    )


@inlined
def _pieces(bag: Any, kind: int, level: int) -> int:
    """Count the pieces in a BAG of a kind, 0: of any, and of at least a level."""
    pieces = 0
    for k in range(PLACES):
        alike = bag.kind[k] > 0 if kind == 0 else bag.kind[k] == kind
        if alike and bag.level[k] >= level:
            pieces += int(bag.quantity[k])
    return pieces


@inlined
def _levels_worn(bag: Any) -> int:
    """Add up the levels of what is worn of a BAG."""
    levels = 0
    for k in range(PLACES):
        if bag.worn[k]:
            levels += int(bag.level[k])
    return levels


@inlined
def _tiles(state: State, w: int, e: int) -> int:
    """Count the distinct tiles that the agent in slot e has visited."""
    tiles, life = 0, state.lives[w, e]
    for kind in range(len(life.distinct)):
        tiles += life.distinct[kind]
    if state.crafts.shape[1] > 0:
        craft = state.crafts[w, e]
        for kind in range(len(craft.distinct)):
            tiles += craft.distinct[kind]
    return tiles


@inlined
def _reached(state: State, w: int, e: int, quest: Any) -> int:
    """Measure the quantity that a QUEST asks for, without what a life begins with."""
    task, agent = quest.task, state.agents[w, e]
    if task == _LEVEL:
        skills = state.skills[w, e]
        if quest.kind == 0:
            return best_level(skills) - _FIRST_LEVEL
        return int(_level_of(skills.experience[quest.kind - 1])) - _FIRST_LEVEL
    if task == _GOLD:
        return int(state.purses[w, e].gold)
    if task == _EARNED:
        return int(state.purses[w, e].earned)
    if task == _SPENT:
        return int(state.purses[w, e].spent)
    if task == _DISTANCE:
        return int(max(abs(agent.row - quest.home_row), abs(agent.col - quest.home_col)))
    if task == _TILES:
        return int(_tiles(state, w, e))
    if task == _EQUIPMENT:
        return int(_levels_worn(state.bags[w, e]))
    if task == _OWNED:
        return int(_pieces(state.bags[w, e], quest.kind, quest.level))
    return int(agent.age)


@inlined
def pursue(state: State, scratch: Scratch, events: Array, rules: Any, w: int) -> None:
    """Count what the agents of one realm did in this tick for their quests.

    Modifies state and events in place. The dead are still in their slots: what they did in their
    last tick counts.

    Args:
        state: of all realms.
        scratch: holds what was noted, and the intents.
        events: EVENT (N,).
        rules: RULES.
        w: the realm.
    """
    for i in range(scratch.notes[0].noted):
        found: Any = scratch.noted[i]
        quest: Any = state.quests[w, found.slot]
        if _counts(state, rules, w, quest, found) and quest.progress < quest.goal:
            quest.progress += 1
            events[scratch.intents[w, found.slot].index].quest += 1
    for e in range(state.clock[w].top):
        if not state.agents[w, e].alive:
            continue
        quest = state.quests[w, e]
        event: Any = events[scratch.intents[w, e].index]
        if quest.task > NUM_HAPPENINGS:
            reached = min(_reached(state, w, e, quest), quest.goal)
            event.quest = max(reached - quest.progress, 0) / quest.goal
            quest.progress = max(reached, quest.progress)
        elif event.quest > 0:  # so many steps; as a part of all
            event.quest /= quest.goal


@lean
def see_quests(state: State, out: Sight, w: int, first: int, last: int) -> None:
    """Write the quests of the agents of one realm. Modifies out in place.

    Args:
        state: read only.
        out: lists the agents.
        w: the realm.
        first: number of the realm's first agent.
        last: number of its last agent, plus one.
    """
    for n in range(first, last):
        quest: Any = state.quests[w, out.ent[n].slot]
        goal = max(int(quest.goal), 1)
        out.quest[n, 0], out.quest[n, 1] = quest.task, quest.kind
        out.quest[n, 2], out.quest[n, 3] = quest.level, quest.other
        out.quest[n, 4] = _size_of(quest.goal)
        out.quest[n, 5] = int(quest.progress) * (NUM_STEPS - 1) // goal
