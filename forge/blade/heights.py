"""Compute terrain heights point by point in compiled code: faster than ``noise``, with equal bits.

``noise`` defines the heights, in NumPy. Here each point is computed at once, in registers, and the
two warps of an octave share the triangle they lie in. No operations are fused (see ``jit.lean``),
so that the bits are the same.
"""

import numpy as np

from forge.blade import noise
from forge.blade.jit import inlined, lean
from forge.blade.noise import Floats, Words

_GRADIENT_X, _GRADIENT_Y = noise.GRADIENT_X, noise.GRADIENT_Y
_SKEW, _UNSKEW, _SCALE = noise.SKEW, noise.UNSKEW, noise.SCALE
_STEEPNESS, _WARP = noise.STEEPNESS, noise.WARP
_GOLDEN, _MIX_1, _MIX_2 = noise.GOLDEN, noise.MIX_1, noise.MIX_2
_AXIS_X, _AXIS_Y, _DIAGONAL = noise.AXIS_X, noise.AXIS_Y, noise.DIAGONAL
_S27, _S30, _S31 = np.uint64(27), np.uint64(30), np.uint64(31)
_TOP_4, _TOP_53 = np.uint64(60), np.uint64(11)
_KEY_X, _KEY_Y = noise.KEY_X, noise.KEY_Y


@inlined
def _mix(word: np.uint64) -> np.uint64:
    z = word + _GOLDEN
    z = (z ^ (z >> _S30)) * _MIX_1
    z = (z ^ (z >> _S27)) * _MIX_2
    return z ^ (z >> _S31)


@inlined
def _slope(x: float, y: float, hashed: np.uint64) -> float:
    direction = np.int64(_mix(hashed) >> _TOP_4)
    return float(_GRADIENT_X[direction] * x + _GRADIENT_Y[direction] * y)


@inlined
def _falloff(x: float, y: float) -> float:
    t = max(0.5 - x * x - y * y, 0.0)
    t *= t
    return t * t


@inlined
def _warps(x: float, y: float, key: np.uint64) -> tuple[float, float]:
    """Compute the simplex noise that bends the borders of plateaus, along both axes."""
    skew = (x + y) * _SKEW
    column, row = np.floor(x + skew), np.floor(y + skew)
    unskew = (column + row) * _UNSKEW
    x0, y0 = x - (column - unskew), y - (row - unskew)
    east = x0 > y0
    x1 = x0 - (1.0 if east else 0.0) + _UNSKEW
    y1 = y0 - (0.0 if east else 1.0) + _UNSKEW
    x2, y2 = x0 - 1.0 + 2.0 * _UNSKEW, y0 - 1.0 + 2.0 * _UNSKEW
    t0, t1, t2 = _falloff(x0, y0), _falloff(x1, y1), _falloff(x2, y2)
    step = _AXIS_X if east else _AXIS_Y
    at = np.uint64(np.int64(column)) * _AXIS_X + np.uint64(np.int64(row)) * _AXIS_Y
    one, two = (key ^ _KEY_X) + at, (key ^ _KEY_Y) + at
    along_x = t0 * _slope(x0, y0, one) + t1 * _slope(x1, y1, one + step)
    along_y = t0 * _slope(x0, y0, two) + t1 * _slope(x1, y1, two + step)
    along_x += t2 * _slope(x2, y2, one + _DIAGONAL)
    along_y += t2 * _slope(x2, y2, two + _DIAGONAL)
    return _SCALE * along_x, _SCALE * along_y


@inlined
def _plateau(hashed: np.uint64) -> float:
    return float(np.float64(_mix(hashed) >> _TOP_53) * 2.0**-52 - 1.0)


@inlined
def _plateaus(x: float, y: float, key: np.uint64) -> float:
    column, row = np.floor(x), np.floor(y)
    east = min(max((x - column - 0.5) * _STEEPNESS + 0.5, 0.0), 1.0)
    south = min(max((y - row - 0.5) * _STEEPNESS + 0.5, 0.0), 1.0)
    here = key + np.uint64(np.int64(column)) * _AXIS_X + np.uint64(np.int64(row)) * _AXIS_Y
    north_west, north_east = _plateau(here), _plateau(here + _AXIS_X)
    south_west, south_east = _plateau(here + _AXIS_Y), _plateau(here + _DIAGONAL)
    north = north_west + (north_east - north_west) * east
    return float(north + (south_west + (south_east - south_west) * east - north) * south)


@lean
def _raise(
    height: Floats, rows: Floats, columns: Floats, key: Words, shift_x: Floats, shift_y: Floats
) -> None:
    """Add all octaves of ridges. Modifies height, which is 0 before, in place."""
    for i in range(len(key)):
        frequency, weight = 2.0**i, 0.5**i
        for r in range(len(rows)):
            y = rows[r] * frequency + shift_y[i]
            for c in range(len(columns)):
                x = columns[c] * frequency + shift_x[i]
                along_x, along_y = _warps(x, y, key[i])
                level = _plateaus(x + _WARP * along_x, y + _WARP * along_y, key[i])
                ridge = 1.0 - abs(1.0 - 2.0 * abs(level))
                below = height[r, c]
                height[r, c] = ridge if i == 0 else below + weight * ridge * below


def ridge_fractal(rows: Floats, columns: Floats, octaves: int, seed: int, number: int) -> Floats:
    """Add octaves of ridges. Arguments and result equal those of ``noise.ridge_fractal``."""
    key, shift_x, shift_y = noise.octave_keys(seed, number, octaves)
    height = np.zeros((len(rows), len(columns)))
    _raise(height, rows, columns, key, shift_x, shift_y)
    return height
