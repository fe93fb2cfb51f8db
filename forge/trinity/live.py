"""Draw a run's progress as a live table on a terminal."""

from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.text import Text

from forge.blade.tiles import CAUSES
from forge.ethyr.summary import COMPLETED, Summary, clock, number
from forge.trinity.about import HISTORY, STOPPING, UNSAVED, About, TimeLeft
from forge.trinity.readable import fit
from forge.trinity.redrawn import Redrawn
from forge.trinity.table import Row, Window, columns, packed, written

if TYPE_CHECKING:
    from forge.trinity.engines.compiling import Compiled

STARTING = "starting …"
MOST_ROWS = 16  # rows that the table shows, one per population
OTHER_LINES = 10  # lines beside the table, in a terminal of usual width
BARS = "▁▂▃▄▅▆▇█"
ASCII_BARS = "_.-=*#"
CURVE = "completed lifetime"


class LiveTable:
    """A table that is redrawn after every epoch; a context manager.

    Args:
        about: the run.
        console: where to draw; by default the terminal.
    """

    def __init__(self, about: About, console: Console | None = None) -> None:
        self.about = about
        self.left = TimeLeft(about.epochs)
        self.console = console or Console(highlight=False, markup=False, emoji=False)
        self._last: Summary | None = None
        self._means: deque[float] = deque(maxlen=HISTORY)
        self._window = Window(CAUSES if about.combat else CAUSES[:-1])
        self._place = ""
        self._note = STARTING
        self._hint = ""
        self._over = False
        self._redrawn = Redrawn(self.console, self.page)

    def __enter__(self) -> "LiveTable":
        """Start to draw."""
        self._redrawn.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the last table on the screen."""
        self._hint = "" if self._last is not None else self._hint
        self._over = True
        if self.about.reference is not None:
            self.about.reference.close()
        self._redrawn.__exit__()

    def begin(self, past: Iterable[Summary]) -> None:
        """Go on from the epochs that the run has had."""
        for summary in past:
            self._take(summary)
            self._place = self.about.place or ""  # a directory with epochs is never removed

    def compiling(self, now: "Compiled") -> None:
        """Draw how many kernels are compiled, until the run begins."""
        self._note = str(now) if now.done < now.total else STARTING
        self._redrawn.change()

    def show(self, summary: Summary) -> None:
        """Draw the summary of an epoch soon."""
        self.left.add(summary)
        self._take(summary)
        self._last = summary
        self._place = self.about.place or ""
        self._hint = self._hint or "Ctrl-C finishes the epoch and saves"
        if self.about.place is None:
            self._hint = self._hint.replace(" and saves", "")
        if self.about.reference is not None:
            self.about.reference.start()
        self._redrawn.change()

    def stopping(self) -> None:
        """Announce the stop at once; the signal handler itself does not wait for the screen."""
        self._hint = STOPPING
        self._redrawn.change(urgent=True)

    def _take(self, summary: Summary) -> None:
        self._window.add(summary)
        if summary[COMPLETED] is not None:
            self._means.append(summary[COMPLETED])

    # -- The page ---------------------------------------------------------------------------

    def page(self) -> Group:
        """Lay out all lines for the terminal's size."""
        width = self.console.width
        lines = [self._text(line, "bold") for line in self._packed(self.about.title.split(" · "))]
        if self.about.place is None:
            lines.append(self._text(UNSAVED, "dim"))
        elif self._place:
            lines.append(self._text(self._place, "dim"))
        if self._last is None:
            lines.append(self._text(self._note, "dim"))
        else:
            lines += [self._text(line) for line in self._packed(self._facts(self._last))]
            lines += self._table(width)
            lines += self._judgement(width)
        if self._hint:
            lines.append(self._text(self._hint, "dim"))
        return Group(*lines)

    def _text(self, text: str, style: str = "") -> Text:
        """Make a line; a long line is folded between words."""
        return Text(fit(text, self.console.file), style=style)

    def _packed(self, parts: Iterable[str]) -> list[str]:
        return packed(parts, self.console.width, " · ")

    def _facts(self, summary: Summary) -> list[str]:
        limit = "" if self.left.epochs is None else f" of {self.left.epochs}"
        seconds = self.left.seconds()
        return [
            f"epoch {summary['epoch']}{limit}",
            f"{summary['agent_steps']:,} agent-steps",
            f"{summary['agent_steps_per_s']:,.0f}/s",
            clock(summary["seconds"]),
            *([] if seconds is None else [f"{clock(seconds)} left"]),
            *summary.of_quests(),
        ]

    def _table(self, width: int) -> list[Text]:
        """Lay out a row per population and, for several populations, a row for all."""
        rows, total = self._window.rows(), self._window.total()
        several = len(rows) > 1
        most = max(1, min(MOST_ROWS, self.console.height - OTHER_LINES))
        if len(rows) > most:
            rows = [*rows[: most - 1], Row(f"{len(rows) - most + 1} more", {})]
        names = columns([total, *rows], width)
        header, *texts = written([*rows, *([total] if several else [])], names)
        styles = [*[""] * len(rows), "bold"]
        lines = [self._text(header, "dim"), *map(self._text, texts, styles)]
        for line in lines:
            line.no_wrap = True
        return [*lines, *self._caption(names, total, width)]

    def _caption(self, names: tuple[str, ...], total: Row, width: int) -> list[Text]:
        """Say over which epochs the columns count; list causes of death that have no column."""
        epochs = len(self._window)
        over = "this epoch" if epochs == 1 else f"the last {epochs} epochs"
        lines = [self._text(f"all but living: over {over}", "dim")]
        if not set(self._window.causes) <= set(names):
            parts = [f"{cause} {total.cells[cause]}" for cause in self._window.causes]
            parts[0] = f"died: {parts[0]}"
            lines += [self._text(line) for line in packed(parts, width, ", ")]
        return lines

    def _judgement(self, width: int) -> list[Text]:
        """Draw the curve of lifetimes, and the scripted agents' lifetimes to compare it with."""
        lines = []
        if len(self._means) > 1:
            bars = ASCII_BARS if self.console.options.ascii_only else BARS
            drawn = curve(list(self._means), bars, width - len(CURVE) - 1)
            lines += [self._text(line, "magenta") for line in packed((CURVE, drawn), width, " ")]
        if self.about.reference is not None:
            found = self.about.reference.text()
            if found is None and not self._over:
                found = "mean lifetime of scripted agents here: being measured …"
            lines += [] if found is None else [self._text(found, "dim")]
        return lines


def curve(values: list[float], bars: str = BARS, width: int = HISTORY) -> str:
    """Draw the last numbers as bars, followed by their range.

    Args:
        values: at least one number.
        bars: characters from the lowest bar to the highest.
        width: width of the text [characters]; at least one bar is drawn.
    """
    words = len(f" ({number(min(values))} to {number(max(values))})")
    shown = values[-max(1, width - words) :]
    low, high = min(shown), max(shown)
    step = (high - low) / (len(bars) - 1) or 1.0
    drawn = "".join(bars[round((value - low) / step)] for value in shown)
    return f"{drawn} ({number(low)} to {number(high)})"
