"""Encode observations: the first layer of the network and its gradient, as compiled kernels.

Tiles enter through a table with one row per cell and kind; the rows of all cells are summed. That
equals an embedding followed by a linear layer, at a fraction of the cost. Tables are expanded so
that one row stands for three tiles, two with professions, which takes a third or half of the
additions, forward and backward.

    tile   = relu(b + Σ_cells table[cell, kind] + Σ_rows crowd[cell of the row])
    own    = relu(b + Σ_columns table[column, value] + own row @ W)
    others = max(0, max over rows of others of (b + Σ_columns table[column, value] + row @ W)); 0 if
             there are none

The columns are those of valued arrays (forge.ethyr.valued), in worlds that have them: the agent's
standing, inventory, wealth and quest, the market, and the traits and words of rows.

Shape letters: N samples, n samples of one pass, P populations, J codes, C cells of the crop,
H hidden, F features of a row. Everything works in float32 or float64, the type of the weights.
"""

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade import aligned
from forge.blade.categories import (
    HEARD_START,
    INVENTORY_START,
    QUEST_START,
    STANDING_START,
    TRAIT_START,
    WEALTH_START,
)
from forge.blade.jit import disjoint, inlined, lean
from forge.blade.observation import NUM_FEATURES, VALUED
from forge.ethyr import expansion
from forge.ethyr.expansion import Expanded, add_gradients, add_tiles
from forge.ethyr.inputs import Batch, Inputs, UnsupportedError
from forge.ethyr.rowlayers import add_winners, keep_largest, rectify, set_linear, through_relu
from forge.ethyr.rows import add_padded, add_scaled_padded, copy, copy_padded
from forge.ethyr.tables import WHOLE, Encoder
from forge.ethyr.valued import (
    add_to_prices,
    add_to_values,
    add_to_winners,
    add_values,
    shifted,
    sum_prices,
)

Array = NDArray[Any]

BLOCK = 2**16  # samples × hidden units whose tiles are summed together, as they fit in the cache
# The valued arrays that the kernels read.
READ = ("standing", "inventory", "traits", "heard", "wealth", "market", "quest")


