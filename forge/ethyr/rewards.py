"""Reward agents for a tick by a named rule: the default of Swords and of all adaptors.

In worlds with quests, what an agent did for its quest is added to the rule's reward:

    r_t = rule_t + quest_weight · events.quest_t

Over a life, the second part adds up to ``quest_weight`` times the quest's progress (0 … 1).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.config import Config

Array = NDArray[Any]


def _death(died: Array, dtype: Any) -> Array:
    """Give −1 at death, else 0."""
    return 0 - died.astype(dtype)  # no −0


def _alive(died: Array, dtype: Any) -> Array:
    """Give +1 for each tick lived."""
    return np.ones(len(died), dtype)


NAMED: dict[str, Callable[[Array, Any], Array]] = {"death": _death, "alive": _alive}


def named_reward(name: str, config: Config, events: Any, dtype: Any = np.float32) -> Array:
    """Reward all agents for a tick.

    Args:
        name: of the rule; one of ``NAMED``.
        config: settings of the world; its ``quest_weight`` counts in worlds with quests.
        events: EVENT (N,).
        dtype: of the rewards.

    Returns:
        (N,), of that dtype.
    """
    rewards = NAMED[name](np.asarray(events["died"]), dtype)
    if config.quests:
        rewards += np.multiply(events["quest"], config.quest_weight, dtype=dtype)
    return rewards
