"""Write the numbers of an overlay as a picture and as a table, without a browser or a display."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from forge.blade.realm import Realms
from forge.embyr import frames, picture, ramp
from forge.embyr.exports import LARGEST, RIM
from forge.embyr.overlays import Overlay
from forge.embyr.sheet import PAPER, SIDE

Array = NDArray[Any]

OPACITY = 0.75  # of the colours over the land, as on the page
_BAR, _MARGIN, _INK = 14, 8, (238, 238, 238)  # the legend: height of its bar, space [pixels]


def table(values: Array) -> bytes:
    """Write a CSV with a line for each tile that has a number: row, col, value."""
    rows, cols = np.nonzero(~np.isnan(values))
    lines = zip(rows.tolist(), cols.tolist(), values[rows, cols].tolist(), strict=True)
    text = "".join(f"{row},{col},{value!r}\n" for row, col, value in lines)
    return f"row,col,value\n{text}".encode()


def encoded(realms: Realms, overlay: Overlay, values: Array) -> bytes:
    """Draw the first realm of a batch as a PNG; arguments as of ``draw``."""
    return picture.png(draw(realms, 0, overlay, values))


def draw(realms: Realms, w: int, overlay: Overlay, values: Array) -> Image.Image:
    """Draw numbers over the land of a realm, with a rim of its lava, and their legend below.

    Args:
        realms: the batch.
        w: the realm's place in it.
        overlay: says how colours follow the numbers, and their unit.
        values: float64 (map_size, map_size); NaN: the land is seen.
    """
    cut = max(0, realms.config.border - RIM)
    inside = slice(cut, realms.config.map_size - cut)
    land, shown = frames.land(realms, w)[inside, inside], values[inside, inside]
    scale = min(LARGEST, max(1, SIDE // len(land)))
    pixels = np.asarray(picture.draw(land, scale=scale), np.float64)
    low, high = ramp.bounds(values, overlay.scale == "signed")
    colours = ramp.shade(shown, overlay.scale, low, high).astype(np.float64)
    opacity = np.where(np.isnan(shown), 0, OPACITY)[..., None]
    colours, opacity = (
        each.repeat(scale, axis=0).repeat(scale, axis=1) for each in (colours, opacity)
    )
    mixed = (pixels + (colours - pixels) * opacity).round().astype(np.uint8)
    return _with_legend(Image.fromarray(mixed), overlay, low, high)


def _with_legend(image: Image.Image, overlay: Overlay, low: float, high: float) -> Image.Image:
    """Add a bar of the colours, from the least number to the most, and what they are."""
    height = 2 * _BAR + 3 * _MARGIN
    paper = Image.new("RGB", (image.width, image.height + height), PAPER)
    paper.paste(image)
    scale = ramp.colours(overlay.scale == "signed")
    width = max(1, image.width - 2 * _MARGIN)
    bar = scale[np.linspace(0, ramp.STEPS - 1, width).round().astype(np.int64)]
    paper.paste(Image.fromarray(bar[None].repeat(_BAR, axis=0)), (_MARGIN, image.height + _MARGIN))
    pen, y = ImageDraw.Draw(paper), image.height + _BAR + 2 * _MARGIN
    unit = f"{overlay.name} [{overlay.unit}]" if overlay.unit else overlay.name
    texts = ((_MARGIN, "la", f"{low:.4g}"), (image.width // 2, "ma", unit),
             (image.width - _MARGIN, "ra", f"{high:.4g}"))  # fmt: skip
    for x, anchor, text in texts:
        pen.text((x, y), text.encode("latin-1", "replace").decode("latin-1"), _INK, anchor=anchor)
    return paper
