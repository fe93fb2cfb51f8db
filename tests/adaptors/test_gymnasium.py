"""The gymnasium VectorEnv: its contract with the library, and its registered ids."""

import pickle
from copy import deepcopy
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils import env_checker
from gymnasium.utils.env_checker import data_equivalence
from gymnasium.utils.passive_env_checker import check_action_space, check_observation_space
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space, iterate
from gymnasium.wrappers import vector as wrappers

from forge.adaptors.gymnasium import ForgeVectorEnv, make
from forge.blade import preset
from forge.config import ConfigError
from tests.adaptors.vectors import CONFIGS, LAW, played

# -- The library's contract -------------------------------------------------------------------


@CONFIGS
@pytest.mark.parametrize(
    "check",
    [
        env_checker.check_reset_seed_determinism,
        env_checker.check_reset_options,
        env_checker.check_reset_return_type,
    ],
)
def test_it_passes_the_checks_of_gymnasium(config: Any, check: Any) -> None:
    check(ForgeVectorEnv(config, 2))


@CONFIGS
def test_its_spaces_pass_the_checks_of_gymnasium(config: Any) -> None:
    env = ForgeVectorEnv(config, 2)
    check_action_space(env.single_action_space)
    for space in env.single_observation_space.values():
        check_observation_space(space)
    assert env.observation_space == batch_space(env.single_observation_space, env.num_envs)
    assert env.action_space == batch_space(env.single_action_space, env.num_envs)


@CONFIGS
def test_every_step_is_in_the_spaces_with_their_dtypes(config: Any) -> None:
    env = ForgeVectorEnv(config, 2)
    R = env.num_envs
    for t, result in enumerate(played(config, 60, horizon=25)):
        obs = result[0]
        assert obs in env.observation_space, t
        for name, space in env.observation_space.items():
            assert obs[name].dtype == space.dtype, name
            assert obs[name].shape == space.shape, name
        for array, dtype in zip(result[1:-1], (np.float64, np.bool_, np.bool_), strict=False):
            assert array.dtype == dtype
            assert array.shape == (R,)


def test_agents_of_saga16_see_their_standing_and_traits_of_all() -> None:
    env = ForgeVectorEnv("saga16", 2)
    seen = [result[0] for result in played("saga16", 40)]
    assert all(obs in env.observation_space for obs in seen)
    alive, there = (np.array([obs[name] for obs in seen]) for name in ("alive", "others_mask"))
    standing, traits = (np.array([obs[name] for obs in seen]) for name in ("standing", "traits"))
    assert standing.shape[2:] == (9,)
    assert (standing[alive == 1][:, :8] >= 1).all()  # levels
    assert not standing[alive == 0].any()
    assert traits[there == 1][:, 0].max() > 0  # NPCs are among them
    assert (traits[there == 1][:, 1] >= 1).all()


@CONFIGS
@pytest.mark.parametrize("horizon", [None, 100])
def test_its_bounds_are_finite(config: Any, horizon: Any) -> None:
    space = ForgeVectorEnv(config, horizon=horizon).single_observation_space
    for name in ("own", "others"):
        assert np.isfinite([space[name].low, space[name].high]).all()


@CONFIGS
def test_each_row_alone_is_in_the_single_space(config: Any) -> None:
    env = ForgeVectorEnv(config, 2)
    obs = played(config, 30)[-1][0]
    rows = list(iterate(env.observation_space, obs))
    assert len(rows) == env.num_envs
    assert all(row in env.single_observation_space for row in rows)


@CONFIGS
def test_a_seed_decides_a_thousand_ticks(config: Any) -> None:
    first, second = played(config, 1000, seed=5), played(config, 1000, seed=5)
    for a, b in zip(first, second, strict=True):
        assert data_equivalence(a, b, exact=True)
    assert sum(result[2].sum() for result in first[1:]) > 50


def test_another_seed_is_another_world() -> None:
    first, second = played(LAW, 30, seed=1), played(LAW, 30, seed=2)
    assert not data_equivalence(first[-1], second[-1])


def test_a_reset_without_a_seed_goes_on_from_the_last() -> None:
    env = ForgeVectorEnv(LAW)
    digests = []
    for seed in (3, None, None, 3, None):
        env.reset(seed=seed)
        digests.append(env.realms.digest())
    assert digests[:2] == digests[3:]
    assert len(set(digests)) == 3


def test_a_first_reset_without_a_seed_takes_one_from_the_machine() -> None:
    seeds = set()
    for _ in range(2):
        env = ForgeVectorEnv(LAW)
        env.reset()
        seeds.add(env.np_random_seed)
    assert len(seeds) == 2


@CONFIGS
def test_what_was_returned_is_not_overwritten(config: Any) -> None:
    kept = []
    env = ForgeVectorEnv(config, 2, horizon=10)
    for result in [env.reset(seed=0), *(env.step(env.action_space.sample()) for _ in range(25))]:
        kept.append((result, deepcopy(result)))
    assert all(data_equivalence(result, copy, exact=True) for result, copy in kept)


def test_without_copies_the_next_step_overwrites() -> None:
    env = ForgeVectorEnv(LAW, 2, copy=False)
    obs, _ = env.reset(seed=0)
    new, *_ = env.step(env.action_space.sample())
    assert all(np.shares_memory(obs[name], new[name]) for name in obs)


