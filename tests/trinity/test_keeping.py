"""Which checkpoints a run keeps, from before its first epoch on."""

import errno
import logging
import os
import shutil
import sys
from pathlib import Path

import pytest

from forge import files
from forge.args import Args
from forge.config import ConfigError
from forge.errors import ForgeError, RunError
from forge.ethyr import checkpoint
from forge.ethyr.checkpoint import in_run as checkpoints
from forge.trinity import commit as commits
from forge.trinity import keeper, smith
from forge.trinity.logs import RunLog
from forge.trinity.rundir import RunDirectory
from forge.trinity.smith import Native
from tests.jit import but_for_compiling
from tests.trinity.runs import OFTEN, edit, listing, metrics, newest, resume, run
from tests.trinity.tiny import CONFIG, STATEFUL, digests


def kept(path):
    return [checkpoint.epoch_of(file) for file in checkpoints(path)]


def scores(path):
    """List the mean completed lifetime of each epoch."""
    return [line["mean_completed_lifetime"] for line in metrics(path)]


def best(path):
    return commits.load(path / "checkpoints" / checkpoint.BEST)[0]


# -- Before the first epoch -----------------------------------------------------------------


def killed(tmp_path, monkeypatch, where, name="run"):
    """Begin a run that is killed at some call: nothing is closed or removed."""

    class Killed(BaseException):
        pass

    class Noted(RunLog):
        def __init__(self, path):
            super().__init__(path)
            logs.append(self)

    def kill(*_):
        raise Killed

    logs = []

    with monkeypatch.context() as patch:
        patch.setattr(Native, "close", lambda self: None)
        patch.setattr(RunDirectory, "close", lambda self: None)
        patch.setattr(keeper, "RunLog", Noted)
        patch.setattr(*where, kill)
        with pytest.raises(Killed):
            run(tmp_path / name)
    for log in logs:  # the process lives on, and logs no more of that run
        log.close()


@pytest.mark.parametrize("engine", ["serial", "processes"])
def test_a_run_killed_in_its_first_epoch_is_resumed_as_from_scratch(tmp_path, monkeypatch, engine):
    killed(tmp_path, monkeypatch, (Native, "_run_epoch"))
    assert kept(tmp_path / "run") == [0]
    done = resume(tmp_path / "run", 3, engine=engine, nWorker=1)
    assert [line["digest"] for line in done] == digests()
    assert [line["epoch"] for line in metrics(tmp_path / "run")] == [1, 2, 3]


def test_weights_that_a_run_was_to_begin_with_outlive_its_first_second(tmp_path, monkeypatch):
    run(tmp_path / "old", 1)
    load = (str(newest(tmp_path / "old")),)
    whole = run(tmp_path / "whole", 2, load=load)
    run_dir = tmp_path / "run"
    with Native(OFTEN, Args(nRealm=3, engine="serial", run=run_dir, load=load), STATEFUL):
        shutil.copytree(run_dir, tmp_path / "copy")
    again = resume(tmp_path / "copy", 2)
    assert [line["digest"] for line in again] == [line["digest"] for line in whole]


STEPS = [
    (files, "write_atomic"),  # of config.json
    (RunDirectory, "_describe"),
    (keeper, "RunLog"),
    (commits, "save"),
]


@pytest.mark.skipif(os.name == "nt", reason="directories cannot be locked there")
@pytest.mark.parametrize("where", STEPS, ids=[name for _, name in STEPS])
def test_a_name_is_free_again_if_a_run_was_killed_before_its_first_checkpoint(
    tmp_path, monkeypatch, where
):
    killed(tmp_path, monkeypatch, where)
    (tmp_path / "run" / "checkpoints" / f".epoch-{'0' * 8}.safetensors-{'0' * 16}").touch()
    (tmp_path / "run" / f".config.json-{'0' * 16}").touch()
    with pytest.raises(RunError, match="was killed before its first, start it again with --run"):
        resume(tmp_path / "run")
    assert [line["digest"] for line in run(tmp_path / "run")] == digests()[:2]
    assert not list((tmp_path / "run").rglob(".*"))


@pytest.mark.parametrize(
    ("name", "text"),
    [("notes.txt", "x"), ("metrics.jsonl", "x"), ("checkpoints/mine.safetensors", "x")],
)
def test_a_directory_that_holds_more_is_left_alone(tmp_path, monkeypatch, name, text):
    killed(tmp_path, monkeypatch, (keeper, "RunLog"))
    (tmp_path / "run" / name).write_text(text)
    before = listing(tmp_path)
    with pytest.raises(RunError, match=r"exists: choose another name, or move it away"):
        run(tmp_path / "run")
    assert listing(tmp_path) == before


