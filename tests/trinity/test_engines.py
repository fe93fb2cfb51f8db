"""Engines: the same results on each, whatever happens to the workers."""

import dataclasses
import os

import numpy as np
import pytest

from forge.args import Args
from forge.config import ConfigError
from forge.errors import WorkerError
from forge.trinity.defaults import default_trinity
from forge.trinity.pantheon import Pantheon
from forge.trinity.shard import shard_realms
from forge.trinity.smith import Native
from forge.trinity.trinity import Trinity
from tests.trinity.tiny import (
    CONFIG,
    SCRIPTED,
    STATEFUL,
    SUICIDAL,
    Alternating,
    Counting,
    Remembering,
    Still,
    Wanderer,
    digests,
)


class Faulty(Wanderer):
    """Fails in its second shard's third tick."""

    ticks = 0

    def decide(self, obs):
        self.ticks += 1
        if self.shard.index == 1 and self.ticks == 3:
            raise KeyError("no such thing")
        return super().decide(obs)


class Misguided(Alternating):
    def spawn(self, counts):
        return 7 if self.realm == 2 else 0


class Mute(Remembering):
    def send_update(self):
        update = super().send_update()
        update.gradients = None
        return update


class Deadly(Wanderer):
    def decide(self, obs):
        os._exit(3)


class Keeping(Remembering):
    """Keeps the weights that it has."""

    def state(self):
        return {**super().state(), "model": self.model}


class Scribbling(Remembering):
    """Writes into the weights that all Swords share."""

    def send_update(self):
        self.model[0] = 1
        return super().send_update()


class Watching(Pantheon):
    """Looks at the gradients of each shard."""

    def step(self, updates):
        assert all(update.gradients is not None for update in updates)
        return super().step(updates)


class Chatty(Remembering):
    """Keeps more than its place in shared memory holds."""

    def state(self):
        return {**super().state(), "much": np.full(1_000_000, self.seen.sum())}


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_workers_give_the_digests_of_the_serial_engine(workers):
    assert digests(engine="processes", nWorker=workers) == digests()


@pytest.mark.parametrize("config", [CONFIG, CONFIG.replace(npcs=12)])
def test_default_classes_learn_the_same_on_two_workers(config):
    serial = digests(default_trinity(), 2, config)
    assert digests(default_trinity(), 2, config, engine="processes", nWorker=2) == serial
    watching = dataclasses.replace(default_trinity(), Pantheon=Watching)
    assert digests(watching, 2, config, engine="processes", nWorker=2) == serial


@pytest.mark.parametrize(("pantheon", "gradients"), [(Pantheon, 1), (Watching, 3)])
def test_gradients_of_neighbours_travel_as_one_sum_unless_somebody_looks(pantheon, gradients):
    trinity = dataclasses.replace(default_trinity(), Pantheon=pantheon)
    with Native(CONFIG, Args(nRealm=3, nWorker=1), trinity) as envs:
        envs.run(1, quiet=True)
        states = sum(map(len, envs.last_commit()[1]))
        messages = envs._engine._crew.bytes_exchanged
        exchanges = CONFIG.passes * CONFIG.minibatches
        matrices = exchanges * (1 + gradients) * envs.pantheon.model.nbytes
        assert envs.bytes_exchanged - messages - states == matrices


@pytest.mark.parametrize("workers", [1, 2])
def test_swords_have_the_weights_of_the_last_exchange_at_the_commit(workers):
    trinity = Trinity(Counting, Alternating, Keeping)
    assert digests(trinity, engine="processes", nWorker=workers) == digests(trinity)


def test_every_epoch_and_every_seed_has_its_own_digest():
    assert len({*digests(), *digests(seed=1)}) == 6


def test_killed_worker_changes_nothing(tmp_path, monkeypatch):
    mark = tmp_path / "mark"
    mark.touch()
    monkeypatch.setenv("FORGE_TEST_MARK", str(mark))
    assert digests(SUICIDAL, epochs=4, engine="processes", nWorker=2) == digests(epochs=4)
    assert not mark.exists()  # a worker was killed indeed


def test_worker_killed_between_epochs_changes_nothing():
    with Native(CONFIG, Args(nRealm=3, nWorker=2), STATEFUL) as envs:
        envs.run(1)
        os.kill(envs._engine.pids[0], 9)
        envs.run(3)
        assert envs.digest == digests()[-1]


