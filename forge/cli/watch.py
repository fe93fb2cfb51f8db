"""Watch: a world in the browser, live."""

from typing import TYPE_CHECKING, Any

import click

from forge.casting import SCRIPTS
from forge.cli.options import (
    config_options,
    given,
    load_overlays,
    overlay_option,
    serving_options,
    with_network_of,
)

if TYPE_CHECKING:
    from forge.blade.config import Config
    from forge.embyr.worlds import Loaded

# Options that mean nothing with a run, which has its own, by parameter.
OF_SCRIPTS = {
    "agents": "--agents",
    "number": "--map",
    "nRealm": "--nRealm",
    "seed": "--seed",
    "warmup": "--warmup",
    "config_name": "--config",
    "settings": "-s",
}


@click.command()
@click.argument("run", required=False, type=click.Path())
@click.option(
    "--agents", type=click.Choice(SCRIPTS), metavar="NAME",
    help=f"Scripted agents: {', '.join(SCRIPTS)}.  [default: the agents that come with Forge]",
)  # fmt: skip
@click.option(
    "--map", "number", default=10_000, show_default=True, type=click.IntRange(0, 2**31 - 1),
    metavar="K", help="Number of the first realm's map; from 10 000 on nobody has trained on them.",
)  # fmt: skip
@click.option(
    "--nRealm", "nRealm", default=1, show_default=True, type=click.IntRange(1, 10_000),
    metavar="N", help="Realms to choose from, on maps K, K + 1, …",
)  # fmt: skip
@click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(0, 2**64 - 1), metavar="N",
    help="Master seed of everything random.",
)  # fmt: skip
@click.option(
    "--warmup", default=500, show_default=True, type=click.IntRange(0, 10_000_000), metavar="N",
    help="Ticks before the first that is shown, while the realms fill up.",
)  # fmt: skip
@overlay_option
@serving_options
@config_options(default="chaos128")
@click.pass_context
def watch(ctx: click.Context, /, config: "Config", **values: Any) -> None:
    """Watch a world in the browser, live: trained or scripted agents, or the realms of RUN.

    RUN is the directory of a run, finished or still training: copies of its realms, as its last
    checkpoint has them, are played on with its newest weights. The run itself is not touched.
    """
    from forge.blade.numbers import whole
    from forge.embyr import watching
    from forge.embyr.feeds import FreshFeed, RunFeed
    from forge.embyr.worlds import Scripted

    load_overlays(values["overlays"])
    if values["run"] is not None:
        again = [option for name, option in OF_SCRIPTS.items() if given(ctx, name)]
        if again:
            raise click.UsageError(f"{again[0]} means nothing with a run, which has its own")
        run = RunFeed(values["run"])
        watching.watch(run, run.realms, values["host"], values["port"], click.echo)
        return
    last = whole("the number of the last map", values["number"] + values["nRealm"] - 1, 0)
    maps = tuple(range(values["number"], last + 1))
    seed, warmup = values["seed"], values["warmup"]
    beginning: Scripted | Loaded
    if values["agents"] is None:
        beginning = _pretrained(config, dict(ctx.params["settings"]), seed, maps, warmup)
    else:
        beginning = Scripted(config, seed, maps, values["agents"], warmup)
    feed, realms = FreshFeed(beginning), list(range(len(maps)))
    watching.watch(feed, realms, values["host"], values["port"], click.echo)


def _pretrained(
    config: "Config", settings: dict[str, str], seed: int, maps: tuple[int, ...], warmup: int
) -> "Loaded":
    """Begin worlds with the agents that come with the package and fit the config best.

    Raises:
        CheckpointError: if their network is not the config's.
    """
    from forge.embyr.worlds import Loaded
    from forge.errors import CheckpointError
    from forge.ethyr.checkpoint import load_model, open_config
    from forge.ethyr.layout import Layout
    from forge.ethyr.pretrained import fitting
    from forge.trinity.smith import default_trinity

    name = fitting(config.combat)
    config = with_network_of(open_config(name), config, settings)
    try:
        loaded = load_model(name, Layout(default_trinity().Sword.parameters(config)))
    except CheckpointError as error:
        raise CheckpointError(
            f"the agents that come with Forge do not fit these settings ({error}); watch scripted "
            "ones, --agents greedy, or train some for these settings"
        ) from None
    model = loaded[[p % len(loaded) for p in range(config.populations)]]
    return Loaded(config, seed, maps, f"Trained agents ({name})", model, warmup)
