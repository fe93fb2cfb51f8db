"""Generate maps: a ridge fractal cut into water, grass, forest and stone, in a border of lava."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from forge.blade.config import Config
from forge.blade.noise import Floats, ridge_fractal
from forge.blade.tiles import NUM_TILES, Tile
from forge.errors import ForgeError

Tiles = NDArray[np.uint8]

BIRTH_TILES = (Tile.GRASS, Tile.FOREST, Tile.SCRUB)  # what the spawn ring may consist of
CACHED_MAPS = 256
CACHED_SIDE = 256  # larger maps are generated each time: the cache stays under 17 MB
BAND = 2**17  # heights computed at a time, so that a large map needs little memory

# Kinds from low to high, as the cuts part them.
_LAYERS = np.array([Tile.WATER, Tile.GRASS, Tile.FOREST, Tile.STONE], dtype=np.uint8)


class MapError(ForgeError, ValueError):
    """A map that cannot be used; the message says what is wrong, where, and how to mend it."""


def generate(config: Config, number: int) -> Tiles:
    """Generate one map: always the same for the same map settings, seed and number.

    Args:
        config: map_size, border, map_seed, octaves, base_frequency and the three cuts are used.
        number: of the map, 0 … 2^63 − 1.

    Returns:
        uint8 (map_size, map_size), kinds of tiles; read-only, shared between calls.

    Raises:
        MapError: for a number outside that range.
    """
    if not 0 <= number < 2**63:
        raise MapError(f"maps are numbered from 0 to 2^63 − 1: there is no map {number}")
    make = _cached if config.map_size <= CACHED_SIDE else _generate
    return make(
        config.map_size,
        config.border,
        config.octaves,
        config.base_frequency,
        (config.water_cut, config.grass_cut, config.forest_cut),
        config.map_seed,
        int(number),
    )


def _generate(
    size: int,
    border: int,
    octaves: int,
    frequency: float,
    cuts: tuple[float, float, float],
    seed: int,
    number: int,
) -> Tiles:
    interior: Floats = np.arange(border + 1.0, size - border - 1.0) * (frequency / size)
    height = _heights(interior, octaves, seed, number)
    tiles = np.full((size, size), Tile.LAVA, dtype=np.uint8)
    tiles[border : size - border, border : size - border] = Tile.GRASS
    inside = slice(border + 1, size - border - 1)
    layer = sum((height >= cut).astype(np.uint8) for cut in cuts)
    tiles[inside, inside] = _LAYERS[layer]
    tiles.flags.writeable = False
    return tiles


_cached = lru_cache(maxsize=CACHED_MAPS)(_generate)


def _heights(places: Floats, octaves: int, seed: int, number: int) -> Floats:
    """Compute the heights of a square, divided by their maximum: float64, in (0, 1]."""
    step = max(1, BAND // len(places))
    bands = [
        ridge_fractal(places[start : start + step], places, octaves, seed, number)
        for start in range(0, len(places), step)
    ]
    height = np.concatenate(bands)
    height /= height.max()
    return height


def check(tiles: Tiles, config: Config) -> None:
    """Refuse a map that the world cannot use.

    Args:
        tiles: uint8 (map_size, map_size), kinds of tiles.
        config: map_size and border are used.

    Raises:
        MapError: if the shape or a kind is wrong, the border is not all lava, or an agent could
            not be born on a tile of the ring just inside it.
    """
    if tiles.shape != (config.map_size, config.map_size):
        shape = " × ".join(str(side) for side in tiles.shape)
        raise MapError(
            f"the map has {shape} tiles, but map_size is {config.map_size}: set map_size to the "
            "side of the map, which is a square"
        )
    _require(np.asarray(tiles) < NUM_TILES, tiles, f"kinds of tiles are 0 … {NUM_TILES - 1}")
    border, last = config.border, config.map_size - 1 - config.border
    distance = np.minimum(np.arange(len(tiles)), np.arange(len(tiles))[::-1])
    depth = np.minimum.outer(distance, distance)  # from the edge of the map
    _require(
        (depth >= border) | (tiles == Tile.LAVA),
        tiles,
        f"the outermost {border} tiles must be lava (or set border to its width)",
    )
    _require(
        (depth != border) | np.isin(tiles, BIRTH_TILES),
        tiles,
        f"agents are born on the ring of rows and columns {border} and {last}, which must be "
        "grass, forest or scrub",
    )


def _require(good: NDArray[np.bool_], tiles: Tiles, rule: str) -> None:
    if good.all():
        return
    row, col = (int(index) for index in np.argwhere(~good)[0])
    kind = int(tiles[row, col])
    name = Tile(kind).name.lower() if kind < NUM_TILES else f"kind {kind}"
    raise MapError(f"the map has {name} at row {row}, column {col}: {rule}")
