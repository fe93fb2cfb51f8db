"""Train the runs of an experiment up to a goal, one by one or in turn, and read their metrics."""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import click
import numpy as np
from numpy.typing import NDArray

from forge.args import Args
from forge.blade.added import life_in
from forge.cli.options import InputError, StoppedError
from forge.config import Config
from forge.errors import ConfigError
from forge.ethyr import checkpoint
from forge.ethyr.layout import Layout
from forge.ethyr.metrics import WINDOW
from forge.ethyr.summary import Summary
from forge.trinity import Trinity, smith
from forge.trinity.commit import LIVES, METRICS
from forge.trinity.defaults import default_trinity
from forge.trinity.evaluation.plan import HELD_OUT

Array = NDArray[Any]
Line = dict[str, Any]  # an epoch's summary

ENGINE = "processes"
EXPERIENCE, LIFETIME = "experience", "lifetime"  # what all have equally much of
HOME = range(HELD_OUT + 100, HELD_OUT + 108)  # maps on which lifetimes at home are measured
HOME_TICKS, HOME_WARMUP = 32_000, 300  # ticks × cap that count on each map; ticks before them
STRIDE = 1.05  # by which agents live longer in training, at most, between two looks at home


class Run(NamedTuple):
    """A run of training: where it is kept, and how it begins."""

    path: Path
    config: Config
    realms: int  # a map each
    seed: int = 0
    engine: str = ""  # by default ENGINE
    trinity: Trinity | None = None  # the classes; by default those of Forge


class Trained(NamedTuple):
    """How far the agents of all runs have learned."""

    equal: str  # EXPERIENCE [10⁶ agent-steps of a population] or LIFETIME, at home [ticks]
    much: float

    def weights(self, run: Path) -> Path:
        """Name what holds the weights of a run."""
        return run if self.equal == EXPERIENCE else lived(run, round(self.much))

    def __str__(self) -> str:
        """Say it in words."""
        if self.equal == EXPERIENCE:
            return f"on {self.much:.2f} M agent-steps of each population"
        return f"until all lived {self.much:.0f} ticks at home"


def train(run: Run, done: Callable[[Line], bool]) -> list[Line]:
    """Begin a run, or go on with it, until the summary of an epoch says that it is done.

    Returns:
        Its metrics, a line for each epoch.

    Raises:
        StoppedError: if Ctrl-C stopped it before.
        InputError: if it was begun with other settings.
    """
    lines = metrics(run.path)
    if not lines or not done(lines[-1]):
        with _native(run) as envs:
            for line in envs:
                if done(line):
                    break
            if envs.interrupted:  # also in the last epoch
                raise _stopped(run)
    return metrics(run.path)


def _trinity(run: Run) -> Trinity:
    return run.trinity or default_trinity()


def _stopped(run: Run) -> StoppedError:
    """Say how to go on."""
    return StoppedError(f"the same command goes on with the run in {run.path}")


def _native(run: Run) -> smith.Native:
    """Wire a run, begun or new; say what to do about one that was begun with other settings."""
    where = "resume" if checkpoint.in_run(run.path) else "run"
    begun: dict[str, Any] = {"nRealm": run.realms, "seed": run.seed, where: str(run.path)}
    args = Args(engine=run.engine or ENGINE, **begun)
    try:
        return smith.Native(run.config, args, run.trinity)
    except ConfigError as error:
        if args.resume is None:
            raise
        raise InputError(f"{error}; or begin anew in another folder (--out)") from None


def metrics(path: Path) -> list[Line]:
    """Read a run's metrics up to its last checkpoint; none if it has not come so far."""
    saved = checkpoint.in_run(path)
    last = (checkpoint.epoch_of(saved[-1]) or 0) if saved else 0
    if not last:
        return []
    with open(path / METRICS, encoding="utf-8") as file:
        return [Summary.read(line) for line in islice(file, last)]


def windows(path: Path, config: Config, every: int) -> Iterator[tuple[Line, int, Array]]:
    """Cut a run's lives into windows of as many epochs; the last may be shorter.

    Args:
        path: the run's folder.
        config: its settings.
        every: epochs of a window.

    Yields:
        The last epoch's summary, how many lives had ended by then, and the records of those that
        ended in the window. Lives that were cut off as their realms moved are left out.
    """
    lines = metrics(path)
    died = np.cumsum([0, *(sum(line["deaths"].values()) for line in lines)])
    if not lines:
        return
    life = life_in(config)
    lives: Array = np.memmap(path / LIVES, life, "r") if died[-1] else np.zeros(0, life)
    lives = lives[lives["cause"] > 0]
    for k in dict.fromkeys([*range(every, len(lines), every), len(lines)]):
        yield lines[k - 1], int(died[k]), np.array(lives[died[max(0, k - every)] : died[k]])


def ended(line: Line, million: float, minutes: float | None = None) -> bool:
    """Say whether a run has gone far enough: in agent-steps of all [10⁶], or in time."""
    long = minutes is not None and line["seconds"] >= 60 * minutes
    return bool(long or line["agent_steps"] >= 1e6 * million)


