"""Run the tournament of ``experiments/tournament.py`` from the command line of a checkout."""

import importlib.util
import sys
from pathlib import Path

import click

EXPERIMENTS = Path(__file__).resolve().parents[2]


def _command() -> click.Command:
    """Find the experiment's command beside the package.

    Raises:
        UsageError: if the package was installed without the experiments.
    """
    if not (EXPERIMENTS / "experiments" / "tournament.py").is_file():
        raise click.UsageError("tournament is an experiment: run it in a checkout of Forge")
    if importlib.util.find_spec("experiments") is None:
        sys.path.append(str(EXPERIMENTS))
    command: click.Command = importlib.import_module("experiments.tournament").main
    return command


tournament = _command()
