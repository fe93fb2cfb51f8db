"""What a cluster costs: measure two engines side by side, and work out how far they carry.

    python experiments/cluster.py measure                  # seconds and bytes of an epoch, in pairs
    python experiments/cluster.py model --realms 1000      # limits, with the constants of this file

``measure`` needs Ray (``pip install -e '.[ray]'``). It lets the engines take turns epoch by epoch,
so that whatever else the machine does hits both, and prints the constants of the model.

``model`` adds up an epoch's parts (see ``parts``): what workers compute, what the driver does for
each worker, and what passes through the driver's network card. ``simulate`` plays the same epoch
out, message by message, with shards of unequal length. docs/cluster.md explains the results.

Letters: W workers, m machines, n realms, M bytes of the weights, X exchanges, S bytes of a state.
"""

import dataclasses
import functools
import heapq
import json
import math
import statistics
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import click
import numpy as np

from forge import Args
from forge.cli.options import plain_errors
from forge.config import Config, configured
from forge.ethyr.layout import Layout
from forge.trinity import smith
from forge.trinity.sword import Sword

ENGINES = "processes", "ray"
SHARD = 4  # realms in a shard, by default
JITTER = 0.1  # spread of the time that a shard takes, as a share

# -- The model ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Constants:
    """Costs of an epoch of the default learner in chaos128, as learning begins.

    They are processor times of a shared two-core machine, on a busy day: see docs/cluster.md.
    """

    core: float = 0.0350  # a worker's time for a realm's epoch, playing and learning [s]
    play: float = 0.4  # share of it before the first exchange
    worker: float = 0.0042  # the driver's time for a worker's share of an exchange [s]
    step: float = 0.0023  # the driver's time for the optimiser's step [s]
    realm: float = 0.0002  # the driver's time for a realm's commit [s]
    matrix: int = 1_759_904  # M: weights, and a sum of gradients [bytes]
    state: int = 27_000  # S: a realm's state, with about 22 agents [bytes]
    exchanges: int = 8  # X
    steps: int = 721  # agent-steps of a realm's epoch
    network: float = 1.25e9  # of the driver's card, 10 Gbit/s [bytes/s]
    cores: int = 16  # of a machine


@dataclass(frozen=True)
class Plan:
    """A run on a cluster.

    Attributes:
        realms: n.
        workers: W.
        tree: whether each machine adds up its workers' gradients before they travel.
        drivers: number of drivers that share the realms, and add up their gradients in a ring.
    """

    realms: int
    workers: int
    tree: bool = False
    drivers: int = 1


def parts(plan: Plan, has: Constants) -> dict[str, float]:
    """Work out the parts of an epoch [s].

    compute: the shards of the busiest worker, one after the other.
    exchanges: what an exchange takes beyond the computing in it, X times. The driver tells the
        workers one after the other, while the weights leave for the machines; it takes in the sums
        one after the other, as they are ready; then comes the optimiser's step.
    commit: states come in and are kept.

    With k drivers, n and W are those of one driver, and their ring passes 2 M on in an exchange.
    """
    n, workers = plan.realms / plan.drivers, plan.workers / plan.drivers
    machines = math.ceil(workers / has.cores)
    together, senders = (min(has.cores, workers), machines) if plan.tree else (1, workers)
    shards = math.ceil(math.ceil(n / SHARD) / workers)
    compute = min(n, shards * SHARD) * has.core
    carry, handle = has.matrix / has.network, has.worker / 2
    told, take = max(workers * handle, machines * carry), carry + handle

    def beyond(computed: float) -> float:
        first, last = max(told, together * handle + computed), told + computed
        return max(first + senders * take, last + take) - computed

    learn = (1 - has.play) * compute / has.exchanges
    exchanges = beyond(has.play * compute + learn) + (has.exchanges - 1) * beyond(learn)
    ring = 2 * carry if plan.drivers > 1 else 0
    return {
        "compute": compute,
        "exchanges": exchanges + has.exchanges * (has.step + ring),
        "commit": n * (has.state / has.network + has.realm),
    }


def memory(plan: Plan, has: Constants) -> float:
    """Work out the memory of a driver: three copies of its states, a sum per worker [bytes]."""
    return (3 * plan.realms * has.state + plan.workers * has.matrix) / plan.drivers


