"""Rate the skill of players who have met in pairs."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

_STEPS = 1000


def rate(wins: ArrayLike) -> NDArray[Any]:
    """Find the ratings of greatest likelihood, with half a win each way added to every pair.

    Equation: P(i beats j) = 1 / (1 + 10^((r_j − r_i) / 400)): 400 points are odds of ten to one.

    Args:
        wins: (n, n), how often the player of the row has beaten that of the column. Every player
            has met another one, and all are connected by such pairs.

    Returns:
        float64 (n,), with a mean of 0 [points].

    Source: Bradley and Terry, "Rank analysis of incomplete block designs", 1952; Hunter, "MM
    algorithms for generalized Bradley–Terry models", 2004.
    """
    wins = np.array(wins, np.float64)
    met = wins + wins.T > 0
    wins[met] += 0.5
    games, strength = wins + wins.T, np.ones(len(wins))
    for _ in range(_STEPS):
        strength = wins.sum(1) / (games / (strength[:, None] + strength)).sum(1)
        strength /= np.exp(np.log(strength).mean())
    ratings: NDArray[Any] = 400 * np.log10(strength)
    return ratings


def rate_lives(lifetimes: ArrayLike) -> NDArray[Any]:
    """Rate players who have played the same games: who lives longer in one has won it.

    Args:
        lifetimes: (n, games), of each player; inf where nobody died. Equal ones are half a win.

    Returns:
        float64 (n,), as of ``rate``.
    """
    lived = np.asarray(lifetimes, np.float64)
    one, other = lived[:, None], lived[None]
    wins = (one > other).sum(axis=2) + 0.5 * (one == other).sum(axis=2)
    np.fill_diagonal(wins, 0)
    return rate(wins)
