"""Runs on the disk: what is written, resumed, and what happens when that is impossible."""

import contextlib
import errno
import json
import os
from dataclasses import replace

import numpy as np
import pytest

from forge import files
from forge.args import Args
from forge.blade.records import LIFE
from forge.config import ConfigError
from forge.errors import CheckpointError, ForgeError, RunError, VersionError
from forge.ethyr import checkpoint
from forge.ethyr.checkpoint import in_run as checkpoints
from forge.trinity import commit as commits
from forge.trinity import smith
from forge.trinity.god import God
from forge.trinity.pantheon import Pantheon
from forge.trinity.smith import Native
from forge.trinity.sword import Sword
from forge.trinity.trinity import Trinity
from tests.trinity.runs import OFTEN, listing, metrics
from tests.trinity.tiny import CONFIG, STATEFUL, Counting, Remembering, Still, Wanderer, digests


def run(path, epochs=2, config=CONFIG, **args):
    """Run some epochs in a directory; return the epochs' summaries."""
    done = []
    args = {"nRealm": 3, "engine": "serial", "run": path, **args}
    with Native(config, Args(**args), STATEFUL) as envs:
        envs.run(epochs, done.append)
    return done


def resume(path, epochs=4, **args):
    return run(None, epochs, resume=path, **args)


def lives(path):
    return np.frombuffer((path / "lives.bin").read_bytes(), LIFE)


def test_run_writes_what_its_directory_should_hold(tmp_path):
    run(tmp_path / "run")
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert names == {
        "config.json", "args.json", "versions.json", "metrics.jsonl", "lives.bin", "lives.json",
        "censored.bin", "checkpoints", "forge.log",
    }  # fmt: skip


def test_metrics_hold_a_line_per_epoch(tmp_path):
    done = run(tmp_path / "run", 3)
    assert metrics(tmp_path / "run") == done
    names = {"epoch", "agent_steps", "seconds", "mean_lifetime", "lives", "digest"}
    assert all(names <= set(line) for line in done)
    assert [line["epoch"] for line in done] == [1, 2, 3]


def test_records_hold_every_life_that_ended(tmp_path):
    done = run(tmp_path / "run", 3)
    assert len(lives(tmp_path / "run")) == sum(sum(line["deaths"].values()) for line in done) > 0


def test_those_who_still_live_are_recorded_as_censored(tmp_path):
    living = run(tmp_path / "run", 3)[-1]["living"]
    records = np.frombuffer((tmp_path / "run" / "censored.bin").read_bytes(), LIFE)
    assert len(records) == living > 0
    assert not records["cause"].any()
    assert records["lifetime"].max() > 0


def test_record_columns_are_described(tmp_path):
    run(tmp_path / "run", 1)
    about = json.loads((tmp_path / "run" / "lives.json").read_text())
    assert about["itemsize"] == LIFE.itemsize
    assert [column[0] for column in about["columns"]] == list(LIFE.names)


def test_three_checkpoints_are_kept(tmp_path):
    run(tmp_path / "run", 5, OFTEN)
    names = [path.name for path in checkpoints(tmp_path / "run")]
    assert names == [f"epoch-0000000{epoch}.safetensors" for epoch in (3, 4, 5)]


@pytest.mark.parametrize("engine", ["serial", "processes"])
def test_resumed_run_is_the_uninterrupted_one(tmp_path, engine):
    first = run(tmp_path / "run", 2)
    second = resume(tmp_path / "run", 4, engine=engine)
    assert [line["digest"] for line in first + second] == digests(epochs=4)
    assert metrics(tmp_path / "run") == first + second


def test_resumed_run_reports_what_the_uninterrupted_one_does(tmp_path):
    whole = run(tmp_path / "whole", 4)
    parts = run(tmp_path / "run", 2) + resume(tmp_path / "run", 4)
    clocks = ("seconds", "agent_steps_per_s")
    for there, here in zip(parts, whole, strict=True):
        assert [v for k, v in there.items() if k not in clocks] == [
            v for k, v in here.items() if k not in clocks
        ]
    assert lives(tmp_path / "run").tobytes() == lives(tmp_path / "whole").tobytes()


