"""Scales of colours for numbers, the same as the page's (client/src/scene/ramp.ts).

Even steps look even, also to those who see few colours.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# Places in OKLCH: lightness 0 … 1, colourfulness, hue [degrees].
SEQUENTIAL = (  # from dark violet over red to pale yellow: lighter is more
    (0.24, 0.1, 286),
    (0.42, 0.18, 318),
    (0.6, 0.2, 364),
    (0.78, 0.16, 415),
    (0.95, 0.1, 463),
)
DIVERGING = (  # from blue over white to orange: darker is farther from the middle
    (0.36, 0.13, 258),
    (0.65, 0.11, 245),
    (0.95, 0.01, 245),
    (0.7, 0.15, 55),
    (0.43, 0.13, 40),
)
STEPS = 257  # of a scale; an even number and one, so that one is the middle

# Source: B. Ottosson, "A perceptual color space for image processing", 2020.
_CONES = np.array(
    ((1, 0.3963377774, 0.2158037573), (1, -0.1055613458, -0.0638541728),
     (1, -0.0894841775, -1.291485548))
)  # fmt: skip
_LINEAR = np.array(
    ((4.0767416621, -3.3077115913, 0.2309699292), (-1.2684380046, 2.6097574011, -0.3413193965),
     (-0.0041960863, -0.7034186147, 1.707614701))
)  # fmt: skip


def colours(signed: bool) -> Array:
    """Make a scale: uint8 (STEPS, 3), red, green and blue.

    Args:
        signed: whether two colours meet in the middle.
    """
    stops = np.array(DIVERGING if signed else SEQUENTIAL)
    at, places = np.linspace(0, len(stops) - 1, STEPS), np.arange(len(stops))
    lightness, colour, hue = (np.interp(at, places, column) for column in stops.T)
    a, b = colour * np.cos(np.radians(hue)), colour * np.sin(np.radians(hue))
    linear = (np.stack([lightness, a, b], axis=1) @ _CONES.T) ** 3 @ _LINEAR.T
    linear = linear.clip(0, 1)
    shown = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    scale: Array = np.floor(255 * shown + 0.5).astype(np.uint8)
    return scale


def bounds(values: Array, signed: bool) -> tuple[float, float]:
    """Find between which numbers a scale spans: the least and the most, or as far from 0 each way.

    Args:
        values: float64; NaN: no number.
        signed: whether 0 is in the middle.
    """
    found = values[~np.isnan(values)]
    if not len(found):
        return 0.0, 1.0
    low, high = float(found.min()), float(found.max())
    if signed:
        high = max(-low, high)
        low = -high
    return (low, high) if low < high else (low, low + 1)


def shade(values: Array, scale: str, low: float, high: float) -> Array:
    """Choose a colour for each number: uint8 (…, 3); anything where there is no number.

    Args:
        values: float64.
        scale: linear, log (of 1 + value) or signed, see ``forge.embyr.overlays``.
        low: number of the first colour.
        high: number of the last colour.
    """
    if scale == "log":
        values, low, high = np.log1p(values), float(np.log1p(low)), float(np.log1p(high))
    share = np.nan_to_num((values - low) / (high - low)).clip(0, 1)
    return colours(scale == "signed")[np.floor(share * (STEPS - 1) + 0.5).astype(np.int64)]
