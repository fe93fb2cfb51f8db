"""Encode observations: the first layer of the network and its gradient, as compiled kernels.

Tiles enter through a table with one row per cell and kind; the rows of all cells are summed. That
equals an embedding followed by a linear layer, at a fraction of the cost. Tables are expanded so
that one row stands for three tiles, which takes a third of the additions, forward and backward.

    tile   = relu(b + Σ_cells table[cell, kind] + Σ_rows crowd[cell of the row])
    own    = relu(b + Σ_columns table[column, value] + own row @ W)
    others = max(0, max over rows of others of (b + Σ_columns table[column, value] + row @ W)); 0 if
             there are none

The columns are those of valued arrays (forge.ethyr.valued), in worlds that have them: the agent's
standing and inventory, and the traits of rows.

Shape letters: N samples, n samples of one pass, P populations, J codes, C cells of the crop,
H hidden, F features of a row. Everything works in float32 or float64, the type of the weights.
"""

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade import aligned
from forge.blade.categories import INVENTORY_START, STANDING_START, TRAIT_START
from forge.blade.jit import disjoint, inlined, lean
from forge.blade.observation import NUM_FEATURES, VALUED
from forge.ethyr import expansion
from forge.ethyr.expansion import Expanded, add_gradients, add_tiles
from forge.ethyr.inputs import Batch, Inputs, LimitError
from forge.ethyr.tables import WHOLE, Encoder, add, copy
from forge.ethyr.valued import add_to_values, add_to_winners, add_values, shifted

Array = NDArray[Any]

HALF = NUM_FEATURES // 2  # features of a row that are summed separately
BLOCK = 2**16  # samples × hidden units whose tiles are summed together, as they fit in the cache
READ = ("standing", "inventory", "traits")  # the valued arrays that the kernels read


def check_read(names: Iterable[str]) -> None:
    """Refuse valued arrays that the kernels do not read, as their tables would learn nothing.

    Raises:
        LimitError: names the array.
    """
    for name in names:
        if name not in READ:
            raise LimitError(
                f"the network has a table for the valued array {name}, and no kernel reads it: "
                "forge/ethyr/encoder.py needs it in READ, and where it reads those named there"
            )


check_read(VALUED)


class Encoded(NamedTuple):
    """Output of the encoder for n samples, in the order of the pass."""

    values: Array  # (n, 3 H): tile, own, others
    winner: Array  # int32 (n, H): the row that gave the maximum, 1, 2 …; 0: no row, the value is 0


def allocate(n: int, hidden: int, dtype: Any = np.float32) -> Encoded:
    """Allocate room for the features of n samples."""
    return Encoded(aligned.empty((n, 3 * hidden), dtype), np.empty((n, hidden), np.int32))


def forward(encoder: Encoder, batch: Batch, out: Encoded) -> None:
    """Encode samples. Modifies out in place.

    Args:
        encoder: the weights.
        batch: the samples and their order.
        out: room for the features of the samples, in the order of the pass.

    Raises:
        ValueError: if the tables of values do not fit what was observed.
    """
    shifts = shifted(encoder, batch.inputs)
    n, hidden, dtype = len(batch.order), encoder.own.shape[2], encoder.own.dtype
    scratch = (
        expansion.allocate(encoder.tile.shape[2], hidden, dtype),
        aligned.empty((_block(n, hidden), hidden), dtype),
        aligned.empty((3, hidden), dtype),
        aligned.empty(hidden, np.int32),
    )
    bounds = np.array(batch.bounds)
    cols = math.isqrt(encoder.crowd.shape[1])
    _forward(encoder, batch.inputs, shifts, batch.order, bounds, cols, out, *scratch)


def backward(gradients: Encoder, batch: Batch, features: Encoded, upstream: Array) -> None:
    """Add the gradient of the weights. Modifies gradients in place.

    Args:
        gradients: the gradient is added to these.
        batch: the batch given to ``forward``.
        features: the features that ``forward`` wrote.
        upstream: (n, 3 H), gradient of the loss by the features.

    Raises:
        ValueError: if the tables of values do not fit what was observed.
    """
    shifted(gradients, batch.inputs)  # refuses tables that do not fit
    n, hidden, dtype = len(batch.order), gradients.own.shape[2], gradients.own.dtype
    scratch = (
        expansion.allocate(gradients.tile.shape[2], hidden, dtype),
        aligned.zeros((_block(n, hidden), hidden), dtype),
        aligned.zeros(hidden, dtype),
    )
    bounds = np.array(batch.bounds)
    cols = math.isqrt(gradients.crowd.shape[1])
    _backward(gradients, batch.inputs, batch.order, bounds, cols, features, upstream, *scratch)


