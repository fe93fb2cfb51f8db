"""Find and open files: only regular files, and for a map's tilesets only files near the map."""

import os
import re
import stat
from pathlib import Path, PureWindowsPath
from typing import BinaryIO

from forge.blade.mapfile.faults import UnusableError, quoted

FOLDERS_UP = 2  # how far tilesets may lie above a map, as ../../tiles.tsx in Neural MMO v1.0
TILESETS = (".tsx", ".xml")  # suffixes of Tiled's tilesets
JSON = (".tsj", ".json")  # also opened, so that the error says how to save such a tileset


def open_plain(path: Path) -> BinaryIO:
    """Open a regular file for reading; never wait for a pipe or a device.

    Raises:
        UnusableError: if the file does not exist, is not a regular file or cannot be read.
    """
    try:
        _require_plain(os.stat(path).st_mode)
        file = open(path, "rb", opener=_without_waiting)  # noqa: SIM115 (the caller closes it)
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise UnusableError(getattr(error, "strerror", None) or str(error)) from None
    try:
        # Checked again, as another file may have taken the name in the meantime.
        _require_plain(os.fstat(file.fileno()).st_mode)
    except UnusableError:
        file.close()
        raise
    return file


def _require_plain(mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise UnusableError("it is a folder, not a file")
    if not stat.S_ISREG(mode):
        raise UnusableError("it is a pipe or a device, not a file: save the map as a file")


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def locate(folder: Path, source: str) -> Path:
    """Find the file of a tileset.

    Args:
        folder: folder of the map.
        source: path of the tileset, as the map names it.

    Raises:
        UnusableError: if the name is not that of a tileset, or the file is not near the map: an
            absolute path or an address, more than two folders up, or behind a link to elsewhere.
    """
    names = [name for name in re.split(r"[\\/]", source) if name not in ("", ".")]
    if not source.lower().endswith(TILESETS + JSON):
        raise UnusableError(
            f"it must be a tileset of Tiled's, in a file that ends in {TILESETS[0]}"
        )
    if source[:1] in ("/", "\\", "~") or "://" in source or PureWindowsPath(source).drive:
        raise UnusableError("it must be named by a relative path: save it beside the map")
    if _folders_up(names) > FOLDERS_UP:
        raise UnusableError(f"it may lie at most {FOLDERS_UP} folders up: save it beside the map")
    try:
        home = folder.resolve()
        path = home.joinpath(*names).resolve()
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: links in a circle
        raise UnusableError(f"it cannot be found ({error}): save it beside the map") from None
    if not path.is_relative_to([home, *home.parents][: FOLDERS_UP + 1][-1]):
        raise UnusableError(
            f"it is a link to {quoted(str(path))}, far away: save it beside the map"
        )
    return path


def _folders_up(names: list[str]) -> int:
    """Count how far above its start a path goes at most."""
    depth = highest = 0
    for name in names:
        depth += 1 if name == ".." else -1
        highest = max(highest, depth)
    return highest
