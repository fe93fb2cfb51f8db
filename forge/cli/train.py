"""Train or play: the default of ``python Forge.py``, without the name of a command."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from forge.cli.called import FALLBACK, quoted
from forge.cli.options import (
    config_options,
    events_option,
    given,
    load_overlays,
    overlay_option,
    record_options,
    serving_options,
)
from forge.cli.output import OutputError
from forge.registry import ENGINES, LOGGERS

if TYPE_CHECKING:
    from forge.args import Args
    from forge.config import Config
    from forge.embyr.beside import Beside
    from forge.ethyr.summary import Summary
    from forge.trinity import Trinity
    from forge.trinity.smith import Native

# Options that a resumed run keeps from its start, so that they cannot be given again.
KEPT = {"config_name": "--config", "settings": "-s", "seed": "--seed", "nRealm": "--nRealm",
        "run": "--run", "load": "--load"}  # fmt: skip


@click.command()
@click.option(
    "--nRealm", "nRealm", default=1, show_default=True, metavar="N",
    help="Worlds that run side by side.",
)  # fmt: skip
@click.option(
    "--api", type=click.Choice(["native", "vecenv"]), default="native", show_default=True,
    help="native: train; whole rollouts run where the realm lives. vecenv: play a forward pass of "
    "one population step by step (forge/cli/forward.py); nothing is learned.",
)  # fmt: skip
@click.option(
    "--batched", is_flag=True,
    help="With vecenv: all agents of a realm in one pass, instead of one after the other.",
)  # fmt: skip
@click.option(
    "--seed", default=0, show_default=True, metavar="N", help="Master seed of everything random."
)
@click.option(
    "--epochs", type=int, metavar="N",
    help="Stop after N epochs, counted from the start of the run.  [default: at Ctrl-C]",
)  # fmt: skip
@click.option(
    "--engine", type=click.Choice(list(ENGINES)), default="processes", show_default=True,
    help=f"Compute {' or '.join(each.doc for each in ENGINES.values())}; the results are the same.",
)  # fmt: skip
@click.option(
    "--ray-address", "address", metavar="HOST:PORT",
    help="With the engine ray: join the cluster with this head, or \"auto\", the one of this "
    "machine.  [default: start Ray on this machine]",
)  # fmt: skip
@click.option(
    "--nWorker", "nWorker", type=int, metavar="N",
    help="Worker processes; a realm is never split.  [default: one per core]",
)  # fmt: skip
@click.option(
    "--run", type=click.Path(), metavar="DIR",
    help="New directory for the run's files.  [default: runs/NAME-DATE]",
)  # fmt: skip
@click.option(
    "--resume", type=click.Path(), metavar="DIR",
    help="Continue the run in DIR from its last checkpoint, with its settings.",
)  # fmt: skip
@click.option(
    "--load", multiple=True, metavar="FILE",
    help="Start with the weights of a checkpoint, or of a run's last checkpoint. 2=FILE loads "
    "population 2 alone, 2=FILE#0 loads it from the file's population 0 (repeatable).",
)  # fmt: skip
@click.option(
    "--hang-after",
    "hang_after",
    type=float,
    default=600.0,
    show_default=True,
    metavar="SECONDS",
    help="Replace a worker that plays no tick for so long, and say where it hangs; 0: wait.",
)
@click.option(
    "--log", multiple=True, type=click.Choice(list(LOGGERS)),
    help="Also write the numbers of each epoch to this tool, which draws their curves "
    "(repeatable; docs/runs.md).",
)  # fmt: skip
@click.option("--quiet", is_flag=True, help="Show no progress, only the summary.")
@click.option(
    "--render", is_flag=True,
    help="Watch copies of the worlds in the browser while they train; costs the run nothing.",
)  # fmt: skip
@overlay_option
@serving_options
@record_options("from now on, while the run trains.")
@events_option("from now on, while they train.")
@config_options
@click.pass_context
def train(ctx: click.Context, /, config: "Config", api: str, batched: bool, **values: Any) -> None:
    """Train agents, or play a forward pass."""
    if api == "vecenv":
        _refuse_with_vecenv(ctx, values)
        from forge.cli import vecenv

        return vecenv.play(ctx, config, {**values, "api": api, "batched": batched})
    if batched:
        raise click.UsageError("--batched goes with --api vecenv")
    if values["resume"] is None and values["run"] is None:
        values["run"] = _new_run(ctx, ctx.params["config_name"])
    carry_out(ctx, config, values)


def _refuse_with_vecenv(ctx: click.Context, values: dict[str, Any]) -> None:
    """Refuse what goes with training alone."""
    _take_viewer(ctx, values)
    for name in ("render", "log", "record", "events"):
        if given(ctx, name):
            raise click.UsageError(f"--{name} goes with --api native")


def carry_out(
    ctx: click.Context, config: "Config", values: dict[str, Any], trinity: "Trinity | None" = None
) -> None:
    """Train as the options say, and say at the end what was done and how to go on.

    Args:
        ctx: of the command, whose options are those of ``train`` or some of them.
        config: of a new run.
        values: of the options.
        trinity: the classes; None: those of Forge.
    """
    from forge.args import Args
    from forge.trinity import loggers, needs, progress, smith
    from forge.trinity.about import About
    from forge.trinity.defaults import default_trinity
    from forge.trinity.engines.compiling import reported_to

    render, host, port = _take_viewer(ctx, values)
    if given(ctx, "record_realm") and values["record"] is None:
        raise click.UsageError("--record-realm goes with --record")
    loggers.load(values["log"])  # before anything starts
    if values["resume"] is None:
        args = Args(**values)
    else:
        _refuse_with_resume(ctx)
        config, kept = smith.settings(values["resume"], type(config))
        args = Args(**{**values, **kept, "run": None, "load": ()})
    trinity = trinity or default_trinity()
    about = About.of(config, args, args.epochs, needs.estimate(config, args, trinity))
    try:
        with (
            _warnings_shown(),
            _viewer(config, args, trinity, host, port) if render else nullcontext() as viewer,
            progress.choose(about, args.quiet) as shown,
            reported_to(shown.compiling),
            smith.Native(config, args, trinity) as envs,
        ):
            publish = None if viewer is None else partial(_publish, viewer, envs)
            if publish is not None:
                publish()
            last = envs.run(progress=shown, report=publish)
            done = _what_was_done(envs, last)
            reached = args.epochs is not None and envs.epoch >= args.epochs
    except KeyboardInterrupt:
        click.echo(f"Stopped at once.\n{_how_to_go_on(ctx, args, args.epochs)}", err=True)
        ctx.exit(130)
    except OutputError:
        click.echo(_how_to_go_on(ctx, args, args.epochs), err=True)
        raise
    click.echo(f"{done}\n{_how_to_go_on(ctx, args, None if reached else args.epochs)}")


def _take_viewer(ctx: click.Context, values: dict[str, Any]) -> tuple[bool, str, int | None]:
    """Take what the viewer is told out of the values: whether there is one, host and port."""
    render, host, port, overlays = (
        values.pop(name) for name in ("render", "host", "port", "overlays")
    )
    for name in ("host", "port", "overlays"):
        if given(ctx, name) and not render:
            raise click.UsageError(f"--{name} goes with --render")
    load_overlays(overlays)
    return render, host, port


def _viewer(
    config: "Config", args: "Args", trinity: "Trinity", host: str, port: int | None
) -> "Beside":
    """Start a viewer beside the run, and print its link."""
    from forge.embyr.beside import About, Beside

    viewer = Beside(About(config, args, trinity, host, port))
    for line in viewer.about:
        click.echo(line)
    return viewer


def _publish(viewer: "Beside", envs: "Native", _: "Summary | None" = None) -> None:
    viewer.publish(envs)


def _refuse_with_resume(ctx: click.Context) -> None:
    again = [option for name, option in KEPT.items() if given(ctx, name)]
    if again:
        raise click.UsageError(
            f"{again[0]} cannot be given with --resume: a resumed run keeps what it began with"
        )


def _new_run(ctx: click.Context, name: str) -> str:
    """Make a new run directory; runs that start in the same second get different ones.

    If the command writes nothing into the directory, it is removed at the end.
    """
    from forge.files import plain_faults

    first = Path("runs") / f"{name}-{datetime.now():%Y%m%d-%H%M%S}"
    path, taken = first, 1
    with plain_faults("make the run directory", path.absolute(), "choose a place with --run"):
        path.parent.mkdir(exist_ok=True)
        while True:
            with suppress(FileExistsError):
                path.mkdir()
                break
            taken += 1
            path = first.with_name(f"{first.name}-{taken}")
    ctx.call_on_close(lambda: _remove_empty(path))
    return str(path)


def _remove_empty(path: Path) -> None:
    """Remove a folder and then its parent, if they are empty."""
    with suppress(OSError):
        path.rmdir()
        path.parent.rmdir()


@contextmanager
def _warnings_shown() -> Iterator[None]:
    """Show warnings of the run on the terminal as well as in its log."""
    handler = _Echo(logging.WARNING)
    handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    logging.getLogger("forge").addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger("forge").removeHandler(handler)


class _Echo(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        """Write to the current error stream, which a live table may have replaced."""
        from forge.trinity.readable import say

        say(self.format(record), sys.stderr)


def _what_was_done(envs: "Native", last: "Summary | None") -> str:
    from forge.ethyr.summary import COMPLETED, clock, number
    from forge.trinity.about import nothing_to_do

    if last is None:
        return nothing_to_do(envs.epoch)
    done = (
        f"Epoch {envs.epoch}: {last['agent_steps']:,} agent-steps in {clock(last['seconds'])}, "
        f"completed lifetime {number(last[COMPLETED])} over the last {last['lives']:,} lives."
    )
    return done if envs.events is None else f"{done}\n{envs.events}"


def _how_to_go_on(ctx: click.Context, args: "Args", epochs: int | None) -> str:
    """Say how to continue in the same way, to the same limit if it is yet to be reached."""
    from forge.ethyr import checkpoint

    directory = args.resume or args.run
    if directory is None:
        return "Nothing was saved: give --run DIR"
    if not checkpoint.in_run(directory):
        return "Nothing was saved"
    words = [*(ctx.find_root().obj or FALLBACK), "--resume", directory]
    words += [] if epochs is None else ["--epochs", str(epochs)]
    for way, option in (("engine", "engine"), ("address", "ray-address"), ("nWorker", "nWorker")):
        words += [f"--{option}", str(getattr(args, way))] if given(ctx, way) else []
    words += [word for name in args.log for word in ("--log", name)]
    return f"The run is in {directory}\nContinue it:  {' '.join(map(quoted, words))}"
