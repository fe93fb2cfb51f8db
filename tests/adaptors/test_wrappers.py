"""Both PettingZoo environments under the wrappers of SuperSuit and PettingZoo."""

import warnings

import numpy as np
import pytest
import supersuit
from pettingzoo.test import parallel_api_test, render_test
from pettingzoo.utils.conversions import aec_to_parallel, parallel_to_aec
from pettingzoo.utils.wrappers import MultiEpisodeParallelEnv, OrderEnforcingWrapper
from pettingzoo.utils.wrappers.record_video_parallel import RecordVideoParallel

from forge import parallel_env
from forge.adaptors.flat import FlatEnv
from forge.blade import Chaos, Law

SMALL = {"max_agents": 4, "populations": 1, "map_size": 24, "border": 4, "radius": 3, "births": 2}
LAW, CHAOS = Law(**SMALL, maps=4), Chaos(**SMALL, maps=4, immunity=0)
CONFIGS = pytest.mark.parametrize("config", [LAW, CHAOS], ids=["law", "chaos"])


def reshaped(env):
    return supersuit.reshape_v0(env, (*env.observation_space(env.possible_agents[0]).shape, 1))


ANY = {  # what the wrapper asks of spaces, both environments have
    "action_lambda": lambda env: supersuit.action_lambda_v1(env, lambda a, s: a, lambda s: s),
    "clip_reward": supersuit.clip_reward_v0,
    "nan_random": supersuit.nan_random_v0,
    "nan_zeros": supersuit.nan_zeros_v0,
    "observation_lambda": lambda env: supersuit.observation_lambda_v0(
        env, lambda o, s: o, lambda s: s
    ),
    "reward_lambda": lambda env: supersuit.reward_lambda_v0(env, lambda reward: 2 * reward),
    "sticky_actions": lambda env: supersuit.sticky_actions_v0(env, 0.3),
    "aec": lambda env: aec_to_parallel(OrderEnforcingWrapper(parallel_to_aec(env))),
    "episodes": lambda env: MultiEpisodeParallelEnv(env, 2),
}
BOXES = {  # takes observations that are boxes
    "agent_indicator": supersuit.agent_indicator_v0,
    "black_death": supersuit.black_death_v3,
    "delay_observations": lambda env: supersuit.delay_observations_v0(env, 2),
    "dtype": lambda env: supersuit.dtype_v0(env, np.float16),
    "flatten": supersuit.flatten_v0,
    "frame_skip": lambda env: supersuit.frame_skip_v0(env, 2),
    "frame_skip_at_random": lambda env: supersuit.frame_skip_v0(env, (1, 3)),
    "frame_stack_v1": lambda env: supersuit.frame_stack_v1(env, 3),
    "frame_stack_v2": lambda env: supersuit.frame_stack_v2(env, 3),
    "max_observation": lambda env: supersuit.max_observation_v0(env, 2),
    "normalize": supersuit.normalize_obs_v0,
    "pad_observations": supersuit.pad_observations_v0,
    "reshape": reshaped,
}


def deaths(env, ticks=60):
    """Play with random actions, over several episodes; count the rewards below zero."""
    found = 0
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "No agents left in the environment")
        for tick in range(ticks):
            if not tick or not env.agents:
                env.reset(seed=None if tick else 1)
            actions = {agent: env.action_space(agent).sample() for agent in env.agents}
            found += sum(reward < 0 for reward in env.step(actions)[1].values())
    return found


@pytest.mark.parametrize(("config", "horizon"), [(LAW, None), (CHAOS, 25)], ids=["law", "chaos"])
@pytest.mark.parametrize("name", [*ANY, *BOXES])
def test_the_flat_view_goes_on_over_deaths_under(config, horizon, name):
    wrap = (ANY | BOXES)[name]
    assert deaths(wrap(FlatEnv(config, horizon=horizon, nearest=2))) > 5


@CONFIGS
@pytest.mark.parametrize("name", ANY)
def test_the_realm_goes_on_over_deaths_under(config, name):
    assert deaths(ANY[name](parallel_env(config, 25, nearest=2))) > 5


@pytest.mark.parametrize("config", [LAW, CHAOS])
def test_the_realm_skips_frames_over_the_deaths_between(config):
    nothing = np.zeros_like(parallel_env(config).action_space("agent_0").sample())
    env = supersuit.frame_skip_v0(parallel_env(config, 40), 4, default_action=nothing)
    assert deaths(env) > 5
    assert env.unwrapped.ignored_actions > 0


def test_moves_can_be_padded():
    assert deaths(supersuit.pad_action_space_v0(FlatEnv(LAW))) > 5
    assert deaths(supersuit.pad_action_space_v0(parallel_env(LAW, 25))) > 5


@CONFIGS
@pytest.mark.parametrize("wrap", [supersuit.frame_stack_v1, supersuit.agent_indicator_v0])
def test_a_wrapped_flat_view_passes_the_api_test(config, wrap, capsys):
    parallel_api_test(wrap(FlatEnv(config, horizon=50)), num_cycles=100)
    assert "Passed" in capsys.readouterr().out


def test_normalised_rows_are_between_0_and_1():
    env = supersuit.normalize_obs_v0(FlatEnv(CHAOS))
    observations, _ = env.reset(seed=0)
    for _ in range(40):
        rows = np.array(list(observations.values()))
        assert rows.min() >= 0
        assert rows.max() <= 1
        observations, *_ = env.step({agent: np.ones(3, np.int64) for agent in env.agents})


def test_black_death_ends_in_the_step_after_the_horizon():
    env = supersuit.black_death_v3(FlatEnv(LAW, horizon=5))
    env.reset()
    ended = [env.step(dict.fromkeys(env.unwrapped.agents, 0))[3]["slot_0"] for _ in range(6)]
    assert ended == [False] * 5 + [True]
    assert env.agents == []


@pytest.mark.parametrize("make", [FlatEnv, parallel_env])
def test_wrappers_draw_numbers_that_follow_the_seed(make):
    def drawn(env):
        return env.unwrapped.np_random.integers(2**60)

    first, other = make(LAW, seed=3), make(LAW, seed=3)
    numbers = [drawn(first), drawn(first)]
    assert numbers[0] == drawn(other) != numbers[1]
    other.reset(seed=3)
    other.reset()
    assert [drawn(other), drawn(other)] == numbers
    assert drawn(FlatEnv(LAW, seed=None)) != drawn(FlatEnv(LAW, seed=None))


# -- Pictures ----------------------------------------------------------------------------------


@CONFIGS
def test_the_flat_view_passes_the_render_test(config):
    render_test(lambda **mode: parallel_to_aec(FlatEnv(config, **mode)))


def test_a_picture_of_the_flat_view_shows_all_realms():
    env = FlatEnv(LAW, num_realms=2, render_mode="rgb_array")
    env.reset()
    assert env.render().shape == (24 * 8, 2 * 24 * 8 + 8, 3)  # two maps and a gap


@pytest.mark.parametrize("make", [FlatEnv, parallel_env])
def test_a_video_can_be_recorded(make, films, tmp_path):
    env = make(LAW, horizon=6, render_mode="rgb_array")
    env = RecordVideoParallel(env, str(tmp_path / "videos"))
    for _ in range(2):
        env.reset()
        while env.agents:
            env.step(dict.fromkeys(env.agents, 0))
    env.close()
    assert films[0] == (7, 8)  # the first picture and six ticks; frames per second
