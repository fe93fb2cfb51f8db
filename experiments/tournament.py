"""Merge servers: who lives longest where agents trained in crowds and in solitude meet.

    python Forge.py tournament --minutes 60               # 3 seeds
    python Forge.py tournament --minutes 20 --lifetime 80 # a look
    python Forge.py tournament --million 5                # equal experience, however long it takes
    python Forge.py tournament --figures                  # table and figure from the CSV again

Foraging populations, one for every 16 agents, are trained at caps of 16, 32, 64 and 128 agents, in
realms that move on to other maps. Then the populations of two caps share a world in equal parts, at
each cap, on maps that nobody has seen: a match. Scripted agents play the same matches.

All are trained until they live equally long at home, in worlds of their own cap and on maps that
nobody trains on. Where many live, that takes more skill, and more agent-steps. At 120 ticks they
live in matches at home, on harder maps, as long as those of v1.0 did, about 100 ticks. With
``--million`` each population learns from equally many agent-steps instead.

Four fifths of ``--minutes`` are training: all runs climb from one of ``GOALS`` to the next, up to
``--lifetime``, and agents play as they were at the highest one that all have reached. Matches take
the rest. The first goal and a least length of matches may take a few minutes more.

Every run and match is kept under ``--out`` (default runs/tournament); given again, the command goes
on there. It prints the mean lifetimes beside the published ones, and writes tournament.csv (a line
for each side and map of a match) and tournament.png there.

Source: Suarez et al., "Neural MMO", 2019, arXiv 1903.00784, section "Server merge tournaments".
"""

import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import combinations_with_replacement, pairwise, product
from pathlib import Path
from typing import Any, NamedTuple

import click
import numpy as np
from numpy.typing import NDArray

from experiments import common, pace, training
from experiments.common import Row
from experiments.pace import Cost
from experiments.training import EXPERIENCE, LIFETIME, Run, Trained
from forge.config import Config, preset
from forge.ethyr.rating import rate
from forge.trinity.casting import ANCHORS

Array = NDArray[Any]

# -- Settings -------------------------------------------------------------------------------

CAPS = (16, 32, 64, 128)
SCRIPTED = ANCHORS
REALMS = 16  # of a run
TRAINED = {"map_epochs": 40}  # settings of training
GOALS = (40, 60, 80, 100, 110, 120)  # mean lifetimes at home, at which all wait for all [ticks]
ROUND = 0.25  # of training with --million: agent-steps of a population [10⁶]
TRAINING = 0.8  # of the time
MAPS, WARMUP = 8, 500  # of a match
LEAST = 16_000  # agent-ticks of a match on each map, that is ticks × cap, where time is short
COUNTS = ("agent_ticks", "deaths", "lifetimes")
COLUMNS = ("equal", "much", "seed", "cap", "side", "opponent", "map", *COUNTS)  # see Trained
# Mean lifetimes [ticks], by the cap of the match; row: trained at, column: opponent trained at.
# Source: plotting data of v1.0 (openai/neural-mmo), means over lives that ended in some window.
PUBLISHED = {
    16: ((106.1, 104.2, 89.8, 91.8), (119.0, 112.7, 115.7, 106.7),
         (205.7, 225.7, 208.5, 186.9), (735.8, 785.6, 782.0, 595.2)),
    32: ((85.9, 81.5, 76.6, 69.4), (101.8, 97.4, 93.5, 82.4),
         (175.1, 166.6, 158.2, 150.7), (467.6, 452.1, 453.8, 343.8)),
    64: ((70.3, 68.1, 59.7, 53.7), (81.3, 77.1, 69.4, 64.1),
         (119.1, 128.7, 107.0, 96.5), (228.3, 248.2, 241.6, 176.9)),
    128: ((67.2, 65.5, 53.5, 47.8), (74.3, 74.3, 62.4, 52.5),
          (93.8, 97.0, 88.6, 75.1), (109.7, 121.5, 122.0, 106.9)),
}  # fmt: skip

# -- Training -------------------------------------------------------------------------------


