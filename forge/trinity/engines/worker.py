"""Compute shards in a crew's worker, at the run's request: in another process, or in this one."""

import logging
import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any, NamedTuple, TypeVar

from forge.args import Args
from forge.blade import aligned
from forge.config import Config
from forge.errors import WorkerError
from forge.ethyr.metrics import Census
from forge.ethyr.pack import digest
from forge.trinity.common import Common
from forge.trinity.engines.channel import Channel
from forge.trinity.engines.crew import Answer
from forge.trinity.engines.surroundings import Surroundings
from forge.trinity.logs import send_records
from forge.trinity.shard import Shard, shard_realms
from forge.trinity.trinity import Array, Trinity
from forge.trinity.update import Update

T = TypeVar("T")

logger = logging.getLogger("forge.worker")


Setup = tuple[Config, Args, Trinity]  # a worker builds shards from this


class Played(NamedTuple):
    """The answer to ``play`` and ``update``."""

    updates: dict[int, Update]  # by shard
    sums: Any  # see Channel.sums


class Ended(NamedTuple):
    """The answer to ``commit``, for one shard."""

    place: Any  # location of its state, see Channel.write_state
    digest: str  # digest of its state
    census: Census
    left: Array  # as in Ending
    recorded: list[tuple[Any, ...]]


def begin(
    setup: Setup, open_channel: Callable[[], Channel], own_process: bool, logs: Any = None
) -> Answer:
    """Become a worker.

    Args:
        setup: config, arguments and classes of the shards.
        open_channel: opens this end of the channel.
        own_process: whether the worker has this process to itself, and so its settings.
        logs: queue for log records; None: they stay in this process.

    Returns:
        The function that answers requests, see Worker.
    """
    send_records(logs)
    worker = Worker(open_channel(), setup, nullcontext() if own_process else Surroundings())
    logger.info("worker %d is ready", os.getpid())
    return worker.answer


class Worker:
    """The shards that one worker holds. Requests: play, update, commit, and forget."""

    def __init__(
        self, channel: Channel, setup: Setup, surroundings: AbstractContextManager[Any]
    ) -> None:
        self._channel, self._setup, self._surroundings = channel, setup, surroundings
        self._copy = aligned.zeros(channel.weights.shape, channel.weights.dtype)
        self._model: Array = self._copy.view()  # of this exchange, for all Swords
        self._model.flags.writeable = False
        self._common = Common()
        self.shards: dict[int, Shard] = {}

    def answer(self, request: str, *arguments: Any) -> Any:
        """Answer a request of the run."""
        return getattr(self, request)(*arguments)

    def play(self, index: int, here: bool, place: Any, forget: list[int], weights: Any) -> Played:
        """Let a shard play a rollout.

        Args:
            index: number of the shard.
            here: whether this worker holds the shard as of the last commit.
            place: location of its state if it does not, see Channel.find_state; None: there is no
                state yet, the shard begins.
            forget: shards that other workers have taken over.
            weights: weights of this exchange, see Channel.read_weights; None: read already.
        """
        if weights is not None:
            self._channel.read_weights(weights, self._copy)
        for other in forget:
            self.shards.pop(other, None)
        if not here:
            self.shards.pop(index, None)
            state = None if place is None else self._channel.find_state(index, place)
            with self._surroundings:
                self.shards[index] = build(self._setup, index, state, self._common)
        with self._surroundings:  # entered anew, as the shard may just have imported torch
            guarded(self.shards[index], self._play)
            return Played({index: self._handed_up(index, True)}, self._channel.sums())

    def _play(self, shard: Shard) -> None:
        shard.play(self._model, lambda: self._beat(shard, True))

    def _beat(self, shard: Shard, playing: bool = False) -> None:
        self._channel.beat(shard.index, shard.now, playing)

    def forget(self) -> None:
        """Forget all shards, and what they shared: the run goes back to its last commit."""
        self.shards.clear()
        self._common = Common()

    def update(self, indices: list[int], weights: Any) -> Played:
        """Give shards new weights and hand up their next updates, one by one (see Common)."""
        self._channel.read_weights(weights, self._copy)
        updates = {}
        with self._surroundings:
            for index in indices:
                self._beat(self.shards[index])
                guarded(self.shards[index], lambda shard: shard.receive(self._model))
                updates[index] = self._handed_up(index, False)
        return Played(updates, self._channel.sums())

    def _handed_up(self, index: int, first: bool) -> Update:
        def job(shard: Shard) -> Update:
            update = shard.update(first)
            self._channel.hand_up(index, update)
            return update

        return guarded(self.shards[index], job)

    def commit(self, turn: int, messages: dict[int, list[Any]]) -> dict[int, Ended]:
        """End the epoch of some shards.

        Args:
            turn: see Channel.
            messages: shard → the Pantheon's messages to its Gods.
        """
        ends = {}
        with self._surroundings:
            for index, said in messages.items():
                self._beat(self.shards[index])
                end = guarded(self.shards[index], partial(Shard.commit, messages=said))
                place = self._channel.write_state(index, turn, end.state)
                recorded = [(*chunk,) for chunk in end.recorded]
                ends[index] = Ended(place, digest(end.state), end.census, end.left, recorded)
        return ends


def guarded(shard: Shard, job: Callable[[Shard], T]) -> T:
    """Do a job on a shard; an error becomes a WorkerError that says where it happened.

    Raises:
        WorkerError: with the traceback's text.
    """
    try:
        return job(shard)
    except (Exception, SystemExit) as error:
        raise WorkerError.of(error, f"in {shard.where}") from error


def build(setup: Setup, index: int, state: Any, common: Common) -> Shard:
    """Build a shard; see its constructor.

    Raises:
        WorkerError: for any error, with the traceback's text.
    """
    try:
        return Shard(*setup, index, state, common)
    except (Exception, SystemExit) as error:
        config, args, _ = setup
        realms = ", ".join(map(str, shard_realms(config, args.nRealm)[index]))
        raise WorkerError.of(error, f"at the start of realms {realms}, shard {index}") from error
