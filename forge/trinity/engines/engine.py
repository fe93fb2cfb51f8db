"""Drive an epoch: a crew's workers play the shards, and a channel carries their data.

Results do not depend on the crew and the channel.
"""

import dataclasses
import logging
from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import Any, NamedTuple

import numpy as np

from forge.args import Args
from forge.config import Config
from forge.ethyr.metrics import Census
from forge.registry import facts
from forge.trinity.engines import worker
from forge.trinity.engines.channel import Sizes
from forge.trinity.engines.compiling import compile_kernels
from forge.trinity.engines.crew import Beat, num_workers
from forge.trinity.engines.kinds import kind
from forge.trinity.engines.schedule import Schedule
from forge.trinity.engines.watch import Watch
from forge.trinity.engines.worker import Ended, Played
from forge.trinity.pantheon import Pantheon
from forge.trinity.shard import shard_realms
from forge.trinity.sword import Sword
from forge.trinity.trinity import Array, PantheonBase, Trinity
from forge.trinity.update import Update

logger = logging.getLogger("forge.engine")


class Ends(NamedTuple):
    """What the shards hand up at the end of an epoch."""

    digests: list[str]  # of each shard's state
    census: Census  # of all realms
    left: Array  # LIFE (k,): lives that were cut off as their realms moved, in shard order
    recorded: list[tuple[Any, ...]]  # chunks of a recorded realm that moved


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
        """Compile the kernels that are not compiled yet, and start the workers.

        Args:
            config: settings of the world and its learner.
            args: how the run is carried out.
            trinity: the classes.
            parameters: n, of one population.
            states: states of the shards to go on from; (): from the start.
            logs: queue for the log records of other processes; None: they are dropped.

        Raises:
            ConfigError: for an unknown engine.
            ForgeError: if the system refuses processes or shared memory.
        """
        compile_kernels(config, args, issubclass(trinity.Sword, Sword))
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
        # Log records of other machines cannot come through a queue: their crew sees to them.
        own = about.apart, logs if about.apart and about.steps else None  # see worker.begin
        try:
            self._crew = made.crew(args.address) if about.joins else made.crew()
            hang_after = args.hang_after if self._channel.has_beats else 0.0
            self._watch = Watch(self._crew, hang_after, self._beat, not about.joins)
            workers = 1
            if about.workers:
                workers = num_workers(args.nWorker, sizes.shards, args.nRealm, self._crew.cores())
            self._schedule = Schedule(sizes.shards, workers)
            arguments = [(self._channel.opener(), *own)] * workers
            self._crew.start(worker.begin, arguments, (config, args, trinity))
        except BaseException:
            self._channel.close()
            raise
        if self.pids:
            logger.info("started %d workers: %s", len(self.pids), self.pids)

    def _beat(self, number: int) -> Beat | None:
        """Find the last sign of life from a worker."""
        mine = self._schedule.held().get(number, ())
        return self._channel.beats(mine)

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
        self._schedule.begin(self._watch.present)
        self._assign()
        while self._schedule.unfinished:
            for number in self._watch.answered():
                self._schedule.done(number)
                played.append((number, self._watch.receive(number)))
            self._schedule.join(self._watch.present)
            self._assign()
        return self._collected(played)

    def _assign(self) -> None:
        """Give waiting shards to free workers."""
        while (task := self._schedule.assign()) is not None:
            place = None if task.here else self._channel.send_state(task.shard)
            weights = self._channel.send_weights() if task.first else None
            self._watch.send(
                task.worker, "play", task.shard, task.here, place, task.forget, weights
            )

    def update(self) -> list[Update]:
        """Let every shard take the new weights; return their next updates, in shard order."""
        for number, shards in self._schedule.held().items():
            self._watch.send(number, "update", shards, self._channel.send_weights())
        return self._collected(list(self._watch.answers()))

    def _collected(self, played: list[tuple[int, Played]]) -> list[Update]:
        """List the updates in shard order, with their gradients; a worker's last sums are valid."""
        updates = {shard: update for _, each in played for shard, update in each.updates.items()}
        self._channel.collect(updates, {number: each.sums for number, each in played}.values())
        return [updates[shard] for shard in range(len(self._shards))]

    def commit(self, messages: list[Any]) -> Ends:
        """End the epoch.

        Args:
            messages: the Pantheon's message to each realm's God; None: no message.
        """
        for number, shards in self._schedule.held().items():
            said = {shard: [messages[realm] for realm in self._shards[shard]] for shard in shards}
            self._watch.send(number, "commit", self._channel.turn, said)
        ends: dict[int, Ended] = {}
        for _, ended in self._watch.answers():
            ends |= ended
        listed = [ends[shard] for shard in range(len(self._shards))]
        self._channel.keep([end.place for end in listed])
        return Ends(
            [end.digest for end in listed],
            reduce(add, (end.census for end in listed)),
            np.concatenate([end.left for end in listed], dtype=listed[0].left.dtype),
            [chunk for end in listed for chunk in end.recorded],
        )

    def states(self) -> list[bytes]:
        """Copy the shards' states as of the last commit; none before the first."""
        states = map(self._channel.state, range(len(self._shards)))
        return [state for state in states if state is not None]

    def state(self, realm: int) -> tuple[int, bytes | None]:
        """Find the shard of a realm, and copy its state as of the last commit, if there is one."""
        shard = next(i for i, realms in enumerate(self._shards) if realm in realms)
        return shard, self._channel.state(shard)

    def rollback(self) -> None:
        """Go back to the last commit: replace workers that are gone, and let the others forget.

        Raises:
            WorkerDiedError: if a worker dies meanwhile; call again then.
            ForgeError: if the system refuses another process.
        """
        for number in range(self._schedule.workers):
            self._schedule.lose(number)
        self._channel.recall(True)
        try:
            self._watch.renew()
        finally:
            self._channel.recall(False)

    def close(self) -> None:
        """End all workers; calling it again does nothing."""
        self._crew.end()
        self._channel.close()
