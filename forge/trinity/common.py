"""Share what all Swords of one process can use in turn, so that it is there once."""

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


class Taken(NamedTuple):
    """How much memory Swords take [bytes]."""

    own: int = 0  # each of them
    common: int = 0  # all those of one process together


class Common:
    """What the Swords of one engine share within one process.

    An engine makes one and hands it to each Sword in its ShardInfo. Two runs never share one, not
    even in the same process. One shard computes after the other: from ``recv_update`` to
    ``send_update`` all that is shared belongs to one Sword; then another one uses it.
    """

    def __init__(self) -> None:
        self._made: dict[Hashable, Any] = {}

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """Give what was made under a key; the first time, make it.

        Args:
            key: says all that decides what is made: a class and the sizes, for example.
            make: called without arguments.
        """
        if key not in self._made:
            self._made[key] = make()
        made: T = self._made[key]
        return made
