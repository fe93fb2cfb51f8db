"""What the gymnasium VectorEnv refuses, and what it says."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from gymnasium.error import ClosedEnvironmentError, ResetNeeded
from gymnasium.vector import AutoresetMode

from forge.adaptors.gymnasium import ForgeVectorEnv, make
from forge.blade import preset
from forge.blade.realm import ActionError, Realms
from forge.config import ConfigError
from tests.adaptors.vectors import CHAOS, LAW


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
        ({"mapp": 1}, "no option 'mapp'; it has 'map' and 'maps'"),
        ({"map": [1, 2]}, "option 'map' takes a whole number"),
        ({"map": 1, "maps": [1, 2]}, "give one of the two"),
        ({"reset_mask": np.ones(12, np.bool_)}, "no option 'reset_mask'"),
        ({"maps": [1]}, "1 maps were given for 2 realms"),
        ({"maps": [1, -1]}, "the number of a map must be 0 … 2147483647, not -1"),
        ({"maps": [1, 2**40]}, "the number of a map must be 0 … 2147483647"),
        ({"maps": [1, 1.5]}, "the number of a map takes a whole number, not 1.5"),
        ({"maps": 3}, "a list of whole numbers is expected, not 3"),
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
        ({"copy": 0}, "copy is True or False, not 0"),
        ({"scale": 65}, "scale must be 1 … 64"),
        ({"render_mode": "ansi"}, "render_mode is None or 'rgb_array', not 'ansi'"),
        ({"autoreset_mode": "Disabled"}, "autoreset_mode is 'SameStep' or 'NextStep', not 'Disab"),
        ({"autoreset_mode": AutoresetMode.DISABLED}, "autoreset_mode is 'SameStep' or 'NextSt"),
        ({"autoreset_mode": ["NextStep"]}, "autoreset_mode is 'SameStep' or 'NextStep', not "),
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
