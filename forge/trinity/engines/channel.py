"""Carry weights, gradients and states between a run and its workers.

A channel has two ends: the run's, and one in each worker, which may be the same object. Here all
travels within the messages, which every crew can carry; a channel that has a better way derives
from this one and says in messages only what the other end needs to find it.

Shape letters: P populations, n parameters of one population.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from forge.blade.config import Config
from forge.blade.needs import state_bytes
from forge.trinity.trinity import Array, Update

_SPARE = 2**16  # for what Gods and Swords keep, in a channel with room for states [bytes]


class Sizes(NamedTuple):
    """How much a channel carries."""

    weights: tuple[int, int]  # (P, n)
    shards: int
    state: int  # of one shard, as a rule; a Sword may keep more [bytes]

    @classmethod
    def of(cls, config: Config, parameters: int, shards: list[tuple[int, ...]]) -> "Sizes":
        """Find out how much a run's channel carries.

        Args:
            config: settings of the world.
            parameters: n, of one population.
            shards: the realms of each shard.
        """
        state = state_bytes(config, max(map(len, shards))) * 9 // 8 + _SPARE
        return cls((config.populations, parameters), len(shards), state)

    @property
    def matrix(self) -> int:
        """Size of the weights, and of one shard's gradients [bytes]."""
        return 4 * math.prod(self.weights)


class Channel:
    """A channel whose messages hold everything.

    Attributes:
        weights: float32 (P, n), of the run's end: what workers read next.
        bytes_exchanged: what has been carried beside the messages, which the crew counts [bytes].
        turn: 0 or 1, by turns: which place of a shard the next commit is for.
    """

    bytes_exchanged = 0

    def __init__(self, sizes: Sizes, apart: bool) -> None:
        """Make one end.

        Args:
            sizes: how much it carries.
            apart: whether the run looks at the gradients of each shard; else a worker may hand up
                the sums of neighbours (forge.trinity.summing). This channel never adds.
        """
        self.weights: Array = np.zeros(sizes.weights, np.float32)
        self.turn = 0
        self._made = sizes, apart
        self._kept: list[Any] = [None] * sizes.shards  # what find_state finds each state by
        self._gradients: dict[int, Array] = {}  # by shard, of a worker's end

    @staticmethod
    def num_bytes(sizes: Sizes) -> int:
        """Say how much memory is taken beside the workers' own [bytes].

        Here the weights, and a gradient of each shard.
        """
        return (1 + sizes.shards) * sizes.matrix

    def opener(self) -> Callable[[], "Channel"]:
        """Give what opens a worker's end; it travels to the worker's process."""
        return partial(type(self), *self._made)

    def close(self) -> None:
        """Let go of what it holds; views stay valid."""

    # -- The run's end ----------------------------------------------------------------------

    def send_weights(self) -> Any:
        """Say what a worker reads the weights by, as they are now; never None."""
        return self.weights

    def collect(self, updates: dict[int, Update], sums: Iterable[Any]) -> None:
        """Give updates their gradients back. Modifies updates in place.

        Args:
            updates: of all shards, by shard.
            sums: what ``sums`` said in each worker.
        """

    def keep(self, places: list[Any]) -> None:
        """Take note of a commit: what ``write_state`` said of each shard. Turns."""
        self._kept, self.turn = places, 1 - self.turn

    def send_state(self, shard: int) -> Any:
        """Say what a worker finds the state of the last commit by; None: there is none yet."""
        return self._kept[shard]

    def state(self, shard: int) -> bytes | None:
        """Copy the state of the last commit; None: there is none yet."""
        place = self._kept[shard]
        return None if place is None else bytes(self.find_state(shard, place))

    def restore(self, states: Sequence[bytes]) -> None:
        """Take such states for those of the last commit; (): there was none."""
        self._kept = list(states) or [None] * len(self._kept)

    # -- A worker's end ---------------------------------------------------------------------

    def read_weights(self, sent: Any, into: Array) -> None:
        """Begin an exchange: copy the weights that the run has sent. Modifies into in place."""
        into[...] = sent

    def hand_up(self, shard: int, update: Update) -> None:
        """Make an update ready for its message: the next shard may overwrite its gradients.

        Modifies update in place.
        """
        if update.gradients is not None:
            kept = self._gradients.setdefault(shard, np.zeros_like(update.gradients))
            kept[...] = update.gradients
            update.gradients = kept

    def sums(self) -> Any:
        """Say what the run needs to collect what was handed up in this exchange."""

    def write_state(self, shard: int, turn: int, state: bytes) -> Any:
        """Put the state of a shard where the run finds it, and say where that is."""
        return state

    def find_state(self, shard: int, place: Any) -> Any:
        """Find what was put there: bytes, or a view of them."""
        return place
