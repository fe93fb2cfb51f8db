"""Show how much an agent's value depends on another one, and where that other one stands.

    python experiments/dependence.py --minutes 20     # train three seeds of Law and of Chaos
    python experiments/dependence.py --pretrained     # take the agents that come with Forge
    python experiments/dependence.py --figures        # sum up and draw what there is

An agent stands alone in a crop of a map that nobody has trained on. A second one is put on each
tile of the crop in turn: how does the first one's value change? This is the viewer's overlay
Dependence, averaged over many places, for the network as initialised and as trained. The second
agent is of the next population (Law has one).

Three measures, in the unit of values, which is discounted deaths:

    size      mean of the change without its sign; about nothing as long as nothing was learned
    change    mean change; negative where others are to be avoided
    pull      mean change while the second agent stands within NEAR tiles, minus that while it
              stands beyond FAR: negative where others are to be avoided the more, the nearer

Networks are kept under ``--out`` (default runs/dependence), where value_map.py finds them, too. The
command writes dependence.csv (a line for each tile of the crop) and dependence.png there.

Source: Suarez et al., "Neural MMO", 2019, arXiv 1903.00784.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import numpy as np

from experiments import common
from experiments.agents import SETS
from experiments.common import Array, Estimate, Row
from experiments.networks import STATES, Network, measure_all
from forge.embyr import layers, probes
from forge.embyr.overlays import OVERLAYS, Look

# -- Settings -------------------------------------------------------------------------------

MAPS, PLACES = 4, 16  # held-out maps, and places on each
NEAR, FAR = 3, 5  # distances in rows or columns, whichever is more [tiles]
COLUMNS = ("million", "world", "network", "seed", "map", "row", "col", "change", "size",
           "places")  # fmt: skip

# -- Measuring ------------------------------------------------------------------------------


def measure(network: Network, number: int) -> Array:
    """Sum up the change of value over places of a map.

    Returns:
        float64 (window, window, 3), by where the second agent stands: sum of the change, sum of
        its size, and the number of places where it can stand there.
    """
    world, config = network.begin(number), network.config
    radius, realms = config.radius, world.realms
    total = np.zeros((config.window, config.window, 3))
    free = probes.standable(realms, 0)
    for k, (row, col) in enumerate(places(free, config.border + radius, number)):
        one = k % config.populations
        agent = probes.put_alone(realms, 0, one, row, col)
        second = (one + 1) % config.populations
        look = Look(0, layers.DEPENDENCE, second, agent)
        shown = OVERLAYS[layers.DEPENDENCE].draw(realms, world.sword, 0, look)
        crop = slice(row - radius, row + radius + 1), slice(col - radius, col + radius + 1)
        change, stands = np.where(free[crop], shown[crop], 0), free[crop]
        total += np.stack([change, abs(change), stands], axis=-1)
    return total


def places(free: Array, rim: int, number: int) -> list[list[int]]:
    """Draw places of a map where an agent can stay, so far from its edge that it sees only land."""
    inside = np.zeros_like(free)
    inside[rim:-rim, rim:-rim] = free[rim:-rim, rim:-rim]
    found = np.argwhere(inside)
    rng = np.random.default_rng(number)
    drawn: list[list[int]] = found[rng.permutation(len(found))[:PLACES]].tolist()
    return drawn


def lines_of(network: Network, million: float, number: int) -> Iterator[tuple[Any, ...]]:
    """Measure on one map: a line of the CSV for each tile of the crop."""
    total, radius = measure(network, number), network.config.radius
    about = million, network.world, network.state, network.seed, number
    for row, col in np.ndindex(total.shape[:2]):
        change, size, count = (float(f"{each:.5g}") for each in total[row, col])
        yield (*about, row - radius, col - radius, change, size, int(count))


# -- Results --------------------------------------------------------------------------------


def measures(lines: list[Row]) -> dict[str, dict[tuple[str, ...], Estimate]]:
    """Find each measure of every (world, network), over seeds and maps."""
    sums: dict[tuple[str, ...], Array] = defaultdict(lambda: np.zeros(7))
    for line in lines:
        away = max(abs(int(line["row"])), abs(int(line["col"])))
        change, size, count = (float(line[name]) for name in COLUMNS[-3:])
        one, near, far = np.array([change, count]), 1 <= away <= NEAR, away > FAR
        sums[tuple(line[name] for name in COLUMNS[1:5])] += [size, *one, *near * one, *far * one]
    parts = tuple(map(str, range(7)))
    table = [
        dict(zip((*COLUMNS[1:5], *parts), (*key, *map(str, total.tolist())), strict=True))
        for key, total in sums.items()
    ]
    return {name: common.estimates(table, COLUMNS[1:3], parts, of) for name, of in MEASURES.items()}


def pull(total: Array) -> float:
    """Subtract the mean change far away from the mean change nearby."""
    return common.ratio(total[3:5]) - common.ratio(total[5:7])


MEASURES: dict[str, Callable[[Array], float]] = {
    "size": lambda total: common.ratio(total[[0, 2]]),
    "change": lambda total: common.ratio(total[1:3]),
    "pull": pull,
}


def mean_map(lines: list[Row], world: str, network: str) -> Array:
    """Average the change over places, maps and seeds; NaN where the second agent never stood."""
    radius = SETS[world].config.radius
    total = np.zeros((2 * radius + 1, 2 * radius + 1, 2))
    for line in lines:
        if (line["world"], line["network"]) == (world, network):
            at = int(line["row"]) + radius, int(line["col"]) + radius
            total[at] += float(line["change"]), float(line["places"])
    stood, mean = total[..., 1] > 0, np.full(total.shape[:2], np.nan)
    mean[stood] = total[stood, 0] / total[stood, 1]
    return mean


def report(out: Path) -> None:
    """Print the measures."""
    lines = common.latest(out / "dependence.csv")
    seeds, maps = (len({line[name] for line in lines}) for name in ("seed", "map"))
    click.echo(f"change of value, 95 % interval over {seeds} seeds and {maps} maps")
    for name, found in measures(lines).items():
        for (world, network), each in found.items():
            click.echo(f"  {name:8} {world:6} {network:10} {each:.4f}")


def draw(out: Path) -> None:
    """Draw the mean change by where the second agent stands: a panel for each network."""
    lines = common.latest(out / "dependence.csv")
    sizes = measures(lines)["size"]
    with common.figure(out / "dependence.png", len(SETS), len(STATES), (8, 7)) as axes:
        for row, world in enumerate(SETS):
            maps = [mean_map(lines, world, state) for state in STATES]
            most = max(float(np.nanmax(abs(each))) for each in maps) or 1.0
            radius = SETS[world].config.radius + 0.5
            for axis, state, each in zip(axes[row], STATES, maps, strict=True):
                shown = axis.imshow(each, cmap="PuOr", vmin=-most, vmax=most,
                                    extent=(-radius, radius, radius, -radius))  # fmt: skip
                axis.plot(0, 0, "k*")
                size = f"size of the change {sizes[world, state]:.4f}"
                axis.set_title(f"{world}, {state}\n{size}", fontsize=9)
            axes[row, 0].figure.colorbar(shown, ax=list(axes[row]), label="change of value")


# -- Command --------------------------------------------------------------------------------


@common.command(__doc__)
@common.options("runs/dependence", minutes=20)
@click.option("--pretrained", is_flag=True, help="Train nothing: take the agents of Forge.")
def main(
    minutes: float, million: float | None, seeds: int, out: Path, figures: bool, pretrained: bool
) -> None:
    """Train, measure and sum up."""
    if not figures:
        training = out, seeds, minutes, million, pretrained
        common.write(out / "dependence.csv", COLUMNS, measure_all(lines_of, MAPS, *training))
    report(out)
    common.draw_if_possible(draw, out)


if __name__ == "__main__":
    main()
