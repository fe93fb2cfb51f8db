"""What agents carry: put items in, take them out, say who can use them, add up what is worn."""

from typing import Any

import numpy as np

from forge.blade.items import (
    MOST_STACKED,
    NEEDED,
    PLACES,
    QUIVER,
    WORN,
    defence_from,
    offence_from,
)
from forge.blade.jit import inlined
from forge.blade.skills import NUM_SKILLS, level_of

_defence_from, _offence_from = inlined(defence_from), inlined(offence_from)
_level_of = inlined(level_of)


@inlined
def best_level(skills: Any) -> int:
    """Find the level of an agent, SKILLS: that of its best skill."""
    most = skills.experience[0]
    for skill in range(1, NUM_SKILLS):
        most = max(most, skills.experience[skill])
    return int(_level_of(most))


@inlined
def level_for(skills: Any, kind: int) -> int:
    """Find the highest level of a kind of item that an agent, SKILLS, can use."""
    needed = NEEDED[kind]
    return int(_level_of(skills.experience[needed]) if needed >= 0 else best_level(skills))


@inlined
def best_of(standing: Any) -> int:
    """Find the best level in an agent's standing, uint8 (1 + skills,), as ``best_level`` does."""
    best = standing[0]
    for skill in range(1, NUM_SKILLS):
        best = max(best, standing[skill])
    return int(best)


@inlined
def level_seen(standing: Any, best: int, kind: int) -> int:
    """Find the highest level of a kind of item that can be used, as ``level_for`` does.

    Args:
        standing: uint8 (1 + skills,), the agent's levels, as it observes them.
        best: the best of these.
        kind: of the item.
    """
    needed = NEEDED[kind]
    return int(standing[needed] if needed >= 0 else best)


@inlined
def has_place(bag: Any) -> bool:
    """Tell whether a place of a BAG is empty."""
    empty = False
    for k in range(PLACES):  # without an end in between, so that it is vectorised
        empty |= bag.kind[k] == 0
    return bool(empty)


@inlined
def has_room(bag: Any, kind: int, level: int) -> bool:
    """Tell whether a BAG has room for a piece: an empty place, or what ammunition can join."""
    return has_place(bag) or can_join(bag, kind, level)


@inlined
def can_join(bag: Any, kind: int, level: int) -> bool:
    """Tell whether a piece can join ammunition in a BAG."""
    if WORN[kind] != QUIVER:
        return False
    for k in range(PLACES):
        alike = bag.kind[k] == kind and bag.level[k] == level
        if alike and bag.quantity[k] < MOST_STACKED:
            return True
    return False


@inlined
def offence_worn(bag: Any, style: int) -> int:
    """Add up what the worn items of a BAG add to offence in a style."""
    total = 0
    for k in range(PLACES):
        if bag.worn[k]:
            level: Any = np.int64(bag.level[k])  # a byte would not hold what it adds
            total += _offence_from(bag.kind[k], level, style)
    return total


@inlined
def defence_worn(bag: Any) -> int:
    """Add up what the worn items of a BAG add to defence."""
    total = 0
    for k in range(PLACES):
        if bag.worn[k]:
            level: Any = np.int64(bag.level[k])
            total += _defence_from(bag.kind[k], level)
    return total


@inlined
def place_worn(bag: Any, slot: int) -> int:
    """Find the place of the item that is worn in a slot; −1: there is none."""
    for k in range(PLACES):
        if bag.worn[k] and WORN[bag.kind[k]] == slot:
            return k
    return -1


@inlined
def clear(bag: Any, k: int) -> None:
    """Empty a place. Modifies bag in place."""
    bag.kind[k], bag.level[k], bag.quantity[k], bag.worn[k] = 0, 0, 0, 0


@inlined
def put(bag: Any, kind: int, level: int, quantity: int) -> int:
    """Put pieces of one kind and level into a bag, not worn. Modifies bag in place.

    Ammunition joins what is there of its kind and level, place by place; the rest takes the first
    empty place.

    Returns:
        The pieces for which there was no room.
    """
    left = quantity
    if WORN[kind] == QUIVER:
        for k in range(PLACES):
            if bag.kind[k] == kind and bag.level[k] == level:
                more = min(left, MOST_STACKED - bag.quantity[k])
                bag.quantity[k] += more
                left -= more
    for k in range(PLACES):
        if left > 0 and bag.kind[k] == 0:
            bag.kind[k], bag.level[k], bag.quantity[k], bag.worn[k] = kind, level, left, 0
            left = 0
    bag.gained += quantity - left
    return left
