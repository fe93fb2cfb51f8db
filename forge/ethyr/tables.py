"""Hold the encoder's weights, with its table of tiles expanded: one row for three tiles.

A code stands for three tiles (see Inputs), so a row per place and code, the sum of three rows of
the table proper, does with a third of the additions, forward and backward. The gradient of a row
goes to each of the three.

Shape letters: P populations, J codes, C cells of the crop, H hidden, F features of a row.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade import aligned
from forge.blade.jit import disjoint, lean
from forge.blade.observation import NUM_FEATURES
from forge.blade.tiles import NUM_TILES
from forge.ethyr.inputs import BAND, NUM_CODES, bands

Array = NDArray[Any]

LANES = 16  # numbers that are worked on at once: the encoder's arrays have room for whole steps
WHOLE = -LANES  # n & WHOLE is n for those, and tells the compiler that nothing is left over


class Encoder(NamedTuple):
    """Weights of all populations, or gradients of them; H is rounded up to whole steps here."""

    tile: Array  # (P, J, 216, H): one row per code
    tile_bias: Array  # (P, H)
    crowd: Array  # (P, C, H)
    own: Array  # (P, F, H)
    own_bias: Array  # (P, H)
    others: Array  # (P, F, H); as a gradient (P, H, F)
    others_bias: Array  # (P, H)


def allocate(populations: int, window: int, hidden: int, dtype: Any = np.float32) -> Encoder:
    """Allocate weights full of zeros."""
    P, H, cells = populations, rounded(hidden), window * window
    shapes = {
        "tile": (P, bands(window) * window, NUM_CODES, H),
        "crowd": (P, cells, H),
        "own": (P, NUM_FEATURES, H),
        "others": (P, NUM_FEATURES, H),
    }
    return Encoder(*(aligned.zeros(shapes.get(name, (P, H)), dtype) for name in Encoder._fields))


def allocate_gradients(weights: Encoder) -> Encoder:
    """Allocate gradients of weights, full of zeros."""
    gradients = Encoder(*(aligned.zeros(array.shape, array.dtype) for array in weights))
    P, F, H = weights.others.shape
    return gradients._replace(others=aligned.zeros((P, H, F), weights.others.dtype))


def rounded(hidden: int) -> int:
    """Round up to whole steps."""
    return -(-hidden // LANES) * LANES


def load(encoder: Encoder, weights: dict[str, Array]) -> None:
    """Copy named weights, expanding the table of tiles. Modifies encoder in place.

    Args:
        encoder: to be filled.
        weights: by the names of Encoder's fields; tile is (P, C, 6, H), the others are as there,
            but H is not rounded.
    """
    for name in Encoder._fields[1:]:
        getattr(encoder, name)[..., : weights[name].shape[-1]] = weights[name]
    # A copy, as an array that is read-only would have a type of its own.
    table = np.array(weights["tile"], encoder.tile.dtype, order="C")
    pair = aligned.zeros(encoder.tile.shape[-1], encoder.tile.dtype)
    _expand(table, math.isqrt(table.shape[1]), encoder.tile, pair)


def unload(gradients: Encoder, into: dict[str, Array]) -> None:
    """Move gradients to named ones, folding the table of tiles. Modifies both in place.

    Args:
        gradients: of the expanded weights; 0 afterwards.
        into: by the names of Encoder's fields, shaped as for ``load``.
    """
    H, dtype = into["tile"].shape[-1], gradients.tile.dtype
    for name in ("tile_bias", "crowd", "own", "own_bias", "others_bias"):
        into[name] += getattr(gradients, name)[..., :H]
    into["others"] += gradients.others[:, :H].transpose(0, 2, 1)
    folded = aligned.zeros((*into["tile"].shape[:-1], gradients.tile.shape[-1]), dtype)
    pair = aligned.zeros(folded.shape[-1], dtype)
    _fold(gradients.tile, math.isqrt(folded.shape[1]), folded, pair)
    into["tile"] += folded[..., :H]
    for array in gradients[1:]:
        array[...] = 0


@lean
def _expand(table: Array, window: int, tile: Array, pair: Array) -> None:
    """Sum the three tiles of each code. Modifies tile and pair in place."""
    P, cells = table.shape[:2]
    for p in range(P):
        for j in range(tile.shape[1]):
            north = BAND * (j // window) * window + j % window
            middle, south = north + window, north + 2 * window
            for first in range(0, NUM_CODES, NUM_TILES):  # of six that share the upper two tiles
                copy(table[p, north, first // (NUM_TILES * NUM_TILES)], pair)
                if middle < cells:
                    add_short(pair, table[p, middle, first // NUM_TILES % NUM_TILES])
                for kind in range(NUM_TILES):
                    copy(pair, tile[p, j, first + kind])
                    if south < cells:
                        add_short(tile[p, j, first + kind], table[p, south, kind])


@lean
def _fold(tile: Array, window: int, table: Array, pair: Array) -> None:
    """Move the gradient of each code to its tiles. Modifies all arrays in place."""
    P, cells = table.shape[:2]
    for p in range(P):
        for j in range(tile.shape[1]):
            north = BAND * (j // window) * window + j % window
            middle, south = north + window, north + 2 * window
            for first in range(0, NUM_CODES, NUM_TILES):  # of six that share the upper two tiles
                pair[:] = 0
                for kind in range(NUM_TILES):
                    row = tile[p, j, first + kind]
                    add(pair, row)
                    if south < cells:
                        add(table[p, south, kind], row)
                    row[:] = 0
                add(table[p, north, first // (NUM_TILES * NUM_TILES)], pair)
                if middle < cells:
                    add(table[p, middle, first // NUM_TILES % NUM_TILES], pair)


@disjoint
def add(total: Array, x: Array) -> None:
    """Modifies total in place."""
    for h in range(len(total) & WHOLE):
        total[h] += x[h]


@disjoint
def add_short(total: Array, x: Array) -> None:
    """Modifies total, which may be longer than x, in place."""
    for h in range(len(x)):
        total[h] += x[h]


@disjoint
def copy(x: Array, out: Array) -> None:
    """Modifies out in place, as far as both go."""
    for h in range(min(len(x), len(out))):
        out[h] = x[h]
