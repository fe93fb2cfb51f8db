"""Trade: does the market of a mixed world of scripted agents live, at which prices, and for whom?

    python experiments/market.py                            # 3 seeds, 4 maps, 20 000 ticks
    python experiments/market.py --seeds 1 --maps 2 --ticks 2000 --out runs/market_look
    python experiments/market.py --figures                  # sum up and draw what there is

Each name of ``--agents`` plays a population of its own on saga128; all have the same size, and the
maps are those that training never sees. After a warm-up, ticks count in four equal parts, so that
one sees whether prices stay. The lowest price of each kind and level is noted in every tick, as
agents observe it, in multiples of the level.

Every seed is kept under ``--out`` (default runs/market) when it has been played; given again, the
command goes on there. It writes market.csv (a line for each kind of agents, map and seed),
market_prices.csv (a line for each level, part, map and seed) and market.png.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np

from experiments import common
from experiments.common import Array, Estimate, Row
from forge.blade.realm import Realms
from forge.blade.skills import HIGHEST
from forge.blade.trades import PRICES, TRADED
from forge.cli.evaluate import Scripts
from forge.config import Config, preset
from forge.trinity import evaluate
from forge.trinity.cast import Cast

# -- Settings -------------------------------------------------------------------------------

CONFIG = preset("saga128")
WARMUP = 500
PARTS = 4  # of the ticks that count
EARNED, SPENT, BOUGHT, SOLD, _ = TRADED
# trades: pieces bought in the ticks that count; deaths: in these; the rest: sums over these lives.
COLUMNS = ("seed", "map", "agents", "ticks", "agent_ticks", "deaths", "trades", *TRADED)
# offers: summed over ticks; places: ticks × kinds of items; offered: those of them with an offer;
# multiples: sums of their lowest prices, in multiples of the level.
IDS = {"seed", "map", "agents", "part", "level"}  # of lines; the rest can be added up
PRICED = ("seed", "map", "part", "level", "ticks", "offers", "places", "offered", "multiples")

# -- Playing --------------------------------------------------------------------------------


def world(names: Sequence[str]) -> Config:
    """Compose the world in which each population plays as the scripted agents of its name do."""
    scripts = ",".join(f"{population}={name}" for population, name in enumerate(names))
    return CONFIG.replace(populations=len(names), scripts=scripts)


class Board:
    """Watch the market from the first tick that counts.

    Attributes:
        prices: int64 (parts, W, levels, 1 + highest price), kinds and ticks by their lowest price.
        offers: int64 (parts, W, levels), offers that stood, summed over ticks.
        ticks: of each part (parts,).
        held: what the living had bought before, and at the end: int64 (W, P) each.
    """

    def __init__(self, maps: int, ticks: int) -> None:
        self.prices = np.zeros((PARTS, maps, HIGHEST, 1 + PRICES), np.int64)
        self.offers = np.zeros((PARTS, maps, HIGHEST), np.int64)
        self.ticks = np.zeros(PARTS, np.int64)
        self.held: list[Array] = []
        self._part = np.arange(ticks) * PARTS // ticks

    def begin(self, realms: Realms) -> Callable[[], None]:
        """Begin; call what is returned after every tick."""
        self.held.append(bought(realms))
        played = iter(self._part.tolist())
        levels, worlds = np.arange(HIGHEST)[:, None], np.arange(len(self.prices[0]))[:, None, None]

        def after() -> None:
            part = next(played)
            self.ticks[part] += 1
            lowest = realms.observation.market.transpose(0, 2, 1)  # [W, levels, kinds]
            np.add.at(self.prices[part], (worlds, levels, lowest), 1)
            offers = realms.state.offers
            world, slot = np.nonzero(offers["kind"])
            np.add.at(self.offers[part], (world, offers["level"][world, slot] - 1), 1)

        return after


def bought(realms: Realms) -> Array:
    """Sum up what the living have bought so far: int64 (W, P)."""
    state, found = realms.state, np.zeros(realms.state.tally.shape, np.int64)
    world, slot = np.nonzero(state.purses["bought"])
    np.add.at(
        found,
        (world, state.agents["population"][world, slot]),
        state.purses["bought"][world, slot],
    )
    return found


def play(
    seed: int, maps: int, ticks: int, names: Sequence[str]
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Play a seed on all maps: lines of both CSV files."""
    plan, board = evaluate.Plan(maps, ticks, WARMUP, seed), Board(maps, ticks)

    def begin(realms: Realms) -> Callable[[], None]:
        watched.append(realms)
        return board.begin(realms)

    watched: list[Realms] = []
    config = world(names)
    found = evaluate.play(config, Cast.of(config).played, plan, begun=begin)
    sums = found.sums["trades"].astype(np.int64)
    trades = sums[..., TRADED.index(BOUGHT)] + bought(watched[0]) - board.held[0]
    lives = [
        (seed, number, name, ticks, *(int(found.totals[each][w, p])
         for each in ("agent_ticks", "deaths")), int(trades[w, p]), *sums[w, p].tolist())
        for w, number in enumerate(plan.numbers) for p, name in enumerate(names)
    ]  # fmt: skip
    return lives, priced(board, seed, plan.numbers)


