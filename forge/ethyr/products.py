"""Multiply matrices of many populations with few samples each, for learning.

A general library takes longer to be called than to multiply such small matrices, and each
population needs several calls. Here one call serves all populations.

Every sum of products is taken in order, one fused multiply-add after the other, and sums over
samples are taken as torch takes them (see ``_add_up``). For short sums that is what the usual
libraries do, so that the result does not depend on who computes it, except for odd sizes.

Shape letters: n samples of one pass, P populations, I inputs, O outputs.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.jit import disjoint, inlined, lean
from forge.ethyr.rows import add, add_product, clear

Array = NDArray[Any]

TOGETHER = 4  # rows, and terms of their sums, that are processed at once
WHOLE = -TOGETHER
LANES = 8  # numbers that torch sums at once, if a row has as many
COLUMNS = 4 * LANES  # columns that it then sums together
RUN = 16  # numbers that torch sums before it adds their sum to that of the other runs
MOST = 128  # samples of a population; with more, general libraries are as fast


def serves(samples: int) -> bool:
    """Tell whether the kernels compute a population with this number of samples.

    General libraries have another order of summation for a single sample.
    """
    return 1 < samples <= MOST


_serves = inlined(serves)


def forward(x: Array, weight: Array, bias: Array, bounds: list[int], out: Array) -> None:
    """Set out to x @ W + b, for each population that is served. Modifies out in place.

    Args:
        x: (n, I), sorted by population.
        weight: (P, I, O).
        bias: (P, O).
        bounds: P + 1 numbers; samples bounds[p] … bounds[p + 1] − 1 are p's.
        out: (n, O).
    """
    _forward(x, weight, bias, np.array(bounds), out)


def backward(
    x: Array,
    weight: Array,
    upstream: Array,
    bounds: list[int],
    by_x: Array,
    by_weight: Array,
    by_bias: Array,
) -> None:
    """Find the gradients of x @ W + b, for each population that is served.

    Modifies by_x, by_weight and by_bias in place.

    Args:
        x: (n, I), sorted by population.
        weight: (P, I, O).
        upstream: (n, O), gradient of the loss by the result.
        bounds: P + 1 numbers; samples bounds[p] … bounds[p + 1] − 1 are p's.
        by_x: (n, I), set to the gradient by x.
        by_weight: (P, I, O), set to the gradient by the weights.
        by_bias: (P, O), set to the gradient by the bias.
    """
    across = np.ascontiguousarray(weight.transpose(0, 2, 1))
    part = np.empty(weight.shape[2], weight.dtype)
    _backward(x, across, np.array(bounds), upstream, by_x, by_weight, by_bias, part)


@lean
def _forward(x: Array, weight: Array, bias: Array, bounds: Array, out: Array) -> None:
    """Apply the layers of all populations served. Modifies out in place."""
    for p in range(len(weight)):
        low, high = bounds[p], bounds[p + 1]
        if _serves(high - low):
            _multiply(x[low:high], weight[p], out[low:high])
            for k in range(low, high):
                add(bias[p], out[k])


@lean
def _backward(
    x: Array,
    across: Array,
    bounds: Array,
    upstream: Array,
    by_x: Array,
    by_weight: Array,
    by_bias: Array,
    part: Array,
) -> None:
    """Find the gradients of all populations served. Modifies the last four arrays in place.

    Args:
        x: (n, I).
        across: (P, O, I), the weights.
        bounds: P + 1 numbers.
        upstream: (n, O).
        by_x: (n, I).
        by_weight: (P, I, O).
        by_bias: (P, O).
        part: (O,), working space.
    """
    for p in range(len(across)):
        low, high = bounds[p], bounds[p + 1]
        if _serves(high - low):
            _add_up(upstream[low:high], by_bias[p], part)
            _multiply(upstream[low:high], across[p], by_x[low:high])
            _multiply(x[low:high].T, upstream[low:high], by_weight[p])


@lean
def _add_up(x: Array, out: Array, part: Array) -> None:
    """Set out to the sum of at most MOST rows of x. Modifies out and the scratch part in place.

    Columns that fill whole groups are summed in runs of rows, and then the runs; each of the rest
    is summed by every fourth row, and then these four sums.
    """
    columns = x.shape[1]
    wide = columns & (-COLUMNS if columns >= LANES else -TOGETHER)
    _add_runs(x[:, :wide], out[:wide], part[:wide])
    for h in range(wide, columns):
        out[h] = _fourfold_sum(x[:, h])


@disjoint
def _add_runs(x: Array, out: Array, part: Array) -> None:
    """Set out to the sum of the rows of x, run by run. Modifies out and part in place."""
    for h in range(len(out)):
        out[h] = 0
        part[h] = 0
    for k in range(len(x)):
        row = x[k]
        for h in range(len(out)):
            part[h] += row[h]
        if k % RUN == RUN - 1:
            for h in range(len(out)):
                out[h] += part[h]
                part[h] = 0
    for h in range(len(out)):
        out[h] = part[h] + out[h]


@inlined
def _fourfold_sum(x: Array) -> Any:
    """Add up the numbers of x: every fourth number in runs, then the four sums."""
    zero, fourth = x[0] - x[0], len(x) // TOGETHER
    total = zero
    for first in range(TOGETHER):
        done, part = zero, zero
        for k in range(fourth):
            part += x[TOGETHER * k + first]
            if k % RUN == RUN - 1:
                done += part
                part = zero
        part += done
        if first == 0:
            for k in range(TOGETHER * fourth, len(x)):
                part += x[k]
            total = part
        else:
            total += part
    return total


@lean
def _multiply(left: Array, right: Array, out: Array) -> None:
    """Set out to left @ right. Modifies out in place."""
    rows, terms = left.shape
    whole = rows & WHOLE
    for k in range(rows):
        clear(out[k])
    for k in range(0, whole, TOGETHER):
        x, y, z, u = left[k], left[k + 1], left[k + 2], left[k + 3]
        _add_four(x, y, z, u, right, out[k], out[k + 1], out[k + 2], out[k + 3])
    for k in range(rows):
        start = terms & WHOLE if k < whole else 0
        add_product(left[k], right, start, out[k])


@disjoint
def _add_four(
    x: Array,
    y: Array,
    z: Array,
    u: Array,
    right: Array,
    x_out: Array,
    y_out: Array,
    z_out: Array,
    u_out: Array,
) -> None:
    """Add four rows times right, over whole groups of four terms. Modifies the outs in place.

    Each number read of ``right`` then serves four rows, and each sum written takes four terms.
    """
    for j in range(0, len(x) & WHOLE, TOGETHER):
        r0, r1, r2, r3 = right[j], right[j + 1], right[j + 2], right[j + 3]
        x0, x1, x2, x3 = x[j], x[j + 1], x[j + 2], x[j + 3]
        y0, y1, y2, y3 = y[j], y[j + 1], y[j + 2], y[j + 3]
        z0, z1, z2, z3 = z[j], z[j + 1], z[j + 2], z[j + 3]
        u0, u1, u2, u3 = u[j], u[j + 1], u[j + 2], u[j + 3]
        for h in range(len(x_out)):
            a, b, c, d = r0[h], r1[h], r2[h], r3[h]
            x_out[h] = (((x_out[h] + x0 * a) + x1 * b) + x2 * c) + x3 * d
            y_out[h] = (((y_out[h] + y0 * a) + y1 * b) + y2 * c) + y3 * d
            z_out[h] = (((z_out[h] + z0 * a) + z1 * b) + z2 * c) + z3 * d
            u_out[h] = (((u_out[h] + u0 * a) + u1 * b) + u2 * c) + u3 * d
