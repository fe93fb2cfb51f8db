"""Read valued arrays: their columns name one of a few values each, as the traits of rows do.

Such an array enters a layer as one-hot columns would: for each column the row of a table that
belongs to its value is added. A world without the array has neither columns nor rows of the table.

Shape letters: V values of all columns, H hidden.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.jit import disjoint
from forge.blade.observation import VALUED
from forge.blade.trades import PRICES
from forge.ethyr.inputs import Inputs, num_codes
from forge.ethyr.tables import WHOLE, Encoder

Array = NDArray[Any]

NUM_PRICES = 1 + PRICES  # values of each column of a market

_VALUED = tuple((name, seen.num_values, seen.by_row) for name, seen in VALUED.items())


def shifted(encoder: Encoder, inputs: Inputs) -> tuple[bool, bool]:
    """Tell whether valued arrays shift the layer of the own row, and that of the rows of others.

    Raises:
        ValueError: if a table does not fit what was observed; names the parameter.
    """
    cells, kinds = encoder.tile.shape[1:3]
    if inputs.codes.shape[1] != num_codes(math.isqrt(cells), kinds):
        raise ValueError(
            f"the parameter tile has rows for {kinds} kinds of tiles, but the observed world has "
            "others, or another crop"
        )
    own = others = False
    for name, num_values, by_row in _VALUED:
        found, there = getattr(encoder, name).shape[1], getattr(inputs, name).shape[1] > 0
        if found != there * num_values:
            raise ValueError(
                f"the parameter {name} has {found} rows, but the observed world needs "
                f"{there * num_values}"
            )
        own, others = own or (there and not by_row), others or (there and by_row)
    return own, others


@disjoint
def add_values(table: Array, starts: tuple[int, ...], values: Array, out: Array) -> None:
    """Add the table's row for the value of each column to out. Modifies out in place.

    Args:
        table: (V, H), one row per value of each column.
        starts: row of each column's first value.
        values: uint8 (columns,).
        out: (H,).
    """
    for column in range(len(starts)):
        row = table[starts[column] + np.intp(values[column])]
        for h in range(len(out) & WHOLE):
            out[h] += row[h]


@disjoint
def add_to_values(starts: tuple[int, ...], values: Array, gradient: Array, table: Array) -> None:
    """Add a gradient, (H,), to the row for the value of each column. Modifies table in place."""
    for column in range(len(values)):
        row = table[starts[column] + np.intp(values[column])]
        for h in range(len(gradient) & WHOLE):
            row[h] += gradient[h]


@disjoint
def sum_prices(table: Array, prices: Array, out: Array) -> None:
    """Set out to the sum of the table's rows for the prices of a market. Modifies out in place.

    As most kinds and levels are not offered, price 0 adds nothing.

    Args:
        table: (V, H), a row per price of each kind and level; that for price 0 is not read.
        prices: uint8 (kinds and levels,).
        out: (H,).
    """
    for h in range(len(out) & WHOLE):
        out[h] = 0
    for column in range(len(prices)):
        if prices[column] > 0:
            row = table[NUM_PRICES * column + np.intp(prices[column])]
            for h in range(len(out) & WHOLE):
                out[h] += row[h]


@disjoint
def add_to_prices(prices: Array, gradient: Array, table: Array) -> None:
    """Add a gradient, (H,), to the rows that ``sum_prices`` summed up, and set it to 0.

    Modifies gradient and table in place.
    """
    for column in range(len(prices)):
        if prices[column] > 0:
            row = table[NUM_PRICES * column + np.intp(prices[column])]
            for h in range(len(gradient) & WHOLE):
                row[h] += gradient[h]
    for h in range(len(gradient) & WHOLE):
        gradient[h] = 0


@disjoint
def add_to_winners(
    starts: tuple[int, ...], values: Array, winner: Array, gradient: Array, table: Array
) -> None:
    """Add the gradient of each hidden unit by the values of its winner. Modifies table in place.

    Args:
        starts: row of each column's first value.
        values: uint8 (rows, columns).
        winner: int32 (H,), the row that gave the maximum of each unit.
        gradient: (H,).
        table: (V, H), the gradient of the table.
    """
    for h in range(len(winner)):
        for column in range(len(starts)):
            table[starts[column] + np.intp(values[winner[h], column]), h] += gradient[h]
