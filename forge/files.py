"""Read and write whole files: after a crash or on a full disk, the old or the new file is there."""

import errno
import json
import os
import re
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, TypeVar

from forge.errors import ForgeError

Path_ = str | os.PathLike[str]
Kind = TypeVar("Kind")

MOST_JSON = 64 << 20  # a larger file is not read as JSON [bytes]
_KINDS = {dict: "an object", list: "a list", str: "a text", type(None): "null"}
_CONSTANTS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
# Errors of file systems that cannot sync at all; any other error is a fault.
_CANNOT_SYNC = {
    number
    for name in ("EINVAL", "ENOTSUP", "EOPNOTSUPP", "ENOSYS")
    if (number := getattr(errno, name, None)) is not None
}
_TEMPORARY = re.compile(r"\..+-[0-9a-f]{16}")


@contextmanager
def plain_faults(action: str, path: Path_, advice: str = "") -> Iterator[None]:
    """Turn an operating system's error into one line: "cannot ACTION PATH: reason; advice".

    Args:
        action: what is done.
        path: to which file or folder.
        advice: what the user can do instead; "": the line ends with the reason.

    Raises:
        ForgeError: in place of an OSError.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        rest = f"; {advice}" if advice else ""
        raise ForgeError(f"cannot {action} {os.fspath(path)}: {reason}{rest}") from error


def at_home(path: Path_) -> str:
    """Replace a leading ``~`` by the home folder, as a shell does; every door of the API does so.

    A file of such a name is ``./~``.
    """
    return os.path.expanduser(os.fspath(path))


# -- Reading --------------------------------------------------------------------------------


@contextmanager
def opened(path: Path_) -> Iterator[IO[bytes]]:
    """Open a regular file for reading.

    Raises:
        ForgeError: if the path is a pipe, a device or a folder, or cannot be read.
    """
    with plain_faults("read", path):
        require_plain(path)
        with open(path, "rb") as file:
            yield file


def require_plain(path: Path_) -> None:
    """Refuse anything but a regular file: reading a pipe could wait forever.

    Raises:
        ForgeError: says what the path is.
        OSError: if the path does not exist.
    """
    kind = os.stat(path).st_mode
    if not stat.S_ISREG(kind):
        what = "a folder" if stat.S_ISDIR(kind) else "not a regular file"
        raise ForgeError(f"cannot read {os.fspath(path)}: it is {what}")


def read(path: Path_, most: int | None = None) -> bytes:
    """Read a regular file; refuse pipes, which could keep us waiting, and endless devices.

    Args:
        path: the file.
        most: refuse a larger one [bytes]; None: any size.

    Raises:
        ForgeError: if it cannot be read, or is too large.
    """
    with opened(path) as file:
        try:
            data = file.read() if most is None else file.read(most + 1)
        except MemoryError:
            raise ForgeError(
                f"cannot read {os.fspath(path)}: it does not fit into memory"
            ) from None
    if most is not None and len(data) > most:
        raise ForgeError(f"cannot read {os.fspath(path)}: it is larger than {most} bytes")
    return data


def parse_json(text: bytes | str, kind: type[Kind], constants: bool = False) -> Kind:
    """Read JSON from any source, and check it.

    Args:
        text: the JSON, in UTF-8.
        kind: type of the outermost value: dict or list.
        constants: whether to accept NaN and Infinity, which are not part of JSON.

    Raises:
        ValueError: says what is wrong with the text.
    """
    constant = _CONSTANTS.__getitem__ if constants else _refuse_constant
    try:
        text = text if isinstance(text, str) else text.decode()
        value = json.loads(text, parse_constant=constant, object_pairs_hook=_object)
    except RecursionError:
        raise ValueError("it nests too deeply") from None
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON: {error}") from None
    except _RefusedError:
        raise
    except ValueError:  # of Python, which reads no longer ones
        raise ValueError("it holds a number of thousands of digits") from None
    if type(value) is not kind:
        raise ValueError(f"it is {_KINDS.get(type(value), 'a number')}, not {_KINDS[kind]}")
    return value


def read_json(path: Path_, kind: type[Kind], most: int = MOST_JSON) -> Kind:
    """Read a file of JSON.

    Args:
        path: the file.
        kind: type of the outermost value: dict or list.
        most: refuse a larger file [bytes].

    Raises:
        ForgeError: names the file and says what is wrong with it.
    """
    data = read(path, most)
    try:
        return parse_json(data, kind)
    except ValueError as error:
        raise ForgeError(f"cannot read {os.fspath(path)}: {error}") from None


class _RefusedError(ValueError):
    """JSON holds what Python's reader accepts, and we do not."""


