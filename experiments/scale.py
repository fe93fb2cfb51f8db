"""Scale: what does training cost with many realms, and with many agents in one realm?

    python experiments/scale.py --minutes 10    # rounds of all sizes, while there is time
    python experiments/scale.py --figures       # sum up and draw what there is

Measured are 100 realms of 128 agents, and one realm of 128, of 1 000 and of 10 000 agents on a map
that grows with them, so that the density is the same. One process computes all that a run does
except writing to disk: rollouts, exchanges, the Pantheon's steps, commits. The settings are Law's
with one population. So that the density stays, every epoch begins with newborns that are spread
evenly over the map, which live longer than its 32 ticks, as moves into lava are masked; and the
learning rate is 0, which costs the same.

Each measurement is a process of its own. In a round all sizes are measured, with the round's number
as their seed. Given again, the command adds rounds to ``--out`` (default runs/scale): scale.csv (a
line for each measurement) and scale.png. ``python Forge.py bench --scale`` measures the world only.

Source of the 100 realms of 128 agents: "Neural MMO: a massively multiagent game environment",
OpenAI's blog, 2019.
"""

import json
import sys
import time
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import click
import numpy as np

from experiments import common
from forge.args import Args
from forge.cli.bench.child import output_of
from forge.cli.bench.footprint import family, proportional_set_size
from forge.cli.bench.scale import config_of, spread
from forge.cli.bench.swords import LavaMasked
from forge.config import Config
from forge.ethyr.layout import Layout
from forge.trinity import God, Pantheon, Trinity
from forge.trinity.common import Common
from forge.trinity.engines.surroundings import Surroundings
from forge.trinity.shard import Shard, shard_realms
from forge.trinity.weights import stepped

# -- Settings -------------------------------------------------------------------------------

SIZES = ((1, 128), (100, 128), (1, 1_000), (1, 10_000))  # realms, agents in each
MILLION = 0.5  # agent-steps of a measurement, at least one epoch [10⁶]
WARMUP = 1  # epochs before
COLUMNS = ("million", "seed", "realms", "agents", "agent_steps", "seconds", "core_seconds",
           "rows_per_agent", "memory_bytes")  # fmt: skip

# -- Measuring ------------------------------------------------------------------------------


class Training:
    """A run in this process, whose agents begin spread over their maps."""

    def __init__(self, config: Config, realms: int, seed: int) -> None:
        args = Args(nRealm=realms, seed=seed, engine="serial")
        trinity = Trinity(Pantheon, God, LavaMasked)
        parameters, shared = LavaMasked.parameters(config), Common()
        self.exchanges = LavaMasked.exchanges(config)
        self.shape = config.populations, Layout(parameters).size
        self.pantheon = trinity.Pantheon(config, args, parameters)
        self.shards = [
            Shard(config, args, trinity, index, None, shared)
            for index in range(len(shard_realms(config, realms)))
        ]
        self.seconds = self.core = 0.0  # of all epochs
        for shard in self.shards:
            spread(shard.realms)
        self.evenly = [shard.realms.snapshot() for shard in self.shards]

    def epoch(self) -> None:
        """Take the time of an epoch that begins with newborns, spread evenly."""
        for shard, state in zip(self.shards, self.evenly, strict=True):
            shard.realms.restore(state)
        seconds, core = perf_counter(), process_time()
        self._compute()
        self.seconds += perf_counter() - seconds
        self.core += process_time() - core

    def _compute(self) -> None:
        """Play a rollout, learn from it and commit, as the engine ``serial`` does."""
        for shard in self.shards:
            shard.play(self.pantheon.model)
        for exchange in range(self.exchanges):
            updates = [shard.update(exchange == 0) for shard in self.shards]
            model = stepped(self.pantheon, updates, self.shape)
            for shard in self.shards:
                shard.receive(model)
        for shard in self.shards:
            shard.commit([None] * len(shard.numbers))

    @property
    def agent_steps(self) -> int:
        """Ticks that agents have lived in the last epoch."""
        return sum(int(s.realms.state.tally["agent_ticks"].sum()) for s in self.shards)

    @property
    def rows_per_agent(self) -> float:
        """How many agents an agent sees, itself included."""
        obs = [shard.realms.observation for shard in self.shards]
        return sum(len(each.who) for each in obs) / sum(map(len, obs))


def measure_one(million: float, seed: int, realms: int, agents: int) -> list[Any]:
    """Measure one size in this process: a line of the CSV."""
    config = config_of(agents).replace(learning_rate=0.0)
    epochs = max(1, round(1e6 * million / (realms * agents * config.horizon)))
    surroundings = Surroundings()
    with surroundings:
        training = Training(config, realms, seed)
    with surroundings:  # entered anew, as torch has just been imported
        for _ in range(WARMUP):
            training.epoch()
        seconds, core = training.seconds, training.core
        for _ in range(epochs):
            training.epoch()
        seconds, core = training.seconds - seconds, training.core - core
    steps = epochs * training.agent_steps
    memory = proportional_set_size(family())
    rows = round(training.rows_per_agent, 3)
    return [million, seed, realms, agents, steps, round(seconds, 4), round(core, 4), rows, memory]


