"""Tables for people: whole where nobody sees the width, folded at words on a narrow terminal."""

import sys

import click
import pytest

from forge.cli.tabular import explained, table, written

HEADER = ("who", "mean lifetime", "95 % interval")
ROWS = [("greedy", "1,234.5", "1,200.0 … ∞"), ("[b]odd[/b] :smile:", "–", "–")]


class Terminal:
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    """Set the width of a terminal that standard output now is."""

    def set_width(columns):
        monkeypatch.setattr(sys, "stdout", Terminal())
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("TERM", "xterm")

    return set_width


def test_names_stand_left_and_numbers_right_with_no_blank_at_the_end():
    assert written("title", table(HEADER, ROWS)).splitlines() == [
        "title",
        "",
        "who                 mean lifetime  95 % interval",
        "greedy                    1,234.5    1,200.0 … ∞",
        "[b]odd[/b] :smile:              –              –",
    ]


def test_a_table_without_titles_has_no_line_for_them():
    assert written(table(("", ""), [("a", "1"), ("bc", "22")])) == "a    1\nbc  22"


def test_nothing_is_folded_where_there_is_no_terminal():
    row = ["x" * 50, *["1,234,567"] * 40]
    (line,) = written(table([""] * 41, [row])).splitlines()
    assert line.split() == row


@pytest.mark.parametrize("width", [40, 80])
def test_a_table_fits_the_terminal_and_no_number_is_split(terminal, width):
    terminal(width)
    text = click.unstyle(written("title", table(HEADER, ROWS)))
    assert max(map(len, text.splitlines())) <= width
    assert "1,234.5" in text


def test_titles_are_bold_on_a_terminal_alone(terminal):
    assert "\x1b[" not in written(table(HEADER, ROWS))
    terminal(80)
    assert "\x1b[1m" in written(table(HEADER, ROWS))


def test_signs_that_stand_in_a_table_are_explained_below_it():
    page, signs = written(table(HEADER, ROWS)), {"–": "none", "∞": "no bound", "?": "unknown"}
    assert explained(page, signs) == f"{page}\n\n–: none\n∞: no bound"
    assert explained("1 … 2", signs) == "1 … 2"
