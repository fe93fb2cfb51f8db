"""The engine ``ray``: on this machine the same results as on every other engine."""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from forge.args import Args
from forge.errors import ForgeError, WorkerError
from forge.trinity.defaults import default_trinity
from forge.trinity.engines import WorkerDiedError
from forge.trinity.smith import Native
from tests.faults import command, session
from tests.trinity.test_scripts import ended, output, start
from tests.trinity.tiny import (
    CONFIG,
    FAULTY,
    STATEFUL,
    Alternating,
    Counting,
    Remembering,
    Trinity,
    digests,
)

pytestmark = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is missing")

WITHOUT = """
import sys
sys.modules["ray"] = None
from forge.cli import main
main(["--engine", "ray", "--config", "law16", "--run", sys.argv[1]], standalone_mode=True)
"""

ENDLESS = """
import os, sys
from forge import Args
from forge.trinity import interrupt, smith
from tests.trinity.tiny import CONFIG, SLOW

interrupt.AT_ONCE = 0.0  # the epochs are short

config = CONFIG.replace(horizon=int(sys.argv[2]))
with smith.Native(config, Args(nRealm=3, engine="ray", nWorker=2, run=sys.argv[1]), SLOW) as envs:
    from forge.trinity.engines import raylink

    own = [process.pid for process in raylink._own_processes().values()]
    print(*envs.pids, *own, flush=True)
    print(raylink.LINK._folder, flush=True)
    envs.run(report=lambda summary: print(summary["epoch"], flush=True))
    print("interrupted" if envs.interrupted else "ended")
"""


KILLS_ONCE = """
import os
if os.path.exists({0!r}):
    os.unlink({0!r})
    os.kill(os.getpid(), 9)
"""


class Local(Remembering):
    """Writes into the log, and is a class that workers cannot import."""

    def state(self):
        import logging

        logging.getLogger("forge.mine").info("a word from shard %d", self.shard.index)
        return super().state()


@pytest.fixture(scope="module", autouse=True)
def _connected():
    """Keep the connection through the tests of this module: Ray takes seconds to start.

    It begins without a handler of SIGTERM, such as RLlib leaves to the tests after its own.
    """
    from forge.trinity.engines.raylink import LINK

    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    run = LINK.enter(0)
    LINK.connect(None, 2)
    yield
    LINK.leave(run)
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("workers", [1, 2])
def test_actors_give_the_digests_of_the_serial_engine(workers):
    assert digests(engine="ray", nWorker=workers) == digests()


def test_default_classes_learn_the_same_on_two_actors():
    serial = digests(default_trinity(), epochs=2)
    assert digests(default_trinity(), epochs=2, engine="ray", nWorker=2) == serial


def _dies_in_an_update(self):
    """End in the second of an epoch's two exchanges, after the first epoch.

    Calls are no measure: the shard begins anew wherever another worker takes it over.
    """
    self.second = not getattr(self, "second", True)
    late = self.second and self.seen.sum() > CONFIG.horizon * CONFIG.max_agents
    if self.shard.index == 1 and late and os.path.exists(self.mark):
        os.unlink(self.mark)
        os.kill(os.getpid(), signal.SIGKILL)
    return Remembering.send_update(self)


@pytest.mark.parametrize("where", ["decide", "send_update"])
def test_actor_killed_in_an_epoch_changes_nothing(tmp_path, where):
    mark = tmp_path / "mark"
    mark.touch()
    dies = {"decide": _dies_once, "send_update": _dies_in_an_update}[where]
    killing = type("Killing", (Remembering,), {"mark": str(mark), where: dies})
    trinity = Trinity(Counting, Alternating, killing)
    assert digests(trinity, epochs=4, engine="ray", nWorker=2) == digests(epochs=4)
    assert not mark.exists()  # an actor was killed indeed


def _dies_once(self, obs):
    if self.shard.index == 1 and obs.ent["age"].max(initial=0) >= 12 and os.path.exists(self.mark):
        os.unlink(self.mark)
        os.kill(os.getpid(), signal.SIGKILL)
    return Remembering.decide(self, obs)


def test_classes_and_log_records_travel_and_bytes_are_counted(tmp_path):
    run = tmp_path / "run"
    args = Args(nRealm=3, engine="ray", nWorker=1, run=str(run))
    with Native(CONFIG, args, Trinity(Counting, Alternating, Local)) as envs:
        envs.run(2, quiet=True)
        assert envs.digest == digests(epochs=2)[-1]
        states = sum(map(len, envs.last_commit()[1]))
        assert envs.bytes_exchanged > 2 * states
    assert (run / "forge.log").read_text().count("a word from shard") == 2 * 3


