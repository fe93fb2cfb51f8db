"""Share objects between the Swords of one process, which use them in turn."""

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


class Taken(NamedTuple):
    """The memory that Swords take [bytes]."""

    own: int = 0  # each Sword
    common: int = 0  # all Swords of one process together


class Common:
    """Objects that the Swords of one engine share within one process.

    An engine makes one Common and hands it to each Sword in its ShardInfo. Two runs never share
    one, not even in the same process. Shards compute one after the other: from ``recv_update`` to
    ``send_update`` the shared objects belong to one Sword, then to the next.
    """

    def __init__(self) -> None:
        self._made: dict[Hashable, Any] = {}

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the object of a key, made at the first call.

        Args:
            key: everything that decides what is made: a class and the sizes, for example.
            make: makes the object; called without arguments.
        """
        if key not in self._made:
            self._made[key] = make()
        made: T = self._made[key]
        return made
