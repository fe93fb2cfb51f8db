"""A run that is recorded is the same run, and its recording is of what it did."""

import gc
import logging
from pathlib import Path

import pytest

from forge.args import Args
from forge.blade.recording.recorder import one_realm
from forge.blade.recording.replay import Recording, verify
from forge.blade.state import State, digest
from forge.config import ConfigError
from forge.errors import ForgeError
from forge.ethyr.pack import unpack
from forge.trinity.god import God
from forge.trinity.pantheon import Pantheon
from forge.trinity.smith import Native
from forge.trinity.sword import Sword
from forge.trinity.trinity import GodBase, Trinity
from tests.trinity.tiny import CONFIG, Alternating

PAIR = CONFIG.replace(realms_per_shard=2)


def run(path: Path | None, engine: str = "serial", god: type[GodBase] = God) -> tuple[str, str]:
    """Train three epochs: the digests of the run, and of its realm 1 at the end."""
    record = None if path is None else str(path)
    args = Args(nRealm=3, engine=engine, nWorker=2, record=record, record_realm=1)
    with Native(PAIR, args, Trinity(Pantheon, god, Sword)) as envs:
        envs.run(3, quiet=True)
        realms = State(**unpack(envs.last_commit()[1][0])["realms"])
        return envs.digest, digest(one_realm(realms, 1))


@pytest.mark.parametrize("god", [God, Alternating])
def test_the_run_is_the_same_and_its_realm_is_played_again(
    tmp_path: Path, god: type[GodBase]
) -> None:
    watched = run(tmp_path / "a", god=god)
    assert watched == run(None, god=god)
    recording = Recording.read(tmp_path / "a")
    assert (recording.head.tick, recording.ticks) == (0, 3 * PAIR.horizon)
    assert recording.head.chosen == (god is Alternating)
    assert verify(recording) == watched[1]


def test_workers_record_the_same(tmp_path: Path) -> None:
    run(tmp_path / "a")
    run(tmp_path / "b", engine="processes")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_script_that_does_not_close_its_run_leaves_a_whole_recording(tmp_path: Path) -> None:
    envs = Native(CONFIG, Args(engine="serial", record=str(tmp_path / "a")))
    envs.run(2, quiet=True)
    del envs
    gc.collect()
    recording = Recording.read(tmp_path / "a")
    assert recording.ticks == 2 * CONFIG.horizon
    verify(recording)


def test_a_resumed_run_is_recorded_from_where_it_is(tmp_path: Path) -> None:
    directory = str(tmp_path / "run")
    with Native(CONFIG, Args(engine="serial", run=directory)) as envs:
        envs.run(2, quiet=True)
    args = Args(engine="serial", resume=directory, record=str(tmp_path / "a"))
    with Native(CONFIG, args) as envs:
        envs.run(4, quiet=True)
    recording = Recording.read(tmp_path / "a")
    assert (recording.head.tick, recording.last) == (2 * CONFIG.horizon, 4 * CONFIG.horizon)
    assert verify(recording)


def test_nothing_is_replaced_and_nothing_is_begun(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"mine")
    args = Args(engine="serial", run=str(tmp_path / "run"), record=str(tmp_path / "a"))
    with pytest.raises(ForgeError, match="a exists, and a recording replaces nothing"):
        Native(CONFIG, args)
    assert not (tmp_path / "run").exists()


def test_a_recording_that_fails_ends_and_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise ForgeError("the disk is full")

    monkeypatch.setattr("forge.blade.recording.tape.Tape.add", full)
    with caplog.at_level(logging.WARNING, "forge.run"):
        run(tmp_path / "a")
    assert caplog.text.count("the recording ends here, the run goes on: the disk is full") == 1


def test_a_realm_that_is_recorded_must_be_there() -> None:
    with pytest.raises(ConfigError, match="record_realm is 2, but there are 2 realms: 0 … 1"):
        Args(nRealm=2, record="a", record_realm=2)


def test_a_copy_of_a_recorded_run_records_nothing(tmp_path: Path) -> None:
    from forge.trinity.handover import begin

    with Native(CONFIG, Args(engine="serial", record=str(tmp_path / "a"))) as envs:
        envs.run(1, quiet=True)
        shard = begin(envs.hand_over())
    shard.play(envs.pantheon.model)
    assert shard.update(first=True).recorded == []
