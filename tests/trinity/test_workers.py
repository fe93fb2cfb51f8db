"""Worker processes: whom they obey, whom they survive, and where they can be started."""

import logging
import multiprocessing
import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from forge.args import Args
from forge.errors import ForgeError
from forge.ethyr.checkpoint import in_run as checkpoints
from forge.trinity import logs
from forge.trinity.engines import WorkerDiedError, spawning
from forge.trinity.engines.processes import Spawned
from forge.trinity.logs import RunLog
from forge.trinity.smith import Native
from tests.trinity.test_scripts import ENDLESS, ended, output, start
from tests.trinity.tiny import (
    CONFIG,
    STATEFUL,
    Alternating,
    Counting,
    Remembering,
    Trinity,
    digests,
)

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no such things")

# One worker never comes back from its user's code, which holds the lock of its interpreter.
STUCK = """
import ctypes, os, time
from forge import Args
from forge.trinity import smith
from tests.trinity import tiny

class Stuck(tiny.Remembering):
    def decide(self, obs):
        if self.shard.index == 1:
            ctypes.PyDLL(None).sleep(1000)
        return super().decide(obs)

envs = smith.Native(tiny.CONFIG, Args(nRealm=2, nWorker=2),
                    smith.Trinity(tiny.Counting, tiny.Alternating, Stuck))
other = os.fork()  # it has the ends of all pipes, too
if other:
    print(other, *envs._engine.pids, flush=True)
    envs.run(1)
time.sleep(1000)
"""

LINGERING = """
import time
from forge.trinity.engines import spawning
from tests.trinity import tiny

started = []
spawning.start(tiny.linger, [(60.0,)], started)
print(started[0].pid, flush=True)
time.sleep(60)
"""

SIGNALS = """
import os, signal, subprocess, sys
from forge.trinity.engines.serving import _leave_signals_to_parent
from forge.trinity.signals import HANDLED

_leave_signals_to_parent()
for number in HANDLED:
    os.kill(os.getpid(), number)
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    child.send_signal(signal.SIGTERM)
    print(child.wait(), end=" ")
    sys.stdout.flush()
    if not (pid := os.fork()):
        signal.pause()
    os.kill(pid, signal.SIGTERM)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""

PRINTING = """
import os, sys
from forge.trinity.engines.lossy import make_lossy

reading, writing = os.pipe()
os.close(reading)
os.dup2(writing, 2)
make_lossy()
for stream in (sys.stdout, sys.stderr):
    print("much" * 100_000, "\\udcff", file=stream, flush=True)
"""

POOL = """
from multiprocessing import get_context
from tests.trinity.tiny import digests

def run(seed):
    return digests(epochs=1, engine="processes", nWorker=1, seed=seed)

with get_context("fork").Pool(2) as pool:
    print(pool.map(run, [0, 1]) == [run(0), run(1)])
"""


class Forking(Remembering):
    """Forks at its start: a child that comes back as an error would, and one that stays."""

    def __init__(self, config, args, shard):
        super().__init__(config, args, shard)
        if not os.fork():
            sys.exit("a child comes back")
        if not (pid := os.fork()):
            time.sleep(60)
            os._exit(0)
        with open(os.environ["FORGE_TEST_PIDS"], "a") as file:
            file.write(f"{pid}\n")


@pytest.fixture
def forked(tmp_path, monkeypatch):
    """End afterwards what Forking has left."""
    pids = tmp_path / "pids"
    monkeypatch.setenv("FORGE_TEST_PIDS", str(pids))
    yield
    for pid in pids.read_text().split():
        with suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)


def wait_for(condition, seconds=60.0):
    """Wait until it holds."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_signals_to_all_processes_save_and_stop_and_no_epoch_runs_twice(tmp_path):
    process, run = start(ENDLESS, str(tmp_path / "run")), tmp_path / "run"
    pids = [int(word) for word in process.stdout.readline().split()]
    assert process.stdout.readline() == "1\n"
    saved = len(checkpoints(run))
    os.killpg(process.pid, signal.SIGUSR1)
    wait_for(lambda: len(checkpoints(run)) > saved)
    os.killpg(process.pid, signal.SIGTERM)
    assert output(process)[-1].startswith("interrupted")
    assert "runs again" not in (run / "forge.log").read_text()
    assert ended(pids)


