"""Write files so that a crash or a full disk leaves the old one or the new one, never half."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from forge.errors import ForgeError


@contextmanager
def plain_faults(action: str, path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn an operating system's error into one line: "cannot ACTION PATH: reason".

    Raises:
        ForgeError: in place of an OSError.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise ForgeError(f"cannot {action} {os.fspath(path)}: {reason}") from error


def write_atomic(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a whole file: into a temporary one beside it, which then takes its name.

    Raises:
        ForgeError: if it cannot be written; a file of that name is then as it was.
    """
    path = Path(path)
    temporary = path.parent / f".{path.name}-{secrets.token_hex(8)}"
    with plain_faults("write", path):
        try:
            with open(temporary, "xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise
        _sync_folder(path.parent)


def append(path: str | os.PathLike[str], data: bytes) -> None:
    """Append to a file; if that fails half-way, cut it back to where it was.

    Raises:
        ForgeError: if it cannot be written.
    """
    with plain_faults("write", path), open(path, "ab", buffering=0) as file:
        before = os.fstat(file.fileno()).st_size
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[file.write(rest) :]
        except BaseException:
            with suppress(OSError):
                file.truncate(before)
            raise


def sync(path: str | os.PathLike[str]) -> None:
    """Make sure that what was written to a file is on the disk.

    Raises:
        ForgeError: if the system reports that it is not.
    """
    with plain_faults("write", path), open(path, "rb+") as file:
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make a rename lasting, where folders can be synced (not on Windows)."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