def best(realms: int, has: Constants, **more: Any) -> Plan:
    """Find the number of workers with the shortest epoch."""
    most = max(1, realms // SHARD)
    counts = sorted({max(1, round(most * 0.9**i)) for i in range(90)})
    plans = [Plan(realms, count, **more) for count in counts if count >= more.get("drivers", 1)]
    return min(plans, key=lambda plan: sum(parts(plan, has).values()))


def simulate(plan: Plan, has: Constants, seed: int = 0) -> float:
    """Play an epoch of a plan with one driver, message by message; return its length [s].

    The driver does one thing at a time, and its card sends one array at a time. Nothing is assumed
    about which part is longest, and shards take different times.
    """
    rng = np.random.default_rng(seed)
    sizes = [min(SHARD, plan.realms - first) for first in range(0, plan.realms, SHARD)]
    speeds = rng.lognormal(0, JITTER, len(sizes))
    work = [size * has.core * speed for size, speed in zip(sizes, speeds, strict=True)]
    # The rollout: shards wait, a free worker takes the next.
    free = [(_told(w, has), w) for w in range(plan.workers)]
    heapq.heapify(free)
    held = [0.0] * plan.workers  # work of each worker's shards
    for each in work:
        begin, w = heapq.heappop(free)
        held[w] += each
        heapq.heappush(free, (begin + has.play * each, w))
    learn = (1 - has.play) / has.exchanges
    done = [(at + learn * held[w], w) for at, w in free]
    now = _gathered(plan, has, done)
    for _ in range(1, has.exchanges):
        now += has.step
        done = [(_told(w, has) + learn * held[w], w) for w in range(plan.workers)]
        now += _gathered(plan, has, done)
    return now + has.step + plan.realms * (has.state / has.network + has.realm)


def _told(w: int, has: Constants) -> float:
    """Return when a worker has its message and its machine has the weights."""
    return max((w + 1) * has.worker / 2, (1 + w // has.cores) * has.matrix / has.network)


def _gathered(plan: Plan, has: Constants, done: list[tuple[float, int]]) -> float:
    """Return when the driver has the sums of all workers, which are done at these times."""
    now = max(_told(w, has) for _, w in done)
    if plan.tree:  # the last worker of each machine sends its sum
        last: dict[int, float] = {}
        for at, w in done:
            last[w // has.cores] = max(at, last.get(w // has.cores, 0.0))
        done = [(at, machine) for machine, at in last.items()]
    for at, _ in sorted(done):
        now = max(now, at) + has.matrix / has.network + has.worker / 2
    return now


# -- Measuring ----------------------------------------------------------------------------------


def measure(
    config: Config, realms: int, workers: int, epochs: int, after: int = 2
) -> dict[str, Any]:
    """Let the engines take turns, epoch by epoch.

    Args:
        config: settings.
        realms: number of realms.
        workers: number of workers of each engine.
        epochs: number of pairs.
        after: epochs before the first pair; with more, agents live longer and realms are fuller.

    Returns:
        By engine: seconds of an epoch (median), the driver's own time in it, the processor time of
        all processes, and bytes; the ratios of seconds and of processor time, ray ÷ processes, as
        medians over the pairs.
    """
    seconds: dict[str, list[float]] = {engine: [] for engine in ENGINES}
    own: dict[str, list[float]] = {engine: [] for engine in ENGINES}
    busy: dict[str, list[float]] = {engine: [] for engine in ENGINES}
    found: dict[str, Any] = {}
    with ExitStack() as stack:
        runs = {}
        for engine in ENGINES:
            args = Args(nRealm=realms, nWorker=workers, engine=engine, quiet=True)
            runs[engine] = stack.enter_context(smith.Native(config, args))
            since = _steps(runs[engine].run(after))
        before = {engine: runs[engine].bytes_exchanged for engine in ENGINES}
        for epoch in range(after + 1, after + epochs + 1):
            for engine in ENGINES[:: 1 if epoch % 2 else -1]:
                others = _others(runs[engine])
                began, mine, theirs = time.perf_counter(), time.process_time(), _used(others)
                steps = _steps(runs[engine].run(epoch)) - since
                seconds[engine].append(time.perf_counter() - began)
                own[engine].append(time.process_time() - mine)
                busy[engine].append(own[engine][-1] + _used(others) - theirs)
        for engine, run in runs.items():
            sent = run.bytes_exchanged - before[engine]
            found[engine] = {
                "seconds": statistics.median(seconds[engine]),
                "driver": statistics.median(own[engine]),
                "processors": statistics.median(busy[engine]),
                "bytes": sent / epochs,
                "bytes_per_agent_step": sent / steps,
                "agent_steps": steps / epochs,
            }
        assert runs["ray"].digest == runs["processes"].digest
    return {**found, "ratio": _ratio(seconds), "ratio_processors": _ratio(busy)}


def _ratio(found: dict[str, list[float]]) -> float:
    pairs = zip(found["ray"], found["processes"], strict=True)
    return statistics.median(ours / other for ours, other in pairs)


def _others(run: smith.Native) -> list[Any]:
    """List the processes of a run beside this one: workers, and those of Ray itself."""
    import psutil

    from forge.trinity.engines import raylink

    pids = list(run.pids)
    if run.args.engine == "ray":
        pids += [process.pid for process in raylink.own_processes().values()]
    return [psutil.Process(pid) for pid in pids]


def _used(processes: list[Any]) -> float:
    """Add up the processor time of processes so far [s]."""
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def serial_epoch(config: Config, realms: int, epochs: int) -> tuple[float, int, int]:
    """Measure a core's time for an epoch of a realm [s], its agent-steps, and its state [bytes]."""
    with smith.Native(config, Args(nRealm=realms, engine="serial", quiet=True)) as run:
        before = _steps(run.run(2))
        began = time.process_time()
        steps = _steps(run.run(2 + epochs)) - before
        spent = time.process_time() - began
        state = sum(map(len, run.last_commit()[1]))
    return spent / epochs / realms, steps // epochs // realms, state // realms


def _steps(summary: Any) -> int:
    """Take the agent-steps since a run's start from a summary."""
    return int(summary["agent_steps"])


def constants(config: Config, realms: int, epochs: int) -> Constants:
    """Measure the constants of the model, with one and two workers."""
    core, steps, state = serial_epoch(config, realms, epochs)
    one, two = (measure(config, realms, workers, epochs)["ray"] for workers in (1, 2))
    more, fewer = measure(config, 2 * realms, 2, epochs)["ray"], two
    exchanges, parameters = Sword.exchanges(config), Sword.parameters(config)
    worker = max(0.0, two["driver"] - one["driver"]) / exchanges
    realm = max(0.0, more["driver"] - fewer["driver"]) / realms
    step = max(0.0, one["driver"] - exchanges * worker - realms * realm) / exchanges
    return dataclasses.replace(
        Constants(),
        core=core,
        worker=worker,
        realm=realm,
        step=step,
        steps=steps,
        exchanges=exchanges,
        matrix=4 * config.populations * Layout(parameters).size,
        state=state,
    )


# -- The command line ---------------------------------------------------------------------------


COUNT = functools.partial(click.option, show_default=True, type=click.IntRange(1))


@click.group()
def main() -> None:
    """Measure what a cluster costs, or work out how far it carries."""


@main.command("measure")
@click.option("--config", default="chaos128", show_default=True, help="A preset.")
@COUNT("--realms", default=8, help="Worlds of each run.")
@COUNT("--workers", default=2, help="Worker processes.")
@COUNT("--epochs", default=20, help="Pairs of epochs that count.")
@COUNT("--after", default=2, help="Epochs before the pairs.")
@click.option("--fit", is_flag=True, help="Also measure the constants of the model.")
def measured(config: str, realms: int, workers: int, epochs: int, after: int, fit: bool) -> None:
    """Print seconds and bytes of an epoch on both engines, measured in pairs."""
    with plain_errors():
        world = configured(config)
        found = measure(world, realms, workers, epochs, after)
        if fit:
            found["constants"] = dataclasses.asdict(constants(world, realms, epochs))
    click.echo(json.dumps(found, indent=2))


@main.command("model")
@click.option(
    "--realms", default=1000, show_default=True, type=click.IntRange(SHARD),
    help="Worlds that the cluster trains in.",
)  # fmt: skip
@click.option("--gbit", default=10.0, show_default=True, help="The driver's network card.")
def modelled(realms: int, gbit: float) -> None:
    """Print the best plans for a number of realms, and what limits each."""
    has = dataclasses.replace(Constants(), network=gbit * 1e9 / 8)
    click.echo(f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|")
    for name, more in PLANS.items():
        click.echo(line(name, best(realms, has, **more), has))


COLUMNS = ("plan", "workers", "epoch [s]", "compute", "exchanges", "commit", "memory [GB]",
           "agent-steps/s")  # fmt: skip
PLANS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "machines add up": {"tree": True},
    "4 drivers": {"drivers": 4},
    "4 drivers, machines add up": {"drivers": 4, "tree": True},
}


def line(name: str, plan: Plan, has: Constants) -> str:
    """Write a row of the table."""
    found = parts(plan, has)
    total = sum(found.values())
    shares = " | ".join(f"{value:.2f}" for value in found.values())
    return (
        f"| {name} | {plan.workers} | {total:.2f} | {shares} | {memory(plan, has) / 1e9:.1f} "
        f"| {plan.realms * has.steps / total:,.0f} |"
    )


if __name__ == "__main__":
    main()
