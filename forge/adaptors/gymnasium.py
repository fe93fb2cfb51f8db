"""Register realms with gymnasium, as Forge/Law16-v0 … Law128-v0; likewise Chaos and Saga.

Importing this module registers them. ``gymnasium.make_vec`` then builds a ForgeVectorEnv, whose
``num_envs`` counts slots; forge.adaptors.vector explains its rows from step to step.
"""

from collections.abc import Mapping
from typing import Any, NoReturn

from forge.adaptors import missing

try:
    import gymnasium
except ImportError as error:
    raise missing("gymnasium", "gymnasium") from error

from forge.adaptors.arguments import whole, world
from forge.adaptors.vector import ForgeVectorEnv
from forge.blade.numbers import is_whole
from forge.config import LARGE_AGENTS, PRESET_AGENTS, Config
from forge.errors import ConfigError, shown

__all__ = ["ForgeVectorEnv", "make", "make_one"]


def make(
    num_envs: int = 1,
    config: str | Config = "law128",
    realms: int | None = None,
    settings: Mapping[str, Any] | None = None,
    max_episode_steps: int | None = None,
    **options: Any,
) -> ForgeVectorEnv:
    """Build a ForgeVectorEnv for ``gymnasium.make_vec``.

    Args:
        num_envs: number of rows: a multiple of max_agents. 1 with ``realms`` given: any.
        config: settings of the world, or the name of a preset.
        realms: W, instead of num_envs.
        settings: values to change in config.
        max_episode_steps: refused: ``horizon`` truncates all rows at once.
        options: other arguments of ForgeVectorEnv.

    Raises:
        ValueError: if num_envs is no whole number of realms, or contradicts realms; and for
            max_episode_steps.
    """
    if max_episode_steps is not None:
        raise ValueError(
            f"max_episode_steps is of environments that end one by one; here horizon="
            f"{shown(max_episode_steps)} truncates all rows after so many ticks"
        )
    if settings is not None and not isinstance(settings, Mapping):
        raise ConfigError(f"settings are a dict of values by name, not {shown(settings)}")
    chosen = world(config).replace(**(settings or {}))
    E = chosen.max_agents
    if realms is None:
        if not is_whole(num_envs) or num_envs < 1 or num_envs % E:
            raise ValueError(
                f"num_envs counts agent slots: a multiple of max_agents ({E}), not "
                f"{shown(num_envs)}; realms=… gives the number of realms instead"
            )
        realms = num_envs // E
    elif num_envs not in (1, whole("realms", realms, 1) * E):
        raise ValueError(
            f"{realms} realms have {realms * E} agent slots: num_envs is {shown(num_envs)}"
        )
    return ForgeVectorEnv(chosen, realms, **options)


def make_one(**_: Any) -> NoReturn:
    """Refuse ``gymnasium.make``: a single slot is no environment.

    Raises:
        gymnasium.error.Error: always; names the function to call.
    """
    raise gymnasium.error.Error(
        "the slots of a realm act at once, as rows: use gymnasium.make_vec(id, realms=1)"
    )


def _register() -> None:
    for kind in ("Law", "Chaos", "Saga"):
        for agents in (*PRESET_AGENTS, LARGE_AGENTS) if kind == "Saga" else PRESET_AGENTS:
            name = f"Forge/{kind}{agents}-v0"
            if name not in gymnasium.registry:
                gymnasium.register(
                    name,
                    entry_point="forge.adaptors.gymnasium:make_one",
                    vector_entry_point="forge.adaptors.gymnasium:make",
                    kwargs={"config": f"{kind}{agents}".lower()},
                )


_register()
