"""Choose whom to attack: the weakest agent in reach, by an observation or by the state."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.features import HEALTH
from forge.blade.jit import inlined, kernel
from forge.blade.systems.combat import lands

Array = NDArray[Any]


@kernel
def weakest(others: Array, reach: Array, can_attack: Array, lo: int, hi: int, style: int) -> int:
    """Find the weakest row that a style can attack: lowest health, then nearest, then lowest slot.

    Rows are in order of slots, so the first of equal rows has the lowest slot.

    Args:
        others: float32 (M, F), the rows of an Observation.
        reach: uint8 (M,), Chebyshev distance [tiles].
        can_attack: bool (M, 3).
        lo: the agent's first row (itself).
        hi: one past the agent's last row.
        style: a Style, 0 … 2.

    Returns:
        The row, counted within the agent's own rows; 0 (itself) if the style reaches none.

    Source: docs/world.md, phase 1 (Attack).
    """
    best = 0
    best_health = np.float32(0.0)
    best_reach = 0
    for row in range(lo + 1, hi):
        if not can_attack[row, style]:
            continue
        health = others[row, HEALTH]
        distance = int(reach[row])
        if best == 0 or health < best_health or (health == best_health and distance < best_reach):
            best = row - lo
            best_health = health
            best_reach = distance
    return best


@inlined
def weakest_of(
    agents: Array, slots: Array, can_attack: Array, rules: Any, e: int, lo: int, hi: int, style: int
) -> int:
    """Find the weakest agent that a style can attack, in the same order as ``weakest``.

    The agents themselves are compared; the mask can only exclude some of them.

    Args:
        agents: AGENT (E,), the slots of one realm.
        slots: int32 (M,), the slot behind each row.
        can_attack: bool (M, 3).
        rules: RULES.
        e: the attacker's slot.
        lo: its first row (itself).
        hi: one past its last row.
        style: a Style, 0 … 2.

    Returns:
        The row, as ``weakest`` returns it.

    Source: docs/world.md, phase 1 (Attack).
    """
    attacker = agents[e]
    best = best_health = best_distance = 0
    for row in range(lo + 1, hi):
        victim = agents[slots[row]]
        if not can_attack[row, style] or not lands(attacker, victim, style, rules):
            continue
        distance = max(abs(attacker.row - victim.row), abs(attacker.col - victim.col))
        nearer = victim.health == best_health and distance < best_distance
        if best == 0 or victim.health < best_health or nearer:
            best, best_health, best_distance = row - lo, victim.health, distance
    return best