def test_seconds_go_on_over_a_resumption(tmp_path):
    seconds = [line["seconds"] for line in run(tmp_path / "a") + resume(tmp_path / "a")]
    assert seconds == sorted(seconds)


def test_resuming_cuts_records_back_to_the_checkpoint(tmp_path):
    run(tmp_path / "run", 4, OFTEN)
    whole = (lives(tmp_path / "run").tobytes(), [m["digest"] for m in metrics(tmp_path / "run")])
    checkpoints(tmp_path / "run")[-1].unlink()
    with (tmp_path / "run" / "metrics.jsonl").open("a") as file:
        file.write('{"epoch": 5, "torn')
    resume(tmp_path / "run", 4, config=OFTEN)
    again = (lives(tmp_path / "run").tobytes(), [m["digest"] for m in metrics(tmp_path / "run")])
    assert again == whole


def test_resuming_refuses_records_with_a_gap_and_leaves_them(tmp_path):
    run(tmp_path / "run", 3, OFTEN)
    path = tmp_path / "run" / "metrics.jsonl"
    first, *others = path.read_bytes().splitlines(keepends=True)
    gappy = b"".join([first, first, *others[1:]])
    path.write_bytes(gappy)
    before = lives(tmp_path / "run").tobytes()
    with pytest.raises(RunError, match=r"metrics.jsonl lacks epoch 2 of 3,"):
        resume(tmp_path / "run", 4, config=OFTEN)
    assert path.read_bytes() == gappy
    assert lives(tmp_path / "run").tobytes() == before


def test_a_corrupt_checkpoint_is_named_with_the_one_before(tmp_path):
    run(tmp_path / "run", 3, OFTEN)
    *_, older, newest = checkpoints(tmp_path / "run")
    newest.write_bytes(newest.read_bytes()[:-9])
    with pytest.raises(CheckpointError, match=f"{newest.name}.*the one before, {older.name}"):
        resume(tmp_path / "run", 4, config=OFTEN)


def test_a_checkpoint_of_another_version_is_no_reason_to_go_back(tmp_path, monkeypatch):
    run(tmp_path / "run", 2, OFTEN)
    now = checkpoint.VERSION
    monkeypatch.setattr(checkpoint, "OLDEST", now + 1)
    monkeypatch.setattr(checkpoint, "VERSION", now + 1)
    with pytest.raises(VersionError, match=rf"is of version {now}; this is version {now + 1}$"):
        resume(tmp_path / "run", 3, config=OFTEN)


class Confused(Sword):
    def send_update(self):
        update = super().send_update()
        return replace(update, metrics={"loss": float("nan"), "entropy": 1.0})


def test_a_metric_that_is_no_number_is_null(tmp_path):
    args = Args(engine="serial", run=str(tmp_path / "run"))
    with smith.Native(CONFIG, args, Trinity(Pantheon, God, Confused)) as envs:
        envs.run(1)
    line = (tmp_path / "run" / "metrics.jsonl").read_text()
    strict = json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert strict["learning"]["loss"] is None


class Unwilling(God):
    def __init__(self, config, args, realm):
        raise ValueError("not today")


@pytest.mark.parametrize("engine", ["serial", "processes"])
def test_a_run_that_cannot_start_leaves_its_name_free(tmp_path, engine):
    args = Args(engine=engine, nWorker=1, run=str(tmp_path / "run"))
    trinity = Trinity(Pantheon, Unwilling, Sword)
    error = pytest.raises((ForgeError, ValueError), match="not today")
    with error, smith.Native(CONFIG, args, trinity) as envs:
        envs.run(1)
    assert not (tmp_path / "run").exists()


def left_after_closing(path, change):
    """Begin a run, change something, close it before its first epoch; list what is left."""
    with Native(CONFIG, Args(engine="serial", run=path), STATEFUL):
        change()
    return {str(found.relative_to(path)) for found in path.rglob("*")}


def test_a_run_without_an_epoch_leaves_files_of_others_alone(tmp_path):
    for name in ("notes.txt", "checkpoints/best.safetensors"):
        path = tmp_path / name.replace("/", "-")
        left = left_after_closing(path, lambda path=path, name=name: (path / name).write_text("x"))
        assert {name, "config.json", "metrics.jsonl"} <= left


