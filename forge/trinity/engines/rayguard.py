"""Kill Ray's processes on this machine once the program that started them is gone.

Ray's helpers otherwise wait for a minute for each other, and its files stay for ever. The guard is
a small program of its own, which needs the standard library alone: ``rayguard.py PARENT FOLDER``.
The ids of the processes to kill come on its standard input, one a line with the time of its start.
"""

import os
import select
import shutil
import signal
import subprocess
import sys
from contextlib import suppress

LOOK = 0.2  # time between two looks at the parent [s]
AGAIN = 20  # attempts to remove the folder, in which processes that end may still write


def watch(processes: list[tuple[int, str]], folder: str) -> "subprocess.Popen[bytes]":
    """Start a guard, which works as soon as this process is gone, or closes the guard's input.

    Args:
        processes: ids and start times (see ``started_at``) of the processes to kill.
        folder: folder to remove.
    """
    command = [sys.executable, "-I", "-S", __file__, str(os.getpid()), folder]
    guard = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
    )
    assert guard.stdin is not None
    guard.stdin.write("".join(f"{pid} {start}\n" for pid, start in processes).encode())
    guard.stdin.flush()
    return guard


def started_at(pid: int) -> str:
    """Find out when a process was started, as ids are used again; "": it is gone, or unknown."""
    with suppress(OSError), open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[19]
    return ""


def _wait(parent: int) -> list[tuple[int, str]]:
    """Read the processes until the parent is gone or closes the input."""
    data, source = b"", sys.stdin.fileno()
    while os.getppid() == parent:
        if select.select([source], [], [], LOOK)[0]:
            more = os.read(source, 2**16)
            if not more:
                break
            data += more
    lines = data.decode().split("\n")[:-1]
    return [(int(pid), start) for pid, _, start in (line.partition(" ") for line in lines)]


def _main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    folder = sys.argv[2]
    for pid, start in _wait(int(sys.argv[1])):
        if started_at(pid) == start:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
    for _ in range(AGAIN):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.exists(folder):
            break
        select.select([], [], [], LOOK)


if __name__ == "__main__":
    _main()
