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

from forge.blade import aligned
from forge.blade.jit import disjoint, lean
from forge.blade.memory import prefetch
from forge.blade.observation import NUM_FEATURES
from forge.ethyr.inputs import Batch, Inputs
from forge.ethyr.tables import LANES, WHOLE, Encoder, add, copy

Array = NDArray[Any]


class Features(NamedTuple):
    """What the encoder makes of n samples, in the order of the pass."""

    values: Array  # (n, 3 H): tile, own, others
    winner: Array  # int32 (n, H): the row that gave the maximum, 1, 2 …; 0: none, it is 0


def forward(encoder: Encoder, batch: Batch, hidden: int) -> Features:
    """Encode samples.

    Args:
        encoder: the weights.
        batch: which samples, in which order.
        hidden: H, as it was before it was rounded.

    Returns:
        The features of the samples, in the order of the pass.
    """
    n, rounded_up = len(batch.order), encoder.own.shape[2]
    features = Features(
        aligned.empty((n, 3 * hidden), encoder.own.dtype), np.empty((n, hidden), np.int32)
    )
    scratch = aligned.empty(rounded_up, encoder.own.dtype), aligned.empty(rounded_up, np.int32)
    _forward(encoder, batch.inputs, batch.order, batch.population, features, *scratch)
    return features


def backward(gradients: Encoder, batch: Batch, features: Features, upstream: Array) -> None:
    """Add the gradient of the weights. Modifies gradients in place.

    Args:
        gradients: to which is added.
        batch: as given to ``forward``.
        features: what ``forward`` returned.
        upstream: (n, 3 H), gradient of the loss by the features.
    """
    scratch = aligned.zeros(gradients.own.shape[2], gradients.own.dtype)
    _backward(gradients, batch.inputs, batch.order, batch.population, features, upstream, scratch)


@lean
def _forward(
    encoder: Encoder,
    inputs: Inputs,
    order: Array,
    population: Array,
    features: Features,
    total: Array,
    winner: Array,
) -> None:
    """Modifies features, and the scratch total and winner, in place."""
    H = features.winner.shape[1]
    for k in range(len(order)):
        i = order[k]
        p = population[i]
        low, high = inputs.offsets[i], inputs.offsets[i + 1]
        values = features.values[k]
        if k + 1 < len(order):
            _prefetch_tiles(encoder.tile, population[order[k + 1]], inputs.codes[order[k + 1]])
        _sum_tiles(encoder.tile[p], encoder.tile_bias[p], inputs.codes[i], total)
        for row in range(low, high):
            add(total, encoder.crowd[p, inputs.cell[row]])
        _rectify(total, values[:H])
        _linear(encoder.own[p], encoder.own_bias[p], inputs.others[low], total)
        _rectify(total, values[H : 2 * H])
        total[:] = 0
        winner[:] = 0
        for row in range(low + 1, high - 1, 2):
            x, y = inputs.others[row], inputs.others[row + 1]
            _largest(encoder.others[p], encoder.others_bias[p], x, y, row - low, total, winner)
        if (high - low) % 2 == 0:  # one is left over
            x = inputs.others[high - 1]
            _largest(encoder.others[p], encoder.others_bias[p], x, x, high - 1 - low, total, winner)
        _rectify(total, values[2 * H :])
        copy(winner, features.winner[k])


@lean
def _prefetch_tiles(table: Array, p: int, codes: Array) -> None:
    """Ask for the rows that one sample needs: tables are larger than the nearer caches."""
    J, C, H = table.shape[1], table.shape[2], table.shape[3]
    for j in range(J):
        row = ((p * J + j) * C + np.int64(codes[j])) * H
        for h in range(0, H, LANES):
            prefetch(table, row + h)


@disjoint
def _sum_tiles(table: Array, bias: Array, codes: Array, out: Array) -> None:
    """Modifies out in place. Five rows at a time: out is a detour through memory."""
    J, lanes = len(codes), len(out) & WHOLE
    for h in range(lanes):
        out[h] = bias[h]
    for j in range(0, J - J % 5, 5):
        a, b, c = table[j, codes[j]], table[j + 1, codes[j + 1]], table[j + 2, codes[j + 2]]
        d, e = table[j + 3, codes[j + 3]], table[j + 4, codes[j + 4]]
        for h in range(lanes):
            out[h] += (a[h] + b[h]) + (c[h] + d[h]) + e[h]
    for j in range(J - J % 5, J):
        a = table[j, codes[j]]
        for h in range(lanes):
            out[h] += a[h]


@disjoint
def _rectify(x: Array, out: Array) -> None:
    """Modifies out, which may be shorter than x, in place."""
    for h in range(len(out)):
        out[h] = x[h] if x[h] > 0 else 0


