"""The flat view under SuperSuit and Stable-Baselines3, with returns that end at a death."""

import numpy as np
import pytest
import supersuit
import torch
from stable_baselines3 import PPO

from forge.adaptors.flat import FlatEnv
from forge.blade import Chaos, Law
from forge.trinity.engines.threads import one_thread

SMALL = {"max_agents": 6, "populations": 1, "map_size": 24, "border": 4, "radius": 3, "births": 2}
LAW, CHAOS = Law(**SMALL, maps=4), Chaos(**SMALL, maps=4, immunity=0)


@pytest.fixture(autouse=True)
def on_one_thread():
    with one_thread():
        yield


def vector(config, copies=1, **options):
    flat = FlatEnv(config, nearest=2, terminate=True, **options)
    parallel = supersuit.pettingzoo_env_to_vec_env_v1(flat)
    return supersuit.concat_vec_envs_v1(parallel, copies, base_class="stable_baselines3")


def steps(envs, ticks):
    """Yield what random actions bring."""
    rng = np.random.default_rng(0)
    low = np.zeros_like(envs.action_space.sample())
    high = getattr(envs.action_space, "nvec", getattr(envs.action_space, "n", None))
    for _ in range(ticks):
        yield envs.step(rng.integers(low, high, (envs.num_envs, *low.shape)))


@pytest.mark.parametrize("config", [LAW, CHAOS])
def test_ppo_learns_from_it(config):
    torch.manual_seed(0)
    model = PPO("MlpPolicy", vector(config), n_steps=64, batch_size=64, n_epochs=1, device="cpu")
    before = [weights.clone() for weights in model.policy.parameters()]
    model.learn(2 * 64 * 6)
    after = list(model.policy.parameters())
    assert all(not torch.equal(a, b) for a, b in zip(before, after, strict=True))
    assert all(torch.isfinite(weights).all() for weights in after)


def test_an_episode_of_the_learner_ends_exactly_where_a_life_does():
    envs = vector(LAW)
    envs.reset()
    deaths = 0
    for _, rewards, dones, infos in steps(envs, 100):
        lifetimes = np.array([info["lifetime"] for info in infos])
        assert np.array_equal(dones, lifetimes > 0)
        assert np.array_equal(rewards, -dones.astype(np.float32))
        deaths += dones.sum()
    assert deaths > 20


def test_a_truncated_life_is_bootstrapped_and_an_ended_one_is_not():
    envs = vector(LAW, horizon=30)
    envs.reset()
    *_, (observations, _, dones, infos) = steps(envs, 30)
    assert dones.all()
    for info in infos:  # SB3 adds the value of terminal_observation where it was truncated
        assert info["terminal_observation"].shape == observations[0].shape
        lives_on = info["id"] >= 0 and not info["lifetime"]
        assert info["TimeLimit.truncated"] == lives_on


def test_copies_without_a_seed_play_different_worlds():
    envs = vector(LAW, copies=2, seed=None)
    assert envs.num_envs == 12
    envs.reset()
    *_, (observations, *_) = steps(envs, 10)
    assert not np.array_equal(observations[:6], observations[6:])


def test_advantages_stop_at_a_death():
    model = PPO("MlpPolicy", vector(LAW), n_steps=64, batch_size=64, n_epochs=1, device="cpu")
    model.learn(64 * 6)
    buffer = model.rollout_buffer
    values = buffer.values.reshape(6, 64).T  # flattened by slot when it is learned from
    returns = buffer.returns.reshape(6, 64).T
    died = buffer.rewards == -1
    assert died[:-1].sum() > 5
    assert np.allclose(returns[died], -1, atol=1e-5)
    assert not np.allclose(values[died], -1, atol=1e-2)
