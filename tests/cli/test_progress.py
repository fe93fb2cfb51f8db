"""Progress: lines where there is no terminal, a table on one."""

import io
from typing import Any

import pytest
from rich.console import Console

from forge.cli.live import ASCII_BARS, LiveTable, curve
from forge.cli.progress import STOPPING, Lines, TimeLeft, clock, number


def summary(epoch: int = 3, populations: int = 2, mean: float | None = 31.25) -> dict[str, Any]:
    each = {
        "mean_lifetime": [mean] * populations,
        "lives": [7] * populations,
        "living": [16] * populations,
        "harvests": [1200] * populations,
        "drinks": [5] * populations,
    }
    return {
        "epoch": epoch,
        "agent_steps": 12_345,
        "agent_steps_per_s": 4_321.5,
        "seconds": 75.2,
        "mean_lifetime": mean,
        "lives": 7 * populations,
        "living": 16 * populations,
        "populations": each,
    }


def lines(*summaries: dict[str, Any], seconds: float = 0.0) -> list[str]:
    output = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("click.echo", output.append)
        with Lines(epochs=None, seconds=seconds) as progress:
            for each in summaries:
                progress.show(each)
    return output


def table(*summaries: dict[str, Any], epochs: int | None = None) -> str:
    console = Console(file=io.StringIO(), width=100)
    with LiveTable("law16, 1 realm", epochs, console=console) as live:
        for each in summaries:
            live.show(each)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_line_says_all_that_matters() -> None:
    assert lines(summary()) == [
        "epoch 3 | 0:01:15 | 12,345 agent-steps | 4,322/s | mean lifetime 31.2 (31.2 31.2)"
        " | 32 living"
    ]


def test_one_population_is_not_said_twice() -> None:
    assert "mean lifetime 31.2 |" in lines(summary(populations=1))[0]


def test_no_life_has_ended_yet() -> None:
    assert "mean lifetime – (– –)" in lines(summary(mean=None))[0]


def test_lines_are_rare_but_the_last_epoch_has_one() -> None:
    shown = lines(*(summary(epoch) for epoch in (1, 2, 3, 4)), seconds=3600.0)
    assert [text.split(" |")[0] for text in shown] == ["epoch 1", "epoch 4"]


def test_time_left_follows_from_the_last_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter((10.0, 12.0, 14.0))
    monkeypatch.setattr("time.monotonic", lambda: next(times))
    left = TimeLeft(epochs=9)
    for epoch in (1, 2, 3):
        left.add(summary(epoch))
    assert left.seconds() == 12.0  # six more epochs of 2 s each


def test_time_left_is_unknown_without_a_limit() -> None:
    left = TimeLeft(epochs=None)
    left.add(summary(1))
    left.add(summary(2))
    assert left.seconds() is None


def test_the_table_has_a_row_per_population_and_one_for_all() -> None:
    text = table(summary(), epochs=9)
    assert "law16, 1 realm" in text
    assert "epoch 3 of 9" in text
    rows = [line.split()[0] for line in text.splitlines() if line.split()[1:2] == ["31.2"]]
    assert rows == ["0", "1", "all"]


def test_the_table_stays_short_with_many_populations() -> None:
    text = table(summary(populations=40))
    assert "… 25 more" in text
    assert len(text.splitlines()) < 24


def test_the_curve_names_the_least_and_the_greatest() -> None:
    assert curve([1.0, 2.0, 3.0]) == "▁▅█ (1.0 to 3.0)"
    assert curve([2.0, 2.0], ASCII_BARS) == "__ (2.0 to 2.0)"


@pytest.mark.parametrize("epochs", [0, 1])
def test_the_table_says_at_once_that_it_stops(epochs: int) -> None:
    live = LiveTable("law16", None, console=Console(file=io.StringIO(), width=100))
    for epoch in range(epochs):
        live.show(summary(epoch))
    live.stopping()
    with live.console.capture() as capture:
        live.console.print(live._draw())
    assert capture.get().splitlines()[-1] == STOPPING


def test_lines_say_once_that_the_run_stops(capsys: pytest.CaptureFixture[str]) -> None:
    Lines(epochs=None).stopping()
    assert capsys.readouterr().out == f"{STOPPING}\n"


def test_numbers_and_times_are_readable() -> None:
    assert (clock(3_725.4), number(1_234.56), number(None)) == ("1:02:05", "1,234.6", "–")