def million(run: Run) -> float:
    """Look up how far a run has come [10⁶ agent-steps of a population]."""
    lines = metrics(run.path)
    return float(lines[-1]["agent_steps"]) / run.config.populations / 1e6 if lines else 0.0


def rounds_of(runs: Iterable[Run], step: float) -> int:
    """Count the rounds that all runs have finished, see ``train_in_turn``."""
    return int(min(map(million, runs)) // step)


def train_in_turn(
    runs: Sequence[Run], minutes: float, step: float, goal: float | None = None
) -> float:
    """Train all runs in turn, a round each, so that all populations have learned from as much.

    Args:
        runs: those that are behind, as new seeds are, are brought up to the others first.
        minutes: while there is time for another round; there is at least one.
        step: agent-steps of a population in a round [10⁶].
        goal: stop at so many instead, however long it takes [10⁶]; None: go by the time.

    Returns:
        The agent-steps that each population has had, at least, in whole rounds [10⁶].
    """
    end, longest = time.monotonic() + 60 * minutes, 0.0
    most, rounds = int(max(map(million, runs)) // step), rounds_of(runs, step)
    while rounds < max(most, 1) or (
        time.monotonic() + longest < end if goal is None else rounds * step < goal
    ):
        begun, rounds = time.monotonic(), max(rounds + 1, most)
        for run in runs:
            steps = 1e6 * rounds * step * run.config.populations
            train(run, lambda line, steps=steps: line["agent_steps"] >= steps)  # type: ignore[misc]
        longest = max(longest, time.monotonic() - begun)
        click.echo(f"trained: {rounds * step:.2f} M agent-steps a population")
    return rounds_of(runs, step) * step


def train_equally(runs: Sequence[Run], minutes: float, goals: Sequence[int]) -> int:
    """Train all runs until their agents live equally long, each in its own world.

    At each goal the runs train in turn until their agents live so long at home; the weights with
    which they are first seen to do so are kept (``lived``). Agents of hard worlds learn from more
    agent-steps to come as far.

    Args:
        runs: their realms may differ.
        minutes: while there is time; the first goal is reached in any case.
        goals: mean lifetimes, ascending [ticks].

    Returns:
        The highest goal that all have reached.

    Raises:
        StoppedError: if Ctrl-C stopped it before.
    """
    end, reached = time.monotonic() + 60 * minutes, 0
    for goal in goals:
        for run in runs:
            there = lived(run.path, goal).exists()
            if not there and not _train_to_live(run, goal, end if reached else math.inf):
                return reached
        reached, steps = goal, [million(run) for run in runs]
        click.echo(
            f"trained: all live {reached} ticks at home, after {min(steps):.2f} … "
            f"{max(steps):.2f} M agent-steps of a population"
        )
    return reached


def _train_to_live(run: Run, goal: int, end: float) -> bool:
    """Train a run to a goal of ``train_equally``; say whether the time sufficed.

    Agents live longer on the maps of training, so home is looked at only when they live long enough
    there (agent-steps ÷ deaths over the last ten epochs), and again when they live longer there by
    what was missing at home, but by ``STRIDE`` at most.
    """
    wanted, candidate, reached = float(goal), run.path / "candidate.safetensors", False
    with _native(run) as envs:
        for line in envs:
            lifetime = line["mean_lifetime"] or 0.0
            if line["epoch"] >= WINDOW and lifetime >= wanted:
                _save(run, envs.pantheon.model, candidate)
                found = lifetime_at_home(run, candidate)
                if found >= goal:
                    candidate.replace(lived(run.path, goal))
                    reached = True
                    break
                wanted = lifetime * min(goal / max(found, 1.0), STRIDE)
            if time.monotonic() >= end:
                break
        if envs.interrupted:  # also while agents were at home
            raise _stopped(run)
    return reached


def lifetime_at_home(run: Run, weights: Path) -> float:
    """Measure how long agents live in a world of their own: agent-ticks ÷ deaths [ticks].

    The maps are neither those of training nor those of ``evaluate``.
    """
    from forge.trinity import evaluate

    config, sword = run.config, _trinity(run).Sword
    ticks = max(1, HOME_TICKS // config.max_agents)
    plan = evaluate.Plan(HOME, ticks, HOME_WARMUP, run.seed)
    decide = evaluate.trained(config, [str(weights)], plan, sword)
    totals = evaluate.play(config, decide, plan).totals
    return float(totals["agent_ticks"].sum() / max(totals["deaths"].sum(), 1))


def lived(path: Path, goal: int) -> Path:
    """Name the file of the weights with which the agents of a run first lived so long."""
    return path / f"at-home-{goal}.safetensors"


def _save(run: Run, model: Array, path: Path) -> None:
    """Write the weights of a run to a file of their own."""
    layout = Layout(_trinity(run).Sword.parameters(run.config))
    checkpoint.save_model(path, model, layout, run.config)
