"""Watch: a world in the browser, live."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from forge.cli.exporting import Export, export_options
from forge.cli.options import (
    OF_THE_NETWORK,
    InputError,
    StoppedError,
    config_options,
    given,
    load_overlays,
    overlay_option,
    record_options,
    serving_options,
    with_network_of,
    world_options,
)
from forge.trinity.casting import LISTED, SCRIPTS

if TYPE_CHECKING:
    from forge.config import Config
    from forge.embyr.pacing import Feed
    from forge.embyr.worlds import Loaded

# Who plays worlds with what no agents that come with Forge have learned.
STAND_IN = "fighter"

# Options that mean nothing with a run, which has its own, by parameter.
OF_SCRIPTS = {
    "agents": "--agents",
    "number": "--map",
    "nRealm": "--nRealm",
    "seed": "--seed",
    "config_name": "--config",
    "settings": "-s",
}


@click.command()
@click.argument("run", required=False, type=click.Path())
@click.option(
    "--agents", type=click.Choice(SCRIPTS), metavar="NAME",
    help=f"Scripted agents: {LISTED}.  [default: the agents that come with Forge; {STAND_IN} in "
    "worlds that these do not know]",
)  # fmt: skip
@click.option(
    "--nRealm", "nRealm", default=1, show_default=True, type=click.IntRange(1, 10_000),
    metavar="N", help="Realms to choose from, on maps K of --map, K + 1, …",
)  # fmt: skip
@world_options("Ticks before the first that is shown, while the realms fill up.")
@record_options("while you watch it, or for as many ticks as --ticks says.")
@export_options
@overlay_option
@serving_options
@config_options(default="chaos128")
@click.pass_context
def watch(ctx: click.Context, /, config: "Config", **values: Any) -> None:
    """Watch a world in the browser, live: trained or scripted agents, or the realms of RUN.

    RUN is the directory of a run, finished or still training: copies of its realms, as its last
    checkpoint has them, are played on with its newest weights. The run itself is not touched.
    """
    export = Export.of(ctx, values)
    _check(ctx, values, export)
    feed, realms = _source(ctx, config, values)
    realm, record = values["record_realm"], values["record"]
    if realm not in realms:
        raise InputError(f"there is no realm {realm} to record: there are {len(realms)}")
    try:
        with _taped(feed, record, realm) as source:
            if export or values["ticks"] is not None:
                export.play(source.begin(), realm, record is not None)
            else:
                from forge.embyr import watching

                watching.watch(source, realms, values["host"], values["port"], click.echo)
    except KeyboardInterrupt:
        if record is not None and Path(record).exists():
            raise StoppedError(f"the recording {record} is whole, but shorter") from None
        raise
    if record is not None:
        there = Path(record).exists()
        click.echo(f"recording: {record}" if there else "nobody watched: nothing was recorded")


def _check(ctx: click.Context, values: dict[str, Any], export: Export) -> None:
    """Refuse options that mean nothing together."""
    records = values["record"] is not None
    if given(ctx, "ticks") and not (records or export):
        raise click.UsageError("--ticks goes with --record, --png, --gif, --mp4 or --html")
    if export or given(ctx, "ticks"):
        for name in ("overlays", "port", "host"):
            if given(ctx, name):
                raise click.UsageError(f"--{name} goes with a page that is served")
    if given(ctx, "record_realm") and not (records or export):
        raise click.UsageError("--record-realm goes with --record, --png, --gif, --mp4 or --html")


def _source(
    ctx: click.Context, config: "Config", values: dict[str, Any]
) -> "tuple[Feed, list[int]]":
    """Find where the worlds come from, and which realms there are."""
    from forge.blade.numbers import whole
    from forge.embyr.feeds import FreshFeed, RunFeed
    from forge.embyr.worlds import Scripted

    load_overlays(values["overlays"])
    if values["run"] is not None:
        again = [option for name, option in OF_SCRIPTS.items() if given(ctx, name)]
        if again:
            raise click.UsageError(f"{again[0]} means nothing with a run, which has its own")
        # The realms of a run are full as they are, unless somebody asks for more.
        run = RunFeed(values["run"], values["warmup"] if given(ctx, "warmup") else 0)
        return run, run.realms
    last = whole("the number of the last map", values["number"] + values["nRealm"] - 1, 0)
    maps = tuple(range(values["number"], last + 1))
    seed, warmup = values["seed"], values["warmup"]
    beginning: Scripted | Loaded | None = None
    agents = values["agents"]
    if agents is None:
        beginning = _pretrained(config, dict(ctx.params["settings"]), seed, maps, warmup)
    if beginning is None:
        beginning = Scripted(config, seed, maps, agents or STAND_IN, warmup)
    return FreshFeed(beginning), list(range(len(maps)))


def _pretrained(
    config: "Config", settings: dict[str, str], seed: int, maps: tuple[int, ...], warmup: int
) -> "Loaded | None":
    """Begin worlds with the agents that come with the package and fit the config best.

    Returns:
        None, and says so, where the world has what these agents have not learned.

    Raises:
        CheckpointError: if a setting by hand asks for another network than theirs.
    """
    from forge.embyr.worlds import Loaded
    from forge.errors import CheckpointError
    from forge.ethyr.checkpoint import load_model, open_config
    from forge.ethyr.layout import Layout
    from forge.ethyr.pretrained import fitting
    from forge.trinity.defaults import default_trinity

    name = fitting(config.combat)
    config = with_network_of(open_config(name), config, settings)
    try:
        loaded = load_model(name, Layout(default_trinity().Sword.parameters(config)), config)
    except CheckpointError as error:
        if settings.keys().isdisjoint(OF_THE_NETWORK):
            click.echo(
                "No trained agents that know this world come with Forge: scripted ones "
                f"({STAND_IN}) play it; --agents NAME takes others",
                err=True,
            )
            return None
        raise CheckpointError(
            f"the agents that come with Forge do not fit these settings ({error}); watch scripted "
            "ones, --agents greedy, or train some for these settings"
        ) from None
    model = loaded[[p % len(loaded) for p in range(config.populations)]]
    return Loaded(config, seed, maps, f"Trained agents ({name})", model, warmup)


@contextmanager
def _taped(feed: "Feed", path: str | None, realm: int) -> "Iterator[Feed]":
    """Let a feed be recorded, if that is asked for."""
    if path is None:
        yield feed
        return
    from forge.embyr.feeds import TapedFeed

    with TapedFeed(feed, path, realm) as taped:
        yield taped
