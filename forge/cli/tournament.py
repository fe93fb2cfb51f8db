"""Run the tournament of ``experiments/tournament.py`` from the command line of a checkout."""

import click

from forge.cli.checkout import experiment

tournament: click.Command = experiment("tournament").main
