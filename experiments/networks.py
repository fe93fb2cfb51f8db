"""Begin worlds with trained and untrained networks, for the experiments that ask for values.

The networks are those of ``experiments/agents.py``: Law with one population, and Chaos with eight
and auto-target.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from experiments import common
from experiments.agents import SETS
from experiments.common import Array
from experiments.training import Run, train_in_turn
from forge.args import Args
from forge.config import Config
from forge.embyr.worlds import Loaded, World
from forge.ethyr.pretrained import PREFIX
from forge.trinity import evaluate, policy
from forge.trinity.defaults import default_trinity

REALMS = 16  # of a run
ROUND = 0.25  # agent-steps of a population in a round of training [10⁶]
UNTRAINED, TRAINED = STATES = ("untrained", "trained")


class Network(NamedTuple):
    """The networks of all populations of a world, as initialised or as trained."""

    world: str  # a name of SETS
    state: str  # one of STATES
    seed: int
    model: Array  # float32 (P, n)

    @property
    def config(self) -> Config:
        """Settings of the world."""
        return SETS[self.world].config

    def begin(self, number: int) -> World:
        """Begin a world on a map, in its first tick."""
        return Loaded(self.config, self.seed, (number,), self.state, self.model).build(0)


def runs(out: Path, seeds: int) -> list[Run]:
    """List the runs of training."""
    return [
        Run(out / f"{world}-{seed}", SETS[world].config, REALMS, seed)
        for seed in range(seeds)
        for world in SETS
    ]


def keep_networks(out: Path, pretrained: bool) -> None:
    """Note in a folder whose results it holds, so that neither are taken for the other.

    Raises:
        InputError: if it holds those of the others.
    """
    common.keep(out, networks="pretrained" if pretrained else "trained")


def train(out: Path, seeds: int, minutes: float, goal: float | None, pretrained: bool) -> float:
    """Train, unless the agents that come with Forge are taken.

    Returns:
        The agent-steps that each population has had [10⁶]; of those that come with Forge, 0.
    """
    return 0.0 if pretrained else train_in_turn(runs(out, seeds), minutes, ROUND, goal)


def networks(out: Path, seeds: int, pretrained: bool) -> Iterator[Network]:
    """List all networks, each untrained and trained.

    Args:
        out: where the runs are.
        seeds: of each world; of those that come with Forge there is one.
        pretrained: whether to take these.
    """
    sword = default_trinity().Sword
    for run in runs(out, 1 if pretrained else seeds):
        world = run.path.name.rpartition("-")[0]
        path = f"{PREFIX}{world}" if pretrained else str(run.path)
        yield Network(world, UNTRAINED, run.seed, initial(run.config, run.seed))
        yield Network(world, TRAINED, run.seed, policy.weights(run.config, [path], sword))


def measure_all(
    lines_of: Callable[[Network, float, int], Iterable[tuple[Any, ...]]],
    maps: int,
    out: Path,
    seeds: int,
    minutes: float,
    million: float | None,
    pretrained: bool,
) -> list[tuple[Any, ...]]:
    """Train, and measure all networks on held-out maps.

    Args:
        lines_of: gives the lines of a CSV, from a network, the agent-steps that it has learned
            from [10⁶], and the number of a map.
        maps: number of maps.
        out: where the runs are.
        seeds: as of ``networks``.
        minutes: as of ``train_in_turn``, as its ``goal`` is ``million``.
        million: see there.
        pretrained: as of ``networks``.
    """
    keep_networks(out, pretrained)
    learned = train(out, seeds, minutes, million, pretrained)
    numbers = range(evaluate.HELD_OUT, evaluate.HELD_OUT + maps)
    pairs = product(networks(out, seeds, pretrained), numbers)
    return [line for network, number in pairs for line in lines_of(network, learned, number)]


def initial(config: Config, seed: int) -> Array:
    """Build the weights with which a run begins."""
    trinity = default_trinity()
    return trinity.Pantheon(config, Args(seed=seed), trinity.Sword.parameters(config)).model
