"""How long matches can be in the time that is left, by hand."""

from types import SimpleNamespace

import pytest

from experiments import pace
from experiments.pace import Cost, fitting


def test_all_matches_take_the_time_that_is_left() -> None:
    costs = [(Cost(16, 2, 0.01), 10), (Cost(64, 3, 0.02), 20)]
    # 10 × 2 s + 20 × 3 s at least, and for 640 agent-ticks, which are 40 and 10 ticks,
    # 10 × 0.4 s + 20 × 0.2 s more.
    assert fitting(costs, 88, least=1) == pytest.approx(640, abs=1)


def test_matches_have_a_least_length() -> None:
    assert fitting([(Cost(16, 2, 0.01), 10)], 20.1, least=64) == 64
    assert fitting([(Cost(16, 2, 0.01), 10)], -5, least=64) == 64
    assert fitting([(Cost(16, 2, 0), 10)], 100, least=64) == 64


def test_a_match_is_timed_after_the_program_was_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    played: list[int] = []

    def play(agent_ticks: int) -> None:
        played.append(agent_ticks)
        clock[0] += 1 + agent_ticks / 16 / 100 + (50 if len(played) == 1 else 0)

    clock = [0.0]
    monkeypatch.setattr(pace, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    found = pace.cost(16, play)
    assert played == [16, 16, 16 * pace.TIMED]
    assert found == (16, pytest.approx(1.01), pytest.approx(0.01))
