"""Apply the linear layers of many populations to few samples each.

If a population has some dozens of samples, a call of a general library costs more than the
products in it. Here a single call serves all populations.

Shape letters: n samples of one pass, P populations, I inputs, O outputs.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.jit import disjoint, lean
from forge.ethyr.rows import add_product, copy

Array = NDArray[Any]

TOGETHER = 4  # samples, and inputs, that are processed at once
WHOLE = -TOGETHER


def grouped_linear(x: Array, weight: Array, bias: Array, bounds: list[int]) -> Array:
    """Apply to each sample the linear layer of its population: x @ W + b.

    Args:
        x: (n, I), sorted by population.
        weight: (P, I, O).
        bias: (P, O).
        bounds: P + 1 numbers; samples bounds[p] … bounds[p + 1] − 1 are p's.

    Returns:
        (n, O).

    Raises:
        ValueError: if the shapes do not fit together.
    """
    P, I, O = weight.shape  # noqa: E741 – shape letters
    if x.shape != (bounds[-1], I) or bias.shape != (P, O) or len(bounds) != P + 1:
        raise ValueError(
            f"x {x.shape}, weight {weight.shape}, bias {bias.shape} and bounds {bounds} "
            "do not fit together"
        )
    out = np.empty((len(x), O), x.dtype)
    _grouped_linear(x, weight, bias, np.array(bounds), out)
    return out


@lean
def _grouped_linear(x: Array, weight: Array, bias: Array, bounds: Array, out: Array) -> None:
    """Apply the layers, four samples at a time. Modifies out in place."""
    inputs = x.shape[1]
    for p in range(len(weight)):
        low, high = bounds[p], bounds[p + 1]
        whole = low + ((high - low) & WHOLE)
        for k in range(low, high):
            copy(bias[p], out[k])
        for k in range(low, whole, TOGETHER):
            outs = out[k], out[k + 1], out[k + 2], out[k + 3]
            _add_four(x[k], x[k + 1], x[k + 2], x[k + 3], weight[p], *outs)
        if inputs & WHOLE != inputs:
            for k in range(low, whole):
                add_product(x[k], weight[p], inputs & WHOLE, out[k])
        for k in range(whole, high):
            add_product(x[k], weight[p], 0, out[k])


@disjoint
def _add_four(
    x: Array,
    y: Array,
    z: Array,
    u: Array,
    weight: Array,
    x_out: Array,
    y_out: Array,
    z_out: Array,
    u_out: Array,
) -> None:
    """Add x @ W of four samples, over whole groups of four inputs. Modifies the outs in place.

    Each weight read then serves four samples, and each sum written serves four inputs.
    """
    for j in range(0, len(x) & WHOLE, TOGETHER):
        w0, w1, w2, w3 = weight[j], weight[j + 1], weight[j + 2], weight[j + 3]
        x0, x1, x2, x3 = x[j], x[j + 1], x[j + 2], x[j + 3]
        y0, y1, y2, y3 = y[j], y[j + 1], y[j + 2], y[j + 3]
        z0, z1, z2, z3 = z[j], z[j + 1], z[j + 2], z[j + 3]
        u0, u1, u2, u3 = u[j], u[j + 1], u[j + 2], u[j + 3]
        for h in range(len(x_out)):
            a, b, c, d = w0[h], w1[h], w2[h], w3[h]
            x_out[h] += (x0 * a + x1 * b) + (x2 * c + x3 * d)
            y_out[h] += (y0 * a + y1 * b) + (y2 * c + y3 * d)
            z_out[h] += (z0 * a + z1 * b) + (z2 * c + z3 * d)
            u_out[h] += (u0 * a + u1 * b) + (u2 * c + u3 * d)
