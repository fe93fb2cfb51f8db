"""Realms that move on to other maps while they train."""

import os
from itertools import islice

import numpy as np
import pytest

from forge.args import Args
from forge.blade.recording.recorder import one_realm
from forge.blade.recording.replay import Recording, Replay, verify
from forge.blade.records import LIFE
from forge.blade.state import State, digest
from forge.config import ConfigError
from forge.ethyr.pack import unpack
from forge.trinity.god import God
from forge.trinity.handover import play_from
from forge.trinity.pantheon import Pantheon
from forge.trinity.smith import Native
from forge.trinity.sword import Sword
from forge.trinity.trinity import Trinity
from tests.trinity import runs
from tests.trinity.tiny import CONFIG, STATEFUL, Alternating, digests

MOVING = CONFIG.replace(map_epochs=2)  # realm 0 moves after epochs 2 and 4, realm 2 after 1 and 3
PAIRED = MOVING.replace(realms_per_shard=2)
HORIZON = CONFIG.horizon


def lives(path):
    return np.frombuffer((path / "lives.bin").read_bytes(), LIFE)


def committed(envs):
    """List the states of the shards as the run has committed them."""
    return [State(**unpack(state)["realms"]) for state in envs.last_commit()[1]]


def maps(config, epochs, **args):
    with Native(config, Args(nRealm=3, engine="serial", **args), STATEFUL) as envs:
        envs.run(epochs, quiet=True)
        return [int(n) for state in committed(envs) for n in state.clock["map"]]


def test_realms_move_one_after_the_other():
    found = [maps(MOVING, epochs) for epochs in range(1, 5)]
    assert found == [[0, 1, 1], [3, 0, 1], [3, 0, 0], [2, 3, 0]]


def test_workers_move_realms_as_the_run_itself_does():
    alone = digests(epochs=4, config=PAIRED)
    assert digests(epochs=4, config=PAIRED, engine="processes", nWorker=2) == alone
    assert alone[0] != digests(epochs=1, config=CONFIG.replace(realms_per_shard=2))[0]


def test_a_resumed_run_moves_as_the_uninterrupted_one(tmp_path):
    config = MOVING.replace(checkpoint_seconds=0)
    whole = runs.run(tmp_path / "whole", 5, config)
    first = runs.run(tmp_path / "run", 2, config)
    parts = first + runs.resume(tmp_path / "run", 5, config=config)
    assert [line["digest"] for line in parts] == [line["digest"] for line in whole]
    assert lives(tmp_path / "run").tobytes() == lives(tmp_path / "whole").tobytes()


def test_a_run_that_began_without_moves_cannot_be_resumed_with_them(tmp_path):
    runs.run(tmp_path / "run", 1)
    with pytest.raises(ConfigError, match="map_epochs is 0 there, 2 here"):
        runs.resume(tmp_path / "run", config=MOVING)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no such signals")
def test_an_epoch_that_ran_again_moves_as_one_that_did_not():
    with Native(MOVING, Args(nRealm=3, nWorker=2), STATEFUL) as envs:
        envs.run(1, quiet=True)  # realm 2 has moved
        os.kill(envs.pids[0], 9)
        envs.run(2, quiet=True)  # realm 0 moves
        assert envs.digest == digests(config=MOVING, epochs=2)[-1]


def test_lives_that_a_move_cuts_off_are_recorded_and_are_no_deaths(tmp_path):
    done = runs.run(tmp_path / "run", 4, MOVING)
    written, deaths = lives(tmp_path / "run"), sum(sum(line["deaths"].values()) for line in done)
    cut = written[written["cause"] == 0]
    assert (written["cause"] > 0).sum() == deaths
    assert len(cut) > 0
    assert (cut["death_tick"] == -1).all()
    assert sorted({*zip(cut["realm"].tolist(), cut["map"].tolist(), strict=True)}) == [
        (0, 0), (0, 3), (1, 0), (1, 1), (2, 1), (2, 2),
    ]  # fmt: skip


def test_every_tick_that_was_lived_is_in_a_record(tmp_path):
    done = runs.run(tmp_path / "run", 5, MOVING)
    living = np.frombuffer((tmp_path / "run" / "censored.bin").read_bytes(), LIFE)
    lived = lives(tmp_path / "run")["lifetime"].sum() + living["lifetime"].sum()
    assert lived == done[-1]["agent_steps"]


@pytest.mark.parametrize("god", [God, Alternating])
def test_a_recording_follows_its_realm_to_other_maps(tmp_path, god):
    args = Args(nRealm=3, engine="serial", record=str(tmp_path / "a"), record_realm=1)
    with Native(PAIRED, args, Trinity(Pantheon, god, Sword)) as envs:
        envs.run(5, quiet=True)
        end = digest(one_realm(committed(envs)[0], 1))
    recording = Recording.read(tmp_path / "a")
    replay = Replay(recording)
    seen = [replay.realms.maps[0] for _ in iter(lambda: replay.ended or replay.play(), True)]
    assert verify(recording) == end
    assert [*dict.fromkeys(seen)] == [1, 0, 3]


def test_a_recording_goes_on_after_a_worker_died_on_another_map(tmp_path):
    paths = [tmp_path / name for name in ("serial", "workers")]
    trinity = Trinity(Pantheon, God, Sword)
    for path, engine in zip(paths, ("serial", "processes"), strict=True):
        args = Args(nRealm=2, engine=engine, nWorker=1, record=str(path))
        with Native(MOVING, args, trinity) as envs:
            envs.run(2, quiet=True)
            for pid in envs.pids:
                os.kill(pid, 9)
            envs.run(3, quiet=True)
    assert paths[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.parametrize("epochs", [0, 1])
def test_who_plays_on_moves_as_the_run_does(epochs):
    with Native(PAIRED, Args(nRealm=3, engine="serial"), STATEFUL) as envs:
        envs.run(epochs, quiet=True)
        handed = envs.hand_over(1)
        envs.run(epochs + 1, quiet=True)
        *_, shard = islice(play_from(handed), HORIZON)
        assert digest(shard.realms.state) == digest(committed(envs)[0])
