"""Kernels are compiled side by side before a run begins, and counted as they are."""

import io
import json
import logging
import os
import subprocess
import sys

import pytest

from forge.args import Args
from forge.blade import jit, kernelcache, tick
from forge.errors import ForgeError, WorkerError
from forge.trinity.engines import compiling, kernels
from forge.trinity.engines.compiling import Compiled, Tally, compile_kernels, reported_to
from tests.jit import compiled
from tests.trinity.tiny import CONFIG

ARGS = Args(nRealm=2)


def in_a_process(code, **environment):
    """Run code in a process of its own; returns what it prints as JSON."""
    command = [sys.executable, "-c", code]
    variables = {**os.environ, "PYTHONPATH": os.getcwd(), **environment}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


A_RUN = """
import gc, json
from forge.args import Args
from forge.blade.jit import Kernel, compiled_with, not_kept
from forge.trinity.engines import kernels
from forge.trinity.smith import Native
from tests.trinity.tiny import CONFIG
def versions():
    made = {one for one in gc.get_objects() if isinstance(one, Kernel) and one.overloads}
    return {one._cache.name: sorted(map(str, one.overloads)) for one in made}
tasks = kernels.tasks(CONFIG, True).values()
for populations in (1, 2):
    config = CONFIG.replace(populations=populations)
    with Native(config, Args(engine="serial")) as envs:
        envs.run(1, quiet=True)
run = versions()
for task in tasks:
    task.call(CONFIG)
listed = {entry._cache.name for task in tasks for entry in task.kernels}
everything = compiled_with(entry for task in tasks for entry in task.kernels)
print(json.dumps([sorted(run), sorted(listed), run == versions(), sorted(not_kept(everything))]))
"""


@compiled
def test_what_is_compiled_before_a_run_is_what_it_calls():
    in_a_process(A_RUN)  # keeps all kernels, so that the next process loads only those it calls
    called, listed, same_types, missing = in_a_process(A_RUN)
    assert called == listed
    assert same_types
    assert missing == []  # the count would never come to its end


def test_every_kernel_can_be_compiled_ahead_in_a_world_with_all_systems():
    config = CONFIG.replace(npcs=4, skills=True, items=True, professions=True)
    called = [task.call(config) for task in kernels.tasks(config, True).values()]
    assert len(called) > 8


ONE_TASK = """
import json
from forge.blade import jit, kernelcache, tick
from forge.trinity.engines import kernels
from tests.trinity.tiny import CONFIG
task = next(t for t in kernels.tasks(CONFIG, True).values() if t.call is kernels._optimise)
task.call(CONFIG)
names = jit.compiled_with(task.kernels)
kept = {path.name.partition('@')[0] for path in jit.cache_directory().glob('*@*')}
print(json.dumps([sorted(names), sorted(kept)]))
"""


@compiled
def test_a_cold_start_compiles_exactly_what_is_counted(tmp_path):
    counted, kept = in_a_process(ONE_TASK, FORGE_CACHE_DIR=str(tmp_path))
    assert counted == kept
    assert len(kept) == 2


def test_where_all_is_compiled_nothing_is_reported(monkeypatch):
    monkeypatch.setattr(compiling, "_waiting", lambda todo: {})
    with reported_to(lambda now: pytest.fail(str(now))):
        compile_kernels(CONFIG, ARGS, learns=True)


def test_a_world_without_the_default_sword_needs_no_network():
    world, all_ = (kernels.tasks(CONFIG, learns) for learns in (False, True))
    calls = [kernels._bear, kernels._advance, kernels._raise_terrain]
    assert [task.call for task in world.values()] == calls
    assert len(all_) > len(world)


def test_the_count_is_a_line():
    assert str(Compiled(23, 61, "observe")) == "compiling kernels once: 23 of 61 … observe"
    assert str(Compiled(0, 61, "")) == "compiling kernels once: 0 of 61"
    assert str(Compiled(61, 61, "bear")) == "compiling kernels once: 61 of 61"


@pytest.mark.parametrize(
    ("terminal", "said"),
    [
        (False, "compiling kernels once: 0 of 2; this takes up to a minute\n"),
        (True, "\rcompiling kernels once: 0 of 2\x1b[K\rcompiling kernels once: 2 of 2\x1b[K\n"),
    ],
)
def test_without_a_display_the_count_is_a_line_on_standard_error(terminal, said, monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: terminal)
    monkeypatch.setattr(sys, "stderr", stream)
    report = compiling.OnErrorStream()
    for done in (0, 2):
        report(Compiled(done, 2, ""))
    assert stream.getvalue() == said


@compiled
@pytest.mark.parametrize("quiet", [False, True])
def test_a_script_is_told_that_kernels_are_compiled_unless_it_is_quiet(
    quiet, cold, monkeypatch, capsys
):
    monkeypatch.setattr(compiling, "_compile", lambda *_: None)
    compile_kernels(CONFIG, Args(quiet=quiet), learns=True)
    said = capsys.readouterr().err
    assert said.count("compiling kernels once: 0 of") == (not quiet)


def test_what_others_compile_is_counted_too(monkeypatch):
    said, left = [], [{"a@1", "b@1"}, {"b@1"}, {"b@1"}, set()]
    monkeypatch.setattr(jit, "not_kept", lambda names: left.pop(0))
    tally = Tally({"a@1": "a", "b@1": "b"}, lambda now: said.append(tuple(now)))
    assert [tally.count() for _ in range(3)] == [True, False, True]
    assert said == [(0, 2, ""), (1, 2, "a"), (1, 2, "a"), (2, 2, "b")]


