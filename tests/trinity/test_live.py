"""The live table, as a terminal of some size shows it."""

import io

import pytest
from rich.console import Console

from forge.trinity.about import STOPPING, UNSAVED, About
from forge.trinity.engines.compiling import Compiled
from forge.trinity.live import ASCII_BARS, LiveTable, curve
from tests.trinity.summaries import summary
from tests.trinity.test_progress import Known

ABOUT = About("law · 1 realm of 16 agents · 2 populations · ppo", 9, "runs/a")


def table(*summaries, about=ABOUT, width=100, height=40, past=()):
    """Make a table; what it shows is ``shown(table)``."""
    file = io.StringIO()
    live = LiveTable(about, Console(file=file, width=width, height=height, force_terminal=True))
    live.begin(past)
    for each in summaries:
        live.show(each)
    return live


def shown(live):
    with live.console.capture() as capture:
        live.console.print(live.page())
    text = capture.get()
    for code in ("\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[35m"):
        text = text.replace(code, "")
    return text.rstrip("\n").split("\n")


def test_the_table_has_a_row_per_population_and_one_for_all():
    lines = shown(table(summary()))
    assert "epoch 3 of 9 · 12,345 agent-steps · 4,322/s · 0:01:15" in lines
    rows = [line.split() for line in lines if line.split()[1:2] == ["31.2"]]
    assert [row[0] for row in rows] == ["0", "1", "all"]
    assert rows[-1][1:6] == ["31.2", "14", "32", "2,400", "10"]


def test_it_says_over_which_epochs_it_counts():
    assert "all but living: over this epoch" in shown(table(summary()))
    lines = shown(table(*(summary(epoch) for epoch in range(1, 13))))
    assert "all but living: over the last 10 epochs" in lines


def test_nobody_is_slain_where_nobody_fights():
    assert "slain" in "\n".join(shown(table(summary())))
    peaceful = About("law16", None, combat=False)
    assert "slain" not in "\n".join(shown(table(summary(), about=peaceful)))


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
@pytest.mark.parametrize("populations", [1, 8])
def test_no_word_is_cut_at_any_width(width, populations):
    each = [summary(epoch, populations) for epoch in range(1, 6)]
    lines = shown(table(*each, width=width))
    assert max(map(len, lines)) <= width
    whole = shown(table(*each, width=1000))
    assert set(" ".join(lines).split()) <= set(" ".join(whole).split()) | {"died:"} | causes(lines)


def causes(lines):
    """List the words of the line that stands for the columns of causes, and the curve."""
    words = " ".join(lines).replace(",", " ").split()
    told = {"lava", "starved", "dehydrated", "slain"} & set(words)
    curves = {word for word in words if set(word) <= set("▁▂▃▄▅▆▇█")}
    return told | curves | {"%,"} | {f"{word}," for word in told}


def test_where_causes_have_no_columns_a_line_tells_them():
    lines = shown(table(summary(), width=60))
    assert "died: lava 50 %, starved 33 %, dehydrated 17 %, slain 0 %" in lines


def test_the_table_stays_short_with_many_populations():
    lines = shown(table(summary(populations=40)))
    assert "25 more" in "\n".join(lines)
    assert len(lines) < 24
    assert len(shown(table(summary(populations=40), height=16))) < 16


def test_the_curve_names_the_least_and_the_greatest():
    assert curve([1.0, 2.0, 3.0]) == "▁▅█ (1.0 to 3.0)"
    assert curve([2.0, 2.0], ASCII_BARS) == "__ (2.0 to 2.0)"
    assert curve([9.0, 1.0, 2.0], width=17) == "█▁▂ (1.0 to 9.0)"
    assert curve([9.0, 1.0, 2.0], width=1) == "▁ (2.0 to 2.0)"


def test_the_curve_goes_on_from_the_past():
    past = [summary(epoch, mean=float(epoch)) for epoch in (1, 2)]
    lines = shown(table(summary(3, mean=3.0), past=past))
    assert "completed lifetime ▁▅█ (1.0 to 3.0)" in lines
    assert "all but living: over the last 3 epochs" in lines


def test_the_directory_is_named_once_it_holds_an_epoch():
    assert shown(table())[1] == "starting …"
    assert shown(table(summary()))[1] == "runs/a"
    assert shown(table(past=[summary()]))[1] == "runs/a"


def test_a_run_without_a_directory_says_that_nothing_is_saved():
    unsaved = About("law16", None, place=None)
    assert UNSAVED in shown(table(about=unsaved))
    assert shown(table(summary(), about=unsaved))[-1] == "Ctrl-C finishes the epoch"


def test_it_says_what_to_compare_with():
    about = About("law16", None, reference=Known())
    assert "scripted agents here: random 12.0" in shown(table(summary(), about=about))


@pytest.mark.parametrize("epochs", [0, 1])
def test_it_says_at_once_that_the_run_stops(epochs):
    live = table(*[summary()] * epochs)
    live.stopping()
    assert shown(live)[-1] == STOPPING


def test_what_is_compiled_is_counted_until_all_is():
    live = table()
    live.compiling(Compiled(3, 9, "observe"))
    assert shown(live)[-1] == "compiling kernels once: 3 of 9 … observe"
    live.compiling(Compiled(9, 9, "observe"))
    assert "compiling" not in " ".join(shown(live))


def test_a_terminal_without_the_signs_gets_plain_ones():
    file = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    live = LiveTable(ABOUT, Console(file=file, width=80, force_terminal=True))
    with live:
        live.show(summary(1, mean=1.0))
        live.show(summary(2))
    text = file.buffer.getvalue().decode()
    assert "law | 1 realm of 16 agents" in text
    assert "completed lifetime _# (1.0 to 31.2)" in text
