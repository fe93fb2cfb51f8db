"""Lay out the memory that the processes of a run share.

Buffers begin at multiples of 64 bytes, so that arithmetic on them is the same in every process.
"""

import math
from dataclasses import dataclass

import numpy as np

from forge.blade import aligned
from forge.blade.config import Config
from forge.blade.needs import state_bytes
from forge.trinity.engines.sharing import SharedBytes
from forge.trinity.trinity import Array

_ALIGN = 64
_SPARE = 2**16  # for what Gods and Swords keep; what does not fit goes through pipes [bytes]


@dataclass(frozen=True)
class Sizes:
    """What the memory holds.

    Attributes:
        weights: (P, n).
        shards: number of shards.
        state: room for the state of one shard [bytes].
    """

    weights: tuple[int, int]
    shards: int
    state: int

    @property
    def total(self) -> int:
        """Size of the memory [bytes]."""
        matrices = (1 + self.shards) * _rounded(4 * math.prod(self.weights))
        return matrices + 2 * self.shards * _rounded(self.state)


def sizes(config: Config, parameters: int, shards: list[tuple[int, ...]]) -> Sizes:
    """Find out how large the memory must be.

    Args:
        config: settings of the world.
        parameters: n, of one population.
        shards: the realms of each shard.
    """
    room = state_bytes(config, max(map(len, shards))) * 9 // 8 + _SPARE
    return Sizes((config.populations, parameters), len(shards), room)


class Memory:
    """Views of the shared memory.

    Attributes:
        weights: float32 (P, n).
        gradients: float32 (P, n), one per shard.
        slots: uint8, two per shard: its last committed state, and its next.
    """

    def __init__(self, shared: SharedBytes, sizes: Sizes) -> None:
        """View the memory.

        Args:
            shared: where, the same in every process.
            sizes: what it holds.

        Raises:
            ForgeError: if there is no room for it.
        """
        self._bytes = np.frombuffer(shared.view(sizes.total), np.uint8)
        self._next = 0  # the system maps memory at multiples of more than _ALIGN
        matrices = [self._cut(4 * math.prod(sizes.weights)) for _ in range(1 + sizes.shards)]
        self.weights, *self.gradients = [
            matrix.view(np.float32).reshape(sizes.weights) for matrix in matrices
        ]
        self.slots = [(self._cut(sizes.state), self._cut(sizes.state)) for _ in range(sizes.shards)]

    def _cut(self, size: int) -> Array:
        start = self._next
        self._next += _rounded(size)
        return self._bytes[start : start + size]


class ModelCopy:
    """The weights for the Swords of one process: a copy, as of the last reading.

    Attributes:
        model: float32 (P, n), read-only.
    """

    def __init__(self, weights: Array) -> None:
        self._weights = weights
        self._copy = aligned.zeros(weights.shape, weights.dtype)
        self.model: Array = self._copy.view()
        self.model.flags.writeable = False

    def read(self) -> None:
        """Copy the weights as they are now. Modifies self in place."""
        self._copy[...] = self._weights


def _rounded(size: int) -> int:
    return -(-size // _ALIGN) * _ALIGN
