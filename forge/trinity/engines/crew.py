"""Start worker processes and talk to them over pipes.

They are spawned, do not run the user's script again, leave signals to this process from their first
moment, compute under one math thread, and end with this process, however it ends (see
``serving``). A process that was forked from this one neither reaches nor ends them.
"""

import logging
import os
import pickle
import time
from collections.abc import Callable, Iterable
from multiprocessing.connection import wait
from multiprocessing.util import Finalize
from typing import Any, NoReturn

import cloudpickle

from forge.errors import ForgeError, RemoteError, WorkerError
from forge.trinity.engines import WorkerDiedError, spawning
from forge.trinity.engines.spawning import Child

logger = logging.getLogger("forge.engine")

PATIENCE = 1.0  # for workers that were asked to end [s]


def available_cores() -> int:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def num_workers(asked: int | None, parts: int, num_realms: int) -> int:
    """Say how many workers have something to do, and warn if more are asked for.

    Args:
        asked: how many are wanted; None: one per core.
        parts: what can be shared out: shards, or single realms.
        num_realms: in all of them.
    """
    if asked is not None and asked > parts:
        held, more = "a realm is", "more realms (nRealm)"
        if parts < num_realms:
            held = f"the {num_realms} realms are in {parts} {'shard' if parts == 1 else 'shards'}"
            held += ", and a shard is"
            more += " or fewer in a shard (realms_per_shard)"
        workers = "worker" if parts == 1 else "workers"
        logger.warning(
            "nWorker is %d, but there is work for %d %s: %s never split; %s would use more",
            asked, parts, workers, held, more,
        )  # fmt: skip
    return min(asked or available_cores(), parts)


class Crew:
    """Worker processes and the pipes to them. A worker is a number: 0, 1, 2 …

    Attributes:
        bytes_exchanged: what has gone through the pipes, both ways [bytes].
    """

    def __init__(self) -> None:
        self._workers: list[Child] = []
        self._owner = os.getpid()
        self.bytes_exchanged = 0
        # At the exit of this process and of no other, before multiprocessing's own end.
        Finalize(self, _end, (self._workers, PATIENCE, self._owner), exitpriority=100)

    def start(self, target: Callable[..., None], arguments: Iterable[tuple[Any, ...]]) -> None:
        """Start a worker for each element of arguments: ``target(connection, *element)``.

        Returns when all of them serve.

        Raises:
            ForgeError: if the system refuses another process.
            WorkerDiedError: if one ends at once.
        """
        arguments = list(arguments)
        try:
            spawning.start(target, arguments, self._workers)
            for number in range(len(self)):
                self.receive(number)
        except BaseException as error:
            started = len(self)
            self.end(patience=0)
            if isinstance(error, OSError):
                raise ForgeError(
                    f"cannot start worker process {started + 1} of {len(arguments)} ({error}): "
                    "raise the limit, take fewer (--nWorker), or none (--engine serial)"
                ) from None
            raise

    def __len__(self) -> int:
        """Count the workers."""
        return len(self._workers)

    @property
    def pids(self) -> list[int]:
        """Ids of the worker processes."""
        return [worker.pid for worker in self._workers]

    def send(self, number: int, *request: Any) -> None:
        """Send a request.

        Raises:
            WorkerDiedError: if the worker is gone.
        """
        data = cloudpickle.dumps(request)
        self.bytes_exchanged += len(data)
        try:
            self._worker(number).connection.send_bytes(data)
        except OSError:
            self._died(number)

    def receive(self, number: int) -> Any:
        """Wait for the answer to a request.

        Raises:
            WorkerError: for an error in the worker, with its traceback.
            WorkerDiedError: if the worker is gone.
        """
        try:
            data = self._worker(number).connection.recv_bytes()
        except (EOFError, OSError):
            self._died(number)
        self.bytes_exchanged += len(data)
        status, *rest = pickle.loads(data)
        if status == "failed":
            message, traceback = rest
            raise WorkerError(message, traceback) from RemoteError(traceback)
        return rest[0]

    def answered(self, numbers: Iterable[int], timeout: float | None = None) -> list[int]:
        """Wait for one of these workers, or so long [s]; list those that answered or are gone."""
        connections = {self._worker(number).connection: number for number in numbers}
        return [connections[ready] for ready in wait(list(connections), timeout)]  # type: ignore[index]

    def end(self, patience: float = PATIENCE) -> None:
        """End all workers; those that have not within the time [s] are killed.

        In a process that was forked from the one that started them, it does nothing.
        """
        _end(self._workers, patience, self._owner)

    def _worker(self, number: int) -> Child:
        try:
            return self._workers[number]
        except IndexError:
            raise WorkerDiedError(f"worker {number} was ended by another thread") from None

    def _died(self, number: int) -> NoReturn:
        worker = self._worker(number)
        worker.ended(PATIENCE)
        code = worker.exit_code
        raise WorkerDiedError(f"worker {number} (process {worker.pid}) died, code {code}", code)


def _end(workers: list[Child], patience: float, owner: int) -> None:
    """End workers. Modifies the list in place."""
    if os.getpid() != owner:
        return
    until = time.monotonic() + patience
    ending, workers[:] = workers[:], []
    for worker in ending:
        worker.hang_up()
    for worker in ending:
        worker.end(max(0.0, until - time.monotonic()))