def test_copies_or_not_show_the_same() -> None:
    copied = played(LAW, 50)
    env = ForgeVectorEnv(LAW, 2, copy=False)
    env.action_space.seed(0)
    assert data_equivalence(env.reset(seed=0), copied[0], exact=True)
    for expected in copied[1:]:
        assert data_equivalence(env.step(env.action_space.sample()), expected, exact=True)


@CONFIGS
@pytest.mark.parametrize("copied", [deepcopy, lambda env: pickle.loads(pickle.dumps(env))])
def test_a_copy_goes_on_alike(config: Any, copied: Any) -> None:
    env = ForgeVectorEnv(config, 2)
    env.reset(seed=0)
    env.step(env.action_space.sample())
    other = copied(env)
    for _ in range(20):
        actions = env.action_space.sample()
        assert data_equivalence(env.step(actions), other.step(actions), exact=True)
    assert env.realms.digest() == other.realms.digest()


@CONFIGS
def test_the_statistics_wrapper_counts_the_deaths(config: Any) -> None:
    env: Any = wrappers.RecordEpisodeStatistics(ForgeVectorEnv(config, 2))
    env.reset(seed=0)
    deaths = 0
    for _ in range(100):
        *_, terminations, _, infos = env.step(env.action_space.sample())
        deaths += int(terminations.sum())
        if "episode" in infos:
            assert np.array_equal(infos["_episode"], terminations)
    assert env.episode_count == deaths > 10


def test_wrappers_of_rewards_and_actions_work() -> None:
    env: Any = wrappers.TransformReward(ForgeVectorEnv(LAW, 2), lambda reward: 2 * reward)
    env = wrappers.TransformAction(env, lambda actions: np.zeros_like(actions))
    env.reset(seed=0)
    lowest = min(env.step(env.action_space.sample())[1].min() for _ in range(60))
    assert lowest == -2


def test_infos_as_lists_hold_what_belongs_to_each_row() -> None:
    env = wrappers.DictInfoToList(ForgeVectorEnv(LAW, 2))
    obs, infos = env.reset(seed=0)
    ended = 0
    for _ in range(80):
        obs, _, terminations, _, infos = env.step(env.action_space.sample())
        for row, info in enumerate(infos):
            assert ("id" in info) == obs["alive"][row]
            assert ("final_info" in info) == terminations[row]
            ended += "final_info" in info and info["final_info"]["lifetime"] > 0
    assert ended > 10


# -- Registered ids ---------------------------------------------------------------------------


@pytest.mark.parametrize("agents", [16, 32, 64, 128])
@pytest.mark.parametrize("kind", ["Law", "Chaos", "Saga"])
def test_the_presets_are_registered(kind: str, agents: int) -> None:
    name = f"Forge/{kind}{agents}-v0"
    env: Any = gymnasium.make_vec(name, num_envs=2 * agents)
    assert env.config == preset(f"{kind}{agents}".lower())
    assert env.spec.id == name
    assert env.num_envs == 2 * agents
    assert env.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP


def test_an_id_names_its_module() -> None:
    env = gymnasium.make_vec("forge.adaptors.gymnasium:Forge/Law16-v0", realms=2, nearest=4)
    assert env.num_envs == 32
    assert env.single_observation_space["others"].shape == (4, 11)


def test_a_spec_builds_the_environment_again() -> None:
    env: Any = gymnasium.make_vec("Forge/Law16-v0", num_envs=32, settings={"populations": 1})
    assert env.spec is not None
    again: Any = gymnasium.make_vec(
        gymnasium.envs.registration.EnvSpec.from_json(env.spec.to_json())
    )
    assert again.config == env.config
    assert again.num_envs == 32


@pytest.mark.parametrize("num_envs", [1, 100, 0, -128])
def test_num_envs_counts_slots(num_envs: int) -> None:
    with pytest.raises(ValueError, match=rf"a multiple of max_agents \(128\), not {num_envs}"):
        make(num_envs)


def test_num_envs_and_realms_must_agree() -> None:
    assert make(256, realms=2).num_envs == 256
    with pytest.raises(ValueError, match="2 realms have 256 agent slots: num_envs is 128"):
        make(128, realms=2)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"num_envs": "16"}, r"a multiple of max_agents \(16\), not '16'"),
        ({"num_envs": 16.0}, r"a multiple of max_agents \(16\), not 16.0"),
        ({"num_envs": 32, "realms": "2"}, "realms takes a whole number, not '2'"),
    ],
)
def test_counts_are_whole_numbers(arguments: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make(config="law16", **arguments)
    assert make(np.int64(16), "law16").num_envs == 16


def test_the_end_of_episodes_is_called_horizon() -> None:
    with pytest.raises(ValueError, match="here horizon=100 truncates all rows"):
        gymnasium.make_vec("Forge/Law16-v0", num_envs=16, max_episode_steps=100)
    assert make(16, "law16", max_episode_steps=None).horizon is None


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ConfigError, match="did you mean 'births'"):
        make(128, settings={"birth": 2})


def test_a_single_environment_is_refused_with_what_to_call():
    with pytest.raises(gymnasium.error.Error, match=r"use gymnasium.make_vec\(id, realms=1\)"):
        gymnasium.make("Forge/Law16-v0")