def test_replaced_actor_serves_and_the_other_stays():
    from forge.trinity.engines.ray import Actors

    crew = Actors()
    crew.start(lambda setup: lambda word: (setup, word), [(), ()], "set up")
    before = crew.pids
    os.kill(before[0], signal.SIGKILL)
    crew.send(0, "lost")
    with pytest.raises(WorkerDiedError, match=rf"worker 0 \(process {before[0]} on .*\) died"):
        crew.receive(0)
    crew.replace([0])
    assert crew.receive(0) is None
    crew.send(0, "found")
    assert crew.receive(0) == ("set up", "found")
    assert crew.pids[0] != before[0]
    assert crew.pids[1] == before[1]
    crew.end()


class _Argument:
    """Does something to the worker that receives it."""

    def __init__(self, does, *arguments):
        self.does, self.arguments = does, arguments

    def __reduce__(self):
        return self.does, self.arguments


def _started(*arguments):
    """Start a worker with each of these arguments."""
    from forge.trinity.engines.ray import Actors

    crew = Actors()
    crew.start(lambda setup, argument: lambda: setup, [(each,) for each in arguments], "set up")
    return crew


def test_actor_killed_as_it_starts_is_started_again(tmp_path):
    mark = tmp_path / "mark"
    mark.touch()
    crew = _started(_Argument(exec, KILLS_ONCE.format(str(mark))))
    crew.send(0)
    assert crew.receive(0) == "set up"
    assert not mark.exists()  # an actor was killed indeed
    crew.end()


def test_actor_whose_start_fails_is_not_started_again():
    with pytest.raises(WorkerDiedError, match="as it started") as caught:
        _started(_Argument(int, "many"))
    assert not caught.value.outside


def test_process_killed_before_ray_knows_it_is_missed_at_once():
    from forge.trinity.engines.raylink import LINK

    crew = _started(None, None)
    before = LINK.workers()
    crew.replace([0])
    while not (fresh := set(LINK.workers()).difference(before)):
        time.sleep(0.01)
    os.kill(fresh.pop(), signal.SIGKILL)
    assert crew.answered([0], 50.0) == [0]
    crew.end()


def test_worker_of_an_earlier_connection_has_died(monkeypatch):
    from forge.trinity.engines.raylink import LINK

    crew = _started(None)
    crew.send(0)
    monkeypatch.setattr(LINK, "session", LINK.session + 1)
    assert crew.answered([0]) == [0]
    with pytest.raises(WorkerDiedError, match="worker 0 ended with Ray's processes"):
        crew.receive(0)
    monkeypatch.undo()
    crew.end()


def test_weights_are_sent_anew_after_a_new_start_of_ray(monkeypatch):
    from forge.trinity.engines.channel import Sizes
    from forge.trinity.engines.raystore import LINK, ObjectStore

    channel = ObjectStore(Sizes((1, 4), 1, 8), False)
    first = channel.send_weights()
    assert channel.send_weights() == first
    monkeypatch.setattr(LINK, "session", LINK.session + 1)
    assert channel.send_weights() != first
    channel.close()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_ray_takes_no_signal_that_a_run_handles():
    status = Path("/proc/self/status").read_text()
    caught = int(status.partition("SigCgt:")[2].split()[0], 16)
    assert not caught >> (signal.SIGTERM - 1) & 1


def test_error_in_a_class_says_where_it_happened():
    with pytest.raises(WorkerError, match=r"ValueError in realm 1, tick .*, shard 1") as caught:
        digests(FAULTY, engine="ray", nWorker=1)
    assert "in decide" in caught.value.traceback


def test_machines_with_another_forge_are_refused(monkeypatch):
    from forge.trinity.engines import ray

    here = {**ray.versions(sources=True), "forge-mmo": "0.0.0"}
    monkeypatch.setattr(ray, "versions", lambda sources: here)
    with pytest.raises(ForgeError, match=r"forge-mmo [\d.]+ there, 0\.0\.0 here"):
        Native(CONFIG, Args(engine="ray"), STATEFUL)


@pytest.mark.parametrize(
    ("address", "message"),
    [("127.0.0.1:1", "refused"), ("nowhere", "HOST:PORT"), ("ray://there:1", "on a machine of")],
)
def test_cluster_that_cannot_be_joined_is_one_line(address, message, monkeypatch):
    from forge.trinity.engines import raylink

    monkeypatch.setattr(raylink.ray, "is_initialized", lambda: False)
    monkeypatch.setattr(raylink.ray, "shutdown", lambda: None)
    with pytest.raises(ForgeError, match=f"cannot join the Ray cluster at {address}: .*{message}"):
        raylink.Link().connect(address, 1)


