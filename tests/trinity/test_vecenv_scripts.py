"""VecEnv as people start it: in scripts of their own, which end in all sorts of ways."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from tests.trinity.test_scripts import ended, output, start

# The Gym way, with a config of one's own, without a __main__ guard.
SCRIPT = """
from forge import Args, Law
from forge.trinity import smith

class Meadow(Law):
    max_agents = 8
    map_size = 24
    border = 4
    populations = 1

envs = smith.VecEnv(Meadow(), Args(nRealm=2, nWorker=2))
obs = envs.reset()
for _ in range(20):
    obs, rewards, dones, infos = envs.step([{}, {}])
print(len(obs), len(obs[0]), dones)
"""

# Steps on and on; the workers' ids come first. Ctrl-C is heard even where the tests run in the
# background, whose processes ignore it otherwise.
ENDLESS = SCRIPT.replace("obs = envs.reset()", "print(*envs.pids, flush=True)\nobs = envs.reset()")
ENDLESS = ENDLESS.replace("for _ in range(20)", "print(flush=True)\nwhile True")
ENDLESS = f"import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n{ENDLESS}"


@pytest.fixture
def endless():
    """Start an endless loop; yield the process and its workers' ids once it has begun."""
    process = start(ENDLESS)
    workers = [int(word) for word in process.stdout.readline().split()]
    assert process.stdout.readline() == "\n"
    yield process, workers
    process.kill()
    process.communicate()


def test_script_without_main_guard_and_without_close_runs():
    (line,) = output(start(SCRIPT))
    assert line.startswith("2 ")
    assert line.endswith(" None")


@pytest.mark.parametrize("kind", [signal.SIGKILL, signal.SIGTERM])
def test_killed_parent_leaves_neither_orphans_nor_memory(endless, kind):
    process, workers = endless
    before = set(Path("/dev/shm").iterdir())
    os.kill(process.pid, kind)
    process.communicate(timeout=20)
    assert len(workers) == 2
    assert ended(workers)
    left = set(Path("/dev/shm").iterdir()) - before
    assert not [path for path in left if str(process.pid) in path.name or "forge" in path.name]


def test_memory_has_no_name(endless):
    process, workers = endless
    for pid in (process.pid, *workers):
        links = [link for path in Path(f"/proc/{pid}/fd").iterdir() if (link := target(path))]
        assert len(links) > 2
        assert [
            link for link in links if link.startswith("/dev/shm") and "deleted" not in link
        ] == []


def target(path):
    """Read a link; "" if it is gone: processes open and close files as they go."""
    with suppress(FileNotFoundError):
        return os.readlink(path)
    return ""


def test_interrupt_is_the_parents_affair(endless):
    process, workers = endless
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers too
    _, err = process.communicate(timeout=20)
    assert err.rstrip().endswith("KeyboardInterrupt")
    assert err.count("Traceback") == 1
    assert ended(workers)
