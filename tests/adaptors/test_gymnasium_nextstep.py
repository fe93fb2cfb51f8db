"""The gymnasium VectorEnv with NEXT_STEP: the end of a life is shown before the next begins."""

import pickle
from itertools import pairwise
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils import env_checker
from gymnasium.utils.env_checker import data_equivalence
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import create_empty_array
from gymnasium.wrappers import vector as wrappers

from forge.adaptors.gymnasium import ForgeVectorEnv
from tests.adaptors.vectors import CHAOS, CONFIGS, LAW, played

CROWDED = LAW.replace(births=2)  # most newborns take a slot in the tick of a death


def next_step(config: Any, realms: int = 2, **options: Any) -> ForgeVectorEnv:
    return ForgeVectorEnv(config, realms, autoreset_mode="NextStep", **options)


def nobody(env: ForgeVectorEnv) -> Any:
    """What an empty row shows."""
    obs: Any = create_empty_array(env.single_observation_space, 1)
    starts = ([0, 5, 9] if env.config.combat else [0]) + ([26] if env.config.items else [])
    starts += [51, 93, 102] if env.config.market else []
    obs["action_mask"][0, starts] = 1
    return {name: array[0] for name, array in obs.items()}


# -- The library's contract ---------------------------------------------------------------------


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
    check(next_step(config))


@pytest.mark.parametrize("mode", ["NextStep", AutoresetMode.NEXT_STEP])
def test_the_mode_is_an_option_of_make_vec(mode: Any) -> None:
    env: Any = gymnasium.make_vec("Forge/Law16-v0", realms=1, autoreset_mode=mode)
    assert env.metadata["autoreset_mode"] is AutoresetMode.NEXT_STEP
    assert ForgeVectorEnv.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP


@CONFIGS
@pytest.mark.parametrize("horizon", [None, 25])
def test_a_row_that_ended_begins_anew_without_reward_whatever_its_action(
    config: Any, horizon: Any
) -> None:
    env = next_step(config, horizon=horizon, reward="alive")
    env.reset(seed=0)
    ended, begun = np.zeros(env.num_envs, np.bool_), 0
    for _ in range(150):
        actions = env.action_space.sample()
        actions[ended] = 99
        _, rewards, terminations, truncations, _ = env.step(actions)
        assert not rewards[ended].any()
        assert not (terminations | truncations)[ended].any()
        begun += int(ended.sum())
        ended = terminations | truncations
    assert begun > 20


@CONFIGS
def test_every_step_is_in_the_spaces(config: Any) -> None:
    results = played(config, 60, horizon=25, autoreset_mode="NextStep")
    space = next_step(config).observation_space
    assert all(result[0] in space for result in results)
    assert [t for t, result in enumerate(results) if t and result[3].any()] == [25, 51]


def test_the_statistics_wrapper_measures_lives_from_their_first_sight() -> None:
    env: Any = wrappers.RecordEpisodeStatistics(next_step(CROWDED, reward="alive"))
    env.reset(seed=0)
    returns: list[float] = []
    for _ in range(100):
        *_, terminations, _, infos = env.step(env.action_space.sample())
        assert terminations.any() == ("lifetime" in infos)
        if terminations.any():
            returns += infos["episode"]["r"][terminations].tolist()
            late = infos["lifetime"][terminations] - infos["episode"]["r"][terminations]
            assert set(late) <= {0, 1}  # a newborn in a slot just left rests for a tick
    assert len(returns) > 20


def test_wrappers_of_observations_work() -> None:
    flat: Any = wrappers.FlattenObservation(next_step(LAW))
    for env in (
        wrappers.TransformObservation(next_step(LAW), lambda obs: obs),
        wrappers.FilterObservation(next_step(LAW), ["own", "alive"]),
        wrappers.RescaleObservation(flat, np.float32(0), np.float32(1)),
        wrappers.NormalizeObservation(wrappers.DtypeObservation(flat, np.float32)),
    ):
        env.reset(seed=0)
        deaths = sum(int(env.step(env.action_space.sample())[2].sum()) for _ in range(60))
        assert deaths > 5


# -- What rows show -----------------------------------------------------------------------------


@CONFIGS
def test_in_the_step_of_a_death_the_row_shows_nobody_and_tells_of_the_dead(config: Any) -> None:
    before, deaths, empty = None, 0, nobody(next_step(config))
    for obs, _, died, _, infos in played(config, 100, autoreset_mode="NextStep")[1:]:
        assert np.array_equal(infos["_id"], died | obs["alive"].astype(bool))
        for row in np.flatnonzero(died):
            seen = {name: array[row] for name, array in obs.items()}
            assert data_equivalence(seen, empty, exact=True)
            assert infos["lifetime"][row] > 0
            assert before is None or infos["id"][row] == before["id"][row]
            deaths += 1
        before = infos
    assert deaths > 20


