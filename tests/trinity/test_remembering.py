"""Agents remember through their lives, and learn through time."""

from itertools import islice

import numpy as np
import pytest
import torch

from examples.recurrent import Recurrent
from forge.args import Args
from forge.blade.realm import Realms
from forge.config import Config
from forge.errors import StateError
from forge.ethyr.pieces import waves
from forge.trinity.remembering import RememberingSword
from forge.trinity.trinity import ShardInfo
from tests.trinity.test_sword import play

CONFIG = Config(
    max_agents=6, populations=2, map_size=24, border=4, radius=3, horizon=8, hidden=4, births=3,
    maps=4, passes=2, minibatches=3,
)  # fmt: skip


class Counting(RememberingSword):
    """Counts the ticks it has lived, and estimates that as the value."""

    @classmethod
    def memory_width(cls, config):
        return 1

    def carry(self, features, memory, bounds):
        return memory + 1

    def answer(self, features, memory, bounds):
        alike = torch.zeros(len(features), 20)  # nobody prefers anything
        return torch.cat([memory, alike], 1)


def make(cls, config=CONFIG, ticks=None):
    """Make a Sword with initial weights, and play a rollout."""
    sword = cls(config, Args(), ShardInfo(0, (0, 1), np.random.default_rng(0)))
    model = sword.weights.layout.initialise(config.populations, np.random.default_rng(1))
    sword.recv_update(model)
    realms = Realms(config, 0, (0, 1))
    play(sword, realms, ticks)
    return sword, realms


def test_what_is_remembered_is_new_at_birth_and_kept_for_life():
    sword, realms = make(Counting)
    play(sword, realms)  # another rollout: lives go on, slots change hands
    obs = realms.observation
    assert sword.memory[sword._slots(obs), 0].tolist() == obs.ent["age"].tolist()
    assert obs.ent["age"].max() > CONFIG.horizon
    assert obs.ent["age"].min() < 3


def test_passes_through_time_begin_with_what_was_remembered():
    sword, realms = make(Counting)
    play(sword, realms)
    counted = []
    for batch in islice(sword._minibatches, CONFIG.minibatches):
        values = sword.forward(batch)[:, 0].tolist()
        assert values == sword.rollout.step("value")[batch.order].tolist()
        counted += values
    assert max(counted) > CONFIG.horizon


@pytest.mark.parametrize("changes", [{"frozen": ""}, {"frozen": "1"}, {"npcs": 12}])
def test_before_the_first_step_all_is_as_likely_as_when_it_was_sampled(changes):
    from forge.ethyr.torch.layers import score

    sword, _ = make(Recurrent, CONFIG.replace(**changes))
    step, compared = sword.rollout.step, 0
    for batch in sword._minibatches:
        actions = step("move"), step("style"), step("target")
        log_prob, _ = score(sword.forward(batch), batch, *actions)
        right = step("log_prob")[batch.order]
        np.testing.assert_allclose(log_prob.detach().numpy(), right, atol=1e-5)
        compared += len(right)
    assert compared == sword.rollout.num_samples > 40


def test_every_piece_of_a_life_is_in_one_minibatch():
    sword, _ = make(Recurrent)
    found = [set(sword.rollout.step("piece")[b.order].tolist()) for b in sword._minibatches]
    assert sum(map(len, found)) == len(set.union(*found)) > 10


class Watched(Recurrent):
    """Keeps the features of its last pass, with their gradient."""

    def encode(self, batch):
        self.seen = super().encode(batch)
        if self.seen.requires_grad:
            self.seen.retain_grad()
        return self.seen


def test_gradients_flow_back_to_the_beginning_of_the_piece_and_no_further():
    sword, _ = make(Watched)
    batch = next(sword._minibatches)
    piece = sword.rollout.step("piece")[batch.order]
    late = waves(piece, batch.bounds).samples[-1]
    sword.forward(batch)[late].sum().backward()
    reached = sword.seen.grad.abs().sum(1).numpy() > 0
    assert reached.tolist() == (piece == piece[late]).tolist()
    assert reached.sum() > 3


def test_a_memory_of_other_agents_is_refused():
    sword, _ = make(Recurrent)
    with pytest.raises(StateError, match=r"memory is not \(12, 4\)"):
        sword.load_state({"memory": np.zeros((3, 4), np.float32)})
