"""Time the Gymnasium VectorEnv: steps of all realms, driven by careful agents, not counted."""

from importlib.util import find_spec
from time import perf_counter

import numpy as np

from forge.blade.scripted import careful
from forge.cli.bench.plan import Plan


def installed() -> bool:
    """Say whether gymnasium is installed: it comes with an extra."""
    return find_spec("gymnasium") is not None


class VectorStepping:
    """The VectorEnv after its warm-up, in this process.

    Args:
        plan: the setting.
    """

    def __init__(self, plan: Plan) -> None:
        from forge.adaptors.gymnasium import ForgeVectorEnv

        self.plan = plan
        self._env = ForgeVectorEnv(plan.config(), plan.realms)
        self._env.reset(seed=0)
        self._play(plan.warmup)

    def run(self) -> float:
        """Measure once.

        Returns:
            Ticks of living agents per second in ``step``, copies of observations included.
        """
        return self._play(self.plan.ticks)

    def _play(self, ticks: int) -> float:
        agent_steps, seconds = 0, 0.0
        moves = np.zeros(self._env.num_envs, np.int64)
        for _ in range(ticks):
            place = self._env.slots.place
            moves[place] = careful(self._env.realms.observation).move
            agent_steps += len(place)
            start = perf_counter()
            self._env.step(moves)
            seconds += perf_counter() - start
        return agent_steps / seconds
