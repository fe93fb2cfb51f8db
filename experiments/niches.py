"""Find niches: do populations that share a world keep to territories of their own?

    python experiments/niches.py --minutes 60    # 3 seeds, Law and Chaos
    python experiments/niches.py --minutes 4 --seeds 1 --world chaos    # a look
    python experiments/niches.py --pretrained    # eight populations of Chaos, those of Forge
    python experiments/niches.py --figures       # sum up and draw what there is

Worlds of 128 agents are shared by 1, 2, 4 or 8 populations, which learn apart from each other. Then
they are put on maps that nobody has seen, and the tiles are counted on which each of them stands.
The overlap of two populations is the part that their distributions over the map have in common:
Σ min(p, q), 1 if they live in the same places, 0 if nowhere both; of several, the mean over pairs.

What would it be by chance? A life stays near its birth, so a few lives never cover the map evenly,
and even populations that behave alike overlap by less than 1. The null hypothesis is that where a
life goes has nothing to do with its population: all births fall on the rim alike, and lives are
exchangeable within a map. So the populations of the map's lives are permuted among them, each with
its whole way, and the overlap is found anew, SHUFFLES times. Less overlap than so means that
territories differ between populations. It does not say why: by avoiding each other, or by habits.

Runs are kept under ``--out`` (default runs/niches). The command writes niches.csv (a line for each
map), niches_maps.csv (the visits of one map) and niches.png there.

Source: Suarez et al., "Neural MMO", 2019, arXiv 1903.00784.
"""

from collections.abc import Callable, Iterator
from itertools import combinations, product
from pathlib import Path
from typing import Any

import click
import numpy as np

from experiments import common, training
from experiments.common import Array, Estimate, Row
from experiments.networks import keep_networks
from experiments.training import Run
from forge.blade.realm import Realms
from forge.config import preset
from forge.embyr.palette import safe_colour
from forge.ethyr.checkpoint import open_config
from forge.trinity import evaluate

# -- Settings -------------------------------------------------------------------------------

WORLDS = {
    "law": preset("law128"),
    "chaos": preset("chaos128").replace(auto_target=True),
}
POPULATIONS = (1, 2, 4, 8)
OURS = "pretrained:chaos"
REALMS = 16  # of a run
ROUND = 0.1  # agent-steps of a population in a round of training [10⁶]
MAPS, WARMUP = 8, 500
SHUFFLES = 200
COLUMNS = ("million", "world", "populations", "seed", "map", "overlap", "chance", "p")
VISITS = ("million", "world", "populations", "population", "row", "col", "ticks")

# -- Playing --------------------------------------------------------------------------------


def runs(out: Path, seeds: int, worlds: tuple[str, ...]) -> list[Run]:
    """List the runs of training."""
    return [
        Run(out / f"{world}-{number}-{seed}", WORLDS[world].replace(populations=number),
            REALMS, seed)
        for seed, world, number in product(range(seeds), worlds, POPULATIONS)
    ]  # fmt: skip


class Ways:
    """Note where every life stands in every tick."""

    def __init__(self) -> None:
        self.noted: list[Array] = []  # (N, 4) each: realm in the batch, id, population, tile

    def begin(self, realms: Realms) -> Callable[[], None]:
        """Begin; call what is returned after every tick."""

        def after() -> None:
            obs, size = realms.observation, realms.config.map_size
            ent = obs.ent
            tile = ent["row"].astype(np.int64) * size + ent["col"]
            self.noted.append(np.stack([obs.realm, ent["id"], ent["population"], tile], axis=1))

        return after

    def of(self, w: int) -> Array:
        """List what was noted in a realm: int64 (ticks lived, 3), life, population, tile."""
        noted = np.concatenate(self.noted)
        return noted[noted[:, 0] == w, 1:]


