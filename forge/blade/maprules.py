"""Say which maps a world can use: their size, their kinds of tiles, their border and spawn ring."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.tiles import NUM_TILES, SAFE, Tile, kinds_in, safe_in
from forge.errors import ForgeError

Tiles = NDArray[np.uint8]

BIRTH_TILES = SAFE  # kinds of tiles allowed on the spawn ring


class MapError(ForgeError, ValueError):
    """A map cannot be used; the message says what is wrong, where, and how to mend it."""


def check(tiles: Tiles, config: Any) -> None:
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
