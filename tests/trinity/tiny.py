"""Small settings and simple classes that the tests of Trinity share."""

import contextlib
import ctypes
import os
import signal
import time

import numpy as np

from forge.args import Args
from forge.blade.observation import Actions
from forge.config import Config
from forge.trinity.god import God
from forge.trinity.smith import Native
from forge.trinity.trinity import PantheonBase, SwordBase, Trinity
from forge.trinity.update import Update

CONFIG = Config(
    max_agents=6, populations=2, map_size=24, border=4, radius=3, horizon=5, hidden=8, births=2,
    maps=4, passes=2, minibatches=1, realms_per_shard=1,
)  # fmt: skip


class Still(PantheonBase):
    """Weights that never change."""

    def step(self, updates):
        return self.model


class Wanderer(SwordBase):
    """Moves at random, with the draws of its realm."""

    def decide(self, obs):
        actions = Actions.stay(len(obs))
        actions.move[:] = (obs.draws[:, 0] * 5).astype(np.int8)
        return actions


class Counting(PantheonBase):
    """Moves its weights by what the Swords count and by its own generator."""

    steps = 0

    def step(self, updates):
        self.steps += 1
        moved = sum(update.gradients for update in updates) + self.rng.normal()
        self.model = (self.model + moved).astype(np.float32)
        return self.model

    def send(self, realm):
        return self.steps + realm

    def state(self):
        return {"steps": self.steps}

    def load_state(self, state):
        self.steps = state["steps"]


class Alternating(God):
    """Tags newborns in turn, and remembers the dead and the Pantheon's words."""

    born, dead, heard = 0, 0, 0

    def spawn(self, counts):
        self.born += 1
        return self.born % self.config.populations

    def cull(self, entity):
        self.dead += int(entity.lifetime)

    def send(self):
        return ("born", self.born)

    def recv(self, message):
        self.heard += message

    def state(self):
        return {"born": self.born, "dead": self.dead, "heard": self.heard}

    def load_state(self, state):
        self.born, self.dead, self.heard = state["born"], state["dead"], state["heard"]


class Remembering(Wanderer):
    """Moves by its own generator, its weights and what it has seen."""

    def __init__(self, config, args, shard):
        super().__init__(config, args, shard)
        self.seen = np.zeros(config.populations, np.int64)

    @classmethod
    def parameters(cls, config):
        return {"bias": ((3,), "linear")}

    @classmethod
    def exchanges(cls, config):
        return 2

    def decide(self, obs):
        self.seen += np.bincount(obs.ent["population"], minlength=len(self.seen))
        actions = super().decide(obs)
        shift = int(abs(self.model.sum()) * 10) + int(self.seen.sum()) + self.rng.integers(2)
        actions.move[:] = (actions.move + shift) % 5
        return actions

    def send_update(self):
        gradients = np.ones((self.config.populations, 3), np.float32) * self.rng.random()
        return Update(gradients, self.seen.copy(), {"seen": float(self.seen.sum())})

    def state(self):
        return {"seen": self.seen}

    def load_state(self, state):
        self.seen = state["seen"]


class KillsItsWorker(Remembering):
    """Kills its process once, in the third epoch, if the file ``FORGE_TEST_MARK`` exists."""

    def decide(self, obs):
        if self.shard.index == 1 and obs.ent["age"].max(initial=0) >= 12:
            with contextlib.suppress(KeyError, FileNotFoundError):
                os.unlink(os.environ["FORGE_TEST_MARK"])
                os.kill(os.getpid(), signal.SIGKILL)
        return super().decide(obs)


class Endless(Remembering):
    """Never comes back from the eighth tick in shard 1."""

    def decide(self, obs):
        while self.shard.index == 1 and obs.ent["age"].max(initial=0) >= 7:
            time.sleep(0.01)
        return super().decide(obs)


class Crashing(Remembering):
    """Reads where there is no memory."""

    def decide(self, obs):
        ctypes.string_at(0)


class Slow(Remembering):
    """Takes its time."""

    def decide(self, obs):
        time.sleep(0.02)
        return super().decide(obs)


class Faulty(Wanderer):
    """Fails in shard 1 as soon as an agent there is old enough."""

    def decide(self, obs):
        if self.shard.index == 1 and obs.ent["age"].max(initial=0) >= 7:
            raise ValueError("a fault of the user's")
        return super().decide(obs)


def linger(connection, seconds):
    """Be a process that serves nobody."""
    time.sleep(seconds)


SCRIPTED = Trinity(Still, God, Wanderer)
STATEFUL = Trinity(Counting, Alternating, Remembering)
SLOW = Trinity(Counting, Alternating, Slow)
FAULTY = Trinity(Still, God, Faulty)
SUICIDAL = Trinity(Counting, Alternating, KillsItsWorker)


def held(envs):
    """List the shards of a serial run."""
    return list(envs._engine._crew._answers[0].__self__.shards.values())


def digests(trinity=STATEFUL, epochs=3, config=CONFIG, **args):
    """Run some epochs; list the digest of each."""
    found = []
    with Native(config, Args(**{"nRealm": 3, "engine": "serial", **args}), trinity) as envs:
        envs.run(epochs, report=lambda summary: found.append(summary["digest"]))
    return found
