"""Find out how much memory there is for a run, and whether the system has ended processes for it.

Linux tells the most. Elsewhere the total is known, and the free memory only on Windows.
"""

import ctypes
import mmap
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

MACHINE, CGROUP, LIMIT = "this machine", "its cgroup (a container's limit)", "a process (ulimit)"
_KIB = 1024
_UNLIMITED = 2**60  # a cgroup's limit at or above this is no limit [bytes]


class Room(NamedTuple):
    """The memory there is. None: unknown."""

    total: int | None  # for all processes of a run together, with swap [bytes]
    owner: str = MACHINE  # the source of the total
    each: int | None = None  # for each process [bytes]
    free: int | None = None  # part of the total free now, with caches that can be cleared [bytes]


def room(root: Path = Path("/")) -> Room:
    """Find out how much memory there is.

    Args:
        root: where the system's folders lie.
    """
    total, free = _machine(root)
    found = Room(total, each=_each(), free=free)
    for folder, limit_name, usage_name, clearable in _cgroups(root):
        limit = _number(folder / limit_name)
        if limit is None or limit >= (found.total or _UNLIMITED):
            continue
        used = _number(folder / usage_name) or 0
        used -= _named(folder / "memory.stat").get(clearable, 0)
        free = max(0, limit - used)
        free = free if found.free is None else min(free, found.free)
        found = found._replace(total=limit, owner=CGROUP, free=free)
    return found


def oom_kills(root: Path = Path("/")) -> int | None:
    """Count the processes that the system has ended for lack of memory; None: it does not tell.

    The count is for this process's cgroup, or else for the machine, since its start.

    Args:
        root: where the system's folders lie.
    """
    for folder, *_ in _cgroups(root):
        for name in ("memory.events", "memory.oom_control"):
            kills = _named(folder / name).get("oom_kill")
            if kills is not None:
                return kills
    return _named(root / "proc/vmstat").get("oom_kill")


def resident(pid: int, root: Path = Path("/")) -> int | None:
    """Find out how much memory a process holds now [bytes]; None: the system does not tell."""
    pages = _text(root / f"proc/{pid}/statm").split()
    return int(pages[1]) * mmap.PAGESIZE if len(pages) > 1 else None


def _machine(root: Path) -> tuple[int | None, int | None]:
    """Find the machine's memory: the total and the free part."""
    about = _named(root / "proc/meminfo")
    if "MemTotal" in about:
        total = about["MemTotal"] + about.get("SwapTotal", 0)
        free = about.get("MemAvailable", about["MemTotal"]) + about.get("SwapFree", 0)
        return total * _KIB, free * _KIB
    if sys.platform == "win32":
        return _windows()
    with suppress(AttributeError, ValueError, OSError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"), None
    return None, None


def _windows() -> tuple[int | None, int | None]:
    """Ask Windows for the total and the free memory, with the page file."""

    class Status(ctypes.Structure):
        _fields_ = (
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *((name, ctypes.c_ulonglong) for name in ("total", "free", "most", "more")),
            *((name, ctypes.c_ulonglong) for name in ("virtual", "virtual_free", "extended")),
        )

    status = Status(length=ctypes.sizeof(Status))
    if not ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):  # type: ignore
        return None, None
    return status.most, status.more


def _each() -> int | None:
    """Find the most memory that one process may have; None: no limit."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    names = ("RLIMIT_AS", "RLIMIT_DATA")
    kinds = [getattr(resource, name) for name in names if hasattr(resource, name)]
    soft = [resource.getrlimit(kind)[0] for kind in kinds]
    return min((limit for limit in soft if limit != resource.RLIM_INFINITY), default=None)


_V2 = "memory.max", "memory.current", "inactive_file"
_V1 = "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"


def _cgroups(root: Path) -> list[tuple[Path, str, str, str]]:
    """List the cgroups that limit this process, from its own up, with the names of their files."""
    lines = _text(root / "proc/self/cgroup").splitlines()
    found = []
    for line in lines:
        number, controllers, group = (*line.split(":", 2), "", "")[:3]
        if number == "0" and not controllers:
            top, names = root / "sys/fs/cgroup", _V2
        elif "memory" in controllers.split(","):
            top, names = root / "sys/fs/cgroup/memory", _V1
        else:
            continue
        own = top / group.strip("/")
        folders = [own, *own.parents][: len(own.parts) - len(top.parts) + 1]
        found += [(folder, *names) for folder in folders]
    return found


def _text(path: Path) -> str:
    with suppress(OSError, ValueError):
        return path.read_text()
    return ""


def _number(path: Path) -> int | None:
    """Read a file that holds one number; None: there is no such file, or it says "max"."""
    text = _text(path).strip()
    return int(text) if text.isdecimal() else None


def _named(path: Path) -> dict[str, int]:
    """Read a file of lines with a name and a number each."""
    words = [line.replace(":", " ").split() for line in _text(path).splitlines()]
    return {w[0]: int(w[1]) for w in words if len(w) > 1 and w[1].isdecimal()}
