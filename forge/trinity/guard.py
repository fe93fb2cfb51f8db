"""Keep an object with workers and shared memory to one process, and to one thread at a time."""

import os
import threading
from typing import NoReturn, TypeVar

from forge.errors import RunError

Self = TypeVar("Self", bound="Holder")


class NotYoursError(RunError):
    """The object belongs to another process, or another thread uses it; nothing has changed."""


class Guard:
    """A lock that one thread at a time enters, and that no forked process ever enters."""

    def __init__(self, what: str) -> None:
        """Guard an object for this process.

        Args:
            what: name of the object for messages, for example "run".
        """
        self._what, self._owner, self._lock = what, os.getpid(), threading.Lock()

    @property
    def is_elsewhere(self) -> bool:
        """Whether this process was forked from the owner."""
        return os.getpid() != self._owner

    def __enter__(self) -> None:
        if self.is_elsewhere:
            raise NotYoursError(
                f"this {self._what} belongs to process {self._owner}, from which this one was "
                f"forked: make a new {self._what} here, from config and args"
            )
        if not self._lock.acquire(blocking=False):
            raise NotYoursError(
                f"this {self._what} is at work already: use it from one thread at a time"
            )

    def __exit__(self, *_: object) -> None:
        self._lock.release()


class Holder:
    """An object with workers and memory of its own: a with block closes it, nothing copies it."""

    def close(self) -> None:
        """Give workers and memory back."""
        raise NotImplementedError

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> NoReturn:
        name = type(self).__name__
        raise TypeError(
            f"a {name} has workers and memory of its own and cannot be pickled or copied: pass its "
            f"config and args on, and make a new {name} from them"
        )
