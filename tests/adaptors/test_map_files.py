"""Interfaces of others, on maps of one's own."""

import pytest

from forge import parallel_env
from forge.adaptors.vector import ForgeVectorEnv
from tests.blade.own_maps import CONFIG, inner, lies_on, write


@pytest.fixture
def config(tmp_path):
    return CONFIG.replace(map_files=write(tmp_path))


def test_pettingzoo_plays_the_files_episode_by_episode(config):
    env = parallel_env(config)
    for number in (0, 1, 2, 0):
        env.reset()
        assert env.realms.maps == (number,)
        assert lies_on(inner(env.realms), 1 + number)
    env.reset(seed=1, options={"map": 10_001})
    assert lies_on(inner(env.realms), 3)


def test_gymnasium_plays_the_files(config):
    envs = ForgeVectorEnv(config, 3)
    envs.reset(seed=0)
    assert envs.realms.maps == (0, 1, 2)
    assert [lies_on(inner(envs.realms, w), 1 + w) for w in range(3)] == [True] * 3
