"""Time VecEnv: steps of all realms, driven by careful agents whose cost is not counted."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

from forge.args import Args
from forge.blade.scripted import careful
from forge.cli.bench.plan import Plan
from forge.trinity.smith import VecEnv


@dataclass
class StepTimes:
    """The result of one measurement.

    Attributes:
        agent_steps: ticks of living agents.
        seconds: time in ``VecEnv.step`` [s].
        bytes: traffic of the workers: actions, observations, lives, messages.
    """

    agent_steps: int = 0
    seconds: float = 0.0
    bytes: int = 0


class Stepping:
    """An environment after its warm-up; a context manager.

    Args:
        plan: the setting.
        workers: processes; 1: it shares one core with this process (where the system lets a
            process choose; elsewhere the two only take turns).
    """

    def __init__(self, plan: Plan, workers: int) -> None:
        self.plan = plan
        self._alone = workers == 1
        self._envs = VecEnv(plan.config(), Args(nRealm=plan.realms, nWorker=workers))
        with self._core():
            self._obs = self._envs.reset()
            self._play(plan.warmup)

    def run(self) -> StepTimes:
        """Take one measurement."""
        with self._core():
            return self._play(self.plan.ticks)

    def _play(self, ticks: int) -> StepTimes:
        times, before = StepTimes(), self._envs.bytes_exchanged
        for _ in range(ticks):
            actions = [careful(obs) for obs in self._obs]
            times.agent_steps += sum(map(len, self._obs))
            start = perf_counter()
            self._obs, *_ = self._envs.step(actions)
            times.seconds += perf_counter() - start
        times.bytes = self._envs.bytes_exchanged - before
        return times

    @contextmanager
    def _core(self) -> Iterator[None]:
        """Keep to one core meanwhile, with the worker, if there is to be one only."""
        if not self._alone or not hasattr(os, "sched_setaffinity"):
            yield
            return
        cores = os.sched_getaffinity(0)
        for process in (0, *self._envs.pids):
            os.sched_setaffinity(process, {max(cores)})
        try:
            yield
        finally:
            os.sched_setaffinity(0, cores)

    def __enter__(self) -> "Stepping":
        return self

    def __exit__(self, *_: object) -> None:
        """End the workers."""
        self._envs.close()
