"""Carry weights, gradients and states through the object store of Ray."""

import weakref
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np

from forge.trinity.engines.channel import Channel, Sizes
from forge.trinity.engines.raylink import LINK, ray
from forge.trinity.summing import Branches
from forge.trinity.trinity import Array
from forge.trinity.update import Update

PROCESSES = 550 * 10**6  # memory of Ray's own processes on a machine, measured on Linux [bytes]


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
        self._session = 0  # the connection to which it belongs
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
        if self._sent is None or self._session != LINK.session:
            LINK.check()
            self._sent, self._session = ray.put(self.weights), LINK.session
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