def check_read(names: Iterable[str]) -> None:
    """Refuse valued arrays that the kernels do not read, as their tables would learn nothing.

    Raises:
        UnsupportedError: names the array.
    """
    for name in names:
        if name not in READ:
            raise UnsupportedError(
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
        aligned.empty((4, hidden), dtype),
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
        aligned.zeros((2, hidden), dtype),
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
        known = -1  # the row of the market of which lines[3] holds the sum
        for start in range(bounds[p], bounds[p + 1], block):
            end = min(start + block, bounds[p + 1])
            _fill(encoder.tile_bias[p], end - start, sums)
            add_tiles(encoder.tile[p], inputs.codes, order[start:end], cols, rows, sums)
            for k in range(start, end):
                i, tile = order[k], sums[k - start]
                if encoder.market.shape[1] > 0 and inputs.realm[i, 0] != known:
                    known = inputs.realm[i, 0]
                    sum_prices(encoder.market[p], inputs.market[known], lines[3])
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

    ``shifts`` says whether valued arrays shift the layers of the own row and of others; the last of
    the lines is what the market adds to the first. Modifies features, and the scratch tile, lines
    and winner, in place.
    """
    H = features.winner.shape[1]
    low, high = inputs.offsets[i], inputs.offsets[i + 1]
    found = features.values[k]
    for row in range(low, high):
        add_padded(encoder.crowd[p, inputs.cell[row]], tile)
    rectify(tile, found[:H])
    own, shifts_own, shifts_others = encoder.own_bias[p], shifts[0], shifts[1]
    first, second, total = lines[0], lines[1], lines[2]
    if shifts_own:
        own = first
        _bias_of_agent(encoder, p, inputs, i, own)
        if encoder.market.shape[1] > 0:
            add_padded(lines[3], own)
    set_linear(encoder.own[p], own, inputs.others[low], total)
    rectify(total, found[H : 2 * H])
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
        keep_largest(encoder.others[p], a, b, x, y, row - low, total, winner)
    if (high - low) % 2 == 0:  # one row is left over
        x = inputs.others[high - 1]
        if shifts_others:
            _bias_of_row(encoder, p, inputs, high - 1, a)
        keep_largest(encoder.others[p], a, a, x, x, high - 1 - low, total, winner)
    rectify(total, found[2 * H :])
    copy(winner, features.winner[k])


@inlined
def _bias_of_agent(encoder: Encoder, p: int, inputs: Inputs, i: int, out: Array) -> None:
    """Set out to the bias of agent i's own row with what its values add. Modifies out in place."""
    copy_padded(encoder.own_bias[p], out)
    if encoder.standing.shape[1] > 0:
        add_values(encoder.standing[p], STANDING_START, inputs.standing[i], out)
    if encoder.inventory.shape[1] > 0:
        add_values(encoder.inventory[p], INVENTORY_START, inputs.inventory[i], out)
    if encoder.wealth.shape[1] > 0:
        add_values(encoder.wealth[p], WEALTH_START, inputs.wealth[i], out)
    if encoder.quest.shape[1] > 0:
        add_values(encoder.quest[p], QUEST_START, inputs.quest[i], out)


@inlined
def _bias_of_row(encoder: Encoder, p: int, inputs: Inputs, row: int, out: Array) -> None:
    """Set out to the bias of a row of others with what its values add. Modifies out in place."""
    copy_padded(encoder.others_bias[p], out)
    if encoder.traits.shape[1] > 0:
        add_values(encoder.traits[p], TRAIT_START, inputs.traits[row], out)
    if encoder.heard.shape[1] > 0:
        add_values(encoder.heard[p], HEARD_START, inputs.heard[row], out)


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
    lines: Array,
) -> None:
    """Add the gradients of all samples, population by population and in blocks.

    Samples that follow each other often saw the same market: the sum of their gradients is added to
    its table at once. Modifies gradients, and the scratch rows, by_tile and lines, in place.
    """
    block, H = len(by_tile), features.winner.shape[1]
    gradient, by_market, trades = lines[0], lines[1], gradients.market.shape[1] > 0
    for p in range(len(bounds) - 1):
        known = -1
        for start in range(bounds[p], bounds[p + 1], block):
            end = min(start + block, bounds[p + 1])
            for k in range(start, end):
                found, up, by, i = features.values[k], upstream[k], by_tile[k - start], order[k]
                through_relu(found[:H], up[:H], by)
                if trades and inputs.realm[i, 0] != known:
                    if known >= 0:
                        add_to_prices(inputs.market[known], by_market, gradients.market[p])
                    known = inputs.realm[i, 0]
                _rest_backward(gradients, p, inputs, i, k, features, up, by, gradient, by_market)
            seen = order[start:end]
            add_gradients(by_tile, inputs.codes, seen, cols, rows, gradients.tile[p])
        if known >= 0:
            add_to_prices(inputs.market[known], by_market, gradients.market[p])


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
    by_market: Array,
) -> None:
    """Add the gradients of sample i, the k-th of the pass, except for the table of tiles.

    That of the market is added to by_market. Modifies gradients, by_market and the scratch gradient
    in place.
    """
    H = features.winner.shape[1]
    low, high = inputs.offsets[i], inputs.offsets[i + 1]
    found = features.values[k]
    add_padded(by_tile, gradients.tile_bias[p])
    for row in range(low, high):
        add_padded(by_tile, gradients.crowd[p, inputs.cell[row]])
    through_relu(found[H : 2 * H], up[H : 2 * H], gradient)
    add_padded(gradient, gradients.own_bias[p])
    if gradients.standing.shape[1] > 0:
        add_to_values(STANDING_START, inputs.standing[i], gradient, gradients.standing[p])
    if gradients.inventory.shape[1] > 0:
        add_to_values(INVENTORY_START, inputs.inventory[i], gradient, gradients.inventory[p])
    if gradients.wealth.shape[1] > 0:
        add_to_values(WEALTH_START, inputs.wealth[i], gradient, gradients.wealth[p])
    if gradients.quest.shape[1] > 0:
        add_to_values(QUEST_START, inputs.quest[i], gradient, gradients.quest[p])
    if gradients.market.shape[1] > 0:
        add_padded(gradient, by_market)
    for f in range(NUM_FEATURES):
        add_scaled_padded(gradient, inputs.others[low, f], gradients.own[p, f])
    through_relu(found[2 * H :], up[2 * H :], gradient)
    add_padded(gradient, gradients.others_bias[p])
    rows, winner = inputs.others[low:high], features.winner[k]
    add_winners(rows, winner, gradient, gradients.others[p])
    if gradients.traits.shape[1] > 0:
        seen = inputs.traits[low:high]
        add_to_winners(TRAIT_START, seen, winner, gradient, gradients.traits[p])
    if gradients.heard.shape[1] > 0:
        seen = inputs.heard[low:high]
        add_to_winners(HEARD_START, seen, winner, gradient, gradients.heard[p])
