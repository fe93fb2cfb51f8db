"""The gymnasium VectorEnv: its rows, its contract with the library, and what it refuses."""

import pickle
import subprocess
import sys
from copy import deepcopy
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.error import ClosedEnvironmentError, ResetNeeded
from gymnasium.utils import env_checker
from gymnasium.utils.env_checker import data_equivalence
from gymnasium.utils.passive_env_checker import check_action_space, check_observation_space
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space, iterate
from gymnasium.wrappers import vector as wrappers

from forge.adaptors.gymnasium import ForgeVectorEnv, make
from forge.blade import Chaos, Law, preset
from forge.blade.config import ConfigError
from forge.blade.realm import ActionError, Realms
from forge.blade.scripted import careful
from forge.blade.tiles import Cause

LAW = Law(max_agents=6, populations=2, map_size=32)
CHAOS = Chaos(max_agents=12, populations=2, births=12, map_size=24, border=8, immunity=0)
CONFIGS = pytest.mark.parametrize("config", [LAW, CHAOS], ids=["law", "chaos"])


def played(config: Any, ticks: int, seed: int = 0, **options: Any) -> list[Any]:
    """Play with random actions; list what reset and each step returned."""
    env = ForgeVectorEnv(config, 2, **options)
    env.action_space.seed(seed)
    results: list[Any] = [env.reset(seed=seed)]
    for _ in range(ticks):
        results.append(env.step(env.action_space.sample()))
    return results


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
@pytest.mark.parametrize("kind", ["Law", "Chaos"])
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


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ConfigError, match="did you mean 'births'"):
        make(128, settings={"birth": 2})


# -- Rows -------------------------------------------------------------------------------------


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
        moves = np.zeros((env.num_envs, 3), np.int64)
        moves[rows, 0] = chosen.move
        chosen.style[:], chosen.target[:] = -1, -1
        realms.step(chosen)
        obs, *_, infos = env.step(moves if config.combat else moves[:, 0])
        assert env.realms.digest() == realms.digest()
    assert checked > 500


@CONFIGS
def test_the_dead_are_terminated_and_rewarded_once(config: Any) -> None:
    results = played(config, 200)
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
    "settings", [{"immunity": 5}, {"friendly_fire": False}, {"immunity": 5, "auto_target": True}]
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


# -- What it refuses --------------------------------------------------------------------------


def refused(env: ForgeVectorEnv, actions: Any, message: str) -> None:
    """Expect an ActionError that leaves the world as it was, and playable."""
    before = env.realms.digest()
    with pytest.raises(ActionError, match=message):
        env.step(actions)
    assert env.realms.digest() == before
    env.step(np.zeros(env.action_space.shape, np.int64))


@pytest.mark.parametrize(
    ("column", "value", "name"),
    [(0, 5, "move"), (0, -1, "move"), (1, 4, "style"), (2, 17, "target")],
)
def test_an_action_out_of_range_names_realm_and_agent(column: int, value: int, name: str) -> None:
    env = ForgeVectorEnv(CHAOS, 2)
    env.reset(seed=0)
    row = int(env.slots.place[-1])
    actions = np.zeros((env.num_envs, 3), np.int64)
    actions[row, column] = value
    refused(env, actions, rf"realm 1, agent {env.slots.ids[row]} .*{name} {value} is not in 0 …")


@pytest.mark.parametrize(
    "actions",
    [
        np.zeros(5, np.int64),
        np.zeros((12, 3), np.int64),
        np.zeros(12),
        np.zeros(12, np.bool_),
        np.full(12, None),
        "east",
        0,
    ],
)
def test_other_shapes_and_dtypes_are_refused(actions: Any) -> None:
    env = ForgeVectorEnv(LAW, 2)
    env.reset(seed=0)
    refused(env, actions, r"actions must be integers of shape \(12,\), .* slot of realms 0 … 1")


