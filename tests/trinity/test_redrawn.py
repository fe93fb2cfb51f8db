"""Lines at the foot of a terminal: drawn again without leaving copies."""

import time

import pytest
from rich.console import Console
from rich.text import Text

from forge.trinity import redrawn
from forge.trinity.redrawn import Redrawn
from tests.trinity.terminal import Terminal


@pytest.fixture(autouse=True)
def _by_hand(monkeypatch):
    """Let only the tests draw, not the thread."""
    monkeypatch.setattr(redrawn, "POLL", 3600.0)


def made(width=100, draw=lambda: Text("x" * 90 + "\nlast")):
    terminal = Terminal(width)
    console = Console(
        file=terminal, force_terminal=True, width=width, height=30, legacy_windows=False
    )
    return terminal, Redrawn(console, draw)


def resize(terminal, lines, width):
    terminal.resize(width)
    lines._console.size = (width, 30)


def test_lines_are_drawn_over_themselves():
    texts = iter(("first", "two\nlines", "last"))
    terminal, lines = made(draw=lambda: Text(next(texts)))
    with lines:
        lines._redraw()
    assert terminal.shown == ["last"]


def test_what_others_print_stands_above():
    terminal, lines = made()
    with lines:
        lines._console.print("WARNING: no")
    assert terminal.shown == ["WARNING: no", "x" * 90, "last"]


@pytest.mark.parametrize("width", [91, 89, 60, 40, 31, 200])
def test_a_terminal_of_another_width_shows_no_torn_copies(width):
    terminal, lines = made()
    with lines:
        lines._console.print("before")
        resize(terminal, lines, width)
    assert "".join(terminal.shown) == "before" + "x" * 90 + "last"


def test_no_more_lines_are_drawn_than_there_is_room_for():
    terminal, lines = made(draw=lambda: Text("\n".join(map(str, range(99)))))
    with lines:
        pass
    assert terminal.shown == [str(number) for number in range(29)]


def test_a_change_is_drawn_soon(monkeypatch):
    monkeypatch.setattr(redrawn, "POLL", 0.01)
    monkeypatch.setattr(redrawn, "REST", 0.0)
    text = ["old"]
    terminal, lines = made(draw=lambda: Text(text[0]))
    with lines:
        text[0] = "new"
        lines.change(urgent=True)
        wait_for(lambda: terminal.shown == ["new"])


def test_a_fault_of_the_thread_is_told_by_the_next_change(monkeypatch):
    monkeypatch.setattr(redrawn, "POLL", 0.01)
    faults = iter((None, OSError("gone"), None))
    terminal, lines = made(draw=lambda: failing(next(faults)))
    with lines:
        lines.change(urgent=True)
        wait_for(lambda: lines._fault is not None)
        with pytest.raises(OSError, match="gone"):
            lines.change()
    assert terminal.shown == ["fine"]


def failing(error):
    if error is not None:
        raise error
    return Text("fine")


def wait_for(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)
