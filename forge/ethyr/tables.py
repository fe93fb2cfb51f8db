"""Hold the encoder's weights in arrays that its kernels can process in whole steps.

Shape letters: P populations, C cells of the crop, H hidden, F features of a row.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade import aligned
from forge.blade.jit import disjoint
from forge.blade.observation import NUM_FEATURES
from forge.blade.tiles import NUM_TILES
from forge.ethyr.layout import Layout

Array = NDArray[Any]

LANES = 16  # numbers processed in one step; the encoder's arrays have room for whole steps
WHOLE = -LANES  # n & WHOLE is n for these arrays, and shows the compiler that nothing is left over


class Encoder(NamedTuple):
    """Weights of all populations, or their gradients; H is rounded up to whole steps here."""

    tile: Array  # (P, C, 6, H): one row per cell and kind
    tile_bias: Array  # (P, H)
    crowd: Array  # (P, C, H)
    own: Array  # (P, F, H)
    own_bias: Array  # (P, H)
    others: Array  # (P, F, H); as a gradient (P, H, F)
    others_bias: Array  # (P, H)


def allocate(populations: int, window: int, hidden: int, dtype: Any = np.float32) -> Encoder:
    """Allocate weights of zeros."""
    return Encoder(*(aligned.zeros(shape, dtype) for shape in shapes(populations, window, hidden)))


def shapes(populations: int, window: int, hidden: int) -> list[tuple[int, ...]]:
    """List the shape of each array of Encoder."""
    P, H, cells = populations, rounded(hidden), window * window
    larger = {
        "tile": (P, cells, NUM_TILES, H),
        "crowd": (P, cells, H),
        "own": (P, NUM_FEATURES, H),
        "others": (P, NUM_FEATURES, H),
    }
    return [larger.get(name, (P, H)) for name in Encoder._fields]


def num_bytes(layout: Layout, populations: int) -> int:
    """Count the bytes that Weights of float32 take (see forge.ethyr.torch.layers).

    These are named weights, their gradients, and the matrix in which gradients are collected. If
    the layout has an encoder, its weights and gradients add a second copy in the kernels' arrays.
    """
    total = 3 * populations * layout.size
    if has_encoder(layout):
        cells, _, hidden = layout.shapes["tile"]
        total += 2 * sum(map(math.prod, shapes(populations, math.isqrt(cells), hidden)))
    return total * np.dtype(np.float32).itemsize


def has_encoder(layout: Layout) -> bool:
    """Tell whether a layout has all arrays of the encoder."""
    return set(Encoder._fields) <= set(layout.shapes)


def allocate_gradients(weights: Encoder) -> Encoder:
    """Allocate gradients of zeros for weights."""
    gradients = Encoder(*(aligned.zeros(array.shape, array.dtype) for array in weights))
    P, F, H = weights.others.shape
    return gradients._replace(others=aligned.zeros((P, H, F), weights.others.dtype))


def rounded(hidden: int) -> int:
    """Round a number of hidden units up to whole steps."""
    return -(-hidden // LANES) * LANES


def load(encoder: Encoder, weights: dict[str, Array]) -> None:
    """Copy named weights into the encoder's arrays. Modifies encoder in place.

    Args:
        encoder: the arrays to fill.
        weights: arrays by the names of Encoder's fields, with the same shapes, but H not rounded.
    """
    for name in Encoder._fields:
        getattr(encoder, name)[..., : weights[name].shape[-1]] = weights[name]


def unload(gradients: Encoder, into: dict[str, Array]) -> None:
    """Add gradients to named gradients, and set them to 0. Modifies both in place.

    Args:
        gradients: the encoder's gradients, 0 afterwards.
        into: gradients by the names of Encoder's fields, shaped as for ``load``.
    """
    H = into["tile"].shape[-1]
    for name in Encoder._fields:
        gradient = getattr(gradients, name)
        if name == "others":
            gradient = gradient.transpose(0, 2, 1)
        into[name] += gradient[..., :H]
    for array in gradients:
        array[...] = 0


@disjoint
def add(total: Array, x: Array) -> None:
    """Add x to total. Modifies total in place."""
    for h in range(len(total) & WHOLE):
        total[h] += x[h]


@disjoint
def copy(x: Array, out: Array) -> None:
    """Copy x to out, up to the shorter length. Modifies out in place."""
    for h in range(min(len(x), len(out))):
        out[h] = x[h]
