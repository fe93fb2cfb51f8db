"""The engine ``processes``: several processes on one machine, which share memory.

Workers are spawned and do not run the user's script again. From their first moment they leave
signals to this process. They compute with one math thread, and end with this process, however it
ends (see ``serving``). A process forked from this one neither reaches nor ends them.

Weights, gradients and states are in shared memory; pipes carry control messages only. A worker
adds up the gradients of neighbouring shards.
"""

import logging
import os
import signal
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import chain
from multiprocessing.connection import Connection, wait
from multiprocessing.util import Finalize
from typing import Any, NamedTuple, NoReturn

import cloudpickle
import numpy as np

from forge.errors import ForgeError
from forge.trinity.engines import spawning, travelling
from forge.trinity.engines.channel import Channel, RecalledError, Sizes
from forge.trinity.engines.crew import (
    MOST_STARTS,
    PATIENCE,
    Answer,
    Beat,
    WorkerDiedError,
    available_cores,
)
from forge.trinity.engines.kinds import Kind
from forge.trinity.engines.serving import read_reply, serve
from forge.trinity.engines.sharing import SharedBytes, placed, room_for
from forge.trinity.engines.spawning import Child
from forge.trinity.engines.stacks import Stacks
from forge.trinity.summing import Branches
from forge.trinity.trinity import Array
from forge.trinity.update import Update

logger = logging.getLogger("forge.engine")


class Spawned:
    """Worker processes and the pipes to them."""

    def __init__(self) -> None:
        self._workers: list[Child] = []
        self._arguments: list[tuple[Any, ...]] = []  # of each worker's process
        self._setup: Any = None  # what workers begin with
        self._stacks: dict[int, Stacks] = {}
        self._owner = os.getpid()
        self.bytes_exchanged = 0
        # At the exit of this process and of no other, before multiprocessing's own end.
        Finalize(self, _end, (self._workers, PATIENCE, self._owner), exitpriority=100)

    def cores(self) -> int:
        """See Crew."""
        return available_cores()

    def start(
        self, begin: Callable[..., Answer], arguments: Sequence[tuple[Any, ...]], setup: Any
    ) -> None:
        """See Crew."""
        packed, self._setup = travelling.pack(setup), setup
        self._arguments = [(begin, packed, more) for more in arguments]
        try:
            self._start(range(len(arguments)), self._workers)
            for number in range(len(self)):
                self._wait_for(number)
        except BaseException:
            self.end(patience=0)
            raise

    def _wait_for(self, number: int) -> None:
        """Wait until a worker serves; start it again if it is killed meanwhile, some times."""
        for left in reversed(range(MOST_STARTS)):
            try:
                self.receive(number)
                return
            except WorkerDiedError as death:
                if not (death.outside and left):
                    text = f"{death}, as it started"
                    raise WorkerDiedError(text, death.code, death.traceback) from None
                logger.warning("%s, as it started; another one is started", death)
                self.replace([number])

    def replace(self, numbers: Sequence[int]) -> None:
        """See Crew."""
        fresh: list[Child] = []
        for number in numbers:
            self._worker(number).end(0)
        try:
            self._start(numbers, fresh)
        finally:
            for number, worker in zip(numbers, fresh, strict=False):
                self._workers[number] = worker

    def _start(self, numbers: Sequence[int], into: list[Child]) -> None:
        """Start processes for these workers. Modifies into in place."""
        for number in numbers:
            self._stacks[number] = Stacks()
        started = [(*self._arguments[number], self._stacks[number]) for number in numbers]
        try:
            spawning.start(_serve, started, into)
        except OSError as error:
            number = len(into) + 1
            raise ForgeError(
                f"cannot start worker process {number} of {len(started)} ({error}): "
                "raise the limit, take fewer (--nWorker), or none (--engine serial)"
            ) from None

    def stack(self, number: int) -> str:
        """See Crew."""
        return self._stacks[number].ask(self._worker(number).pid)

    def __len__(self) -> int:
        """See Crew."""
        return len(self._workers)

    @property
    def pids(self) -> list[int]:
        """See Crew."""
        return [worker.pid for worker in self._workers]

    def send(self, number: int, *request: Any) -> None:
        """See Crew."""
        data = cloudpickle.dumps(request)
        self.bytes_exchanged += len(data)
        try:
            self._worker(number).connection.send_bytes(data)
        except OSError:
            self._died(number)

    def receive(self, number: int) -> Any:
        """See Crew."""
        try:
            data = self._worker(number).connection.recv_bytes()
        except (EOFError, OSError):
            self._died(number)
        self.bytes_exchanged += len(data)
        return read_reply(data, self._setup)

    def answered(self, numbers: Iterable[int], timeout: float | None = None) -> list[int]:
        """See Crew."""
        connections = {self._worker(number).connection: number for number in numbers}
        return [connections[ready] for ready in wait(list(connections), timeout)]  # type: ignore[index]

    def end(self, patience: float = PATIENCE) -> None:
        """See Crew."""
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
        who = f"worker {number} (process {worker.pid})"
        last = self._stacks[number].read()
        raise WorkerDiedError(f"{who} died, code {code}{_named(code)}", code, last)


