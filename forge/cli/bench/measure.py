"""Take all measurements of the benchmark, interleaved, and put the figures together."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any

from forge.cli.bench import probes, vectorenv
from forge.cli.bench.calibration import Calibration
from forge.cli.bench.cores import shares
from forge.cli.bench.plan import Plan
from forge.cli.bench.report import Figures, Samples, machine
from forge.cli.bench.swords import LavaMasked, RolloutOnly, Timed
from forge.cli.bench.training import Training
from forge.cli.bench.vecenv import Stepping
from forge.cli.bench.world import World, Worlds

PARTS_MEASURED = ("tick", "observe", "decide", "collect", "learn")

Say = Callable[[str], None]  # shows the progress, line by line


def measure(plan: Plan, say: Say) -> Figures:
    """Measure everything.

    Args:
        plan: the setting.
        say: shows the progress.

    Returns:
        JSON values under names that say what they are and in which unit.
    """
    say("fresh processes: start to first tick, memory")
    figures = _fresh_processes(plan)
    with ExitStack() as stack:
        subjects = _subjects(plan, stack, say)
        samples = Samples()
        for run in range(plan.runs):
            say(f"run {run + 1} of {plan.runs}")
            for subject in subjects:
                subject(samples)
    return _figures(plan, samples) | figures


def _fresh_processes(plan: Plan) -> Figures:
    for engine in ("serial", "processes") if plan.runs > 1 else ():
        probes.start_to_first_tick(engine)  # these fill the caches of compiled kernels and files
    return {
        "start_to_first_tick_serial_s": probes.start_to_first_tick("serial"),
        "start_to_first_tick_processes_s": probes.start_to_first_tick("processes"),
        "peak_memory_bytes": probes.peak_memory(plan),
    }


def _subjects(plan: Plan, stack: ExitStack, say: Say) -> list[Callable[[Samples], None]]:
    """Build and warm up everything to measure; things to compare are measured side by side."""
    many, pg, ppo, eight = plan.workers, plan.config(), plan.config("ppo"), plan.config("pg", 8)

    def training(name: str, *about: Any) -> Callable[[Samples], None]:
        say(f"warming up: {name}")
        subject = stack.enter_context(Training(plan, *about))
        subject.warm_up()
        return lambda samples: _measure_training(samples, name, subject)

    def stepping(name: str, workers: int) -> Callable[[Samples], None]:
        say(f"warming up: {name}")
        subject = stack.enter_context(Stepping(plan, workers))
        return lambda samples: _measure_stepping(samples, name, subject)

    calibration = Calibration()
    say("warming up: env")
    world, worlds = World(plan), stack.enter_context(Worlds(plan))
    subjects = [
        lambda samples: _measure_calibration(samples, calibration),
        lambda samples: _measure_world(samples, world),
        lambda samples: samples.add("env_all_cores_agent_steps_per_s", worlds.run()),
        stepping("vecenv", 1),
        stepping("vecenv_all_cores", min(plan.cores, plan.realms)),
        training("rollout", pg, RolloutOnly),
        training("rollout_all_cores", pg, RolloutOnly, many),
        training("train_ppo", ppo, LavaMasked),
        training("train_ppo_all_cores", ppo, LavaMasked, many),
        training("train_8_populations", eight, LavaMasked),
        training("train", pg, Timed),
        training("train_all_cores", pg, LavaMasked, many),
    ]
    if vectorenv.installed():
        say("warming up: vectorenv")
        vector = vectorenv.VectorStepping(plan)
        subjects.append(lambda samples: samples.add("vectorenv_agent_steps_per_s", vector.run()))
    if plan.cores >= 2 and many != 2:
        subjects.append(training("train_two_workers", pg, LavaMasked, 2))
    return subjects


def _measure_calibration(samples: Samples, calibration: Calibration) -> None:
    for name, value in calibration.run().items():
        samples.add(name, value)


def _measure_world(samples: Samples, world: World) -> None:
    times = world.run()
    steps = times.agent_steps
    samples.add("env_agent_steps_per_s", times.agent_steps_per_s)
    samples.add("observe_us", times.observe / steps * 1e6)
    samples.add("tick_us", (times.advance + times.bear - times.observe) / steps * 1e6)
    samples.add("env_rows_per_agent", times.rows / steps)


def _measure_stepping(samples: Samples, name: str, stepping: Stepping) -> None:
    times = stepping.run()
    samples.add(f"{name}_agent_steps_per_s", times.agent_steps / times.seconds)
    samples.add(f"{name}_bytes_per_agent_step", times.bytes / times.agent_steps)


def _measure_training(samples: Samples, name: str, training: Training) -> None:
    before, rows, decided = dict(Timed.seconds), Timed.rows, Timed.agent_steps
    times = training.run()
    steps = times.agent_steps
    samples.add(f"{name}_agent_steps_per_s", times.agent_steps_per_s)
    samples.add(f"{name}_bytes_per_agent_step", times.bytes / steps)
    ticks = training.epochs * training.horizon * training.plan.realms
    samples.add(f"{name}_living", steps / ticks)
    if times.core is not None:
        samples.add(f"{name}_core_us", times.core / steps * 1e6)
    if times.use is not None:
        workers = len(training.envs.pids)
        found = shares(times.use, times.parent, times.seconds, workers)
        for share, value in found._asdict().items():
            samples.add(f"{name}_{share}_share", value)
    for part in Timed.seconds if decided < Timed.agent_steps else ():
        spent = Timed.seconds[part] - before.get(part, 0.0)
        samples.add(f"{part}_us", spent / steps * 1e6)
    if decided < Timed.agent_steps:
        samples.add("rows_per_agent", (Timed.rows - rows) / (Timed.agent_steps - decided))
        samples.add("train_us", times.seconds / steps * 1e6)


def _figures(plan: Plan, samples: Samples) -> Figures:
    found = samples.medians()
    rates = {name: value for name, value in found.items() if name.endswith("agent_steps_per_s")}
    parts = {f"{part}_us": found[f"{part}_us"] for part in PARTS_MEASURED}
    two = "train_all_cores" if plan.workers == 2 else "train_two_workers"
    rate = "{}_agent_steps_per_s".format
    native, native_ppo, stepped = (
        found[f"{name}_bytes_per_agent_step"]
        for name in ("train_all_cores", "train_ppo_all_cores", "vecenv")
    )
    ways = {  # where the workers' time goes; what the same work costs with several at once
        f"{name}_core_cost_ratio": samples.ratio(f"{name}_all_cores_core_us", f"{name}_core_us")
        for name in ("train", "train_ppo")
        if f"{name}_all_cores_core_us" in found
    }
    ways |= {name: value for name, value in found.items() if name.endswith("_share")}
    return {
        "setting": asdict(plan),
        "machine": machine(),
        "calibration": {name: found[name] for name in ("loop_ns", "copy_gb_per_s")},
        "workers": plan.workers,
        "vectorenv_agent_steps_per_s": None,  # gymnasium is not installed
        **rates,
        **parts,
        **ways,
        "other_us": found["train_us"] - sum(parts.values()),
        "two_workers_speedup": (
            samples.ratio(rate(two), rate("train")) if rate(two) in found else None
        ),
        "all_cores_speedup_ppo": samples.ratio(rate("train_ppo_all_cores"), rate("train_ppo")),
        "eight_populations_cost_ratio": samples.ratio(rate("train"), rate("train_8_populations")),
        "bytes_per_agent_step": native,
        "bytes_per_agent_step_ppo": native_ppo,
        "vecenv_bytes_per_agent_step": stepped,
        "vecenv_over_native_bytes": stepped / native,
        "vecenv_over_native_bytes_ppo": stepped / native_ppo,
        "living_mean": found["train_living"],
        "rows_per_agent": found["rows_per_agent"],
        "env_rows_per_agent": found["env_rows_per_agent"],
    }
