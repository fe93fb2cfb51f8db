"""Measure how fast agents learn: lifetimes, tiles and harvests against experience and time.

    python experiments/learning_curves.py                     # all curves, three seeds
    python experiments/learning_curves.py --curve chaos --seeds 1 --minutes 3
    python experiments/learning_curves.py --figures           # sum up and draw what there is

Each run is kept under ``--out`` (default runs/learning), and continues there when the command is
given again. The command writes learning_curves.csv there (all runs of the folder: a line for each
tenth epoch and population) and learning_curves.png. Lifetimes are drawn against lives that have
ended, as v1.0 published them, against agent-steps, and against minutes.

Source: Suarez et al., "Neural MMO", 2019, arXiv 1903.00784; of Chaos, a curve that v1.0 came with.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np

from experiments import common, training
from experiments.common import Array, Row
from experiments.training import Run
from forge.config import Config, preset

# -- Settings -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Curve:
    """One setting to learn in, and the results expected there."""

    title: str
    config: Config
    million: float  # agent-steps to train for [10⁶]
    bars: tuple[tuple[float, float], ...]  # (mean lifetime, agent-steps to reach it in [10⁶])


CURVES = {
    "law": Curve("Law, PPO", preset("law128").replace(populations=1), 16, ((100, 9), (115, 16))),
    "pg": Curve(
        "Law, policy gradient", preset("law128").replace(populations=1, learner="pg"), 20, ()
    ),
    "chaos": Curve(
        "Chaos, PPO, auto-target", preset("chaos128").replace(auto_target=True), 6, ((45, 6),)
    ),
    "targets": Curve("Chaos, PPO, learned targets", preset("chaos128"), 6, ()),
}
REALMS = 16
EVERY = 10  # epochs from one line to the next, and that each line is over
ALL = "all"  # in place of a population
COLUMNS = ("curve", "seed", "epoch", "agent_steps", "seconds", "lives", "population",
           "mean_lifetime", "distinct", "harvests")  # fmt: skip
# The curve of Chaos with auto-target that v1.0 came with: lives that have ended, mean lifetime.
PUBLISHED = ((0, 38), (5e6, 60))

# -- Runs -----------------------------------------------------------------------------------


def train(name: str, seed: int, out: Path, minutes: float | None) -> None:
    """Train one seed up to the curve's end or the time limit; continue an existing run."""
    curve = CURVES[name]
    run = Run(out / f"{name}-{seed}", curve.config, REALMS, seed)
    training.train(run, lambda line: training.ended(line, curve.million, minutes))


def lines_of(run: Path) -> Iterator[tuple[Any, ...]]:
    """Sum up every tenth epoch of a run, and its last: lines of the CSV, for each population.

    Lifetimes, distinct tiles and harvests are of the lives that ended in the ten epochs up to then.
    A folder that is no run of a curve has no lines.
    """
    name, _, seed = run.name.rpartition("-")
    if name not in CURVES:
        return
    for line, died, lives in training.windows(run, CURVES[name].config, EVERY):
        about = name, seed, line["epoch"], line["agent_steps"], line["seconds"], died
        yield (*about, ALL, *of_lives(lives))
        for population in range(len(line["populations"]["lives"])):
            yield (*about, population, *of_lives(lives[lives["population"] == population]))


def of_lives(lives: Array) -> tuple[float | str, ...]:
    """Average lifetime, distinct tiles and harvests; empty texts where nobody has died."""
    if not len(lives):
        return "", "", ""
    found = lives["lifetime"], lives["distinct"].sum(axis=1), lives["harvests"]
    return tuple(round(float(each.mean()), 4) for each in found)


# -- Results --------------------------------------------------------------------------------

Of = tuple[str, str, str]  # curve, seed, population


def curves(path: Path) -> dict[Of, list[Row]]:
    """Read the CSV: the lines of each curve, seed and population.

    Raises:
        InputError: if there is none.
    """
    found: dict[Of, list[Row]] = {}
    for line in common.read(path):
        if line["mean_lifetime"]:
            found.setdefault((line["curve"], line["seed"], line["population"]), []).append(line)
    if not found:
        raise common.lacking(path.parent, "curves")
    return found


def reached(lines: list[Row], lifetime: float) -> Row | None:
    """Find the first line with at least that mean lifetime."""
    return next((line for line in lines if float(line["mean_lifetime"]) >= lifetime), None)