@pytest.fixture
def cold(tmp_path, monkeypatch):
    """A cache that is empty, and helpers that do nothing."""
    monkeypatch.delenv("FORGE_SAID", raising=False)
    monkeypatch.setattr(jit, "cache_directory", lambda: tmp_path)
    return tmp_path


@compiled
def test_a_helper_that_fails_is_said_and_the_run_goes_on(cold, monkeypatch, caplog):
    def fail(*_):
        raise WorkerError("no more processes")

    monkeypatch.setattr(compiling, "_compile", fail)
    compile_kernels(CONFIG, ARGS, learns=True)
    assert "compiled as they are called: no more processes" in caplog.text


@compiled
def test_a_full_disk_is_said_and_no_helper_is_started(cold, monkeypatch, caplog):
    def refuse(path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(compiling, "_opened", refuse)
    monkeypatch.setattr(compiling, "_compile", lambda *_: pytest.fail("a helper is started"))
    compile_kernels(CONFIG, ARGS, learns=True)
    assert f"cannot be kept in {cold} (No space left on device)" in caplog.messages[0]


@compiled
def test_what_another_program_has_just_compiled_is_not_compiled_again(cold, monkeypatch):
    others = compiling._opened(cold)
    assert compiling._locked(others)
    left = [{"a@1", "b@1"}, {"b@1"}, set()]
    monkeypatch.setattr(jit, "not_kept", lambda names: left.pop(0))
    with others, compiling._opened(cold) as file:
        compiling._wait_for_turn(file, Tally({"a@1": "a", "b@1": "b"}, None))
    assert left == []


class NoUse:
    """Stands for helpers whose disk is full: what they compile is not kept."""

    done = 0

    def start(self, begin, arguments, setup):
        self.helpers = len(arguments)

    def send(self, helper, number):
        type(self).done += 1

    def answered(self, numbers, timeout):
        return list(numbers)

    def receive(self, helper):
        return ["the disk is full"]

    def end(self, patience):
        pass


@compiled
def test_helpers_stop_where_nothing_can_be_kept(cold, monkeypatch, caplog):
    monkeypatch.setattr(compiling, "Spawned", NoUse)
    compile_kernels(CONFIG, Args(nWorker=2), learns=True)
    warnings = [each.message for each in caplog.records if each.levelno >= logging.WARNING]
    assert warnings == ["the disk is full"]
    assert NoUse.done == 2  # of ten


@compiled
def test_a_damaged_file_is_compiled_again_before_the_run(tmp_path, monkeypatch):
    monkeypatch.setattr(jit, "cache_directory", lambda: tmp_path)
    (task,) = (t for t in kernels.tasks(CONFIG, True).values() if t.call is kernels._optimise)
    for name in jit.compiled_with(task.kernels):
        (tmp_path / f"{name}@1").write_bytes(b"")
    assert compiling._waiting({7: task}) == {7: task}


def test_nobody_waits_for_a_program_that_comes_to_nothing(cold, monkeypatch):
    monkeypatch.setattr(compiling, "PATIENCE", 0.1)
    monkeypatch.setattr(compiling, "POLL", 0.01)
    monkeypatch.setattr(jit, "not_kept", lambda names: {"a@1"})
    with compiling._opened(cold) as others, compiling._opened(cold) as file:
        assert compiling._locked(others)
        compiling._wait_for_turn(file, Tally({"a@1": "a"}, None))
        assert not compiling._locked(file)


def test_where_nothing_can_be_kept_there_are_no_helpers(cold, monkeypatch):
    monkeypatch.setattr(kernelcache, "_rebuild", None)
    monkeypatch.setattr(compiling, "tasks", lambda *_: pytest.fail("helpers are started"))
    compile_kernels(CONFIG, ARGS, learns=True)


@compiled
def test_a_run_goes_on_where_no_helper_can_be_started(cold, monkeypatch):
    def refuse(*_):
        raise ForgeError("cannot start a process")

    monkeypatch.setattr(compiling.Spawned, "start", refuse)
    compile_kernels(CONFIG, ARGS, learns=True)
    assert jit.not_kept(jit.compiled_with([tick.bear]))  # it will be compiled when it is called


HELPERS = """
import json
from forge.args import Args
from forge.blade.jit import all_kept
from forge.trinity.engines import compiling, kernels
from tests.trinity.tiny import CONFIG
few = kernels._read, kernels._optimise
compiling._waiting = lambda todo: {
    n: task for n, task in todo.items() if task.call in few and not all_kept(task.kernels)
}
said = []
for _ in range(2):
    with compiling.reported_to(lambda now: said.append(now[:2])):
        compiling.compile_kernels(CONFIG, Args(), learns=True)
print(json.dumps([said[0], said[-1], said == sorted(said)]))
"""


@compiled
def test_helpers_compile_and_are_counted(tmp_path):
    first, last, in_order = in_a_process(HELPERS, FORGE_CACHE_DIR=str(tmp_path))
    assert first == [0, 4]  # _encode_tiles and _sort; _norm and _adam
    assert last == [4, 4]
    assert in_order
