"""Choose the folder of the compiled kernels: one that nobody else can write to.

Loading compiled code runs it. So a folder is used only if it and all its parents belong to this
user or to root, and if other users can neither write into it nor replace it.
"""

import contextlib
import hashlib
import logging
import os
import platform
import re
import shlex
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numba
from llvmlite import binding  # type: ignore[import-untyped]

logger = logging.getLogger("forge.kernels")

_config: Any = numba.config

PACKAGE = Path(__file__).resolve().parents[1]
KERNEL_PACKAGES = ("blade", "ethyr")
KEPT_CACHES = 6
CACHE_NAME = re.compile("kernels-[0-9a-f]{16}")
CHOICES = ("FORGE_CACHE_DIR", "NUMBA_CACHE_DIR")  # variables that name a folder; the first wins

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_UNKNOWN_USER = 65534  # how an owner outside of a container appears inside it
_SAID = "FORGE_SAID"  # variable that tells child processes which warnings were logged


class Place(NamedTuple):
    """A folder that may hold the cache, and the variable that names it; "": no variable does."""

    path: Path
    variable: str = ""


class Untrusted(NamedTuple):
    """Why other users could change the content of a folder, and what to do about it."""

    why: str
    mend: str


def say(text: str) -> None:
    """Log a warning, once in this process and its children together."""
    mark = hashlib.blake2b(text.encode(errors="replace"), digest_size=4).hexdigest()
    said = os.environ.get(_SAID, "").split()
    if mark not in said:
        os.environ[_SAID] = " ".join([*said, mark])
        logger.warning("%s", text)


def source_hash() -> str:
    """Hash all sources that may hold a kernel, and everything else that compiled code depends on.

    The hash also covers the versions of Python and numba, the processor, and whether bounds are
    checked. Numba itself does not tell code with and without bounds checks apart: with an existing
    cache ``NUMBA_BOUNDSCHECK=1`` would do nothing.

    Returns:
        16 hexadecimal digits.
    """
    machine = f"{platform.machine()} {binding.get_host_cpu_name()}"
    kind = f"{sys.implementation.cache_tag} {numba.__version__} {bool(_config.BOUNDSCHECK)}"
    digest = hashlib.blake2b(f"{kind} {machine}".encode(), digest_size=8)
    for package in KERNEL_PACKAGES:
        for path in sorted((PACKAGE / package).rglob("*.py")):
            digest.update(path.relative_to(PACKAGE).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


@lru_cache(maxsize=1)
def cache_directory() -> Path | None:
    """Choose the directory of compiled kernels.

    If the environment names a folder that cannot be used, a warning says why, once.

    Returns:
        The first usable folder of ``$FORGE_CACHE_DIR``, the package, the user's cache and a private
        temporary folder; None if none is usable (kernels then compile in each process).
    """
    name = f"kernels-{source_hash()}"
    for place in _places():
        refused = _refusal(place.path / name)
        if refused is None:
            _forget_old(place.path)
            return place.path / name
        if place.variable:
            say(
                f"{place.variable}={place.path} is not used for compiled kernels: {refused.why}; "
                f"{refused.mend}"
            )
    say(
        "no folder was found to keep compiled kernels in, so they are compiled anew in every "
        "process: name a folder that you own in FORGE_CACHE_DIR"
    )
    return None


def _places() -> Iterator[Place]:
    """Yield the folders that may hold the cache, the best first."""
    chosen = next((name for name in CHOICES if os.environ.get(name)), None)
    if chosen is not None:
        yield Place(Path(os.environ[chosen]).absolute(), chosen)
    yield Place(PACKAGE / "__pycache__")
    if os.environ.get("XDG_CACHE_HOME"):
        yield Place(Path(os.environ["XDG_CACHE_HOME"]).absolute() / "forge")
    with contextlib.suppress(RuntimeError):  # no home directory is known
        yield Place(Path.home() / ".cache" / "forge")
    user = os.getuid() if hasattr(os, "getuid") else "user"
    with contextlib.suppress(FileNotFoundError):  # no temporary folder is writable
        yield Place(Path(tempfile.gettempdir()) / f"forge-{user}")


def _refusal(folder: Path) -> Untrusted | None:
    """Make a folder, and find out why it cannot be used; None: it can."""
    try:
        make_private(folder)
        refused = distrusted(folder)
        if refused is None:
            with tempfile.TemporaryFile(dir=folder):
                os.utime(folder)
        return refused
    except OSError as error:
        why = f"it cannot be written ({error.strerror or error})"
        return Untrusted(why, "name a folder that can be written")


def make_private(folder: Path) -> None:
    """Make a folder and its parents, for this user alone; existing folders stay as they are."""
    for path in (*reversed(folder.parents), folder):
        path.mkdir(mode=0o700, exist_ok=True)


def distrusted(folder: Path) -> Untrusted | None:
    """Say why other users could change the content of a folder; None: only this user and root can.

    On Windows, where folders have no owner of this kind, every folder is trusted.

    Raises:
        OSError: if the folder cannot be inspected.
    """
    if not hasattr(os, "getuid"):
        return None
    real = folder.resolve()
    # The owner of a link on the way, or of the folder that holds the link, could change it too.
    ways = {*folder.absolute().parents, *real.parents}
    for path in (folder.absolute(), real, *sorted(ways)):
        fault = _fault(path, path in ways)
        if fault is not None:
            return fault
    return None


def _fault(path: Path, leads_there: bool) -> Untrusted | None:
    """Judge one folder or link. A parent may be open to all users if its sticky bit is set."""
    found = path.lstat()
    own = "name a folder that you own"
    unknown = (_UNKNOWN_USER,) if leads_there else ()
    if found.st_uid not in (os.getuid(), 0, *unknown):
        return Untrusted(f"{path} belongs to {_user(found.st_uid)}, and loading it runs code", own)
    if stat.S_ISLNK(found.st_mode):
        return None
    sticky = leads_there and found.st_mode & stat.S_ISVTX
    if found.st_mode & _OTHERS_WRITE and not sticky:
        mode = f"{stat.S_IMODE(found.st_mode):04o}"
        why = f"others can write to {path} (mode {mode}), and loading it runs code"
        return Untrusted(why, f"chmod go-w {shlex.quote(str(path))}, or {own}")
    return None


def _user(number: int) -> str:
    with contextlib.suppress(ImportError, KeyError):
        import pwd

        return pwd.getpwuid(number).pw_name
    return f"user {number}"


def is_ours(found: os.stat_result) -> bool:
    """Tell from a ``stat`` whether only this user or root can have written a file."""
    if not stat.S_ISREG(found.st_mode):
        return False
    if not hasattr(os, "getuid"):
        return True
    return found.st_uid in (os.getuid(), 0) and not found.st_mode & _OTHERS_WRITE


def _forget_old(place: Path) -> None:
    """Remove old caches except the last used ones: every edit of a kernel leaves one behind."""

    def last_used(path: Path) -> float:
        return path.stat().st_mtime

    with contextlib.suppress(OSError):
        ours = [path for path in place.glob("kernels-*") if CACHE_NAME.fullmatch(path.name)]
        for path in sorted(ours, key=last_used)[:-KEPT_CACHES]:
            shutil.rmtree(path, ignore_errors=True)
