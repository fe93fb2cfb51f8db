"""The program as a whole: help, versions, commands."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from forge.cli import COMMANDS, main

ROOT = Path(__file__).resolve().parents[2]


def output(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == code, result.output
    return result.output


def test_help_names_every_option_and_command() -> None:
    text = output("--help")
    for word in ("--nRealm", "--api", "--config", "-s ", "--seed", "--epochs", "--engine",
                 "--nWorker", "--run", "--resume", "--load", "--quiet",
                 "--batched", "--render", "--port", "--host", "vecenv", *COMMANDS):  # fmt: skip
        assert word in text


def test_help_explains_the_brackets_of_a_line_of_progress() -> None:
    words = " ".join(output("--help").split())
    assert "brackets hold the completed lifetime of each population" in words


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    text = output(command, "--help")
    assert "Usage:" in text
    assert "--help" in text


def test_help_comes_at_once() -> None:
    start = time.monotonic()
    subprocess.run([sys.executable, "Forge.py", "--help"], cwd=ROOT, check=True, timeout=60,
                   stdout=subprocess.DEVNULL)  # fmt: skip
    assert time.monotonic() - start < 3.0  # about 0.1 s on an idle machine


def test_an_unknown_command_is_an_error() -> None:
    assert "No such command 'trane'" in output("trane", code=2)


def test_options_of_a_command_follow_it() -> None:
    text = output("--seed", "3", "bench", code=2)
    assert "--seed stands before 'bench'" in text


def test_the_version_is_the_packages() -> None:
    assert output("--version").startswith("forge, version ")
