"""Hold a run's directory by the system's lock on a file in it, so that no other run writes there.

The system lets go of the lock when the process ends, however it does; the file may then stay.
"""

import os
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Any

from forge.errors import RunError

LOCK = ".forge-lock"  # in the directory, as long as it is held


def hold(owner: object, folder: Path) -> "weakref.finalize[Any, Any] | None":
    """Hold a directory until the returned function is called, or its owner is gone.

    Args:
        owner: whom it is held for.
        folder: the directory.

    Returns:
        What lets go of it; None: the file system has no locks, or is read-only.

    Raises:
        RunError: if another run holds it.
    """
    with suppress(OSError):
        descriptor = _locked(folder / LOCK)
        return weakref.finalize(owner, _let_go, descriptor, folder / LOCK, os.getpid())
    return None


def _locked(path: Path) -> int:
    """Lock a file, and make it if there is none.

    Raises:
        RunError: if another process has it locked.
        OSError: if it cannot be made or locked.
    """
    from filelock import lock_descriptor  # it takes a while

    how = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    while True:
        descriptor = os.open(path, how, 0o666)
        try:
            if not lock_descriptor(descriptor, blocking=False):
                raise RunError(
                    f"run directory {path.parent} is in use: another run that was not closed "
                    "writes to it"
                )
            if _is_at(descriptor, path):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # whoever held it has just removed it: make a new one


def _is_at(descriptor: int, path: Path) -> bool:
    """Say whether an open file still is the one of that name."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _let_go(descriptor: int, path: Path, pid: int) -> None:
    """Remove the file, and let go of it: a forked process lets go of its own copy alone."""
    with suppress(OSError):
        if os.getpid() == pid and _is_at(descriptor, path):
            path.unlink()  # Windows refuses: it is open
    os.close(descriptor)
    if os.name == "nt":
        with suppress(OSError):
            path.unlink()  # Windows refuses if another run has opened it meanwhile
