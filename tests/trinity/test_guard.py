"""What has workers: one process, one thread at a time, and no copies."""

import copy
import os
import pickle
import signal
import threading
import time

import cloudpickle
import pytest

from forge.args import Args
from forge.errors import RunError
from forge.trinity.smith import Native, VecEnv
from tests.trinity.tiny import (
    CONFIG,
    STATEFUL,
    Alternating,
    Counting,
    Remembering,
    Trinity,
    digests,
)

ENGINES = ["serial", "processes"]
forks = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded"),
]


class Waiting(Remembering):
    """Waits in its first tick until it is let go."""

    here, go = threading.Event(), threading.Event()

    def decide(self, obs):
        self.here.set()
        assert self.go.wait(30)
        return super().decide(obs)


def native(engine="serial", trinity=STATEFUL, **args):
    return Native(CONFIG, Args(nRealm=2, nWorker=1, engine=engine, **args), trinity)


def vecenv(engine="serial"):
    envs = VecEnv(CONFIG, Args(nRealm=2, nWorker=1, engine=engine))
    envs.reset()
    return envs


def in_child(job):
    """Do it in a forked process that then ends; return the text of the RunError."""
    reading, writing = os.pipe()
    if not (pid := os.fork()):
        try:
            job()
        except RunError as error:
            os.write(writing, str(error).encode())
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(pid, 0)
    with os.fdopen(reading) as file:
        return file.read()


def in_thread(job):
    """Begin to do it in a thread; return it, and the errors that it has had."""
    errors = []

    def run():
        try:
            job()
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, errors


@pytest.mark.parametrize("make", [native, vecenv])
@pytest.mark.parametrize("take", [pickle.dumps, cloudpickle.dumps, copy.copy, copy.deepcopy])
def test_neither_pickled_nor_copied(make, take):
    with make() as envs:
        words = f"a {type(envs).__name__} has workers .* cannot be pickled or copied: pass its"
        with pytest.raises(TypeError, match=words):
            take(envs)


class TestForked:
    pytestmark = forks

    @pytest.mark.parametrize("engine", ENGINES)
    def test_environment_is_refused_and_goes_on_where_it_was_made(self, engine):
        with vecenv(engine) as envs:
            before = envs.digests()
            for use in (lambda: envs.step([{}, {}]), envs.digests):
                assert "forked: make a new environment here" in in_child(use)
            assert in_child(envs.close) == ""
            assert envs.digests() == before
            envs.step([{}, {}])

    @pytest.mark.parametrize("engine", ENGINES)
    def test_run_is_refused_and_goes_on_where_it_was_made(self, engine, tmp_path):
        with native(engine, run=str(tmp_path / "run")) as envs:
            envs.run(1)
            assert "forked: make a new run here" in in_child(lambda: envs.run(2))
            assert in_child(envs.close) == ""
            envs.run(2)
            assert envs.digest == digests(epochs=2, nRealm=2)[-1]

    def test_loop_over_epochs_that_ends_there_writes_nothing(self, tmp_path):
        with native(run=str(tmp_path / "run")) as envs:
            loop = iter(envs)
            next(loop)
            before = sorted((tmp_path / "run").rglob("*"))
            assert in_child(loop.close) == ""
            assert sorted((tmp_path / "run").rglob("*")) == before


class TestThreads:
    def test_two_steps_at_once_are_refused_and_change_nothing(self):
        with vecenv("processes") as envs:
            with envs._guard, pytest.raises(RunError, match="environment is at work already"):
                envs.step([{}, {}])
            envs.step([{}, {}])
            assert len(envs.pids) == 1

    def test_two_epochs_at_once_are_refused_and_change_nothing(self):
        Waiting.here.clear()
        Waiting.go.clear()
        with native(trinity=Trinity(Counting, Alternating, Waiting)) as envs:
            thread, errors = in_thread(lambda: envs.run(2))
            assert Waiting.here.wait(30)
            with pytest.raises(RunError, match="run is at work already: use it from one thread"):
                envs.run(1)
            Waiting.go.set()
            thread.join(30)
            assert (errors, envs.digest) == ([], digests(epochs=2, nRealm=2)[-1])

    @pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="no process can be stopped")
    def test_environment_can_be_closed_while_it_steps(self):
        envs = vecenv("processes")
        os.kill(envs.pids[0], signal.SIGSTOP)
        thread, errors = in_thread(lambda: envs.step([{}, {}]))
        while not envs._guard._lock.locked():
            time.sleep(0.01)
        envs.close()
        thread.join(30)
        assert [str(error) for error in errors] == ["this environment is closed: close was called"]
