"""Run shards in several processes: spawned, weights and gradients in shared memory.

Pipes carry control messages only. Shards wait in a queue; a worker that is free takes one it
already holds, if there is one, so that states seldom move.
"""

import dataclasses
import logging
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import reduce
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from operator import add
from types import ModuleType
from typing import Any, NoReturn

import cloudpickle

from forge.args import Args
from forge.blade.config import Config
from forge.errors import RemoteError, WorkerError
from forge.ethyr.metrics import Census
from forge.trinity.engines import WorkerDiedError, worker
from forge.trinity.engines.memory import Memory, allocate, sizes
from forge.trinity.engines.threads import one_thread_for_children
from forge.trinity.shard import shard_realms
from forge.trinity.trinity import PantheonBase, Trinity, Update

logger = logging.getLogger("forge.engine")

_PATIENCE = 1.0  # for workers that were asked to end [s]


class Processes:
    """The engine of several processes on one machine."""

    def __init__(
        self, config: Config, args: Args, trinity: Trinity, parameters: int, logs: Any = None
    ) -> None:
        self._shards = shard_realms(config, args.nRealm)
        self._context = multiprocessing.get_context("spawn")
        self._sizes = sizes(config, parameters, self._shards)
        self._raw = allocate(self._context, self._sizes)
        self._memory = Memory(self._raw, self._sizes)
        # Workers need no Pantheon, and its class may not even be importable there.
        trinity = dataclasses.replace(trinity, Pantheon=PantheonBase)  # type: ignore[type-abstract]
        self._setup, self._logs = cloudpickle.dumps((config, args, trinity)), logs
        self.weights = self._memory.weights
        self.bytes_exchanged = 0
        self._places: list[Any] = ["start"] * len(self._shards)  # see Worker._play
        self._holder: list[int | None] = [None] * len(self._shards)
        self._forget: list[list[int]] = []
        self._slot = 0
        self._workers: list[tuple[BaseProcess, Connection]] = []
        self._num_workers = min(args.nWorker or available_cores(), len(self._shards))
        self._start()

    @property
    def pids(self) -> list[int]:
        """Ids of the worker processes."""
        return [process.pid for process, _ in self._workers if process.pid is not None]

    def play(self) -> list[Update]:
        """See Engine."""
        waiting = list(range(len(self._shards)))
        free = list(range(len(self._workers)))
        busy: dict[int, int] = {}  # worker → shard
        updates: dict[int, Update] = {}
        while waiting or busy:
            while waiting and free:
                index, number = self._next(waiting, free)
                self._send(number, "play", index, self._place(index, number), self._forget[number])
                self._forget[number] = []
                self._holder[index] = number
                self.bytes_exchanged += self.weights.nbytes
                busy[number] = index
            for number in self._answered(busy):
                index = busy.pop(number)
                updates[index] = self._completed(index, self._receive(number))
                free.append(number)
        return [updates[index] for index in range(len(self._shards))]

    def _next(self, waiting: list[int], free: list[int]) -> tuple[int, int]:
        """Take a shard and a worker for it. Modifies both lists in place.

        A worker's own shards come first, then those that nobody holds, then others'.
        """

        def cost(choice: tuple[int, int]) -> int:
            holder = self._holder[choice[0]]
            return 0 if holder == choice[1] else 1 if holder is None else 2

        index, number = min(((i, n) for i in waiting for n in free), key=cost)
        waiting.remove(index)
        free.remove(number)
        return index, number

    def _place(self, index: int, number: int) -> Any:
        """Say where a worker finds a shard's state; another that holds it is to forget it."""
        holder, place = self._holder[index], self._places[index]
        if holder == number:
            return "here"
        if holder is not None:
            self._forget[holder].append(index)
        if isinstance(place, tuple):
            self.bytes_exchanged += place[1]
        return place

    def update(self) -> list[Update]:
        """See Engine."""
        for number, indices in self._held().items():
            self._send(number, "update", indices)
            self.bytes_exchanged += self.weights.nbytes * len(indices)
        updates = {i: self._completed(i, u) for reply in self._replies() for i, u in reply.items()}
        return [updates[index] for index in range(len(self._shards))]

    def _completed(self, index: int, update: Update) -> Update:
        """Put the gradients back that came through shared memory. Modifies update in place."""
        if update.gradients is not None:
            update.gradients = self._memory.gradients[index]
            self.bytes_exchanged += update.gradients.nbytes
        return update

    def commit(self, messages: list[Any]) -> tuple[list[str], Census]:
        """See Engine."""
        slot = 1 - self._slot
        for number, indices in self._held().items():
            said = {index: [messages[i] for i in self._shards[index]] for index in indices}
            self._send(number, "commit", slot, said)
        ends = {index: end for reply in self._replies() for index, end in reply.items()}
        places, digests, counts = zip(*(ends[i] for i in range(len(self._shards))), strict=True)
        self._places, self._slot = list(places), slot
        self.bytes_exchanged += sum(place[1] for place in places if isinstance(place, tuple))
        return list(digests), reduce(add, counts)

    def states(self) -> list[bytes]:
        """See Engine."""
        return [
            place
            if isinstance(place, bytes)
            else self._memory.slots[index][place[0]][: place[1]].tobytes()
            for index, place in enumerate(self._places)
        ]

    def restore(self, states: list[bytes]) -> None:
        """See Engine."""
        self._places = list(states)
        self._holder = [None] * len(self._shards)

    def rollback(self) -> None:
        """See Engine."""
        self._end(patience=0)
        self._holder = [None] * len(self._shards)
        self._start()

    def close(self) -> None:
        """See Engine."""
        self._end(_PATIENCE)

    # -- Workers ----------------------------------------------------------------------------

    def _start(self) -> None:
        self._forget = [[] for _ in range(self._num_workers)]
        with _empty_main(), _ignored_interrupt(), one_thread_for_children():
            for number in range(self._num_workers):
                ours, theirs = self._context.Pipe()
                process = self._context.Process(
                    target=worker.main,
                    args=(theirs, self._raw, self._sizes, self._setup, self._logs),
                    name=f"forge-worker-{number}",
                    daemon=True,
                )
                process.start()
                theirs.close()
                self._workers.append((process, ours))
        logger.info("started %d workers: %s", self._num_workers, self.pids)

    def _end(self, patience: float) -> None:
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

    def _held(self) -> dict[int, list[int]]:
        """List each worker's shards."""
        held: dict[int, list[int]] = {}
        for index, number in enumerate(self._holder):
            assert number is not None
            held.setdefault(number, []).append(index)
        return held

    def _send(self, number: int, *request: Any) -> None:
        data = cloudpickle.dumps(request)
        self.bytes_exchanged += len(data)
        try:
            self._workers[number][1].send_bytes(data)
        except OSError:
            self._died(number)

    def _receive(self, number: int) -> Any:
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

    def _replies(self) -> Iterator[Any]:
        """Receive the answer of every worker that holds shards."""
        for number in self._held():
            yield self._receive(number)

    def _answered(self, busy: dict[int, int]) -> list[int]:
        """Wait for at least one busy worker; list those that have answered or are gone."""
        connections = {self._workers[number][1]: number for number in busy}
        return [connections[ready] for ready in wait(list(connections))]  # type: ignore[index]

    def _died(self, number: int) -> NoReturn:
        process = self._workers[number][0]
        process.join(_PATIENCE)
        raise WorkerDiedError(
            f"worker {number} (process {process.pid}) died, code {process.exitcode}"
        )


def available_cores() -> int:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


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
