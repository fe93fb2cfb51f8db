"""The rows of the gymnasium VectorEnv are the world: births, deaths, horizon, rewards."""

from typing import Any

import numpy as np
import pytest
from gymnasium.error import ResetNeeded
from gymnasium.utils.env_checker import data_equivalence

from forge.adaptors.gymnasium import ForgeVectorEnv
from forge.blade.realm import Realms
from forge.blade.scripted import careful
from forge.blade.tiles import Cause
from tests.adaptors.vectors import CHAOS, CONFIGS, LAW, played


@CONFIGS
def test_rows_are_the_world_that_realms_show(config: Any) -> None:
    """Step realms of the same seed beside it; every living agent must be found in its row."""
    env, realms = ForgeVectorEnv(config, 2), Realms(config, 7, range(2))
    obs, infos = env.reset(seed=7)
    checked = 0
    for _ in range(100):
        seen = realms.observation
        rows = seen.realm * config.max_agents + seen.ent["slot"]
        assert np.array_equal(np.flatnonzero(obs["alive"]), rows)
        assert np.array_equal(infos["id"][rows], seen.ent["id"])
        assert np.array_equal(infos["population"][rows], seen.ent["population"])
        assert np.array_equal(obs["own"][rows], seen.own)
        assert np.array_equal(obs["tiles"][rows], seen.tiles)
        checked += len(rows)
        chosen = careful(seen)
        sizes = getattr(env.single_action_space, "nvec", [5])
        moves = np.zeros((env.num_envs, len(sizes)), np.int64)
        moves[rows, 0] = chosen.move
        chosen.style[:], chosen.target[:] = -1, -1
        realms.step(chosen)
        obs, *_, infos = env.step(moves if config.combat else moves[:, 0])
        assert env.realms.digest() == realms.digest()
    assert checked > 500


@CONFIGS
def test_the_dead_are_terminated_and_rewarded_once(config: Any) -> None:
    results = played(config.replace(quest_weight=0), 200)
    alive = results[0][0]["alive"].astype(bool)
    deaths = 0
    for obs, rewards, terminations, truncations, infos in results[1:]:
        assert not (terminations & ~alive).any()
        assert np.array_equal(rewards, -terminations.astype(float))
        assert not np.signbit(rewards[~terminations]).any()
        assert not truncations.any()
        assert ("final_obs" in infos) == terminations.any()
        alive = obs["alive"].astype(bool)
        deaths += int(terminations.sum())
    assert deaths > 20


def test_a_dead_row_is_empty_or_has_a_newborn() -> None:
    empty = newborn = 0
    before = None
    for result in played(LAW.replace(births=2), 200):
        obs, infos = result[0], result[-1]
        if before is not None:
            for row in np.flatnonzero(result[2]):
                assert infos["final_info"]["id"][row] == before["id"][row]
                assert infos["final_info"]["population"][row] == before["population"][row]
                assert infos["id"][row] != before["id"][row]
                empty += not obs["alive"][row]
                newborn += bool(obs["alive"][row])
        before = infos
    assert empty > 3
    assert newborn > 3


def test_ended_lives_tell_how_long_and_why() -> None:
    env = ForgeVectorEnv(LAW, 2)
    age = np.zeros(env.num_envs, np.int64)
    obs, _ = env.reset(seed=0)
    causes = set()
    for _ in range(300):
        age = np.where(obs["alive"], age + 1, 0)
        obs, _, terminations, _, infos = env.step(env.action_space.sample())
        if terminations.any():
            info = infos["final_info"]
            assert np.array_equal(info["_lifetime"], terminations)
            assert np.array_equal(info["lifetime"][terminations], age[terminations])
            causes |= set(info["cause"][terminations].tolist())
        age[terminations] = 0
    assert causes >= {Cause.LAVA}
    assert Cause.ALIVE not in causes


