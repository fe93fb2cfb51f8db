"""A commit handed to another process: it plays the ticks that the run plays next."""

import pickle
import subprocess
import sys
from itertools import islice

import numpy as np
import pytest

from forge.args import Args
from forge.blade.state import State, digest
from forge.config import ConfigError
from forge.errors import RunError
from forge.ethyr.pack import unpack
from forge.trinity.defaults import default_trinity
from forge.trinity.handover import play_from
from forge.trinity.smith import Native
from tests.trinity.tiny import CONFIG, STATEFUL, Trinity

SPECTATOR = """
import pickle, sys
from itertools import islice
from forge.blade.state import digest
from forge.trinity.handover import play_from

handed = pickle.load(sys.stdin.buffer)
print(*(digest(shard.realms.state) for shard in islice(play_from(handed), handed.config.horizon)))
"""
PAIR = CONFIG.replace(realms_per_shard=2)


def spectated(handed):
    """Let another process play the ticks of an epoch; list the digest after each."""
    command = [sys.executable, "-c", SPECTATOR]
    done = subprocess.run(command, input=pickle.dumps(handed), capture_output=True, check=True)
    return done.stdout.decode().split()


def committed(envs, index):
    """Hash the realms of a shard as the run has committed them."""
    return digest(State(**unpack(envs.last_commit()[1][index])["realms"]))


@pytest.mark.parametrize(
    ("engine", "trinity"), [("serial", STATEFUL), ("processes", default_trinity())]
)
def test_spectator_in_another_process_plays_the_ticks_of_the_next_epoch(engine, trinity):
    with Native(PAIR, Args(nRealm=3, engine=engine, nWorker=1), trinity) as envs:
        envs.run(2, quiet=True)
        seen = spectated(envs.hand_over(realm=1))
        envs.run(3, quiet=True)
        assert len(set(seen)) == PAIR.horizon
        assert seen[-1] == committed(envs, 0)


def test_spectator_of_a_run_that_has_not_begun_plays_its_first_epoch():
    with Native(PAIR, Args(nRealm=3, engine="serial"), STATEFUL) as envs:
        handed = envs.hand_over(2)
        envs.run(1, quiet=True)
        *_, shard = islice(play_from(handed), PAIR.horizon)
        assert (shard.index, digest(shard.realms.state)) == (1, committed(envs, 1))


def test_watched_run_ends_as_one_that_nobody_watched():
    found = []
    for watched in (True, False):
        with Native(PAIR, Args(nRealm=3, engine="serial"), STATEFUL) as envs:
            for _ in range(3):
                envs.run(envs.epoch + 1, quiet=True)
                if watched:
                    next(play_from(envs.hand_over()))
            found.append(envs.digest)
    assert found[0] == found[1]


def test_what_was_handed_over_stays_as_it_was():
    with Native(PAIR, Args(nRealm=3, nWorker=1), STATEFUL) as envs:
        envs.run(1, quiet=True)
        handed = envs.hand_over()
        before = handed.model.copy(), bytes(handed.state)
        envs.run(4, quiet=True)
        np.testing.assert_array_equal(handed.model, before[0])
        assert (handed.epoch, handed.state) == (1, before[1])


def test_classes_that_cannot_be_imported_travel_along():
    class Local(STATEFUL.Sword):
        pass

    trinity = Trinity(STATEFUL.Pantheon, STATEFUL.God, Local)
    with Native(PAIR, Args(engine="serial"), trinity) as envs:
        there = pickle.loads(pickle.dumps(envs.hand_over()))
        assert type(next(play_from(there)).sword).__name__ == "Local"


@pytest.mark.parametrize("realm", [3, -1, 0.5])
def test_realm_that_there_is_not_is_refused(realm):
    with (
        Native(PAIR, Args(nRealm=3, engine="serial"), STATEFUL) as envs,
        pytest.raises(ConfigError, match="realm"),
    ):
        envs.hand_over(realm)


def test_closed_run_hands_nothing_over():
    with Native(PAIR, Args(engine="serial"), STATEFUL) as envs:
        pass
    with pytest.raises(RunError, match="closed"):
        envs.hand_over()


def test_who_plays_on_keeps_no_record_of_ended_lives():
    with Native(PAIR, Args(nRealm=1, engine="serial"), STATEFUL) as envs:
        shards = list(islice(play_from(envs.hand_over()), 3 * PAIR.horizon))
    assert len(shards[-1].take_lives()) == 0