def test_a_run_without_an_epoch_leaves_the_records_of_others_alone(tmp_path):
    path = tmp_path / "run"
    left = left_after_closing(path, lambda: (path / "metrics.jsonl").write_text("restored\n"))
    assert {"config.json", "metrics.jsonl", "lives.bin"} <= left


def test_a_run_without_an_epoch_leaves_another_directory_of_its_name_alone(tmp_path):
    def replace_it():
        (tmp_path / "run").rename(tmp_path / "moved")
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "config.json").write_text("another's")

    assert left_after_closing(tmp_path / "run", replace_it) == {"config.json"}


def test_a_run_stays_where_it_is_if_the_working_directory_changes(tmp_path, monkeypatch):
    (tmp_path / "run").mkdir()
    (tmp_path / "elsewhere" / "run").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    with Native(CONFIG, Args(engine="serial", run="run"), STATEFUL) as envs:
        monkeypatch.chdir(tmp_path / "elsewhere")
        envs.run(1)
    assert metrics(tmp_path / "run")[0]["epoch"] == 1
    assert not list((tmp_path / "elsewhere" / "run").iterdir())


def test_copies_beside_the_checkpoints_are_neither_resumed_from_nor_dropped(tmp_path):
    run(tmp_path / "run", 1, OFTEN)
    folder = tmp_path / "run" / "checkpoints"
    copies = [folder / f"epoch-{name}.safetensors" for name in ("00000001-good", "best")]
    for copy in copies:
        copy.write_bytes(b"mine")
    assert len(resume(tmp_path / "run", 5, config=OFTEN)) == 4
    assert [copy.read_bytes() for copy in copies] == [b"mine"] * 2
    assert len(list(folder.iterdir())) == 3 + 1 + 2  # with the run's own best


def test_epochs_count_from_the_start_of_the_run(tmp_path):
    run(tmp_path / "run", 2)
    assert [line["epoch"] for line in resume(tmp_path / "run", 3)] == [3]
    assert resume(tmp_path / "run", 3) == []


def test_settings_of_a_run_can_be_read_to_resume_it(tmp_path):
    run(tmp_path / "run", 1)
    config, kept = smith.settings(tmp_path / "run")
    assert config == CONFIG
    assert kept == {"nRealm": 3, "seed": 0}


def test_resuming_with_another_setting_is_refused(tmp_path):
    run(tmp_path / "run", 1)
    before = listing(tmp_path)
    with pytest.raises(ConfigError, match="horizon is 5 there, 6 here"):
        resume(tmp_path / "run", config=CONFIG.replace(horizon=6))
    assert listing(tmp_path) == before


def test_a_resumed_run_that_lacks_its_arguments_is_told_where_they_are(tmp_path):
    run(tmp_path / "run", 1)
    with pytest.raises(ConfigError, match=r"nRealm is 3 there, 1 here: smith.settings\("):
        Native(CONFIG, Args(resume=tmp_path / "run"), STATEFUL)


@pytest.mark.parametrize(
    ("name", "cls", "found"),
    [
        ("Sword", Wanderer, "Remembering .of tests.trinity.tiny., here Wanderer"),
        ("God", God, "Alternating .of tests.trinity.tiny., here God .of forge.trinity.god."),
        ("Pantheon", Still, "Counting .of tests.trinity.tiny., here Still"),
    ],
)
def test_resuming_with_another_class_is_refused(tmp_path, name, cls, found):
    run(tmp_path / "run", 1)
    before = listing(tmp_path)
    args = Args(nRealm=3, engine="serial", resume=tmp_path / "run")
    with pytest.raises(ConfigError, match=f"its {name} is {found}.*the script that began it"):
        Native(CONFIG, args, replace(STATEFUL, **{name: cls}))
    assert listing(tmp_path) == before


def of(module, name="Sword"):
    """Make a Sword that says it is of some module."""
    return type(name, (Remembering,), {"__module__": module, "__qualname__": name})


