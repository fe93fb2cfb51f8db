"""Measure how worker processes spend their time: computing, or waiting for something."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple


class Use(NamedTuple):
    """Time of the main threads of some processes, each of which computes with one thread."""

    running: float  # on a core [s], added up
    queued: float  # ready to run, but other processes had the core [s], added up


def use_of(pids: Iterable[int]) -> Use | None:
    """Read the time that processes have used since they began.

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
    """Subtract an earlier reading."""
    if before is None or after is None:
        return None
    return Use(after.running - before.running, after.queued - before.queued)


class Shares(NamedTuple):
    """The time of several workers, as shares of all their time; they add up to 1."""

    running: float  # computing
    queued: float  # waiting for a core that other processes had
    parent: float  # waiting for the parent, which takes the optimiser's step
    idle: float  # the rest: waiting for the slowest worker, and for messages


def shares(use: Use, parent: float, seconds: float, workers: int) -> Shares:
    """Compute the shares of the workers' time.

    Args:
        use: time used by all workers.
        parent: time of the parent's steps, in which all workers wait [s].
        seconds: wall-clock time [s].
        workers: number of workers.
    """
    whole = seconds * workers
    running, queued, waiting = use.running / whole, use.queued / whole, parent / seconds
    return Shares(running, queued, waiting, 1 - running - queued - waiting)
