"""Training from the command line, as a user sees it."""

import importlib
import io
import json
import logging
import os
import re
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from forge.cli import main
from forge.errors import WorkerError
from forge.trinity import smith
from forge.trinity.about import STOPPING

train: Any = importlib.import_module("forge.cli.train")  # the command hides it
ROOT = Path(__file__).resolve().parents[2]
SMALL = ("--config", "law16", "-s", "horizon=8", "-s", "hidden=4", "--engine", "serial")


def forge(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def trained(path: Path, epochs: int = 2, *more: str) -> Path:
    result = forge(*SMALL, "--run", str(path), "--epochs", str(epochs), *more)
    assert result.exit_code == 0, result.output
    return path


def metrics(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(tmp_path_factory.mktemp("runs") / "first")


def test_training_shows_progress_and_ends_with_how_to_continue(tmp_path: Path) -> None:
    result = forge(*SMALL, "--run", str(tmp_path / "a"), "--epochs", "2")
    assert result.exit_code == 0
    about = r"law · 1 realm of 16 agents · 1 population · ppo · needs about \d+ MB\n"
    assert re.match(about, result.output)
    assert f"\nwrites to {tmp_path / 'a'}\nepoch 1 | " in result.output
    assert "epoch 2 | " in result.output
    assert f"The run is in {tmp_path / 'a'}\n" in result.output
    assert result.output.endswith(f"--resume {tmp_path / 'a'} --engine serial\n")


def test_a_directory_that_an_error_unmakes_is_not_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Any) -> None:
        raise WorkerError("realm 0, tick 3")

    monkeypatch.setattr(smith.Native, "_run_epoch", fail)
    result = forge(*SMALL, "--run", str(tmp_path / "made"))
    assert not (tmp_path / "made").exists()
    assert "made" not in result.output
    assert result.output.endswith("Error: realm 0, tick 3\n")


def test_the_command_to_continue_is_the_one_that_was_typed(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "forge", *SMALL, "--run", str(tmp_path / "my run")]
    done = subprocess.run([*command, "--epochs", "1"], cwd=ROOT, capture_output=True, text=True)
    line = done.stdout.splitlines()[-1]
    assert line == (
        f"Continue it:  {sys.executable} -m forge --resume '{tmp_path}/my run' --engine serial"
    )


def test_quiet_shows_the_summary_only(tmp_path: Path) -> None:
    result = forge(*SMALL, "--run", str(tmp_path / "a"), "--epochs", "1", "--quiet")
    assert len(result.output.splitlines()) == 3
    assert result.output.startswith("Epoch 1: ")


def test_metrics_have_the_names_that_scripts_rely_on(run: Path) -> None:
    lines = metrics(run)
    assert [line["epoch"] for line in lines] == [1, 2]
    assert {"agent_steps", "seconds", "mean_lifetime", "digest"} <= lines[0].keys()


def test_a_run_is_named_after_its_config_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert forge(*SMALL, "--epochs", "1").exit_code == 0
    (made,) = Path("runs").iterdir()
    assert made.name.startswith("law16-")


def test_runs_that_start_in_the_same_second_have_a_directory_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stopped(train.datetime):  # type: ignore[name-defined, misc]
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime(2026, 1, 2, 3, 4, 5)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(train, "datetime", Stopped)
    with click.Context(train.train) as one, click.Context(train.train) as other:
        made = [train._new_run(context, "law") for context in (one, other, other)]
        assert made == [str(Path("runs", f"law-20260102-030405{end}")) for end in ("", "-2", "-3")]
        (Path(made[1]) / "kept").touch()
    assert os.listdir("runs") == ["law-20260102-030405-2"]


def test_a_place_without_room_for_runs_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").write_text("mine")
    (line,) = forge(*SMALL).output.splitlines()
    assert line.startswith(
        f"Error: cannot make the run directory {tmp_path / 'runs'}{os.sep}law16-"
    )
    assert line.endswith("; choose a place with --run")


def test_too_little_memory_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def scarce(*_: Any) -> None:
        raise MemoryError("Unable to allocate 125. GiB")

    monkeypatch.setattr(smith, "Engine", scarce)
    result = forge(*SMALL, "--run", str(tmp_path / "a"))
    assert result.exit_code == 1
    (line,) = result.output.splitlines()[1:]
    assert line.startswith(
        "Error: there is not enough memory: Unable to allocate 125. GiB; this run"
    )


def test_a_run_that_cannot_fit_is_one_line(tmp_path: Path) -> None:
    result = forge(*SMALL, "--run", str(tmp_path / "a"), "-s", "hidden=4096", "--nRealm", "99999")
    assert result.exit_code == 2
    (line,) = result.output.splitlines()[1:]
    assert re.match(r"Error: this run needs about \d+ GB of memory, but .* smaller hidden", line)
    assert not (tmp_path / "a").exists()


def test_resuming_gives_the_same_digest_and_counts_epochs_from_the_start(
    run: Path, tmp_path: Path
) -> None:
    short = trained(tmp_path / "short", 1)
    result = forge("--resume", str(short), "--epochs", "2", "--engine", "serial")
    assert result.exit_code == 0
    assert [line["digest"] for line in metrics(short)] == [line["digest"] for line in metrics(run)]


def test_a_run_that_has_its_epochs_says_so(run: Path) -> None:
    result = forge("--resume", str(run), "--epochs", "2", "--engine", "serial")
    assert "\nNothing to do: the run has its 2 epochs." in result.output
    assert result.exit_code == 0


@pytest.mark.parametrize(
    "option",
    [
        ("--config", "law"),
        ("-s", "hidden=8"),
        ("--seed", "3"),
        ("--nRealm", "2"),
        ("--run", "x"),
        ("--load", "x"),
    ],
)
def test_a_resumed_run_keeps_what_it_began_with(run: Path, option: tuple[str, str]) -> None:
    result = forge("--resume", str(run), *option)
    assert result.exit_code == 2
    assert f"Error: {option[0]} cannot be given with --resume" in result.output


def test_a_run_directory_that_exists_is_left_alone(run: Path) -> None:
    before = metrics(run)
    result = forge(*SMALL, "--run", str(run))
    assert result.exit_code == 1
    assert result.output.splitlines()[-1].startswith(f"Error: run directory {run} exists")
    assert metrics(run) == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--resume", "nowhere"], "there is no run directory nowhere"),
        (["--load", "nowhere"], "cannot read checkpoint nowhere"),
        (["--nRealm", "0"], "nRealm must be 1"),
        (["--nRealm", "two"], "is not a valid integer"),
        (["--seed", "-1"], "seed must be 0"),
        (["--engine", "rocket"], "is not one of"),
        (["--api", "rocket"], "is not one of"),
        (["--batched"], "--batched goes with --api vecenv"),
        (["-s", "hiden=3"], "did you mean 'hidden'"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = [*([] if "--resume" in arguments else [*SMALL, "--epochs", "1"]), *arguments]
    result = forge(*arguments)
    assert not list(tmp_path.rglob("*"))
    assert result.exit_code != 0
    assert words in result.output
    assert result.output.splitlines()[-1].startswith("Error: ")


def test_weights_are_loaded_from_a_checkpoint(run: Path, tmp_path: Path) -> None:
    checkpoint = max((run / "checkpoints").iterdir())
    other = trained(tmp_path / "other", 1, "--load", str(checkpoint))
    assert metrics(other)[0]["digest"] != metrics(run)[0]["digest"]


@pytest.mark.skipif(os.name == "nt", reason="consoles there have no SIGINT for one process")
@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_finishes_the_epoch_saves_and_exits_zero(
    tmp_path: Path, kind: signal.Signals
) -> None:
    path = tmp_path / "a"
    command = [sys.executable, "Forge.py", *SMALL, "--run", str(path), "--epochs", "99999"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        # The line of the first epoch is printed by then: a signal in that moment says nothing.
        wait_for(lambda: (path / "metrics.jsonl").exists() and len(metrics(path)) > 2)
        process.send_signal(kind)
        process.send_signal(kind)  # as timeout does
        output = process.stdout.read()
    assert process.returncode == 0
    assert output.count(STOPPING) == 1
    assert output.endswith(f"--resume {path} --epochs 99999 --engine serial\n")
    assert list((path / "checkpoints").iterdir())


@pytest.mark.skipif(os.name == "nt", reason="there are no process groups")
def test_sigterm_to_the_workers_too_does_the_epoch_again_and_saves(tmp_path: Path) -> None:
    path = tmp_path / "a"
    command = [sys.executable, "Forge.py", *SMALL[:-1], "processes", "--nWorker", "2",
               "--nRealm", "2", "--run", str(path)]  # fmt: skip
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        wait_for(lambda: (path / "metrics.jsonl").exists() and metrics(path) != [])
        os.killpg(process.pid, signal.SIGTERM)
        output = process.stdout.read()
    assert process.returncode == 0
    assert output.endswith(f"--resume {path} --engine processes --nWorker 2\n")
    assert list((path / "checkpoints").iterdir())


def test_a_python_without_the_dependencies_says_so_in_one_line() -> None:
    command = [sys.executable, "-I", "-S", str(ROOT / "Forge.py"), "--help"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{sys.executable} lacks PIL, aiohttp, click, ")


def test_python_m_forge_is_the_command() -> None:
    command = [sys.executable, "-m", "forge", "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Usage: python -m forge ")


def wait_for(condition: Any, seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_warnings_go_to_what_is_the_error_stream_now(monkeypatch: pytest.MonkeyPatch) -> None:
    now = io.StringIO()
    with train._warnings_shown():
        monkeypatch.setattr(sys, "stderr", now)  # as a live table does
        logging.getLogger("forge.run").warning("resumed elsewhere")
    assert now.getvalue() == "WARNING: resumed elsewhere\n"


def test_training_writes_events_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    text = forge(*SMALL, "--run", str(tmp_path / "run"), "--epochs", "2", "--events", str(path))
    lines = path.read_text().splitlines()
    assert lines[0].startswith("tick,realm,who,event,")
    assert len(lines) > 10
    assert f"\nevents: {len(lines) - 1} lines in {path}\n" in text.output


def test_events_go_with_native(tmp_path: Path) -> None:
    result = forge("--api", "vecenv", "--events", str(tmp_path / "a.csv"))
    assert "--events goes with --api native" in result.output
