"""Let Ctrl-C ask for a stop at the end of the epoch instead of breaking it off."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any

AT_ONCE = 0.3  # signals so soon after the first are one with it: some senders repeat theirs [s]
_ENDINGS = ("SIGTERM", "SIGHUP")  # a batch system's, a closed terminal's

_tell: Callable[[], object] | None = None  # see ``telling``


class Interrupt:
    """While entered: the first Ctrl-C sets ``requested``, the second raises KeyboardInterrupt.

    Outside the main thread, where signals cannot be handled, it does nothing.
    """

    def __init__(self) -> None:
        self.requested = False
        self._since = 0.0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "Interrupt":
        if threading.current_thread() is threading.main_thread():
            for number in [signal.SIGINT, *_unhandled_endings()]:
                self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        while self._before:
            number, before = self._before.popitem()
            if before is not None:
                signal.signal(number, before)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if not self.requested:
            self.requested = True
            self._since = time.monotonic()
            if _tell is not None:
                _tell()
        elif time.monotonic() >= self._since + AT_ONCE:
            raise KeyboardInterrupt


@contextmanager
def telling(tell: Callable[[], object]) -> Iterator[None]:
    """Meanwhile, let SIGTERM and SIGHUP do what Ctrl-C does, and tell of the first signal.

    Those that are ignored (as under nohup) or handled by others stay so.

    Args:
        tell: called within the signal handler, so it must neither wait for a lock nor fail.
    """
    global _tell
    before, _tell = _tell, tell
    try:
        yield
    finally:
        _tell = before


def _unhandled_endings() -> Iterator[int]:
    """List the signals to be handled beside Ctrl-C's, as far as the system has them."""
    for name in _ENDINGS if _tell is not None else ():
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            yield number