@pytest.mark.parametrize(
    ("there", "here", "same"),
    [
        (of("__main__"), of("__main__"), True),
        (of("__main__"), of("harvest"), True),  # a script that is imported later
        (of("harvest"), of("__main__"), True),
        (of("__main__", "f.<locals>.Sword"), of("__main__", "f.<locals>.Sword"), True),
        (of("harvest"), of("other"), False),
        (of("__main__"), of("forge.trinity.sword"), False),
        (of("forge.trinity.sword"), of("__main__"), False),
        (of("__main__", "Harvester"), of("__main__"), False),
    ],
)
def test_a_class_is_known_by_its_name_and_module(tmp_path, there, here, same):
    args = {"nRealm": 1, "engine": "serial"}
    with Native(CONFIG, Args(run=tmp_path / "run", **args), replace(STATEFUL, Sword=there)) as envs:
        envs.run(1)
    refused = contextlib.nullcontext() if same else pytest.raises(ConfigError, match="its Sword is")
    trinity = replace(STATEFUL, Sword=here)
    with refused, Native(CONFIG, Args(resume=tmp_path / "run", **args), trinity) as envs:
        assert envs.run(2)["epoch"] == 2


def test_a_checkpoint_that_names_no_classes_is_resumed(tmp_path, monkeypatch):
    run(tmp_path / "run", 1)
    kept = commits.load(checkpoints(tmp_path / "run")[-1])
    del kept[2]["classes"]
    monkeypatch.setattr(commits, "load", lambda path: kept)
    assert [line["epoch"] for line in resume(tmp_path / "run", 2)] == [2]


def test_settings_of_another_version_are_refused_by_the_files_name(tmp_path, monkeypatch):
    run(tmp_path / "run", 1)
    kept = commits.load(checkpoints(tmp_path / "run")[-1])
    kept[2]["config"]["sharpness"] = 3
    monkeypatch.setattr(commits, "load", lambda path: kept)
    with pytest.raises(CheckpointError, match=r"epoch-00000001.*no setting 'sharpness'"):
        smith.settings(tmp_path / "run")


def test_directory_of_another_run_is_refused(tmp_path):
    run(tmp_path / "run", 1)
    before = listing(tmp_path)
    with pytest.raises(ForgeError, match="exists: choose another name"):
        run(tmp_path / "run")
    assert listing(tmp_path) == before


@pytest.mark.parametrize("how", ["run", "resume"])
def test_directory_of_a_run_that_goes_on_is_refused(tmp_path, how):
    path = tmp_path / "run"
    with Native(OFTEN, Args(nRealm=3, engine="serial", run=path), STATEFUL) as envs:
        envs.run(1)
        before = listing(tmp_path)
        with pytest.raises(ForgeError, match="is in use"):
            run(None, config=OFTEN, resume=path) if how == "resume" else run(path)
        assert listing(tmp_path) == before
    assert [line["epoch"] for line in run(None, config=OFTEN, resume=path)] == [2]


def test_run_says_how_it_was_started(tmp_path):
    run(tmp_path / "run", 1, seed=3)
    about = json.loads((tmp_path / "run" / "args.json").read_text())
    assert about == {"nRealm": 3, "seed": 3, "load": []}


def test_resuming_what_is_no_run_is_refused(tmp_path):
    with pytest.raises(ForgeError, match="there is no run directory"):
        resume(tmp_path / "nothing")
    with pytest.raises(ForgeError, match="holds no checkpoint"):
        resume(tmp_path)


