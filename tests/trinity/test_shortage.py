"""Who ended for lack of memory is told so, and what helps; nobody is started for ever."""

import logging
import os
import re
import signal
from functools import partial

import pytest

from forge.args import Args
from forge.errors import RunError, WorkerError
from forge.trinity import deaths, limits
from forge.trinity.engines.crew import num_workers
from forge.trinity.needs import estimate
from forge.trinity.shortage import Headroom
from forge.trinity.smith import Native, VecEnv
from forge.trinity.trinity import Trinity
from tests.trinity.tiny import CONFIG, SCRIPTED, God, Still, Wanderer

HELP = r"this run needs about \d+ MB, this machine has .* free as it began\).*: "
KILLED = -9


def killed(monkeypatch, before, now):
    """Let the system count so many kills before the run and after a worker's death."""
    counts = iter([before, now])
    monkeypatch.setattr(limits, "oom_kills", lambda: next(counts))
    return Headroom(partial(estimate, trinity=SCRIPTED), CONFIG, Args(nWorker=1))


@pytest.mark.parametrize(
    ("before", "now", "text"),
    [
        (3, 4, ": the system ended it for lack of memory; this run needs about "),
        (None, None, ": perhaps the system ended it for lack of memory; this run needs about "),
        (3, 3, ": killed, but not by the system for lack of memory"),
    ],
)
def test_a_killed_worker_is_told_apart_by_what_the_system_counts(monkeypatch, before, now, text):
    told, sure = killed(monkeypatch, before, now).of_death(KILLED)
    assert told.startswith(text)
    assert sure == (now == 4)


def test_advice_names_the_limit_of_a_process(monkeypatch):
    monkeypatch.setattr(limits, "room", lambda: limits.Room(None, each=2 * 10**9))
    memory = killed(monkeypatch, 0, 1)
    assert re.match(
        r"this run needs about \d+ MB, a process \(ulimit\) may take 2.0 GB: ", memory.advice
    )


@pytest.mark.parametrize("code", [3, 0, -15, None])
def test_other_deaths_are_not_for_lack_of_memory(monkeypatch, code):
    assert killed(monkeypatch, 0, 1).of_death(code) == ("", False)


class Dying(Wanderer):
    """Kills its process every time."""

    def decide(self, obs):
        os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.skipif(os.name != "posix", reason="the system has no such signal")
def test_a_worker_that_is_killed_again_and_again_ends_the_run_and_says_why(monkeypatch, caplog):
    counts = iter(range(9))
    monkeypatch.setattr(deaths, "MOST_OWN", 2)
    monkeypatch.setattr(limits, "oom_kills", lambda: next(counts))
    why = r"code -9: the system ended it for lack of memory; " + HELP
    with (
        Native(CONFIG, Args(nWorker=1), Trinity(Still, God, Dying)) as envs,
        pytest.raises(WorkerError, match=rf"^gave up after 2 deaths in one epoch: .*{why}"),
    ):
        envs.run(1, quiet=True)
    again = [r.getMessage() for r in caplog.records if "runs again" in r.getMessage()]
    assert len(again) == 1
    assert "for lack of memory" in again[0]


class Greedy(Wanderer):
    """Asks for more memory than there is, as the class's error says."""

    error: Exception

    def decide(self, obs):
        raise self.error


@pytest.mark.parametrize(
    "error",
    [
        MemoryError("Unable to allocate 2.00 PiB for an array"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    ],
)
def test_a_lack_of_memory_in_a_shard_is_one_line_that_helps(monkeypatch, error):
    monkeypatch.setattr(Greedy, "error", error, raising=False)
    with (
        Native(CONFIG, Args(engine="serial"), Trinity(Still, God, Greedy)) as envs,
        pytest.raises(
            WorkerError, match=rf"^{type(error).__name__} in realm 0, .*; {HELP}"
        ) as found,
    ):
        envs.run(1, quiet=True)
    assert "raise self.error" in found.value.traceback


def test_other_errors_in_a_shard_stay_as_they_are(monkeypatch):
    monkeypatch.setattr(Greedy, "error", ValueError("memory"), raising=False)
    with (
        Native(CONFIG, Args(engine="serial"), Trinity(Still, God, Greedy)) as envs,
        pytest.raises(WorkerError, match=r"shard 0: memory$") as found,
    ):
        envs.run(1, quiet=True)
    assert "raise self.error" in found.value.traceback


class Hungry(Still):
    """A Pantheon that finds no memory for its step."""

    def step(self, updates):
        raise MemoryError


def test_a_lack_of_memory_beside_the_workers_is_one_line_that_helps():
    with (
        Native(CONFIG, Args(engine="serial"), Trinity(Hungry, God, Wanderer)) as envs,
        pytest.raises(
            RunError, match=rf"^there is not enough memory: the system gives no more; {HELP}"
        ),
    ):
        envs.run(1, quiet=True)


@pytest.mark.parametrize(
    ("asked", "parts", "realms", "text"),
    [
        (2, 1, 1, "nWorker is 2, but there is work for 1 worker: a realm is never split; more "
         "realms (nRealm) would use more"),
        (3, 2, 8, "nWorker is 3, but there is work for 2 workers: the 8 realms are in 2 shards, "
         "and a shard is never split; more realms (nRealm) or fewer in a shard (realms_per_shard) "
         "would use more"),
    ],
)  # fmt: skip
def test_workers_without_work_are_told_in_one_line(caplog, asked, parts, realms, text):
    assert num_workers(asked, parts, realms) == parts
    assert [(r.levelno, r.getMessage()) for r in caplog.records] == [(logging.WARNING, text)]


@pytest.mark.parametrize(("asked", "parts", "found"), [(2, 2, 2), (1, 9, 1), (None, 1, 1)])
def test_workers_that_have_work_are_taken_in_silence(caplog, asked, parts, found):
    assert num_workers(asked, parts, parts) == found
    assert caplog.records == []


def test_a_run_of_one_realm_says_that_it_uses_one_worker(caplog):
    with Native(CONFIG, Args(nWorker=2), SCRIPTED) as envs:
        assert len(envs._engine.pids) == 1
    assert "nWorker is 2, but there is work for 1 worker" in caplog.text


@pytest.mark.skipif(os.name != "posix", reason="the system has no such signal")
def test_an_environment_whose_worker_is_killed_says_why(monkeypatch):
    counts = iter(range(2))
    monkeypatch.setattr(limits, "oom_kills", lambda: next(counts))
    with VecEnv(CONFIG, Args(nWorker=1)) as env:
        env.reset()
        os.kill(env.pids[0], signal.SIGKILL)
        why = f"has ended: the system ended it for lack of memory; {HELP}"
        with pytest.raises(WorkerError, match=why):
            env.step([{}])