def test_the_dead_observe_nothing_that_can_be_written_to() -> None:
    env = ForgeVectorEnv(CHAOS)
    final = next(r[-1]["final_obs"] for r in played(CHAOS, 100)[1:] if r[2].any())
    dead = next(obs for obs in final if obs is not None)
    assert dead in env.single_observation_space
    assert not any(np.any(value) for value in dead.values())
    with pytest.raises(ValueError, match="read-only"):
        dead["own"][0] = 1


@CONFIGS
def test_an_empty_row_is_zero_and_may_only_stay(config: Any) -> None:
    obs, _ = ForgeVectorEnv(config.replace(births=1)).reset(seed=0)
    empty = obs["alive"] == 0
    assert empty.sum() == config.max_agents - 1
    assert not any(obs[name][empty].any() for name in obs if name != "action_mask")
    stay = [1, 0, 0, 0, 0] + ([1, 0, 0, 0] + [1] + 16 * [0] if config.combat else [])
    stay += [1] + 24 * [0] if config.items else []
    stay += [1] + 41 * [0] + [1] + 8 * [0] + [1] + 16 * [0] if config.market else []
    assert (obs["action_mask"][empty] == stay).all()


def test_action_masks_say_what_the_world_does() -> None:
    checked = 0
    for result in played(CHAOS, 60):
        obs = result[0]
        mask, can = obs["action_mask"], obs["can_attack"]
        assert (mask[:, [0, 5, 9]] == 1).all()
        assert np.array_equal(mask[:, 6:9], can.max(axis=1))
        assert np.array_equal(mask[:, 10:], can.max(axis=2))
        checked += int(can.sum())
    assert checked > 20


def test_an_unmasked_attack_lands() -> None:
    env = ForgeVectorEnv(CHAOS, 2, reward=lambda obs, events: events["hits"])
    obs, _ = env.reset(seed=0)
    attacks = 0
    for _ in range(40):
        actions = np.zeros((env.num_envs, 3), np.int64)
        row, target, style = np.nonzero(obs["can_attack"])
        actions[row, 1], actions[row, 2] = style + 1, target + 1
        obs, rewards, *_ = env.step(actions)
        assert set(np.flatnonzero(rewards)) == set(row)
        attacks += len(set(row))
    assert attacks > 20


@pytest.mark.parametrize(
    "settings",
    [
        {"immunity": 5},
        {"friendly_fire": False},
        {"immunity": 5, "auto_target": True},
        {"immunity": 5, "friendly_fire": False, "npcs": 24},
        {"immunity": 5, "npcs": 24, "auto_target": True},
    ],
)
def test_an_attack_lands_exactly_where_the_masks_allow_it(settings: Any) -> None:
    """Two others are kept, so that some are in reach of whom no row tells."""
    config = CHAOS.replace(max_agents=24, **settings)
    env = ForgeVectorEnv(config, 2, nearest=2, reward=lambda obs, events: events["hits"])
    env.action_space.seed(0)
    obs, _ = env.reset(seed=0)
    landed = 0
    for _ in range(60):
        actions = env.action_space.sample()
        expected = obs["alive"] * lands(obs, actions, config.auto_target)
        obs, rewards, *_ = env.step(actions)
        assert np.array_equal(rewards, expected)
        landed += int(expected.sum())
    assert landed > 100


def lands(obs: Any, actions: Any, auto_target: bool) -> Any:
    """Say for each row, 1 or 0, whether its attack lands by the masks."""
    style, target = actions[:, 1], actions[:, 2]
    rows = np.arange(len(actions))
    if auto_target:
        return (style > 0) * obs["action_mask"][rows, 5 + style]
    return (style > 0) * (target > 0) * obs["can_attack"][rows, target - 1, style - 1]


def test_actions_of_empty_rows_are_ignored() -> None:
    env = ForgeVectorEnv(LAW)
    obs, _ = env.reset(seed=0)
    env.step(np.where(obs["alive"], 0, 99))


# -- Horizon and rewards ----------------------------------------------------------------------


