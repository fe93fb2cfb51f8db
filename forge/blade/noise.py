"""Make terrain heights: a ridge fractal of warped plateaus, with the same bits on every machine.

The computation uses only + − × ÷, floor and integer hashing, in float64 and array by array. So
neither a mathematical library nor a compiler that fuses operations can change a bit.

Survival depends on the distance between water and forest and on the size of their patches.
Plateaus with steep sides, cut in two by each ridge line, give patches as large as on the maps of
Neural MMO v1.0: the tile east of water is water in about half of all cases. The lifetimes of the
scripted agents then lie well inside the ranges that the rules state.

Source: Perlin, "Noise hardware", 2001 (simplex noise); Musgrave, in "Texturing and Modeling",
1994 (ridged fractals); Quilez, "Domain warping", 2002.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Words = NDArray[np.uint64]

SKEW = 0.36602540378443865  # (√3 − 1) / 2: squares to pairs of triangles
UNSKEW = 0.21132486540518712  # (3 − √3) / 6: back again
SCALE = 99.0  # brings the noise into (−1, 1)
STEEPNESS = 5.0  # of the sides of plateaus: 1 is an even slope from one to the next
WARP = 0.4  # how far the borders of plateaus are bent [cells]

# Sixteen unit vectors, about evenly spread: from the triples 5, 12, 13 and 20, 21, 29.
_A, _B, _C, _D = 12 / 13, 5 / 13, 20 / 29, 21 / 29
GRADIENT_X = np.array([1, _A, _C, _B, 0, -_B, -_D, -_A, -1, -_A, -_C, -_B, 0, _B, _D, _A])
GRADIENT_Y = np.array([0, _B, _D, _A, 1, _A, _C, _B, 0, -_B, -_D, -_A, -1, -_A, -_C, -_B])

# The odd constants of SplitMix64, and one more for each lattice axis.
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX_1, MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
AXIS_X, AXIS_Y = np.uint64(0xC13FA9A902A6328F), np.uint64(0x91E10DA5C79E7B1D)
DIAGONAL = np.uint64((0xC13FA9A902A6328F + 0x91E10DA5C79E7B1D) % 2**64)
KEY_X, KEY_Y = np.uint64(3), np.uint64(5)  # set the keys of the warps apart from the octave's key
_S27, _S30, _S31 = np.uint64(27), np.uint64(30), np.uint64(31)
_TOP_4, _TOP_21, _TOP_53 = np.uint64(60), np.uint64(43), np.uint64(11)


def mix(words: Words) -> Words:
    """Scramble 64-bit words, one to one (the finaliser of SplitMix64).

    Args:
        words: uint64, any shape but a scalar, as NumPy would warn of its overflow.
    """
    z = words + GOLDEN
    z = (z ^ (z >> _S30)) * MIX_1
    z = (z ^ (z >> _S27)) * MIX_2
    return z ^ (z >> _S31)


def keys(seed: int, number: int, count: int) -> Words:
    """Derive the hash keys of one map's octaves.

    Args:
        seed: seed of the maps, 0 … 2^64 − 1.
        number: number of the map, 0 … 2^64 − 1.
        count: number of octaves.

    Returns:
        uint64 (count,).
    """
    of_map = mix(mix(np.array([seed], dtype=np.uint64)) ^ np.uint64(number))
    return mix(of_map ^ np.arange(count, dtype=np.uint64))


def octave_keys(seed: int, number: int, count: int) -> tuple[Words, Floats, Floats]:
    """Derive the keys and shifts of one map's octaves. The arguments are those of ``keys``.

    Returns:
        The keys, and the shifts along both axes, which keep the lattices from coinciding.
    """
    key = keys(seed, number, count)
    shift_x = (mix(key ^ np.uint64(1)) >> _TOP_21).astype(np.float64) / 2048.0
    shift_y = (mix(key ^ np.uint64(2)) >> _TOP_21).astype(np.float64) / 2048.0
    return key, shift_x, shift_y


def _corner(x: Floats, y: Floats, hashed: Words) -> Floats:
    """Compute one corner's contribution: (½ − x² − y²)⁴ (gradient · (x, y)), 0 beyond its reach."""
    direction = (mix(hashed) >> _TOP_4).view(np.int64)
    t = np.maximum(0.5 - x * x - y * y, 0.0)
    t *= t
    t *= t
    t *= GRADIENT_X[direction] * x + GRADIENT_Y[direction] * y
    return t


