"""Keep compiled kernels in files: one per kernel and signature, written whole, with a checksum.

If anything is wrong with a file, the kernel is compiled again and a warning says so, once. Numba's
own cache would end the program, or run code with flipped bits. Since it keeps index and code apart,
it could also mistake one kernel for another when two processes write at the same time.
"""

import contextlib
import errno
import hashlib
import os
import pickle
import re
import secrets
import shutil
from collections.abc import Callable, Collection
from functools import lru_cache
from pathlib import Path
from typing import Any

from forge.blade.cachedir import is_ours, make_private, say

_rebuild: Any = None
_dumps: Any = None
with contextlib.suppress(ImportError, AttributeError):  # internals that another numba may lack
    from numba.core import compiler, serialize

    _rebuild, _dumps = compiler.CompileResult._rebuild, serialize.dumps

HEAD = b"forge kernel 1\n"
CHECKSUM = 32  # [bytes]
LONGEST_NAME = 120
SEPARATOR = "@"  # between a kernel's name and the hash of what it was compiled for

_READ = os.O_RDONLY
for _flag in ("O_BINARY", "O_CLOEXEC", "O_NOFOLLOW", "O_NONBLOCK"):  # those that the system has
    _READ |= getattr(os, _flag, 0)


class DamagedError(Exception):
    """A file differs from what was written; the message says how."""


def usable() -> bool:
    """Say whether this version of numba allows compiled kernels to be kept."""
    return _rebuild is not None and _dumps is not None


class KernelCache:
    """The cache of one kernel, with the interface that numba's dispatchers expect.

    Attributes:
        name: the part of its files' names before the separator.
    """

    def __init__(self, function: Callable[..., Any], options: dict[str, Any], folder: Path) -> None:
        """Name the kernel and the folder of its files.

        Args:
            function: the kernel's Python function.
            options: options of the compiler.
            folder: the folder of the cache.
        """
        code = function.__code__
        name = f"{function.__module__}.{function.__qualname__}-{code.co_firstlineno}"
        self.name = re.sub(r"[^\w.-]", "", name)[:LONGEST_NAME]
        self._function, self._folder, self._enabled = function, folder, True
        self._options = repr(sorted(options.items()))

    @property
    def cache_path(self) -> str:
        """The folder of the kernel's files."""
        return str(self._folder)

    def enable(self) -> None:
        """Read and write files from now on."""
        self._enabled = True

    def disable(self) -> None:
        """Read and write no files from now on."""
        self._enabled = False

    def flush(self) -> None:
        """Remove all files of the kernel."""
        for path in self._folder.glob(f"{self.name}{SEPARATOR}*"):
            _remove(path)

    def load_overload(self, signature: Any, target: Any) -> Any:
        """Load the compiled version for a signature; None: there is none that can be used."""
        path = None
        try:
            path = self._path(signature, target)
            if path is None:
                return None
            target.refresh()  # compiled code may need parts that numba has not loaded yet
            known, parts = pickle.loads(read(path))
            return _rebuild(target, *parts) if known == signature else None
        except FileNotFoundError:
            return None
        except OSError as error:
            say(f"compiled kernels in {self._folder} cannot be read: {_why(error)}")
        except Exception as error:
            why = str(error) if isinstance(error, DamagedError) else "cannot be loaded"
            with contextlib.suppress(OSError):  # only the process that removes the file says so
                if path is not None:
                    _remove(path)
                say(f"a compiled kernel in {self._folder} {why}: it is compiled again")
        return None

    def save_overload(self, signature: Any, compiled: Any) -> None:
        """Keep the compiled version for a signature."""
        name = f"{self._function.__module__}.{self._function.__qualname__}"
        try:
            path = self._path(signature, compiled.target_context)
            if path is None:
                return
            if compiled.lifted or compiled.library.has_dynamic_globals:
                say(f"{name} refers to memory of this process: it is compiled anew in every one")
                return
            write(path, _dumps((signature, compiled._reduce())))
        except OSError as error:
            say(cannot_keep(self._folder, error))
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
            say(f"{name} cannot be kept ({text}): it is compiled anew in every process")

    def _path(self, signature: Any, target: Any) -> Path | None:
        """Name the file of the version for a signature; None: this version cannot be kept."""
        function = self._function
        source = _source(function.__code__.co_filename)
        if not self._enabled or source is None:
            return None
        cells = [cell.cell_contents for cell in function.__closure__ or ()]
        texts = self._options, str(signature), str(target.codegen().magic_tuple())
        # A kernel, or a type that holds one, has a different name in every process.
        if " at 0x" in texts[1] or any(hasattr(cell, "py_func") for cell in cells):
            return None
        digest = hashlib.blake2b(source, digest_size=16)
        for part in (function.__code__.co_code, _dumps(cells), *(text.encode() for text in texts)):
            digest.update(hashlib.blake2b(part).digest())
        return self._folder / f"{self.name}{SEPARATOR}{digest.hexdigest()}"


def kept(folder: Path, names: Collection[str]) -> set[str]:
    """Select the names of kernels (``KernelCache.name``) of which a folder holds an intact file."""
    found: set[str] = set()
    with contextlib.suppress(OSError):
        for file in os.listdir(folder):
            name = file.partition(SEPARATOR)[0]
            if name in names and name not in found and _is_whole(folder / file):
                found.add(name)
    return found


def _is_whole(path: Path) -> bool:
    try:
        return bool(read(path))
    except (OSError, DamagedError):
        return False


def read(path: Path) -> bytes:
    """Read a file that ``write`` wrote.

    Raises:
        OSError: if the file cannot be read.
        DamagedError: if its content has changed, or if other users can have written it.
    """
    try:
        descriptor = os.open(path, _READ)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise DamagedError("is a link") from None
        raise
    if not is_ours(os.fstat(descriptor)):
        os.close(descriptor)
        raise DamagedError("is not a file that only you can have written")
    with open(descriptor, "rb") as file:
        data = file.read()
    head, rest = data[: len(HEAD) + CHECKSUM], data[len(HEAD) + CHECKSUM :]
    if head != _head(rest):
        raise DamagedError("is damaged")
    return rest


def write(path: Path, data: bytes) -> None:
    """Write a file completely or not at all.

    Raises:
        OSError: if the file cannot be written.
    """
    make_private(path.parent)  # the folder may have been removed
    temporary = path.with_name(f"{secrets.token_hex(8)}.tmp")
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(_head(data) + data)
        try:
            os.replace(temporary, path)
        except OSError:
            if not path.is_dir():
                raise
            _remove(path)
            os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def _head(data: bytes) -> bytes:
    return HEAD + hashlib.blake2b(data, digest_size=CHECKSUM).digest()


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


@lru_cache(maxsize=256)
def _source(name: str) -> bytes | None:
    """Hash a source file; None: there is no such file."""
    try:
        return hashlib.blake2b(Path(name).read_bytes()).digest()
    except OSError:
        return None


def cannot_keep(folder: Path, error: OSError) -> str:
    """Word the warning that nothing can be written into the cache."""
    return (
        f"compiled kernels cannot be kept in {folder} ({_why(error)}), so they are compiled anew "
        "in every process; FORGE_CACHE_DIR can name another folder"
    )


def _why(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else str(error)
