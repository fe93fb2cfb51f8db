"""Play a mixed world of scripted agents on saga128, and report how its market does.

    python experiments/market.py --ticks 20000 --agents greedy,fighter,gatherer,trader

Each name plays a population of its own; all have the same size.
"""

from collections.abc import Sequence

import click
import numpy as np

from experiments import common
from forge.blade import Realms
from forge.blade.observation import CHOICES, Actions, Observation
from forge.blade.scripted import SCRIPTED
from forge.blade.skills import HIGHEST
from forge.blade.subset import of_agents
from forge.blade.trades import PRICES, TRADED
from forge.cli.evaluate import Scripts
from forge.cli.options import config_options, seed_option
from forge.config import Config
from forge.trinity import casting


def decide(obs: Observation, names: Sequence[str]) -> Actions:
    """Let each population play as the scripted agents of its name do."""
    actions = Actions.stay(len(obs))
    for population, name in enumerate(names):
        chosen = np.flatnonzero(obs.ent["population"] == population)
        played = SCRIPTED[name](of_agents(obs, chosen))
        for choice in CHOICES:
            getattr(actions, choice)[chosen] = getattr(played, choice)
    return actions


@click.command(help=common.help_of(__doc__))
@click.option("--ticks", default=20_000, show_default=True, type=click.IntRange(1), metavar="N")
@click.option("--agents", "names", type=Scripts(), metavar="NAME[,NAME]",
              default="greedy,fighter,gatherer,trader", show_default=True,
              help="Who plays each population.")  # fmt: skip
@seed_option
@config_options(default="saga128")
def main(config: Config, ticks: int, names: tuple[str, ...], seed: int) -> None:
    """Play, and print what was traded."""
    if not config.market:
        raise click.UsageError("this world has no market: choose saga")
    config = config.replace(populations=len(names))
    casting.refuse(config, f"--agents {','.join(names)}")
    realms = Realms(config, seed)
    prices = np.zeros((HIGHEST, 1 + PRICES), np.int64)  # ticks and kinds by level and lowest price
    living = standing = 0
    lives = []
    for _ in range(ticks):
        obs = realms.observation
        living += len(obs)
        standing += int((realms.state.offers["kind"] > 0).sum())
        for level in range(HIGHEST):
            prices[level] += np.bincount(obs.market[0, :, level], minlength=1 + PRICES)
        realms.step(decide(obs, names))
        lives.append(realms.take_lives())
    ended, kinds = np.concatenate(lives), len(obs.market[0])
    bought = int(ended["bought"].sum() + realms.state.purses["bought"].sum())
    click.echo(f"{living / ticks:.1f} living, {bought / ticks:.3f} trades a tick, ", nl=False)
    click.echo(f"{standing / ticks:.1f} offers standing")
    for population, name in enumerate(names):
        own = ended[ended["population"] == population]
        if not len(own):
            click.echo(f"{name}: nobody has died yet")
            continue
        means = ", ".join(f"{column} {own[column].mean():.3f}" for column in TRADED)
        click.echo(f"{name}: lifetime {own['lifetime'].mean():.1f}, {means}")
    for level, counts in enumerate(prices, start=1):
        if offered := counts[1:].sum():
            mean = (counts[1:] * np.arange(1, 1 + PRICES)).sum() / offered
            share = offered / (ticks * kinds)
            click.echo(f"level {level}: {share:.1%} of kinds on offer, lowest price × {mean:.2f}")


if __name__ == "__main__":
    main()
