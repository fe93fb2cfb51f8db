"""A worker that dies, crashes or hangs: who is replaced, and what is told."""

import os

import pytest

from forge.args import Args
from forge.errors import WorkerError
from forge.ethyr.checkpoint import in_run as checkpoints
from forge.trinity import deaths
from forge.trinity.smith import Native
from tests.trinity.runs import OFTEN
from tests.trinity.tiny import (
    CONFIG,
    STATEFUL,
    Alternating,
    Counting,
    Crashing,
    Endless,
    Trinity,
    digests,
)

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no such signals")


def test_the_worker_that_died_is_replaced_and_no_other():
    with Native(CONFIG, Args(nRealm=3, nWorker=2), STATEFUL) as envs:
        envs.run(1)
        dead, alive = envs.pids
        os.kill(dead, 9)
        envs.run(3)
        assert envs.pids[1] == alive
        assert envs.pids[0] != dead
        assert envs.digest == digests()[-1]


def test_a_worker_that_hangs_is_named_with_its_stack_and_the_last_epoch_is_saved(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(deaths, "MOST_HUNG", 1)
    args = Args(nRealm=3, nWorker=2, run=tmp_path / "run", hang_after=60.0)
    known = (
        r"^gave up after 1 deaths .*at tick \d+ of shard 1, .*has hung for 2 s in decide \(.*tiny"
    )
    with Native(OFTEN, args, Trinity(Counting, Alternating, Endless)) as envs:
        envs.run(1)  # a worker imports the rest of its code, which takes its time
        assert envs._engine._watch._hang_after == 60.0
        envs._engine._watch._hang_after = 2.0
        with pytest.raises(WorkerError, match=known) as error:
            envs.run(3)
    assert "in decide" in error.value.traceback
    assert checkpoints(tmp_path / "run")[-1].name == "epoch-00000001.safetensors"


def test_a_worker_that_crashes_is_named_with_its_stack(monkeypatch):
    monkeypatch.setattr(deaths, "MOST_OWN", 1)
    known = r"^gave up after 1 deaths .*at tick 0 of shard 0, .*code -11 \(SIGSEGV\)$"
    with (
        Native(CONFIG, Args(nWorker=1), Trinity(Counting, Alternating, Crashing)) as envs,
        pytest.raises(WorkerError, match=known) as error,
    ):
        envs.run(1)
    assert "in decide" in error.value.traceback
