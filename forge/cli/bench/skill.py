"""Time how long the default learner takes to reach a skill, from nothing."""

import math
from statistics import median
from time import perf_counter

from forge.args import Args
from forge.cli.bench.measure import Say
from forge.cli.bench.plan import Plan
from forge.cli.bench.report import Figures, machine
from forge.config import Law
from forge.ethyr.summary import COMPLETED
from forge.trinity import smith

Reached = dict[float, tuple[float, int]]  # mean lifetime → seconds, agent-steps


def measure_skill(plan: Plan, say: Say) -> Figures:
    """Train once per seed, on all cores, with the default settings and one population.

    Args:
        plan: ``lifetimes`` to reach, ``seeds``, and the ``patience`` for each seed.
        say: shows the progress.

    Returns:
        Medians over the seeds, as JSON values; None if most seeds did not get there in time.
    """
    runs = []
    for seed in range(plan.seeds):
        runs.append(train(plan, seed))
        say(f"seed {seed}: {told(runs[-1])}")
    figures: Figures = {"machine": machine(), "workers": plan.workers, "seeds": plan.seeds}
    for lifetime in plan.lifetimes:
        found = [run.get(lifetime, (math.inf, math.inf)) for run in runs]
        seconds, steps = median(s for s, _ in found), median(n for _, n in found)
        there = seconds < math.inf
        figures[f"lifetime_{lifetime:g}_s"] = seconds if there else None
        figures[f"lifetime_{lifetime:g}_agent_steps"] = steps if there else None
    return figures


def train(plan: Plan, seed: int) -> Reached:
    """Train until the longest lifetime is reached, or the patience ends.

    Returns:
        When each lifetime was reached: seconds since the first epoch began, agent-steps.
    """
    config = Law(max_agents=plan.agents, populations=1)
    args = Args(nRealm=plan.realms, nWorker=plan.workers, seed=seed, quiet=True)
    reached: Reached = {}
    with smith.Native(config, args) as envs:
        start = perf_counter()
        for summary in envs:
            seconds = perf_counter() - start
            for lifetime in plan.lifetimes:
                if (summary[COMPLETED] or 0) >= lifetime:
                    reached.setdefault(lifetime, (seconds, summary["agent_steps"]))
            if len(reached) == len(plan.lifetimes) or seconds > plan.patience:
                break
    return reached


def told(reached: Reached) -> str:
    """Write when each lifetime was reached."""
    if not reached:
        return "no lifetime reached"
    return ", ".join(
        f"lifetime {lifetime:g} after {s:.1f} s" for lifetime, (s, _) in reached.items()
    )