@CONFIGS
def test_at_all_other_times_rows_are_the_world(config: Any) -> None:
    env = next_step(config.replace(births=4))
    env.reset(seed=0)
    newborns = 0
    for _ in range(100):
        obs, _, died, _, infos = env.step(env.action_space.sample())
        seen = env.realms.observation
        rows = seen.realm * config.max_agents + seen.ent["slot"]
        hidden = died[rows]
        assert np.array_equal(np.flatnonzero(obs["alive"]), rows[~hidden])
        assert np.array_equal(obs["own"][rows[~hidden]], seen.own[~hidden])
        assert np.array_equal(infos["id"][rows[~hidden]], seen.ent["id"][~hidden])
        newborns += int(hidden.sum())
    assert newborns > 10


@CONFIGS
def test_it_is_the_world_of_the_other_mode_whose_newborns_rest(config: Any) -> None:
    env, same = next_step(config.replace(births=4)), ForgeVectorEnv(config.replace(births=4), 2)
    env.reset(seed=3)
    same.reset(seed=3)
    rest = np.zeros(env.num_envs, np.bool_)
    for _ in range(100):
        actions = env.action_space.sample()
        at_rest = actions.copy()
        at_rest[rest] = 0
        rest = env.step(actions)[2]
        same.step(at_rest)
        assert env.realms.digest() == same.realms.digest()


def test_who_died_before_it_was_shown_is_not_told_of() -> None:
    """Deadly crowds: whoever rests in a slot just left may be slain in that very tick."""
    all_deaths: list[int] = []

    def reward(obs: Any, events: Any) -> Any:
        all_deaths.append(int(events["died"].sum()))
        return np.zeros(len(obs))

    env = next_step(CHAOS.replace(max_agents=24, map_size=16, border=6, births=24), reward=reward)
    env.reset(seed=0)
    told = [env.step(env.action_space.sample())[2] for _ in range(100)]
    assert 0 < np.sum(told) < sum(all_deaths)
    assert not any((one & other).any() for one, other in pairwise(told))


def test_a_horizon_shows_the_last_tick_and_then_starts_anew() -> None:
    env = next_step(LAW, horizon=20)
    straight = next_step(LAW)
    env.reset(seed=4)
    straight.reset(seed=4)
    stay = np.zeros(env.num_envs, np.int64)
    for _ in range(20):
        last, expected = env.step(stay), straight.step(stay)
    assert data_equivalence(last[:3], expected[:3], exact=True)
    assert last[3].all()
    digest = env.realms.digest()
    obs, rewards, terminations, truncations, infos = env.step(stay + 99)
    assert env.realms.digest() != digest
    assert not np.any([rewards, terminations, truncations])
    assert obs["alive"].sum() == 2
    assert (infos["id"][obs["alive"] == 1] == 0).all()


def test_a_row_that_ended_just_before_the_horizon_does_not_begin_for_nothing() -> None:
    results = played(CROWDED, 100, horizon=10, autoreset_mode="NextStep")[1:]
    kept = 0
    for (_, _, died, *_), (obs, _, _, truncated, infos) in pairwise(results):
        if truncated.any():
            assert np.array_equal(truncated, ~died)
            assert ("lifetime" in infos) == infos.get("_lifetime", died & False).any()
            assert not obs["alive"][died].any()
            assert (infos["id"][died] == -1).all()
            assert not infos["_id"][died].any()
            kept += int(died.sum())
    assert kept > 3


def test_a_reset_forgets_which_rows_had_ended() -> None:
    env, other = next_step(LAW), next_step(LAW)
    env.reset(seed=0)
    while not env.step(env.action_space.sample())[2].any():
        pass
    env.reset(seed=1)
    other.reset(seed=1)
    east = np.ones(env.num_envs, np.int64)
    assert data_equivalence(env.step(east), other.step(east), exact=True)


def test_a_copy_goes_on_alike_and_copies_of_observations_or_not_show_the_same() -> None:
    env, bare = next_step(CHAOS), next_step(CHAOS, copy=False)
    env.reset(seed=0)
    bare.reset(seed=0)
    for _ in range(60):
        other = pickle.loads(pickle.dumps(env))
        actions = env.action_space.sample()
        result = env.step(actions)
        assert data_equivalence(result, other.step(actions), exact=True)
        assert data_equivalence(result, bare.step(actions), exact=True)
