"""Measure what the systems of Saga cost: ``python Forge.py bench --saga``.

Each line of the table comes from a process of its own: the benchmark starts
``python -m forge.cli.bench.systems PLAN WORLD``.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median
from time import process_time

from forge.blade import Observation, Realms
from forge.blade.declared import declared_in
from forge.blade.needs import state_bytes
from forge.blade.scripted import SCRIPTED
from forge.cli.bench.child import figures_of
from forge.cli.bench.footprint import family, proportional_set_size
from forge.cli.bench.plan import Plan
from forge.cli.bench.report import Figures, machine
from forge.cli.bench.swords import LavaMasked
from forge.cli.bench.training import Training
from forge.config import Config, preset

# Who drives each world: it does all that can be done there. Its decisions are not counted. Agents
# that choose at random drive it, too, as is usual where speed is measured; they die young.
DRIVERS = {"law128": "careful", "chaos128": "greedy", "saga128": "trader", "saga1024": "trader"}


@dataclass(frozen=True)
class SagaPlan:
    """The setting of the measurement.

    Attributes:
        worlds: presets; all slots of agents are kept occupied, by one population.
        realms: realms of a world of 128 agents; others have as many agents in all, in one or more.
        warmup: ticks before measuring, in which NPCs are born.
        ticks: ticks of the world per measurement.
        epochs: epochs of training per measurement, of 64 ticks, with pg and 32 units.
        runs: measurements; medians are reported.
    """

    worlds: tuple[str, ...] = tuple(DRIVERS)
    realms: int = 4
    warmup: int = 200
    ticks: int = 256
    epochs: int = 4
    runs: int = 5


def quick_saga_plan() -> SagaPlan:
    """Build a plan that takes seconds; its figures only show that it works."""
    return SagaPlan(("law128", "saga128"), realms=1, warmup=4, ticks=4, epochs=1, runs=1)


def config_of(world: str) -> Config:
    """Build the config of a world, with births enough to keep every slot occupied."""
    config = preset(world)
    return config.replace(populations=1, births=config.max_agents)


def measure_saga(plan: SagaPlan, say: Callable[[str], None]) -> Figures:
    """Measure all worlds, one after the other.

    Args:
        plan: the setting.
        say: shows the progress.

    Returns:
        JSON values under names that say what they are and in which unit.
    """
    lines = []
    for world in plan.worlds:
        say(world)
        lines.append(figures_of("forge.cli.bench.systems", plan, world, what=world))
    return {"setting": asdict(plan), "machine": machine(), "saga": lines}


def measure_world(plan: SagaPlan, world: str) -> Figures:
    """Measure one world in this process, on one core."""
    config = config_of(world)
    num_realms = max(1, plan.realms * 128 // config.max_agents)
    at_random = _speed(plan, Realms(config, indices=range(num_realms)), "random")
    realms = Realms(config, indices=range(num_realms))
    driven = _speed(plan, realms, DRIVERS[world])
    obs = realms.observation
    held = proportional_set_size(family())
    return {
        "world": world,
        "realms": num_realms,
        "living": len(obs) / num_realms,
        "npcs": (int(realms.state.agents["alive"].sum()) - len(obs)) / num_realms,
        "rows_per_agent": len(obs.who) / len(obs),
        "env_agent_steps_per_s": driven,
        "random_agent_steps_per_s": at_random,
        "train_agent_steps_per_s": _trained(plan, config, num_realms),
        "observed_bytes_per_agent": observed_bytes(obs) / len(obs),
        "state_bytes_per_realm": state_bytes(config, 1),
        "memory_bytes": held,
    }


def observed_bytes(obs: Observation) -> int:
    """Count the bytes of all that agents observe; what a realm shares counts once.

    Numbers that decisions are drawn with come along, but are not observed.
    """
    return sum(getattr(obs, name).nbytes for name in declared_in(Observation) if name != "draws")


def _speed(plan: SagaPlan, realms: Realms, driver: str) -> float:
    """Measure ticks and observing; return the median rate [agent-steps/s]."""
    _play(realms, driver, plan.warmup)
    return 1 / median(_play(realms, driver, plan.ticks) for _ in range(plan.runs))


def _play(realms: Realms, driver: str, ticks: int) -> float:
    """Play; return the processor's time for ticks and observing [s per agent-step]."""
    seconds, steps = 0.0, 0
    for _ in range(ticks):
        actions = SCRIPTED[driver](realms.observation)
        steps += len(realms.observation)
        began = process_time()
        realms.step(actions)
        seconds += process_time() - began
        realms.take_lives()
    return seconds / steps


def _trained(plan: SagaPlan, config: Config, num_realms: int) -> float:
    """Train with pg and 32 units; return the median rate [agent-steps/s]."""
    config = config.replace(learner="pg", hidden=32, horizon=64, learning_rate=0.0)
    about = Plan(realms=num_realms, warmup=plan.warmup, epochs=plan.epochs)
    with Training(about, config, LavaMasked) as training:
        training.warm_up()
        times = [training.run() for _ in range(plan.runs)]
    # In one process all time is the core's.
    return median(each.agent_steps / each.core for each in times if each.core)


if __name__ == "__main__":
    told = SagaPlan(**json.loads(sys.argv[1]))
    sys.stdout.write(json.dumps(measure_world(told, sys.argv[2])))
