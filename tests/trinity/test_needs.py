"""What a run needs is told beforehand, near what it takes; what cannot fit is refused."""

import dataclasses
import json
import logging
import os
import subprocess
import sys
from functools import partial
from importlib.util import spec_from_file_location

import pytest

from forge.args import Args
from forge.blade import needs as worlds
from forge.blade.records import LIFE
from forge.config import preset
from forge.ethyr import tables
from forge.ethyr.rollout import Rollout
from forge.trinity import limits, needs
from forge.trinity.defaults import default_trinity
from forge.trinity.limits import CGROUP, LIMIT, Room
from forge.trinity.needs import TooLargeError, estimate
from forge.trinity.smith import Native, VecEnv
from forge.trinity.stepping.stage import HALVES
from tests.trinity.test_common import sword
from tests.trinity.tiny import CONFIG, SCRIPTED

TOLERANCE = 0.25  # of the estimate, up or down

MEASURED = """
import json, re, sys
from forge.args import Args
from forge.config import preset
from forge.trinity.needs import estimate
from forge.trinity.defaults import default_trinity
from forge.trinity.smith import Native
name, settings, realms = json.loads(sys.argv[1])
config, args = preset(name).replace(**settings), Args(nRealm=realms, engine="serial")
with Native(config, args) as envs:
    envs.run(1, quiet=True)
with open("/proc/self/status") as status:  # not getrusage, which goes on from the starting process
    peak = 1024 * int(re.search(r"VmHWM:\\s+(\\d+) kB", status.read())[1])
print(json.dumps([estimate(config, args, default_trinity()).total, peak]))
"""

FULL = {"births": 128, "minibatches": 1}  # all slots live from the first tick on
MIDDLE = ("law128", {"horizon": 4, "hidden": 16, **FULL}, 4)
LARGE = [
    ("chaos128", {"horizon": 4, "hidden": 256, **FULL}, 1),
    ("law128", {"horizon": 32, "hidden": 32, **FULL}, 60),
]


def told(config=CONFIG, trinity=None, **args):
    return estimate(config, Args(**args), trinity or default_trinity())


def has(monkeypatch, total=None, owner=limits.MACHINE, each=None, free=None):
    """Let the system say so."""
    monkeypatch.setattr(limits, "room", lambda: Room(total, owner, each, free))


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is measured on Linux")
@pytest.mark.parametrize(
    "run", [MIDDLE, *(pytest.param(each, marks=pytest.mark.slow) for each in LARGE)]
)
def test_a_run_takes_what_was_told(run):
    told, peak = measured(run)
    if peak > told:  # the first run may have compiled kernels
        told, peak = measured(run)
    assert abs(peak - told) <= TOLERANCE * told


def measured(run):
    """Give what a run in a process of its own was told to need, and its peak [bytes]."""
    command = [sys.executable, "-c", MEASURED, json.dumps(run)]
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_rollouts_of_a_shard_count_their_spare_memory_as_common():
    own, common = default_trinity().Sword.num_bytes(CONFIG, 2)
    again = default_trinity().Sword.num_bytes(CONFIG, 4)
    assert again.own == pytest.approx(2 * own, rel=0.01)
    rollout = Rollout(1, 1, CONFIG)
    assert again.common > common
    assert common > tables.num_bytes(sword().weights.layout, CONFIG.populations)
    assert own > rollout.bytes_of(CONFIG.horizon * 2 * CONFIG.max_agents, 0)


def test_weights_are_needed_once_per_worker_and_gradients_once_per_shard():
    one, two = (told(nRealm=8, nWorker=number) for number in (1, 2))
    extra = two.workers - one.workers
    process = needs.PROCESS + needs.TORCH + needs.CUDA * needs.torch_is_for_cuda()
    assert process < extra < process + 10**7
    assert two.shared == one.shared
    assert two.worker < one.worker