def runs(out: Path, seeds: int) -> list[Run]:
    """List the runs of training."""
    return [
        Run(out / f"{cap}-{seed}", preset(f"law{cap}").replace(**TRAINED), REALMS, seed)
        for seed, cap in product(range(seeds), CAPS)
    ]


def train(out: Path, seeds: int, minutes: float, million: float | None, lifetime: int) -> Trained:
    """Train all runs, up to equal experience or equal lifetimes, and note in the folder which."""
    equal = EXPERIENCE if million else LIFETIME
    common.keep(out, equal=equal)
    if million:
        return Trained(equal, training.train_in_turn(runs(out, seeds), minutes, ROUND, million))
    goals = [*(goal for goal in GOALS if goal < lifetime), lifetime]
    return Trained(equal, training.train_equally(runs(out, seeds), minutes, goals))


# -- Matches --------------------------------------------------------------------------------


class Match(NamedTuple):
    """Two sides in one world: a side is a cap at which agents were trained, or a script."""

    seed: int
    cap: int
    sides: tuple[int | str, int | str]


def matches(seeds: int) -> Iterator[Match]:
    """List all matches: trained sides against each other and themselves, and against scripts."""
    pairs = [*combinations_with_replacement(CAPS, 2), *product(SCRIPTED, CAPS)]
    return (Match(*each) for each in product(range(seeds), CAPS, pairs))


def world(match: Match) -> tuple[Config, list[tuple[int, int, int]]]:
    """Compose the world of a match, and say whose weights play there: population, cap, which of it.

    Each side has every other population. A side that was trained with more populations lends some,
    other ones in every seed; one with fewer lends some several times.
    """
    config = preset(f"law{match.cap}")
    config = config.replace(populations=max(2, config.populations))
    load, scripts = [], []
    for population in range(config.populations):
        side, number = match.sides[population % 2], population // 2
        if isinstance(side, str):
            scripts.append(f"{population}={side}")
        else:
            own = (number + match.seed) % preset(f"law{side}").populations
            load.append((population, side, own))
    return config.replace(scripts=",".join(scripts)), load


