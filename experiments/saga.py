"""Measure what agents learn in Saga: how long they live, their levels, trades, items and quests.

    python experiments/saga.py                                # both rewards, three seeds
    python experiments/saga.py --reward fights --seeds 1 --minutes 10
    python experiments/saga.py --figures                      # sum up and draw what there is

Each run is kept under ``--out`` (default runs/saga), and continues there when the command is given
again. The command writes saga.csv there (all runs of the folder: means over the lives that ended
in each twenty epochs) and saga.png. Scripted agents, to compare with, are in docs/saga.md.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import numpy as np

from experiments import common, training
from experiments.common import Array, Row
from experiments.training import Run
from forge.blade.observation import Observation
from forge.blade.skills import levels_of
from forge.config import Config, preset
from forge.ethyr.averages import quested
from forge.trinity import God, Pantheon, Sword, Trinity

# -- Settings -------------------------------------------------------------------------------

REALMS = 8
CONFIG = preset("saga128").replace(populations=1, gamma=0.98, gae_lambda=0.9, quest_weight=5)
EVERY = 20  # epochs from one line to the next, and that each line is over
PER_HIT = 0.2  # reward of an attack that does damage, and so teaches
PER_FED = 0.05  # reward of a tick that begins with food and water above half, so that one heals


class Fighter(Sword):
    """Reward what raises combat levels, besides staying alive and quests: to hit, and to heal."""

    def reward(self, obs: Observation, events: Any) -> Array:
        """See SwordBase."""
        given: Array = super().reward(obs, events)
        ent, config = obs.ent, self.config
        heals = (2 * ent["food"] > config.food) & (2 * ent["water"] > config.water)
        hits = events.damage_dealt > 0
        return given + np.float32(PER_HIT) * hits + np.float32(PER_FED) * heals


# By the name of a reward: the settings, and the Sword.
REWARDS: dict[str, tuple[Config, type[Sword]]] = {
    "quests": (CONFIG, Sword),
    "fights": (CONFIG, Fighter),
}
COLUMNS = ("reward", "seed", "epoch", "agent_steps", "seconds", "lives", "lifetime", "combat_level",
           "quest_progress", "quests_done", "gained", "used", "bought", "sold", "gold_earned",
           "harvests")  # fmt: skip

# -- Runs -----------------------------------------------------------------------------------


def train(name: str, seed: int, out: Path, million: float, minutes: float | None) -> None:
    """Train one seed up to the goal or the time limit; continue an existing run."""
    config, sword = REWARDS[name]
    run = Run(out / f"{name}-{seed}", config, REALMS, seed, trinity=Trinity(Pantheon, God, sword))
    training.train(run, lambda line: training.ended(line, million, minutes))


def lines_of(run: Path) -> Iterator[tuple[Any, ...]]:
    """Sum up every twentieth epoch of a run, and its last: lines of the CSV.

    A folder that is no run of this experiment has no lines.
    """
    name, _, seed = run.name.rpartition("-")
    if name not in REWARDS:
        return
    for line, _, lives in training.windows(run, REWARDS[name][0], EVERY):
        about = name, seed, line["epoch"], line["agent_steps"], line["seconds"], len(lives)
        yield (*about, *of_lives(lives))


def of_lives(lives: Array) -> tuple[float | str, ...]:
    """Average what lives came to; empty texts where nobody has died."""
    if not len(lives):
        return ("",) * (len(COLUMNS) - 6)
    done, progress = quested(lives).T
    found = (
        lives["lifetime"],
        levels_of(lives["experience"])[:, 0],
        progress,
        done,
        *(lives[name] for name in ("gained", "used", "bought", "sold", "earned")),
        lives["gathered"].sum(axis=1),
    )
    return tuple(round(float(each.mean()), 4) for each in found)


# -- Results --------------------------------------------------------------------------------


def runs_in(path: Path) -> dict[tuple[str, str], list[Row]]:
    """Read the CSV: the lines of each reward and seed.

    Raises:
        InputError: if there is none.
    """
    found: dict[tuple[str, str], list[Row]] = {}
    for line in common.read(path):
        if line["lifetime"]:
            found.setdefault((line["reward"], line["seed"]), []).append(line)
    if not found:
        raise common.lacking(path.parent, "curves")
    return found


def report(out: Path) -> None:
    """Print what the agents of each run came to."""
    for (name, seed), lines in runs_in(out / "saga.csv").items():
        first, last = lines[0], lines[-1]
        click.echo(
            f"{name}, seed {seed}: after {int(last['agent_steps']) / 1e6:.2f} M agent-steps and "
            f"{float(last['seconds']) / 60:.1f} min: lifetime {float(last['lifetime']):.1f} "
            f"({float(first['lifetime']):.1f} at first), combat level "
            f"{float(last['combat_level']):.2f} ({float(first['combat_level']):.2f}), progress of "
            f"quests {float(last['quest_progress']):.3f} ({float(first['quest_progress']):.3f}), "
            f"bought {float(last['bought']):.2f} and sold {float(last['sold']):.2f} a life"
        )


PARTS = (("lifetime", "mean lifetime [ticks]"), ("combat_level", "combat level at death"),
         ("quest_progress", "progress of the quest"), ("bought", "items bought a life"),
         ("used", "items consumed a life"))  # fmt: skip


def draw(out: Path) -> None:
    """Draw each quantity against agent-steps, a line per run, a colour per reward."""
    found = runs_in(out / "saga.csv")
    with common.figure(out / "saga.png", 1, len(PARTS), (3.6 * len(PARTS), 3.2)) as axes:
        for axis, (column, label) in zip(axes[0], PARTS, strict=True):
            for (name, seed), lines in found.items():
                x = [float(line["agent_steps"]) / 1e6 for line in lines]
                colour = common.COLOURS[list(REWARDS).index(name)]
                label_of = name if seed == min(of for at, of in found if at == name) else None
                axis.plot(x, [float(line[column]) for line in lines], color=colour, label=label_of)
            axis.set(xlabel="agent-steps [10⁶]", ylabel=label)
            axis.grid(alpha=0.3)
        axes[0][0].legend(frameon=False, fontsize=8)


# -- Command --------------------------------------------------------------------------------


@common.command(__doc__)
@click.option(
    "--reward", "names", multiple=True, type=click.Choice(list(REWARDS)),
    help="quests: for staying alive and for quests; fights: also 0.2 for each attack that does "
    "damage, and 0.05 for each tick with food and water above half (repeatable).  [default: both]",
)  # fmt: skip
@click.option("--seeds", default=3, show_default=True, type=click.IntRange(1), help=common.SEEDS)
@click.option(
    "--million",
    default=20.0,
    show_default=True,
    type=click.FloatRange(0, min_open=True),
    help="Agent-steps of each run, in millions.",
)
@click.option("--minutes", type=click.FloatRange(0, min_open=True), help="Most time per run.")
@click.option("--out", default="runs/saga", show_default=True, type=click.Path(path_type=Path),
              help=common.OUT)  # fmt: skip
@click.option("--figures", is_flag=True, help="Train nothing: sum up and draw what there is.")
def main(
    names: tuple[str, ...],
    seeds: int,
    million: float,
    minutes: float | None,
    out: Path,
    figures: bool,
) -> None:
    """Train all runs, then write the results."""
    if not figures:
        out.mkdir(parents=True, exist_ok=True)
        for name in names or REWARDS:
            for seed in range(seeds):
                train(name, seed, out, million, minutes)
        found = [line for run in sorted(out.iterdir()) for line in lines_of(run)]
        common.write(out / "saga.csv", COLUMNS, found)
    report(out)
    common.draw_if_possible(draw, out)


if __name__ == "__main__":
    main()
