"""What the line of an epoch tells of learning: means over samples, in any number of passes."""

import numpy as np
import pytest

from forge.args import Args
from forge.trinity import God, Pantheon, Sword, Trinity
from forge.trinity.smith import Native
from tests.trinity.tiny import CONFIG


class Paid(Sword):
    """Give everybody 2 in every tick, and count the samples of each rollout once."""

    def reward(self, obs, events):
        return np.full(len(obs), 2, np.float32)

    def end_rollout(self, obs):
        super().end_rollout(obs)
        self.counted = self.rollout.num_samples

    def send_update(self):
        update = super().send_update()
        if self.counted:
            update.metrics["ones"], self.counted = float(update.samples.sum()), 0
        return update


@pytest.mark.parametrize("learner", ["pg", "ppo"])
def test_what_is_told_once_per_rollout_is_a_mean_however_often_it_is_passed(learner):
    config = CONFIG.replace(learner=learner, passes=3, minibatches=2)
    with Native(config, Args(nRealm=2, engine="serial"), Trinity(Pantheon, God, Paid)) as envs:
        learning = envs.run(2, quiet=True)["learning"]
    assert learning["reward"] == pytest.approx(2)
    assert learning["ones"] == pytest.approx(1)
    assert learning["explained_variance"] <= 1
    assert ("approx_kl" in learning, "clip_fraction" in learning) == (learner == "ppo",) * 2