def test_state_larger_than_shared_memory_goes_through_pipes():
    trinity = Trinity(Counting, Alternating, Chatty)
    assert digests(trinity, 2, engine="processes", nWorker=1) == digests(trinity, 2)


def test_workers_that_keep_dying_end_the_run():
    with (
        Native(CONFIG, Args(nWorker=1), Trinity(Still, Alternating, Deadly)) as envs,
        pytest.raises(WorkerError, match=r"gave up after 3 deaths .* code 3"),
    ):
        envs.run(1)


@pytest.mark.parametrize("engine", ["serial", "processes"])
def test_error_in_a_sword_says_where_it_happened(engine):
    trinity = Trinity(Still, Alternating, Faulty)
    with pytest.raises(WorkerError) as caught:
        digests(trinity, engine=engine, nWorker=1)
    assert str(caught.value) == "KeyError in realm 1, tick 2, shard 1: 'no such thing'"
    assert "in decide" in caught.value.traceback


@pytest.mark.parametrize("engine", ["serial", "processes"])
def test_writing_into_the_weights_is_an_error(engine):
    trinity = Trinity(Counting, Alternating, Scribbling)
    with pytest.raises(WorkerError, match=r"realm 0, tick 5, shard 0: .* is read-only"):
        digests(trinity, engine=engine, nWorker=1)


@pytest.mark.parametrize("engine", ["serial", "processes"])
def test_population_that_does_not_exist_names_realm_and_tick(engine):
    trinity = Trinity(Still, Misguided, Wanderer)
    with pytest.raises(WorkerError, match="realm 2, tick 0: population 7 is not in 0 … 1"):
        digests(trinity, engine=engine, nWorker=1)


def test_error_closes_the_workers():
    envs = Native(CONFIG, Args(nRealm=2), Trinity(Still, Alternating, Faulty))
    workers = list(envs._engine._crew._workers)
    with pytest.raises(WorkerError):
        envs.run(1)
    assert [worker.ended(0) for worker in workers] == [True, True]


def test_update_without_gradients_is_handed_up_as_such():
    with pytest.raises(TypeError):
        digests(Trinity(Counting, Alternating, Mute), 1)


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_bytes_exchanged_hold_weights_once_per_worker_gradients_and_states(workers):
    with Native(CONFIG, Args(nRealm=3, nWorker=workers), STATEFUL) as envs:
        envs.run(1)
        states = sum(map(len, envs.last_commit()[1]))
        messages = envs._engine._crew.bytes_exchanged
        assert 0 < messages < 20_000
        matrix, exchanges, shards = 4 * 6, 2, 3  # bytes of 6 numbers
        matrices = exchanges * (workers + shards)  # a worker reads weights, shards write gradients
        assert envs.bytes_exchanged - messages - states == matrices * matrix


def test_serial_engine_exchanges_nothing():
    with Native(CONFIG, Args(engine="serial"), SCRIPTED) as envs:
        envs.run(1)
        assert envs.bytes_exchanged == 0


@pytest.mark.parametrize(
    ("realms", "sizes"), [(1, [1]), (2, [1, 1]), (3, [2, 1]), (8, [4, 4]), (16, [4, 4, 4, 4])]
)
def test_realms_are_split_into_shards_of_at_most_four(realms, sizes):
    shards = shard_realms(CONFIG.replace(realms_per_shard=0, populations=1), realms)
    assert [len(shard) for shard in shards] == sizes
    assert sum(shards, ()) == tuple(range(realms))


@pytest.mark.parametrize(("realms", "sizes"), [(6, [3, 3]), (16, [8, 8]), (20, [8, 8, 4])])
def test_realms_of_several_populations_are_split_into_shards_of_at_most_eight(realms, sizes):
    shards = shard_realms(CONFIG.replace(realms_per_shard=0, populations=2), realms)
    assert [len(shard) for shard in shards] == sizes


def test_args_refuse_what_cannot_be():
    numbers = {"nRealm": 0}, {"seed": -1}, {"nWorker": 0}, {"nRealm": True}
    for wrong in (*numbers, {"engine": "dask"}, {"address": "there:1"}):
        with pytest.raises(ConfigError, match=next(iter(wrong))):
            Args(**wrong)
