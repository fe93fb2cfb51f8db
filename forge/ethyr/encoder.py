"""Encode observations: the first layer of the network and its gradient, as compiled kernels.

The tiles seen enter through one table row per place and kind, which are summed: that is an
embedding followed by a linear layer, at a fraction of the cost. Tables are expanded so that one
row stands for three tiles (see Inputs): a third of the additions, forward and backward.

    tile   = relu(b + Σ_places table[place, kind] + Σ_rows crowd[cell of the row])
    own    = relu(b + own row @ W)
    others = max(0, max over rows of others of (b + row @ W)); 0 if there are none

Shape letters: N samples, n samples of one pass, P populations, J codes, C cells of the crop,
H hidden, F features of a row. All works in float32 or float64 (the type of the weights).
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade.jit import inlined, lean
from forge.blade.observation import NUM_FEATURES
from forge.blade.tiles import NUM_TILES
from forge.ethyr.inputs import BAND, NUM_CODES, Batch, Inputs, bands

Array = NDArray[Any]


class Encoder(NamedTuple):
    """Weights of all populations, or gradients of them."""

    tile: Array  # (P, J, 216, H): one row per code
    tile_bias: Array  # (P, H)
    crowd: Array  # (P, C, H)
    own: Array  # (P, F, H)
    own_bias: Array  # (P, H)
    others: Array  # (P, F, H)
    others_bias: Array  # (P, H)


class Features(NamedTuple):
    """What the encoder makes of n samples, in the order of the pass."""

    values: Array  # (n, 3 H): tile, own, others
    winner: Array  # int32 (n, H): the row that gave the maximum, 1, 2 …; 0: none, it is 0


def allocate(populations: int, window: int, hidden: int, dtype: Any = np.float32) -> Encoder:
    """Allocate an encoder full of zeros."""
    P, H, cells = populations, hidden, window * window
    shapes = {
        "tile": (P, bands(window) * window, NUM_CODES, H),
        "crowd": (P, cells, H),
        "own": (P, NUM_FEATURES, H),
        "others": (P, NUM_FEATURES, H),
    }
    return Encoder(*(np.zeros(shapes.get(name, (P, H)), dtype) for name in Encoder._fields))


def load(encoder: Encoder, weights: dict[str, Array]) -> None:
    """Copy named weights, expanding the table of tiles. Modifies encoder in place.

    Args:
        encoder: to be filled.
        weights: by the names of Encoder's fields; tile is (P, C, 6, H), the others are as there.
    """
    for name in Encoder._fields[1:]:
        getattr(encoder, name)[...] = weights[name]
    _expand(np.ascontiguousarray(weights["tile"]), encoder.tile)


def unload(gradients: Encoder, into: dict[str, Array]) -> None:
    """Add gradients to named ones, folding the table of tiles. Modifies into in place.

    Args:
        gradients: of the expanded weights.
        into: by the names of Encoder's fields, shaped as for ``load``.
    """
    for name in Encoder._fields[1:]:
        into[name] += getattr(gradients, name)
    folded = np.zeros(into["tile"].shape, into["tile"].dtype)
    _fold(gradients.tile, folded)
    into["tile"] += folded


@lean
def _expand(table: Array, tile: Array) -> None:
    """Sum the three tiles of each code. Modifies tile in place."""
    P, J, _, H = tile.shape
    cells = table.shape[1]
    window = int(np.sqrt(cells))
    for p in range(P):
        for j in range(J):
            first = BAND * (j // window) * window + j % window
            for code in range(NUM_CODES):
                row = tile[p, j, code]
                north = table[p, first, code // (NUM_TILES * NUM_TILES)]
                for h in range(H):
                    row[h] = north[h]
                for k in range(1, BAND):
                    if first + k * window < cells:
                        kind = code // NUM_TILES % NUM_TILES if k == 1 else code % NUM_TILES
                        part = table[p, first + k * window, kind]
                        for h in range(H):
                            row[h] += part[h]


@lean
def _fold(tile: Array, table: Array) -> None:
    """Share the gradient of each code out to its three tiles. Modifies table in place."""
    P, J, _, H = tile.shape
    cells = table.shape[1]
    window = int(np.sqrt(cells))
    for p in range(P):
        for j in range(J):
            first = BAND * (j // window) * window + j % window
            for code in range(NUM_CODES):
                row = tile[p, j, code]
                for k in range(BAND):
                    if first + k * window < cells:
                        kind = code // NUM_TILES ** (BAND - 1 - k) % NUM_TILES
                        part = table[p, first + k * window, kind]
                        for h in range(H):
                            part[h] += row[h]


def forward(encoder: Encoder, batch: Batch) -> Features:
    """Encode samples.

    Args:
        encoder: the weights.
        batch: which samples, in which order.

    Returns:
        The features of the samples, in the order of the pass.
    """
    n, H, dtype = len(batch.order), encoder.own.shape[2], encoder.own.dtype
    features = Features(np.empty((n, 3 * H), dtype), np.empty((n, H), np.int32))
    scratch = np.empty(H, dtype)
    _forward(encoder, batch.inputs, batch.order, batch.population, features, scratch)
    return features


def backward(encoder: Encoder, batch: Batch, features: Features, upstream: Array) -> None:
    """Add the gradient of the weights. Modifies encoder in place.

    Args:
        encoder: gradients, to which is added.
        batch: as given to ``forward``.
        features: what ``forward`` returned.
        upstream: (n, 3 H), gradient of the loss by the features.
    """
    scratch = np.empty(encoder.own.shape[2], encoder.own.dtype)
    _backward(encoder, batch.inputs, batch.order, batch.population, features, upstream, scratch)


@lean
def _forward(
    encoder: Encoder,
    inputs: Inputs,
    order: Array,
    population: Array,
    features: Features,
    scratch: Array,
) -> None:
    """Modifies features and scratch in place."""
    H = len(scratch)
    for k in range(len(order)):
        i = order[k]
        p = population[i]
        low, high = inputs.offsets[i], inputs.offsets[i + 1]
        values = features.values[k]
        tile, own, others = values[:H], values[H : 2 * H], values[2 * H :]
        _sum_tiles(encoder.tile[p], encoder.tile_bias[p], inputs.codes[i], tile)
        _sum_crowd(encoder.crowd[p], inputs.cell, low, high, tile)
        _rectify(tile)
        _linear(encoder.own[p], encoder.own_bias[p], inputs.others[low], own)
        _rectify(own)
        winner = features.winner[k]
        for h in range(H):
            others[h] = 0
            winner[h] = 0
        for row in range(low + 1, high):
            _linear(encoder.others[p], encoder.others_bias[p], inputs.others[row], scratch)
            _keep_larger(scratch, row - low, others, winner)


@inlined
def _sum_tiles(table: Array, bias: Array, codes: Array, out: Array) -> None:
    """Modifies out in place."""
    J = len(codes)
    for h in range(len(out)):
        out[h] = bias[h]
    whole = J - J % 3
    for j in range(0, whole, 3):  # three rows at a time halve the traffic to out
        a, b, c = table[j, codes[j]], table[j + 1, codes[j + 1]], table[j + 2, codes[j + 2]]
        for h in range(len(out)):
            out[h] += a[h] + b[h] + c[h]
    for j in range(whole, J):
        a = table[j, codes[j]]
        for h in range(len(out)):
            out[h] += a[h]


@inlined
def _sum_crowd(crowd: Array, cell: Array, low: int, high: int, out: Array) -> None:
    """Modifies out in place."""
    for row in range(low, high):
        weights = crowd[cell[row]]
        for h in range(len(out)):
            out[h] += weights[h]


@inlined
def _rectify(x: Array) -> None:
    """Modifies x in place."""
    for h in range(len(x)):
        if x[h] < 0:
            x[h] = 0


@inlined
def _linear(weights: Array, bias: Array, x: Array, out: Array) -> None:
    """Modifies out in place. Written out by feature, so that out is written once."""
    w0, w1, w2, w3, w4, w5 = weights[0], weights[1], weights[2], weights[3], weights[4], weights[5]
    w6, w7, w8, w9, w10 = weights[6], weights[7], weights[8], weights[9], weights[10]
    x0, x1, x2, x3, x4, x5 = x[0], x[1], x[2], x[3], x[4], x[5]
    x6, x7, x8, x9, x10 = x[6], x[7], x[8], x[9], x[10]
    for h in range(len(out)):
        low = bias[h] + x0 * w0[h] + x1 * w1[h] + x2 * w2[h] + x3 * w3[h] + x4 * w4[h]
        high = x5 * w5[h] + x6 * w6[h] + x7 * w7[h] + x8 * w8[h] + x9 * w9[h] + x10 * w10[h]
        out[h] = low + high


@inlined
def _keep_larger(x: Array, row: int, largest: Array, winner: Array) -> None:
    """Modifies largest and winner in place."""
    for h in range(len(x)):
        if x[h] > largest[h]:
            largest[h] = x[h]
            winner[h] = row


@lean
def _backward(
    gradients: Encoder,
    inputs: Inputs,
    order: Array,
    population: Array,
    features: Features,
    upstream: Array,
    scratch: Array,
) -> None:
    """Modifies gradients and scratch in place."""
    H = len(scratch)
    for k in range(len(order)):
        i = order[k]
        p = population[i]
        low, high = inputs.offsets[i], inputs.offsets[i + 1]
        values, up = features.values[k], upstream[k]
        _through_relu(values[:H], up[:H], scratch)
        _add_tiles(gradients.tile[p], gradients.tile_bias[p], inputs.codes[i], scratch)
        _add_crowd(gradients.crowd[p], inputs.cell, low, high, scratch)
        _through_relu(values[H : 2 * H], up[H : 2 * H], scratch)
        _add_outer(gradients.own[p], gradients.own_bias[p], inputs.others[low], scratch)
        _through_relu(values[2 * H :], up[2 * H :], scratch)
        _add_winners(
            gradients.others[p],
            gradients.others_bias[p],
            inputs.others,
            low,
            features.winner[k],
            scratch,
        )


@inlined
def _through_relu(values: Array, upstream: Array, out: Array) -> None:
    """Modifies out in place."""
    for h in range(len(out)):
        out[h] = upstream[h] if values[h] > 0 else 0


@inlined
def _add_tiles(table: Array, bias: Array, codes: Array, gradient: Array) -> None:
    """Modifies table and bias in place."""
    for h in range(len(gradient)):
        bias[h] += gradient[h]
    for j in range(len(codes)):
        row = table[j, codes[j]]
        for h in range(len(gradient)):
            row[h] += gradient[h]


@inlined
def _add_crowd(crowd: Array, cell: Array, low: int, high: int, gradient: Array) -> None:
    """Modifies crowd in place."""
    for row in range(low, high):
        weights = crowd[cell[row]]
        for h in range(len(gradient)):
            weights[h] += gradient[h]


@inlined
def _add_outer(weights: Array, bias: Array, x: Array, gradient: Array) -> None:
    """Modifies weights and bias in place."""
    for h in range(len(gradient)):
        bias[h] += gradient[h]
    for f in range(NUM_FEATURES):
        row, feature = weights[f], x[f]
        for h in range(len(gradient)):
            row[h] += feature * gradient[h]


@inlined
def _add_winners(
    weights: Array, bias: Array, rows: Array, low: int, winner: Array, gradient: Array
) -> None:
    """Modifies weights and bias in place."""
    for h in range(len(gradient)):
        bias[h] += gradient[h]
        x = rows[low + winner[h]]
        for f in range(NUM_FEATURES):
            weights[f, h] += x[f] * gradient[h]
