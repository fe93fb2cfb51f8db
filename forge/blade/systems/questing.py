"""Agents are given quests at birth, and come closer to their ends by what they do."""

from typing import Any

import numpy as np

from forge.blade.buffers import Sight
from forge.blade.categories import NUM_STEPS
from forge.blade.happenings import Happening
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
from forge.blade.trades import MOST_GOLD

_LEVEL, _GOLD, _EARNED, _SPENT, _DISTANCE, _TILES, _EQUIPMENT, _OWNED, _LIFETIME, _WORN = (
    task_number(quantity) for quantity in Quantity
)
_FIND_GOLD, _BUY, _SELL, _GIVE, _GIVE_GOLD = (
    int(it)
    for it in (
        Happening.FIND_GOLD,
        Happening.BUY,
        Happening.SELL,
        Happening.GIVE,
        Happening.GIVE_GOLD,
    )
)
_NOTHING = 0  # no happening
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
def _fits(state: State, rules: Any, w: int, quest: Any, found: Any) -> bool:
    """Tell whether a NOTE is about what a QUEST asks for, whatever happened."""
    return bool(
        (quest.kind == 0 or quest.kind == found.kind)
        and (quest.other == 0 or quest.other == kind_of(state, w, found.other))
        and (quest.level == 0 or quest.level <= level_noted(state, rules, w, found))
    )


@inlined
def _undone(code: int, mine: bool) -> int:
    """Find the happening that another one undoes; ``_NOTHING``: it undoes none.

    Args:
        code: of what happened.
        mine: whether it happened to who asks, and not to the other who takes part.
    """
    if code in (_SELL, _BUY):
        return _BUY if code == _SELL else _SELL
    return _NOTHING if mine else code  # a gift that is received undoes one that was made


@inlined
def _gold_moved(task: int, found: Any, mine: bool) -> int:
    """Count by how much a NOTE changes the gold that was earned, or spent.

    What is paid lowers what was earned, and what is paid to one what it has spent. A gift is
    neither earned nor spent, but it lowers what its giver has earned and its receiver has spent, so
    that no piece of gold counts twice as it goes to and fro.
    """
    earns = task == _EARNED
    if found.code == _FIND_GOLD:
        return int(found.number) if earns else 0
    if found.code == _GIVE_GOLD:
        return -1 if mine == earns else 0
    if found.code in (_SELL, _BUY):
        price: Any = np.int64(found.price)  # a byte has no sign
        return int(price if (found.code == _SELL) == earns else -price)
    return 0


@inlined
def _count(state: State, rules: Any, w: int, e: int, found: Any) -> None:
    """Count a NOTE for the quest of the agent in slot e, who takes part. Modifies state in place.

    What it did is counted, and taken off where it was undone. Nobody owes more than it did, except
    gold: who spends gifts has not earned anything before it has earned as much.
    """
    quest, mine = state.quests[w, e], found.slot == e
    if quest.task in (_EARNED, _SPENT):
        moved = _gold_moved(quest.task, found, mine)
        quest.counted = min(quest.counted + moved, MOST_GOLD)  # more finds no room in a purse
    elif quest.task == found.code and mine:
        quest.counted += _fits(state, rules, w, quest, found)
    elif quest.task == _undone(found.code, mine):
        quest.counted -= _fits(state, rules, w, quest, found)
    if quest.task != _EARNED:
        quest.counted = max(quest.counted, 0)


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
def _worn(bag: Any, kind: int, level: int) -> int:
    """Count what is worn of a BAG of a kind, 0: of any, and of at least a level."""
    worn = 0
    for k in range(PLACES):
        if bag.worn[k] and (kind == 0 or bag.kind[k] == kind) and bag.level[k] >= level:
            worn += 1
    return worn


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
    """Find how far a QUEST has come: what was counted, or its quantity beyond that at birth."""
    task, agent = quest.task, state.agents[w, e]
    if task <= NUM_HAPPENINGS or task in (_EARNED, _SPENT):
        return int(quest.counted)
    if task == _LEVEL:
        skills = state.skills[w, e]
        if quest.kind == 0:
            return best_level(skills) - _FIRST_LEVEL
        return int(_level_of(skills.experience[quest.kind - 1])) - _FIRST_LEVEL
    if task == _GOLD:
        return int(state.purses[w, e].gold)
    if task == _DISTANCE:
        return int(max(abs(agent.row - quest.home_row), abs(agent.col - quest.home_col)))
    if task == _TILES:
        return int(_tiles(state, w, e))
    if task == _EQUIPMENT:
        return int(_levels_worn(state.bags[w, e]))
    if task == _OWNED:
        return int(_pieces(state.bags[w, e], quest.kind, quest.level))
    if task == _WORN:
        return int(_worn(state.bags[w, e], quest.kind, quest.level))
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
        _count(state, rules, w, found.slot, found)
        if found.code in (_GIVE, _GIVE_GOLD):
            _count(state, rules, w, found.other, found)
    for e in range(state.clock[w].top):
        if not state.agents[w, e].alive:
            continue
        quest: Any = state.quests[w, e]
        more = min(_reached(state, w, e, quest), quest.goal) - quest.progress
        if more > 0:
            quest.progress += more
            events[scratch.intents[w, e].index].quest = more / quest.goal


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
