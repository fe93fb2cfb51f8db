"""Terrain heights again, slowly and in plain Python: one place and one number at a time."""

from math import floor

from forge.blade import noise

WORD = 2**64 - 1
AXIS_X, AXIS_Y = 0xC13FA9A902A6328F, 0x91E10DA5C79E7B1D


def mix(word):
    z = (word + 0x9E3779B97F4A7C15) & WORD
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & WORD
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & WORD
    return z ^ (z >> 31)


def keys(seed, number, count):
    return [mix(mix(mix(seed) ^ number) ^ octave) for octave in range(count)]


def node(column, row, word):
    """Hash a lattice point."""
    return mix((word + column * AXIS_X + row * AXIS_Y) & WORD)


def corner(x, y, hashed):
    t = max(0.5 - x * x - y * y, 0.0)
    direction = hashed >> 60
    slope = float(noise.GRADIENT_X[direction]) * x + float(noise.GRADIENT_Y[direction]) * y
    return (t * t) * (t * t) * slope


def simplex(x, y, word):
    skew = (x + y) * noise.SKEW
    column, row = floor(x + skew), floor(y + skew)
    unskew = float(column + row) * noise.UNSKEW
    x0, y0 = x - (column - unskew), y - (row - unskew)
    i, j = (1, 0) if x0 > y0 else (0, 1)
    second = corner(x0 - i + noise.UNSKEW, y0 - j + noise.UNSKEW, node(column + i, row + j, word))
    x2, y2 = x0 - 1.0 + 2.0 * noise.UNSKEW, y0 - 1.0 + 2.0 * noise.UNSKEW
    third = corner(x2, y2, node(column + 1, row + 1, word))
    return noise.SCALE * (corner(x0, y0, node(column, row, word)) + second + third)


def level(column, row, word):
    return float(node(column, row, word) >> 11) * 2.0**-52 - 1.0


def ramp(fraction):
    return min(max((fraction - 0.5) * noise.STEEPNESS + 0.5, 0.0), 1.0)


def plateaus(x, y, word):
    column, row = floor(x), floor(y)
    east, south = ramp(x - column), ramp(y - row)

    def along(line):
        west = level(column, line, word)
        return west + (level(column + 1, line, word) - west) * east

    return along(row) + (along(row + 1) - along(row)) * south


def ridges(x, y, word):
    bent_x = x + noise.WARP * simplex(x, y, word ^ 3)
    bent_y = y + noise.WARP * simplex(x, y, word ^ 5)
    return 1.0 - abs(1.0 - 2.0 * abs(plateaus(bent_x, bent_y, word)))


def ridge_fractal(row, column, octaves, seed, number):
    """Compute the height at one place, in cells of the first octave."""
    total = 0.0
    for octave, word in enumerate(keys(seed, number, octaves)):
        shift_x, shift_y = (float(mix(word ^ axis) >> 43) / 2048.0 for axis in (1, 2))
        ridge = ridges(column * 2.0**octave + shift_x, row * 2.0**octave + shift_y, word)
        total = ridge if octave == 0 else total + 0.5**octave * ridge * total
    return total
