"""The guard that ends Ray's processes with the program; Ray itself is not needed."""

import subprocess
import sys

import pytest

from tests.trinity.test_scripts import alive, ended, start

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")

# Starts a guard, then a process as Ray would, and ends as if it were killed.
PARENT = """
import os, subprocess, sys
from forge.trinity.engines import rayguard

folder, name, *options = sys.argv[1:]
rayguard.watch(folder)
with open(f"{folder}/out", "w") as out:
    words = [name, "-c", "import time; print(end='', flush=True); time.sleep(60)", *options]
    late = subprocess.Popen(words, executable=sys.executable, stdout=out)
print(late.pid, flush=True)
os._exit(1)
"""


def _left(folder, *words):
    """Let a parent end; return the id of the process that it leaves, and its errors."""
    folder.mkdir(exist_ok=True)
    process = start(PARENT, str(folder), *words)
    out, err = process.communicate(timeout=20)
    return int(out), err


def test_process_that_starts_after_the_guard_is_ended(tmp_path):
    pid, err = _left(tmp_path / "ray", "python", f"--temp-dir={tmp_path / 'ray'}")
    assert (ended([pid], seconds=2), err) == (True, "")
    assert not (tmp_path / "ray").exists()


def test_worker_that_has_renamed_itself_is_found_by_its_files(tmp_path):
    pid, _ = _left(tmp_path / "ray", "ray::IDLE")
    assert ended([pid], seconds=2)


def test_process_of_another_session_is_spared(tmp_path):
    words = [sys.executable, "-c", "input()", str(tmp_path / "ray")]
    other = subprocess.Popen(words, stdin=subprocess.PIPE, start_new_session=True)
    _left(tmp_path / "ray", "ray::IDLE")
    assert alive(other.pid)
    other.communicate(b"\n")


def test_end_that_ray_brought_about_is_told(tmp_path):
    logs = tmp_path / "ray" / "session_1" / "logs"
    logs.mkdir(parents=True)
    (logs / "python-core-driver-1.log").write_text("The connection failed. Terminate the process.")
    _, err = _left(tmp_path / "ray", "ray::IDLE")
    assert err.endswith("goes on from its last checkpoint\n")