@disjoint
def _linear(weights: Array, bias: Array, x: Array, out: Array) -> None:
    """Modifies out in place. Written out by feature, so that out is written once."""
    w0, w1, w2, w3, w4, w5 = weights[0], weights[1], weights[2], weights[3], weights[4], weights[5]
    w6, w7, w8, w9, w10 = weights[6], weights[7], weights[8], weights[9], weights[10]
    x0, x1, x2, x3, x4, x5 = x[0], x[1], x[2], x[3], x[4], x[5]
    x6, x7, x8, x9, x10 = x[6], x[7], x[8], x[9], x[10]
    for h in range(len(out) & WHOLE):
        a = bias[h] + x0 * w0[h] + x1 * w1[h] + x2 * w2[h] + x3 * w3[h] + x4 * w4[h]
        b = x5 * w5[h] + x6 * w6[h] + x7 * w7[h] + x8 * w8[h] + x9 * w9[h] + x10 * w10[h]
        out[h] = a + b


@disjoint
def _largest(
    weights: Array, bias: Array, x: Array, y: Array, row: int, largest: Array, winner: Array
) -> None:
    """Compare two rows with the largest so far. Modifies largest and winner in place.

    Two at a time, so that the weights are read half as often; of equal ones the first wins.

    Args:
        weights: (F, H), of the linear layer.
        bias: (H,), likewise.
        x: (F,), one row.
        y: (F,), the next row.
        row: number of x.
        largest: (H,), the largest so far.
        winner: int32 (H,), whose it is.
    """
    w0, w1, w2, w3, w4, w5 = weights[0], weights[1], weights[2], weights[3], weights[4], weights[5]
    w6, w7, w8, w9, w10 = weights[6], weights[7], weights[8], weights[9], weights[10]
    x0, x1, x2, x3, x4, x5 = x[0], x[1], x[2], x[3], x[4], x[5]
    x6, x7, x8, x9, x10 = x[6], x[7], x[8], x[9], x[10]
    y0, y1, y2, y3, y4, y5 = y[0], y[1], y[2], y[3], y[4], y[5]
    y6, y7, y8, y9, y10 = y[6], y[7], y[8], y[9], y[10]
    for h in range(len(largest) & WHOLE):
        a = bias[h] + x0 * w0[h] + x1 * w1[h] + x2 * w2[h] + x3 * w3[h] + x4 * w4[h]
        b = x5 * w5[h] + x6 * w6[h] + x7 * w7[h] + x8 * w8[h] + x9 * w9[h] + x10 * w10[h]
        c = bias[h] + y0 * w0[h] + y1 * w1[h] + y2 * w2[h] + y3 * w3[h] + y4 * w4[h]
        d = y5 * w5[h] + y6 * w6[h] + y7 * w7[h] + y8 * w8[h] + y9 * w9[h] + y10 * w10[h]
        first, second = a + b, c + d
        better = second if second > first else first
        which = np.int32(row + 1) if second > first else np.int32(row)
        winner[h] = which if better > largest[h] else winner[h]
        largest[h] = better if better > largest[h] else largest[h]


@lean
def _backward(
    gradients: Encoder,
    inputs: Inputs,
    order: Array,
    population: Array,
    features: Features,
    upstream: Array,
    gradient: Array,
) -> None:
    """Modifies gradients, and the scratch gradient, in place."""
    H = features.winner.shape[1]
    for k in range(len(order)):
        i = order[k]
        p = population[i]
        low, high = inputs.offsets[i], inputs.offsets[i + 1]
        values, up = features.values[k], upstream[k]
        if k + 1 < len(order):
            _prefetch_tiles(gradients.tile, population[order[k + 1]], inputs.codes[order[k + 1]])
        _through_relu(values[:H], up[:H], gradient)
        add(gradients.tile_bias[p], gradient)
        for j in range(inputs.codes.shape[1]):
            add(gradients.tile[p, j, inputs.codes[i, j]], gradient)
        for row in range(low, high):
            add(gradients.crowd[p, inputs.cell[row]], gradient)
        _through_relu(values[H : 2 * H], up[H : 2 * H], gradient)
        add(gradients.own_bias[p], gradient)
        for f in range(NUM_FEATURES):
            _add_product(gradients.own[p, f], inputs.others[low, f], gradient)
        _through_relu(values[2 * H :], up[2 * H :], gradient)
        add(gradients.others_bias[p], gradient)
        rows = inputs.others[low:high]
        _add_winners(gradients.others[p], rows, features.winner[k], gradient)


@disjoint
def _through_relu(values: Array, upstream: Array, out: Array) -> None:
    """Modifies out, which may be longer than the others, in place."""
    for h in range(len(values)):
        out[h] = upstream[h] if values[h] > 0 else 0


@disjoint
def _add_product(total: Array, factor: float, x: Array) -> None:
    """Modifies total in place."""
    for h in range(len(total) & WHOLE):
        total[h] += factor * x[h]


@disjoint
def _add_winners(weights: Array, rows: Array, winner: Array, gradient: Array) -> None:
    """Modifies weights, (H, F), in place."""
    for h in range(len(winner)):
        x, up, by_hidden = rows[winner[h]], gradient[h], weights[h]
        for f in range(NUM_FEATURES):
            by_hidden[f] += x[f] * up