def test_without_ray_one_line_says_how_to_get_it(tmp_path):
    command = [sys.executable, "-c", WITHOUT, str(tmp_path / "run")]
    found = subprocess.run(command, capture_output=True, text=True)
    assert found.returncode == 1
    assert "pip install -e '.[ray]' brings it" in found.stderr
    assert found.stderr.count("\n") == 1


@pytest.fixture
def endless(tmp_path, request):
    """Start an endless run; yield it, its processes and Ray's folder once it has had an epoch."""
    horizon = str(getattr(request, "param", CONFIG.horizon))
    process = start(ENDLESS, str(tmp_path / "run"), horizon)
    pids = [int(word) for word in process.stdout.readline().split()]
    folder = process.stdout.readline().strip()
    assert process.stdout.readline() == "1\n"
    yield process, pids, folder
    process.kill()
    process.communicate()


def _gone(folder, seconds=10.0):
    """Wait until a folder has been removed."""
    until = time.monotonic() + seconds
    while os.path.exists(folder) and time.monotonic() < until:
        time.sleep(0.1)
    return not os.path.exists(folder)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_to_all_processes_save_and_stop(number, endless):
    process, pids, folder = endless
    os.killpg(process.pid, number)
    assert output(process)[-1].startswith("interrupted")
    assert ended(pids)
    assert not os.path.exists(folder)


@pytest.mark.slow
@pytest.mark.parametrize("endless", [100], indirect=True)  # an epoch takes seconds
def test_second_interrupt_stops_at_once_and_leaves_nothing(endless):
    process, pids, folder = endless
    os.killpg(process.pid, signal.SIGINT)
    time.sleep(1.5)  # Ray looks at signals once a second while it waits
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (out, "KeyboardInterrupt" in err) == ("", True)
    assert ended(pids, seconds=2)
    assert _gone(folder)


@pytest.mark.slow
def test_interrupted_command_says_how_to_go_on(tmp_path):
    run = str(tmp_path / "run")
    options = ["--engine", "ray", "--nRealm", "2", "--config", "law16", "--run", run]
    process = start(None, "Forge.py", *options)
    until = time.monotonic() + 120
    while not _recorded(run) and time.monotonic() < until:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert f"--resume {run}" in out


def _recorded(run):
    path = os.path.join(run, "metrics.jsonl")
    return os.path.exists(path) and os.path.getsize(path)


@pytest.mark.slow
def test_killed_program_leaves_no_process_and_no_file(endless):
    process, pids, folder = endless
    process.kill()
    assert ended(pids, seconds=2)
    assert _gone(folder)


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.0, 2.0, 3.0, 5.0])
def test_program_killed_as_ray_starts_leaves_nothing(tmp_path, seconds):
    process = start(ENDLESS, str(tmp_path / "run"), "16")
    while not (folders := _guarded(process.pid)):
        time.sleep(0.05)
    time.sleep(seconds)
    process.kill()
    process.communicate()
    assert ended(session(process.pid), seconds=2)
    assert _gone(folders[0])


def _guarded(parent):
    """List the folders that are guarded for a process."""
    commands = [command(int(pid)).split() for pid in os.listdir("/proc") if pid.isdigit()]
    return [words[5] for words in commands if words[4:5] == [str(parent)]]


@pytest.mark.slow
def test_lost_machine_changes_nothing():
    code = LOST.replace("CHECK", repr(digests(epochs=3)[-1]))
    assert "True" in output(start(code))  # Ray prints about the machine, too


LOST = """
import logging
from ray.cluster_utils import Cluster
from forge import Args
from forge.trinity.smith import Native
from tests.trinity.tiny import CONFIG, STATEFUL

logging.getLogger("forge").addHandler(logging.NullHandler())
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
other = cluster.add_node(num_cpus=1)
args = Args(nRealm=3, engine="ray", address=cluster.address, nWorker=2)
with Native(CONFIG, args, STATEFUL) as envs:
    envs.run(1, quiet=True)
    cluster.remove_node(other, allow_graceful=False)
    envs.run(3, quiet=True)
    print(envs.digest == CHECK)
cluster.shutdown()
"""


def test_parcels_keep_large_arrays_apart_and_references_as_they_are():
    from forge.trinity.engines.parcels import pack, unpack

    class Reference:
        pass

    message = {"large": np.arange(10_000), "small": np.arange(3), "far": Reference()}
    parcel = pack(message, Reference)
    found = unpack(parcel.data, parcel.arrays, ["there"])
    assert (len(parcel.arrays), len(parcel.refs), found["far"]) == (1, 1, "there")
    assert (found["large"] == message["large"]).all()
    found["large"][0] = 7  # can be written, and is another array
    assert message["large"][0] == 0
    assert 80_000 < parcel.size < 81_000
