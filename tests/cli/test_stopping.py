"""Ctrl-C ends a command with a line that says what is not done, exit code 130, and no half file."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from experiments import common, training
from experiments.training import Run
from forge.blade import terrain
from forge.blade.recording.replay import Recording, Replay
from forge.cli import main
from forge.embyr.worlds import World
from forge.trinity.smith import Native
from tests.trinity.tiny import CONFIG

SMALL = ("--config", "law16", "-s", "map_size=24", "-s", "border=4")


def stopped(*arguments: Any) -> Result:
    result = CliRunner().invoke(main, [str(word) for word in arguments])
    assert result.exit_code == 130, result.output
    return result


def interrupt(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


def after(times: int, function: Any) -> Any:
    """Let a function be interrupted after so many calls."""
    left = iter(range(times))

    def called(*args: Any, **more: Any) -> Any:
        return interrupt() if next(left, None) is None else function(*args, **more)

    return called


@pytest.mark.skipif(sys.platform != "linux", reason="sends the signal of Ctrl-C")
def test_an_evaluation_that_is_stopped_leaves_no_file(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "forge", "evaluate", "--agents", "still", *SMALL,
               "--warmup", "0", "--ticks", "10000000", "--record", str(tmp_path / "film"),
               "--events", str(tmp_path / "a.csv"), "--png", str(tmp_path / "a.png"),
               "--lives", str(tmp_path / "b.csv")]  # fmt: skip
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # as in a terminal
    ) as process:  # fmt: skip
        until = time.monotonic() + 60
        while time.monotonic() < until and len(os.listdir(tmp_path)) < 3:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        try:
            _, said = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (process.returncode, said) == (130, "Stopped: evaluate is not done\n")
    assert os.listdir(tmp_path) == []


def test_maps_that_are_stopped_say_how_to_make_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("maps", *SMALL, "--count", 3, "--out", tmp_path)
    with monkeypatch.context() as changed:
        changed.setattr(terrain, "generate", after(2, terrain.generate))
        said = stopped(*asked).stderr
    assert said == "Stopped: 2 of 3 maps are made; for the others: --from 2 --count 1 --force\n"
    assert sorted(os.listdir(tmp_path)) == [
        f"map0000{k}.{kind}" for k in (0, 1) for kind in ("png", "tmx")
    ]
    more = re.findall(r"--from .*", said)[0].split()
    assert CliRunner().invoke(main, [*map(str, asked), *more]).exit_code == 0
    assert len(os.listdir(tmp_path)) == 6


@pytest.mark.parametrize(
    ("words", "place", "said"),
    [
        (["bench", "--quick"], "forge.cli.bench.measure.measure", "bench is not done"),
        (
            ["overlay", "Counts", "--agents", "still", "--png", "a.png", *SMALL],
            "forge.embyr.worlds.Scripted.build",
            "overlay is not done",
        ),
        (
            ["watch", "--agents", "still", "--png", "a.png", *SMALL],
            "forge.embyr.worlds.Scripted.build",
            "watch is not done",
        ),
    ],
)
def test_a_command_that_is_stopped_says_that_it_is_not_done(
    words: list[str], place: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(place, interrupt)
    assert stopped(*words).stderr == f"Stopped: {said}\n"
    assert os.listdir(tmp_path) == []


def test_what_was_recorded_before_stays_and_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = tmp_path / "film"
    monkeypatch.setattr(World, "play", after(50, World.play))
    asked = ("watch", "--agents", "still", *SMALL, "--warmup", 0, "--ticks", 99, "--record", film)
    assert stopped(*asked).stderr == f"Stopped: the recording {film} is whole, but shorter\n"
    assert Recording.read(film).ticks == 50


def test_a_recording_is_verified_so_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = tmp_path / "film"
    asked = ("watch", "--agents", "still", *SMALL, "--warmup", 0, "--ticks", 99, "--record", film)
    assert CliRunner().invoke(main, list(map(str, asked))).exit_code == 0
    monkeypatch.setattr(Replay, "play", after(40, Replay.play))
    said = stopped("replay", film, "--verify").stderr
    assert said == f"Stopped: {film} is verified up to tick 40 of 99\n"


def test_a_film_that_is_stopped_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forge.embyr.exports.Gif.add", after(3, lambda *_: None))
    said = stopped("watch", "--agents", "still", *SMALL, "--gif", tmp_path / "a.gif").stderr
    assert said == "Stopped: watch is not done\n"
    assert os.listdir(tmp_path) == []


# -- Experiments ----------------------------------------------------------------------------


def test_an_experiment_that_is_stopped_says_so() -> None:
    made: click.Command = common.command("Measure nothing.", name="nothing")(interrupt)
    result = CliRunner().invoke(made, prog_name="nothing.py")
    assert (result.exit_code, result.stderr) == (130, "Stopped: nothing.py is not done\n")


def test_training_of_an_experiment_that_is_stopped_goes_on_with_the_same_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(envs: Native) -> bool:
        return envs.epoch > 1

    monkeypatch.setattr(Native, "interrupted", property(asked))
    run = Run(tmp_path / "run", CONFIG, 1, engine="serial")
    made = common.command("Train.")(lambda: training.train(run, lambda line: False) and None)
    result = CliRunner().invoke(made)
    assert result.exit_code == 130
    assert result.stderr == f"Stopped: the same command goes on with the run in {run.path}\n"
    assert len(training.metrics(run.path)) == 2


def test_a_table_is_written_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    def lines() -> Any:
        yield [1]
        interrupt()

    path = tmp_path / "a.csv"
    common.write(path, ["x"], [[0]])
    for change in (common.write, common.add):
        with pytest.raises(KeyboardInterrupt):
            change(path, ["x"], lines())
    assert path.read_bytes() == b"x\r\n0\r\n"
    assert os.listdir(tmp_path) == ["a.csv"]