def priced(board: Board, seed: int, numbers: Sequence[int]) -> list[tuple[Any, ...]]:
    """Sum up what was seen of the market: lines of market_prices.csv."""
    multiples = board.prices @ np.arange(1 + PRICES)
    places, offered = board.prices.sum(axis=-1), board.prices[..., 1:].sum(axis=-1)
    return [
        (seed, numbers[w], part + 1, level + 1, int(board.ticks[part]),
         *(int(each[part, w, level]) for each in (board.offers, places, offered, multiples)))
        for part, w, level in np.ndindex(offered.shape)
    ]  # fmt: skip


def play_all(out: Path, seeds: int, maps: int, ticks: int, names: Sequence[str]) -> None:
    """Play the seeds that the CSV files lack, and add them."""
    done = {line["seed"] for line in common.read(out / "market.csv")}
    kept = [line for line in common.read(out / "market_prices.csv") if line["seed"] in done]
    common.write(out / "market_prices.csv", PRICED, [list(line.values()) for line in kept])
    for seed in range(seeds):
        if str(seed) not in done:
            lives, prices = play(seed, maps, ticks, names)
            common.add(out / "market_prices.csv", PRICED, prices)
            common.add(out / "market.csv", COLUMNS, lives)  # last: now the seed is done
            click.echo(f"played: seed {seed}")


# -- Results --------------------------------------------------------------------------------

Found = dict[tuple[str, ...], Estimate]


def complete(out: Path) -> tuple[list[Row], list[Row]]:
    """Read both CSV files.

    Raises:
        InputError: if nothing was played yet.
    """
    lives, prices = (common.read(out / f"{name}.csv") for name in ("market", "market_prices"))
    if not lives or not prices:
        raise common.lacking(out, "trades")
    return lives, prices


def added(lines: list[Row], *keys: str) -> list[Row]:
    """Add up the lines of each map and seed that have the same keys."""
    named, sums = ("seed", "map", *keys), defaultdict(Counter)
    for line in lines:
        numbers = {name: int(line[name]) for name in line.keys() - IDS}
        sums[tuple(line[name] for name in named)].update(numbers)
    return [
        dict(zip(named, key, strict=True)) | {name: str(sum_) for name, sum_ in total.items()}
        for key, total in sums.items()
    ]


def of_lives(lives: list[Row]) -> dict[str, dict[str, Estimate]]:
    """Estimate the lifetime of each kind of agents, and what is traded in a life."""
    return {
        what: {name: each for (name,), each in
               common.estimates(lives, ("agents",), (what, "deaths")).items()}
        for what in ("agent_ticks", *TRADED)
    }  # fmt: skip


def of_worlds(lives: list[Row], prices: list[Row]) -> dict[str, Estimate]:
    """Estimate what a world does in a tick: agents living, trades, and offers standing."""
    kinds = len({line["agents"] for line in lives})
    found = {}
    for what, lines, column, times in (
        ("living", lives, "agent_ticks", kinds),  # every kind has a line with the same ticks
        ("trades a tick", lives, "trades", kinds),
        ("offers standing", prices, "offers", HIGHEST),  # and so has every level
    ):
        each = common.estimates(added(lines), (), (column, "ticks"))[()]
        found[what] = Estimate(*(times * bound for bound in each))
    return found


def of_levels(prices: list[Row], *keys: str) -> tuple[Found, Found]:
    """Estimate the share of kinds on offer and the lowest price in levels, by level and keys.

    Levels that nobody has offered have no price.
    """
    by = ("level", *keys)
    lines = added(prices, *by)
    share = common.estimates(lines, by, ("offered", "places"))
    sold = [line for line in lines if share[tuple(line[name] for name in by)].value > 0]
    return share, common.estimates(sold, by, ("multiples", "offered"), mean_price)


def mean_price(total: Array) -> float:
    """Divide the sum of prices by their number; nan if there are none."""
    return float(total[0] / total[1]) if total[1] else np.nan


def beside(lives: list[Row], one: str, other: str) -> Estimate:
    """Estimate how many times as long as others some agents live, in the same worlds."""
    found = {
        name: common.by_seed(
            [line for line in lives if line["agents"] == name], (), ("agent_ticks", "deaths")
        )[()]
        for name in (one, other)
    }
    both = [np.hstack(each) for each in zip(found[one], found[other], strict=True)]
    return common.estimate(
        both,
        np.random.default_rng(0),
        lambda total: common.ratio(total[:2]) / (common.ratio(total[2:]) or 1),
    )