def test_a_horizon_truncates_all_rows_and_starts_anew() -> None:
    env = ForgeVectorEnv(LAW, 2, horizon=20)
    results, starts = [env.reset(seed=0)], []
    for t in range(1, 61):
        results.append(env.step(np.zeros(env.num_envs, np.int64)))
        obs, _, _, truncations, infos = results[-1]
        assert truncations.all() == truncations.any() == (t % 20 == 0)
        if t % 20 == 0:
            assert obs["alive"].sum() == 2
            assert (infos["id"][obs["alive"] == 1] == 0).all()
            assert infos["_final_obs"].all()
            starts.append(env.realms.digest())
    assert len(set(starts)) == 3


def test_at_the_horizon_the_final_observation_is_that_of_the_last_tick() -> None:
    cut, straight = (ForgeVectorEnv(LAW, 2, horizon=horizon) for horizon in (15, None))
    cut.reset(seed=4)
    straight.reset(seed=4)
    for _ in range(15):
        stay = np.zeros(cut.num_envs, np.int64)
        *_, infos = cut.step(stay)
        expected, _, died, _, going_on = straight.step(stay)
    final = infos["final_info"]
    assert np.array_equal(final["_id"], expected["alive"].astype(bool))
    assert np.array_equal(final["id"], going_on["id"])
    assert not died.any()  # at rest the first starve after 36 ticks
    for row, obs in enumerate(infos["final_obs"]):
        assert data_equivalence(obs, {k: v[row] for k, v in expected.items()}, exact=True)


def test_who_dies_at_the_horizon_is_both_terminated_and_truncated() -> None:
    env = ForgeVectorEnv(LAW, horizon=36)
    env.reset(seed=0)
    for _ in range(36):
        east = np.ones(env.num_envs, np.int64)
        *_, terminations, truncations, infos = env.step(east)
    assert truncations.all()
    for row in np.flatnonzero(terminations):
        assert not infos["final_obs"][row]["alive"]
        assert infos["final_info"]["_lifetime"][row]


def test_alive_rewards_every_tick_lived() -> None:
    env = ForgeVectorEnv(LAW, 2, reward="alive")
    obs, _ = env.reset(seed=0)
    for _ in range(50):
        alive = obs["alive"]
        obs, rewards, *_ = env.step(env.action_space.sample())
        assert np.array_equal(rewards, alive.astype(float))


def test_the_config_names_the_default_reward() -> None:
    env = ForgeVectorEnv(LAW.replace(reward="alive"))
    env.reset(seed=0)
    assert env.step(env.action_space.sample())[1].sum() == 1


def test_a_reward_of_ones_own_sees_the_observation_acted_on() -> None:
    seen: list[Any] = []

    def reward(obs: Any, events: Any) -> Any:
        seen.append((obs.ent["id"].copy(), len(events)))
        return obs.ent["id"] / 4

    env = ForgeVectorEnv(LAW, reward=reward)
    _, infos = env.reset(seed=0)
    for _ in range(20):
        ids = infos["id"][infos["_id"]]
        _, rewards, *_, new = env.step(env.action_space.sample())
        assert np.array_equal(seen[-1][0], ids)
        assert np.array_equal(rewards, np.where(infos["_id"], infos["id"] / 4, 0))
        infos = new


@pytest.mark.parametrize(
    ("reward", "message"),
    [
        (
            lambda obs, events: np.full(len(obs), np.nan),
            r"realm 0, agent 0: reward nan is not finite",
        ),
        (lambda obs, events: np.zeros(99), r"reward has shape \(99,\), not \(1,\)"),
    ],
)
def test_a_wrong_reward_is_an_error_and_needs_a_reset(reward: Any, message: str) -> None:
    env = ForgeVectorEnv(LAW, reward=reward)
    env.reset(seed=0)
    stay = np.zeros(env.num_envs, np.int64)
    with pytest.raises(ValueError, match=message):
        env.step(stay)
    with pytest.raises(ResetNeeded):
        env.step(stay)
