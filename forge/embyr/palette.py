"""Give each population a colour."""

import colorsys

_HUE_STEP = 0.381966  # the golden section of the circle: hues far apart for any number of them

# Told apart by the colour-blind too, on light and on dark ground.
# Source: M. Okabe and K. Ito, Color Universal Design (2008), with white in place of black.
_SAFE = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (213, 94, 0),
    (204, 121, 167),
    (0, 114, 178),
    (238, 238, 238),
)


def safe_colour(population: int) -> tuple[int, int, int]:
    """Choose a population's colour, if there are few one for the colour-blind too."""
    return _SAFE[population] if population < len(_SAFE) else population_colour(population)


def population_colour(population: int) -> tuple[int, int, int]:
    """Choose a population's colour: bright, and far from those before it."""
    hue = (0.97 + population * _HUE_STEP) % 1.0
    tone = population % 3  # neighbours in hue differ in lightness
    red, green, blue = colorsys.hsv_to_rgb(hue, (0.85, 0.5, 0.9)[tone], (1.0, 1.0, 0.7)[tone])
    return round(255 * red), round(255 * green), round(255 * blue)