def test_a_ragged_list_is_refused() -> None:
    env = ForgeVectorEnv(CHAOS)
    env.reset(seed=0)
    refused(env, [[0, 0, 0], [0]], r"actions must be integers of shape \(12, 3\)")


def test_lists_and_small_integers_are_actions_too() -> None:
    env = ForgeVectorEnv(LAW, 2)
    env.reset(seed=0)
    env.step([0] * 12)
    env.step(np.zeros(12, np.uint8))


def test_a_step_before_reset_or_after_close_is_an_error() -> None:
    env = ForgeVectorEnv(LAW)
    with pytest.raises(ResetNeeded):
        env.step(np.zeros(6, np.int64))
    env.close()
    with pytest.raises(ClosedEnvironmentError):
        env.reset()
    with pytest.raises(ClosedEnvironmentError):
        env.step(np.zeros(6, np.int64))


def test_maps_are_an_option_of_reset() -> None:
    env = ForgeVectorEnv(LAW, 2)
    env.reset(seed=1, options={"maps": [3, 4]})
    assert env.realms.digest() == Realms(LAW, 1, range(2), [3, 4]).digest()
    env.reset(seed=1)
    assert env.realms.maps == (3, 4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"map": 1}, "no option 'map'"),
        ({"reset_mask": np.ones(12, np.bool_)}, "no option 'reset_mask'"),
        ({"maps": [1]}, "1 maps were given for 2 realms"),
        ({"maps": [1, -1]}, "the number of a map must be 0 … 2147483647, not -1"),
        ({"maps": [1, 2**40]}, "the number of a map must be 0 … 2147483647"),
        ({"maps": [1, 1.5]}, "the number of a map takes a whole number, not 1.5"),
        ({"maps": 3}, "maps are numbers, one per realm; not 3"),
        (3, "options of reset are a dict, not 3"),
    ],
)
def test_an_unknown_option_is_refused(options: Any, message: str) -> None:
    env = ForgeVectorEnv(LAW, 2)
    env.reset(seed=0)
    before = env.realms.digest()
    with pytest.raises(ValueError, match=message):
        env.reset(seed=1, options=options)
    assert env.realms.digest() == before


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_out_of_range_is_refused(seed: int) -> None:
    with pytest.raises(ValueError, match="seed must be 0 … "):
        ForgeVectorEnv(LAW).reset(seed=seed)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"realms": 0}, "realms must be 1"),
        ({"horizon": 0}, "horizon must be 1"),
        ({"nearest": 0}, "nearest must be 1"),
        ({"nearest": True}, "nearest takes a whole number, not True"),
        ({"maps": [1.5]}, "the number of a map takes a whole number, not 1.5"),
        ({"reward": ["death"]}, "reward is one of death, alive, or a function"),
        ({"reward": "gold"}, "reward is one of death, alive, or a function; not 'gold'"),
    ],
)
def test_impossible_arguments_are_refused(options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ForgeVectorEnv(LAW, **options)


def test_a_world_without_births_is_refused() -> None:
    with pytest.raises(ConfigError, match="births is 0"):
        ForgeVectorEnv(LAW.replace(births=0))


def test_a_config_is_settings_or_the_name_of_a_preset() -> None:
    assert ForgeVectorEnv("law16").config == preset("law16")
    with pytest.raises(ConfigError, match="a Config, or the name of a preset; not 3"):
        make(config=3)  # type: ignore[arg-type]


def test_without_the_package_the_error_says_what_to_install() -> None:
    code = "import sys; sys.modules['gymnasium'] = None\nimport forge.adaptors.gymnasium"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "gymnasium is not installed: pip install -e '.[gymnasium]' brings it" in done.stderr


def test_a_single_environment_is_refused_with_what_to_call():
    with pytest.raises(gymnasium.error.Error, match=r"use gymnasium.make_vec\(id, realms=1\)"):
        gymnasium.make("Forge/Law16-v0")
