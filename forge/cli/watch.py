"""Watch: a world in the browser, live."""

from typing import TYPE_CHECKING, Any

import click

from forge.casting import SCRIPTS
from forge.cli.options import config_options, given, load_overlays, overlay_option, serving_options

if TYPE_CHECKING:
    from forge.blade.config import Config

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
    "--agents", type=click.Choice(SCRIPTS), default="greedy", show_default=True, metavar="NAME",
    help=f"Without a run: scripted agents, {', '.join(SCRIPTS)}.",
)  # fmt: skip
@click.option(
    "--map", "number", default=0, show_default=True, type=click.IntRange(0, 2**31 - 1),
    metavar="K", help="Number of the first realm's map.",
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
    """Watch a world in the browser, live: the realms of RUN, or scripted agents.

    RUN is the directory of a run, finished or still training: copies of its realms, as its last
    checkpoint has them, are played on with its newest weights. The run itself is not touched.
    """
    from forge.blade.numbers import whole
    from forge.embyr import watching
    from forge.embyr.feeds import RunFeed, ScriptFeed
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
    beginning = Scripted(config, values["seed"], maps, values["agents"], values["warmup"])
    scripts = ScriptFeed(beginning)
    realms = list(range(len(maps)))
    watching.watch(scripts, realms, values["host"], values["port"], click.echo)
