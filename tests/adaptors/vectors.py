"""Small worlds for the tests of the VectorEnv, and random play in them."""

from typing import Any

import pytest

from forge.adaptors.gymnasium import ForgeVectorEnv
from forge.blade import Chaos, Law

LAW = Law(max_agents=6, populations=2, map_size=32)
CHAOS = Chaos(max_agents=12, populations=2, births=12, map_size=24, border=8, immunity=0)
SAGA = CHAOS.replace(npcs=12, skills=True, items=True, market=True, quests="standard")
CONFIGS = pytest.mark.parametrize("config", [LAW, CHAOS, SAGA], ids=["law", "chaos", "saga"])


def played(config: Any, ticks: int, seed: int = 0, **options: Any) -> list[Any]:
    """Play with random actions; list what reset and each step returned."""
    env = ForgeVectorEnv(config, 2, **options)
    env.action_space.seed(seed)
    results: list[Any] = [env.reset(seed=seed)]
    for _ in range(ticks):
        results.append(env.step(env.action_space.sample()))
    return results
