"""Define the interface of a crew: workers that answer requests, in any process."""

import logging
import os
import signal
from collections.abc import Callable, Iterable, Sequence
from traceback import format_exc
from typing import Any, NamedTuple, Protocol

from forge.errors import ForgeError, RemoteError, WorkerError
from forge.trinity.engines.tracebacks import located

logger = logging.getLogger("forge.engine")

_KILLED = -getattr(signal, "SIGKILL", 9)

PATIENCE = 1.0  # time that workers have to end when asked [s]

MOST_STARTS = 10  # of a worker that is killed as it starts

Answer = Callable[..., Any]
Reply = tuple[Any, ...]  # ("done", value) or ("failed", message, traceback)


class Beat(NamedTuple):
    """A sign of life from a worker: what it began to do."""

    time: int  # on a clock that all processes share [ns]
    shard: int
    tick: int
    playing: bool  # whether it began that tick; else: to learn, or to commit


class WorkerDiedError(WorkerError):
    """A worker process ended without being asked; the message says which and how.

    Attributes:
        code: its exit code, or less than 0: the signal that ended it; None: unknown.
        hung: whether it had not ended, but no longer got on.
        beat: its last sign of life; None: unknown.
        memory: memory that it held when last looked at [bytes]; 0: unknown.
    """

    def __init__(self, message: str, code: int | None = None, traceback: str = "") -> None:
        super().__init__(message, traceback)
        self.code = code
        self.hung = False
        self.beat: Beat | None = None
        self.memory = 0

    @property
    def outside(self) -> bool:
        """Whether somebody may have killed the worker: the system, or a person."""
        return not self.hung and self.code in (None, _KILLED)


class Crew(Protocol):
    """Workers that answer requests. A worker is a number: 0, 1, 2 …

    Attributes:
        bytes_exchanged: size of all messages, both ways, since the start [bytes].
    """

    bytes_exchanged: int

    @property
    def pids(self) -> Sequence[int]:
        """Ids of the worker processes."""

    def cores(self) -> int:
        """Count the cores that workers may use."""

    def start(
        self, begin: Callable[..., Answer], arguments: Sequence[tuple[Any, ...]], setup: Any
    ) -> None:
        """Start a worker for each element of arguments; return when all of them serve.

        A worker that somebody kills meanwhile is started again.

        Args:
            begin: ``begin(setup, *element)`` is called in the worker at its first request, and
                returns the function that answers requests. Importable by its name.
            arguments: may hold objects that only a new process can receive: shared memory, locks.
            setup: common to all workers; may hold the user's classes, which travel by value.

        Raises:
            ConfigError: if a class cannot travel.
            ForgeError: if the system refuses another worker.
            WorkerDiedError: if a worker ends at once.
        """

    def __len__(self) -> int:
        """Count the workers."""

    def send(self, number: int, *request: Any) -> None:
        """Send a request.

        Raises:
            WorkerDiedError: if the worker is gone.
        """

    def receive(self, number: int) -> Any:
        """Wait for the answer to a request.

        Raises:
            WorkerError: for an error in the worker, with its traceback.
            WorkerDiedError: if the worker is gone.
        """

    def answered(self, numbers: Iterable[int], timeout: float | None = None) -> list[int]:
        """Wait for a worker, at most for the timeout [s]; list those that answered or are gone."""

    def replace(self, numbers: Sequence[int]) -> None:
        """End these workers at once, if they have not ended, and start others in their place.

        They have the same numbers and arguments. The call does not wait for them: each owes one
        answer, None, which says that it serves.

        Raises:
            ForgeError: if the system refuses another worker.
        """

    def stack(self, number: int) -> str:
        """Ask a worker what it is doing, even if it does not answer: its stacks; "": unknown."""

    def end(self, patience: float = PATIENCE) -> None:
        """End all workers; a worker that has not ended within the patience [s] is killed.

        New workers can be started afterwards. In a process forked from the one that started the
        workers, the method does nothing.
        """


def failure(error: Exception) -> Reply:
    """Make a worker's reply of an error that is being handled."""
    if isinstance(error, WorkerError):
        return "failed", str(error), error.traceback
    if isinstance(error, ForgeError):  # its message says all
        return "failed", str(error), ""
    return "failed", f"{type(error).__name__} in a worker: {error}", format_exc()


def value_of(reply: Reply, setup: Any = None) -> Any:
    """Take the value out of a worker's reply.

    Args:
        reply: the reply.
        setup: what the worker began with: it has the source lines of the user's classes.

    Raises:
        WorkerError: for an error in the worker, with its traceback.
    """
    status, *rest = reply
    if status == "failed":
        message, traceback = rest[0], located(rest[1], setup)
        raise WorkerError(message, traceback) from RemoteError(traceback)
    return rest[0]


def available_cores() -> int:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def num_workers(asked: int | None, parts: int, num_realms: int, cores: int | None = None) -> int:
    """Compute how many workers have something to do, and warn if more are asked for.

    Args:
        asked: number of workers asked for; None: one per core.
        parts: number of parts to share out: shards, or single realms.
        num_realms: number of realms in all parts.
        cores: number of cores that workers may use; None: of this machine.
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
    return min(asked or cores or available_cores(), parts)
