"""The default network of a population: three encoders, a joint layer and heads.

    tiles and crowd ─┐
    own row ─────────┼─ joint ─┬─ value
    others' rows ────┘         ├─ move
                               ├─ style    (with combat)
                               ├─ query    (with combat, unless auto_target)
                               ├─ deal     (with items)
                               ├─ trade, price, a query for receivers (with a market)
                               └─ word     (with words)

The own row comes with the agent's standing in worlds with skills, with its inventory in worlds with
items, with its wealth and the prices in worlds with a market, and with its quest in worlds with
quests. Others' rows come with traits where entities differ in kind, level or style, and with what
they said in worlds with words. A query is compared with each candidate's row and its traits.

Everything up to the joint layer is shared. A Sword with its own network overrides ``parameters``
and ``forward``.
"""

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.observation import NUM_FEATURES, VALUED
from forge.blade.tiles import num_kinds
from forge.config import Config
from forge.ethyr.distribution import num_heads
from forge.ethyr.inputs import Batch
from forge.trinity.trinity import Parameters

if TYPE_CHECKING:
    from torch import Tensor

    from forge.ethyr.torch.layers import Weights

HEADS_SCALE = 0.01  # scale of the heads' initial weights: the first policy is close to uniform


def parameters(config: Config) -> Parameters:
    """Lay out one population's weights: name → (shape, initialiser)."""
    H, K, cells = config.hidden, num_heads(config), config.window**2
    return {
        "tile": ((cells, num_kinds(config), H), one_hot(cells)),
        "tile_bias": ((H,), "zeros"),
        "crowd": ((cells, H), one_hot(cells)),
        "own": ((NUM_FEATURES, H), "linear"),
        "own_bias": ((H,), "zeros"),
        "others": ((NUM_FEATURES, H), "linear"),
        "others_bias": ((H,), "zeros"),
        **{
            name: ((seen.num_values, H), one_hot(len(seen.values)))
            for name, seen in VALUED.items()
            if seen.is_in(config)
        },
        "joint": ((3 * H, H), "linear"),
        "joint_bias": ((H,), "zeros"),
        "heads": ((H, K), small),
        "heads_bias": ((K,), "zeros"),
    }


def one_hot(rows: int) -> Any:
    """Initialise a table of which so many rows are summed: uniform in ±1/√rows."""

    def initialise(rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[Any]:
        return rng.uniform(-1, 1, shape) / math.sqrt(rows)

    return initialise


def small(rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[Any]:
    """Initialise heads close to 0."""
    return HEADS_SCALE * rng.standard_normal(shape)


def forward(weights: "Weights", batch: Batch) -> "Tensor":
    """Run the networks of all populations.

    Args:
        weights: the weights of all populations.
        batch: samples, sorted by population.

    Returns:
        (n, K): value, logits and query; see forge.ethyr.distribution.
    """
    return heads(weights, joint(weights, batch), batch.bounds)


def joint(weights: "Weights", batch: Batch) -> "Tensor":
    """Run the networks up to the joint layer: (n, H)."""
    from forge.ethyr.torch.layers import encode, grouped_linear  # late, as it imports torch

    features = encode(weights, batch)  # [n, 3 H]
    w = weights
    return grouped_linear(features, w["joint"], w["joint_bias"], batch.bounds, rectify=True)


def heads(weights: "Weights", joint: "Tensor", bounds: list[int]) -> "Tensor":
    """Run the heads on the joint layer: (n, H) → (n, K)."""
    from forge.ethyr.torch.layers import grouped_linear

    return grouped_linear(joint, weights["heads"], weights["heads_bias"], bounds)
