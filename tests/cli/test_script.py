"""Scripts with the command line of a run, as the examples are; and others that take no options."""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from forge.args import Args
from forge.blade.recording.replay import Recording, verify
from forge.cli.script import arguments, main
from forge.config import Law
from forge.trinity import God, Pantheon, Sword, Trinity
from forge.trinity.resume import settings

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


class Small(Law):
    """Settings of a script's own."""

    max_agents, map_size, hidden, horizon, populations = 16, 32, 4, 4, 2


def trained(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    monkeypatch.setattr(sys, "argv", ["mine.py", "--engine", "serial", *words])
    main("Do what I want.", Trinity(Pantheon, God, Sword), Small(), nRealm=2, epochs=2)


def test_a_script_trains_with_its_own_settings_and_those_of_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = str(tmp_path / "run")
    trained(monkeypatch, "--run", path, "-s", "hidden=5", "--record", str(tmp_path / "film"))
    assert "Epoch 2: " in capsys.readouterr().out
    config, arguments = settings(path)
    assert config.as_dict() == Small(hidden=5).as_dict()
    assert arguments == {"nRealm": 2, "seed": 0}
    trained(monkeypatch, "--resume", path, "--epochs", "3")
    assert "Epoch 3: " in capsys.readouterr().out
    verify(Recording.read(tmp_path / "film"))


def test_a_script_that_saves_nothing_says_how(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    trained(monkeypatch, "--config", "law16", "--epochs", "1")
    assert "Nothing was saved: give --run DIR" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["-s", "hiden=3"], 2, "no setting 'hiden'; did you mean 'hidden'?"),
        (["--hidden", "3"], 2, "hidden is a setting: write -s hidden=VALUE"),
        (["--api", "vecenv"], 2, "No such option"),
        (["--config", "lore"], 2, "no config is named 'lore'"),
        (["--port", "1"], 2, "--port goes with --render"),
        (["--help"], 0, "[default: the script's own settings]"),
    ],
)
def test_a_script_that_trains_ends_with_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str],
    code: int, said: str,
) -> None:  # fmt: skip
    with pytest.raises(SystemExit) as end:
        trained(monkeypatch, *words)
    assert end.value.code == code
    assert said in " ".join("".join(capsys.readouterr()).split())


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
