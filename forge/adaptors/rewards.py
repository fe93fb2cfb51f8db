"""Reward agents for a tick, by a named rule or the user's function."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.observation import Observation
from forge.blade.realm import Realms
from forge.config import Config
from forge.errors import shown
from forge.ethyr.rewards import NAMED, named_reward

Array = NDArray[Any]
Reward = Callable[[Observation, Any], Array]


def reward_function(reward: str | Reward | None, config: Config) -> Reward:
    """Find the function of a reward.

    Args:
        reward: "death": −1 at death, else 0; "alive": +1 for each tick lived; both with what was
            done for quests, as of a Sword (forge.ethyr.rewards); or a function, as of a Sword,
            ``reward(obs, events) → float (N,)``, of the observation acted on and of the events of
            its agents. None: ``config.reward``.
        config: settings of the world.

    Raises:
        ValueError: for an unknown name.
    """
    if callable(reward):
        return reward
    name = config.reward if reward is None else reward
    if not isinstance(name, str) or name not in NAMED:
        raise ValueError(f"reward is one of {', '.join(NAMED)}, or a function; not {shown(name)}")
    return partial(_by_name, name, config)


def _by_name(name: str, config: Config, obs: Observation, events: Any) -> Array:
    return named_reward(name, config, events, np.float64)


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
