"""Add up the shards' gradients along a fixed tree, across any number of processes.

Sums of floating-point numbers depend on their order. Here shards 0 and 1 are added, 2 and 3, and
so on, then these sums in the same way, up to the root. So a worker can add up the whole branches
among its shards, and the parent the rest: the bits are the same as if one process had added all,
and one sum per branch travels instead of one gradient per shard.
"""

from collections.abc import Sequence
from itertools import zip_longest

from forge.trinity.trinity import Array


def total(parts: Sequence[Array | None]) -> Array | None:
    """Add up the parts without modifying them.

    Args:
        parts: one for each shard, in shard order; None: no gradient, or it is already part of the
            sum at the first shard of its branch.

    Returns:
        The sum; None if there is nothing to add up. The sum of one part is that part itself.
    """
    while len(parts) > 1:
        parts = [_sum(left, right) for left, right in zip_longest(parts[::2], parts[1::2])]
    return parts[0] if parts else None


def _sum(left: Array | None, right: Array | None) -> Array | None:
    if left is None or right is None:
        return right if left is None else left
    return left + right


class Branches:
    """The whole branches among the shards of one process, added up in place.

    Attributes:
        places: for each shard of the run the array that holds its gradient, and later the sum of
            the branch that begins with this shard.
        sizes: {first shard: number of shards} of the branches added up so far.
    """

    def __init__(self, places: Sequence[Array], apart: bool = False) -> None:
        """Begin with nothing.

        Args:
            places: see above.
            apart: whether to leave every gradient as it is, for a Pantheon that reads each.
        """
        self.places, self._apart = places, apart
        self.sizes: dict[int, int] = {}

    def clear(self) -> None:
        """Begin another sum. Modifies self in place."""
        self.sizes = {}

    def add(self, shard: int) -> None:
        """Add a shard's gradient to its branch. Modifies self and the places in place."""
        first, size = shard, 1
        while size < len(self.places) and not self._apart:
            left, right = min(first, first ^ size), max(first, first ^ size)
            if right < len(self.places):  # else the branch ends with the last shard
                if self.sizes.get(first ^ size) != size:
                    break
                del self.sizes[first ^ size]
                self.places[left][...] += self.places[right]
            first, size = left, 2 * size
        self.sizes[first] = size
