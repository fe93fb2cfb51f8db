"""Options and errors that all commands share."""

import errno
import os
from dataclasses import fields
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from forge.args import Args
from forge.cli import main
from forge.cli.options import config_options, plain_errors
from forge.cli.train import train
from forge.config import Config
from forge.errors import ForgeError, WorkerError


@click.command()
@config_options
def show(config: Config) -> None:
    click.echo(f"{config.max_agents} {config.populations} {config.combat} {config.hidden}")


def run(*arguments: str, command: click.Command = show) -> Result:
    return CliRunner().invoke(command, arguments)


def failing(error: Exception) -> click.Command:
    @click.command()
    @config_options
    def fail(config: Config) -> None:
        raise error

    return fail


def test_chaos_is_the_default_config() -> None:
    assert run().output == "128 8 True 32\n"


def test_a_preset_sets_agents_and_populations() -> None:
    assert run("--config", "law32").output == "32 2 False 32\n"


def test_settings_are_typed_and_repeatable() -> None:
    assert run("-s", "hidden=48", "-s", "combat=false").output == "128 8 False 48\n"


def test_a_command_may_have_another_default() -> None:
    command = click.command()(
        config_options(default="law16")(lambda config: click.echo(config.max_agents))
    )
    assert run(command=command).output == "16\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-s", "hiden=32"], "did you mean 'hidden'"),
        (["-s", "hidden=many"], "hidden takes a whole number, not 'many'"),
        (["-s", "hidden=0"], "hidden must be at least 1"),
        (["-s", "populations=200"], "exceeds max_agents"),
        (["-s", "border=40"], "leaves no room"),
        (["-s", "combat=maybe"], "takes true or false"),
        (["-s", "learner=sarsa"], "learner is one of pg, ppo"),
        (["-s", "hidden"], "expected KEY=VALUE"),
        (["-s", "=3"], "expected KEY=VALUE"),
        (["--config", "lawn"], "did you mean 'law'"),
        (["--colour"], "No such option"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(arguments: list[str], words: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.output
    assert result.output.splitlines()[-1].startswith("Error: ")
    assert "Traceback" not in result.output


@pytest.mark.parametrize("name", [field.name for field in fields(Args)])
def test_an_option_given_as_a_setting_says_how_to_give_it(name: str) -> None:
    result = CliRunner().invoke(main, ["-s", f"{name}=3"])
    assert result.exit_code == 2
    option = next(param.opts[0] for param in train.params if param.name == name)
    words = option if name == "quiet" else f"{option} 3"
    assert f"{name} is an option, not a setting: write {words}, without -s" in result.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-s", "nrealm=2"], "write --nRealm 2,"),
        (["-s", "n_worker=2"], "write --nWorker 2,"),
        (["-s", "run=my run"], "write --run 'my run',"),
        (["evaluate", "--agents", "still", "-s", "ticks=9"], "write --ticks 9,"),
        (["evaluate", "--agents", "still", "-s", "nRealm=2"], "training has it: --nRealm 2"),
        (["--hidden", "3"], "hidden is a setting: write -s hidden=VALUE"),
        (["maps", "--map-size=9"], "map_size is a setting: write -s map_size=VALUE"),
    ],
)
def test_what_belongs_elsewhere_is_said_to(arguments: list[str], words: str) -> None:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert words in result.output.splitlines()[-1]


def test_a_command_without_settings_does_not_speak_of_them() -> None:
    assert "is a setting" not in CliRunner().invoke(main, ["bench", "--hidden", "3"]).output


def test_an_expected_error_ends_with_one_line() -> None:
    result = run(command=failing(ForgeError("cannot write x: it is full")))
    assert (result.exit_code, result.output) == (1, "Error: cannot write x: it is full\n")


def test_an_error_in_a_worker_brings_its_traceback() -> None:
    result = run(command=failing(WorkerError("realm 3, tick 7", "Traceback\n  line 1\n")))
    assert result.exit_code == 1
    assert result.output == "Error: realm 3, tick 7\nTraceback\n  line 1\n"


def test_a_full_disk_is_one_line() -> None:
    error = OSError(errno.ENOSPC, "No space left on device", "runs/a")
    assert run(command=failing(error)).output == (
        f"Error: cannot use {os.path.abspath('runs/a')}: No space left on device\n"
    )


def test_an_unexpected_error_keeps_its_traceback() -> None:
    error: Any = KeyError("surprise")
    assert run(command=failing(error)).exception is error


def test_a_click_error_passes_unchanged() -> None:
    with pytest.raises(click.UsageError), plain_errors():
        raise click.UsageError("no")