def play(out: Path, trained: Trained, match: Match, agent_ticks: int) -> list[tuple[Any, ...]]:
    """Play a match: a line of the CSV for each side and map."""
    from forge.trinity import evaluate

    config, players = world(match)
    load = [
        f"{population}={trained.weights(out / f'{cap}-{match.seed}')}#{own}"
        for population, cap, own in players
    ]
    plan = evaluate.Plan(MAPS, max(1, agent_ticks // match.cap), WARMUP, match.seed)
    decide = evaluate.trained(config, load, plan)
    totals = evaluate.play(config, decide, plan).totals
    lines = []
    for half, (side, opponent) in enumerate((match.sides, match.sides[::-1])):
        found = [totals[name][:, half::2].sum(axis=1) for name in COUNTS]
        for number, *counts in zip(plan.numbers, *found, strict=True):
            lines.append(
                (*trained, match.seed, match.cap, side, opponent, number, *map(int, counts))
            )
    return lines


def like(match: Match) -> Match:
    """Name the match by which one is timed: scripts take more time than networks."""
    side = SCRIPTED[-1] if isinstance(match.sides[0], str) else CAPS[-1]
    return Match(0, match.cap, (side, CAPS[-1]))


def cost(out: Path, trained: Trained, match: Match) -> Cost:
    """Time a match."""
    return pace.cost(match.cap, lambda agent_ticks: play(out, trained, match, agent_ticks))


def length(out: Path, trained: Trained, seeds: int, seconds: float, workers: int) -> int:
    """Find the agent-ticks of a match on each map: as before in the folder, or as time allows."""
    before = common.kept(out, "agent_ticks")
    if before is not None:
        return int(before)
    kinds = Counter(map(like, matches(seeds)))
    return pace.length(partial(cost, out, trained), kinds, seconds, workers, LEAST)


def play_all(out: Path, trained: Trained, seeds: int, agent_ticks: int, workers: int) -> None:
    """Play the matches that the CSV lacks, and add them to it."""
    path = out / "tournament.csv"
    done = {tuple(line[name] for name in COLUMNS[:6]) for line in common.read(path, COLUMNS)}
    left = [
        match
        for match in matches(seeds)
        if tuple(map(str, (*trained, match.seed, match.cap, *match.sides))) not in done
    ]
    arguments = [out] * len(left), [trained] * len(left), left, [agent_ticks] * len(left)
    with (
        pace.processes(workers) as run,
        click.progressbar(run(play, *arguments), length=len(left), label="matches") as shown,
    ):
        for lines in shown:
            common.add(path, COLUMNS, lines)


# -- Results --------------------------------------------------------------------------------


class Cell(NamedTuple):
    """One side of one kind of match."""

    lifetime: float  # agent-ticks ÷ deaths, without bias [ticks]
    low: float  # bounds of the 95 % interval over seeds and maps
    high: float
    completed: float  # over the lives that ended in the window, as published


def table(lines: list[Row]) -> dict[tuple[str, ...], Cell]:
    """Sum up every (cap, side, opponent) over seeds and maps."""
    rng, found = np.random.default_rng(0), common.by_seed(lines, COLUMNS[3:6], COUNTS)
    return {key: cell(seeds, rng) for key, seeds in found.items()}


def cell(seeds: list[Array], rng: np.random.Generator) -> Cell:
    """Estimate a lifetime from the COUNTS of each seed's maps, (maps, 3) each."""
    _, deaths, ended = np.concatenate(seeds).sum(axis=0)
    return Cell(*common.estimate(seeds, rng), ended / max(deaths, 1))


def ratings(lines: list[Row]) -> dict[str, float]:
    """Rate the sides: who lives longer on a map of a match has won."""
    names = list(dict.fromkeys(line["side"] for line in lines))
    lived = {
        tuple(line[name] for name in COLUMNS[2:7]): int(line[COUNTS[0]])
        / (int(line[COUNTS[1]]) or 1)
        for line in lines
    }
    wins = np.zeros((len(names), len(names)))
    for (seed, cap, side, opponent, number), lifetime in lived.items():
        i, j = names.index(side), names.index(opponent)
        wins[i, j] += i != j and lifetime > lived[seed, cap, opponent, side, number]
    return dict(zip(names, rate(wins).tolist(), strict=True))


def complete(out: Path) -> list[Row]:
    """Read the matches of the agents that have learned longest.

    Raises:
        InputError: if some were not played yet.
    """
    lines = common.latest(out / "tournament.csv", "matches", by="much")
    kinds = product(CAPS, (*CAPS, *SCRIPTED), CAPS)
    played = {tuple(line[name] for name in COLUMNS[3:6]) for line in lines}
    if not {tuple(map(str, kind)) for kind in kinds} <= played:
        raise common.lacking(out, "matches")
    return lines


def report(out: Path) -> None:
    """Print the table, how often the order is the published one, and the ratings."""
    lines = complete(out)
    found = table(lines)
    seeds = len({line["seed"] for line in lines})
    trained = Trained(lines[0]["equal"], float(lines[0]["much"]))
    ordered = longer = 0
    for cap in CAPS:
        click.echo(
            f"\nworlds of {cap} agents: mean lifetime, 95 % interval [completed | published]"
        )
        for side in (*map(str, CAPS), *SCRIPTED):
            parts = [cell_text(found, cap, side, opponent) for opponent in CAPS]
            click.echo(f"{side:>8}  " + "   ".join(parts))
        for opponent in map(str, CAPS):
            column = [found[str(cap), str(side), opponent] for side in CAPS]
            ordered += all(a.lifetime < b.lifetime for a, b in pairwise(column))
            longer += column[-1].completed > PUBLISHED[cap][-1][CAPS.index(int(opponent))]
    order, columns = " > ".join(map(str, CAPS[::-1])), len(CAPS) ** 2
    click.echo(
        f"\nseeds: {seeds}, trained {trained}; {order} "
        f"holds in {ordered} of {columns} columns; trained at {CAPS[-1]} lives longer than "
        f"published (completed lives) in {longer} of {columns}"
    )
    rated = sorted(ratings(lines).items(), key=lambda each: -each[1])
    click.echo("rating: " + ", ".join(f"{name} {rating:+.0f}" for name, rating in rated))


def cell_text(found: dict[tuple[str, ...], Cell], cap: int, side: str, opponent: int) -> str:
    """Write a cell of the table."""
    each = found[str(cap), side, str(opponent)]
    text = f"{each.lifetime:6.1f} ({each.low:.1f}–{each.high:.1f})"
    if side.isdigit():
        printed = PUBLISHED[cap][CAPS.index(int(side))][CAPS.index(opponent)]
        text += f" [{each.completed:.1f} | {printed:.1f}]"
    return f"{text:<36}"


def draw(out: Path) -> None:
    """Draw a panel for each cap: points with intervals by opponent, published values as crosses."""
    found = table(complete(out))
    with common.figure(out / "tournament.png", 1, len(CAPS), (15, 4.2)) as axes:
        for axis, cap in zip(axes[0], CAPS, strict=True):
            for k, (side, colour) in enumerate(zip(CAPS, common.COLOURS, strict=False)):
                cells = [found[str(cap), str(side), str(opponent)] for opponent in CAPS]
                x = np.arange(len(CAPS)) + 0.2 * (k - 1.5)
                estimates = [common.Estimate(*each[:3]) for each in cells]
                common.curve(
                    axis, x.tolist(), estimates, color=colour, label=f"trained at {side}", ls=""
                )
                axis.plot(
                    x, PUBLISHED[cap][k][: len(x)], "x", color=colour, label=f"{side}, published"
                )
            axis.set(title=f"worlds of {cap}", xlabel="opponents trained at", yscale="log")
            axis.set_xticks(range(len(CAPS)), [str(opponent) for opponent in CAPS])
            axis.yaxis.set_major_formatter("{x:.0f}")
            axis.yaxis.set_minor_formatter("{x:.0f}")
            axis.grid(alpha=0.3, axis="y", which="both")
        axes[0, 0].set_ylabel("mean lifetime [ticks]")
        axes[0, 0].figure.legend(
            *axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=len(CAPS) * 2
        )


# -- Command --------------------------------------------------------------------------------


@common.command(__doc__, name="tournament")
@click.option("--minutes", default=60.0, show_default=True, type=click.FloatRange(0),
              help="Time of the whole, four fifths of it training.")  # fmt: skip
@click.option("--lifetime", default=GOALS[-1], show_default=True, type=click.IntRange(1),
              help="Train until all live so long at home [ticks], if the time allows.")  # fmt: skip
@click.option("--million", type=click.FloatRange(0, min_open=True),
              help="Train each population for so many million agent-steps instead, however long it "
              "takes; matches still get a fifth of the minutes.")  # fmt: skip
@click.option("--seeds", default=3, show_default=True, type=click.IntRange(1), help=common.SEEDS)
@click.option("--agent-ticks", type=click.IntRange(1),
              help="Agent-ticks of a match on each of its maps.  [default: as before in the "
              "folder, else what the time allows]")  # fmt: skip
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1),
              help="Processes that play matches.")  # fmt: skip
@click.option("--figures", is_flag=True, help="Neither train nor play: sum up what there is.")
@click.option("--out", default="runs/tournament", show_default=True,
              type=click.Path(path_type=Path), help=common.OUT)  # fmt: skip
def main(
    minutes: float, lifetime: int, million: float | None, seeds: int, agent_ticks: int | None,
    workers: int, figures: bool, out: Path,
) -> None:  # fmt: skip
    """Train, play and sum up."""
    if not figures:
        if agent_ticks is not None:
            common.keep(out, agent_ticks=agent_ticks)
        end = time.monotonic() + 60 * minutes
        trained = train(out, seeds, minutes * TRAINING, million, lifetime)
        left = end - time.monotonic() if million is None else 60 * minutes * (1 - TRAINING)
        agent_ticks = agent_ticks or length(out, trained, seeds, left, workers)
        common.keep(out, agent_ticks=agent_ticks)
        click.echo(f"matches: {agent_ticks:,} agent-ticks on each of {MAPS} maps")
        play_all(out, trained, seeds, agent_ticks, workers)
    report(out)
    common.draw_if_possible(draw, out)


if __name__ == "__main__":
    main()
