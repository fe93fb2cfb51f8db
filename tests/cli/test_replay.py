"""``--record`` and ``forge replay``, as a user calls them."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from forge.blade.recording.replay import Recording
from forge.cli import main

SMALL = ("--config", "chaos16", "-s", "map_size=32", "-s", "hidden=4", "-s", "horizon=8")
WHO = ("--agents", "greedy", "--map", "0")
FULL = ("-s", "births=16", "-s", "regrowth=0.5", "-s", "map_size=40", "-s", "border=4")


def forge(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of 20 ticks."""
    path = tmp_path_factory.mktemp("films") / "film"
    result = forge("watch", *SMALL, *WHO, "--warmup", 30, "--record", path, "--ticks", 20)
    assert result.exit_code == 0, result.output
    assert result.output == f"recording: {path}\n"
    return path


def test_it_is_verified(film: Path) -> None:
    result = forge("replay", film, "--verify")
    assert result.exit_code == 0, result.output
    assert "20 ticks, 31 … 50, are as they were recorded" in result.output
    assert re.search(r"realm 0, map 0: Scripted agents \(greedy\)", result.output)
    assert re.search(r"^digest [0-9a-f]{32}$", result.output, re.MULTILINE)


def test_a_thousand_ticks_of_128_agents_take_less_than_200_kilobytes(tmp_path: Path) -> None:
    greedy = ("watch", "--config", "chaos128", *FULL, "--warmup", 20, "--agents", "careful")
    result = forge(*greedy, "--record", tmp_path / "a", "--ticks", 1000)
    assert result.exit_code == 0, result.output
    assert (tmp_path / "a").stat().st_size < 200_000
    assert "128 agents live at the end" in forge("replay", tmp_path / "a", "--verify").output


def test_a_damaged_one_is_refused_with_the_tick(film: Path, tmp_path: Path) -> None:
    data = bytearray(film.read_bytes())
    (tmp_path / "cut").write_bytes(data[:-60])
    data[-100] ^= 1
    (tmp_path / "changed").write_bytes(data)
    for name, what in (("cut", "it is cut off"), ("changed", "its bytes have changed")):
        result = forge("replay", tmp_path / name, "--verify")
        assert result.exit_code == 1
        assert result.output.startswith(
            f"Error: {tmp_path / name} is damaged after tick 30: {what}"
        )
    assert forge("replay", tmp_path / "cut", "--verify", "--unfinished").exit_code == 0


def test_pictures_are_made_without_a_display(film: Path, tmp_path: Path) -> None:
    result = forge("replay", film, "--png", tmp_path / "a.png", "--gif", tmp_path / "a.gif",
                   "--tick", 40, "--ticks", 5)  # fmt: skip
    assert result.output == f"png: {tmp_path / 'a.png'}\ngif: {tmp_path / 'a.gif'}\n"
    with Image.open(tmp_path / "a.gif") as film_:
        assert film_.n_frames == 6
    result = forge("watch", *SMALL, *WHO, "--warmup", 40, "--png", tmp_path / "b.png")
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("replay", "FILM", "--verify", "--port", "0"), "--verify only verifies"),
        (("replay", "FILM", "--verify", "--ticks", "5"), "--verify only verifies"),
        (("replay", "FILM", "--tick", "4"), "--tick goes with --png"),
        (("replay", "FILM", "--ticks", "5"), "--ticks goes with --png"),
        (("replay", "FILM", "--png", "a.png", "--port", "0"), "--png serves nothing"),
        (("replay", "FILM", "--png", "a.jpg"), "ends in .png"),
        (("replay", "FILM", "--png", "a.png", "--tick", "9"), "there are the ticks 30 … 50"),
        (("watch", "--ticks", "4"), "--ticks goes with --record"),
        (("watch", "--record", "a", "--ticks", "4", "--port", "1"), "--port goes with a page"),
        (("watch", "--record-realm", "0"), "--record-realm goes with --record"),
        (("watch", "--record", "a", "--record-realm", "1"), "there is no realm 1 to record"),
        (("evaluate", "--agents", "still", "--record-realm", "1"), "goes with --record"),
        (("--api", "vecenv", "--record", "a"), "--record goes with --api native"),
        (("--record-realm", "0"), "--record-realm goes with --record"),
    ],
)
def test_options_that_mean_nothing_are_refused(
    film: Path, options: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(film.parent)
    result = forge(*(film if option == "FILM" else option for option in options))
    assert result.exit_code != 0
    assert said in " ".join(result.output.split())
    assert os.listdir() == ["film"]


def test_an_evaluation_is_recorded(tmp_path: Path) -> None:
    result = forge("evaluate", "--agents", "careful", *SMALL, "--maps", 2, "--warmup", 5,
                   "--ticks", 9, "--record", tmp_path / "a", "--record-realm", 1)  # fmt: skip
    assert result.exit_code == 0, result.output
    recording = Recording.read(tmp_path / "a")
    assert (recording.head.tick, recording.ticks, recording.head.map) == (5, 9, 10_001)


@pytest.mark.skipif(sys.platform != "linux", reason="sends the signal of Ctrl-C")
def test_ctrl_c_leaves_a_whole_recording_of_a_run(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "forge", *SMALL, "--engine", "serial", "--quiet",
               "--run", str(tmp_path / "run"), "--record", str(tmp_path / "a")]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while not ((tmp_path / "a").is_file() and (tmp_path / "a").stat().st_size > 4000):
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate()
    epochs = int(re.findall(r"Epoch (\d+)", said)[0])
    assert Recording.read(tmp_path / "a").ticks == 8 * epochs
