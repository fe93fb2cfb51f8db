"""Expand the table of tiles: one row stands for a band of three tiles.

A code stands for three tiles (see Inputs). So one row per position and code, the sum of three rows
of the original table, takes a third of the additions, forward and backward. Of the 216 possible
codes at a position, samples show some dozens; only the rows of these are made. The gradient of a
row goes to each of its three rows. In worlds with more than six kinds of tiles a band is narrower.

Shape letters: J codes of a sample, C cells of the crop, K kinds of tiles, H hidden, N samples,
n samples of one block.
"""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade import aligned
from forge.blade.jit import disjoint, lean
from forge.ethyr.inputs import BYTE, band_of
from forge.ethyr.rows import add_padded, copy_padded
from forge.ethyr.tables import WHOLE

Array = NDArray[Any]

TOGETHER = 5  # positions that are added at once, as sums make a detour through memory


class Expanded(NamedTuple):
    """Rows of the expanded table at a few positions, as far as they were made."""

    row: Array  # (positions, codes, H)
    made: Array  # bool (positions, codes)
    kinds: Array  # uint8 (codes, rows of a band), see ``digits``


def allocate(kinds: int, hidden: int, dtype: Any = np.float32) -> Expanded:
    """Allocate room for rows; H is ``hidden``, already rounded up.

    If codes fill a byte, there is a spare row: positions that lie a power of two apart would share
    few lines of the cache.
    """
    codes = kinds ** band_of(kinds)
    shape = TOGETHER, codes + (codes == BYTE)
    row, made = aligned.empty((*shape, hidden), dtype), np.zeros(shape, np.bool_)
    return Expanded(row, made, digits(kinds))


@cache
def digits(kinds: int) -> Array:
    """List the kinds of tiles for which each code stands: uint8 (codes, rows of a band)."""
    rows = band_of(kinds)
    codes, worth = np.arange(kinds**rows), kinds ** np.arange(rows)[::-1]
    listed: Array = (codes[:, None] // worth % kinds).astype(np.uint8)
    listed.flags.writeable = False
    return listed


@lean
def add_tiles(
    tile: Array, codes: Array, order: Array, cols: int, rows: Expanded, sums: Array
) -> None:
    """Add the rows of a block of samples to their sums, a few positions at a time.

    The rows of these positions then stay in the cache. Modifies the scratch rows, and the first n
    rows of sums, in place.

    Args:
        tile: (C, K, H), the original table of one population.
        codes: uint8 (N, J).
        order: int64 (n,), the samples of the block.
        cols: side of the crop.
        rows: working space.
        sums: (≥ n, H).
    """
    J = codes.shape[1]
    for j in range(0, J, TOGETHER):
        count = min(TOGETHER, J - j)
        for c in range(count):
            _make_rows(tile, j + c, cols, codes, order, rows.kinds, rows.row[c], rows.made[c])
        if count == TOGETHER:
            _add_five(rows.row, codes, order, j, sums)
        else:
            for c in range(count):
                _add_one(rows.row[c], codes, order, j + c, sums)


@lean
def _make_rows(
    tile: Array,
    j: int,
    cols: int,
    codes: Array,
    order: Array,
    kinds: Array,
    row: Array,
    made: Array,
) -> None:
    """Make the rows that a block of samples needs at one position. Modifies row, made in place."""
    made[:] = False
    north = kinds.shape[1] * (j // cols) * cols + j % cols
    for k in range(len(order)):
        code = np.int64(codes[order[k], j])
        if not made[code]:
            made[code] = True
            _make_row(tile, north, cols, kinds, code, row[code])


@lean
def _make_row(tile: Array, north: int, cols: int, kinds: Array, code: Any, out: Array) -> None:
    """Sum the table's rows of a band; the last band may lack some tiles. Modifies out in place."""
    middle, south = north + cols, north + 2 * cols
    if kinds.shape[1] == 3 and south < len(tile):
        first, second = tile[north, kinds[code, 0]], tile[middle, kinds[code, 1]]
        _sum_three(first, second, tile[south, kinds[code, 2]], out)
        return
    copy_padded(tile[north, kinds[code, 0]], out)
    if kinds.shape[1] > 1 and middle < len(tile):
        add_padded(tile[middle, kinds[code, 1]], out)


@disjoint
def _sum_three(x: Array, y: Array, z: Array, out: Array) -> None:
    """Set out to x + y + z. Modifies out in place."""
    for h in range(len(out) & WHOLE):
        out[h] = x[h] + y[h] + z[h]


@disjoint
def _add_five(row: Array, codes: Array, order: Array, j: int, sums: Array) -> None:
    """Add the rows of five positions, from j on. Modifies sums in place."""
    for k in range(len(order)):
        i = order[k]
        a, b, c = codes[i, j], codes[i, j + 1], codes[i, j + 2]
        d, e = codes[i, j + 3], codes[i, j + 4]
        for h in range(sums.shape[1] & WHOLE):
            first, second = row[0, a, h] + row[1, b, h], row[2, c, h] + row[3, d, h]
            sums[k, h] += first + second + row[4, e, h]


@disjoint
def _add_one(row: Array, codes: Array, order: Array, j: int, sums: Array) -> None:
    """Add the rows of one position. Modifies sums in place."""
    for k in range(len(order)):
        code = codes[order[k], j]
        for h in range(sums.shape[1] & WHOLE):
            sums[k, h] += row[code, h]


@lean
def add_gradients(
    by_tile: Array, codes: Array, order: Array, cols: int, rows: Expanded, tile: Array
) -> None:
    """Add the gradients of a block of samples to the original table.

    Modifies the scratch rows, and tile, in place.

    Args:
        by_tile: (≥ n, H), gradient of each sample's sum.
        codes: uint8 (N, J).
        order: int64 (n,), the samples of the block.
        cols: side of the crop.
        rows: working space.
        tile: (C, K, H), the gradient of one population's table.
    """
    row, made = rows.row[0], rows.made[0]
    for j in range(codes.shape[1]):
        _gather(by_tile, codes, order, j, row, made)
        north = rows.kinds.shape[1] * (j // cols) * cols + j % cols
        _fold(row, made, north, cols, rows.kinds, tile)


@disjoint
def _gather(by_tile: Array, codes: Array, order: Array, j: int, row: Array, made: Array) -> None:
    """Sum the gradients by the code at one position. Modifies row and made in place."""
    made[:] = False
    for k in range(len(order)):
        code = codes[order[k], j]
        if made[code]:
            for h in range(by_tile.shape[1] & WHOLE):
                row[code, h] += by_tile[k, h]
        else:
            made[code] = True
            for h in range(by_tile.shape[1] & WHOLE):
                row[code, h] = by_tile[k, h]


@lean
def _fold(row: Array, made: Array, north: int, cols: int, kinds: Array, tile: Array) -> None:
    """Add the gradient of each code to the tiles of its band. Modifies tile in place."""
    for code in range(len(kinds)):
        if made[code]:
            cell = north
            for k in range(kinds.shape[1]):
                if cell < len(tile):
                    add_padded(row[code], tile[cell, kinds[code, k]])
                    cell += cols
