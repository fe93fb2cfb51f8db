"""Time the world alone: tick and observe, driven by careful agents whose cost is not counted."""

import multiprocessing
from dataclasses import dataclass
from multiprocessing.connection import Connection
from time import perf_counter

from forge.blade import Realms
from forge.blade.scripted import careful
from forge.cli.bench.plan import Plan

START_SECONDS = 120.0  # most time of a process to import, compile and warm up


@dataclass
class WorldTimes:
    """The result of one measurement.

    Attributes:
        agent_steps: ticks of living agents.
        rows: rows of others that were observed.
        advance: time of the first halves of the ticks [s].
        bear: time of the second halves, births and observing [s].
        observe: time of observing once more, measured separately [s].
    """

    agent_steps: int = 0
    rows: int = 0
    advance: float = 0.0
    bear: float = 0.0
    observe: float = 0.0

    @property
    def agent_steps_per_s(self) -> float:
        """Rate of ticking and observing."""
        return self.agent_steps / (self.advance + self.bear)


class World:
    """Realms in shards, as training holds them, after their warm-up.

    Args:
        plan: the setting.
        shards: the realms of each shard; by default all of the plan.
    """

    def __init__(self, plan: Plan, shards: list[list[int]] | None = None) -> None:
        config = plan.config()
        self.plan = plan
        self.batches = [
            Realms(config, indices=shard) for shard in (plan.shards if shards is None else shards)
        ]
        self._play(plan.warmup)
        self._observe(1)  # compile before measuring

    def run(self) -> WorldTimes:
        """Take one measurement."""
        times = self._play(self.plan.ticks)
        few = self.plan.ticks // 4
        times.observe = self._observe(few) * self.plan.ticks / few
        return times

    def _observe(self, times: int) -> float:
        """Observe all realms repeatedly, shard by shard, as in a run.

        Returns:
            Time that it took [s].
        """
        start = perf_counter()
        for realms in self.batches:
            for _ in range(times):
                realms.observe()
        return perf_counter() - start

    def _play(self, ticks: int) -> WorldTimes:
        """Play ticks; as in training, each shard plays a rollout before the next shard does."""
        times = WorldTimes()
        horizon = self.plan.config().horizon
        for first in range(0, ticks, horizon):
            for realms in self.batches:
                for _ in range(min(horizon, ticks - first)):
                    _play_tick(realms, times)
                realms.take_lives()
        return times


def _play_tick(realms: Realms, times: WorldTimes) -> None:
    """Play and time one tick. Modifies both in place."""
    actions = careful(realms.observation)
    times.agent_steps += len(realms.observation)
    times.rows += len(realms.observation.who)
    start = perf_counter()
    realms.advance(actions)
    middle = perf_counter()
    realms.bear()
    times.bear += perf_counter() - middle
    times.advance += middle - start


class Worlds:
    """One World per worker process, measured all at once; a context manager."""

    def __init__(self, plan: Plan) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._links: list[Connection] = []
        self._processes = []
        for worker in range(plan.workers):
            here, there = spawn.Pipe()
            shards = plan.shards[worker :: plan.workers]
            process = spawn.Process(target=_serve, args=(there, plan, shards), daemon=True)
            process.start()
            there.close()
            self._links.append(here)
            self._processes.append(process)

    def run(self) -> float:
        """Measure once, all processes at the same time.

        Returns:
            Sum of the rates of all processes [agent-steps/s].
        """
        for link in self._links:
            link.send("run")
        return sum(self._answer(link).agent_steps_per_s for link in self._links)

    @staticmethod
    def _answer(link: Connection) -> WorldTimes:
        if not link.poll(START_SECONDS):
            raise TimeoutError("a process of the benchmark does not answer")
        times = link.recv()
        assert isinstance(times, WorldTimes)
        return times

    def __enter__(self) -> "Worlds":
        return self

    def __exit__(self, *_: object) -> None:
        """End the processes."""
        for link in self._links:
            link.close()
        for process in self._processes:
            process.join()


def _serve(link: Connection, plan: Plan, shards: list[list[int]]) -> None:
    """Take a measurement at each request, until the other side closes."""
    world = World(plan, shards)
    try:
        while True:
            link.recv()
            link.send(world.run())
    except (EOFError, OSError, KeyboardInterrupt):
        link.close()
