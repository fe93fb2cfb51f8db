"""The command to continue is the one that was typed."""

import sys
from collections.abc import Callable
from typing import Any

import pytest

from forge.cli import called as module
from forge.cli.called import FALLBACK, quoted, typed

FORGE = "/env/bin/forge"


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[str, ...]]:
    """Say what is typed if the interpreter was started so, with two options of the program."""

    def words(*interpreter: str, found: str | None = FORGE) -> tuple[str, ...]:
        monkeypatch.setattr(sys, "orig_argv", [*interpreter, "--seed", "3"])
        monkeypatch.setattr(sys, "argv", [interpreter[-1] if interpreter else "", "--seed", "3"])
        monkeypatch.setattr(module.shutil, "which", lambda name: found)  # type: ignore[attr-defined]
        return typed()

    return words


@pytest.mark.parametrize(
    "interpreter",
    [
        (".venv/bin/python", "Forge.py"),
        ("python3", "../Forge.py"),
        ("python", "-m", "forge"),
        ("python3", "-X", "dev", "Forge.py"),
        ("/usr/bin/python3.12", "/a b/Forge.py"),
    ],
)
def test_the_interpreter_and_the_script_are_as_typed(
    called: Callable[..., tuple[str, ...]], interpreter: tuple[str, ...]
) -> None:
    assert called(*interpreter) == interpreter


def test_an_installed_command_is_named_as_the_shell_finds_it(called: Any) -> None:
    assert called("/env/bin/python", FORGE) == ("forge",)


@pytest.mark.parametrize("found", [None, "/usr/bin/forge"])
def test_an_installed_command_that_the_shell_does_not_find_has_its_path(
    called: Any, found: str | None
) -> None:
    assert called("/env/bin/python", FORGE, found=found) == (FORGE,)
    assert called("/env/bin/python", ".venv/bin/forge") == (".venv/bin/forge",)


def test_a_program_within_another_is_the_module(called: Any) -> None:
    assert called() == FALLBACK
    assert called("/env/bin/program") == FALLBACK


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("runs/a", "runs/a"),
        ("my runs", "'my runs'"),
        ("it's", "'it'\"'\"'s'"),
        ("x\udcff", "$'x\\xff'"),
        ("a\nb'\\", "$'a\\x0ab\\x27\\x5c'"),
        ("\x1b[2J", "$'\\x1b[2J'"),
    ],
)
def test_words_are_quoted_for_the_shell(word: str, written: str) -> None:
    assert quoted(word, "posix") == written


def test_words_are_quoted_for_windows() -> None:
    assert quoted("C:\\my runs\\a", "nt") == '"C:\\my runs\\a"'