def report(out: Path) -> None:
    """Print how far each run came, and when it reached each bar."""
    for (name, seed, population), lines in curves(out / "learning_curves.csv").items():
        if population != ALL:
            continue
        last = lines[-1]
        texts = [
            f"{name}, seed {seed}: {float(last['mean_lifetime']):.1f} after "
            f"{int(last['agent_steps']) / 1e6:.2f} M agent-steps, {int(last['lives']):,} lives, "
            f"{float(last['seconds']) / 60:.1f} min; {float(last['distinct']):.1f} distinct tiles "
            f"and {float(last['harvests']):.1f} harvests a life"
        ]
        for lifetime, million in CURVES[name].bars:
            line = reached(lines, lifetime)
            when = "never" if line is None else f"at {int(line['agent_steps']) / 1e6:.1f} M"
            texts.append(f"{lifetime:g} {when} (bar: {million:g} M)")
        click.echo("; ".join(texts))


AXES = (("lives", 1e6, "lives [10⁶]"), ("agent_steps", 1e6, "agent-steps [10⁶]"),
        ("seconds", 60, "minutes"))  # fmt: skip
PARTS = (("distinct", "distinct tiles a life"), ("harvests", "harvests a life"))


def draw(out: Path) -> None:
    """Draw a row for each curve: lifetimes, a line per seed; the rest, a line per population."""
    found = curves(out / "learning_curves.csv")
    names = list(dict.fromkeys(name for name, _, _ in found))
    wide = len(AXES) + len(PARTS)
    with common.figure(
        out / "learning_curves.png", len(names), wide, (3.6 * wide, 3.2 * len(names))
    ) as axes:
        for row, name in zip(axes, names, strict=True):
            lifetimes(row[: len(AXES)], name, found)
            of_populations(row[len(AXES) :], name, found)


def lifetimes(row: Array, name: str, found: dict[Of, list[Row]]) -> None:
    """Draw the mean lifetime of all populations against each axis, and what it is compared with."""
    for axis, (column, unit, label) in zip(row, AXES, strict=True):
        for (of, seed, population), lines in found.items():
            if of == name and population == ALL:
                x = [float(line[column]) / unit for line in lines]
                y = [float(line["mean_lifetime"]) for line in lines]
                colour = common.COLOURS[int(seed) % len(common.COLOURS)]
                axis.plot(x, y, label=f"seed {seed}", linewidth=1.2, color=colour)
        if column == "agent_steps":
            for lifetime, million in CURVES[name].bars:
                axis.plot([million], [lifetime], "k+", markersize=10)
        if column == "lives" and CURVES[name].config.combat:
            x, y = np.array(PUBLISHED).T
            axis.plot(x / unit, y, "k--", linewidth=0.8, label="v1.0, its two ends")
        axis.set(xlabel=label, ylabel="mean lifetime [ticks]", title=CURVES[name].title)
        axis.title.set_fontsize(9)
        axis.grid(alpha=0.3)
    row[0].legend(frameon=False, fontsize=8)


def of_populations(row: Array, name: str, found: dict[Of, list[Row]]) -> None:
    """Draw what the populations of all seeds do in a life."""
    for axis, (column, label) in zip(row, PARTS, strict=True):
        for (of, _, population), lines in found.items():
            if of == name and population != ALL:
                x = [int(line["agent_steps"]) / 1e6 for line in lines]
                colour = common.COLOURS[int(population) % len(common.COLOURS)]
                axis.plot(x, [float(line[column]) for line in lines], linewidth=0.8, color=colour)
        axis.set(xlabel=AXES[1][2], ylabel=label, title="a line for each population and seed")
        axis.title.set_fontsize(9)
        axis.grid(alpha=0.3)


# -- Command --------------------------------------------------------------------------------


@common.command(__doc__)
@click.option(
    "--curve",
    "names",
    multiple=True,
    type=click.Choice(list(CURVES)),
    help="Only this one (repeatable).",
)
@click.option("--seeds", default=3, show_default=True, type=click.IntRange(1), help=common.SEEDS)
@click.option("--minutes", type=click.FloatRange(0, min_open=True), help="Most time per run.")
@click.option("--out", default="runs/learning", show_default=True, type=click.Path(path_type=Path),
              help=common.OUT)  # fmt: skip
@click.option("--figures", is_flag=True, help="Train nothing: sum up and draw what there is.")
def main(
    names: tuple[str, ...], seeds: int, minutes: float | None, out: Path, figures: bool
) -> None:
    """Train all runs, then write the results."""
    if not figures:
        out.mkdir(parents=True, exist_ok=True)
        for name in names or CURVES:
            for seed in range(seeds):
                train(name, seed, out, minutes)
        found = [line for run in sorted(out.iterdir()) for line in lines_of(run)]
        common.write(out / "learning_curves.csv", COLUMNS, found)
    report(out)
    common.draw_if_possible(draw, out)


if __name__ == "__main__":
    main()
