"""Ratings of players, against odds by hand."""

import numpy as np
import pytest

from forge.ethyr.rating import rate, rate_lives


def test_ten_to_one_is_400_points() -> None:
    # 9.5 wins to 0.5 losses, and half a win each way: ten to one.
    better, worse = rate([[0, 9.5], [0.5, 0]])
    assert better - worse == pytest.approx(400)
    assert better + worse == pytest.approx(0)


def test_players_who_never_met_are_compared_by_those_they_met() -> None:
    wins = np.zeros((3, 3))
    wins[0, 1], wins[1, 0] = wins[1, 2], wins[2, 1] = 9.5, 0.5
    assert rate(wins) == pytest.approx([400, 0, -400], abs=1e-3)


def test_who_lives_longer_in_a_game_has_won_it() -> None:
    won = np.array([[0, 2.5], [1.5, 0]])  # equal lifetimes are half a win for both
    lived = [[9, np.inf, 5, 1], [8, 7, 5, 2]]
    assert rate_lives(lived).tolist() == rate(won).tolist()


def test_players_who_are_equal_have_equal_ratings() -> None:
    assert rate_lives(np.full((3, 2), np.inf)) == pytest.approx([0, 0, 0])
