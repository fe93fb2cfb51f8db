"""The command line: ``python Forge.py`` and the installed command ``forge``.

No large package is imported before a command runs, so that ``--help`` answers at once.
"""

import importlib
from typing import Any

import click

from forge.cli.called import typed
from forge.cli.options import given, plain_errors
from forge.cli.output import usable
from forge.cli.train import train

# Each command is the object of that name in the module forge.cli.NAME.
COMMANDS = {
    "bench": "Measure speed, memory and traffic on this machine.",
    "evaluate": "Measure how long trained or scripted agents live.",
    "figures": "Draw the figures of experiments again, from their tables.",
    "maps": "Make maps, their statistics and pictures.",
    "overlay": "Write an overlay's numbers as a picture and a table.",
    "replay": "Play a recording, verify it, or make films of it.",
    "tournament": "Let agents trained in small and large groups meet, as the paper did.",
    "watch": "Watch a world in the browser, live.",
}


class Commands(click.Group):
    """A group that imports a command when it is called, not before."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        command = getattr(importlib.import_module(f"forge.cli.{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a line per command without importing any."""
        with formatter.section("Commands (each has its own --help)"):
            formatter.write_dl(sorted(COMMANDS.items()))

    def main(self, args: Any = None, *more: Any, **extra: Any) -> Any:
        """Run the program with usable streams; args None: from the command line."""
        if args is None:
            extra.setdefault("obj", typed())
        with usable():
            return super().main(args, *more, **extra)

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Read the options; an expected error, also of printing the help, ends it with one line."""
        with plain_errors():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; an expected error ends it with one line."""
        with plain_errors():
            return super().invoke(ctx)


@click.group(
    cls=Commands,
    params=list(train.params),
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Every setting of -s is listed in docs/config.md. In a line of progress, brackets hold "
    "the completed lifetime of each population, from 0 on, and - stands where nobody died "
    "(docs/runs.md).",
)
@click.version_option(package_name="forge-mmo", prog_name="forge")
@click.pass_context
def main(ctx: click.Context, /, **options: Any) -> None:
    """Train agents in persistent worlds, or run one of the commands below.

    \b
    python Forge.py --nRealm 2 --api native           two worlds of foraging and combat
    python Forge.py --nRealm 2 --api vecenv           the same, step by step, without learning
    python Forge.py --config law128 -s populations=1  foraging only, one shared network
    python Forge.py --resume runs/chaos-DATE          continue where a run stopped

    Ctrl-C finishes the epoch, saves and says how to continue (with vecenv: finishes the tick and
    sums up); a second Ctrl-C stops at once. SIGUSR1 saves at the end of the epoch and goes on. A
    command stops at once, leaves no half file and ends with exit code 130; a page just ends.
    """
    if ctx.invoked_subcommand is None:
        assert train.callback is not None
        train.callback(**options)
        return
    early = [param.opts[0] for param in ctx.command.params if given(ctx, str(param.name))]
    if early:
        raise click.UsageError(
            f"{early[0]} stands before {ctx.invoked_subcommand!r}; options of a command follow it"
        )
