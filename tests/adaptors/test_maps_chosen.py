"""Every adaptor takes maps in the same way: an argument of the constructor, and of a reset."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from forge import Law, parallel_env

pytest.importorskip("gymnasium")
pytest.importorskip("stable_baselines3")

from forge.adaptors.flat import FlatEnv
from forge.adaptors.gymnasium import ForgeVectorEnv, make
from forge.adaptors.sb3 import ForgeVecEnv

LAW = Law(max_agents=6, populations=2, map_size=24, border=4, radius=3, births=2, maps=4)


def reset_sb3(envs: Any, options: Any) -> None:
    envs.set_options(options)
    envs.reset()


def reset(env: Any, options: Any = None) -> tuple[int, ...]:
    """Begin an episode; the maps it is on."""
    if isinstance(env, ForgeVecEnv):
        reset_sb3(env, options)
    else:
        env.reset(options=options)
    realms = env.world.realms if hasattr(env, "world") else env.realms
    return tuple(realms.state.clock["map"].tolist())


def several(**options: Any) -> list[Any]:
    """Each adaptor that has several realms, with two."""
    return [
        ForgeVectorEnv(LAW, 2, **options),
        make(config=LAW, realms=2, **options),
        FlatEnv(LAW, num_realms=2, **options),
        ForgeVecEnv(LAW, num_realms=2, **options),
    ]


def alone(**options: Any) -> list[Any]:
    """Each adaptor with one realm."""
    return [
        parallel_env(LAW, **options),
        ForgeVectorEnv(LAW, **options),
        FlatEnv(LAW, **options),
        ForgeVecEnv(LAW, **options),
    ]


def test_several_realms_live_on_the_maps_that_are_given_in_every_episode() -> None:
    envs = several(maps=[10_000, 10_007])
    assert [reset(env) for env in envs for _ in range(2)] == [(10_000, 10_007)] * 8


@pytest.mark.parametrize("maps", [10_003, [10_003], (10_003,)])
def test_one_realm_takes_one_number(maps: Any) -> None:
    envs = alone(maps=maps)
    assert [reset(env) for env in envs for _ in range(2)] == [(10_003,)] * 8


def test_without_maps_realms_live_on_training_maps() -> None:
    assert [reset(env) for env in several()] == [(0, 1)] * 4
    assert [reset(env) for env in alone()] == [(0,)] * 4


def test_a_reset_puts_all_realms_on_one_map_or_each_on_its_own() -> None:
    for env in several(maps=[5, 6]):
        assert reset(env, {"map": 10_001}) == (10_001, 10_001)
        assert reset(env, {"maps": [10_002, 10_001]}) == (10_002, 10_001)


def test_one_realm_knows_both_options() -> None:
    options = ({"map": 9}, {"maps": 9}, {"maps": [9]})
    assert [reset(env, it) for env in alone() for it in options] == [(9,)] * 12


def test_maps_of_a_reset_are_for_one_episode_but_in_gymnasium() -> None:
    flat, sb3 = several(maps=[5, 6])[2:]
    for env in (flat, sb3):
        assert [reset(env, {"map": 9}), reset(env)] == [(9, 9), (5, 6)]


def test_the_horizon_leaves_realms_on_their_maps() -> None:
    env = ForgeVecEnv(LAW, 2, horizon=1, maps=[5, 9])
    reset(env)
    env.step(np.zeros(env.num_envs, np.int64))
    assert env.world.realms.maps == (5, 9)


@pytest.mark.parametrize("build", [several, alone])
@pytest.mark.parametrize("maps", [[1, 2, 3], [], [-1, 2], "01", 1.5, [1, 2**31]])
def test_impossible_maps_are_refused(build: Callable[..., Any], maps: Any) -> None:
    with pytest.raises(ValueError, match=r"maps? (were|must|takes)|of a map"):
        build(maps=maps)


def test_several_realms_need_a_map_each() -> None:
    for build in (ForgeVectorEnv, ForgeVecEnv):
        with pytest.raises(ValueError, match="a list of whole numbers is expected, not 3"):
            build(LAW, 2, maps=3)
