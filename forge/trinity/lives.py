"""Read the records of the lives of a run, and make tables of the records of lives.

::

    from forge.trinity.lives import flat, read_lives

    table = pandas.DataFrame(flat(read_lives("runs/NAME-DATE")))
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from forge import files
from forge.blade.added import OF_LIVES
from forge.blade.records import LIFE_COLUMNS, SPARE
from forge.errors import RunError
from forge.trinity.commit import LIVES
from forge.trinity.trinity import Array

ABOUT, CENSORED = "lives.json", "censored.bin"  # of a run, beside LIVES


def read_lives(run: str | os.PathLike[str], living: bool = False) -> Array:
    """Read the lives of a run, which may be running still.

    Args:
        run: its directory.
        living: whether the agents that were alive at the last checkpoint follow, with ``cause`` 0
            and their ``lifetime`` so far, but for those that have died since.

    Returns:
        LIFE (n,), with the columns that the world has; ``flat`` makes a table of it. Lives with
        ``cause`` 0 have not ended in death.

    Raises:
        ForgeError: if a file cannot be read, or is not what a run writes.
    """
    folder = Path(files.at_home(run))
    dtype = _dtype(folder / ABOUT)
    # The living come first: who dies between the two is among the lives then.
    alive = _records(folder / CENSORED, dtype) if living else None
    lives = _records(folder / LIVES, dtype)
    if alive is None:
        return lives
    return np.concatenate([lives, alive[~np.isin(_whose(alive), _whose(lives))]])


def _whose(lives: Array) -> Array:
    """Number those who lived, int64 (n,): a run uses an id of a realm, below 2^40, only once."""
    whose: Array = (lives["realm"].astype(np.int64) << 40) + lives["id"]
    return whose


def _records(path: Path, dtype: np.dtype[Any]) -> Array:
    """Read all whole records; one at the end that is being written is left out."""
    with files.opened(path) as file:
        number = os.fstat(file.fileno()).st_size // dtype.itemsize
        return np.fromfile(file, dtype, number)


def _dtype(path: Path) -> np.dtype[Any]:
    """Read the dtype of a run's records."""
    try:
        descr = files.read_json(path, dict)["descr"]
        dtype: np.dtype[Any] = np.lib.format.descr_to_dtype(descr)
        if dtype.hasobject or not {"realm", "id"} <= set(dtype.names or ()):
            raise ValueError
    except (LookupError, TypeError, ValueError):
        raise RunError(f"cannot read {path}: it does not describe the lives of a run") from None
    return dtype


def described(life: np.dtype[Any]) -> dict[str, Any]:
    """Describe the records of lives for readers of any language: what ``ABOUT`` holds."""
    return {
        "itemsize": life.itemsize,
        "columns": [[name, life[name].base.str, [*life[name].shape]] for name in life.names or ()],
        "descr": np.lib.format.dtype_to_descr(life),
    }


def flat(lives: Array) -> dict[str, Array]:
    """Give the records of lives as columns of numbers, of which a table can be made.

    Args:
        lives: LIFE (n,), of any world.

    Returns:
        (n,) each, by name: a column with several numbers is one for each, with the name of its part
        (``ticks_on_lava``, ``hits_dealt_melee``); parts that have no name are numbered from 0.
    """
    return {
        title: np.ascontiguousarray(lives[name] if part is None else lives[name][:, part])
        for name, part, title in _flat_names(lives.dtype)
    }


def flat_names(dtype: np.dtype[Any]) -> list[str]:
    """Name the columns of ``flat`` of lives with that dtype."""
    return [title for *_, title in _flat_names(dtype)]


def _flat_names(dtype: np.dtype[Any]) -> Iterator[tuple[str, int | None, str]]:
    """List column, number of the part (None: it has no parts) and name of both."""
    listed = (*LIFE_COLUMNS, *(column for it in OF_LIVES.values() for column in it.life))
    for name in dtype.names or ():
        if name == SPARE:
            continue
        if not dtype[name].shape:
            yield name, None, name
            continue
        parts = [part for column in listed if column.name == name for part in column.parts]
        for k in range(dtype[name].shape[0]):
            yield name, k, f"{name}_{parts[k] if k < len(parts) else k}"
