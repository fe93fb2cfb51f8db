"""Read and write maps as Tiled's .tmx: a tile layer, and tilesets that name the kinds of tiles.

A kind of tile (a name of ``forge.blade.tiles.Tile`` in lower case) is named by a tile's property
``kind``, or else by its class (``type`` or ``class`` in the file), or else by the file name of its
picture, as in Neural MMO v1.0. Files may number their tiles in any way.

Files may come from anywhere, so reading is bounded by the declared size and by ``document.Budget``,
and limited to regular files near the map. The outcome is always a map or a ``MapError``.
"""

from forge.blade.mapfile.reading import read
from forge.blade.mapfile.writing import encode, write

__all__ = ["encode", "read", "write"]
