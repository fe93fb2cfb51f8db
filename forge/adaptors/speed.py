"""Time the adaptors: agent-steps per second, driven by careful agents whose cost is not counted."""

from time import perf_counter
from typing import NamedTuple

import numpy as np

from forge.adaptors.gymnasium import ForgeVectorEnv
from forge.blade.config import Config
from forge.blade.scripted import careful


class Speed(NamedTuple):
    """What one measurement showed. An agent-step is one living agent's tick."""

    agent_steps: int
    seconds: float  # in step() alone

    @property
    def agent_steps_per_s(self) -> float:
        """Rate of stepping."""
        return self.agent_steps / self.seconds


def vector_env_speed(
    config: Config, realms: int = 16, warmup: int = 500, ticks: int = 256, copy: bool = True
) -> Speed:
    """Time ``ForgeVectorEnv.step``.

    Args:
        config: settings of the world. With ``births=max_agents`` all places are living.
        realms: number of realms.
        warmup: ticks before anything is measured.
        ticks: that are measured.
        copy: whether observations are copied, as they are by default.
    """
    env = ForgeVectorEnv(config, realms, copy=copy)
    env.reset(seed=0)
    actions = np.zeros(env.action_space.shape or (), np.int64)
    moves = actions[:, 0] if config.combat else actions
    agent_steps, seconds = 0, 0.0
    for tick in range(warmup + ticks):
        moves[env.slots.place] = careful(env.realms.observation).move
        living = len(env.slots.place)
        start = perf_counter()
        env.step(actions)
        if tick >= warmup:
            seconds += perf_counter() - start
            agent_steps += living
    env.close()
    return Speed(agent_steps, seconds)