def report(out: Path) -> None:
    """Print what was traded, by whom, and at which prices."""
    lives, prices = complete(out)
    seeds, maps = (len({line[name] for line in lives}) for name in ("seed", "map"))
    click.echo(f"95 % intervals over {seeds} seeds and {maps} maps, {lives[0]['ticks']} ticks")
    for what, each in of_worlds(lives, prices).items():
        click.echo(f"{what}: {each:.2f}")
    found = of_lives(lives)
    for name in found["agent_ticks"]:
        click.echo(
            f"{name}: lifetime {found['agent_ticks'][name]:.1f}, "
            + ", ".join(f"{what} {found[what][name]:.2f}" for what in TRADED)
        )
    if {"trader", "fighter"} <= found["agent_ticks"].keys():
        click.echo(
            f"traders live {beside(lives, 'trader', 'fighter'):.2f} times as long as fighters"
        )
    share, price = of_levels(prices)
    _, last = of_levels([line for line in prices if line["part"] == str(PARTS)])
    for key, each in price.items():
        end = f" (in the last quarter {last[key]:.2f})" if key in last else ""
        click.echo(
            f"level {key[0]}: share of kinds on offer {share[key]:.3f}, "
            f"lowest price × {each:.2f}{end}"
        )


def draw(out: Path) -> None:
    """Draw prices and shares by level, for each part of the time, and lives of the kinds."""
    lives, prices = complete(out)
    share, price = of_levels(prices, "part")
    with common.figure(out / "market.png", 1, 4, (17, 3.8)) as axes:
        for axis, found, label in ((axes[0, 0], price, "lowest price ÷ level"),
                                   (axes[0, 1], share, "share of kinds on offer")):  # fmt: skip
            for part in range(1, PARTS + 1):
                shown = {int(key[0]): each for key, each in found.items() if key[1] == str(part)}
                about = {"color": common.COLOURS[part - 1], "label": f"quarter {part} of the ticks"}
                x = [level + 0.08 * (part - 2.5) for level in shown]
                common.curve(axis, x, list(shown.values()), **about)
            axis.set(xlabel="level of the item", ylabel=label, ylim=0, xlim=(0.5, HIGHEST + 0.5))
            axis.set_xticks(range(1, HIGHEST + 1))
            axis.grid(alpha=0.3)
        axes[0, 1].legend(frameon=False)
        found_lives = of_lives(lives)
        bars(axes[0, 2], {"": found_lives["agent_ticks"]}, "mean lifetime [ticks]")
        gold = {f"gold {what}": found_lives[what] for what in (EARNED, SPENT)}
        bars(axes[0, 3], gold, "gold in a life")
        axes[0, 3].legend(frameon=False)


def bars(axis: Any, found: dict[str, dict[str, Estimate]], label: str) -> None:
    """Draw a point with its interval for each kind of agents, of each quantity."""
    for k, (what, by_kind) in enumerate(found.items()):
        x = (np.arange(len(by_kind)) + 0.15 * (k - (len(found) - 1) / 2)).tolist()
        about = {"ls": "", "label": what, "color": common.COLOURS[k]}
        common.curve(axis, x, list(by_kind.values()), **about)
        axis.set_xticks(range(len(by_kind)), list(by_kind))
    axis.set(ylabel=label, ylim=0, xlim=(-0.5, len(by_kind) - 0.5))
    axis.grid(alpha=0.3, axis="y")


# -- Command --------------------------------------------------------------------------------


@common.command(__doc__)
@click.option("--agents", "names", type=Scripts(), metavar="NAME[,NAME]",
              default="greedy,fighter,gatherer,trader", show_default=True,
              help="Who plays each population.")  # fmt: skip
@click.option("--seeds", default=3, show_default=True, type=click.IntRange(1),
              help="Master seeds: 0, 1, …")  # fmt: skip
@click.option("--maps", default=4, show_default=True, type=click.IntRange(1),
              help="Held-out maps: 10 000, 10 001, …")  # fmt: skip
@click.option("--ticks", default=20_000, show_default=True, type=click.IntRange(PARTS),
              help="Ticks on each map that count.")  # fmt: skip
@click.option("--out", default="runs/market", show_default=True, type=click.Path(path_type=Path),
              help="Folder of results; given again, the command goes on there.")  # fmt: skip
@click.option("--figures", is_flag=True, help="Play nothing: sum up and draw what there is.")
def main(
    names: tuple[str, ...], seeds: int, maps: int, ticks: int, out: Path, figures: bool
) -> None:
    """Play and sum up."""
    if not figures:
        common.keep(out, agents=",".join(names), maps=maps, ticks=ticks)
        play_all(out, seeds, maps, ticks, names)
    report(out)
    common.draw_if_possible(draw, out)


if __name__ == "__main__":
    main()