def test_killed_parent_leaves_no_worker_that_is_stopped_or_stuck():
    process = start(STUCK)
    other, *workers = map(int, process.stdout.readline().split())
    os.kill(workers[0], signal.SIGSTOP)
    process.kill()
    gone = ended(workers, seconds=2)
    os.kill(other, signal.SIGKILL)
    process.communicate()
    assert gone
    assert len(workers) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it ends once it serves")
def test_killed_parent_leaves_no_process_that_was_about_to_serve():
    process = start(LINGERING)
    pid = int(process.stdout.readline())
    process.kill()
    assert ended([pid], seconds=2)
    process.communicate()


def test_forks_of_user_code_neither_answer_for_a_worker_nor_hide_its_death(forked):
    trinity, began = Trinity(Counting, Alternating, Forking), time.monotonic()
    with Native(CONFIG, Args(nRealm=2, nWorker=2), trinity) as envs:
        envs.run(1)
        os.kill(envs._engine.pids[0], signal.SIGKILL)
        envs.run(2)
        assert envs.digest == digests(epochs=2, nRealm=2)[-1]
    assert time.monotonic() < began + 50


def test_workers_pass_over_signals_and_what_they_start_does_not():
    assert set(output(start(SIGNALS))) == {"-15 -15"}


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no disk that is full")
def test_workers_print_what_can_be_printed_and_go_on():
    process = start(f"import os; os.dup2(os.open('/dev/full', os.O_WRONLY), 1)\n{PRINTING}")
    assert output(process) == []


def test_processes_of_a_pool_can_start_workers():
    assert output(start(POOL)) == ["True"]


def test_starting_in_threads_leaves_main_and_environment_alone():
    before = sys.modules["__main__"], dict(os.environ)
    with ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(digests, epochs=1, engine="processes", nWorker=1) for _ in range(3)]
        assert [job.result() for job in jobs] == [digests(epochs=1)] * 3
    assert (sys.modules["__main__"], dict(os.environ)) == before


def test_workers_outlive_the_thread_that_started_them():
    with ThreadPoolExecutor(1) as pool:
        envs = pool.submit(Native, CONFIG, Args(nRealm=2, nWorker=1), STATEFUL).result()
    pids = envs._engine.pids
    with envs:
        envs.run(1)
        assert envs._engine.pids == pids


def test_refused_process_is_one_line_that_says_what_to_do(monkeypatch):
    def refused(*_):
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(spawning, "_start", refused)
    with pytest.raises(ForgeError, match=r"worker process 1 of 2 .* unavailable.*--engine serial"):
        Native(CONFIG, Args(nRealm=2, nWorker=2), STATEFUL)


def test_missing_locks_are_one_line_that_says_what_to_do(monkeypatch, tmp_path):
    def refused(*_):
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(multiprocessing.get_context("spawn"), "Queue", refused)
    with pytest.raises(ForgeError, match=r"no room for the locks .* /dev/shm, .*--shm-size=64m"):
        RunLog(tmp_path / "forge.log")


def test_last_of_several_logs_puts_the_level_back(tmp_path, monkeypatch):
    monkeypatch.setattr(logs, "_OPEN", logs._Open())
    monkeypatch.setattr(logging.getLogger("forge"), "level", logging.ERROR)
    first, last = RunLog(tmp_path / "first.log"), RunLog(tmp_path / "last.log")
    first.close()
    assert logging.getLogger("forge").level == logging.INFO
    last.close()
    assert logging.getLogger("forge").level == logging.ERROR


class Exit:
    """Ends the process that it is sent to."""

    def __reduce__(self):
        return os._exit, (3,)


def sleep_on_request(setup):
    return time.sleep


def test_worker_that_ends_as_it_starts_is_told_at_once():
    crew = Spawned()
    with pytest.raises(WorkerDiedError, match=r"worker 0 .* died, code 3"):
        crew.start(sleep_on_request, [(Exit(),)], None)
    assert crew.pids == []


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
def test_forked_process_does_not_end_the_workers():
    crew = Spawned()
    crew.start(sleep_on_request, [()], None)
    if not (pid := os.fork()):
        crew.end()
        os._exit(len(crew))
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1
    crew.send(0, 0.0)
    assert crew.receive(0) is None
    crew.end()
    assert crew.pids == []
