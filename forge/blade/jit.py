"""Compile kernels, and keep the compiled code where an edit of any kernel is noticed.

Numba stamps a cached function with its own source file only, so an edited callee in another file
would be missed. All of Forge's kernels are therefore cached in one directory that is named after
a hash of every source file that may hold a kernel.
"""

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numba

Function = TypeVar("Function", bound=Callable[..., Any])

_config: Any = numba.config

PACKAGE = Path(__file__).resolve().parents[1]
KERNEL_PACKAGES = ("blade", "ethyr")
KEPT_CACHES = 6
CACHE_NAME = re.compile("kernels-[0-9a-f]{16}")


def source_hash() -> str:
    """Hash all sources that may hold a kernel, with numba's version and whether bounds are checked.

    Numba itself does not tell code with and without bounds checks apart (``NUMBA_BOUNDSCHECK=1``
    would do nothing where a cache exists).

    Returns:
        16 hexadecimal digits.
    """
    kind = f"{numba.__version__} {bool(_config.BOUNDSCHECK)}"
    digest = hashlib.blake2b(kind.encode(), digest_size=8)
    for package in KERNEL_PACKAGES:
        for path in sorted((PACKAGE / package).rglob("*.py")):
            digest.update(path.relative_to(PACKAGE).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _places() -> Iterator[Path]:
    """Yield the folders that may hold the cache, the best first."""
    chosen = os.environ.get("FORGE_CACHE_DIR") or os.environ.get("NUMBA_CACHE_DIR")
    if chosen:
        yield Path(chosen)
    yield PACKAGE / "__pycache__"
    if "XDG_CACHE_HOME" in os.environ:
        yield Path(os.environ["XDG_CACHE_HOME"]) / "forge"
    with contextlib.suppress(RuntimeError):  # no home directory is known
        yield Path.home() / ".cache" / "forge"
    # In a shared temporary folder only a directory of our own can be trusted.
    user = os.getuid() if hasattr(os, "getuid") else "user"
    with contextlib.suppress(FileNotFoundError):  # no temporary folder is writable
        private = Path(tempfile.gettempdir()) / f"forge-{user}"
        if _is_private(private):
            yield private


def _is_private(path: Path) -> bool:
    try:
        path.mkdir(mode=0o700, exist_ok=True)
        owner = path.lstat()
    except OSError:
        return False
    if path.is_symlink() or not hasattr(os, "getuid"):
        return not path.is_symlink()
    return owner.st_uid == os.getuid() and owner.st_mode & 0o077 == 0


def _is_writable(path: Path) -> bool:
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return True
    except OSError:
        return False


@lru_cache(maxsize=1)
def cache_directory() -> Path | None:
    """Choose the directory of compiled kernels.

    Returns:
        The first writable one of ``$FORGE_CACHE_DIR``, the package, the user's cache and a
        private temporary folder; None where none is writable (kernels then compile in each
        process).
    """
    name = f"kernels-{source_hash()}"
    for place in _places():
        if _is_writable(place / name):
            os.utime(place / name)
            _forget_old(place)
            return place / name
    return None


def _forget_old(place: Path) -> None:
    """Remove all but the caches used last: every edit of a kernel leaves one behind."""

    def last_used(path: Path) -> float:
        return path.stat().st_mtime

    with contextlib.suppress(OSError):
        ours = [path for path in place.glob("kernels-*") if CACHE_NAME.fullmatch(path.name)]
        for path in sorted(ours, key=last_used)[:-KEPT_CACHES]:
            shutil.rmtree(path, ignore_errors=True)


def kernel(function: Function) -> Function:
    """Compile a function with numba, cached (see the module); plain Python when the JIT is off.

    Args:
        function: takes arrays, records, named tuples of them, and numbers.
    """
    return _compiled(function)


def lean(function: Function) -> Function:
    """Compile as ``kernel`` does, without reference counts: for a function that allocates nothing.

    Counting references to the arrays of a named tuple, in and out of every call and view, would
    cost several times what the rules of the world cost.
    """
    return _compiled(function, _nrt=False)


def inlined(function: Function) -> Function:
    """Compile as ``lean`` does, and into each caller: for what is called once per agent."""
    return _compiled(function, _nrt=False, forceinline=True)


def disjoint(function: Function) -> Function:
    """Compile as ``lean`` does, and promise that no array written overlaps another one given.

    Loops are then vectorised without tests for overlap, which for rows of a few dozen numbers cost
    more than the work itself. Products and sums may be fused (one rounding for a × b + c), which
    depends on nothing but the machine. For the learner, not for the world.
    """
    options: dict[str, Any] = {"noalias": True} if _NOALIAS else {}
    return _compiled(function, _nrt=False, fastmath={"contract"}, **options)


def _offer_noalias() -> bool:
    """Give numba's flag ``noalias`` an option, which it lacks; say whether there is such a flag."""
    with contextlib.suppress(ImportError):
        from numba.core.compiler import Flags
        from numba.core.cpu import CPUTargetOptions
        from numba.core.options import TargetOptions

        if hasattr(Flags, "noalias"):
            CPUTargetOptions.noalias = TargetOptions.Mapping("noalias")  # type: ignore
            return True
    return False


_NOALIAS = _offer_noalias()


def _compiled(function: Function, **options: Any) -> Function:
    directory = cache_directory()
    before = _config.CACHE_DIR
    if directory is not None:
        _config.CACHE_DIR = str(directory)
    try:
        # Divisions follow NumPy (no exception paths, which would keep loops from being vectorised).
        compile_ = numba.njit(cache=directory is not None, error_model="numpy", **options)
        return compile_(function)  # type: ignore[no-any-return]
    finally:
        _config.CACHE_DIR = before
