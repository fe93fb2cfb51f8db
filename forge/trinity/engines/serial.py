"""Run all shards in this process: for debugging, and for a single core."""

import traceback
from collections.abc import Callable
from functools import reduce
from operator import add
from typing import Any, TypeVar

import numpy as np

from forge.args import Args
from forge.blade.config import Config
from forge.errors import WorkerError
from forge.ethyr.metrics import Census
from forge.ethyr.pack import digest
from forge.trinity.common import Common
from forge.trinity.engines.memory import ModelCopy
from forge.trinity.engines.surroundings import Surroundings
from forge.trinity.shard import Shard, shard_realms
from forge.trinity.trinity import Array, Trinity, Update

T = TypeVar("T")


class Serial:
    """The engine of one process. Nothing is exchanged, so ``bytes_exchanged`` stays 0."""

    pids: tuple[int, ...] = ()  # there are no workers

    def __init__(self, config: Config, args: Args, trinity: Trinity, parameters: int) -> None:
        self._setup = (config, args, trinity)
        self._numbers = shard_realms(config, args.nRealm)
        self.weights = np.zeros((config.populations, parameters), np.float32)
        self._copy = ModelCopy(self.weights)
        self.bytes_exchanged = 0
        self._states: list[bytes | None] = [None] * len(self._numbers)
        self._shards: list[Shard] = []
        self._common = Common()
        self._gradients: dict[int, Array] = {}  # by shard
        self._surroundings = Surroundings()

    def play(self) -> list[Update]:
        """See Engine."""
        if not self._shards:
            with self._surroundings:
                self._shards = [
                    build(*self._setup, index, state, self._common)
                    for index, state in enumerate(self._states)
                ]
        self._copy.read()
        with self._surroundings:  # again: the first shard may just have imported torch
            return [guarded(shard, self._play) for shard in self._shards]

    def _play(self, shard: Shard) -> Update:
        shard.play(self._copy.model)
        return self._handed_up(shard, first=True)

    def update(self) -> list[Update]:
        """See Engine."""
        self._copy.read()
        with self._surroundings:
            return [guarded(shard, self._update) for shard in self._shards]

    def _update(self, shard: Shard) -> Update:
        shard.receive(self._copy.model)
        return self._handed_up(shard, first=False)

    def _handed_up(self, shard: Shard, first: bool) -> Update:
        """Copy a shard's gradients: the next one may write its own into the same memory."""
        update = shard.update(first)
        if update.gradients is not None:
            kept = self._gradients.setdefault(shard.index, np.zeros_like(self.weights))
            kept[...] = update.gradients
            update.gradients = kept
        return update

    def commit(self, messages: list[Any]) -> tuple[list[str], Census]:
        """See Engine."""

        def job(shard: Shard) -> tuple[bytes, Census]:
            return shard.commit([messages[realm] for realm in shard.numbers])

        with self._surroundings:
            ends = [guarded(shard, job) for shard in self._shards]
        self._states = [state for state, _ in ends]
        return [digest(state) for state, _ in ends], reduce(add, (census for _, census in ends))

    def states(self) -> list[bytes]:
        """See Engine."""
        return [state for state in self._states if state is not None]

    def restore(self, states: list[bytes]) -> None:
        """See Engine."""
        self._states = list(states)
        self.rollback()

    def rollback(self) -> None:
        """See Engine."""
        self._shards, self._common = [], Common()

    def close(self) -> None:
        """See Engine."""


def guarded(shard: Shard, job: Callable[[Shard], T]) -> T:
    """Do a shard's work; an error in it becomes a WorkerError that says where.

    Raises:
        WorkerError: with the traceback's text.
    """
    try:
        return job(shard)
    except (Exception, SystemExit) as error:
        raise shard.failure(error, traceback.format_exc()) from error


def build(
    config: Config, args: Args, trinity: Trinity, index: int, state: Any, common: Common
) -> Shard:
    """Build a shard; see its constructor.

    Raises:
        WorkerError: for an error meanwhile, with the traceback's text.
    """
    try:
        return Shard(config, args, trinity, index, state, common)
    except (Exception, SystemExit) as error:
        realms = ", ".join(map(str, shard_realms(config, args.nRealm)[index]))
        text = " ".join(str(error).split())
        raise WorkerError(
            f"{type(error).__name__} at the start of realms {realms}, shard {index}: {text}",
            traceback.format_exc(),
        ) from error
