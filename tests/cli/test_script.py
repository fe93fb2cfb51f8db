"""Scripts with the command line of a run, as the examples are; and others that take no options."""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from forge.args import Args
from forge.cli.script import arguments

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def given(monkeypatch: pytest.MonkeyPatch, *words: str) -> Args:
    monkeypatch.setattr(sys, "argv", ["mine.py", *words])
    return arguments("Do what I want.", nRealm=2, epochs=5)


def refusal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str
) -> str:
    with pytest.raises(SystemExit) as end:
        given(monkeypatch, *words)
    assert end.value.code == 2
    return capsys.readouterr().err.splitlines()[-1]


def test_a_script_has_its_own_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    assert given(monkeypatch) == Args(nRealm=2, epochs=5)


def test_the_command_line_goes_before_the_defaults_of_a_script(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = given(monkeypatch, "--epochs", "9", "--run", "a", "--load", "x", "--engine", "serial")
    assert found == Args(nRealm=2, epochs=9, run="a", load=("x",), engine="serial")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--epoch", "3"], "No such option '--epoch'. Did you mean '--epochs'?"),
        (["3"], "Got unexpected extra argument (3)"),
        (["--nRealm", "0"], "nRealm must be 1 … 1000000, not 0"),
        (["--resume", "a", "--load", "b"], "give neither run nor load with it"),
    ],
)
def test_a_wrong_argument_ends_a_script_with_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert said in refusal(monkeypatch, capsys, *words)


def test_help_shows_the_defaults_of_the_script(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        given(monkeypatch, "-h")
    text = " ".join(capsys.readouterr().out.split())
    assert "of the run. [default: 5]" in text
    assert "files. [default: nothing is written]" in text


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_tells_what_it_does_and_refuses_what_it_does_not_know(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for word, code in (("--help", 0), ("--hepl", 2)):
        monkeypatch.setattr(sys, "argv", [str(path), word])
        with pytest.raises(SystemExit) as end:
            runpy.run_path(str(path), run_name="__main__")
        assert end.value.code == code
    text = " ".join(capsys.readouterr().out.split())
    assert f"Run it: python examples/{path.name}" in text


@pytest.mark.parametrize("words", [["-m", "tests"], ["docs/build.py"], ["tools/check_client.py"]])
def test_other_scripts_refuse_what_they_do_not_know(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, *words, "--hepl"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "unrecognized arguments: --hepl" in done.stderr
