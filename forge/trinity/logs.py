"""Gather the log records of all processes of a run in one file.

The parent's handler is multiprocessing-logging's; workers, which are spawned, put their records
into its queue. Nothing that must not be lost goes through the log alone.
"""

import logging
import logging.handlers
import multiprocessing
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from multiprocessing_logging import MultiProcessingHandler

from forge.errors import ForgeError
from forge.files import plain_faults
from forge.trinity.readable import say
from forge.trinity.signals import start_tracker

_FORMAT = "%(asctime)s %(processName)s %(name)s %(levelname)s %(message)s"


class _Open:
    """The open logs. While there is one, the level is INFO; then the old level is restored."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._logs: set[RunLog] = set()
        self._level = logging.NOTSET

    def add(self, log: "RunLog") -> None:
        with self._lock:
            if not self._logs:
                self._level = logging.getLogger("forge").level
                logging.getLogger("forge").setLevel(logging.INFO)
            self._logs.add(log)

    def remove(self, log: "RunLog") -> None:
        with self._lock:
            self._logs.remove(log)
            if not self._logs:
                logging.getLogger("forge").setLevel(self._level)


_OPEN = _Open()


class RunLog:
    """The log file of a run.

    Attributes:
        queue: queue for the workers' records; see ``send_records``.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Begin to append all log records of this process (INFO and above) to a file.

        Raises:
            ForgeError: if the file cannot be opened, or processes cannot share the queue.
        """
        self.queue: Any = _queue()
        with plain_faults("write", path):
            if Path(path).is_fifo():  # opening would wait for a reader, perhaps for ever
                raise ForgeError(f"cannot write {os.fspath(path)}: it is a pipe")
            file = _LogFile(path)
        file.setLevel(logging.INFO)
        file.setFormatter(logging.Formatter(_FORMAT))
        self._handler = MultiProcessingHandler("forge-log", file)
        self._handler.queue = self.queue  # its own queue is for forked processes; ours are spawned
        _OPEN.add(self)
        logging.getLogger().addHandler(self._handler)

    def close(self) -> None:
        """Write the rest of the queue and close the file. Repeating it does nothing."""
        if self._handler is None:
            return
        logging.getLogger().removeHandler(self._handler)
        _OPEN.remove(self)
        self.queue.cancel_join_thread()  # a worker that was killed may hold the queue's lock
        self._handler.close()
        self._handler = None


def _queue() -> Any:
    try:
        start_tracker()
        return multiprocessing.get_context("spawn").Queue(-1)
    except OSError as error:
        raise ForgeError(
            f"no room for the locks that processes share ({error}): they are small files in "
            "/dev/shm, which is full or missing; give the container some (docker run "
            "--shm-size=64m), or run without a directory"
        ) from None


class _LogFile(logging.FileHandler):
    """Append to a file; if that fails, warn once and go on: nothing depends on the log."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        # Bytes of a path that are no text are written as escapes.
        super().__init__(path, encoding="utf-8", errors="backslashreplace")
        self._told = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's name)
        """Report the error being handled on standard error."""
        self._tell(sys.exc_info()[1])

    def close(self) -> None:
        """Close the file."""
        try:
            super().close()
        except OSError as error:
            self._tell(error)

    def _tell(self, error: BaseException | None) -> None:
        reason = getattr(error, "strerror", None) or str(error)
        if not self._told and sys.stderr is not None:
            with suppress(OSError, ValueError):  # standard error fails too, or is closed
                line = f"WARNING: cannot write {self.baseFilename}: {reason}; the run goes on"
                say(line, sys.stderr)
        self._told = True


def send_records(queue: Any) -> None:
    """Send the log records of this process to a RunLog's queue (None: nowhere)."""
    if queue is not None:
        logging.getLogger().addHandler(logging.handlers.QueueHandler(queue))
        logging.getLogger("forge").setLevel(logging.INFO)
        queue.cancel_join_thread()  # the last records may be lost, but nothing waits for them