def _block(n: int, hidden: int) -> int:
    """Choose how many of n samples have their tiles summed together."""
    return max(1, min(n, BLOCK // hidden))


@lean
def _forward(
    encoder: Encoder,
    inputs: Inputs,
    shifts: tuple[bool, bool],
    order: Array,
    bounds: Array,
    cols: int,
    features: Encoded,
    rows: Expanded,
    sums: Array,
    lines: Array,
    winner: Array,
) -> None:
    """Encode the samples, population by population and in blocks.

    Modifies features, and the scratch rows, sums, lines and winner, in place.
    """
    block = len(sums)
    for p in range(len(bounds) - 1):
        for start in range(bounds[p], bounds[p + 1], block):
            end = min(start + block, bounds[p + 1])
            _fill(encoder.tile_bias[p], end - start, sums)
            add_tiles(encoder.tile[p], inputs.codes, order[start:end], cols, rows, sums)
            for k in range(start, end):
                i, tile = order[k], sums[k - start]
                _rest(encoder, p, inputs, shifts, i, k, features, tile, lines, winner)


@disjoint
def _fill(bias: Array, n: int, sums: Array) -> None:
    """Set the first n rows of sums to the bias. Modifies sums in place."""
    for k in range(n):
        for h in range(len(bias) & WHOLE):
            sums[k, h] = bias[h]


@inlined  # a call would copy the descriptors of all arrays to the stack, for every sample
def _rest(
    encoder: Encoder,
    p: int,
    inputs: Inputs,
    shifts: tuple[bool, bool],
    i: int,
    k: int,
    features: Encoded,
    tile: Array,
    lines: Array,
    winner: Array,
) -> None:
    """Encode sample i, the k-th of the pass, from the sum of its tiles.

    ``shifts`` says whether valued arrays shift the layers of the own row and of others. Modifies
    features, and the scratch tile, lines and winner, in place.
    """
    H = features.winner.shape[1]
    low, high = inputs.offsets[i], inputs.offsets[i + 1]
    found = features.values[k]
    for row in range(low, high):
        add(tile, encoder.crowd[p, inputs.cell[row]])
    _rectify(tile, found[:H])
    own, shifts_own, shifts_others = encoder.own_bias[p], shifts[0], shifts[1]
    first, second, total = lines[0], lines[1], lines[2]
    if shifts_own:
        own = first
        _bias_of_agent(encoder, p, inputs, i, own)
    _linear(encoder.own[p], own, inputs.others[low], total)
    _rectify(total, found[H : 2 * H])
    total[:] = 0
    winner[:] = 0
    a = b = encoder.others_bias[p]
    if shifts_others:
        a, b = first, second
    for row in range(low + 1, high - 1, 2):
        x, y = inputs.others[row], inputs.others[row + 1]
        if shifts_others:
            _bias_of_row(encoder, p, inputs, row, a)
            _bias_of_row(encoder, p, inputs, row + 1, b)
        _largest(encoder.others[p], a, b, x, y, row - low, total, winner)
    if (high - low) % 2 == 0:  # one row is left over
        x = inputs.others[high - 1]
        if shifts_others:
            _bias_of_row(encoder, p, inputs, high - 1, a)
        _largest(encoder.others[p], a, a, x, x, high - 1 - low, total, winner)
    _rectify(total, found[2 * H :])
    copy(winner, features.winner[k])


@inlined
def _bias_of_agent(encoder: Encoder, p: int, inputs: Inputs, i: int, out: Array) -> None:
    """Set out to the bias of agent i's own row with what its values add. Modifies out in place."""
    copy(encoder.own_bias[p], out)
    if encoder.standing.shape[1] > 0:
        add_values(encoder.standing[p], STANDING_START, inputs.standing[i], out)
    if encoder.inventory.shape[1] > 0:
        add_values(encoder.inventory[p], INVENTORY_START, inputs.inventory[i], out)


@inlined
def _bias_of_row(encoder: Encoder, p: int, inputs: Inputs, row: int, out: Array) -> None:
    """Set out to the bias of a row of others with what its values add. Modifies out in place."""
    copy(encoder.others_bias[p], out)
    if encoder.traits.shape[1] > 0:
        add_values(encoder.traits[p], TRAIT_START, inputs.traits[row], out)


@disjoint
def _rectify(x: Array, out: Array) -> None:
    """Set out to max(0, x); out may be shorter than x. Modifies out in place."""
    for h in range(len(out)):
        out[h] = x[h] if x[h] > 0 else 0


@disjoint
def _linear(weights: Array, bias: Array, x: Array, out: Array) -> None:
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
def _largest(
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


@lean
def _backward(
    gradients: Encoder,
    inputs: Inputs,
    order: Array,
    bounds: Array,
    cols: int,
    features: Encoded,
    upstream: Array,
    rows: Expanded,
    by_tile: Array,
    gradient: Array,
) -> None:
    """Add the gradients of all samples, population by population and in blocks.

    Modifies gradients, and the scratch rows, by_tile and gradient, in place.
    """
    block, H = len(by_tile), features.winner.shape[1]
    for p in range(len(bounds) - 1):
        for start in range(bounds[p], bounds[p + 1], block):
            end = min(start + block, bounds[p + 1])
            for k in range(start, end):
                found, up, by = features.values[k], upstream[k], by_tile[k - start]
                _through_relu(found[:H], up[:H], by)
                _rest_backward(gradients, p, inputs, order[k], k, features, up, by, gradient)
            seen = order[start:end]
            add_gradients(by_tile, inputs.codes, seen, cols, rows, gradients.tile[p])


@inlined
def _rest_backward(
    gradients: Encoder,
    p: int,
    inputs: Inputs,
    i: int,
    k: int,
    features: Encoded,
    up: Array,
    by_tile: Array,
    gradient: Array,
) -> None:
    """Add the gradients of sample i, the k-th of the pass, except for the table of tiles.

    Modifies gradients and the scratch gradient in place.
    """
    H = features.winner.shape[1]
    low, high = inputs.offsets[i], inputs.offsets[i + 1]
    found = features.values[k]
    add(gradients.tile_bias[p], by_tile)
    for row in range(low, high):
        add(gradients.crowd[p, inputs.cell[row]], by_tile)
    _through_relu(found[H : 2 * H], up[H : 2 * H], gradient)
    add(gradients.own_bias[p], gradient)
    if gradients.standing.shape[1] > 0:
        add_to_values(gradients.standing[p], STANDING_START, inputs.standing[i], gradient)
    if gradients.inventory.shape[1] > 0:
        add_to_values(gradients.inventory[p], INVENTORY_START, inputs.inventory[i], gradient)
    for f in range(NUM_FEATURES):
        _add_product(gradients.own[p, f], inputs.others[low, f], gradient)
    _through_relu(found[2 * H :], up[2 * H :], gradient)
    add(gradients.others_bias[p], gradient)
    rows, winner = inputs.others[low:high], features.winner[k]
    _add_winners(gradients.others[p], rows, winner, gradient)
    if gradients.traits.shape[1] > 0:
        seen = inputs.traits[low:high]
        add_to_winners(gradients.traits[p], TRAIT_START, seen, winner, gradient)


@disjoint
def _through_relu(values: Array, upstream: Array, out: Array) -> None:
    """Set out to the upstream gradient where values are positive, else 0. Modifies out in place.

    ``out`` may be longer than the other two.
    """
    for h in range(len(values)):
        out[h] = upstream[h] if values[h] > 0 else 0


@disjoint
def _add_product(total: Array, factor: float, x: Array) -> None:
    """Add factor · x to total. Modifies total in place."""
    for h in range(len(total) & WHOLE):
        total[h] += factor * x[h]


@disjoint
def _add_winners(weights: Array, rows: Array, winner: Array, gradient: Array) -> None:
    """Add the gradient of each hidden unit by its winner. Modifies weights, (H, F), in place."""
    for h in range(len(winner)):
        x, up, by_hidden = rows[winner[h]], gradient[h], weights[h]
        for f in range(NUM_FEATURES):
            by_hidden[f] += x[f] * up
