"""Say what one agent may observe and do, as gymnasium spaces with finite bounds.

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
from forge.blade.config import Config
from forge.blade.features import AGE, NUM_FEATURES, bounds
from forge.blade.observation import PLANES
from forge.blade.slots import MOST_CROWD
from forge.blade.state import AGENT
from forge.blade.tiles import NUM_STYLES

Array = NDArray[Any]

OLDEST = int(np.iinfo(AGENT["age"]).max)  # [ticks]: ages are counted no further


def feature_bounds(config: Config, horizon: int | None = None) -> tuple[Array, Array]:
    """Bound the rows about agents in the first ticks of a realm; 0, an empty row, is inside.

    Args:
        config: settings of the world.
        horizon: ticks since the realm was empty, so that nobody is older. None: it has no end, and
            ages are bounded by nothing but what they are counted in.

    Returns:
        float32 (features,), the least and the most of each.
    """
    return bounds(config, OLDEST if horizon is None else horizon)


def observation_space(config: Config, nearest: int, horizon: int) -> spaces.Dict:
    """Say what one agent observes.

    Args:
        config: settings of the world.
        nearest: K, how many others are observed.
        horizon: ticks since the realm was empty.

    Returns:
        ``tiles`` and ``crowd`` uint8 (w, w); ``own`` float32 (11,); ``others`` float32 (K, 11);
        ``others_mask`` int8 (K,); ``population``; ``action_mask``; with combat ``can_attack``
        int8 (K, 3).
    """
    parts = _seen(config, nearest, horizon)
    parts["population"] = spaces.Discrete(config.populations)
    if config.combat:
        sizes = part_sizes(config, nearest)
        parts["action_mask"] = spaces.Tuple([spaces.MultiBinary(size) for size in sizes])
    return spaces.Dict(parts)


def row_space(config: Config, nearest: int, horizon: int | None = None) -> spaces.Dict:
    """Say what a row observes, whether an agent lives in it or not.

    Args:
        config: settings of the world.
        nearest: K, how many others are observed.
        horizon: ticks since the realm was empty; None: the world has no end.

    Returns:
        As ``observation_space``, with ``alive`` int8 and no ``population``; ``action_mask`` is one
        piece: (5,), with combat (5 + 4 + K + 1,).
    """
    parts = _seen(config, nearest, horizon)
    parts["alive"] = spaces.Discrete(2, dtype=np.int8)
    return spaces.Dict(parts)


def flat_space(columns: Columns, config: Config, horizon: int | None = None) -> spaces.Box:
    """Say what a flat row holds, whether an agent lives in it or not.

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
    """Say what is in observations of both kinds; the parts of ``action_mask`` are in one piece."""
    crop, K = (config.window, config.window), nearest
    low, high = feature_bounds(config, horizon)
    parts: dict[str, spaces.Space[Any]] = {
        **{
            name: spaces.Box(0, plane.kinds - 1 if plane.kinds else MOST_CROWD, crop, np.uint8)
            for name, plane in PLANES.items()
        },
        "own": spaces.Box(low, high),
        "others": spaces.Box(np.tile(low, (K, 1)), np.tile(high, (K, 1))),
        "others_mask": spaces.MultiBinary(K),
        "action_mask": spaces.MultiBinary(sum(part_sizes(config, nearest))),
    }
    if config.combat:
        parts["can_attack"] = spaces.MultiBinary((K, NUM_STYLES))
    return parts


def action_space(config: Config, nearest: int) -> spaces.Space[Any]:
    """Say what one agent does: a move; with combat a move, a style and a target."""
    sizes = part_sizes(config, nearest)
    return spaces.MultiDiscrete(list(sizes)) if config.combat else spaces.Discrete(sizes[0])