def overlap(visits: Array) -> float:
    """Average Σ min(p, q) over the pairs of populations.

    Args:
        visits: (P, tiles), time on each tile; a population that nobody was of overlaps with none.
    """
    total = np.maximum(visits.sum(axis=1, keepdims=True), 1)
    shares = visits / total
    return float(np.mean([np.minimum(a, b).sum() for a, b in combinations(shares, 2)]))


def counted(population: Array, tile: Array, populations: int, tiles: int) -> Array:
    """Count the time of each population on each tile: int64 (P, tiles)."""
    counts = np.bincount(population * tiles + tile, minlength=populations * tiles)
    return counts.reshape(populations, tiles)


def by_chance(ways: Array, populations: int, tiles: int, rng: np.random.Generator) -> Array:
    """Find the overlap as often as the populations of the lives are permuted: (SHUFFLES,).

    Args:
        ways: int64 (n, 3), life, population, tile.
        populations: P.
        tiles: of the map.
        rng: draws.
    """
    _, first, life = np.unique(ways[:, 0], return_index=True, return_inverse=True)
    of_life = ways[first, 1]
    return np.array(
        [
            overlap(counted(rng.permutation(of_life)[life], ways[:, 2], populations, tiles))
            for _ in range(SHUFFLES)
        ]
    )


def play(run: Run, load: str, ticks: int) -> Iterator[tuple[int, Array]]:
    """Play on the maps: yield the number of each, and the ways of its lives."""
    plan, ways = evaluate.Plan(MAPS, ticks, WARMUP, run.seed), Ways()
    decide = evaluate.trained(run.config, [load], plan)
    evaluate.play(run.config, decide, plan, begun=ways.begin)
    for w, number in enumerate(plan.numbers):
        yield number, ways.of(w)


def measure(out: Path, run: Run, load: str, learned: float, ticks: int) -> None:
    """Play what the CSV lacks of a run, and add it."""
    size, P = run.config.map_size, run.config.populations
    about = learned, "chaos" if run.config.combat else "law", P
    path = out / "niches.csv"
    done = {tuple(line[name] for name in COLUMNS[:4]) for line in common.read(path)}
    if tuple(map(str, (*about, run.seed))) in done:
        return
    rng, lines = np.random.default_rng(run.seed), []
    for number, ways in play(run, load, ticks):
        visits = counted(ways[:, 1], ways[:, 2], P, size * size)
        if run.seed == 0 and number == evaluate.HELD_OUT:
            found = [(*about, p, *divmod(tile, size), int(visits[p, tile]))
                     for p, tile in np.argwhere(visits).tolist()]  # fmt: skip
            common.add(out / "niches_maps.csv", VISITS, found)
        numbers: tuple[Any, ...] = 1.0, 1.0, 1.0
        if P > 1:
            here, chance = overlap(visits), by_chance(ways, P, size * size, rng)
            p = (1 + int((chance <= here).sum())) / (1 + len(chance))
            numbers = round(here, 5), round(float(chance.mean()), 5), round(p, 5)
        lines.append((*about, run.seed, number, *numbers))
    common.add(path, COLUMNS, lines)
    click.echo(f"played: {about[1]}, {P} populations, seed {run.seed}")


# -- Results --------------------------------------------------------------------------------


def relative(lines: list[Row]) -> dict[tuple[str, ...], Estimate]:
    """Divide overlap by chance, for every (world, populations), over seeds and maps."""
    several = [line for line in lines if int(line["populations"]) > 1]
    return common.estimates(several, COLUMNS[1:3], COLUMNS[5:7])


def report(out: Path) -> None:
    """Print the overlap."""
    lines = common.latest(out / "niches.csv")
    seeds, maps = (len({line[name] for line in lines}) for name in ("seed", "map"))
    million = float(lines[0]["million"])
    who = f"{million:.2f} M agent-steps a population" if million else "the agents of Forge"
    click.echo(f"overlap of territories, 95 % interval over {seeds} seeds and {maps} maps; {who}")
    for (world, number), each in relative(lines).items():
        here = [line for line in lines if (line["world"], line["populations"]) == (world, number)]
        overlaps, chance = (np.mean([float(x[name]) for x in here]) for name in COLUMNS[5:7])
        few = sum(float(line["p"]) <= 0.05 for line in here)
        click.echo(f"  {world:6} {number} populations: {overlaps:.3f}, by chance {chance:.3f}; "
                   f"ratio {each:.3f}; p ≤ 0.05 on {few} of {len(here)} maps")  # fmt: skip


