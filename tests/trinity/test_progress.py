"""Progress: a table on a terminal, lines elsewhere, nothing where nobody sees it."""

import io
import json
import sys

import pytest

from forge.args import Args
from forge.config import preset
from forge.trinity.about import STOPPING, UNSAVED, About, TimeLeft
from forge.trinity.engines.compiling import Compiled
from forge.trinity.live import LiveTable
from forge.trinity.progress import Lines, Quiet, choose, history
from tests.trinity.summaries import summary

ABOUT = About("law16", None, "runs/a")


class Screen(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    """Let standard output be a terminal, when the test begins."""
    monkeypatch.setenv("TERM", "xterm")
    return lambda: monkeypatch.setattr(sys, "stdout", Screen())


def lines(capsys, *summaries, about=ABOUT, seconds=0.0):
    with Lines(about, seconds) as shown:
        for each in summaries:
            shown.show(each)
    return capsys.readouterr().out.splitlines()


class Known:
    """A reference that is known as soon as it was started."""

    started = False

    def start(self):
        self.started = True

    def text(self):
        return "scripted agents here: random 12.0" if self.started else None

    def close(self):
        """Do nothing."""


def test_a_line_says_all_that_matters(capsys):
    assert lines(capsys, summary())[-1] == (
        "epoch 3 | 0:01:15 | 12,345 agent-steps | 4,322/s | completed lifetime 31.2 (31.2 31.2)"
        " | 32 living"
    )


def test_the_directory_is_named_once_it_holds_an_epoch(capsys):
    assert lines(capsys) == ["law16"]
    shown = lines(capsys, summary(1), summary(2))
    assert shown[:2] == ["law16", "writes to runs/a"]
    assert shown.count("writes to runs/a") == 1


def test_a_run_without_a_directory_says_that_nothing_is_saved(capsys):
    assert lines(capsys, about=About("law16", None, place=None)) == ["law16", UNSAVED]


def test_lines_are_rare_but_the_last_epoch_has_one(capsys):
    shown = lines(capsys, *(summary(epoch) for epoch in (1, 2, 3, 4)), seconds=3600.0)
    assert [text.split(" |")[0] for text in shown[2:]] == ["epoch 1", "epoch 4"]


def test_lines_say_once_what_to_compare_with(capsys):
    about = About("law16", None, reference=Known())
    shown = lines(capsys, *(summary(epoch) for epoch in (1, 2, 3, 4)), about=about)
    assert [number for number, text in enumerate(shown) if "scripted" in text] == [2]


def test_lines_say_that_the_run_stops(capsys):
    Lines(ABOUT).stopping()
    assert capsys.readouterr().out == f"{STOPPING}\n"


def test_time_left_follows_from_the_last_epochs(monkeypatch):
    times = iter((10.0, 12.0, 14.0))
    monkeypatch.setattr("time.monotonic", lambda: next(times))
    left = TimeLeft(epochs=9)
    for epoch in (1, 2, 3):
        left.add(summary(epoch))
    assert left.seconds() == 12.0  # six more epochs of 2 s each


def test_time_left_is_unknown_without_a_limit():
    left = TimeLeft(epochs=None)
    left.add(summary(1))
    left.add(summary(2))
    assert left.seconds() is None


def test_a_terminal_gets_a_table(terminal):
    terminal()
    assert isinstance(choose(ABOUT), LiveTable)
    assert isinstance(choose(ABOUT, quiet=True), Quiet)


def test_a_terminal_that_cannot_be_drawn_on_gets_lines(terminal, monkeypatch):
    terminal()
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(choose(ABOUT), Lines)


def test_what_is_no_terminal_gets_lines(capsys):
    assert isinstance(choose(ABOUT), Lines)


def test_without_standard_output_nothing_is_shown(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    assert isinstance(choose(ABOUT), Quiet)


def test_a_run_is_described():
    about = About.of(preset("law32"), Args(nRealm=2, run="runs/b"), 7)
    assert about.title == "law · 2 realms of 32 agents · 2 populations · ppo"
    assert (about.place, about.epochs, about.combat) == ("runs/b", 7, False)


def test_a_run_with_npcs_says_how_many():
    about = About.of(preset("saga32").replace(npcs=5), Args(), 7)
    assert about.title == "saga · 1 realm of 32 agents and 5 NPCs · 2 populations · ppo"


def test_history_leaves_out_what_is_no_summary(tmp_path):
    torn = json.dumps(summary(3)).encode()[:-9]
    whole = [json.dumps(summary(epoch)).encode() for epoch in (1, 2)]
    data = [whole[0], b"[]", b"{}", b"\xff", b"[" * 99_999, whole[1], torn]
    (tmp_path / "metrics.jsonl").write_bytes(b"\n".join(data))
    assert history(tmp_path, 2) == [summary(1), summary(2)]
    assert history(tmp_path / "none", 2) == []


def test_lines_say_first_how_far_the_compiling_is(capsys):
    with Lines(ABOUT, seconds=60.0) as shown:
        for done in range(4):
            shown.compiling(Compiled(done, 3, "observe"))
    found = capsys.readouterr().out.splitlines()
    assert found[1:] == [
        "compiling kernels once: 0 of 3 … observe",
        "compiling kernels once: 3 of 3",
    ]