def simplex(x: Floats, y: Floats, key: Words) -> Floats:
    """Compute simplex noise: smooth, with mean 0 and features about 1 cell wide.

    Args:
        x: float64 [cells], magnitude below 2^40.
        y: float64 [cells].
        key: uint64; each key gives an independent noise. All three broadcast.

    Returns:
        float64 of the common shape, in (−1, 1).
    """
    skew = (x + y) * SKEW
    column, row = np.floor(x + skew), np.floor(y + skew)
    unskew = (column + row) * UNSKEW
    x0, y0 = x - (column - unskew), y - (row - unskew)
    east = x0 > y0  # the path leads east first in the lower triangle, south first in the upper
    x1, y1 = x0 - east + UNSKEW, y0 - ~east + UNSKEW
    x2, y2 = x0 - 1.0 + 2.0 * UNSKEW, y0 - 1.0 + 2.0 * UNSKEW
    origin = key + column.astype(np.int64).view(np.uint64) * AXIS_X
    origin = origin + row.astype(np.int64).view(np.uint64) * AXIS_Y
    total = _corner(x0, y0, origin)
    total += _corner(x1, y1, origin + np.where(east, AXIS_X, AXIS_Y))
    total += _corner(x2, y2, origin + DIAGONAL)
    return SCALE * total


def plateaus(x: Floats, y: Floats, key: Words) -> Floats:
    """Compute noise of square plateaus, one per cell, with steep sides (value noise).

    Args:
        x: float64 [cells].
        y: float64 [cells].
        key: uint64. All three broadcast.

    Returns:
        float64 of the common shape, in [−1, 1).
    """
    column, row = np.floor(x), np.floor(y)
    east = np.clip((x - column - 0.5) * STEEPNESS + 0.5, 0.0, 1.0)
    south = np.clip((y - row - 0.5) * STEEPNESS + 0.5, 0.0, 1.0)
    here = key + column.astype(np.int64).view(np.uint64) * AXIS_X
    here = here + row.astype(np.int64).view(np.uint64) * AXIS_Y
    north_west, north_east = _height(here), _height(here + AXIS_X)
    south_west, south_east = _height(here + AXIS_Y), _height(here + DIAGONAL)
    north = north_west + (north_east - north_west) * east
    return north + (south_west + (south_east - south_west) * east - north) * south


def _height(hashed: Words) -> Floats:
    """Draw the height of a plateau, uniform in [−1, 1)."""
    return (mix(hashed) >> _TOP_53).astype(np.float64) * 2.0**-52 - 1.0


def ridges(x: Floats, y: Floats, key: Words) -> Floats:
    """Compute ridges: 1 where the warped plateaus are ±½, 0 where they are 0 or ±1.

    Arguments and result are those of ``plateaus``, but the result is in [0, 1].
    """
    bent_x = x + WARP * simplex(x, y, key ^ KEY_X)
    bent_y = y + WARP * simplex(x, y, key ^ KEY_Y)
    return 1.0 - np.abs(1.0 - 2.0 * np.abs(plateaus(bent_x, bent_y, key)))


def ridge_fractal(rows: Floats, columns: Floats, octaves: int, seed: int, number: int) -> Floats:
    """Add octaves of ridges.

    With r_i the ridges at 2^i times the frequency: h_0 = r_0 and h_i = h_{i−1} + 0.5^i r_i h_{i−1},
    so that each octave after the first is multiplied by the sum of the earlier octaves. Every
    octave is shifted, so that their lattices do not coincide.

    Args:
        rows: float64 (R,), in cells of the first octave.
        columns: float64 (C,), in cells of the first octave.
        octaves: ≥ 1.
        seed: seed of the maps.
        number: number of the map.

    Returns:
        float64 (R, C), at least 0.
    """
    key, shift_x, shift_y = octave_keys(seed, number, octaves)
    height = np.zeros((len(rows), len(columns)))
    for i in range(octaves):
        x, y = np.broadcast_arrays(columns[None, :] * 2.0**i, rows[:, None] * 2.0**i)
        ridge = ridges(x + shift_x[i], y + shift_y[i], key[i : i + 1])
        height = ridge if i == 0 else height + 0.5**i * ridge * height
    return height
