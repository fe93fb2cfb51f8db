"""Find and open files, but only plain ones, and those that a map names only near the map."""

import os
import re
import stat
from pathlib import Path, PureWindowsPath
from typing import BinaryIO

from forge.blade.mapfile.faults import UnusableError, quoted

FOLDERS_UP = 2  # that a map's tilesets may lie above it, as ../../tiles.tsx in Neural MMO v1.0
TILESETS = (".tsx", ".xml")  # names of Tiled's tilesets
JSON = (".tsj", ".json")  # those are read as far as the error that says how to save them


def open_plain(path: Path) -> BinaryIO:
    """Open a file for reading, unless it is a pipe, a device or a folder; never wait for one.

    Raises:
        UnusableError: if there is no such file, or none that may be read.
    """
    try:
        _require_plain(os.stat(path).st_mode)
        file = open(path, "rb", opener=_without_waiting)  # noqa: SIM115 (the caller closes it)
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise UnusableError(getattr(error, "strerror", None) or str(error)) from None
    try:
        # Again, as another one may have taken the name in the meantime.
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
        folder: of the map.
        source: of the tileset, as the map names it.

    Raises:
        UnusableError: if it is no tileset by its name, or lies elsewhere: by an absolute path or an
            address, more than two folders up, or behind a link that leads out of there.
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
