"""Compute linear layers over rows of features, and their gradients, in whole steps.

Shape letters: H hidden, F features of a row.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.jit import disjoint
from forge.blade.observation import NUM_FEATURES
from forge.ethyr.tables import WHOLE

Array = NDArray[Any]

HALF = NUM_FEATURES // 2  # features of a row that are summed separately


@disjoint
def rectify(x: Array, out: Array) -> None:
    """Set out to max(0, x); out may be shorter than x. Modifies out in place."""
    for h in range(len(out)):
        out[h] = x[h] if x[h] > 0 else 0


@disjoint
def set_linear(weights: Array, bias: Array, x: Array, out: Array) -> None:
    """Set out to bias + x @ weights. Modifies out in place.

    Loops over features have a constant length, so that the compiler unrolls them. There are two
    sums, as each addition waits for the last one.
    """
    for h in range(len(out) & WHOLE):
        a, b = bias[h], x[HALF] * weights[HALF, h]
        for f in range(HALF):
            a += x[f] * weights[f, h]
        for f in range(HALF + 1, NUM_FEATURES):
            b += x[f] * weights[f, h]
        out[h] = a + b


@disjoint
def keep_largest(
    weights: Array,
    bias: Array,
    next_bias: Array,
    x: Array,
    y: Array,
    row: int,
    largest: Array,
    winner: Array,
) -> None:
    """Compare two rows with the largest so far. Modifies largest and winner in place.

    Two rows at a time halve the reading of the weights. Of equal rows the first wins.

    Args:
        weights: (F, H), weights of the linear layer.
        bias: (H,), its bias for x, with what the values of x add.
        next_bias: (H,), its bias for y.
        x: (F,), one row.
        y: (F,), the next row.
        row: number of x.
        largest: (H,), the largest values so far.
        winner: int32 (H,), the rows that gave them.
    """
    for h in range(len(largest) & WHOLE):
        a, b = bias[h], x[HALF] * weights[HALF, h]
        c, d = next_bias[h], y[HALF] * weights[HALF, h]
        for f in range(HALF):
            a += x[f] * weights[f, h]
            c += y[f] * weights[f, h]
        for f in range(HALF + 1, NUM_FEATURES):
            b += x[f] * weights[f, h]
            d += y[f] * weights[f, h]
        first, second = a + b, c + d
        better = second if second > first else first
        which = np.int32(row + 1) if second > first else np.int32(row)
        winner[h] = which if better > largest[h] else winner[h]
        largest[h] = better if better > largest[h] else largest[h]


@disjoint
def through_relu(values: Array, upstream: Array, out: Array) -> None:
    """Set out to the upstream gradient where values are positive, else 0. Modifies out in place.

    ``out`` may be longer than the other two.
    """
    for h in range(len(values)):
        out[h] = upstream[h] if values[h] > 0 else 0


@disjoint
def add_winners(rows: Array, winner: Array, gradient: Array, weights: Array) -> None:
    """Add the gradient of each hidden unit by its winner. Modifies weights, (H, F), in place."""
    for h in range(len(winner)):
        x, up, by_hidden = rows[winner[h]], gradient[h], weights[h]
        for f in range(NUM_FEATURES):
            by_hidden[f] += x[f] * up
