"""Let signals ask a run for something at the end of its epoch instead of breaking it off.

Ctrl-C asks for a stop, and so do the signals of batch systems; SIGUSR1 asks for a checkpoint.
"""

import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any

from forge.trinity.signals import ENDINGS, SAVING, at_fork

AT_ONCE = 0.3  # signals so soon after the first are one with it: some senders repeat theirs [s]


class Interrupt:
    """While entered: the first Ctrl-C sets ``requested``, the second raises KeyboardInterrupt.

    Outside the main thread, where signals cannot be handled, it does nothing. Processes that are
    forked meanwhile have the handlers from before.

    Attributes:
        requested: whether a stop was asked for.
        save_requested: whether a checkpoint was asked for; whoever writes it sets it back.
    """

    def __init__(self, tell: Callable[[], object] | None = None, *, saves: bool = False) -> None:
        """Prepare; nothing is handled before the block.

        Args:
            tell: told of the first signal, within its handler, so it must neither wait for a lock
                nor fail. If given, SIGTERM and SIGHUP do what Ctrl-C does, unless they are
                ignored (as under nohup) or handled by others.
            saves: whether SIGUSR1 sets ``save_requested``, under the same condition.
        """
        self._tell, self._saves = tell, saves
        self.requested = self.save_requested = False
        self._since = 0.0
        self._before: dict[int, Any] = {}
        self._over = False  # left where the handlers could not be put back

    def __enter__(self) -> "Interrupt":
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, *self._unhandled()):
                self._before[number] = signal.signal(number, self._handle)
            at_fork.append(self._put_back)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if threading.current_thread() is threading.main_thread():
            self._put_back()
        else:  # whoever iterated over a run left the rest of it to another thread
            self._over = True

    def _unhandled(self) -> list[int]:
        """List the signals to be handled that would end the process, as nobody handles them."""
        numbers = (ENDINGS if self._tell else ()) + (SAVING if self._saves else ())
        return [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]

    def _put_back(self) -> None:
        while self._before:
            number, before = self._before.popitem()
            if before is not None:
                signal.signal(number, before)
        with suppress(ValueError):  # in a forked process nothing more is to be put back
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
