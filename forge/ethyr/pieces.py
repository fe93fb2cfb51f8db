"""Divide a rollout into pieces of lives, for policies that remember.

A piece is the part of one life that a rollout holds: it begins with the rollout or with a birth,
and ends with the rollout or with a death. A wave holds the k-th sample of every piece. The samples
of a wave can be computed at once, after the wave before.

Shape letters: N samples of a rollout, n samples of one pass, k samples of one wave.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade.jit import lean

Array = NDArray[Any]


class Waves(NamedTuple):
    """The waves of one pass."""

    samples: Array  # int64 (n,): indices in the pass, wave after wave, ascending within each
    before: Array  # int64 (n,): index of the piece's previous sample in its wave; −1: none
    sizes: list[int]  # k of each wave
    bounds: list[list[int]]  # P + 1 per wave: samples bounds[p] … bounds[p + 1] − 1 are p's


def pieces(slot: Array, terminated: Array) -> Array:
    """Number the pieces of a rollout.

    Args:
        slot: int32 (N,), slot of each sample's agent, tick after tick.
        terminated: bool (N,), whether the agent died in that tick.

    Returns:
        int32 (N,), the piece of each sample: 0, 1, 2 … in the order of their first samples.
    """
    found = np.empty(len(slot), np.int32)
    open_ = np.full(int(slot.max(initial=-1)) + 1, -1, np.int32)
    _number(slot, terminated, open_, found)
    return found


@lean
def _number(slot: Array, terminated: Array, open_: Array, found: Array) -> None:
    """Number the pieces. Modifies found, and open_, the current piece of each slot, in place."""
    count = 0
    for i in range(len(slot)):
        if open_[slot[i]] < 0:
            open_[slot[i]] = count
            count += 1
        found[i] = open_[slot[i]]
        if terminated[i]:
            open_[slot[i]] = -1


def waves(piece: Array, bounds: list[int]) -> Waves:
    """Sort the samples of a pass into waves.

    Args:
        piece: int32 (n,), the piece of each sample; samples of one piece are in order of time.
        bounds: P + 1 numbers, bounds of the populations in the pass.
    """
    n = len(piece)
    depth, before, rank = (np.empty(n, np.int64) for _ in range(3))
    last, taken = np.full(int(piece.max(initial=-1)) + 1, -1, np.int64), np.zeros(n + 1, np.int64)
    _follow(piece, last, taken, depth, before, rank)
    samples = np.argsort(depth, kind="stable")
    sizes = taken[: np.count_nonzero(taken)].tolist()
    parts = np.split(samples, np.cumsum(sizes)[:-1]) if sizes else []
    return Waves(
        samples,
        before[samples],
        sizes,
        [np.searchsorted(part, bounds).tolist() for part in parts],
    )


@lean
def _follow(
    piece: Array, last: Array, taken: Array, depth: Array, before: Array, rank: Array
) -> None:
    """Find each sample's wave, and its rank in the wave. Modifies all but piece in place."""
    for i in range(len(piece)):
        previous = last[piece[i]]
        depth[i] = 0 if previous < 0 else depth[previous] + 1
        before[i] = -1 if previous < 0 else rank[previous]
        rank[i] = taken[depth[i]]
        taken[depth[i]] += 1
        last[piece[i]] = i
