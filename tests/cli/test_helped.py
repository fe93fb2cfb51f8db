"""Every option of every command, of the program and of the experiments, says what it does."""

import importlib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import experiments
from forge.cli import main

FOLDER = Path(experiments.__path__[0])
FILES = [path.stem for path in FOLDER.glob("*.py") if "import click" in path.read_text("utf-8")]


def commands(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    """Walk a command and those below it, with their names."""
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for word in command.list_commands(context):
            below = command.get_command(context, word)
            assert below is not None
            yield from commands(below, f"{name} {word}")


def unsaid(command: click.Command, name: str) -> Iterator[str]:
    """Name what has no help: commands, and their options that are shown."""
    for each, found in commands(command, name):
        if not found.help:
            yield each
        for param in found.params:
            if isinstance(param, click.Option) and not (param.help or param.hidden):
                yield f"{each} {param.opts[0]}"


def test_every_option_of_the_program_has_help() -> None:
    assert len(list(commands(main, "forge"))) > 8
    assert list(unsaid(main, "forge")) == []


@pytest.mark.parametrize("name", FILES)
def test_every_option_of_an_experiment_has_help(name: str) -> None:
    module = importlib.import_module(f"experiments.{name}")
    if hasattr(module, "main"):
        assert list(unsaid(module.main, name)) == []


def test_the_experiments_are_found() -> None:
    assert {"cluster", "ppo_vector", "sb3_ppo", "agents"} <= set(FILES)
