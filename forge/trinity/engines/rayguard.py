"""Kill Ray's processes on this machine once the program that started them is gone.

Ray's helpers otherwise wait for a minute for each other, and its files stay for ever. The guard is
a small program of its own, which needs the standard library alone:
``rayguard.py PARENT FOLDER SESSION``. It begins before Ray does. On Linux it finds Ray's processes
by the folder, in their commands or, as workers rename themselves, among their open files; so it
finds workers that Ray starts later, too. Elsewhere it kills the processes whose ids come on its
standard input, one a line with the time of its start.
"""

import glob
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress

LOOK = 0.2  # time between two looks at the parent [s]
AGAIN = 20  # attempts to remove the folder, in which processes that end may still write
QUIET = 3  # looks in a row that find no process: a process that is being started is found late
SOON = 0.05  # time between two looks for processes [s]
MOST = 10.0  # longest search for processes, if some cannot be killed [s]
LAST = 2**16  # size of the end of a log that is read [bytes]
ENDING = b"Terminate the process"  # Ray's words as it ends a program whose raylet is gone
ENDED = (
    "Ray's own processes on this machine were ended, and so Ray ended the run: --resume RUN goes "
    "on from its last checkpoint\n"
)
NOW = b".\n"  # the last line of the guard's input
RENAMED = b"ray::"  # the beginning of the name that a worker gives itself


def watch(folder: str) -> "subprocess.Popen[bytes]":
    """Start a guard, which works as soon as this process is gone, or calls ``work``.

    Args:
        folder: folder of Ray's files, which only its processes name; it is removed.
    """
    command = [sys.executable, "-I", "-S", __file__, str(os.getpid()), folder, str(os.getsid(0))]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
    )


def tell(guard: "subprocess.Popen[bytes]", processes: list[tuple[int, str]]) -> None:
    """Tell a guard of processes to kill: their ids and start times (see ``started_at``)."""
    assert guard.stdin is not None
    guard.stdin.write("".join(f"{pid} {start}\n" for pid, start in processes).encode())
    guard.stdin.flush()


def work(guard: "subprocess.Popen[bytes]") -> None:
    """Let a guard do its work now; return when it is done."""
    assert guard.stdin is not None
    with suppress(OSError):  # somebody has killed it
        guard.stdin.write(NOW)  # other processes may hold this end, so closing it may not tell
        guard.stdin.close()
    guard.wait()


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
            data += more
            if not more or data.endswith(NOW):
                break
    lines = data.removesuffix(NOW).decode().split("\n")[:-1]
    return [(int(pid), start) for pid, _, start in (line.partition(" ") for line in lines)]


def _found(folder: str, session: int, parent: int) -> list[int]:
    """List the living processes of a session that belong to the folder, but for the parent."""
    found = []
    for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
        with suppress(OSError):
            if pid != parent and os.getsid(pid) == session and _belongs(pid, folder):
                found.append(pid)
    return found


def _belongs(pid: int, folder: str) -> bool:
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        command = file.read()
    if not command.startswith(RENAMED):
        return os.fsencode(folder) in command
    for name in os.listdir(f"/proc/{pid}/fd"):
        with suppress(OSError):
            if os.readlink(f"/proc/{pid}/fd/{name}").startswith(f"{folder}/"):
                return True
    return False


def _kill_all(folder: str, session: int, parent: int) -> None:
    """Kill the processes that belong to the folder until there are none (Linux)."""
    quiet, until = 0, time.monotonic() + MOST
    while quiet < QUIET and time.monotonic() < until:
        found = _found(folder, session, parent)
        for pid in found:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        quiet = 0 if found else quiet + 1
        time.sleep(SOON)


def _say_why(folder: str) -> None:
    """Say so if Ray has ended the parent, which it does without a word but in its log."""
    for path in glob.glob(f"{glob.escape(folder)}/session_*/logs/python-core-driver-*.log"):
        with suppress(OSError), open(path, "rb") as file:
            if ENDING in file.read()[-LAST:]:
                sys.stderr.write(ENDED)
                return


def _main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    parent, folder, session = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    for pid, start in _wait(parent):
        if started_at(pid) == start:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
    if sys.platform == "linux":
        _kill_all(folder, session, parent)
    if os.getppid() != parent:
        _say_why(folder)
    for _ in range(AGAIN):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.exists(folder):
            break
        select.select([], [], [], LOOK)


if __name__ == "__main__":
    _main()
