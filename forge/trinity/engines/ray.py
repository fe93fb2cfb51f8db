"""The engine ``ray``: actors on the machines of a Ray cluster, or on this one.

The run puts the weights into Ray's object store once per exchange, and all workers of a machine
read the same copy. A worker adds up the gradients of neighbouring shards; these sums and the states
of a commit lie in the store as the answers of actors, until the run has read them. A shard stays
with its worker. Another worker begins with the run's copy of the last commit.

Workers say at their start what they run with: results are equal only if all machines have the same
versions. Their log records come with their answers.
"""

import logging
import math
import os
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, NoReturn

from forge.errors import ForgeError, WorkerError
from forge.trinity.engines import travelling
from forge.trinity.engines.crew import (
    MOST_STARTS,
    PATIENCE,
    Answer,
    WorkerDiedError,
    failure,
    value_of,
)
from forge.trinity.engines.kinds import Kind
from forge.trinity.engines.lossy import make_lossy
from forge.trinity.engines.parcels import pack, unpack
from forge.trinity.engines.raylink import LINK, ray
from forge.trinity.engines.raystore import ObjectStore
from forge.trinity.engines.serving import belong_to_parent
from forge.trinity.logs import send_records
from forge.trinity.trinity import Array
from forge.trinity.versions import differences, versions

logger = logging.getLogger("forge.engine")

LOOK = 1.0  # time between two looks for the processes of workers that start [s]
MISSED = 2  # looks in a row at which a process is missing: Ray takes a moment to start one
_OWN = "OutOfMemory", "ModuleNotFoundError", "creation task"  # words about deaths from within
START = 300.0  # longest wait for the next worker to start [s]


class About(NamedTuple):
    """A worker's word about itself."""

    pid: int
    host: str
    versions: dict[str, str]


class _Records(list[logging.LogRecord]):
    """A queue of log records, for logging's QueueHandler."""

    put_nowait = list.append

    def cancel_join_thread(self) -> None:
        """Do nothing: records travel with the next answer."""


class Host:
    """A worker in an actor."""

    def __init__(self, begin: Callable[..., Answer], setup: bytes, arguments: Any) -> None:
        """Take note of what the worker begins with; it begins at the first request."""
        self._begin: Callable[[], Answer] = lambda: begin(travelling.unpack(setup), *arguments)
        self._answer: Answer | None = None
        self._records = _Records()
        belong_to_parent()
        make_lossy()
        send_records(self._records)

    def about(self) -> About:
        """Say where the worker is, and what it runs with."""
        return About(os.getpid(), socket.gethostname(), versions(sources=True))

    def answer(self, data: bytes, arrays: list[Array], *values: Any) -> tuple[bytes, list[Array]]:
        """Answer a request, packed as a parcel; the parcel is of the reply and the records."""
        try:
            request = unpack(data, arrays, values)
            self._answer = self._answer or self._begin()
            reply = pack((("done", self._answer(*request)), self._records), ray.ObjectRef)
        except Exception as error:
            reply = pack((failure(error), self._records), ray.ObjectRef)
        self._records.clear()
        return reply.data, reply.arrays


