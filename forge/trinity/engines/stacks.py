"""Learn what a worker is doing, or was doing when it crashed: the stacks of its threads, as text.

Python's faulthandler writes them, even while user code holds the interpreter's lock and never
returns. It writes into a file without a name that the worker shares with the run.
"""

import faulthandler
import os
import re
import signal
import sys
import time
from contextlib import suppress
from typing import Any

from forge.trinity.engines.sharing import SharedBytes

_WAIT = 2.0  # longest time to wait for an answer [s]
_PAUSE = 0.05  # an answer that has not grown for so long is whole [s]
_MOST = 2**18  # longest text that is read [bytes]
_FRAME = re.compile(r'File "(.*)", line (\d+) in (.*)')


if sys.platform == "win32":

    class Stacks:
        """The stacks of one worker; on Windows nothing is known."""

        def tell(self) -> None:
            """Begin to tell, in the worker."""

        def read(self) -> str:
            """Read what the worker has written."""
            return ""

        def ask(self, pid: int) -> str:
            """Ask the worker."""
            return ""

else:

    class Stacks:
        """The stacks of one worker, in a file that its process shares with the run's."""

        def __init__(self, file: SharedBytes | None = None) -> None:
            self._file = file or SharedBytes()

        def __reduce__(self) -> Any:
            return Stacks, (self._file,)

        def tell(self) -> None:
            """Write the stacks at a crash and when asked, from now on, in the worker."""
            faulthandler.enable(self._file.fileno())
            faulthandler.register(signal.SIGUSR2, self._file.fileno())

        def read(self, start: int = 0) -> str:
            """Read what the worker has written."""
            return os.pread(self._file.fileno(), _MOST, start).decode(errors="replace")

        def ask(self, pid: int) -> str:
            """Ask the worker for its stacks; "": it does not answer, for example as it is stopped.

            Args:
                pid: id of its process.
            """
            start = size = os.fstat(self._file.fileno()).st_size
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGUSR2)
            until = time.monotonic() + _WAIT
            while time.monotonic() < until:
                time.sleep(_PAUSE)
                before, size = size, os.fstat(self._file.fileno()).st_size
                if start < before == size:
                    break
            return self.read(start)


def innermost(stack: str) -> str:
    """Say in a few words where the main thread is, the last that is listed; "": unknown."""
    main = re.split(r"^(?:Thread|Current thread) ", stack, flags=re.MULTILINE)[-1]
    found = _FRAME.search(main)
    return f"{found[3]} ({found[1]}, line {found[2]})" if found else ""
