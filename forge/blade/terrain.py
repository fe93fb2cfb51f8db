"""Make the map of a number: a ridge fractal cut into water, grass, forest and stone, in lava.

Where ``map_files`` is set, it is one of these instead.
"""

from functools import lru_cache
from typing import Any

import numba
import numpy as np

from forge.blade import heights, noise, ownmaps
from forge.blade.maprules import MapError as MapError
from forge.blade.maprules import Tiles as Tiles
from forge.blade.maprules import check as check
from forge.blade.noise import Floats
from forge.blade.numbers import whole
from forge.blade.scatter import amounts, scatter
from forge.blade.tiles import Tile
from forge.config import Config

_numba_config: Any = numba.config
# Without the JIT, computing point by point is far slower than array by array.
ridge_fractal = (noise if _numba_config.DISABLE_JIT else heights).ridge_fractal

CACHED_MAPS = 256
CACHED_SIDE = 256  # larger maps are generated each time, so that the cache stays under 17 MB
BAND = 2**17  # heights computed at a time, so that a large map needs little memory

# Kinds from low to high, separated by the cuts.
_LAYERS = np.array([Tile.WATER, Tile.GRASS, Tile.FOREST, Tile.STONE], dtype=np.uint8)


def generate(config: Config, number: int) -> Tiles:
    """Make one map; the same map settings, seed and number always give the same map.

    Args:
        config: with ``map_files``, map k is the one with the index k modulo their number. Else
            map_size, border, map_seed, octaves, base_frequency, the three cuts and, with
            professions, clusters and singles are used.
        number: number of the map, 0 … 2^63 − 1 (realms take numbers up to 2^31 − 1).

    Returns:
        uint8 (map_size, map_size), kinds of tiles; read-only, shared between calls.

    Raises:
        MapError: for any other number.
    """
    number = whole("the number of a map", number, 0, 2**63 - 1, MapError)
    if own := ownmaps.maps_in(config.map_files):
        return own[number % len(own)].tiles
    make = _cached if config.map_size <= CACHED_SIDE else _generate
    return make(
        config.map_size,
        config.border,
        config.octaves,
        config.base_frequency,
        (config.water_cut, config.grass_cut, config.forest_cut),
        amounts(config),
        config.map_seed,
        number,
    )


def _generate(
    size: int,
    border: int,
    octaves: int,
    frequency: float,
    cuts: tuple[float, float, float],
    resources: tuple[int, int],
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
    if any(resources):
        scatter(tiles, border, *resources, seed, number)
    tiles.flags.writeable = False
    return tiles


_cached = lru_cache(maxsize=CACHED_MAPS)(_generate)


def _heights(positions: Floats, octaves: int, seed: int, number: int) -> Floats:
    """Compute the heights of a square, divided by their maximum: float64, in (0, 1]."""
    step = max(1, BAND // len(positions))
    bands = [
        ridge_fractal(positions[start : start + step], positions, octaves, seed, number)
        for start in range(0, len(positions), step)
    ]
    height = np.concatenate(bands)
    height /= height.max()
    return height


def stacked(maps: Any, num_realms: int, config: Config) -> Tiles:
    """Check maps that were given for realms, and convert them to one array.

    Args:
        maps: integers (num_realms, map_size, map_size), kinds of tiles.
        num_realms: required number of maps.
        config: map_size and border are used.

    Returns:
        uint8 (num_realms, map_size, map_size).

    Raises:
        MapError: as ``check`` does, or for another number of maps.
    """
    try:
        given = np.asarray(maps)
    except ValueError:  # rows of different lengths
        raise MapError("terrain is no array: all its maps and rows must be equally long") from None
    if given.ndim != 3:
        raise MapError(
            f"terrain has {given.ndim} dimensions, not 3: a map for each realm "
            "(for a single realm give map[None])"
        )
    if len(given) != num_realms:
        raise MapError(f"{len(given)} maps were given for {num_realms} realms")
    for tiles in given:
        check(tiles, config)
    return given.astype(np.uint8)