class Actors:
    """Workers in actors of Ray."""

    def __init__(self, address: str | None = None) -> None:
        """Begin without workers.

        Args:
            address: of the cluster to join; None: this machine alone.
        """
        self.bytes_exchanged = 0
        self._address, self._owner = address, os.getpid()
        self._begin: tuple[Any, ...] = ()  # begin, arguments of each worker, and setup, packed
        self._setup: Any = None  # the same, not packed
        self._actors: list[Any] = []
        self._sessions: list[int] = []  # the connection to which each actor belongs
        self._abouts: list[About | None] = []
        self._pending: dict[int, Any] = {}  # worker → reference to its answer
        self._missed = 0  # looks in a row at which processes of starting workers were missing
        self._restarts = 0  # of workers whose process was missing, since the last one served

    def cores(self) -> int:
        """See Crew."""
        return LINK.cores(self._address)

    def start(
        self, begin: Callable[..., Answer], arguments: Sequence[tuple[Any, ...]], setup: Any
    ) -> None:
        """See Crew."""
        self._begin = begin, list(arguments), travelling.pack(setup)
        self._setup = setup
        self._actors = [None] * len(arguments)
        self._sessions, self._abouts = [0] * len(arguments), [None] * len(arguments)
        try:
            self.replace(range(len(arguments)))
            self._wait_for_all()
        except BaseException as error:
            self.end(patience=0)
            if isinstance(error, WorkerDiedError):
                text = f"{error}, as it started"
                raise WorkerDiedError(text, error.code, error.traceback) from None
            raise

    def replace(self, numbers: Sequence[int]) -> None:
        """End these workers at once, if they have not ended, and start others in their place.

        They have the same numbers and arguments. The call does not wait for them: each owes one
        answer, None, which says that it serves.

        Raises:
            ForgeError: if Ray refuses.
        """
        LINK.connect(self._address, len(self._actors))
        self._kill(numbers)
        self._missed = 0
        begin, arguments, setup = self._begin
        packed: Any = ray.put(setup)
        host: Any = ray.remote(Host)
        for number, options in zip(numbers, LINK.placed(len(numbers)), strict=True):
            actor = host.options(**options).remote(begin, packed, arguments[number])
            self._actors[number], self._sessions[number] = actor, LINK.session
            self._abouts[number], self._pending[number] = None, actor.about.remote()

    def _wait_for_all(self) -> None:
        """Wait until all workers serve; those that are killed meanwhile start again, some times.

        Raises:
            ForgeError: if Ray starts none for a long time, or for other versions.
            WorkerDiedError: if one ends by itself, or is killed too often.
        """
        waiting, starts = set(range(len(self))), Counter[int]()
        while waiting:
            ready = self.answered(waiting, START)
            if not ready:
                raise ForgeError(
                    f"the cluster has started no worker for {START:g} s, and {len(waiting)} of "
                    f"{len(self)} are missing: add machines, or take fewer (--nWorker)"
                )
            for number in ready:
                try:
                    self.receive(number)
                    waiting.discard(number)
                except WorkerDiedError as death:
                    starts[number] += 1
                    if not death.outside or starts[number] >= MOST_STARTS:
                        raise
                    logger.warning("%s, as it started; another one is started", death)
                    self.replace([number])

    def stack(self, number: int) -> str:
        """Say what a worker is doing; on another machine nothing is known."""
        return ""

    def __len__(self) -> int:
        """See Crew."""
        return len(self._actors)

    @property
    def pids(self) -> list[int]:
        """See Crew; the processes may be on other machines."""
        return [about.pid for about in self._abouts if about is not None]

    def send(self, number: int, *request: Any) -> None:
        """See Crew."""
        LINK.check()
        if number >= len(self._actors):
            raise WorkerDiedError(f"worker {number} was ended by another thread")
        self._check_session(number)
        parcel = pack(request, ray.ObjectRef)
        self.bytes_exchanged += parcel.size
        actor = self._actors[number]
        self._pending[number] = actor.answer.remote(parcel.data, parcel.arrays, *parcel.refs)

    def receive(self, number: int) -> Any:
        """See Crew."""
        ref = self._pending.pop(number)
        self._check_session(number)
        answer = self._got(number, ref)
        if isinstance(answer, About):
            _check_same(answer)
            self._restarts = 0
            self._abouts[number] = answer
            return None
        data, arrays = answer
        self.bytes_exchanged += len(data) + sum(array.nbytes for array in arrays)
        reply, records = unpack(data, arrays)
        about = self._abouts[number]
        for record in records:
            record.processName = f"{record.processName} {about.host if about else number}"
            logging.getLogger().handle(record)
        return value_of(reply, self._setup)

    def _check_session(self, number: int) -> None:
        """Check that a worker belongs to this connection, which alone knows its answers.

        Raises:
            WorkerDiedError: if Ray has been started anew since the worker was.
        """
        if self._sessions[number] != LINK.session:
            raise WorkerDiedError(f"worker {number} ended with Ray's processes on this machine")

    def _got(self, number: int, ref: Any) -> Any:
        try:
            return ray.get(ref)
        except ray.exceptions.RayTaskError as error:
            raise WorkerError(
                f"worker {number} failed: {str(error).strip().splitlines()[-1]}", str(error)
            ) from error
        except ray.exceptions.RayError as error:
            self._died(number, str(error))

    def answered(self, numbers: Iterable[int], timeout: float | None = None) -> list[int]:
        """See Crew."""
        asked = list(numbers)
        until = math.inf if timeout is None else time.monotonic() + timeout
        while not (ready := self._ready(asked, min(LOOK, max(0.0, until - time.monotonic())))):
            self._start_missing()
            if time.monotonic() >= until:
                break
        return ready

    def _ready(self, numbers: list[int], timeout: float) -> list[int]:
        if lost := [number for number in numbers if self._sessions[number] != LINK.session]:
            return lost
        refs = {self._pending[number]: number for number in numbers}
        ready, _ = ray.wait(list(refs), num_returns=1, timeout=timeout)
        if ready:
            ready, _ = ray.wait(list(refs), num_returns=len(refs), timeout=0)
        return [refs[ref] for ref in ready]

    def _start_missing(self) -> None:
        """Start workers again whose process was killed before Ray knew it: Ray waits a minute.

        Raises:
            WorkerDiedError: if that happens too often.
        """
        starting = [number for number in range(len(self)) if self._abouts[number] is None]
        there = LINK.workers() if starting else None
        missing = 0 if there is None else len(starting) - len(set(there).difference(self.pids))
        self._missed = self._missed + 1 if missing > 0 else 0
        if self._missed < MISSED:
            return
        self._restarts += 1
        text = f"{missing} of {len(starting)} workers died as they started, before Ray knew them"
        if self._restarts >= MOST_STARTS:
            self._missed = self._restarts = 0
            raise WorkerDiedError(f"{text}, {MOST_STARTS} times")
        logger.warning("%s; others are started", text)
        self.replace(starting[:missing])

    def end(self, patience: float = PATIENCE) -> None:
        """See Crew; actors are killed without patience, as they keep nothing."""
        if os.getpid() != self._owner:
            return
        self._kill(range(len(self._actors)))
        self._actors, self._sessions, self._abouts, self._pending = [], [], [], {}

    def _kill(self, numbers: Iterable[int]) -> None:
        if not LINK.is_whole():
            return  # they are gone, and Ray would end this process
        for number in numbers:
            if self._actors[number] is not None and self._sessions[number] == LINK.session:
                ray.kill(self._actors[number])

    def _died(self, number: int, reason: str) -> NoReturn:
        about = self._abouts[number]
        who = f" (process {about.pid} on {about.host})" if about else ""
        why = _plain(reason)
        own = any(word in reason for word in _OWN)
        raise WorkerDiedError(f"worker {number}{who} died{why}", 1 if own else None) from None


def _plain(reason: str) -> str:
    """Say in few words what Ray says at length about an actor's death."""
    if "node" in reason and "died" in reason.partition("node")[2]:
        return ": its machine is gone"
    if "memory" in reason and "OutOfMemory" in reason:
        return ": Ray ended it for lack of memory on its machine"
    if "ModuleNotFoundError" in reason:
        return f": {next(line for line in reason.splitlines() if 'ModuleNotFound' in line).strip()}"
    return ""


def _check_same(about: About) -> None:
    """Check that a worker runs with the versions of this process.

    Raises:
        ForgeError: names what differs.
    """
    here = versions(sources=True)
    other = differences(here, about.versions)
    if other:
        listed = ", ".join(
            f"{name} {about.versions.get(name)} there, {here[name]} here" for name in other
        )
        raise ForgeError(
            f"the machine {about.host} has other versions than this one ({listed}): results are "
            "the same only if all machines of the cluster have the same"
        )
    if about.versions["processor"] != here["processor"]:
        logger.warning(
            "the machine %s has another kind of processor than this one: results may differ from "
            "those of one machine",
            about.host,
        )


ENGINE = Kind(Actors, ObjectStore)
