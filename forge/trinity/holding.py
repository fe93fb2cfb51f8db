"""Hold a run's directory with a file lock, so that no other run writes there.

The system releases the lock when the process ends, in whatever way; the file may then stay.
"""

import os
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Any

from forge.errors import RunError

LOCK = ".forge-lock"  # exists in the directory while a run holds it


def hold(owner: object, folder: Path) -> "weakref.finalize[Any, Any] | None":
    """Hold a directory until the returned function is called, or its owner is gone.

    Args:
        owner: the object that holds the directory.
        folder: the directory.

    Returns:
        A function that releases it; None: the file system has no locks, or is read-only.

    Raises:
        RunError: if another run holds it.
    """
    with suppress(OSError):
        descriptor = _locked(folder / LOCK)
        return weakref.finalize(owner, _let_go, descriptor, folder / LOCK, os.getpid())
    return None


def _locked(path: Path) -> int:
    """Lock a file, which is made if it does not exist.

    Raises:
        RunError: if another process has it locked.
        OSError: if it cannot be made or locked.
    """
    from filelock import lock_descriptor  # late, as the import is slow

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
        os.close(descriptor)  # the last holder has just removed the file: make a new one


def _is_at(descriptor: int, path: Path) -> bool:
    """Say whether the path still names this open file."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _let_go(descriptor: int, path: Path, pid: int) -> None:
    """Remove the file and release the lock; a forked process only closes its own descriptor."""
    with suppress(OSError):
        if os.getpid() == pid and _is_at(descriptor, path):
            path.unlink()  # Windows refuses while the file is open
    os.close(descriptor)
    if os.name == "nt":
        with suppress(OSError):
            path.unlink()  # Windows refuses if another run has opened it meanwhile