def _refuse_constant(name: str) -> Any:
    raise _RefusedError(f"it holds {name}, which is no number in JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object; refuse a name that comes twice, as readers differ in which one counts."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _RefusedError("a name comes twice in one of its objects")
    return found


# -- Writing --------------------------------------------------------------------------------


def check_place(path: Path_, suffix: str, error: type[Exception] = ForgeError) -> None:
    """Refuse a file that could not be written later.

    Args:
        path: the file.
        suffix: how its name has to end.
        error: class of the error.

    Raises:
        error: says why.
    """
    if not os.fspath(path):
        raise error(f"a file to be written needs a name, which ends in {suffix}: give a name")
    place = Path(path)
    folder = place.absolute().parent
    if place.is_dir():
        why = "it is a folder"
    elif not folder.is_dir():
        why = "there is no such folder"
    elif place.suffix.lower() != suffix:
        why = f"the name of such a file ends in {suffix}"
    elif not os.access(folder, os.W_OK):
        why = "its folder is read-only for you"
    else:
        return
    raise error(f"cannot write {path}: {why}")


def write_atomic(path: Path_, data: bytes) -> None:
    """Write a file as a whole: a temporary file beside it is written, then renamed.

    Raises:
        ForgeError: if the file cannot be written; an earlier file of that name is then unchanged.
    """

    def write(temporary: Path) -> None:
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            _sync(file.fileno())

    _replace(Path(path), write)


def open_new(path: Path_, what: str) -> IO[bytes]:
    """Make a file that is to grow, and open it for writing, without a buffer.

    Args:
        path: the file.
        what: it holds, for messages: "a recording".

    Raises:
        ForgeError: if there is one of that name, or it cannot be written.
    """
    with plain_faults("write", path):
        try:
            return open(path, "xb", buffering=0)
        except FileExistsError:
            raise ForgeError(
                f"{os.fspath(path)} exists, and {what} replaces nothing: choose another name, or "
                "remove it"
            ) from None


@contextmanager
def kept_if_done(path: Path_) -> Iterator[None]:
    """Remove a new file again if Ctrl-C ends what fills it. Enter this once the file is made."""
    try:
        yield
    except KeyboardInterrupt:
        with suppress(OSError):
            os.unlink(at_home(path))
        raise


def copy_atomic(source: Path_, path: Path_) -> None:
    """Copy a file. The copy is independent: damage to one file does not touch the other.

    Raises:
        ForgeError: if the copy cannot be written; an earlier file of that name is then unchanged.
    """

    def write(temporary: Path) -> None:
        shutil.copyfile(source, temporary)
        with open(temporary, "rb+") as file:
            _sync(file.fileno())

    _replace(Path(path), write)


def _replace(path: Path, write: Callable[[Path], None]) -> None:
    """Write a temporary file, then rename it."""
    temporary = path.parent / f".{path.name}-{secrets.token_hex(8)}"
    with plain_faults("write", path):
        try:
            write(temporary)
            os.replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise
        _sync_folder(path.parent)


def is_temporary(name: str) -> bool:
    """Tell from a file's name whether a killed ``write_atomic`` left it behind."""
    return _TEMPORARY.fullmatch(name) is not None


def append(path: Path_, data: bytes, at: int | None = None) -> None:
    """Append to a file; if writing fails half-way, cut the file back to its earlier size.

    Args:
        path: the file.
        data: what to append.
        at: size that the file must have before [bytes]; None: any size, and it need not exist.

    Raises:
        ForgeError: if the file cannot be written, or has another size.
    """
    with plain_faults("write", path), open(path, "ab" if at is None else "rb+", 0) as file:
        before = file.seek(0, os.SEEK_END)
        if at is not None and before != at:
            raise ForgeError(
                f"cannot write {os.fspath(path)}: something else changed it "
                f"(it has {before} bytes, not {at})"
            )
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[file.write(rest) :]
        except BaseException:
            with suppress(OSError):
                file.truncate(before)
            raise


def sync(path: Path_) -> bool:
    """Make sure that a file's content is on the disk.

    Returns:
        Whether the file system can promise that at all.

    Raises:
        ForgeError: if the system reports that the content is not on the disk.
    """
    with plain_faults("write", path), open(path, "rb+") as file:
        return _sync(file.fileno())


def _sync(descriptor: int) -> bool:
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC:
            raise
        return False
    return True


def _sync_folder(folder: Path) -> None:
    """Make a rename durable, where folders can be synced (not on Windows)."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
