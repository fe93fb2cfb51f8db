"""Whose a run's directory is: one run's at a time, and nobody's once that process has ended."""

import os
import subprocess
import sys

import filelock
import pytest

from forge.errors import RunError
from forge.trinity.holding import LOCK, hold

HOLDS = """
import sys
from pathlib import Path
from forge.trinity.holding import hold
class Owner: pass
owner = Owner()
held = hold(owner, Path(sys.argv[1]))
print(held is not None, flush=True)
sys.stdin.read()
"""


class Owner:
    pass


@pytest.fixture
def owner():
    return Owner()


def holds_elsewhere(path):
    """Hold a directory in another process until it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout.readline().strip() == b"True"
    return process


def test_a_directory_is_held_once_and_free_again_afterwards(tmp_path, owner):
    held = hold(owner, tmp_path)
    with pytest.raises(RunError, match=rf"run directory {tmp_path} is in use: another run"):
        hold(Owner(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [LOCK]
    held()
    assert not list(tmp_path.iterdir())
    assert hold(owner, tmp_path) is not None


def test_the_directory_of_an_owner_that_is_gone_is_free(tmp_path, owner):
    hold(Owner(), tmp_path)
    assert hold(owner, tmp_path) is not None


def test_another_process_holds_a_directory_until_it_is_killed(tmp_path, owner):
    with holds_elsewhere(tmp_path) as other:
        with pytest.raises(RunError, match="is in use"):
            hold(owner, tmp_path)
        other.kill()
    assert (tmp_path / LOCK).exists()
    assert hold(owner, tmp_path) is not None


def test_a_file_that_its_holder_removed_meanwhile_holds_nothing(tmp_path, owner, monkeypatch):
    real, locked = filelock.lock_descriptor, []

    def remove_first(descriptor, **how):
        if not locked:
            (tmp_path / LOCK).unlink()
        locked.append(descriptor)
        return real(descriptor, **how)

    monkeypatch.setattr(filelock, "lock_descriptor", remove_first)
    held = hold(owner, tmp_path)
    assert (held is not None, len(locked), (tmp_path / LOCK).exists()) == (True, 2, True)


def test_letting_go_leaves_the_file_of_another_run_alone(tmp_path, owner):
    (tmp_path / "run").mkdir()
    held = hold(owner, tmp_path / "run")
    (tmp_path / "run").rename(tmp_path / "moved")
    (tmp_path / "run").mkdir()
    other = Owner()
    assert hold(other, tmp_path / "run") is not None
    held()
    assert (tmp_path / "run" / LOCK).exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # threads and forks, since 3.12
def test_a_forked_process_does_not_let_go_of_the_directory(tmp_path, owner):
    held = hold(owner, tmp_path)
    if not (pid := os.fork()):
        held()
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    with pytest.raises(RunError, match="is in use"):
        hold(Owner(), tmp_path)


def test_where_nothing_can_be_locked_nothing_is_held(tmp_path, owner, monkeypatch):
    def refuse(descriptor, **how):
        raise OSError("no locks here")

    monkeypatch.setattr(filelock, "lock_descriptor", refuse)
    assert hold(owner, tmp_path) is None
