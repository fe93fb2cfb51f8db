"""Read a rollout as pieces of lives, for policies that remember.

A piece is all that a rollout holds of one life: it begins where the rollout begins or with a
birth, and ends where the rollout ends or with a death. A wave is the k-th sample of every piece:
what can be computed at once, after the wave before it.

Shape letters: N samples of a rollout, n samples of one pass, k samples of one wave.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade.jit import lean

Array = NDArray[Any]


class Waves(NamedTuple):
    """The waves of one pass."""

    samples: Array  # int64 (n,): places in the pass, wave after wave, ascending within each
    before: Array  # int64 (n,): place of the sample before it in the wave before; −1 in the first
    sizes: list[int]  # k of each wave
    bounds: list[list[int]]  # P + 1 of each wave: samples bounds[p] … bounds[p + 1] − 1 are p's


def pieces(slot: Array, terminated: Array) -> Array:
    """Number the pieces of a rollout.

    Args:
        slot: int32 (N,), which agent each sample is of, tick after tick.
        terminated: bool (N,), whether it died in that tick.

    Returns:
        int32 (N,), the piece of each sample: 0, 1, 2 … in the order of their first samples.
    """
    found = np.empty(len(slot), np.int32)
    open_ = np.full(int(slot.max(initial=-1)) + 1, -1, np.int32)
    _number(slot, terminated, open_, found)
    return found


@lean
def _number(slot: Array, terminated: Array, open_: Array, found: Array) -> None:
    """Modifies found, and open_, the piece that goes on in each slot, in place."""
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
        piece: int32 (n,), the piece of each sample; those of one piece stand in order of time.
        bounds: P + 1 numbers, of the pass.
    """
    n = len(piece)
    depth, before, place = (np.empty(n, np.int64) for _ in range(3))
    last, taken = np.full(int(piece.max(initial=-1)) + 1, -1, np.int64), np.zeros(n + 1, np.int64)
    _follow(piece, last, taken, depth, before, place)
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
    piece: Array, last: Array, taken: Array, depth: Array, before: Array, place: Array
) -> None:
    """Find each sample's wave, and its place there. Modifies all but piece in place."""
    for i in range(len(piece)):
        previous = last[piece[i]]
        depth[i] = 0 if previous < 0 else depth[previous] + 1
        before[i] = -1 if previous < 0 else place[previous]
        place[i] = taken[depth[i]]
        taken[depth[i]] += 1
        last[piece[i]] = i
