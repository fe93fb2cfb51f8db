"""Reward agents for a tick, by a named rule or the user's function."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.observation import Observation
from forge.blade.realm import Realms
from forge.errors import shown

Array = NDArray[Any]
Reward = Callable[[Observation, Any], Array]


def _death(obs: Observation, events: Any) -> Array:
    return 0.0 - np.asarray(events["died"], np.float64)  # no −0


def _alive(obs: Observation, events: Any) -> Array:
    return np.ones(len(obs))


NAMED: dict[str, Reward] = {"death": _death, "alive": _alive}


def reward_function(reward: str | Reward) -> Reward:
    """Find the function of a reward.

    Args:
        reward: "death": −1 at death, else 0; "alive": +1 for each tick lived; or a function, as of
            a Sword, ``reward(obs, events) → float (N,)``, of the observation acted on and of the
            events of its agents.

    Raises:
        ValueError: for an unknown name.
    """
    if callable(reward):
        return reward
    if not isinstance(reward, str) or reward not in NAMED:
        raise ValueError(f"reward is one of {', '.join(NAMED)}, or a function; not {shown(reward)}")
    return NAMED[reward]


def rewarded(reward: Reward, realms: Realms, events: Any) -> Array:
    """Reward all agents of the observation acted on, which is still the realms' own.

    Returns:
        float64 (N,).

    Raises:
        ValueError: for rewards of another shape, or a reward that is not finite, naming its realm
            and agent.
    """
    obs = realms.observation
    rewards = np.asarray(reward(obs, events), np.float64)
    if rewards.shape != (len(obs),):
        raise ValueError(f"reward has shape {rewards.shape}, not ({len(obs)},)")
    if not np.isfinite(rewards).all():
        n = int(np.argmin(np.isfinite(rewards)))
        realm, agent = realms.indices[obs.realm[n]], obs.ent["id"][n]
        raise ValueError(f"realm {realm}, agent {agent}: reward {rewards[n]} is not finite")
    return rewards
