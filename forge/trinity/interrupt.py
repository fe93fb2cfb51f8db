"""Turn signals into requests that a run serves at the end of its epoch.

Ctrl-C and the signals of batch systems ask for a stop; SIGUSR1 asks for a checkpoint.
"""

import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

from forge.trinity.signals import ENDINGS, SAVING, at_fork

AT_ONCE = 0.3  # signals so soon after the first count as the same: some senders repeat theirs [s]


class Interrupt:
    """While entered: the first Ctrl-C sets ``requested``, the second raises KeyboardInterrupt.

    Outside the main thread, where signals cannot be handled, an Interrupt does nothing. Processes
    forked meanwhile have the handlers from before.

    Attributes:
        requested: whether a stop was asked for.
        save_requested: whether a checkpoint was asked for; set it back when one is written.
    """

    def __init__(self, tell: Callable[[], object] | None = None, *, saves: bool = False) -> None:
        """Prepare; nothing is handled before the block.

        Args:
            tell: called at the first signal, within its handler, so it must neither wait for a
                lock nor fail. If given, SIGTERM and SIGHUP work like Ctrl-C, unless they are
                ignored (as under nohup) or the program has its own handlers for them.
            saves: whether SIGUSR1 sets ``save_requested``, under the same condition.
        """
        self._tell, self._saves = tell, saves
        self.requested = self.save_requested = False
        self._since = 0.0
        self._before: dict[int, Any] = {}
        self._over = False  # whether the block was left in a thread that cannot restore handlers

    def __enter__(self) -> "Interrupt":
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, *self._unhandled()):
                self._before[number] = signal.signal(number, self._handle)
            at_fork.append(self._put_back)
        return self

    def __exit__(self, *_: object) -> None:
        if threading.current_thread() is threading.main_thread():
            self._put_back()
        else:  # another thread has taken over the iteration over a run
            self._over = True

    def _unhandled(self) -> list[int]:
        """List the signals to handle whose default action would end the process."""
        numbers = (ENDINGS if self._tell else ()) + (SAVING if self._saves else ())
        return [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]

    def _put_back(self) -> None:
        while self._before:
            number, before = self._before.popitem()
            if before is not None:
                signal.signal(number, before)
        with suppress(ValueError):  # in a forked process it has been removed already
            at_fork.remove(self._put_back)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._over:
            self._put_back()
            signal.raise_signal(number)
        elif number in SAVING:
            self.save_requested = True
        elif not self.requested:
            self.requested = True
            self._since = time.monotonic()
            if self._tell is not None:
                self._tell()
        elif time.monotonic() >= self._since + AT_ONCE:
            raise KeyboardInterrupt
