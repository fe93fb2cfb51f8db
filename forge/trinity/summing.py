"""Add up the shards' gradients along a fixed tree, whoever adds which of them.

Sums of floating-point numbers depend on their order. Here shards 0 and 1 are added, 2 and 3, and
so on, then these sums in the same way, up to the root. A worker can thus add up the shards that it
holds, as far as they are whole branches, and the parent what is left: the bits are the same as if
one process had added them all, and a branch's sum travels instead of its shards' gradients.
"""

from collections.abc import Sequence
from itertools import zip_longest

from forge.trinity.trinity import Array


def total(parts: Sequence[Array | None]) -> Array | None:
    """Add up, without modifying what is given.

    Args:
        parts: one for each shard, in their order; None: no gradient, or it is already part of the
            sum that stands at the first shard of its branch.

    Returns:
        The sum; None if there is nothing to add up. A sum of one part is that part itself.
    """
    while len(parts) > 1:
        parts = [_sum(left, right) for left, right in zip_longest(parts[::2], parts[1::2])]
    return parts[0] if parts else None


def _sum(left: Array | None, right: Array | None) -> Array | None:
    if left is None or right is None:
        return right if left is None else left
    return left + right


class Branches:
    """Add up those gradients that one process holds, as far as they are whole branches.

    Attributes:
        places: where the gradient of each shard of the run is, and then the sum of the branch that
            begins with it.
        sizes: {first shard: number of shards} of the branches added up so far.
    """

    def __init__(self, places: Sequence[Array], apart: bool = False) -> None:
        """Begin with nothing.

        Args:
            places: see above.
            apart: whether to leave every gradient as it is: somebody wants to see them all.
        """
        self.places, self._apart = places, apart
        self.sizes: dict[int, int] = {}

    def clear(self) -> None:
        """Begin another sum. Modifies self in place."""
        self.sizes = {}

    def add(self, shard: int) -> None:
        """Take up the gradient in a shard's place. Modifies self and the places in place."""
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
