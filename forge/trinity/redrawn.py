"""Redraw lines at the foot of a terminal, while other output scrolls above them."""

import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook, RenderResult
from rich.control import Control
from rich.file_proxy import FileProxy
from rich.segment import ControlType, Segment

POLL = 0.2  # time between two checks whether to draw [s]
REST = 0.5  # least time between two drawings that are not urgent [s]


class Redrawn(RenderHook):
    """Lines that a thread redraws when they or the terminal's size change; a context manager.

    Args:
        console: a terminal.
        draw: makes the lines.
    """

    def __init__(self, console: Console, draw: Callable[[], ConsoleRenderable]) -> None:
        self._console, self._draw = console, draw
        self._widths: list[int] = []  # widths of the lines on the screen [cells]
        self._size = console.size
        self._changed = self._urgent = False
        self._drawn_at = 0.0
        self._fault: Exception | None = None
        self._lock = threading.RLock()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="forge-progress", daemon=True)
        self._streams: dict[str, Any] = {}

    def __enter__(self) -> "Redrawn":
        self._console.show_cursor(False)
        self._console.push_render_hook(self)
        for name in ("stdout", "stderr"):  # other output goes above the lines
            stream = getattr(sys, name)
            if stream is not None and stream.isatty():
                self._streams[name] = stream
                setattr(sys, name, FileProxy(self._console, stream))
        try:
            self._redraw()
        except BaseException:
            self._leave()
            raise
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Draw one last time and leave the lines on the screen."""
        self._done.set()
        self._thread.join()
        try:
            self._redraw()
        finally:
            self._leave()

    def _leave(self) -> None:
        """Give the terminal back."""
        for name, stream in self._streams.items():
            setattr(sys, name, stream)
        self._console.pop_render_hook()
        self._console.line()
        self._console.show_cursor(True)

    def change(self, urgent: bool = False) -> None:
        """Draw the lines soon, or at once; safe within a signal handler.

        Raises:
            Exception: the error of the last drawing.
        """
        self._changed = True
        self._urgent = self._urgent or urgent
        if self._fault is not None and not urgent:
            fault, self._fault = self._fault, None
            raise fault

    def _watch(self) -> None:
        while not self._done.wait(POLL) and self._fault is None:
            rested = time.monotonic() >= self._drawn_at + REST
            if self._urgent or self._console.size != self._size or (self._changed and rested):
                try:
                    self._redraw()
                except Exception as error:  # raised by the next change
                    self._fault = error

    def _redraw(self) -> None:
        with self._lock:
            self._changed = self._urgent = False
            self._console.print(Control())  # calls process_renderables
            self._drawn_at = time.monotonic()

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """Erase the lines, print the new output, and draw the lines below it."""
        with self._lock:
            return [self._erasure(), *renderables, _Lines(self)]

    def _erasure(self) -> Control:
        """Go to the start of the first line and erase all lines.

        A terminal that has become narrower has folded the longer lines.
        """
        self._size = self._console.size
        rows = sum(max(1, -(-width // self._size.width)) for width in self._widths)
        up = ((ControlType.CURSOR_UP, 1), (ControlType.ERASE_IN_LINE, 2)) * (rows - 1)
        if not self._widths:
            return Control()
        return Control(ControlType.CARRIAGE_RETURN, (ControlType.ERASE_IN_LINE, 2), *up)

    def lines(self, options: ConsoleOptions) -> list[list[Segment]]:
        """Render the lines, as many as the terminal has room for."""
        room = max(1, self._size.height - 1)
        lines = self._console.render_lines(self._draw(), options, pad=False)[:room]
        self._widths = [Segment.get_line_length(line) for line in lines]
        return lines


class _Lines:
    """A placeholder for the lines in a console's output."""

    def __init__(self, redrawn: Redrawn) -> None:
        self._redrawn = redrawn

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for number, line in enumerate(self._redrawn.lines(options)):
            if number:
                yield Segment.line()
            yield from line
