"""Read how much memory processes hold."""

import os
from collections.abc import Iterable
from pathlib import Path


def proportional_set_size(pids: Iterable[int]) -> int | None:
    """Sum the proportional set sizes: shared pages are split among their processes.

    Args:
        pids: ids of processes; a process that has ended counts 0.

    Returns:
        The sum [bytes]; None where the system does not tell (anything but Linux).
    """
    if not Path("/proc/self/smaps_rollup").exists():
        return None
    return sum(_size(pid) for pid in pids)


def _size(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0
    lines = [line.split() for line in text.splitlines()]
    return sum(int(words[1]) * 1024 for words in lines if words[0] == "Pss:")


def family() -> list[int]:
    """List the ids of this process and its children (Linux; elsewhere of this process only)."""
    tasks = Path("/proc/self/task")
    lists = [path.read_text().split() for path in tasks.glob("*/children")]
    return [os.getpid(), *(int(pid) for children in lists for pid in children)]
