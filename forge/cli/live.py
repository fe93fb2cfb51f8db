"""Draw a run's progress as a live table on a terminal."""

from collections import deque
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from forge.cli.progress import STOPPING, Summary, TimeLeft, clock, number, populations

HISTORY = 48  # points of the curve: with its words it fits into 80 columns
MOST_ROWS = 16  # populations that the table shows
BARS = "▁▂▃▄▅▆▇█"
ASCII_BARS = "_.-=*#"


class LiveTable:
    """Redraw one table after every epoch; a context manager.

    Args:
        title: what runs, in a few words.
        epochs: the limit of the run; None: no limit.
        first: what to say until the first epoch has ended.
        console: where to draw; by default the terminal.
    """

    def __init__(
        self, title: str, epochs: int | None, first: str = "", console: Console | None = None
    ) -> None:
        self.title = title
        self.left = TimeLeft(epochs)
        self.console = console or Console()
        self._last: Summary | None = None
        self._means: deque[float] = deque(maxlen=HISTORY)
        self._shown = self._waiting(first)
        self._hint: str | None = None
        self._live = Live(get_renderable=self._draw, console=self.console, refresh_per_second=8)

    def __enter__(self) -> "LiveTable":
        """Start to draw."""
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the last table on the screen."""
        if self._last is not None:
            self._hint = None
        self._live.stop()

    def show(self, summary: Summary) -> None:
        """Draw the summary of an epoch."""
        self.left.add(summary)
        self._last = summary
        if summary["mean_lifetime"] is not None:
            self._means.append(summary["mean_lifetime"])
        self._shown = Group(*self._parts(summary))
        self._hint = self._hint or "Ctrl-C finishes the epoch and saves"

    def stopping(self) -> None:
        """Say so at the next redrawing, as a signal handler must not wait for the screen."""
        self._hint = STOPPING

    def _draw(self) -> Group:
        if self._hint is None:
            return self._shown
        return Group(self._shown, Text(self._hint, style="dim"))

    def _waiting(self, first: str) -> Group:
        return Group(Text(self.title, style="bold"), Text(first or "starting …", style="dim"))

    def _parts(self, summary: Summary) -> list[Any]:
        parts: list[Any] = [
            Text(self.title, style="bold"),
            Text(" · ".join(self._facts(summary))),
            self._table(summary),
        ]
        if len(self._means) > 1:
            bars = ASCII_BARS if self.console.options.ascii_only else BARS
            parts.append(Text(f"mean lifetime {curve(list(self._means), bars)}", style="cyan"))
        return parts

    def _facts(self, summary: Summary) -> list[str]:
        limit = "" if self.left.epochs is None else f" of {self.left.epochs}"
        seconds = self.left.seconds()
        return [
            f"epoch {summary['epoch']}{limit}",
            f"{summary['agent_steps']:,} agent-steps",
            f"{summary['agent_steps_per_s']:,.0f}/s",
            clock(summary["seconds"]),
            *([] if seconds is None else [f"{clock(seconds)} left"]),
        ]

    @staticmethod
    def _table(summary: Summary) -> Table:
        """Build a row per population and, if there are several, one for all."""
        table = Table("population", box=None, header_style="dim", padding=(0, 2, 0, 0))
        for name in ("mean lifetime", "lives", "living", "harvests", "drinks"):
            table.add_column(name, justify="right")
        rows = populations(summary)
        shown = rows if len(rows) <= MOST_ROWS else rows[: MOST_ROWS - 1]
        for row in shown:
            table.add_row(*row.cells())
        if len(shown) < len(rows):
            table.add_row(f"… {len(rows) - len(shown)} more", style="dim")
        if len(rows) > 1:
            living = f"{summary['living']:,}"
            mean, lives = number(summary["mean_lifetime"]), f"{summary['lives']:,}"
            table.add_row("all", mean, lives, living, style="bold")
        return table


def curve(values: list[float], bars: str = BARS) -> str:
    """Draw numbers as bars, and say from where to where they go."""
    low, high = min(values), max(values)
    step = (high - low) / (len(bars) - 1) or 1.0
    drawn = "".join(bars[round((value - low) / step)] for value in values)
    return f"{drawn} ({number(low)} to {number(high)})"
