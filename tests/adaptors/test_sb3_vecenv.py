"""Realms as Stable-Baselines3's VecEnv."""

import copy
import doctest
import pickle
import subprocess
import sys

import numpy as np
import pytest
import supersuit
import torch
from gymnasium.error import ClosedEnvironmentError, ResetNeeded
from stable_baselines3 import DQN, PPO
from stable_baselines3.common.vec_env import (
    VecFrameStack,
    VecMonitor,
    VecNormalize,
    VecVideoRecorder,
)

from forge.adaptors import sb3
from forge.adaptors.flat import FlatEnv
from forge.adaptors.sb3 import ForgeVecEnv
from forge.blade import Chaos, Law
from forge.blade.realm import ActionError
from forge.config import ConfigError
from forge.trinity.engines.threads import one_thread

SMALL = {"max_agents": 6, "populations": 1, "map_size": 24, "border": 4, "radius": 3, "births": 2}
LAW, CHAOS = Law(**SMALL, maps=4), Chaos(**SMALL, maps=4, immunity=0)
SAGA = CHAOS.replace(npcs=12, skills=True, items=True, market=True, quests="standard")
CONFIGS = pytest.mark.parametrize("config", [LAW, CHAOS, SAGA], ids=["law", "chaos", "saga"])


@pytest.fixture(autouse=True)
def on_one_thread():
    with one_thread():
        yield


def make(config=LAW, realms=1, **options):
    return ForgeVecEnv(config, realms, nearest=2, **options)


def steps(envs, ticks, seed=0):
    """Yield what random actions bring."""
    rng = np.random.default_rng(seed)
    sizes = getattr(envs.action_space, "nvec", None)
    shape = (envs.num_envs,) if sizes is None else (envs.num_envs, len(sizes))
    for _ in range(ticks):
        yield envs.step(rng.integers(0, 5 if sizes is None else sizes, shape))


@CONFIGS
@pytest.mark.parametrize("horizon", [None, 30])
def test_it_plays_as_the_flat_view_through_supersuit_does(config, horizon):
    flat = FlatEnv(config, horizon=horizon, nearest=2, terminate=True)
    vector = supersuit.pettingzoo_env_to_vec_env_v1(flat)
    other = supersuit.concat_vec_envs_v1(vector, 1, base_class="stable_baselines3")
    envs = make(config, horizon=horizon)
    assert np.array_equal(envs.reset(), other.reset())
    deaths = 0
    for ours, theirs in zip(steps(envs, 70), steps(other, 70), strict=True):
        assert all(np.array_equal(one, two) for one, two in zip(ours[:3], theirs[:3], strict=True))
        deaths += (ours[1] == -1).sum()
    assert deaths > 20


@CONFIGS
def test_rows_are_in_the_space_that_it_names(config):
    envs = make(config)
    rows = [envs.reset(), *(step[0] for step in steps(envs, 60))]
    assert all(row in envs.observation_space for batch in rows for row in batch)


def test_infos_tell_of_lives_and_what_they_brought():
    envs = make(reward="alive")
    envs.reset()
    lives = 0
    for _, _, dones, infos in steps(envs, 100):
        for done, info in zip(dones, infos, strict=True):
            assert done == ("terminal_observation" in info) == ("episode" in info)
            if done:
                assert info["episode"]["r"] == info["episode"]["l"] == info["lifetime"]
                assert not info["TimeLimit.truncated"]
                lives += 1
    assert lives > 20


def test_a_truncated_life_is_bootstrapped_and_an_ended_one_is_not():
    envs = make(horizon=30)
    envs.reset()
    *_, (observations, _, dones, infos) = steps(envs, 30)
    assert dones.all()
    assert observations[:, 0].sum() == 2  # the first agents of the next episode
    for info in infos:
        lives_on = info["id"] >= 0 and not info["lifetime"]
        assert info["TimeLimit.truncated"] == lives_on
        assert info["terminal_observation"][0] == lives_on


