"""Start worker processes and talk to them over pipes.

They are spawned, do not run the user's script again, ignore Ctrl-C from their first moment, compute
under one math thread, and end with this process, however it ends (see ``serving``).
"""

import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import ModuleType
from typing import Any, NoReturn

import cloudpickle

from forge.errors import RemoteError, WorkerError
from forge.trinity.engines import WorkerDiedError
from forge.trinity.engines.threads import one_thread_for_children

PATIENCE = 1.0  # for workers that were asked to end [s]


def available_cores() -> int:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Crew:
    """Worker processes and the pipes to them. A worker is a number: 0, 1, 2 …

    Attributes:
        bytes_exchanged: what has gone through the pipes, both ways [bytes].
    """

    def __init__(self) -> None:
        self._workers: list[tuple[BaseProcess, Connection]] = []
        self.bytes_exchanged = 0

    def start(self, target: Callable[..., None], arguments: Iterable[tuple[Any, ...]]) -> None:
        """Start a worker for each element of arguments: ``target(connection, *element)``."""
        context = multiprocessing.get_context("spawn")
        with _empty_main(), _ignored_interrupt(), one_thread_for_children():
            for number, more in enumerate(arguments):
                ours, theirs = context.Pipe()
                process = context.Process(
                    target=target,
                    args=(theirs, *more),
                    name=f"forge-worker-{number}",
                    daemon=True,
                )
                process.start()
                theirs.close()
                self._workers.append((process, ours))

    def __len__(self) -> int:
        """Count the workers."""
        return len(self._workers)

    @property
    def pids(self) -> list[int]:
        """Ids of the worker processes."""
        return [process.pid for process, _ in self._workers if process.pid is not None]

    def send(self, number: int, *request: Any) -> None:
        """Send a request.

        Raises:
            WorkerDiedError: if the worker is gone.
        """
        data = cloudpickle.dumps(request)
        self.bytes_exchanged += len(data)
        try:
            self._workers[number][1].send_bytes(data)
        except OSError:
            self._died(number)

    def receive(self, number: int) -> Any:
        """Wait for the answer to a request.

        Raises:
            WorkerError: for an error in the worker, with its traceback.
            WorkerDiedError: if the worker is gone.
        """
        try:
            data = self._workers[number][1].recv_bytes()
        except (EOFError, OSError):
            self._died(number)
        self.bytes_exchanged += len(data)
        status, *rest = pickle.loads(data)
        if status == "failed":
            message, traceback = rest
            raise WorkerError(message, traceback) from RemoteError(traceback)
        return rest[0]

    def answered(self, numbers: Iterable[int]) -> list[int]:
        """Wait for at least one of these workers; list those that have answered or are gone."""
        connections = {self._workers[number][1]: number for number in numbers}
        return [connections[ready] for ready in wait(list(connections))]  # type: ignore[index]

    def end(self, patience: float = PATIENCE) -> None:
        """End all workers; those that have not within the time [s] are killed."""
        until = time.monotonic() + patience
        for _, connection in self._workers:
            if patience:
                _tell(connection, None)
        for process, connection in self._workers:
            process.join(max(0.0, until - time.monotonic()))
            if process.is_alive():
                process.kill()
                process.join()
            connection.close()
            process.close()
        self._workers = []

    def _died(self, number: int) -> NoReturn:
        process = self._workers[number][0]
        process.join(PATIENCE)
        raise WorkerDiedError(
            f"worker {number} (process {process.pid}) died, code {process.exitcode}"
        )


def _tell(connection: Connection, request: Any) -> None:
    with suppress(OSError):  # it is gone already
        connection.send_bytes(pickle.dumps(request))


@contextmanager
def _empty_main() -> Iterator[None]:
    """Show new processes an empty main module, so that they do not run the user's script again."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextmanager
def _ignored_interrupt() -> Iterator[None]:
    """Let new processes ignore Ctrl-C from their first moment."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
