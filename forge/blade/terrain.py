"""Generate maps: a ridge fractal cut into water, grass, forest and stone, in a border of lava."""

from functools import lru_cache
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from forge.blade import heights, noise
from forge.blade.noise import Floats
from forge.blade.numbers import whole
from forge.blade.scatter import amounts, scatter
from forge.blade.tiles import NUM_TILES, SAFE, Tile, kinds_in, safe_in
from forge.config import Config
from forge.errors import ForgeError

Tiles = NDArray[np.uint8]
_numba_config: Any = numba.config
# Without the JIT, computing point by point is far slower than array by array.
ridge_fractal = (noise if _numba_config.DISABLE_JIT else heights).ridge_fractal

BIRTH_TILES = SAFE  # kinds of tiles allowed on the spawn ring
CACHED_MAPS = 256
CACHED_SIDE = 256  # larger maps are generated each time, so that the cache stays under 17 MB
BAND = 2**17  # heights computed at a time, so that a large map needs little memory

# Kinds from low to high, separated by the cuts.
_LAYERS = np.array([Tile.WATER, Tile.GRASS, Tile.FOREST, Tile.STONE], dtype=np.uint8)


class MapError(ForgeError, ValueError):
    """A map cannot be used; the message says what is wrong, where, and how to mend it."""


def generate(config: Config, number: int) -> Tiles:
    """Generate one map; the same map settings, seed and number always give the same map.

    Args:
        config: map_size, border, map_seed, octaves, base_frequency, the three cuts and, with
            professions, clusters and singles are used.
        number: number of the map, 0 … 2^63 − 1 (realms take numbers up to 2^31 − 1).

    Returns:
        uint8 (map_size, map_size), kinds of tiles; read-only, shared between calls.

    Raises:
        MapError: for any other number.
    """
    number = whole("the number of a map", number, 0, 2**63 - 1, MapError)
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


def check(tiles: Tiles, config: Config) -> None:
    """Refuse a map that the world cannot use.

    Args:
        tiles: integers (map_size, map_size), kinds of tiles.
        config: map_size, border and the systems that have kinds of their own are used.

    Raises:
        MapError: if the shape, the type or a kind is wrong, the world lacks the system of a kind,
            the border is not all lava, or an agent could not be born on a tile of the ring just
            inside it.
    """
    if tiles.shape != (config.map_size, config.map_size):
        shape = " × ".join(str(side) for side in tiles.shape)
        raise MapError(
            f"the map has {shape} tiles, but map_size is {config.map_size}: set map_size to the "
            "side of the map, which is a square"
        )
    if tiles.dtype.kind not in "iu":
        raise MapError(f"the map holds {tiles.dtype}: kinds of tiles are whole numbers")
    kinds = len(kinds_in(config))
    _require((tiles >= 0) & (tiles < NUM_TILES), tiles, f"kinds of tiles are 0 … {kinds - 1}")
    for kind in tuple(Tile)[kinds:]:
        rule = f"there is {kind.name.lower()} only with {kind.system}: set {kind.system} to true"
        _require(tiles != kind, tiles, rule)
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
        f"{safe_in(config, 'or')} (or set border to the width of the lava)",
    )


def _require(good: NDArray[np.bool_], tiles: Tiles, rule: str) -> None:
    if good.all():
        return
    row, col = (int(index) for index in np.argwhere(~good)[0])
    kind = int(tiles[row, col])
    name = Tile(kind).name.lower() if 0 <= kind < NUM_TILES else f"kind {kind}"
    raise MapError(f"the map has {name} at row {row}, column {col}: {rule}")
