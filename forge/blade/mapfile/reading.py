"""Read a map: its layer, its tilesets, and the kind of each tile."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from forge.blade.mapfile import document, nearby
from forge.blade.mapfile.faults import UnusableError, quoted
from forge.blade.mapfile.outline import Outline, Source
from forge.blade.mapfile.tileset import LAST_ID
from forge.blade.maprules import MapError, Tiles
from forge.blade.tiles import Tile
from forge.errors import shown
from forge.files import at_home

BAND = 2**18  # tiles translated at a time, so that a large map needs little memory
KINDS = {kind.name.lower(): kind for kind in Tile}


def read(path: str | os.PathLike[str]) -> Tiles:
    """Read a map from a .tmx file; ``terrain.check`` tells whether a world can use it.

    Args:
        path: path of the file. Its layer may be stored as CSV, as base64 (uncompressed, zlib, gzip,
            or zstd with the package zstandard) or as XML; its tilesets in the file, or near it.

    Returns:
        uint8 (height, width), kinds of tiles.

    Raises:
        MapError: if no map can be read; names the file, what is wrong, and how to mend it.
    """
    if not isinstance(path, (str, os.PathLike)) or not os.fspath(path):
        raise MapError(f"a map is read from a path, not from {shown(path)}")
    path = Path(at_home(path))
    try:
        return _read(path)
    except UnusableError as fault:
        raise MapError(f"cannot use the map {path}: {fault}") from None


def _read(path: Path) -> Tiles:
    budget = document.Budget()
    outline = Outline()
    with nearby.open_plain(path) as file:
        document.parse(file, "map", outline, budget)
    cells = outline.layer().finish()
    ids = cells.reshape(-1)
    ids &= np.uint32(LAST_ID)  # the bits above say how a tile is turned, which no rule sees
    used = np.zeros(int(ids.max()) + 1, dtype=np.bool_)
    for band in _bands(len(ids)):
        used[ids[band]] = True
    sources = sorted(outline.sources, key=lambda source: source.first)
    kinds = _kinds(used, sources, path.parent, budget)
    tiles = np.empty(len(ids), dtype=np.uint8)
    for band in _bands(len(ids)):
        tiles[band] = kinds[ids[band]]
    if not kinds[np.flatnonzero(used)].all():
        cell = int(np.argmin(tiles))
        row, col = divmod(cell, cells.shape[1])
        raise UnusableError(f"at row {row}, column {col} {_unknown(int(ids[cell]), sources)}")
    tiles -= 1
    return tiles.reshape(cells.shape)


def _bands(count: int) -> Iterator[slice]:
    return (slice(start, start + BAND) for start in range(0, count, BAND))


def _kinds(
    used: NDArray[np.bool_], sources: list[Source], folder: Path, budget: document.Budget
) -> Tiles:
    """List the kinds of tiles by their ids, reading the tilesets in use.

    Args:
        used: bool (number of ids), whether a tile of the map has this id.
        sources: in the order of their first ids.
        folder: folder of the map.
        budget: how much may be read of the tilesets.

    Returns:
        uint8 (number of ids), kind + 1; 0 for an id of no known kind.
    """
    kinds = np.zeros(len(used), dtype=np.uint8)
    firsts = [source.first for source in sources] + [len(used)]
    for source, end in zip(sources, firsts[1:], strict=True):
        if used[source.first : end].any():
            _load(source, folder, budget)
            for local, name in source.tileset.names.items():
                if name in KINDS and source.first + local < min(end, len(used)):
                    kinds[source.first + local] = KINDS[name] + 1
    return kinds


def _load(source: Source, folder: Path, budget: document.Budget) -> None:
    """Read a tileset from its file, if it has one."""
    if source.file is None:
        return
    try:
        with nearby.open_plain(nearby.locate(folder, source.file)) as file:
            document.parse(file, "tileset", source.tileset, budget)
    except UnusableError as fault:
        raise UnusableError(f"its tileset {quoted(source.file)}: {fault}") from None


def _unknown(number: int, sources: list[Source]) -> str:
    """Say what is wrong with a tile of no known kind, and how to mend it."""
    remedy = f"use tiles whose class in the tileset is one of {', '.join(KINDS)}"
    if number == 0:
        return f"there is no tile: {remedy}"
    named = ""
    for source in sources:
        if source.first <= number:
            local = number - source.first
            name = source.tileset.names.get(local)
            named = f" (ID {local} of the tileset {quoted(source.tileset.title)}"
            named += f": {quoted(name)})" if name else ")"
    return f"tile {number} is of no known kind{named}: {remedy}"
