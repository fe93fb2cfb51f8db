"""Find where the time of worker processes goes: computing, or waiting, and for what."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple


class Use(NamedTuple):
    """What the main threads of some processes did, each of which computes with one thread."""

    running: float  # on a core [s], added up
    queued: float  # ready to run, but others had the core [s], likewise


def use_of(pids: Iterable[int]) -> Use | None:
    """Read what processes have done since they began.

    Args:
        pids: ids of the processes.

    Returns:
        None where the system does not tell (anything but Linux).
    """
    try:
        texts = [Path(f"/proc/{pid}/schedstat").read_text() for pid in pids]
    except OSError:
        return None
    numbers = [[int(word) / 1e9 for word in text.split()[:2]] for text in texts]
    return Use(*(sum(column) for column in zip(*numbers, strict=True))) if numbers else None


def between(before: Use | None, after: Use | None) -> Use | None:
    """Take the difference."""
    if before is None or after is None:
        return None
    return Use(after.running - before.running, after.queued - before.queued)


class Shares(NamedTuple):
    """Where the time of several workers went, as shares of all their time; they add up to 1."""

    running: float  # computing
    queued: float  # waiting for a core that others had
    parent: float  # waiting for the parent, which takes the optimiser's step
    idle: float  # the rest: waiting for the slowest of them, and for messages


def shares(use: Use, parent: float, seconds: float, workers: int) -> Shares:
    """Share out the time of workers.

    Args:
        use: of all of them.
        parent: time of the parent's steps, in which they all wait [s].
        seconds: time on the clock [s].
        workers: their number.
    """
    whole = seconds * workers
    running, queued, waiting = use.running / whole, use.queued / whole, parent / seconds
    return Shares(running, queued, waiting, 1 - running - queued - waiting)