def territory(lines: list[Row], world: str, number: str) -> Array:
    """Paint one map: the colour of the population that was there most, brighter for longer."""
    size, P = WORLDS[world].map_size, int(number)
    visits = np.zeros((P, size, size))
    for line in lines:
        if (line["world"], line["populations"]) == (world, number):
            visits[int(line["population"]), int(line["row"]), int(line["col"])] = line["ticks"]
    light = np.log1p(visits.sum(axis=0))
    light = (light / (np.quantile(light[light > 0], 0.95) if light.any() else 1)).clip(0, 1)
    colours = np.array([safe_colour(p) for p in range(P)]) / 255
    shown: Array = colours[visits.argmax(axis=0)] * light[..., None]
    return shown


def draw(out: Path) -> None:
    """Draw the visits by population, and the overlap against the number of populations."""
    lines, visits = (common.latest(out / name) for name in ("niches.csv", "niches_maps.csv"))
    worlds = list(dict.fromkeys(line["world"] for line in lines))
    numbers = sorted({line["populations"] for line in lines}, key=int)
    found, columns = relative(lines), len(numbers) + 1
    with common.figure(
        out / "niches.png", len(worlds), columns, (3.6 * columns, 3.8 * len(worlds))
    ) as axes:
        for row, world in zip(axes, worlds, strict=True):
            for axis, number in zip(row, numbers, strict=False):
                rim = WORLDS[world].border
                axis.imshow(territory(visits, world, number)[rim:-rim, rim:-rim])
                axis.set_title(f"{world}: {number} population{'s' * (number != '1')}")
                axis.set_axis_off()
            here = [number for number in numbers if (world, number) in found]
            each = [found[world, number] for number in here]
            common.curve(row[-1], list(map(int, here)), each, color=common.COLOURS[1])
            row[-1].axhline(1, color="black", linewidth=0.8, linestyle="--")
            row[-1].set(xlabel="populations", ylabel="overlap ÷ chance")
            row[-1].set_xticks(list(map(int, here)))
            row[-1].grid(alpha=0.3)


# -- Command --------------------------------------------------------------------------------


@common.command(__doc__)
@common.options("runs/niches", minutes=60)
@click.option("--world", "worlds", multiple=True, type=click.Choice(list(WORLDS)),
              help="Repeatable.  [default: all]")  # fmt: skip
@click.option("--ticks", default=2048, show_default=True, type=click.IntRange(1),
              help="Ticks on each held-out map.")  # fmt: skip
@click.option("--pretrained", is_flag=True,
              help="Train nothing: take the agents of Chaos that come with Forge.")  # fmt: skip
def main(
    minutes: float, million: float | None, seeds: int, out: Path, figures: bool,
    worlds: tuple[str, ...], ticks: int, pretrained: bool,
) -> None:  # fmt: skip
    """Train, play and sum up."""
    if not figures:
        if pretrained and "law" in worlds:
            raise click.UsageError("--pretrained goes with --world chaos: they live there")
        common.keep(out, ticks=ticks)
        keep_networks(out, pretrained)
        if pretrained:
            for seed in range(seeds):  # of the worlds: the networks are the same
                measure(out, Run(out, open_config(OURS), REALMS, seed), OURS, 0.0, ticks)
        else:
            kinds = runs(out, seeds, worlds or tuple(WORLDS))
            learned = training.train_in_turn(kinds, minutes, ROUND, million)
            for run in kinds:
                measure(out, run, str(run.path), learned, ticks)
    report(out)
    common.draw_if_possible(draw, out)


if __name__ == "__main__":
    main()
