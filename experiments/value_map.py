"""Map the value of a lone agent on every tile of maps that nobody has trained on.

    python experiments/value_map.py --minutes 20     # train three seeds of Law and of Chaos
    python experiments/value_map.py --pretrained     # take the agents that come with Forge
    python experiments/value_map.py --figures        # sum up and draw what there is

A standard agent, with full health, food and water, is put on each tile of an otherwise empty map:
what does its network expect there? This is the viewer's overlay Values, for the network as
initialised and as trained.

The measure is how closely the values follow the way to what an agent needs: Spearman's rank
correlation of the value with the distance to the nearest water, forest and lava, over the tiles of
a map. Values that fall with the distance to water correlate negatively.

Networks are kept under ``--out`` (default runs/value_map); ``--out runs/dependence`` takes those
that dependence.py has trained. The command writes value_map.csv (a line for each tile) and
value_map.png there.

Source: Suarez et al., "Neural MMO", 2019, arXiv 1903.00784.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import numpy as np

from experiments import common
from experiments.agents import SETS
from experiments.common import Array, Estimate, Row
from experiments.networks import STATES, Network, measure_all
from forge.blade.tiles import Tile
from forge.embyr import frames, layers, probes
from forge.embyr.overlays import OVERLAYS, Look

# -- Settings -------------------------------------------------------------------------------

MAPS = 4  # held-out maps
NEEDS = (Tile.WATER, Tile.FOREST, Tile.LAVA)
DISTANCES = tuple(tile.name.lower() for tile in NEEDS)  # to the nearest tile of that kind [tiles]
COLUMNS = ("million", "world", "network", "seed", "map", "row", "col", "value", *DISTANCES)

# -- Measuring ------------------------------------------------------------------------------


def lines_of(network: Network, million: float, number: int) -> Iterator[tuple[Any, ...]]:
    """Map the values of the first population on one map: a line of the CSV for each tile."""
    world = network.begin(number)
    probes.clear(world.realms, 0)
    look = Look(0, layers.VALUES, 0)
    values = OVERLAYS[layers.VALUES].draw(world.realms, world.sword, 0, look)
    land = frames.land(world.realms, 0)
    away = [distances(land == tile) for tile in NEEDS]
    about = million, network.world, network.state, network.seed, number
    for row, col in np.argwhere(~np.isnan(values)).tolist():
        value = float(f"{values[row, col]:.5g}")
        yield (*about, row, col, value, *(int(each[row, col]) for each in away))


def distances(there: Array) -> Array:
    """Count the steps from each tile to the nearest one marked, along rows and columns.

    Args:
        there: bool (S, S).

    Returns:
        int64 (S, S); twice S if there is none.
    """
    size = len(there)
    found = np.where(there, 0, 2 * size)
    for axis in (0, 1):  # the nearest along one axis, then along the other
        each = np.arange(size)
        steps = abs(each[:, None] - each)
        rows = found if axis else found.T
        found = (rows[:, None, :] + steps).min(axis=2)
        found = found if axis else found.T
    return found


# -- Results --------------------------------------------------------------------------------


def ranks(values: Array) -> Array:
    """Rank numbers from 0; equal ones share the mean of their ranks."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(count)
    return ((ends - count + ends - 1) / 2)[place]


def correlation(one: Array, other: Array) -> float:
    """Correlate the ranks of two lists (Spearman); 0 if one of them is constant."""
    a, b = (ranks(each) - (len(each) - 1) / 2 for each in (one, other))
    return float(a @ b / (np.sqrt((a @ a) * (b @ b)) or 1))


def correlations(lines: list[Row]) -> dict[tuple[str, ...], Estimate]:
    """Find the mean correlation of every (world, network, kind of tile), over seeds and maps."""
    table = [
        {**dict(zip(COLUMNS[1:5], key, strict=True)), "tile": tile, "one": "1",
         "found": str(correlation(tiles[:, 0], tiles[:, k]))}
        for key, (tiles,) in common.by_seed(lines, COLUMNS[1:5], COLUMNS[7:]).items()
        for k, tile in enumerate(DISTANCES, 1)
    ]  # fmt: skip
    return common.estimates(table, ("world", "network", "tile"), ("found", "one"))


def report(out: Path) -> None:
    """Print the correlations."""
    lines = common.latest(out / "value_map.csv")
    seeds, maps = (len({line[name] for line in lines}) for name in ("seed", "map"))
    click.echo(
        "rank correlation of value and distance to the nearest tile of a kind, 95 % interval over "
        f"{seeds} seeds and {maps} maps"
    )
    for (world, network, tile), each in correlations(lines).items():
        click.echo(f"  {world:6} {network:10} {tile:7} {each:+.2f}")


def draw(out: Path) -> None:
    """Draw the values on the first map, of the first seed: a panel for each network."""
    lines = common.latest(out / "value_map.csv")
    seed, number = lines[0]["seed"], lines[0]["map"]
    with common.figure(out / "value_map.png", len(SETS), len(STATES), (9, 8)) as axes:
        for row, world in enumerate(SETS):
            for axis, state in zip(axes[row], STATES, strict=True):
                wanted = (world, state, seed, number)
                here = [x for x in lines if tuple(x[name] for name in COLUMNS[1:5]) == wanted]
                size = SETS[world].config.map_size
                shown = np.full((size, size), np.nan)
                for line in here:
                    shown[int(line["row"]), int(line["col"])] = float(line["value"])
                rim = SETS[world].config.border
                axis.set_facecolor("#444444")  # where nobody can stand
                image = axis.imshow(shown[rim:-rim, rim:-rim], cmap="viridis")
                axis.set(xticks=[], yticks=[])
                axis.figure.colorbar(image, ax=axis, label="value")
                axis.set_title(f"{world}, {state}: map {number}", fontsize=9)


# -- Command --------------------------------------------------------------------------------


@common.command(__doc__)
@common.options("runs/value_map", minutes=20)
@click.option("--pretrained", is_flag=True, help="Train nothing: take the agents of Forge.")
def main(
    minutes: float, million: float | None, seeds: int, out: Path, figures: bool, pretrained: bool
) -> None:
    """Train, measure and sum up."""
    if not figures:
        training = out, seeds, minutes, million, pretrained
        common.write(out / "value_map.csv", COLUMNS, measure_all(lines_of, MAPS, *training))
    report(out)
    common.draw_if_possible(draw, out)


if __name__ == "__main__":
    main()
