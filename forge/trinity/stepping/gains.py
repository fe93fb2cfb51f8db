"""Tell by how much agents came closer to the ends of their quests in a tick.

Shape letters: N agents of the new observation, k lives that ended.
"""

from typing import Any

import numpy as np

from forge.blade.observation import Observation
from forge.trinity.trinity import Array


def of_living(events: Any, obs: Observation) -> Array:
    """Tell it of the agents of the new observation: 0 of the newborn.

    Who lives on is observed in the same order as before, by realm and slot.

    Args:
        events: EVENT, of the agents of the last observation.
        obs: the new one.

    Returns:
        float32 (N,).
    """
    gains = np.zeros(len(obs), np.float32)
    gains[obs.ent["age"] > 0] = events["quest"][~events["died"]]
    return gains


def of_dead(events: Any, before: Observation, lives: Array) -> Array:
    """Tell it of those who died.

    Args:
        events: EVENT, of the agents of the last observation.
        before: that observation.
        lives: LIFE (k,), in any order.

    Returns:
        float32 (k,).
    """
    dead = np.flatnonzero(events["died"])
    dead = dead[np.lexsort((before.ent["id"][dead], before.realm[dead]))]
    gains = np.zeros(len(lives), np.float32)
    gains[np.lexsort((lives["id"], lives["realm"]))] = events["quest"][dead]
    return gains
