"""Measure cost against the number of agents and of realms: ``python Forge.py bench --scale``.

Each line of the table comes from a process of its own, as memory that was once taken is not given
back: the benchmark starts ``python -m forge.cli.bench.scale PLAN REALMS AGENTS``.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median
from time import perf_counter, process_time

import numpy as np

from forge.blade import Law, Realms
from forge.blade.scripted import careful
from forge.blade.state import padding
from forge.blade.tiles import SAFE
from forge.cli.bench.child import figures_of
from forge.cli.bench.footprint import family, proportional_set_size
from forge.cli.bench.report import Figures, machine

AGENTS = 128  # on Law's own map; all other maps have this density


@dataclass(frozen=True)
class ScalePlan:
    """The setting of the measurement.

    Attributes:
        realms: numbers of realms.
        agents: slots per realm, all occupied.
        most: a combination with more agents in all realms together is left out.
        ticks: ticks of each run, from the same state.
        runs: fewest measurements; medians are reported.
        seconds: least time of all runs of one combination.
    """

    realms: tuple[int, ...] = (1, 4, 16, 100)
    agents: tuple[int, ...] = (128, 1_000, 10_000, 65_535)
    most: int = 100_000
    ticks: int = 4
    runs: int = 9
    seconds: float = 3.0

    def combinations(self) -> list[tuple[int, int]]:
        """List the combinations of realms and agents, one per line."""
        pairs = ((W, E) for E in self.agents for W in self.realms)
        return [(W, E) for W, E in pairs if self.most >= W * E]


def quick_scale_plan() -> ScalePlan:
    """Build a plan that takes seconds; its figures only show that it works."""
    return ScalePlan(realms=(1, 2), agents=(8, 16), most=16, ticks=2, runs=1, seconds=0.0)


def config_of(agents: int) -> Law:
    """Build the config for a number of agents: Law, on a map with the same density as for 128."""
    side = round(Law().side * (agents / AGENTS) ** 0.5)
    size = side + 2 * Law().border
    return Law(max_agents=agents, births=agents, populations=1, map_size=size)


def spread(realms: Realms) -> None:
    """Put all agents on tiles chosen evenly from the walkable tiles. Modifies realms."""
    state, pad = realms.state, padding(realms.config)
    rng = np.random.default_rng(0)
    for w in range(len(realms.indices)):
        free = np.argwhere(np.isin(state.tiles[w], SAFE))
        living = state.agents[w]["alive"]
        at = free[rng.choice(len(free), np.count_nonzero(living), replace=False)]
        state.agents["row"][w, living], state.agents["col"][w, living] = (at - pad).T
        state.crowd[w] = 0
        state.crowd[w][tuple(at.T)] = 1
    realms.observe()


def measure_scale(plan: ScalePlan, say: Callable[[str], None]) -> Figures:
    """Measure all combinations.

    Args:
        plan: the setting.
        say: shows the progress.

    Returns:
        JSON values under names that say what they are and in which unit.
    """
    lines = []
    for realms, agents in plan.combinations():
        say(f"{realms} × {agents} agents")
        what = f"{realms} realms of {agents} agents"
        numbers = str(realms), str(agents)
        lines.append(figures_of("forge.cli.bench.scale", plan, *numbers, what=what))
    return {"setting": asdict(plan), "machine": machine(), "scale": lines}


def measure_one(plan: ScalePlan, num_realms: int, agents: int) -> Figures:
    """Measure one combination in this process."""
    Realms(config_of(8))  # kernels are compiled or loaded before anything is measured
    began = perf_counter()
    realms = Realms(config_of(agents), indices=range(num_realms))
    start = perf_counter() - began
    spread(realms)
    evenly, rows = realms.snapshot(), len(realms.observation.who)
    times: list[tuple[float, float]] = []
    began = perf_counter()
    while len(times) < plan.runs or perf_counter() - began < plan.seconds:
        realms.restore(evenly)
        times.append((_observe(realms, plan.ticks), _play(realms, plan.ticks)))
    N = num_realms * agents
    observe, both = (median(of) / (N * plan.ticks) * 1e6 for of in zip(*times, strict=True))
    return {
        "realms": num_realms,
        "agents": agents,
        "rows_per_agent": rows / N,
        "tick_us": both - observe,
        "observe_us": observe,
        "start_s": start,
        "memory_bytes": proportional_set_size(family()),
    }


def _observe(realms: Realms, times: int) -> float:
    """Observe repeatedly; return the processor's time [s]."""
    began = process_time()
    for _ in range(times):
        realms.observe()
    return process_time() - began


def _play(realms: Realms, ticks: int) -> float:
    """Play ticks of careful agents; return the processor's time without their decisions [s]."""
    seconds = 0.0
    for _ in range(ticks):
        actions = careful(realms.observation)
        began = process_time()
        realms.step(actions)
        seconds += process_time() - began
        realms.take_lives()
    return seconds


if __name__ == "__main__":
    told = ScalePlan(**json.loads(sys.argv[1]))
    sys.stdout.write(json.dumps(measure_one(told, int(sys.argv[2]), int(sys.argv[3]))))