def test_a_folder_with_a_config_of_its_own_is_left_alone(tmp_path):
    (tmp_path / "config.json").write_text("mine")
    with pytest.raises(RunError, match="exists: choose another name"):
        run(tmp_path)
    assert listing(tmp_path)


def test_a_run_that_was_closed_before_its_first_epoch_leaves_nothing(tmp_path):
    with Native(OFTEN, Args(engine="serial", run=tmp_path / "run"), STATEFUL):
        assert kept(tmp_path / "run") == [0]
    assert not list(tmp_path.iterdir())


def test_a_resumed_run_that_plays_no_epoch_stays(tmp_path, monkeypatch):
    killed(tmp_path, monkeypatch, (Native, "_run_epoch"))
    assert resume(tmp_path / "run", 0) == []
    assert kept(tmp_path / "run") == [0]


# -- The newest, and the best ---------------------------------------------------------------


@pytest.mark.parametrize(("keep", "left"), [(1, [5]), (2, [4, 5]), (9, [0, 1, 2, 3, 4, 5])])
def test_so_many_of_the_newest_are_kept(tmp_path, keep, left):
    run(tmp_path / "run", 5, OFTEN.replace(keep=keep))
    assert kept(tmp_path / "run") == left


def test_all_are_kept_on_demand(tmp_path):
    run(tmp_path / "run", 3, OFTEN.replace(keep=0))
    assert kept(tmp_path / "run") == [0, 1, 2, 3]


def test_how_many_are_kept_may_change_when_resuming(tmp_path):
    run(tmp_path / "run", 3)
    resume(tmp_path / "run", 4, config=OFTEN.replace(keep=1))
    assert kept(tmp_path / "run") == [4]


@pytest.mark.parametrize("keep", [-1, 1.5, True, "all"])
def test_how_many_are_kept_is_a_count(keep):
    with pytest.raises(ConfigError, match="keep"):
        CONFIG.replace(keep=keep)


def test_the_best_is_kept_beside_them(tmp_path):
    run(tmp_path / "run", 6, OFTEN.replace(keep=1))
    lifetimes = scores(tmp_path / "run")
    assert best(tmp_path / "run").epoch == 1 + lifetimes.index(max(lifetimes))


def test_the_best_is_the_same_however_often_the_run_was_resumed(tmp_path):
    for epochs in range(1, 7):
        (resume if epochs > 1 else run)(tmp_path / "run", epochs, config=OFTEN.replace(keep=1))
    lifetimes = scores(tmp_path / "run")
    assert best(tmp_path / "run").epoch == 1 + lifetimes.index(max(lifetimes))


def test_a_worse_one_does_not_replace_the_best(tmp_path):
    run(tmp_path / "run", 2)
    shutil.copy(newest(tmp_path / "run"), tmp_path / "run/checkpoints" / checkpoint.BEST)
    edit(tmp_path / "run/checkpoints" / checkpoint.BEST, long_lived)
    resume(tmp_path / "run", 5)
    assert best(tmp_path / "run").epoch == 2


def long_lived(tensors, about):
    about["run"]["metrics"]["lifetimes"][0][0] = 10**6


def test_the_best_is_never_resumed_from_and_can_be_loaded(tmp_path):
    run(tmp_path / "run", 3)
    path = tmp_path / "run" / "checkpoints" / checkpoint.BEST
    with Native(OFTEN, Args(nRealm=3, engine="serial", load=str(path)), STATEFUL) as envs:
        assert (envs.pantheon.model == checkpoint.read(path)[0]["model"]).all()
    for file in checkpoints(tmp_path / "run"):
        file.unlink()
    with pytest.raises(RunError, match="holds no checkpoint to continue from"):
        resume(tmp_path / "run")


def test_a_file_of_that_name_that_is_none_is_left_alone(tmp_path, caplog):
    run(tmp_path / "run", 1)
    path = tmp_path / "run" / "checkpoints" / checkpoint.BEST
    path.write_bytes(b"mine")
    resume(tmp_path / "run", 3)
    assert path.read_bytes() == b"mine"
    assert "the best checkpoint will not be kept" in caplog.text


