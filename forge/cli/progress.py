"""Show how a run is doing: a live table on a terminal, plain lines elsewhere."""

import sys
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

import click

Summary = dict[str, Any]  # what an epoch yields (see forge.ethyr.metrics)

STOPPING = "finishing the epoch; Ctrl-C again stops at once"

LINE_SECONDS = 10.0  # at least this long between plain lines


class Progress(Protocol):
    """Something that shows summaries; a context manager."""

    def __enter__(self) -> "Progress": ...

    def __exit__(self, *_: object) -> None: ...

    def show(self, summary: Summary) -> None:
        """Show the summary of an epoch that just ended."""

    def stopping(self) -> None:
        """Say that the run stops at the end of the epoch; called within a signal handler."""


class Quiet:
    """Show nothing."""

    def __enter__(self) -> "Quiet":
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing."""

    def show(self, summary: Summary) -> None:
        """Do nothing."""

    def stopping(self) -> None:
        """Do nothing."""


class Lines:
    """Print a line for the first epoch, then one every few seconds, and one for the last.

    Args:
        epochs: the limit of the run; None: no limit.
        first: what to say at the start; "": nothing.
        seconds: least time between two lines [s].
    """

    def __init__(self, epochs: int | None, first: str = "", seconds: float = LINE_SECONDS) -> None:
        self.first = first
        self.left = TimeLeft(epochs)
        self.seconds = seconds
        self._next = 0.0
        self._waiting: Summary | None = None

    def __enter__(self) -> "Lines":
        """Say what there is to say at the start."""
        if self.first:
            click.echo(self.first)
        return self

    def __exit__(self, *_: object) -> None:
        """Print the last epoch, if it was not yet."""
        if self._waiting is not None:
            self._print(self._waiting)

    def show(self, summary: Summary) -> None:
        """Print the summary, unless a line was printed just now."""
        self.left.add(summary)
        if time.monotonic() >= self._next:
            self._print(summary)
        else:
            self._waiting = summary

    def stopping(self) -> None:
        """Print that the run stops, unless just that moment something else is printed."""
        with suppress(RuntimeError, OSError):  # a write within a write; nobody reads any more
            click.echo(STOPPING)

    def _print(self, summary: Summary) -> None:
        self._waiting = None
        self._next = time.monotonic() + self.seconds
        click.echo(line(summary, self.left))
        sys.stdout.flush()


class TimeLeft:
    """Estimate how long a run still takes, from its last epochs.

    Args:
        epochs: the limit of the run; None: no limit.
    """

    def __init__(self, epochs: int | None) -> None:
        self.epochs = epochs
        self._ends: deque[tuple[int, float]] = deque(maxlen=20)

    def add(self, summary: Summary) -> None:
        """Note the end of an epoch."""
        self._ends.append((summary["epoch"], time.monotonic()))

    def seconds(self) -> float | None:
        """Say how long the run still takes [s]; None: unknown, or without end."""
        if self.epochs is None or len(self._ends) < 2:
            return None
        (first, start), (last, end) = self._ends[0], self._ends[-1]
        return (self.epochs - last) * (end - start) / (last - first)


@dataclass(frozen=True)
class Row:
    """What the table says about one population."""

    number: int
    mean_lifetime: float | None
    lives: int
    living: int
    harvests: int
    drinks: int

    def cells(self) -> tuple[str, ...]:
        """Write the row's numbers as texts."""
        counts = (self.lives, self.living, self.harvests, self.drinks)
        return str(self.number), number(self.mean_lifetime), *(f"{count:,}" for count in counts)


def populations(summary: Summary) -> list[Row]:
    """Read what a summary says about each population."""
    columns = summary["populations"]
    names = ("mean_lifetime", "lives", "living", "harvests", "drinks")
    rows = zip(*(columns[name] for name in names), strict=True)
    return [Row(index, *row) for index, row in enumerate(rows)]


def clock(seconds: float) -> str:
    """Write a time as h:mm:ss."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}"


def number(value: float | None, digits: int = 1) -> str:
    """Write a number, or a dash where there is none."""
    return "–" if value is None else f"{value:,.{digits}f}"


def line(summary: Summary, left: TimeLeft) -> str:
    """Say in one line how the run is doing."""
    rows = populations(summary)
    each = f" ({' '.join(number(row.mean_lifetime) for row in rows)})" if len(rows) > 1 else ""
    parts = [
        f"epoch {summary['epoch']}",
        clock(summary["seconds"]),
        f"{summary['agent_steps']:,} agent-steps",
        f"{summary['agent_steps_per_s']:,.0f}/s",
        f"mean lifetime {number(summary['mean_lifetime'])}{each}",
        f"{summary['living']} living",
    ]
    seconds = left.seconds()
    return " | ".join([*parts, *([] if seconds is None else [f"{clock(seconds)} left"])])
