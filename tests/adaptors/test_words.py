"""Interfaces in worlds with words, with and without the systems that other choices belong to."""

import numpy as np
import pytest

from forge import parallel_env
from forge.adaptors.vector import ForgeVectorEnv
from forge.blade import preset

WORLDS = {
    "law": preset("law16").replace(words=4),
    "chaos": preset("chaos16").replace(words=31),
    "saga": preset("saga16").replace(map_size=40, market=False),
}


@pytest.fixture(params=WORLDS)
def world(request):
    return WORLDS[request.param].replace(births=8)


def test_agents_of_pettingzoo_hear_what_is_said(world):
    env = parallel_env(world, horizon=40)
    observations, _ = env.reset(seed=1)
    heard = 0
    for _ in range(30):
        mask = {who: seen["action_mask"] for who, seen in observations.items()}
        actions = {who: env.action_space(who).sample(mask[who]) for who in env.agents}
        observations, *_ = env.step(actions)
        for who, seen in observations.items():
            assert env.observation_space(who).contains(seen)
            assert seen["action_mask"][-1].tolist() == [k <= world.words for k in range(32)]
            heard += (seen["heard"] > 0).sum()
    assert heard > 5


def test_rows_of_gymnasium_hear_what_is_said(world):
    envs = ForgeVectorEnv(world, 2)
    seen, _ = envs.reset(seed=1)
    heard = 0
    for _ in range(30):
        actions = np.zeros((envs.num_envs, *envs.single_action_space.shape), np.int64)
        actions[:, -1] = world.words
        seen, *_ = envs.step(actions)
        assert envs.observation_space.contains(seen)
        assert set(np.unique(seen["heard"]).tolist()) <= {0, world.words}
        heard += (seen["heard"] > 0).sum()
    assert heard > 5
