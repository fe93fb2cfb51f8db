"""Show the progress of a run: a live table on a terminal, single lines elsewhere."""

import multiprocessing
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from forge.ethyr.summary import Summary, clock
from forge.trinity.about import HISTORY, STOPPING, UNSAVED, About, TimeLeft
from forge.trinity.commit import METRICS
from forge.trinity.readable import say
from forge.trinity.table import is_complete

if TYPE_CHECKING:
    from forge.trinity.engines.compiling import Compiled

LINE_SECONDS = 10.0  # least time between two lines [s]


class Progress(Protocol):
    """A display of summaries; a context manager."""

    def __enter__(self) -> "Progress": ...

    def __exit__(self, *_: object) -> None: ...

    def begin(self, past: Iterable[Summary]) -> None:
        """Take note of the run's past epochs; called before the first ``show``."""

    def compiling(self, now: "Compiled") -> None:
        """Show how many kernels are compiled before the run begins."""

    def show(self, summary: Summary) -> None:
        """Show the summary of an epoch that just ended."""

    def stopping(self) -> None:
        """Say that the run stops at the end of the epoch; called within a signal handler."""


def choose(about: About, quiet: bool = False) -> Progress:
    """Choose how to show progress on standard output."""
    stream = sys.stdout
    if quiet or stream is None or getattr(stream, "closed", False):
        return Quiet()
    if not _redrawable():
        return Lines(about)
    from forge.trinity.live import LiveTable

    return LiveTable(about)


def tell(text: str) -> None:
    """Print a line on standard output, if there is one."""
    stream = sys.stdout
    if stream is not None and not getattr(stream, "closed", False):
        say(text, stream)


def _redrawable() -> bool:
    """Say whether standard output is a terminal on which this process can redraw lines."""
    ours = (
        threading.current_thread() is threading.main_thread()
        and multiprocessing.parent_process() is None
    )
    able = os.environ.get("TERM", "") not in ("dumb", "unknown")
    return ours and able and hasattr(sys.stdout, "isatty") and sys.stdout.isatty()


def history(path: str | os.PathLike[str], populations: int) -> list[Summary]:
    """Read the last epochs of a run's metrics.jsonl; lines that are no summary are left out."""
    with suppress(OSError), open(Path(path) / METRICS, "rb") as file:
        found = map(_summary, deque(file, HISTORY))
        return [each for each in found if each is not None and is_complete(each, populations)]
    return []


def _summary(line: bytes) -> Summary | None:
    try:
        return Summary.read(line)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None


class Quiet:
    """Show nothing."""

    def __enter__(self) -> "Quiet":
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing."""

    def begin(self, past: Iterable[Summary]) -> None:
        """Do nothing."""

    def compiling(self, now: "Compiled") -> None:
        """Do nothing."""

    def show(self, summary: Summary) -> None:
        """Do nothing."""

    def stopping(self) -> None:
        """Do nothing."""


class Lines:
    """Print a line for the first epoch, then a line every few seconds, and one for the last.

    Args:
        about: the run.
        seconds: least time between two lines [s].
    """

    def __init__(self, about: About, seconds: float = LINE_SECONDS) -> None:
        self.about = about
        self.left = TimeLeft(about.epochs)
        self.seconds = seconds
        self._next: float | None = None  # time of the next line; None: nothing was printed yet
        self._next_count = 0.0  # time of the next line about compiling
        self._waiting: Summary | None = None
        self._reference = about.reference

    def __enter__(self) -> "Lines":
        """Print the title, and whether nothing is saved."""
        self._say(self.about.title)
        if self.about.place is None:
            self._say(UNSAVED)
        return self

    def __exit__(self, *_: object) -> None:
        """Print the last epoch unless it has been printed."""
        if self.about.reference is not None:
            self.about.reference.close()
        if self._waiting is not None:
            self._print(self._waiting)

    def begin(self, past: Iterable[Summary]) -> None:
        """Do nothing: lines are about the epochs to come."""

    def _say(self, text: str) -> None:
        """Print a line, if there is anything to say."""
        if text:
            say(text, sys.stdout)

    def compiling(self, now: "Compiled") -> None:
        """Print the state of compiling: at the beginning, every few seconds, and at the end."""
        if now.done == now.total or time.monotonic() >= self._next_count:
            self._next_count = time.monotonic() + self.seconds
            self._say(str(now))

    def show(self, summary: Summary) -> None:
        """Print the summary, unless a line was printed just now."""
        self.left.add(summary)
        if self._next is None:
            if self.about.place:
                self._say(f"writes to {self.about.place}")
            self._print(summary)
        elif time.monotonic() >= self._next:
            self._compare()
            self._print(summary)
        else:
            self._waiting = summary

    def stopping(self) -> None:
        """Print that the run stops, unless the signal interrupted another print."""
        with suppress(RuntimeError, OSError):  # a write within a write; a reader that is gone
            self._say(STOPPING)

    def _print(self, summary: Summary) -> None:
        self._waiting = None
        self._next = time.monotonic() + self.seconds
        seconds = self.left.seconds()
        left = "" if seconds is None else f" | {clock(seconds)} left"
        say(f"{summary}{left}", sys.stdout)

    def _compare(self) -> None:
        """Print once how long scripted agents live, as soon as this is measured."""
        if self._reference is None:
            return
        self._reference.start()
        if (found := self._reference.text()) is not None:
            self._say(found)
            self._reference = None