def test_a_run_older_than_these_settings_goes_on(tmp_path):
    run(tmp_path / "run", 2, CONFIG.replace(checkpoint_seconds=30))
    edit(newest(tmp_path / "run"), older)
    config, _ = smith.settings(tmp_path / "run")
    assert (config.keep, config.checkpoint_seconds) == (3, 30)
    done = resume(tmp_path / "run", 3, config=config)
    assert [line["digest"] for line in done] == digests()[2:]


def older(tensors, about):
    del about["config"]["keep"], about["config"]["checkpoint_seconds"], about["run"]["records"]


# -- Odd disks ------------------------------------------------------------------------------


def full(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_disk_that_is_full_at_the_start_leaves_the_name_free(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(ForgeError, match=r"cannot write .*: No space left on device"):
            run(tmp_path / "run")
    assert not list(tmp_path.iterdir())


def fails(tmp_path, monkeypatch, number, when="safetensors"):
    """Run two epochs, then fail to write some file; say the error."""
    replace = os.replace

    def refuse(source, target):
        if when in os.fspath(target):
            raise OSError(number, os.strerror(number))
        replace(source, target)

    args = Args(nRealm=3, engine="serial", run=tmp_path / "run")
    with Native(OFTEN, args, STATEFUL) as envs, monkeypatch.context() as patch:
        envs.run(2)
        patch.setattr(os, "replace", refuse)
        with pytest.raises(RunError) as error:
            envs.run(3)
    return str(error.value)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
@pytest.mark.parametrize("when", ["epoch-", "best", "censored"])
def test_a_checkpoint_that_cannot_be_written_leaves_the_one_before(
    tmp_path, monkeypatch, number, when
):
    monkeypatch.setattr("forge.trinity.shelf._score", lambda commit: float(commit.epoch))
    told = fails(tmp_path, monkeypatch, number, when)
    assert told.startswith("cannot write ")
    assert f"{os.strerror(number)}; mend that, then go on from epoch-" in told
    assert told.endswith(f"--resume {tmp_path / 'run'}")
    assert [line["digest"] for line in resume(tmp_path / "run", 3)] in (digests()[2:], [])


def test_a_run_directory_that_vanishes_is_named(tmp_path):
    args = Args(nRealm=3, engine="serial", run=tmp_path / "run")
    with Native(OFTEN, args, STATEFUL) as envs:
        envs.run(2)
        (tmp_path / "run").rename(tmp_path / "moved")
        with pytest.raises(RunError, match=r"cannot write .*lives.bin: No such file.*run is gone"):
            envs.run(3)
    assert [line["digest"] for line in resume(tmp_path / "moved", 3)] == digests()[2:]


@pytest.mark.parametrize("name", ["lives.bin", "metrics.jsonl"])
def test_a_record_that_vanishes_is_not_begun_anew(tmp_path, name):
    with Native(OFTEN, Args(engine="serial", run=tmp_path / "run"), STATEFUL) as envs:
        envs.run(1)
        (tmp_path / "run" / name).unlink()
        with pytest.raises(RunError, match=rf"cannot write .*{name}: No such file"):
            envs.run(2)
    assert not (tmp_path / "run" / name).exists()


def test_a_file_system_that_cannot_sync_is_told_of_once(tmp_path, monkeypatch, caplog):
    def refuse(_):
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "fsync", refuse)
    assert len(run(tmp_path / "run", 3)) == 3
    assert caplog.text.count("cannot make sure that files are on the disk") == 1
    assert "cannot make sure" in (tmp_path / "run" / "forge.log").read_text()


def test_an_old_checkpoint_that_cannot_be_removed_does_not_end_the_run(tmp_path, caplog):
    with Native(OFTEN.replace(keep=1), Args(engine="serial", run=tmp_path / "run"), STATEFUL) as e:
        e.run(1)
        old = tmp_path / "run" / "checkpoints" / "epoch-00000000.safetensors"
        old.mkdir()
        caplog.set_level(logging.WARNING)
        assert e.run(2)["epoch"] == 2
    assert f"cannot remove {old}" in caplog.text


@pytest.mark.skipif(sys.platform != "linux", reason="names are texts there")
def test_a_directory_whose_name_is_no_text_is_as_good_as_any(tmp_path, capfd):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/r\xff"))
    run(path, 2)
    assert [line["digest"] for line in resume(path, 3)] == digests()[2:]
    assert but_for_compiling(capfd.readouterr().err) == ""
    assert "wrote " in (path / "forge.log").read_text()