@CONFIGS
def test_masks_by_the_name_that_maskable_learners_use(config):
    envs = make(config, 2)
    envs.reset()
    parts = (5 + 4 + 3 if config.combat else 5) + (25 if config.items else 0)
    parts += 42 + 9 + 3 if config.market else 0
    for observations, *_ in steps(envs, 30):
        masks = np.stack(envs.env_method("action_masks"))
        assert masks.shape == (12, parts)
        assert masks.dtype == np.bool_
        moves = observations[:, envs.columns.slices["can_move"]].astype(bool)
        assert np.array_equal(masks[:, 1:5], moves[:, 1:])
        assert masks[:, [0, 5, 9] if config.combat else 0].all()
    assert envs.has_attr("action_masks")
    assert np.array_equal(envs.env_method("action_masks", indices=[3])[0], masks[3])


def test_what_masks_forbid_does_nothing():
    free, meek = make(CHAOS), make(CHAOS)
    free.reset()
    meek.reset()
    rng = np.random.default_rng(0)
    for _ in range(60):
        masks = meek.action_masks()
        actions = rng.integers(0, [5, 4, 3], (6, 3))
        rows = np.arange(6)
        allowed = [masks[rows, start + actions[:, k]] for k, start in enumerate((0, 5, 9))]
        free.step(actions)
        meek.step(np.where(np.stack([allowed[0], allowed[1], allowed[2]], 1), actions, 0))
        assert free.world.realms.digest() == meek.world.realms.digest()


def test_a_learners_seed_is_that_of_the_world():
    first = ForgeVecEnv(LAW, nearest=2, seed=5)
    first.reset()
    envs = make()
    model = PPO("MlpPolicy", envs, n_steps=8, batch_size=48, n_epochs=1, device="cpu", seed=5)
    model._setup_learn(48)
    assert envs.world.realms.digest() == first.world.realms.digest()


def test_seeds_and_options_are_of_the_next_reset():
    envs, other = make(seed=7), make()
    other.seed(7)
    other.set_options({"map": 10_003})
    assert not np.array_equal(envs.reset(), other.reset())
    assert other.world.realms.maps == (10_003,)
    envs.reset()
    assert np.array_equal(envs.reset(), [other.reset(), other.reset()][1])
    assert len(set(make().seed())) == 1


@pytest.mark.parametrize("wrap", [VecNormalize, VecMonitor, lambda envs: VecFrameStack(envs, 2)])
def test_learners_take_it_under_their_wrappers(wrap):
    envs = wrap(make(horizon=20))
    model = PPO("MlpPolicy", envs, n_steps=32, batch_size=64, n_epochs=1, device="cpu", seed=0)
    model.learn(2 * 32 * 6)
    assert all(torch.isfinite(weights).all() for weights in model.policy.parameters())


def test_learners_log_lifetimes_and_advantages_stop_at_a_death():
    model = PPO("MlpPolicy", make(), n_steps=64, batch_size=64, n_epochs=1, device="cpu", seed=0)
    model.learn(64 * 6)
    buffer = model.rollout_buffer
    died = buffer.rewards == -1
    returns = buffer.returns.reshape(6, 64).T  # flattened by slot when it is learned from
    assert len(model.ep_info_buffer) == min(died.sum(), 100) > 10
    assert np.allclose(returns[died], -1, atol=1e-5)


def test_off_policy_learners_take_it():
    model = DQN("MlpPolicy", make(), learning_starts=20, buffer_size=500, device="cpu", seed=0)
    model.learn(300)
    dones = model.replay_buffer.dones[: model.replay_buffer.pos]
    assert 5 < dones.sum() == (model.replay_buffer.rewards == -1).sum()


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda envs: pickle.loads(pickle.dumps(envs))])
def test_a_copy_goes_on_alike(copied):
    envs = make(CHAOS)
    envs.reset()
    other = copied(envs)
    for one, two in zip(steps(envs, 20), steps(other, 20), strict=True):
        assert np.array_equal(one[0], two[0])


def test_a_video_can_be_recorded(films, tmp_path):
    envs = make(realms=2, render_mode="rgb_array")
    recorder = VecVideoRecorder(envs, str(tmp_path), lambda step: step == 0, video_length=3)
    recorder.reset()
    for _ in steps(recorder, 5):
        pass
    assert films == [(4, 8)]
    assert envs.render().shape == (24 * 8, 2 * 24 * 8 + 8, 3)
    pictures = envs.get_images()
    assert [bool(picture.any()) for picture in pictures] == envs.world.slots.table.alive.tolist()


