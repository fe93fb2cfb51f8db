"""Maps of one's own, as files: meadows with a pond of another size each."""

import numpy as np

from forge.blade import Config, Tile, mapfile

SIDE, BORDER = 24, 4
CONFIG = Config(map_size=SIDE, border=BORDER, max_agents=8, populations=2, radius=3, births=2)


def pond(size=1):
    tiles = np.full((SIDE, SIDE), Tile.LAVA, np.uint8)
    tiles[BORDER:-BORDER, BORDER:-BORDER] = Tile.GRASS
    tiles[10 : 10 + size, 10 : 10 + size] = Tile.WATER
    return tiles


def write(folder, count=3):
    """Write pond0.tmx … into a folder; list the paths."""
    paths = [folder / f"pond{number}.tmx" for number in range(count)]
    for size, path in enumerate(paths, 1):
        mapfile.write(path, pond(size))
    return paths


def inner(realms, w=0):
    """Cut the map of a realm out of its state."""
    pad = (realms.state.tiles.shape[1] - SIDE) // 2
    return realms.state.tiles[w, pad : pad + SIDE, pad : pad + SIDE]


def lies_on(tiles, size):
    """Tell whether a map is the pond of that size; its grass never changes."""
    return np.array_equal(tiles, pond(size))
