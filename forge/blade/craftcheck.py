"""Check what the agents of a restored realm did for their professions; see ``validity``.

Shape letters: N living agents, T kinds of tiles.
"""

import numpy as np

from forge.blade.bounds import Bounds, check_columns
from forge.blade.items import NOTHING
from forge.blade.professions import FISH, GIVES, NUM_RESOURCES, RARE, RESOURCES
from forge.blade.skills import MOST_EXPERIENCE, NUM_SKILLS
from forge.blade.state import Array, State
from forge.blade.tiles import NUM_COMMON

_SKILL = [int(resource.skill) for resource in RESOURCES]
_EXPERIENCE = np.array([resource.experience for resource in RESOURCES])
_STOOD_ON = [k for k in range(NUM_RESOURCES) if k != FISH]
_KIND = [int(RESOURCES[k].tile) - NUM_COMMON for k in _STOOD_ON]


def by_kind(state: State, name: str, slots: Array) -> Array:
    """Put a count of lives by kind of tile together, for all kinds of this world.

    Args:
        state: of one realm.
        name: ``ticks_on`` or ``distinct``.
        slots: int64 (N,), of the living agents.

    Returns:
        int64 (N, T).
    """
    parts = [state.lives[name][slots]]
    if len(state.crafts):
        parts.append(state.crafts[name][slots])
    return np.concatenate(parts, axis=1, dtype=np.int64)


def earned(state: State, slots: Array) -> Array:
    """Compute the experience that harvests gave: int64 (N, skills)."""
    gained = np.zeros((len(slots), NUM_SKILLS), np.int64)
    if len(state.crafts):
        gathered = state.crafts["gathered"][slots].astype(np.int64)
        gained[:, _SKILL] = np.minimum(gathered * _EXPERIENCE, MOST_EXPERIENCE)
    return gained


def check_crafts(state: State, slots: Array) -> None:
    """Check the counts of lives, before these are added up with those of other tiles.

    Whoever lives has harvested all resources that it stood on, and caught a fish a tick at most.

    Args:
        state: of one realm.
        slots: int64 (N,), of the living agents.
    """
    crafts, age = state.crafts[slots], state.agents["age"][slots]
    gathered = np.zeros((2, len(slots), NUM_RESOURCES), np.int64)  # the least and the most
    gathered[:, :, _STOOD_ON] = crafts["ticks_on"][:, _KIND]
    gathered[1, :, FISH] = age
    bounds: Bounds = {
        "ticks_on": (0, age[:, None]),
        "distinct": (0, crafts["ticks_on"]),
        "gathered": (gathered[0], gathered[1]),
    }
    check_columns("crafts", crafts, bounds, slots)


def check_yields(state: State, came: Array) -> None:
    """Check how many items came from harvests.

    Args:
        state: of one realm.
        came: int64 (kinds of items,), how many came in all.
    """
    found = sorted({*GIVES, *RARE} - {NOTHING})
    most = np.zeros(len(came), np.int64)
    most[found] = came[found]
    check_columns("yields", state.yields, {"harvested": (0, most)}, axis="kind")
