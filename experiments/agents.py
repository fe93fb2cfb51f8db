"""Train the agents that come with the package, and measure them on maps that training never sees.

    python experiments/agents.py                # both sets, an hour and a half of a busy core
    python experiments/agents.py --set law      # one of them

Each run is kept under ``--out`` (default runs/agents), and continues there when the command is
given again. For every set the command writes three files into forge/ethyr/agents:

    NAME.safetensors    the weights, and the config that they were trained in
    NAME.json           config, seed, versions; lifetimes on held-out maps, beside scripted agents
    NAME.csv            the run's metrics, every tenth epoch

With the same versions and the same kind of processor the weights come out the same to the bit.
"""

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from experiments import common, training
from experiments.training import Run
from forge.blade.scripted import SCRIPTED
from forge.config import Config, preset
from forge.ethyr import checkpoint
from forge.ethyr.layout import Layout
from forge.ethyr.pretrained import FOLDER
from forge.ethyr.summary import COMPLETED
from forge.files import write_atomic
from forge.trinity.defaults import default_trinity
from forge.trinity.evaluate import Decide, Plan, evaluate, trained

# -- Settings -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Set:
    """How a set is trained."""

    config: Config
    realms: int
    million: float  # agent-steps to train for [10⁶]
    seed: int = 0

    @property
    def shipped(self) -> Config:
        """The config that comes with the weights: those who watch stay on a map."""
        return self.config.replace(map_epochs=0)


MOVING = {"map_epochs": 40}  # agents meet more maps than there are realms
SETS = {
    "chaos": Set(preset("chaos128").replace(auto_target=True, **MOVING), realms=32, million=100),
    "law": Set(preset("law128").replace(populations=1, **MOVING), realms=32, million=60),
}
PLAN = Plan(maps=8, ticks=2000)
ANCHORS = ("random", "greedy")
COLUMNS = ("epoch", "agent_steps", COMPLETED, "lives", "living")
FIGURES = ("mean_lifetime", "lifetime_ci95", "living_mean", "coverage", "harvests_per_life",
           "drinks_per_life", "kills_per_life")  # fmt: skip

# -- Runs -----------------------------------------------------------------------------------


def train(one: Set, run: Path) -> list[dict[str, Any]]:
    """Train a set to its end; continue an existing run.

    Returns:
        The run's metrics, a line per epoch.
    """
    of = Run(run, one.config, one.realms, one.seed, engine="serial")
    return training.train(of, lambda line: training.ended(line, one.million))


# -- Results --------------------------------------------------------------------------------


def write(name: str, one: Set, run: Path, lines: list[dict[str, Any]], folder: Path) -> None:
    """Write a set's weights, its metrics, and how its agents live."""
    layout = Layout(default_trinity().Sword.parameters(one.config))
    weights = folder / f"{name}.safetensors"
    checkpoint.save_model(weights, checkpoint.load_model(run, layout), layout, one.shipped)
    table = [[line[column] for column in COLUMNS] for line in [*lines[9:-1:10], lines[-1]]]
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\n").writerows([COLUMNS, *table])
    write_atomic(folder / f"{name}.csv", written.getvalue().encode())
    about = {
        "command": f"python experiments/agents.py --set {name}",
        "seed": one.seed,
        "realms": one.realms,
        "agent_steps": lines[-1]["agent_steps"],
        "epochs": lines[-1]["epoch"],
        "map_epochs": one.config.map_epochs,
        "evaluation": measured(one.shipped, weights),
        "config": one.shipped.as_dict(),
        "versions": json.loads((run / "versions.json").read_text(encoding="utf-8")),
    }
    text = json.dumps(about, indent=2, allow_nan=False)
    write_atomic(folder / f"{name}.json", f"{text}\n".encode())


def measured(config: Config, weights: Path) -> dict[str, Any]:
    """Play a set and scripted agents on held-out maps."""
    players: dict[str, Decide] = {"trained": trained(config, [str(weights)], PLAN)}
    players |= {name: SCRIPTED[name] for name in ANCHORS}
    found: dict[str, Any] = {"maps": PLAN.numbers, "ticks": PLAN.ticks, "warmup": PLAN.warmup}
    for name, decide in players.items():
        figures = evaluate(config, decide, PLAN)
        found[name] = {figure: figures[figure] for figure in FIGURES}
        click.echo(f"  {name}: {figures['mean_lifetime']:.1f} ticks on maps not trained on")
    return found


# -- Command --------------------------------------------------------------------------------


@common.command(__doc__)
@click.option(
    "--set",
    "names",
    multiple=True,
    type=click.Choice(list(SETS)),
    help="Only this set (repeatable).",
)
@click.option("--out", default="runs/agents", show_default=True, type=click.Path(path_type=Path),
              help="Folder of the runs.")  # fmt: skip
@click.option(
    "--to",
    "folder",
    default=FOLDER,
    type=click.Path(path_type=Path),
    show_default="forge/ethyr/agents",
    help="Folder that receives the files of each set.",
)
def main(names: tuple[str, ...], out: Path, folder: Path) -> None:
    """Train the sets, then write what the package ships."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or SETS:
        lines = train(SETS[name], out / name)
        last = lines[-1]
        click.echo(f"{name}: {last['agent_steps'] / 1e6:.1f} M agent-steps")
        write(name, SETS[name], out / name, lines, folder)


if __name__ == "__main__":
    main()
