"""Train: what ``python Forge.py`` does unless a command is named."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from forge.cli.options import config_options, given

if TYPE_CHECKING:
    from forge.args import Args
    from forge.blade.config import Config

# What a run keeps from its start, so that --resume continues exactly the same run.
KEPT = {"config_name": "--config", "settings": "-s", "seed": "--seed", "nRealm": "--nRealm"}


@click.command()
@click.option(
    "--nRealm",
    "nRealm",
    default=1,
    show_default=True,
    metavar="N",
    help="Worlds that run side by side.",
)
@click.option(
    "--api",
    type=click.Choice(["native"]),
    default="native",
    show_default=True,
    help="native: whole rollouts run where the realm lives.",
)
@click.option(
    "--seed", default=0, show_default=True, metavar="N", help="Master seed of everything random."
)
@click.option(
    "--epochs",
    default=None,
    type=int,
    metavar="N",
    help="Stop after N epochs, counted from the start of the run.  [default: Ctrl-C]",
)
@click.option(
    "--engine",
    type=click.Choice(["serial", "processes"]),
    default="processes",
    show_default=True,
    help="Compute in this process or in several; same results.",
)
@click.option(
    "--nWorker",
    "nWorker",
    default=None,
    type=int,
    metavar="N",
    help="Worker processes.  [default: one per core]",
)
@click.option(
    "--run",
    default=None,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="New directory for all that the run writes.  [default: runs/NAME-DATE]",
)
@click.option(
    "--resume",
    default=None,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Continue the run in DIR from its last checkpoint, with its settings.",
)
@click.option(
    "--load",
    multiple=True,
    metavar="FILE",
    help="Start with a checkpoint's weights; 2=FILE: for population 2 (repeatable).",
)
@click.option("--quiet", is_flag=True, help="Show no progress, only the summary.")
@config_options
@click.pass_context
def train(ctx: click.Context, config: "Config", **values: Any) -> None:
    """Train agents, natively."""