@pytest.mark.parametrize(("name", "is_for_cuda"), [("torch_cuda", True), ("torch_cpu", False)])
def test_torch_that_is_built_for_cuda_takes_more(name, is_for_cuda, tmp_path, monkeypatch):
    for file in ("torch/lib/libtorch.so", f"torch/lib/lib{name}.so", "torch/__init__.py"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    found = spec_from_file_location("torch", tmp_path / "torch/__init__.py")
    monkeypatch.setattr(needs, "find_spec", {"torch": found}.get)
    assert needs.torch_is_for_cuda.__wrapped__() == is_for_cuda


def test_a_build_for_cuda_counts_in_every_process_that_learns(monkeypatch):
    totals = []
    for is_for_cuda in (False, True):
        monkeypatch.setattr(needs, "torch_is_for_cuda", lambda is_for_cuda=is_for_cuda: is_for_cuda)
        totals.append(told(nRealm=8, nWorker=2).total)
    assert totals[1] - totals[0] == 2 * needs.CUDA + needs.CUDA_LIBRARIES


def test_scripts_need_no_torch_and_no_weights():
    assert told(trinity=SCRIPTED, nRealm=2, nWorker=1).workers < needs.PROCESS + needs.TORCH


def test_a_run_that_cannot_fit_is_refused_with_what_brings_it_down(monkeypatch):
    has(monkeypatch, total=10**9)
    config = preset("chaos").replace(hidden=4096)
    expected = r"needs about 3\d\.\d GB of memory, but this machine has 1\.0 GB: .* hidden \(4096\)"
    with pytest.raises(TooLargeError, match=expected):
        Native(config, Args())


def test_refusal_names_what_helps_and_nothing_else():
    config, args = preset("law128"), Args(nRealm=1000, nWorker=2)
    count = partial(estimate, trinity=default_trinity())
    text = needs.lowered(count, config, args)
    assert text.startswith("it needs less with a smaller nRealm (1000) or ")
    assert "horizon (32)" in text
    assert "map_size" not in text
    assert "nWorker" not in text
    least = CONFIG.replace(hidden=1, horizon=1, populations=1, max_agents=1)
    assert needs.lowered(count, least, Args(nWorker=1)).startswith("no setting")


def test_npcs_are_named_where_they_fill_the_memory_and_only_there():
    count, args = partial(estimate, trinity=default_trinity()), Args(nRealm=4, nWorker=1)
    crowded = preset("saga16").replace(npcs=60_000)
    assert "npcs (60000)" in needs.lowered(count, crowded, args)
    assert "npcs" not in needs.lowered(count, preset("law128"), Args(nRealm=1000, nWorker=2))


@pytest.mark.parametrize(
    ("limits", "owner"), [({"total": 10**8, "owner": CGROUP}, "cgroup"), ({"each": 10**8}, LIMIT)]
)
def test_limits_of_a_container_and_of_a_process_count(monkeypatch, limits, owner):
    has(monkeypatch, **limits)
    with pytest.raises(TooLargeError, match=rf"but .*{owner.split()[0]}.* has 100 MB"):
        Native(CONFIG, Args())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
def test_a_limit_of_the_shell_is_seen():
    code = (
        "import resource; from forge.trinity.limits import room;"
        "resource.setrlimit(resource.RLIMIT_DATA, (3 * 10**9, -1)); print(room().each)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "3000000000\n"


def test_too_little_just_now_is_a_warning(monkeypatch, caplog):
    has(monkeypatch, total=10**12, free=10**7)
    with Native(CONFIG, Args(engine="serial"), SCRIPTED) as envs:
        envs.run(1, quiet=True)
    warned = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert len(warned) == 1
    assert "of memory, of which 10 MB are free just now: " in warned[0]


def test_what_is_needed_is_said_at_the_start_and_in_the_log(tmp_path, capsys):
    with Native(CONFIG, Args(engine="serial", run=str(tmp_path / "run")), SCRIPTED) as envs:
        envs.run(1)
    said = str(told(trinity=SCRIPTED, engine="serial"))
    assert capsys.readouterr().out.splitlines()[0].endswith(f" · {said}")
    assert f"the run {said}, parent" in (tmp_path / "run" / "forge.log").read_text()


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "1 MB"), (999_600_000, "1000 MB"), (1_250_000_000, "1.2 GB"), (354 * 10**9, "354 GB")],
)
def test_sizes_are_written_for_people(count, text):
    assert needs.size(count) == text


def test_an_environment_that_cannot_fit_is_refused_too(monkeypatch):
    has(monkeypatch, total=10**9)
    with pytest.raises(TooLargeError, match=r"about .* GB .* smaller nRealm \(9999\)"):
        VecEnv(preset("law128"), Args(nRealm=9999))


@pytest.mark.parametrize("engine", ["serial", "processes"])
def test_the_stage_of_an_environment_holds_two_observations(engine):
    one, two = (
        needs.estimate_steps(CONFIG, Args(nRealm=n, engine=engine, nWorker=1)) for n in (1, 2)
    )
    observed = worlds.observation_bytes(CONFIG, 2) - worlds.observation_bytes(CONFIG, 1)
    assert two.shared - one.shared == HALVES * (observed + CONFIG.max_agents * LIFE.itemsize)
    extra = (two.parent + two.workers) - (one.parent + one.workers)
    assert extra == worlds.world_bytes(CONFIG, 2) - worlds.world_bytes(CONFIG, 1)


class Particular(default_trinity().Sword):
    """Has a network of certain widths only."""

    @classmethod
    def parameters(cls, config):
        if config.hidden % CONFIG.hidden:
            raise ValueError("that width cannot be")
        return super().parameters(config)


def test_advice_passes_over_settings_that_a_class_does_not_take():
    count = partial(estimate, trinity=dataclasses.replace(default_trinity(), Sword=Particular))
    config = preset("law128").replace(hidden=CONFIG.hidden)
    text = needs.lowered(count, config, Args(nRealm=1000, nWorker=2))
    assert "nRealm" in text
    assert "hidden" not in text


@pytest.mark.parametrize("part", ["parent", "workers", "shared"])
def test_a_run_is_refused_as_soon_as_it_needs_more_than_there_is(part):
    need = needs.Need(**{"parent": 0, "worker": 0, "workers": 0, "shared": 0, part: 1001})
    needs.check(need, Room(total=1001), str)
    with pytest.raises(TooLargeError):
        needs.check(need, Room(total=1000), str)
