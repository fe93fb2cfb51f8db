"""Decide which worker computes which shard: pure bookkeeping, without a process.

In a rollout every shard waits until a free worker takes it. That worker holds the shard through all
exchanges and the commit, and takes it again in the next epoch unless another worker is free
earlier. Results are listed by shard, never by worker.
"""

from collections.abc import Collection
from typing import NamedTuple


class Task(NamedTuple):
    """A shard to be played by a worker."""

    shard: int
    worker: int
    here: bool  # whether the worker holds the shard as of the last commit
    first: bool  # whether it is the worker's first shard in this rollout
    forget: list[int]  # shards that the worker held and that others have taken since


class Schedule:
    """The shards of a run and the workers that hold them.

    Attributes:
        workers: number of workers.
        busy: {worker: the shard that it plays}.
    """

    def __init__(self, shards: int, workers: int) -> None:
        """Begin with shards that nobody holds."""
        self.workers = workers
        self._holder: list[int | None] = [None] * shards
        self._waiting: list[int] = []
        self._free: list[int] = []
        self._joined: set[int] = set()  # workers that take part in this rollout
        self._idle: set[int] = set()  # workers that have not played in this rollout
        self._forget: list[list[int]] = [[] for _ in range(workers)]
        self.busy: dict[int, int] = {}

    def begin(self, present: Collection[int] | None = None) -> None:
        """Begin a rollout: all shards wait, and all workers that are present are free.

        Args:
            present: the workers that serve; None: all.
        """
        self._waiting = list(range(len(self._holder)))
        self._free, self._joined, self._idle = [], set(), set()
        self.busy = {}
        self.join(range(self.workers) if present is None else present)

    def join(self, present: Collection[int]) -> None:
        """Take note of the workers that serve by now: those that did not before are free."""
        fresh = sorted(set(present) - self._joined)
        self._free += fresh
        self._joined.update(fresh)
        self._idle.update(fresh)

    @property
    def unfinished(self) -> bool:
        """Whether there are shards that have not been played."""
        return bool(self._waiting or self.busy)

    def assign(self) -> Task | None:
        """Give a waiting shard to a free worker; None: there is no such pair.

        Shards that the worker holds come first, then shards that nobody holds, then other workers'
        shards. Neighbours go to the same worker if possible, as it adds up their gradients.
        """
        pairs = ((shard, worker) for shard in self._waiting for worker in self._free)
        shard, worker = min(pairs, key=self._cost, default=(None, None))
        if shard is None or worker is None:
            return None
        self._waiting.remove(shard)
        self._free.remove(worker)
        holder = self._holder[shard]
        if holder not in (worker, None):
            self._forget[holder].append(shard)
        task = Task(shard, worker, holder == worker, worker in self._idle, self._forget[worker])
        self._idle.discard(worker)
        self._forget[worker] = []
        self._holder[shard] = worker
        self.busy[worker] = shard
        return task

    def _cost(self, pair: tuple[int, int]) -> tuple[int, bool]:
        shard, worker = pair
        holder = self._holder[shard]
        kind = 0 if holder == worker else 1 if holder is None else 2
        return kind, shard * self.workers // len(self._holder) != worker

    def done(self, worker: int) -> None:
        """Take note that a worker has played its shard: it is free."""
        del self.busy[worker]
        self._free.append(worker)

    def held(self) -> dict[int, list[int]]:
        """List the shards that each worker holds, by worker."""
        held: dict[int, list[int]] = {}
        for shard, holder in enumerate(self._holder):
            if holder is not None:
                held.setdefault(holder, []).append(shard)
        return held

    def lose(self, worker: int) -> None:
        """Take note of a worker's end: nobody holds its shards, nor does its replacement."""
        self._holder = [None if holder == worker else holder for holder in self._holder]
        self._forget[worker] = []
