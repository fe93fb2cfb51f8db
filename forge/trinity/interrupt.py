"""Let Ctrl-C ask for a stop at the end of the epoch instead of breaking it off."""

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

AT_ONCE = 0.3  # signals so soon after the first are one with it: some senders repeat theirs [s]
_ENDINGS = ("SIGTERM", "SIGHUP")  # a batch system's, a closed terminal's


class Interrupt:
    """While entered: the first Ctrl-C sets ``requested``, the second raises KeyboardInterrupt.

    Outside the main thread, where signals cannot be handled, it does nothing.
    """

    def __init__(self, tell: Callable[[], object] | None = None) -> None:
        """Prepare; nothing is handled before the block.

        Args:
            tell: told of the first signal, within its handler, so it must neither wait for a lock
                nor fail. If given, SIGTERM and SIGHUP do what Ctrl-C does, unless they are
                ignored (as under nohup) or handled by others.
        """
        self._tell = tell
        self.requested = False
        self._since = 0.0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "Interrupt":
        if threading.current_thread() is threading.main_thread():
            for number in [signal.SIGINT, *(_unhandled_endings() if self._tell else ())]:
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
            if self._tell is not None:
                self._tell()
        elif time.monotonic() >= self._since + AT_ONCE:
            raise KeyboardInterrupt


def _unhandled_endings() -> list[int]:
    """List the signals that end a process, as far as there are any and nobody handles them."""
    numbers = [getattr(signal, name) for name in _ENDINGS if hasattr(signal, name)]
    return [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
