"""Run shards in several processes: spawned, weights and gradients in shared memory.

Pipes carry control messages only. Shards wait in a queue; a worker that is free takes one it
already holds, if there is one, so that states seldom move. A worker reads the weights once per
exchange, for all of its shards, and adds up the gradients of those that are neighbours.
"""

import dataclasses
import logging
from collections.abc import Iterable, Iterator
from functools import reduce
from itertools import chain
from operator import add
from typing import Any

import cloudpickle

from forge.args import Args
from forge.blade.config import Config
from forge.errors import WorkerError
from forge.ethyr.metrics import Census
from forge.trinity.engines import WorkerDiedError, worker
from forge.trinity.engines.crew import Crew, num_workers
from forge.trinity.engines.memory import Memory, sizes
from forge.trinity.engines.sharing import SharedBytes
from forge.trinity.pantheon import Pantheon
from forge.trinity.shard import shard_realms
from forge.trinity.trinity import PantheonBase, Trinity, Update

logger = logging.getLogger("forge.engine")


class Processes:
    """The engine of several processes on one machine."""

    def __init__(
        self, config: Config, args: Args, trinity: Trinity, parameters: int, logs: Any = None
    ) -> None:
        self._shards = shard_realms(config, args.nRealm)
        self._sizes = sizes(config, parameters, self._shards)
        self._shared = SharedBytes()
        self._memory = Memory(self._shared, self._sizes)
        # A Pantheon with a step of its own may look at the gradients of each shard.
        apart = trinity.Pantheon.step is not Pantheon.step
        # Workers need no Pantheon, and its class may not even be importable there.
        trinity = dataclasses.replace(trinity, Pantheon=PantheonBase)  # type: ignore[type-abstract]
        self._setup, self._logs = cloudpickle.dumps(((config, args, trinity), apart)), logs
        self.weights = self._memory.weights
        self._bytes = 0  # through shared memory
        self._places: list[Any] = ["start"] * len(self._shards)  # see Worker._play
        self._holder: list[int | None] = [None] * len(self._shards)
        self._forget: list[list[int]] = []
        self._slot = 0
        self._crew = Crew()
        self._num_workers = num_workers(args.nWorker, len(self._shards), args.nRealm)
        try:
            self._start()
        except WorkerDiedError as death:
            raise WorkerError(f"{death}, as it started") from death

    @property
    def pids(self) -> tuple[int, ...]:
        """See Engine."""
        return tuple(self._crew.pids)

    @property
    def bytes_exchanged(self) -> int:
        """See Engine."""
        return self._bytes + self._crew.bytes_exchanged

    def play(self) -> list[Update]:
        """See Engine."""
        waiting = list(range(len(self._shards)))
        free = list(range(len(self._crew)))
        unread = set(free)  # workers that have not read the weights
        busy: dict[int, int] = {}  # worker → shard
        updates: dict[int, Update] = {}
        firsts: dict[int, list[int]] = {}  # worker → where its gradients are
        while waiting or busy:
            while waiting and free:
                index, number = self._next(waiting, free)
                place, forget = self._place(index, number), self._forget[number]
                self._crew.send(number, "play", index, place, forget, number in unread)
                self._bytes += self.weights.nbytes * (number in unread)
                unread.discard(number)
                self._forget[number] = []
                self._holder[index] = number
                busy[number] = index
            for number in self._crew.answered(busy):
                del busy[number]
                played, firsts[number] = self._crew.receive(number)
                updates |= played
                free.append(number)
        return self._completed(updates, firsts.values())

    def _next(self, waiting: list[int], free: list[int]) -> tuple[int, int]:
        """Take a shard and a worker for it. Modifies both lists in place.

        A worker's own shards come first, then those that nobody holds, then others'. Neighbours go
        to the same worker where they can, as it adds their gradients up.
        """

        def cost(choice: tuple[int, int]) -> tuple[int, bool]:
            index, number = choice
            holder = self._holder[index]
            kind = 0 if holder == number else 1 if holder is None else 2
            return kind, index * len(self._crew) // len(self._shards) != number

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
            self._bytes += place[1]
        return place

    def update(self) -> list[Update]:
        """See Engine."""
        for number, indices in self._held().items():
            self._crew.send(number, "update", indices)
            self._bytes += self.weights.nbytes
        updates: dict[int, Update] = {}
        firsts = []
        for more, where in self._replies():
            updates |= more
            firsts.append(where)
        return self._completed(updates, firsts)

    def _completed(self, updates: dict[int, Update], firsts: Iterable[list[int]]) -> list[Update]:
        """Put the gradients back that came through shared memory; list updates in shard order."""
        for first in chain.from_iterable(firsts):
            gradients = updates[first].gradients = self._memory.gradients[first]
            self._bytes += gradients.nbytes
        return [updates[index] for index in range(len(self._shards))]

    def commit(self, messages: list[Any]) -> tuple[list[str], Census]:
        """See Engine."""
        slot = 1 - self._slot
        for number, indices in self._held().items():
            said = {index: [messages[i] for i in self._shards[index]] for index in indices}
            self._crew.send(number, "commit", slot, said)
        ends = {index: end for reply in self._replies() for index, end in reply.items()}
        places, digests, counts = zip(*(ends[i] for i in range(len(self._shards))), strict=True)
        self._places, self._slot = list(places), slot
        self._bytes += sum(place[1] for place in places if isinstance(place, tuple))
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
        self._crew.end(patience=0)
        self._holder = [None] * len(self._shards)
        self._start()

    def close(self) -> None:
        """See Engine."""
        self._crew.end()
        self._shared.close()

    # -- Workers ----------------------------------------------------------------------------

    def _start(self) -> None:
        self._forget = [[] for _ in range(self._num_workers)]
        more = self._shared, self._sizes, self._setup, self._logs
        self._crew.start(worker.main, [more] * self._num_workers)
        logger.info("started %d workers: %s", self._num_workers, self.pids)

    def _held(self) -> dict[int, list[int]]:
        """List each worker's shards."""
        held: dict[int, list[int]] = {}
        for index, number in enumerate(self._holder):
            assert number is not None
            held.setdefault(number, []).append(index)
        return held

    def _replies(self) -> Iterator[Any]:
        """Receive the answer of every worker that holds shards."""
        for number in self._held():
            yield self._crew.receive(number)