def measure(out: Path, million: float, minutes: float, rounds: int) -> None:
    """Add rounds to the CSV: so many, then further ones while there is time."""
    path = out / "scale.csv"
    end, longest = time.monotonic() + 60 * minutes, 0.0
    done = {tuple(map(int, (line["seed"], line["realms"], line["agents"])))
            for line in common.read(path) if float(line["million"]) == million}  # fmt: skip
    seed = 0
    while seed < rounds or time.monotonic() + longest < end:
        begun = time.monotonic()
        for size in SIZES:
            if (seed, *size) not in done:
                words = [*map(str, (million, seed, *size))]
                what = f"{size[0]} realms of {size[1]} agents"
                line = json.loads(output_of("experiments.scale", "one", *words, what=what))
                common.add(path, COLUMNS, [line])
                click.echo(f"measured: {what}, seed {seed}")
        longest, seed = max(longest, time.monotonic() - begun), seed + 1


# -- Results --------------------------------------------------------------------------------


class Cost:
    """What a size costs: estimates over rounds, memory as the most of them."""

    def __init__(self, lines: list[common.Row]) -> None:
        named = [{**line, "key": ""} for line in lines]
        self.steps = common.estimates(named, ["key"], ("agent_steps", "seconds"))[("",)]
        core = common.estimates(named, ["key"], ("core_seconds", "agent_steps"))[("",)]
        self.us = common.Estimate(*(1e6 * each for each in core))
        self.rows = float(np.mean([float(line["rows_per_agent"]) for line in lines]))
        known = [int(line["memory_bytes"]) for line in lines if line["memory_bytes"]]
        self.memory = max(known) / 2**20 if known else float("nan")  # the system does not tell


def costs(out: Path) -> dict[tuple[int, int], Cost]:
    """Sum up the measurements of every size."""
    found: dict[tuple[int, int], list[common.Row]] = {}
    for line in common.latest(out / "scale.csv", "measurements"):
        found.setdefault((int(line["realms"]), int(line["agents"])), []).append(line)
    return {size: Cost(lines) for size, lines in found.items()}


def reference(found: dict[tuple[int, int], Cost]) -> tuple[tuple[int, int], float]:
    """Find the size of least cost among those with the fewest agents in a realm [µs].

    A single small realm would be the easier bar, as calls cost it much that others share.
    """
    fewest = min(agents for _, agents in found)
    size = min((size for size in found if size[1] == fewest), key=lambda size: found[size].us.value)
    return size, found[size].us.value


def report(out: Path) -> None:
    """Print what every size costs."""
    found = costs(out)
    (realms_, agents_), least = reference(found)
    click.echo("training in one process, 95 % interval over rounds; µs of one core, memory in MiB")
    for (realms, agents), cost in found.items():
        click.echo(
            f"  {realms:4} × {agents:6}: {cost.steps:,.0f} agent-steps/s, {cost.us:.2f} µs each "
            f"({cost.us.value / least:.2f} of {realms_} × {agents_}), {cost.rows:.1f} rows each, "
            f"{cost.memory:,.0f} MiB"
        )


def draw(out: Path) -> None:
    """Draw cost and memory of every size."""
    found = costs(out)
    names = [f"{realms} × {agents:,}" for realms, agents in found]
    x = np.arange(len(found))
    with common.figure(out / "scale.png", 1, 2, (9, 3.6)) as axes:
        cost, memory = axes[0]
        us = [each.us for each in found.values()]
        bounds = np.array([(each.value - each.low, each.high - each.value) for each in us]).T
        cost.bar(x, [each.value for each in us], yerr=bounds.clip(0), capsize=3,
                 color=common.COLOURS[0])  # fmt: skip
        (realms_, agents_), least = reference(found)
        cost.axhline(1.5 * least, color="black", linestyle="--", linewidth=0.8,
                     label=f"1.5 times that of {realms_} × {agents_}")  # fmt: skip
        cost.set_ylabel("training, one core [µs per agent-step]")
        cost.legend(frameon=False)
        memory.bar(x, [each.memory for each in found.values()], color=common.COLOURS[2])
        memory.set_ylabel("memory of the process [MiB]")
        for axis in (cost, memory):
            axis.set_xticks(x, names)
            axis.set_xlabel("realms × agents")


# -- Command --------------------------------------------------------------------------------


@common.command(__doc__)
@click.option("--minutes", default=5.0, show_default=True, type=click.FloatRange(0),
              help="Go on with further rounds while there is time.")  # fmt: skip
@click.option("--million", default=MILLION, show_default=True,
              type=click.FloatRange(0, min_open=True),
              help="Agent-steps of a measurement, in millions; at least one epoch.")  # fmt: skip
@click.option("--seeds", default=3, show_default=True, type=click.IntRange(1),
              help="Least number of rounds.")  # fmt: skip
@click.option("--out", default="runs/scale", show_default=True, type=click.Path(path_type=Path),
              help=common.OUT)  # fmt: skip
@click.option("--figures", is_flag=True, help="Measure nothing: sum up and draw what there is.")
def main(minutes: float, million: float, seeds: int, out: Path, figures: bool) -> None:
    """Measure and sum up."""
    if not figures:
        out.mkdir(parents=True, exist_ok=True)
        measure(out, million, minutes, seeds)
    report(out)
    common.draw_if_possible(draw, out)


if __name__ == "__main__":
    if sys.argv[1:2] == ["one"]:
        words = sys.argv[2:]
        sys.stdout.write(json.dumps(measure_one(float(words[0]), *map(int, words[1:]))))
    else:
        main()
