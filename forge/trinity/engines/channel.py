"""Carry weights, gradients and states between a run and its workers.

A channel has an end in the run and an end in each worker, which may be the same object. In this
channel the data travels within the messages, which every crew can carry. A channel with a better
way derives from this one and puts into messages only what the other end needs to find the data.

Shape letters: P populations, n parameters of one population.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from forge.blade.needs import state_bytes
from forge.config import Config
from forge.errors import WorkerError
from forge.trinity.engines.crew import Beat
from forge.trinity.trinity import Array
from forge.trinity.update import Update

_SPARE = 2**16  # room for the states of Gods and Swords, in a channel with room for states [bytes]


class Sizes(NamedTuple):
    """The sizes of the data that a channel carries."""

    weights: tuple[int, int]  # (P, n)
    shards: int  # number of shards
    state: int  # usual size of a shard's state; a Sword may keep more [bytes]

    @classmethod
    def of(cls, config: Config, parameters: int, shards: list[tuple[int, ...]]) -> "Sizes":
        """Compute the sizes for a run.

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


class RecalledError(WorkerError):
    """The run has asked for what is being computed to be given up."""


class Channel:
    """A channel whose messages hold all data.

    Attributes:
        weights: float32 (P, n), at the run's end: the weights that workers read next.
        bytes_exchanged: data carried outside the messages, which the crew counts [bytes].
        has_beats: whether signs of life travel on it, without which nobody is taken to hang.
        turn: 0 or 1, alternating: which of a shard's two slots the next commit is written to.
    """

    bytes_exchanged = 0
    has_beats = False

    def __init__(self, sizes: Sizes, apart: bool) -> None:
        """Make one end.

        Args:
            sizes: sizes of the data.
            apart: whether the run reads the gradients of each shard; else a worker may hand up
                sums over neighbours (forge.trinity.summing). This channel never adds.
        """
        self.weights: Array = np.zeros(sizes.weights, np.float32)
        self.turn = 0
        self._made = sizes, apart
        self._kept: list[Any] = [None] * sizes.shards  # locations of the states, for find_state
        self._gradients: dict[int, Array] = {}  # by shard, at a worker's end

    @staticmethod
    def num_bytes(sizes: Sizes) -> int:
        """Compute the memory that a channel takes beside the workers' own [bytes].

        This channel takes the weights and one gradient per shard.
        """
        return (1 + sizes.shards) * sizes.matrix

    def opener(self) -> Callable[[], "Channel"]:
        """Return a function that opens a worker's end; it travels to the worker's process."""
        return partial(type(self), *self._made)

    def close(self) -> None:
        """Release the memory; views stay valid."""

    # -- The run's end ----------------------------------------------------------------------

    def send_weights(self) -> Any:
        """Return what a worker needs to read the current weights; never None."""
        return self.weights

    def collect(self, updates: dict[int, Update], sums: Iterable[Any]) -> None:
        """Put the gradients back into the updates. Modifies updates in place.

        Args:
            updates: the updates of all shards, by shard.
            sums: the result of ``sums`` in each worker.
        """

    def keep(self, places: list[Any]) -> None:
        """Take note of a commit, the results of ``write_state`` by shard, and change the turn."""
        self._kept, self.turn = places, 1 - self.turn

    def send_state(self, shard: int) -> Any:
        """Return what a worker needs to find the last committed state; None: there is none yet."""
        return self._kept[shard]

    def state(self, shard: int) -> bytes | None:
        """Copy the last committed state of a shard; None: there is none yet."""
        place = self._kept[shard]
        return None if place is None else bytes(self.find_state(shard, place))

    def restore(self, states: Sequence[bytes]) -> None:
        """Make these the states of the last commit; (): there was no commit."""
        self._kept = list(states) or [None] * len(self._kept)

    def recall(self, asked: bool) -> None:
        """Let workers give up what they are computing (True), or not (False).

        In this channel they do not hear of it, and finish first.
        """

    def beats(self, shards: Iterable[int]) -> Beat | None:
        """Find the last sign of life from the worker of these shards; None: there is none.

        This channel carries none.
        """
        return None

    # -- A worker's end ---------------------------------------------------------------------

    def beat(self, shard: int, tick: int, playing: bool) -> None:
        """Give a sign of life, before a tick of a shard or another piece of work on it.

        Args:
            shard: number of the shard.
            tick: its tick.
            playing: whether the piece of work is that tick.

        Raises:
            RecalledError: if the work is to be given up.
        """

    def read_weights(self, sent: Any, into: Array) -> None:
        """Begin an exchange: copy the weights that the run has sent. Modifies into in place."""
        into[...] = sent

    def hand_up(self, shard: int, update: Update) -> None:
        """Prepare an update for its message: the next shard may overwrite its gradients.

        Modifies update in place.
        """
        if update.gradients is not None:
            kept = self._gradients.setdefault(shard, np.zeros_like(update.gradients))
            kept[...] = update.gradients
            update.gradients = kept

    def sums(self) -> Any:
        """Return what the run needs to collect the gradients handed up in this exchange."""

    def write_state(self, shard: int, turn: int, state: bytes) -> Any:
        """Write the state of a shard for the run, and return its location."""
        return state

    def find_state(self, shard: int, place: Any) -> Any:
        """Find a state by its location: bytes, or a view of them."""
        return place