# -- What it refuses ----------------------------------------------------------------------------


@CONFIGS
@pytest.mark.parametrize("actions", [None, "east", [0], np.zeros(6), np.zeros((6, 2), int)])
def test_actions_of_another_kind_are_refused(config, actions):
    envs = make(config)
    envs.reset()
    digest = envs.world.realms.digest()
    with pytest.raises(ActionError, match=r"actions must be integers of shape \(6,"):
        envs.step(actions)
    assert envs.world.realms.digest() == digest


def test_an_action_that_does_not_exist_is_refused():
    envs = make()
    envs.reset()
    with pytest.raises(ActionError, match=r"realm 0, agent 0 \(slot 0\): move 7 is not in"):
        envs.step(np.full(6, 7))
    envs.step(np.zeros(6, np.int64))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda envs: envs.env_method("jump"),
            "a slot has no method 'jump'; it has 'action_masks'",
        ),
        (lambda envs: envs.set_attr("map", 3), "slots share their world: 'map' cannot be set"),
        (lambda envs: envs.get_attr("height"), "height"),
        (lambda envs: envs.set_options({"maps": [3, 4]}), "2 maps were given for 1 realm"),
        (lambda envs: envs.set_options({"mapp": 3}), "reset has no option 'mapp'"),
        (lambda envs: envs.set_options([{"map": 3}]), "one dict for all"),
        (lambda envs: envs.set_options("map"), "options of reset are a dict, not 'map'"),
        (lambda envs: envs.seed(-1), "seed must be 0"),
        (lambda envs: envs.seed(True), "seed takes a whole number, not True"),
        (lambda envs: envs.step_wait(), "there are no actions to play"),
    ],
)
def test_calls_that_cannot_be_are_refused(call, words):
    envs = make()
    envs.reset()
    with pytest.raises((AttributeError, ValueError, ResetNeeded), match=words):
        call(envs)


@pytest.mark.parametrize(
    ("config", "arguments", "words"),
    [
        ("law33", {}, "no config is named 'law33'"),
        (LAW, {"horizon": 0}, "horizon must be 1"),
        (LAW, {"realms": 0}, "num_realms must be 1"),
        (LAW, {"seed": 1.5}, "seed takes a whole number"),
        (LAW, {"scale": 0}, "scale must be 1 … 64"),
        (LAW, {"render_mode": "ansi"}, "render_mode is None or 'rgb_array'"),
    ],
)
def test_impossible_arguments_are_refused(config, arguments, words):
    with pytest.raises((ValueError, ConfigError), match=words):
        make(config, **arguments)


def test_a_step_before_reset_or_after_close_is_an_error():
    envs = make()
    with pytest.raises(ResetNeeded):
        envs.step(np.zeros(6, np.int64))
    envs.close()
    envs.close()
    with pytest.raises(ClosedEnvironmentError):
        envs.reset()


def test_no_picture_without_a_mode_to_draw_in():
    envs = make()
    with pytest.warns(UserWarning, match="nothing is drawn without"):
        assert envs.render() is None
    with pytest.warns(UserWarning, match="nothing is drawn without"):
        assert envs.get_images() == [None] * 6
    with pytest.raises(ValueError, match="there is no window for 'human'"):
        make(render_mode="rgb_array").render("human")


def test_nothing_is_wrapped_and_all_slots_are_asked_alike():
    envs = make()
    assert envs.env_is_wrapped(VecMonitor) == [False] * 6
    assert envs.get_attr("horizon", [0, 1]) == [None, None]


def test_the_example_runs():
    outcome = doctest.testmod(sb3)
    assert outcome.attempted >= 4
    assert outcome.failed == 0


def test_without_the_package_the_error_says_what_to_install():
    code = "import sys; sys.modules['stable_baselines3'] = None\nimport forge.adaptors.sb3"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "Stable-Baselines3 is not installed: pip install -e '.[sb3]' brings it" in done.stderr
