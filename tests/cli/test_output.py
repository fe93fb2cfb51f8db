"""Standard streams that are closed, full, or lack characters."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
posix = pytest.mark.skipif(os.name == "nt", reason="the shell's redirections are those of sh")
full = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no full device")
FULL = "Error: cannot write standard output: No space left on device\n"
TRAIN = ("--config", "law16", "-s", "horizon=8", "-s", "hidden=4", "--engine", "serial")


def shell(redirections: str, *arguments: str, **environment: str) -> tuple[int, str, str]:
    """Run the program in a shell; give its exit code, output and errors."""
    line = 'exec "$0" Forge.py "$@" ' + redirections
    done = subprocess.run(
        ["sh", "-c", line, sys.executable, *arguments],
        cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


@posix
def test_a_run_goes_on_with_all_streams_closed(tmp_path: Path) -> None:
    run = tmp_path / "a"
    code, _, errors = shell(">&- 2>&- <&-", *TRAIN, "--run", str(run), "--epochs", "1")
    assert (code, errors) == (0, "")
    (line,) = (run / "metrics.jsonl").read_text().splitlines()  # and nothing else
    assert json.loads(line)["epoch"] == 1


@posix
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-"])
def test_a_command_works_whatever_stream_is_closed(closed: str) -> None:
    code, output, errors = shell(closed, "maps", "--count", "1", "--no-png", "--no-tmx")
    assert (code, errors) == (0, "")
    assert output == "" if closed == ">&-" else "reachable" in output


@full
@pytest.mark.parametrize(
    ("command", "unbuffered"),
    [(["--help"], ""), (["--version"], "1"), (["evaluate", "--help"], "")],
)
def test_a_full_output_is_named(command: list[str], unbuffered: str) -> None:
    code, _, errors = shell("> /dev/full", *command, PYTHONUNBUFFERED=unbuffered)
    assert (code, errors) == (1, FULL)


@full
def test_a_run_whose_output_is_full_leaves_nothing_half_done(tmp_path: Path) -> None:
    code, _, errors = shell("> /dev/full", *TRAIN, "--run", str(tmp_path / "a"))
    assert (code, errors) == (1, f"Nothing was saved\n{FULL}")
    assert not list(tmp_path.iterdir())


@full
def test_full_errors_leave_the_exit_code(tmp_path: Path) -> None:
    assert shell("2> /dev/full", "--config", "lawn")[0] == 2


@posix
@pytest.mark.parametrize("command", ["--help", "maps --count 3 --no-png --no-tmx"])
def test_output_that_nobody_reads_ends_quietly(command: str) -> None:
    line = f'"$0" Forge.py {command} | head -n 1 >/dev/null'
    done = subprocess.run(["sh", "-c", line, sys.executable], cwd=ROOT, stderr=subprocess.PIPE)
    assert done.stderr == b""


@posix
def test_what_a_console_lacks_is_shown_readably_and_can_be_typed(tmp_path: Path) -> None:
    arguments = [*TRAIN, "--run", f"{tmp_path}/é\udcff", "--epochs", "1"]
    code, output, errors = shell("", *arguments, PYTHONIOENCODING="ascii")
    assert (code, errors) == (0, "")
    assert output.startswith("law | 1 realm of 16 agents | 1 population | ppo | needs about ")
    assert output.endswith(f" --resume $'{tmp_path}/\\xc3\\xa9\\xff' --engine serial\n")
