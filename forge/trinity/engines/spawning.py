"""Start processes, whatever the one is like that starts them; watch them, and hang up on them.

One thread starts them all. On Linux they are killed when the thread that started them ends (see
``serving``), so it lasts as long as this process; it blocks the signals that are the parent's
affair, so that they do so from their first moment; and what a start changes for a moment for all
of this process (the main module, the environment) is changed for one at a time.
"""

import errno
import multiprocessing
import os
import queue
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from types import ModuleType
from typing import Any

from forge.trinity.engines.threads import one_thread_for_children
from forge.trinity.signals import HANDLED, start_tracker

Job = Callable[[], Any]


class Child:
    """A process that was started. It is ours alone: multiprocessing neither ends nor joins it.

    Attributes:
        pid: its id.
        connection: pipe to it. It reads as ended once the process has, even if others, which that
            process has forked, still hold its end.
    """

    def __init__(self, popen: Any, connection: Connection) -> None:
        self._popen, self.pid, self.connection = popen, int(popen.pid), connection
        self._line: socket.socket | None = None
        if hasattr(os, "waitid"):
            self._line = socket.socket(fileno=os.dup(connection.fileno()))
            self._line.setblocking(True)  # whatever socket.setdefaulttimeout says
            self._watch = threading.Thread(
                target=_watch, args=(self.pid, self._line), name="forge-watch", daemon=True
            )
            try:
                self._watch.start()
            except RuntimeError as error:  # the system refuses another thread
                self._line.close()
                popen.kill()
                popen.wait()
                raise OSError(errno.EAGAIN, str(error)) from None

    def hang_up(self) -> None:
        """Break the pipe, which ends a process that waits for requests. Never blocks."""
        if self._line is None:
            self.connection.close()
        else:
            _shut(self._line)

    @property
    def exit_code(self) -> int | None:
        """How it ended; None: it runs, or nobody knows."""
        code: int | None = self._popen.poll()
        return code

    def ended(self, seconds: float | None = None) -> bool:
        """Wait for its end; say whether it has ended within the time [s]."""
        if self._line is None:
            return self._popen.wait(seconds) is not None
        if threading.current_thread() is not self._watch:
            self._watch.join(seconds)
        return not self._watch.is_alive()

    def end(self, seconds: float) -> None:
        """Let go of it; if it has not ended by itself within the time [s], it is killed."""
        if not self.ended(seconds):
            self._popen.kill()
            self.ended()
        self._popen.poll()  # so that nothing is left of it
        self.connection.close()
        if self._line is not None:
            self._line.close()
        self._popen.close()


def _watch(pid: int, line: socket.socket) -> None:
    """Hang up on a process as soon as it has ended, so that whoever reads from it is told."""
    with suppress(ChildProcessError):
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    _shut(line)


def _shut(line: socket.socket) -> None:
    with suppress(OSError):  # it is broken already
        line.shutdown(socket.SHUT_RDWR)


def start(target: Callable[..., None], arguments: list[tuple[Any, ...]], into: list[Child]) -> None:
    """Start a process for each element: ``target(connection, *element)``.

    Args:
        target: importable by its name.
        arguments: they are pickled.
        into: the processes are appended to it, so that none is lost if this is broken off.

    Raises:
        OSError: if the system refuses another process, pipe …
    """

    def job() -> None:
        _fill_standard_streams()
        start_tracker()
        for more in arguments:
            into.append(_start(target, more, f"forge-worker-{len(into)}"))

    outcome = _STARTER.ask(job)
    try:
        outcome.result()
    finally:
        wait([outcome])  # so that whoever gave the list can end them all, also after Ctrl-C


def _start(target: Callable[..., None], arguments: tuple[Any, ...], name: str) -> Child:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    try:
        process = context.Process(target=target, args=(theirs, *arguments), name=name, daemon=False)
        with _empty_main(), one_thread_for_children():
            # Not process.start(): it is refused to processes of a pool, and registers the new one
            # to be signalled at the exit of this one, and of all that are forked from it.
            popen = process._Popen(process)
        return Child(popen, ours)
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()


class _Starter:
    """The thread that starts processes."""

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Forget a thread that a fork has not taken along."""
        self._lock = threading.Lock()
        self._jobs: queue.SimpleQueue[tuple[Job, Future[Any]]] | None = None

    def ask(self, job: Job) -> "Future[Any]":
        """Let the thread do something."""
        outcome: Future[Any] = Future()
        with self._lock:
            if self._jobs is None:
                jobs: queue.SimpleQueue[tuple[Job, Future[Any]]] = queue.SimpleQueue()
                thread = threading.Thread(
                    target=_serve_jobs, args=(jobs,), name="forge-starter", daemon=True
                )
                try:
                    thread.start()
                except RuntimeError as error:  # the system refuses another thread
                    raise OSError(errno.EAGAIN, str(error)) from None
                self._jobs = jobs
            self._jobs.put((job, outcome))
        return outcome


def _serve_jobs(jobs: "queue.SimpleQueue[tuple[Job, Future[Any]]]") -> None:
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)  # workers unblock them, see ``serving``
    while True:
        job, outcome = jobs.get()
        try:
            outcome.set_result(job())
        except BaseException as error:
            outcome.set_exception(error)
        del job, outcome  # they hold what they were asked for


_STARTER = _Starter()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_STARTER.renew)


def _fill_standard_streams() -> None:
    """Open what is closed of stdin, stdout, stderr, so that no pipe of a new process gets there."""
    for fd in range(3):
        try:
            os.fstat(fd)
        except OSError:
            if os.open(os.devnull, os.O_RDWR) == fd:
                os.set_inheritable(fd, True)


@contextmanager
def _empty_main() -> Iterator[None]:
    """Show new processes an empty main module, so that they do not run the user's script again."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
