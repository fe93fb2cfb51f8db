"""Pictures of the gymnasium VectorEnv, and videos of them."""

from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.error import ClosedEnvironmentError, ResetNeeded
from gymnasium.wrappers.vector import RecordVideo

import forge.adaptors.gymnasium  # noqa: F401 – registers the ids
from forge.adaptors.gymnasium import ForgeVectorEnv
from forge.embyr.sheet import draw_realm
from tests.adaptors.vectors import CHAOS, LAW


def drawing(config: Any = LAW, realms: int = 1, **options: Any) -> ForgeVectorEnv:
    env = ForgeVectorEnv(config, realms, render_mode="rgb_array", scale=4, **options)
    env.reset(seed=0)
    return env


def stay(env: Any) -> Any:
    return np.zeros(env.action_space.shape, np.int64)


@pytest.mark.parametrize("mode", ["SameStep", "NextStep"])
def test_each_row_has_a_picture_which_is_black_where_nobody_is_shown(mode: str) -> None:
    env = drawing(CHAOS, 2, autoreset_mode=mode)
    side, shown = CHAOS.window * 4, 0
    for _ in range(20):
        obs, *_ = env.step(env.action_space.sample())
        frames = env.render()
        assert frames is not None
        assert len(frames) == env.num_envs
        assert all(frame.shape == (side, side, 3) for frame in frames)
        assert [bool(frame.any()) for frame in frames] == obs["alive"].astype(bool).tolist()
        shown += int(obs["alive"].sum())
    assert shown > 100


def test_a_picture_is_what_lies_around_the_agent() -> None:
    env = drawing(LAW.replace(radius=3))
    frame = (env.render() or ())[0]
    agent = env.realms.state.agents[0, 0]
    top, left = (4 * (int(agent[axis]) - 3) for axis in ("row", "col"))
    whole = np.asarray(draw_realm(env.realms, scale=4))[top : top + 28, left : left + 28]
    # Colours vary with the place on the picture, which has a margin here.
    assert np.abs(frame.mean((0, 1)) - whole.mean((0, 1))).max() < 30
    assert frame.dtype == np.uint8


def test_make_vec_takes_the_mode_to_draw_in() -> None:
    env: Any = gymnasium.make_vec("Forge/Law16-v0", num_envs=16, render_mode="rgb_array")
    assert env.render_mode == "rgb_array"
    assert env.metadata["render_modes"] == ["rgb_array"]
    assert env.metadata["render_fps"] == 8


def test_no_picture_without_a_mode_a_reset_or_an_open_environment() -> None:
    with pytest.warns(UserWarning, match="nothing is drawn without"):
        assert ForgeVectorEnv(LAW).render() is None
    with pytest.raises(ValueError, match="there is no window for 'human'"):
        ForgeVectorEnv(LAW, render_mode="human").render()
    env = ForgeVectorEnv(LAW, render_mode="rgb_array")
    with pytest.raises(ResetNeeded, match="nothing to draw yet"):
        env.render()
    env.close()
    with pytest.raises(ClosedEnvironmentError):
        env.render()


@pytest.mark.parametrize("mode", ["SameStep", "NextStep"])
@pytest.mark.filterwarnings("ignore:.*autoreset mode is same-step:UserWarning")
def test_a_video_can_be_recorded(mode: str, films: list[Any], tmp_path: Any) -> None:
    env = RecordVideo(drawing(autoreset_mode=mode), str(tmp_path / "videos"), video_length=3)
    env.reset(seed=0)
    for _ in range(6):
        env.step(stay(env))
    env.close()
    assert films == [(4, 8)]  # pictures; frames per second
