"""Keep maps of one's own in a config: the setting ``map_files``.

Files are read once, where the setting is given. The config holds their tiles, and so do a run's
checkpoints and the workers on other machines: a file that changes later changes no run. The setting
is then JSON, a list with an object for each map:

    name   of the file, for people
    tiles  kinds of tiles, a byte each, row by row; compressed by zlib, in base64
"""

import base64
import hashlib
import json
import math
import os
import zlib
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from forge import files
from forge.blade import maprules
from forge.blade.maprules import MapError, Tiles
from forge.errors import ConfigError, ForgeError, shown

MOST_MAPS = 10_000
MOST_TILES = 2**24  # of all maps together: one of 4096 × 4096, or 2 621 of 80 × 80
_SUFFIX = ".tmx"
_LONGEST_NAME = 255  # characters


class OwnMap(NamedTuple):
    """A map of one's own: the name of its file, and its tiles, which are read-only."""

    name: str
    tiles: Tiles  # uint8 (side, side)


# -- The setting ----------------------------------------------------------------------------
def text_of(value: Any) -> Any:
    """Read files that are given as a path or as a list of paths; leave any other value as it is.

    Raises:
        ConfigError: as ``kept`` does.
    """
    if value is None:
        return ""
    if isinstance(value, os.PathLike):
        value = [value]
    return _written(_read(value)) if isinstance(value, (list, tuple)) else value


def kept(value: str) -> str:
    """Read the setting ``map_files``.

    Args:
        value: "": maps are generated; names of .tmx files, or of folders for all that are in them
            by name, with commas between; or maps that a config already holds.

    Returns:
        "", or the maps, so that a config needs no file.

    Raises:
        ConfigError: names the file, what is wrong with it, and how to mend it.
    """
    if not value:
        return ""
    if _is_json(value):
        maps_in(value)
        return value
    return _written(_read(name.strip() for name in value.split(",")))


def check_stored(value: Any) -> None:
    """Refuse a setting ``map_files`` that names a file, where it comes from a stored config.

    A config that is kept holds its maps, so only a forged one names a file, which is not opened.

    Raises:
        ConfigError: if it names one.
    """
    if value is not None and not (isinstance(value, str) and (not value or _is_json(value))):
        raise ConfigError(
            "map_files: a config that is read names no file, but holds its maps as JSON; not "
            f"{shown(value)}"
        )


def brief(value: str) -> str:
    """Tell a setting in a few words: a digest of its maps, and the names of their files."""
    if not value:
        return ""
    maps = maps_in(value)
    told = hashlib.blake2b(digest_size=8)
    for each in maps:
        told.update(each.tiles.tobytes())
    return f"{told.hexdigest()} ({', '.join(each.name for each in maps)})"


def check(config: Any) -> None:
    """Refuse maps that a world cannot use.

    Raises:
        ConfigError: names the file and what is wrong with its map.
    """
    for name, tiles in maps_in(config.map_files):
        try:
            maprules.check(tiles, config)
        except MapError as error:
            raise ConfigError(f"map_files: {name}: {error}") from None


@lru_cache(maxsize=8)
def maps_in(setting: str) -> tuple[OwnMap, ...]:
    """List the maps that a setting holds, as ``kept`` has read it; none where it is "".

    Raises:
        ConfigError: if the text is none that ``kept`` returns.
    """
    if not setting:
        return ()
    try:
        rows = files.parse_json(setting, list)
    except ValueError as error:
        raise ConfigError(f"map_files: {error}") from None
    maps: list[OwnMap] = []
    for number, row in enumerate(rows, 1):
        try:
            maps.append(_unpacked(row))
        except ValueError:  # from base64, too
            raise ConfigError(f"map_files: map {number} of the config is damaged") from None
        _check_amount(maps)
    return _some(maps)


# -- Files ----------------------------------------------------------------------------------
def _read(paths: Iterable[Any]) -> tuple[OwnMap, ...]:
    from forge.blade import mapfile  # where a file is given, so that other configs need no XML

    maps: list[OwnMap] = []
    for file in (file for path in paths for file in _files(path)):
        try:
            tiles = mapfile.read(file)
        except MapError as error:
            raise ConfigError(f"map_files: {error}") from None
        if len({*tiles.shape}) > 1:
            height, width = tiles.shape
            raise ConfigError(f"map_files: {file} has {height} × {width} tiles: a map is a square")
        maps.append(OwnMap(_plain(os.path.basename(file)), tiles))
        _check_amount(maps)
    return _some(maps)


def _files(path: Any) -> list[str]:
    """List the files of a path: itself, or those in the folder."""
    if not isinstance(path, (str, os.PathLike)) or not os.fspath(path):
        raise ConfigError(f"map_files: a map is the path of a .tmx file, not {shown(path)}")
    place = os.path.abspath(files.at_home(os.fsdecode(path)))
    if os.path.isdir(place):
        try:
            with files.plain_faults("read", place):
                found = sorted(it for it in os.listdir(place) if it.lower().endswith(_SUFFIX))
        except ForgeError as error:
            raise ConfigError(f"map_files: {error}") from None
        if not found:
            raise ConfigError(f"map_files: the folder {place} holds no {_SUFFIX} file")
        return [os.path.join(place, name) for name in found]
    if not place.lower().endswith(_SUFFIX):
        raise ConfigError(
            f"map_files: {place} is neither a {_SUFFIX} file nor a folder of them: save the map "
            f"from Tiled as {_SUFFIX}"
        )
    return [place]


def _plain(name: str) -> str:
    """Write the name of a file on one line."""
    return "".join(it if it.isprintable() else "?" for it in name)


# -- Texts ----------------------------------------------------------------------------------
def _is_json(value: str) -> bool:
    return value.lstrip().startswith("[")


def _written(maps: Iterable[OwnMap]) -> str:
    """Write maps as the config holds them."""
    rows = [
        {"name": name, "tiles": base64.b64encode(zlib.compress(tiles.tobytes())).decode()}
        for name, tiles in maps
    ]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def _unpacked(row: Any) -> OwnMap:
    """Read a map that a config holds, which may come from anybody.

    Raises:
        ValueError: if it is none.
    """
    if not isinstance(row, dict) or row.keys() != {"name", "tiles"}:
        raise ValueError
    name, text = row["name"], row["tiles"]
    if not (isinstance(name, str) and isinstance(text, str)):
        raise ValueError
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise ValueError
    decoder = zlib.decompressobj()
    try:
        kinds = decoder.decompress(base64.b64decode(text, validate=True), MOST_TILES + 1)
    except zlib.error:
        raise ValueError from None
    side = math.isqrt(len(kinds))
    if not decoder.eof or not side or side**2 != len(kinds):
        raise ValueError
    return OwnMap(name, np.frombuffer(kinds, np.uint8).reshape(side, side))


# -- Bounds ---------------------------------------------------------------------------------
def _check_amount(maps: list[OwnMap]) -> None:
    if len(maps) > MOST_MAPS or sum(each.tiles.size for each in maps) > MOST_TILES:
        raise ConfigError(
            f"map_files: at most {MOST_MAPS} maps, of {MOST_TILES} tiles together, are possible: "
            "give fewer, or smaller ones"
        )


def _some(maps: list[OwnMap]) -> tuple[OwnMap, ...]:
    if not maps:
        raise ConfigError("map_files: the list is empty: name a file, or '' for generated maps")
    return tuple(maps)
