"""The engine ``ray``: actors on the machines of a Ray cluster, or on this one.

The run puts the weights into Ray's object store once per exchange, and all workers of a machine
read the same copy. A worker adds up the gradients of neighbouring shards; these sums and the states
of a commit lie in the store as the answers of actors, until the run has read them. A shard stays
with its worker. Another worker begins with the run's copy of the last commit.

Workers say at their start what they run with: results are equal only if all machines have the same
versions. Their log records come with their answers.
"""

import logging
import os
import socket
import weakref
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple, NoReturn

import cloudpickle
import numpy as np

from forge.errors import ForgeError, WorkerError
from forge.trinity.engines.channel import Channel, Sizes
from forge.trinity.engines.crew import PATIENCE, Answer, WorkerDiedError, failure, value_of
from forge.trinity.engines.kinds import Kind
from forge.trinity.engines.lossy import make_lossy
from forge.trinity.engines.parcels import pack, unpack
from forge.trinity.engines.raylink import LINK, ray
from forge.trinity.engines.serving import belong_to_parent
from forge.trinity.logs import send_records
from forge.trinity.summing import Branches
from forge.trinity.trinity import Array, Update
from forge.trinity.versions import differences, versions

logger = logging.getLogger("forge.engine")

PROCESSES = 550 * 10**6  # memory of Ray's own processes on a machine, measured on Linux [bytes]
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
        self._begin: Callable[[], Answer] = lambda: begin(cloudpickle.loads(setup), *arguments)
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
        self._actors: list[Any] = []
        self._sessions: list[int] = []  # the connection to which each actor belongs
        self._abouts: list[About | None] = []
        self._pending: dict[int, Any] = {}  # worker → reference to its answer

    def cores(self) -> int:
        """See Crew."""
        return LINK.cores(self._address)

    def start(
        self, begin: Callable[..., Answer], arguments: Sequence[tuple[Any, ...]], setup: Any
    ) -> None:
        """See Crew."""
        self._begin = begin, list(arguments), cloudpickle.dumps(setup)
        self._actors = [None] * len(arguments)
        self._sessions, self._abouts = [0] * len(arguments), [None] * len(arguments)
        try:
            self.replace(range(len(arguments)))
            self._wait_for_all()
        except BaseException as error:
            self.end(patience=0)
            if isinstance(error, WorkerDiedError):
                raise WorkerDiedError(f"{error}, as it started") from None
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
        begin, arguments, setup = self._begin
        packed: Any = ray.put(setup)
        host: Any = ray.remote(Host)
        for number, options in zip(numbers, LINK.placed(len(numbers)), strict=True):
            actor = host.options(**options).remote(begin, packed, arguments[number])
            self._actors[number], self._sessions[number] = actor, LINK.session
            self._abouts[number], self._pending[number] = None, actor.about.remote()

    def _wait_for_all(self) -> None:
        """Wait until all workers serve.

        Raises:
            ForgeError: if Ray starts none for a long time, or for other versions.
        """
        waiting = set(range(len(self)))
        while waiting:
            ready = self.answered(waiting, START)
            if not ready:
                raise ForgeError(
                    f"the cluster has started no worker for {START:g} s, and {len(waiting)} of "
                    f"{len(self)} are missing: add machines, or take fewer (--nWorker)"
                )
            for number in ready:
                self.receive(number)
            waiting.difference_update(ready)

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
        if self._sessions[number] != LINK.session:
            raise WorkerDiedError(f"worker {number} ended with Ray's processes on this machine")
        parcel = pack(request, ray.ObjectRef)
        self.bytes_exchanged += parcel.size
        actor = self._actors[number]
        self._pending[number] = actor.answer.remote(parcel.data, parcel.arrays, *parcel.refs)

    def receive(self, number: int) -> Any:
        """See Crew."""
        answer = self._got(number, self._pending.pop(number))
        if isinstance(answer, About):
            _check_same(answer)
            self._abouts[number] = answer
            return None
        data, arrays = answer
        self.bytes_exchanged += len(data) + sum(array.nbytes for array in arrays)
        reply, records = unpack(data, arrays)
        about = self._abouts[number]
        for record in records:
            record.processName = f"{record.processName} {about.host if about else number}"
            logging.getLogger().handle(record)
        return value_of(reply)

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
        refs = {self._pending[number]: number for number in numbers}
        ready, _ = ray.wait(list(refs), num_returns=1, timeout=timeout)
        if ready:
            ready, _ = ray.wait(list(refs), num_returns=len(refs), timeout=0)
        return [refs[ref] for ref in ready]

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
        own = "OutOfMemory" in reason or "ModuleNotFoundError" in reason
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


