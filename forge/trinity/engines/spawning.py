"""Start processes from a program in any state, watch them, and hang up on them.

One thread starts them all, for three reasons. On Linux a process is killed when the thread that
started it ends (see ``serving``), so this thread lasts as long as the program. It blocks the
signals that the parent handles, so that they are blocked in a new process from its first moment.
And a start briefly changes the main module and the environment, so starts must not overlap.
"""

import errno
import multiprocessing
import os
import pickle
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

from forge.trinity.engines.serving import read_reply
from forge.trinity.engines.threads import one_thread_for_children
from forge.trinity.signals import HANDLED, start_tracker

Job = Callable[[], Any]


class Child:
    """A started process, which multiprocessing neither ends nor joins.

    Attributes:
        pid: its process id.
        connection: pipe to it. It reads as closed once the process has ended, even if processes
            forked from it still hold its end.
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

    def send(self, *request: Any) -> None:
        """Ask something of a process that serves, see ``serving.serve``."""
        self.connection.send_bytes(pickle.dumps(request))

    def receive(self) -> Any:
        """Wait for its answer.

        Raises:
            WorkerError: if it failed.
            EOFError: if the process has ended.
        """
        return read_reply(self.connection.recv_bytes())

    def hang_up(self) -> None:
        """Break the pipe, which ends a process that waits for requests. Never blocks."""
        if self._line is None:
            self.connection.close()
        else:
            _shut(self._line)

    @property
    def exit_code(self) -> int | None:
        """Exit code of the process; None: it runs, or the code is unknown."""
        code: int | None = self._popen.poll()
        return code

    def ended(self, seconds: float | None = None) -> bool:
        """Wait for the end of the process; say whether it came within the time [s]."""
        if self._line is None:
            return self._popen.wait(seconds) is not None
        if threading.current_thread() is not self._watch:
            self._watch.join(seconds)
        return not self._watch.is_alive()

    def end(self, seconds: float) -> None:
        """Release the process; it is killed if it has not ended within the time [s]."""
        if not self.ended(seconds):
            self._popen.kill()
            self.ended()
        self._popen.poll()  # so that no zombie is left
        self.connection.close()
        if self._line is not None:
            self._line.close()
        self._popen.close()


def _watch(pid: int, line: socket.socket) -> None:
    """Hang up on a process as soon as it has ended, so that readers of its pipe notice."""
    with suppress(ChildProcessError):
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    _shut(line)


def _shut(line: socket.socket) -> None:
    with suppress(OSError):  # it is broken already
        line.shutdown(socket.SHUT_RDWR)


def start(target: Callable[..., None], arguments: list[tuple[Any, ...]], into: list[Child]) -> None:
    """Start a process for each element: ``target(connection, *element)``.

    Args:
        target: a function that can be imported by its name.
        arguments: the elements; they are pickled.
        into: list to which the processes are appended, so that none is lost if this call is
            broken off.

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
        wait([outcome])  # so that the caller can end them all, even after Ctrl-C


def _start(target: Callable[..., None], arguments: tuple[Any, ...], name: str) -> Child:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    try:
        process = context.Process(target=target, args=(theirs, *arguments), name=name, daemon=False)
        with _empty_main(), one_thread_for_children():
            # Not process.start(): processes of a pool may not call it, and it registers the new
            # process to be signalled at the exit of this one and of every process forked from it.
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
        """Give the thread a job; return its future result."""
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
        del job, outcome  # they refer to the job's result


_STARTER = _Starter()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_STARTER.renew)


def _fill_standard_streams() -> None:
    """Open closed standard streams, so that no pipe of a new process takes their numbers."""
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
