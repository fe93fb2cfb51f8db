"""Runs as people start them: as scripts in processes of their own."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from forge.ethyr.checkpoint import in_run as checkpoints
from tests.jit import but_for_compiling
from tests.trinity.tiny import digests

ROOT = Path(__file__).resolve().parents[2]

# The README's way, with classes of its own, without a __main__ guard.
SCRIPT = """
from forge import Args
from forge.trinity import smith, Trinity
from tests.trinity import tiny

class Sword(tiny.Remembering):
    pass

class God(tiny.Alternating):
    pass

class Pantheon(tiny.Counting):
    pass

trinity = Trinity(Pantheon, God, Sword)
envs = smith.Native(tiny.CONFIG, Args(nRealm=3, nWorker=2), trinity)
envs.run(3, report=lambda summary: print(summary["digest"]))
"""

# Runs on and on, and says so; the workers' ids come first.
ENDLESS = """
import sys
from forge import Args
from forge.trinity import interrupt, smith
from tests.trinity import tiny

interrupt.AT_ONCE = 0.0  # the epochs are short
with smith.Native(tiny.CONFIG, Args(nRealm=3, nWorker=2, run=sys.argv[1]), tiny.SLOW) as envs:
    print(*envs._engine.pids, flush=True)
    envs.run(report=lambda summary: print(summary["epoch"], flush=True))
    print("interrupted" if envs.interrupted else "done", envs.epoch, flush=True)
"""


def start(code, *arguments, **environment):
    """Start Python on some code in a new process group."""
    return subprocess.Popen(
        [sys.executable, *arguments] if code is None else [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def output(process):
    """Wait for a process that must succeed; list its lines."""
    out, err = process.communicate(timeout=120)
    assert (process.returncode, but_for_compiling(err)) == (0, "")
    return out.splitlines()


def alive(pid):
    """Say whether a process runs (one that has ended but was not waited for does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def ended(pids, seconds=10.0):
    """Wait until processes have ended."""
    until = time.monotonic() + seconds
    while any(map(alive, pids)) and time.monotonic() < until:
        time.sleep(0.05)
    return not any(map(alive, pids))


@pytest.fixture
def endless(tmp_path):
    """Start an endless run; yield the process and its workers' ids once it has had an epoch."""
    process = start(ENDLESS, str(tmp_path / "run"))
    workers = [int(word) for word in process.stdout.readline().split()]
    assert process.stdout.readline() == "1\n"
    yield process, workers
    process.kill()
    process.communicate()


def test_script_without_main_guard_runs(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    assert output(start(None, str(tmp_path / "script.py"))) == digests()


def test_code_without_a_file_runs_as_in_a_notebook():
    assert output(start(SCRIPT)) == digests()


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_hash_seeds_do_not_matter(hash_seed):
    assert output(start(SCRIPT, PYTHONHASHSEED=hash_seed)) == digests()


def test_example_runs_as_a_script():
    *_, done, saved = output(start(None, "examples/scripted_sword.py"))
    assert done.startswith("Epoch 5: ")
    assert saved == "Nothing was saved: give --run DIR"


def test_interrupt_finishes_the_epoch_saves_and_exits_0(endless, tmp_path):
    process, workers = endless
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers too
    last = output(process)[-1].split()
    assert last[0] == "interrupted"
    assert checkpoints(tmp_path / "run")[-1].name == f"epoch-{int(last[1]):08}.safetensors"
    assert len((tmp_path / "run" / "metrics.jsonl").read_text().splitlines()) == int(last[1])
    assert ended(workers)


def test_second_interrupt_stops_at_once(endless):
    process, workers = endless
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)  # so that the epoch does not end between the two
    os.kill(process.pid, signal.SIGINT)
    time.sleep(0.5)
    os.kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert "KeyboardInterrupt" in err
    assert ended(workers)


@pytest.mark.parametrize("kind", [signal.SIGKILL, signal.SIGTERM])
def test_killed_parent_leaves_no_orphans(endless, kind):
    process, workers = endless
    os.kill(process.pid, kind)
    process.communicate(timeout=20)
    assert ended(workers)


def test_killed_run_can_be_resumed(endless, tmp_path):
    process, _ = endless
    process.kill()
    process.communicate()
    metrics = tmp_path / "run" / "metrics.jsonl"
    code = ENDLESS.replace("run=sys", "resume=sys").replace("envs.run(", "envs.run(3, ")
    assert output(start(code, str(tmp_path / "run")))[-1].split()[0] == "done"
    found = [json.loads(line)["epoch"] for line in metrics.read_text().splitlines()]
    assert found[:3] == [1, 2, 3]


def test_nothing_is_left_in_shared_memory(endless):
    process, workers = endless
    process.kill()
    process.communicate()
    assert ended(workers)
    names = [path.name for path in Path("/dev/shm").iterdir()]
    assert not [name for name in names if name.startswith(f"pym-{process.pid}-")]


def test_error_leaves_no_process_and_arrives_with_its_traceback(tmp_path):
    code = ENDLESS.replace("tiny.SLOW", "tiny.FAULTY")
    process = start(code, str(tmp_path / "run"))
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "WorkerError: ValueError in realm 1, tick 7, shard 1: a fault of the user's" in err
    assert "in decide" in err
    assert ended(map(int, out.splitlines()[0].split()))


def test_serial_engine_computes_under_one_thread_from_the_first_tick():
    code = """if True:
        from forge import Args
        from forge.trinity import Sword, smith
        from tests.trinity import tiny
        class Asking(Sword):
            def decide(self, obs):
                import torch
                assert torch.get_num_threads() == 1
                return super().decide(obs)
        trinity = smith.Trinity(tiny.Still, tiny.God, Asking)
        smith.Native(tiny.CONFIG, Args(engine="serial"), trinity).run(1, quiet=True)
        import torch
        print(torch.get_num_threads())"""
    alone = "import torch; print(torch.get_num_threads())"
    assert output(start(code)) == output(start(alone))


@pytest.mark.parametrize(
    "code",
    [
        "from forge.trinity import smith, Trinity, Pantheon, God, Sword",
        "import forge.trinity.trinity",
    ],
)
def test_naming_the_classes_imports_no_torch(code):
    assert output(start(f"{code}; import sys; print('torch' in sys.modules)")) == ["False"]