@pytest.mark.parametrize("harm", ["truncate", "flip"])
def test_corrupted_checkpoint_is_refused_and_nothing_changes(tmp_path, harm):
    run(tmp_path / "run", 1)
    path = checkpoints(tmp_path / "run")[-1]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data if harm == "flip" else data[: len(data) // 2])
    before = listing(tmp_path)
    with pytest.raises(CheckpointError, match=path.name):
        resume(tmp_path / "run")
    assert listing(tmp_path) == before


def full(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_full_disk_ends_the_run_with_one_line(tmp_path, monkeypatch):
    run(tmp_path / "run", 2)
    args = Args(nRealm=3, engine="serial", resume=tmp_path / "run")
    with Native(CONFIG, args, STATEFUL) as envs, monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(ForgeError, match=r"cannot write .*: No space left on device"):
            envs.run(3)


def test_run_goes_on_after_the_disk_was_full(tmp_path, monkeypatch):
    test_full_disk_ends_the_run_with_one_line(tmp_path, monkeypatch)
    assert not [path for path in (tmp_path / "run").rglob(".*")]
    assert [line["digest"] for line in resume(tmp_path / "run", 3)] == digests()[2:]


def test_full_disk_while_recording_leaves_whole_records(tmp_path, monkeypatch):
    append = files.append
    args = Args(nRealm=3, engine="serial", run=tmp_path / "run")
    with Native(OFTEN, args, STATEFUL) as envs, monkeypatch.context() as patch:
        envs.run(2)
        before = listing(tmp_path)
        patch.setattr(
            files,
            "append",
            lambda path, data, at: (full if "m" in path.name else append)(path, data, at),
        )
        with pytest.raises(OSError, match="No space"):
            envs.run(3)
    assert listing(tmp_path) == before


def test_weights_of_one_population_can_be_loaded(tmp_path):
    run(tmp_path / "run", 1)
    path = checkpoints(tmp_path / "run")[-1]
    trained = checkpoint.read(path)[0]["model"]
    with Native(CONFIG, Args(engine="serial", load=(f"1={path}#0",)), STATEFUL) as envs:
        assert (envs.pantheon.model[1] == trained[0]).all()
        assert (envs.pantheon.model[0] != trained[0]).any()


def test_all_weights_can_be_loaded(tmp_path):
    run(tmp_path / "run", 1)
    path = checkpoints(tmp_path / "run")[-1]
    with Native(CONFIG, Args(engine="serial", load=str(path)), STATEFUL) as envs:
        assert (envs.pantheon.model == checkpoint.read(path)[0]["model"]).all()


def test_weights_of_another_network_are_refused(tmp_path):
    class Larger(Remembering):
        @classmethod
        def parameters(cls, config):
            return {"bias": ((4,), "linear")}

    run(tmp_path / "run", 1)
    path = checkpoints(tmp_path / "run")[-1]
    with pytest.raises(CheckpointError, match=r"bias has shape \(3,\) there, \(4,\) here"):
        Native(CONFIG, Args(engine="serial", load=(str(path),)), Trinity(Counting, God, Larger))


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("a.b", ("a.b", None, None)),
        ("2=a.b", ("a.b", 2, None)),
        ("2=a#b#0", ("a#b", 2, 0)),
        ("x=2", ("x=2", None, None)),
    ],
)
def test_load_option_is_read(text, parsed):
    assert checkpoint.parse_load(text) == parsed


def test_leaving_the_loop_over_epochs_saves(tmp_path):
    with Native(CONFIG, Args(nRealm=3, engine="serial", run=tmp_path / "run"), STATEFUL) as envs:
        for summary in envs:
            if summary["epoch"] == 2:
                break
        assert checkpoints(tmp_path / "run")[-1].name == "epoch-00000002.safetensors"


def test_closed_run_cannot_go_on(tmp_path):
    with Native(CONFIG, Args(engine="serial"), STATEFUL) as envs:
        envs.run(1)
    with pytest.raises(ForgeError, match="closed"):
        envs.run(2)


def test_resuming_with_other_libraries_warns(tmp_path, caplog):
    run(tmp_path / "run", 1)
    (tmp_path / "run" / "versions.json").write_text('{"numpy": "0.1"}')
    resume(tmp_path / "run", 2)
    assert "resumed with other versions of: python" in caplog.text


def test_log_holds_records_of_all_processes(tmp_path):
    run(tmp_path / "run", 1, engine="processes", nWorker=2)
    log = (tmp_path / "run" / "forge.log").read_text()
    assert "MainProcess forge.engine INFO started 2 workers" in log
    assert "forge-worker-0 forge.worker INFO worker" in log


def test_error_in_an_epoch_loses_no_committed_one(tmp_path, monkeypatch):
    step = Counting.step

    def failing(self, updates):
        if self.steps == 4:
            raise RuntimeError("enough")
        return step(self, updates)

    args = Args(nRealm=3, engine="serial", run=tmp_path / "run")
    monkeypatch.setattr(Counting, "step", failing)
    with pytest.raises(RuntimeError, match="enough"):
        Native(CONFIG, args, STATEFUL).run(9)
    monkeypatch.undo()
    assert [line["digest"] for line in resume(tmp_path / "run", 3)] == digests()[2:]
