"""Build the observation and action spaces of an agent, as gymnasium spaces with finite bounds.

Shape letters: K others kept, w side of the crop.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.adaptors import missing

try:
    from gymnasium import spaces
except ImportError as error:
    raise missing("gymnasium", "gymnasium") from error

from forge.adaptors.columns import MOST_AGE, Columns
from forge.adaptors.masks import part_sizes
from forge.blade.features import AGE, NUM_FEATURES, bounds
from forge.blade.observation import PLANES, Seen
from forge.blade.records import AGENT
from forge.blade.slots import MOST_CROWD, of_systems
from forge.blade.tiles import NUM_STYLES
from forge.blade.trades import NUM_WAYS
from forge.config import Config

Array = NDArray[Any]

OLDEST = int(np.iinfo(AGENT["age"]).max)  # largest age that can be counted [ticks]


def feature_bounds(config: Config, horizon: int | None = None) -> tuple[Array, Array]:
    """Bound the features of agents in a realm's first ticks; the 0 of empty rows is within.

    Args:
        config: settings of the world.
        horizon: ticks since the realm was empty, so that nobody is older. None: the world has no
            end, and only the integer type of ages bounds them.

    Returns:
        float32 (features,) twice: the least and the largest value of each.
    """
    return bounds(config, OLDEST if horizon is None else horizon)


def observation_space(config: Config, nearest: int, horizon: int) -> spaces.Dict:
    """Build the space of one agent's observation.

    Args:
        config: settings of the world.
        nearest: K, number of observed others.
        horizon: ticks since the realm was empty.

    Returns:
        The arrays by agent that forge.adaptors.parts lists.
    """
    parts = _seen(config, nearest, horizon)
    parts["population"] = spaces.Discrete(config.populations)
    sizes = part_sizes(config, nearest)
    if len(sizes) > 1:
        parts["action_mask"] = spaces.Tuple([spaces.MultiBinary(size) for size in sizes])
    return spaces.Dict(parts)


def row_space(config: Config, nearest: int, horizon: int | None = None) -> spaces.Dict:
    """Build the space of a row's observation, whether or not an agent lives in the row.

    Args:
        config: settings of the world.
        nearest: K, number of observed others.
        horizon: ticks since the realm was empty; None: the world has no end.

    Returns:
        The arrays by slot that forge.adaptors.parts lists: as ``observation_space``, with ``alive``
        and no ``population``, and ``action_mask`` in one piece.
    """
    parts = _seen(config, nearest, horizon)
    parts["alive"] = spaces.Discrete(2, dtype=np.int8)
    return spaces.Dict(parts)


def flat_space(columns: Columns, config: Config, horizon: int | None = None) -> spaces.Box:
    """Build the space of a flat row, whether or not an agent lives in it.

    Args:
        columns: the layout of the row.
        config: settings of the world.
        horizon: ticks since the realm was empty; None: the world has no end.
    """
    least, most = feature_bounds(config, horizon)
    most[AGE] = min(most[AGE], MOST_AGE)
    low, high = np.zeros(columns.width, np.float32), np.ones(columns.width, np.float32)
    for name in ("own", "others"):
        block = columns.slices[name]
        rows = (block.stop - block.start) // NUM_FEATURES
        low[block], high[block] = np.tile(least, rows), np.tile(most, rows)
    return spaces.Box(low, high)


def _seen(config: Config, nearest: int, horizon: int | None) -> dict[str, spaces.Space[Any]]:
    """Build the fields common to both observations; ``action_mask`` is in one piece."""
    crop, K = (config.window, config.window), nearest
    low, high = feature_bounds(config, horizon)
    parts: dict[str, spaces.Space[Any]] = {
        **{
            name: spaces.Box(0, (plane.kinds_in(config) or MOST_CROWD + 1) - 1, crop, np.uint8)
            for name, plane in PLANES.items()
        },
        "own": spaces.Box(low, high),
        "others": spaces.Box(np.tile(low, (K, 1)), np.tile(high, (K, 1))),
        "others_mask": spaces.MultiBinary(K),
        "action_mask": spaces.MultiBinary(sum(part_sizes(config, nearest))),
    }
    if config.combat:
        parts["can_attack"] = spaces.MultiBinary((K, NUM_STYLES))
    if config.market:
        parts["can_receive"] = spaces.MultiBinary((K, NUM_WAYS))
    parts |= {name: _of_system(seen, K) for name, seen in of_systems(config).items()}
    return parts


def _of_system(seen: Seen, nearest: int) -> spaces.Space[Any]:
    """Build the space of an array of numbers, or of a valued array; of rows it has K of them."""
    if not seen.values:
        return spaces.Box(0, np.iinfo(seen.dtype).max, seen.shape, seen.dtype)
    sizes = np.array(list(seen.values.values())).reshape(seen.shape)
    return spaces.MultiDiscrete(np.tile(sizes, (nearest, 1)) if seen.by_row else sizes, seen.dtype)


def action_space(config: Config, nearest: int) -> spaces.Space[Any]:
    """Build the space of an action: a move, or a number for each choice of the world."""
    sizes = part_sizes(config, nearest)
    return spaces.MultiDiscrete(list(sizes)) if len(sizes) > 1 else spaces.Discrete(sizes[0])
