"""Draw the current state of realms: one realm, or all realms of a batch side by side."""

import math

import numpy as np
from PIL import Image

from forge.blade.realm import Realms
from forge.blade.state import agents_of, padding
from forge.embyr import frames, picture

LARGEST_SCALE = 8  # pixels per tile
SIDE = 2048  # most pixels of a sheet's side, unless a tile would get less than one
GAP = 8  # pixels between realms
PAPER = (24, 18, 18)


def draw_realm(realms: Realms, w: int = 0, *, scale: int = LARGEST_SCALE) -> Image.Image:
    """Draw one realm of a batch with all who live there; arguments as of ``picture.draw``."""
    inside = slice(padding(realms.config), padding(realms.config) + realms.config.map_size)
    agents = agents_of(realms.state, w)
    tiles = realms.state.tiles[w, inside, inside]
    living = agents[agents["alive"]]
    return picture.draw(tiles, living, frames.npcs(realms, w), scale=scale)


def draw_sheet(realms: Realms) -> Image.Image:
    """Draw all realms of a batch, row by row in their order.

    Raises:
        ValueError: as ``layout``.
    """
    W, size = len(realms.indices), realms.config.map_size
    columns, scale = layout(W, size)
    step = size * scale + GAP
    paper = Image.new("RGB", (columns * step - GAP, math.ceil(W / columns) * step - GAP), PAPER)
    for w in range(W):
        row, column = divmod(w, columns)
        paper.paste(draw_realm(realms, w, scale=scale), (column * step, row * step))
    return paper


def layout(count: int, map_size: int) -> tuple[int, int]:
    """Arrange realms on a sheet.

    Args:
        count: number of realms.
        map_size: side of their maps [tiles].

    Returns:
        Columns, and pixels per tile.

    Raises:
        ValueError: if the realms are too large to be drawn.
    """
    # A square or a wide arrangement, whichever leaves fewer cells empty.
    choices = np.ceil(np.sqrt([count, 2 * count])).astype(int).tolist()
    columns = int(min(choices, key=lambda columns: -count % columns))
    scale = min(LARGEST_SCALE, max(1, SIDE // (columns * map_size)))
    step = map_size * scale + GAP
    if columns * step * math.ceil(count / columns) * step > picture.LARGEST:
        raise ValueError(f"a picture of {count} maps of {map_size} × {map_size} tiles is too large")
    return columns, scale
