"""Drive an epoch: a crew's workers play the shards, and a channel carries their data.

Results do not depend on the crew and the channel.
"""

import dataclasses
import logging
from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import Any

from forge.args import Args
from forge.blade.config import Config
from forge.ethyr.metrics import Census
from forge.registry import facts
from forge.trinity.engines import kind, worker
from forge.trinity.engines.channel import Sizes
from forge.trinity.engines.crew import num_workers
from forge.trinity.engines.schedule import Schedule
from forge.trinity.engines.worker import Ended, Played
from forge.trinity.pantheon import Pantheon
from forge.trinity.shard import shard_realms
from forge.trinity.trinity import PantheonBase, Trinity, Update

logger = logging.getLogger("forge.engine")


class Engine:
    """Run the shards of a run: ``play``, ``update`` for every further exchange, then ``commit``.

    After a WorkerDiedError, which says that a worker is gone, call ``rollback`` first.

    Attributes:
        weights: float32 (P, n). Write into it: each worker copies it at the start of an exchange,
            and its Swords compute with the copy.
    """

    def __init__(
        self,
        config: Config,
        args: Args,
        trinity: Trinity,
        parameters: int,
        states: Sequence[bytes] = (),
        logs: Any = None,
    ) -> None:
        """Start the workers.

        Args:
            config: settings of the world and its learner.
            args: how the run is carried out.
            trinity: the classes.
            parameters: n, of one population.
            states: states of the shards to go on from; (): from the start.
            logs: queue for the log records of other processes; None: they are dropped.

        Raises:
            ForgeError: if the system refuses processes or shared memory.
        """
        about, made = facts(args.engine), kind(args.engine)
        self._shards = shard_realms(config, args.nRealm)
        # A Pantheon that overrides step may read the gradients of each shard.
        apart = trinity.Pantheon.step is not Pantheon.step
        sizes = Sizes.of(config, parameters, self._shards)
        self._channel = made.channel(sizes, apart)
        self._channel.restore(states)
        self.weights = self._channel.weights
        # Workers need no Pantheon, whose class may not even be importable there.
        trinity = dataclasses.replace(trinity, Pantheon=PantheonBase)  # type: ignore[type-abstract]
        self._setup = config, args, trinity
        # Log records of other machines cannot come through a queue: their crew sees to them.
        self._own = about.apart, logs if about.apart and about.steps else None  # see worker.begin
        try:
            self._crew = made.crew(args.address) if about.joins else made.crew()
            workers = 1
            if about.workers:
                workers = num_workers(args.nWorker, sizes.shards, args.nRealm, self._crew.cores())
            self._schedule = Schedule(sizes.shards, workers)
            self._start(workers)
        except BaseException:
            self._channel.close()
            raise

    def _start(self, workers: int) -> None:
        arguments = [(self._channel.opener(), *self._own)] * workers
        self._crew.start(worker.begin, arguments, self._setup)
        if self.pids:
            logger.info("started %d workers: %s", len(self.pids), self.pids)

    @property
    def pids(self) -> Sequence[int]:
        """Ids of the worker processes."""
        return self._crew.pids

    @property
    def bytes_exchanged(self) -> int:
        """Bytes that workers have read or written for weights, gradients, messages and states.

        Counted since the start, through shared memory or pipes; a worker reads the weights once
        per exchange.
        """
        return self._channel.bytes_exchanged + self._crew.bytes_exchanged

    def play(self) -> list[Update]:
        """Let every shard play a rollout; return their first updates, in shard order.

        Raises:
            WorkerError: for an error in a shard, as in ``update`` and ``commit``.
        """
        played: list[tuple[int, Played]] = []
        self._schedule.begin()
        self._assign()
        while self._schedule.busy:
            for number in self._crew.answered(self._schedule.busy):
                self._schedule.done(number)
                played.append((number, self._crew.receive(number)))
            self._assign()
        return self._collected(played)

    def _assign(self) -> None:
        """Give waiting shards to free workers."""
        while (task := self._schedule.assign()) is not None:
            place = None if task.here else self._channel.send_state(task.shard)
            weights = self._channel.send_weights() if task.first else None
            self._crew.send(task.worker, "play", task.shard, task.here, place, task.forget, weights)

    def update(self) -> list[Update]:
        """Let every shard take the new weights; return their next updates, in shard order."""
        held = self._schedule.held()
        for number, shards in held.items():
            self._crew.send(number, "update", shards, self._channel.send_weights())
        return self._collected([(number, self._crew.receive(number)) for number in held])

    def _collected(self, played: list[tuple[int, Played]]) -> list[Update]:
        """List the updates in shard order, with their gradients; a worker's last sums are valid."""
        updates = {shard: update for _, each in played for shard, update in each.updates.items()}
        self._channel.collect(updates, {number: each.sums for number, each in played}.values())
        return [updates[shard] for shard in range(len(self._shards))]

    def commit(self, messages: list[Any]) -> tuple[list[str], Census]:
        """End the epoch.

        Args:
            messages: the Pantheon's message to each realm's God; None: no message.

        Returns:
            The digest of each shard's state, and a census of all realms.
        """
        held = self._schedule.held()
        for number, shards in held.items():
            said = {shard: [messages[realm] for realm in self._shards[shard]] for shard in shards}
            self._crew.send(number, "commit", self._channel.turn, said)
        ends: dict[int, Ended] = {}
        for number in held:
            ends |= self._crew.receive(number)
        listed = [ends[shard] for shard in range(len(self._shards))]
        self._channel.keep([end.place for end in listed])
        return [end.digest for end in listed], reduce(add, (end.census for end in listed))

    def states(self) -> list[bytes]:
        """Copy the shards' states as of the last commit; none before the first."""
        states = map(self._channel.state, range(len(self._shards)))
        return [state for state in states if state is not None]

    def state(self, realm: int) -> tuple[int, bytes | None]:
        """Find the shard of a realm, and copy its state as of the last commit, if there is one."""
        shard = next(i for i, realms in enumerate(self._shards) if realm in realms)
        return shard, self._channel.state(shard)

    def rollback(self) -> None:
        """Go back to the last commit, with new workers."""
        workers = self._schedule.workers
        for number in range(workers):
            self._schedule.lose(number)
        self._crew.end(patience=0)
        self._start(workers)

    def close(self) -> None:
        """End all workers; calling it again does nothing."""
        self._crew.end()
        self._channel.close()
