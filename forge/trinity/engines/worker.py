"""Run shards in a worker process, as the parent asks over a pipe (see ``serving``).

Requests: ("play", index, where its state is, shards to forget, whether the weights are new),
("update", indices), ("commit", slot, {index: messages}).
"""

import logging
import os
import pickle
import sys
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from forge.args import Args
from forge.blade.config import Config
from forge.ethyr.metrics import Census
from forge.ethyr.pack import digest
from forge.trinity.common import Common
from forge.trinity.engines.memory import Memory, ModelCopy, Sizes
from forge.trinity.engines.serial import build, guarded
from forge.trinity.engines.serving import serve
from forge.trinity.engines.sharing import SharedBytes
from forge.trinity.logs import send_records
from forge.trinity.shard import Shard
from forge.trinity.summing import Branches
from forge.trinity.trinity import Trinity, Update

# Updates by shard, and where this worker's gradients are: see Branches.sizes.
HandedUp = tuple[dict[int, Update], list[int]]

logger = logging.getLogger("forge.worker")


def main(
    connection: Connection, shared: SharedBytes, sizes: Sizes, setup: bytes, logs: Any
) -> None:
    """Serve the parent until it hangs up, or is gone.

    Args:
        connection: pipe to the parent.
        shared: the shared memory.
        sizes: what it holds.
        setup: (config, args, classes), and whether the Pantheon wants to see the gradients of every
            shard apart; pickled by cloudpickle.
        logs: queue for log records, or None.
    """
    send_records(logs)
    serve(connection, lambda: Worker(Memory(shared, sizes), setup).answer)


class Worker:
    """The shards of one process."""

    def __init__(self, memory: Memory, setup: bytes) -> None:
        self._memory = memory
        self._copy = ModelCopy(memory.weights)
        self._setup: tuple[Config, Args, Trinity]
        self._setup, apart = pickle.loads(setup)
        self._branches = Branches(memory.gradients, apart)
        self._shards: dict[int, Shard] = {}
        self._common = Common()
        if "torch" in sys.modules:
            sys.modules["torch"].set_num_threads(1)
        logger.info("worker %d is ready", os.getpid())

    def answer(self, request: str, *arguments: Any) -> Any:
        """Do what the parent asks."""
        return getattr(self, f"_{request}")(*arguments)

    def _play(self, index: int, place: Any, forget: list[int], new: bool) -> HandedUp:
        """Play a rollout; the gradients go into shared memory.

        Args:
            index: number of the shard.
            place: where its committed state is: "here" (it was committed by this worker), "start"
                (nowhere), (slot, size) in shared memory, or the state itself.
            forget: shards that others have taken over.
            new: whether this worker has not read the weights of this exchange yet.
        """
        if new:
            self._begin()
        for other in forget:
            self._shards.pop(other, None)
        if place != "here":
            self._shards.pop(index, None)
            state = self._state(index, place)
            self._shards[index] = build(*self._setup, index, state, self._common)
        shard = self._shards[index]
        guarded(shard, lambda shard: shard.play(self._copy.model))
        return {index: self._update_of(shard, True)}, list(self._branches.sizes)

    def _state(self, index: int, place: Any) -> Any:
        if place == "start":
            return None
        if isinstance(place, bytes):
            return place
        slot, size = place
        return self._memory.slots[index][slot][:size]

    def _begin(self) -> None:
        """Begin an exchange."""
        self._copy.read()
        self._branches.clear()

    def _update(self, indices: list[int]) -> HandedUp:
        """Take the new weights and hand up the next updates: shard by shard, see Common."""
        self._begin()
        updates = {}
        for index in indices:
            guarded(self._shards[index], lambda shard: shard.receive(self._copy.model))
            updates[index] = self._update_of(self._shards[index], False)
        return updates, list(self._branches.sizes)

    def _update_of(self, shard: Shard, first: bool) -> Update:
        """Take a shard's update, without its gradients: these go into shared memory."""

        def job(shard: Shard) -> Update:
            update = shard.update(first)
            if update.gradients is not None:
                self._branches.places[shard.index][...] = update.gradients
                self._branches.add(shard.index)
                update.gradients = None
            return update

        return guarded(shard, job)

    def _commit(
        self, slot: int, messages: dict[int, list[Any]]
    ) -> dict[int, tuple[Any, str, Census]]:
        """Write the states of shards into a slot; what does not fit is handed back."""
        ends = {}
        for index, said in messages.items():
            state, census = guarded(self._shards[index], partial(Shard.commit, messages=said))
            room = self._memory.slots[index][slot]
            place: Any = state
            if len(state) <= len(room):
                room[: len(state)] = memoryview(state)
                place = (slot, len(state))
            ends[index] = (place, digest(state), census)
        return ends
