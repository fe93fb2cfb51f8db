"""Measure how fast agents learn: mean lifetime against agent-steps and time, over several seeds.

    python experiments/learning_curves.py                     # all curves, three seeds
    python experiments/learning_curves.py --curve pg --seeds 1 --minutes 3

Each run is kept under ``--out`` (default runs/learning), and continues there when the command is
given again. The command writes docs/learning.csv and, if matplotlib is installed (``pip install -e
'.[figures]'``), docs/learning.png.
"""

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from forge.args import Args
from forge.blade.config import Config, preset
from forge.trinity import smith

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
}
REALMS = 16
COLUMNS = ("curve", "seed", "epoch", "agent_steps", "seconds", "mean_lifetime")

# -- Runs -----------------------------------------------------------------------------------


def train(curve: Curve, seed: int, run: Path, minutes: float | None) -> list[dict[str, Any]]:
    """Train one seed up to the curve's end or the time limit; continue an existing run.

    Returns:
        The run's metrics, a line per epoch.
    """
    started = (run / "metrics.jsonl").exists()
    where = {"resume": str(run)} if started else {"run": str(run)}
    lines = read(run) if started else []
    with smith.Native(curve.config, Args(nRealm=REALMS, seed=seed, **where)) as envs:
        for summary in [] if ended(lines, curve, minutes) else envs:
            lines.append(summary)
            if ended(lines, curve, minutes):
                break
    return read(run)


def ended(lines: list[dict[str, Any]], curve: Curve, minutes: float | None) -> bool:
    """Say whether a run has gone far enough."""
    if not lines:
        return False
    long = minutes is not None and lines[-1]["seconds"] >= 60 * minutes
    return long or lines[-1]["agent_steps"] >= 1e6 * curve.million


def read(run: Path) -> list[dict[str, Any]]:
    """Read a run's metrics."""
    with open(run / "metrics.jsonl", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


# -- Results --------------------------------------------------------------------------------


def reached(lines: list[dict[str, Any]], lifetime: float) -> dict[str, Any] | None:
    """Find the first epoch with at least that mean lifetime."""
    return next((line for line in lines if (line["mean_lifetime"] or 0) >= lifetime), None)


def report(name: str, seed: int, lines: list[dict[str, Any]]) -> None:
    """Print how far a run came, and when it reached each bar."""
    last = lines[-1]
    texts = [
        f"{name}, seed {seed}: {last['mean_lifetime']:.1f} after {last['agent_steps'] / 1e6:.1f} M "
        f"agent-steps in {last['seconds'] / 60:.1f} min"
    ]
    for lifetime, million in CURVES[name].bars:
        line = reached(lines, lifetime)
        when = "never" if line is None else f"at {line['agent_steps'] / 1e6:.1f} M"
        texts.append(f"{lifetime:g} {when} (bar: {million:g} M)")
    click.echo("; ".join(texts))


def write_csv(path: Path, runs: dict[tuple[str, int], list[dict[str, Any]]]) -> None:
    """Write every tenth epoch and the last epoch of all runs."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for (name, seed), lines in runs.items():
            for line in [*lines[9:-1:10], lines[-1]]:
                writer.writerow([name, seed, *(line[column] for column in COLUMNS[2:])])


def draw(path: Path, runs: dict[tuple[str, int], list[dict[str, Any]]]) -> None:
    """Draw a panel per curve, a line per seed."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    names = list(dict.fromkeys(name for name, _ in runs))
    figure, axes = pyplot.subplots(1, len(names), figsize=(5 * len(names), 3.6), squeeze=False)
    for axis, name in zip(axes[0], names, strict=True):
        for (of, seed), lines in runs.items():
            if of == name:
                steps = [line["agent_steps"] / 1e6 for line in lines]
                minutes = lines[-1]["seconds"] / 60
                lifetimes = [line["mean_lifetime"] for line in lines]
                axis.plot(steps, lifetimes, label=f"seed {seed}: {minutes:.1f} min", linewidth=1.2)
        for lifetime, million in CURVES[name].bars:
            axis.plot([million], [lifetime], "k+", markersize=10)
        axis.set(
            title=CURVES[name].title, xlabel="agent-steps [10⁶]", ylabel="mean lifetime [ticks]"
        )
        axis.grid(alpha=0.3)
        axis.legend(frameon=False)
    figure.tight_layout()
    figure.savefig(path, dpi=110)


# -- Command --------------------------------------------------------------------------------


@click.command(help=__doc__)
@click.option(
    "--curve", "names", multiple=True, type=click.Choice(list(CURVES)), help="Repeatable."
)
@click.option("--seeds", default=3, show_default=True, type=click.IntRange(1))
@click.option("--minutes", type=click.FloatRange(0, min_open=True), help="Most time per run.")
@click.option("--out", default="runs/learning", show_default=True, type=click.Path(path_type=Path))
@click.option("--docs", default="docs", show_default=True, type=click.Path(path_type=Path))
def main(names: tuple[str, ...], seeds: int, minutes: float | None, out: Path, docs: Path) -> None:
    """Train all runs, then write the results."""
    runs = {}
    for name in names or CURVES:
        for seed in range(seeds):
            lines = train(CURVES[name], seed, out / f"{name}-{seed}", minutes)
            runs[name, seed] = lines
            report(name, seed, lines)
    docs.mkdir(parents=True, exist_ok=True)
    write_csv(docs / "learning.csv", runs)
    try:
        draw(docs / "learning.png", runs)
    except ImportError:
        click.echo("no figure: matplotlib is not installed (pip install -e '.[figures]')")


if __name__ == "__main__":
    main()