def _named(code: int | None) -> str:
    """Name the signal that ended a process; a plain kill is explained by forge.trinity.shortage."""
    try:
        name = signal.Signals(-(code or 0)).name
    except ValueError:
        return ""
    return "" if name == "SIGKILL" else f" ({name})"


def _serve(
    connection: Connection,
    begin: Callable[..., Answer],
    setup: bytes,
    arguments: tuple[Any, ...],
    stacks: Stacks,
) -> None:
    """Serve as a worker, until the parent hangs up or is gone."""
    stacks.tell()
    serve(connection, lambda: begin(travelling.unpack(setup), *arguments))


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


class Slot(NamedTuple):
    """The location of a shard's state in shared memory: which of its two arrays, and its size."""

    turn: int
    size: int  # [bytes]


class _Arrays(NamedTuple):
    """The arrays that the processes share."""

    weights: Array  # float32 (P, n)
    gradients: list[Array]  # float32 (P, n), one per shard
    states: list[tuple[Array, Array]]  # uint8, per shard: the last committed one, and the next
    beats: Array  # int64 (shards, 3): the time of the last sign of life [ns], tick, playing
    recalled: Array  # uint8 (1,): whether workers are to give up what they compute


def _arrays(sizes: Sizes, allocate: Any) -> _Arrays:
    matrices = [allocate(sizes.weights, np.float32) for _ in range(1 + sizes.shards)]
    states = [
        (allocate(sizes.state, np.uint8), allocate(sizes.state, np.uint8))
        for _ in range(sizes.shards)
    ]
    beats, recalled = allocate((sizes.shards, 3), np.int64), allocate(1, np.uint8)
    return _Arrays(matrices[0], matrices[1:], states, beats, recalled)


class SharedMemory(Channel):
    """A channel through memory that all ends share; messages carry locations only."""

    has_beats = True

    def __init__(self, sizes: Sizes, apart: bool, memory: SharedBytes | None = None) -> None:
        """Lay out the memory.

        Args:
            sizes: see Channel.
            apart: see Channel.
            memory: the memory of the run's end; None: this is the run's end.

        Raises:
            ForgeError: if there is no room for the memory.
        """
        super().__init__(sizes, apart)
        self._memory = memory or SharedBytes()
        self._arrays = placed(self._memory, partial(_arrays, sizes))
        self.weights = self._arrays.weights
        self._branches = Branches(self._arrays.gradients, apart)

    @staticmethod
    def num_bytes(sizes: Sizes) -> int:
        """Compute the size of the memory [bytes]."""
        return room_for(partial(_arrays, sizes))

    def opener(self) -> Callable[[], Channel]:
        """See Channel."""
        return partial(type(self), *self._made, self._memory)

    def close(self) -> None:
        """See Channel."""
        self._memory.close()

    def send_weights(self) -> Any:
        """See Channel."""
        self.bytes_exchanged += self.weights.nbytes
        return True

    def collect(self, updates: dict[int, Update], sums: Iterable[list[int]]) -> None:
        """See Channel."""
        for first in chain.from_iterable(sums):
            gradients = updates[first].gradients = self._arrays.gradients[first]
            self.bytes_exchanged += gradients.nbytes

    def keep(self, places: list[Any]) -> None:
        """See Channel."""
        super().keep(places)
        self.bytes_exchanged += sum(place.size for place in places if isinstance(place, Slot))

    def send_state(self, shard: int) -> Any:
        """See Channel."""
        place = super().send_state(shard)
        self.bytes_exchanged += place.size if isinstance(place, Slot) else 0
        return place

    def recall(self, asked: bool) -> None:
        """See Channel."""
        self._arrays.recalled[0] = asked
        if not asked:  # nobody is at work, and shards may go to other workers
            self._arrays.beats[...] = 0

    def beats(self, shards: Iterable[int]) -> Beat | None:
        """See Channel."""
        found = [(*self._arrays.beats[shard].tolist(), shard) for shard in shards]
        time, tick, playing, shard = max(found, default=(0, 0, 0, 0))
        return Beat(time, shard, tick, bool(playing)) if time else None

    def beat(self, shard: int, tick: int, playing: bool) -> None:
        """See Channel."""
        if self._arrays.recalled[0]:
            raise RecalledError("the run goes back to its last commit")
        self._arrays.beats[shard] = time.monotonic_ns(), tick, playing

    def read_weights(self, sent: Any, into: Array) -> None:
        """See Channel."""
        into[...] = self.weights
        self._branches.clear()

    def hand_up(self, shard: int, update: Update) -> None:
        """See Channel."""
        if update.gradients is not None:
            self._arrays.gradients[shard][...] = update.gradients
            self._branches.add(shard)
            update.gradients = None

    def sums(self) -> list[int]:
        """See Channel: return the first shard of each sum, see Branches.sizes."""
        return list(self._branches.sizes)

    def write_state(self, shard: int, turn: int, state: bytes) -> Any:
        """See Channel: a state too large for its array goes into the message."""
        room = self._arrays.states[shard][turn]
        if len(state) > len(room):
            return state
        room[: len(state)] = memoryview(state)
        return Slot(turn, len(state))

    def find_state(self, shard: int, place: Any) -> Any:
        """See Channel."""
        if isinstance(place, Slot):
            return self._arrays.states[shard][place.turn][: place.size]
        return place


ENGINE = Kind(Spawned, SharedMemory)