class _Places(Sequence[Array]):
    """An array per shard, made when it is first asked for."""

    def __init__(self, sizes: Sizes) -> None:
        self._sizes = sizes
        self._made: dict[int, Array] = {}

    def __len__(self) -> int:
        return self._sizes.shards

    def __getitem__(self, shard: Any) -> Any:
        if shard not in self._made:
            self._made[shard] = np.zeros(self._sizes.weights, np.float32)
        return self._made[shard]


class ObjectStore(Channel):
    """A channel through Ray's object store, where the crew puts the large arrays of messages."""

    def __init__(self, sizes: Sizes, apart: bool, at_worker: bool = False) -> None:
        """Make one end.

        Args:
            sizes: see Channel.
            apart: see Channel.
            at_worker: whether this is a worker's end.
        """
        super().__init__(sizes, apart)
        self._sent: Any = None  # reference to the weights of this exchange
        self._branches = Branches(_Places(sizes), apart)
        self._leave: Any = None
        if not at_worker:
            self._leave = weakref.finalize(self, LINK.leave, LINK.enter(self._stored(sizes)))

    @staticmethod
    def _stored(sizes: Sizes) -> int:
        """Compute the size of the objects that are stored at a time [bytes]."""
        return (2 + sizes.shards) * sizes.matrix + sizes.shards * sizes.state

    @classmethod
    def num_bytes(cls, sizes: Sizes) -> int:
        """Compute the memory of the store, of the run's copies, and of Ray itself [bytes]."""
        return 2 * cls._stored(sizes) + PROCESSES

    def opener(self) -> Callable[[], Channel]:
        """See Channel."""
        self._sent = None  # new workers, perhaps with a new store
        return partial(type(self), *self._made, True)

    def close(self) -> None:
        """Give the connection to Ray back, if no other run of this program uses it."""
        if self._leave is not None:
            self._leave()

    def send_weights(self) -> Any:
        """See Channel."""
        if self._sent is None:
            LINK.check()
            self._sent = ray.put(self.weights)
        self.bytes_exchanged += self.weights.nbytes
        return self._sent

    def recall(self, asked: bool) -> None:
        """See Channel: forget the weights of an exchange that is given up."""
        self._sent = None

    def collect(self, updates: dict[int, Update], sums: Iterable[dict[int, Array]]) -> None:
        """See Channel."""
        self._sent = None
        for each in sums:
            for first, gradients in each.items():
                updates[first].gradients = gradients

    def read_weights(self, sent: Any, into: Array) -> None:
        """See Channel."""
        super().read_weights(sent, into)
        self._branches.clear()

    def hand_up(self, shard: int, update: Update) -> None:
        """See Channel."""
        if update.gradients is not None:
            self._branches.places[shard][...] = update.gradients
            self._branches.add(shard)
            update.gradients = None

    def sums(self) -> dict[int, Array]:
        """See Channel: return the sum of each branch by its first shard."""
        return {first: self._branches.places[first] for first in self._branches.sizes}

    def write_state(self, shard: int, turn: int, state: bytes) -> Any:
        """See Channel: as an array, which travels beside the message."""
        return np.frombuffer(state, np.uint8)


ENGINE = Kind(Actors, ObjectStore)
