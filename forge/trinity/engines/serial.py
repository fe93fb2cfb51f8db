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
from forge.trinity.engines.memory import ModelCopy
from forge.trinity.engines.surroundings import Surroundings
from forge.trinity.shard import Shard, shard_realms
from forge.trinity.trinity import Trinity, Update

T = TypeVar("T")


class Serial:
    """The engine of one process. Nothing is exchanged, so ``bytes_exchanged`` stays 0."""

    def __init__(self, config: Config, args: Args, trinity: Trinity, parameters: int) -> None:
        self._setup = (config, args, trinity)
        self._numbers = shard_realms(config, args.nRealm)
        self.weights = np.zeros((config.populations, parameters), np.float32)
        self._copy = ModelCopy(self.weights)
        self.bytes_exchanged = 0
        self._states: list[bytes | None] = [None] * len(self._numbers)
        self._shards: list[Shard] = []
        self._surroundings = Surroundings()

    def play(self) -> list[Update]:
        """See Engine."""
        if not self._shards:
            with self._surroundings:
                self._shards = [build(*self._setup, i, s) for i, s in enumerate(self._states)]
        self._copy.read()
        with self._surroundings:  # again: the first shard may just have imported torch
            return [guarded(shard, self._play) for shard in self._shards]

    def _play(self, shard: Shard) -> Update:
        shard.play(self._copy.model)
        return shard.update(first=True)

    def update(self) -> list[Update]:
        """See Engine."""
        self._copy.read()
        with self._surroundings:
            return [guarded(shard, self._update) for shard in self._shards]

    def _update(self, shard: Shard) -> Update:
        shard.receive(self._copy.model)
        return shard.update(first=False)

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
        self._shards = []

    def rollback(self) -> None:
        """See Engine."""
        self._shards = []

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


def build(config: Config, args: Args, trinity: Trinity, index: int, state: Any) -> Shard:
    """Build a shard; see its constructor.

    Raises:
        WorkerError: for an error meanwhile, with the traceback's text.
    """
    try:
        return Shard(config, args, trinity, index, state)
    except (Exception, SystemExit) as error:
        realms = ", ".join(map(str, shard_realms(config, args.nRealm)[index]))
        text = " ".join(str(error).split())
        raise WorkerError(
            f"{type(error).__name__} at the start of realms {realms}, shard {index}: {text}",
            traceback.format_exc(),
        ) from error
