"""Estimate how long agents live: means without bias, and how sure they are.

Over a window of time that cuts lives at both ends, the mean over the lives that ended in it is too
low where lives are long: those still going on do not count. Agent-ticks lived in the window
divided by deaths in it has no such bias, for every tick of every life counts, once.

Shape letters: W realms (one map each).
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]

RESAMPLES = 4000


def mean_lifetime(agent_ticks: ArrayLike, deaths: ArrayLike) -> float | None:
    """Estimate the mean lifetime without bias.

    Equation: Σ_w agent_ticks_w / Σ_w deaths_w.

    Args:
        agent_ticks: (W,), ticks that agents lived in the window [ticks].
        deaths: (W,), lives that ended in it.

    Returns:
        In ticks; None if nobody died: the window then says nothing but that lives are long.
    """
    return _ratio(agent_ticks, deaths)


def mean_completed_lifetime(lifetimes: ArrayLike, deaths: ArrayLike) -> float | None:
    """Average the lifetimes of the lives that ended, as older work does: too low for long lives.

    Equation: Σ_w lifetimes_w / Σ_w deaths_w.

    Args:
        lifetimes: (W,), sums over the lives that ended in the window [ticks].
        deaths: (W,), their number.

    Returns:
        In ticks; None if nobody died.
    """
    return _ratio(lifetimes, deaths)


def per_life(events: ArrayLike, deaths: ArrayLike) -> float | None:
    """Estimate how often something happens in a life, without bias.

    Equation: Σ_w events_w / Σ_w deaths_w, which is its rate per agent-tick times the mean lifetime.

    Args:
        events: (W,), how often it happened in the window.
        deaths: (W,), lives that ended in it.

    Returns:
        None if nobody died.
    """
    return _ratio(events, deaths)


def bootstrap_interval(
    agent_ticks: ArrayLike,
    deaths: ArrayLike,
    rng: np.random.Generator,
    level: float = 0.95,
    resamples: int = RESAMPLES,
) -> tuple[float, float | None] | None:
    """Bound the mean lifetime, by the percentile bootstrap over maps.

    Equation: draw W maps with replacement, take ``mean_lifetime`` of them, again and again; the
    bounds are the (1 − level) / 2 and (1 + level) / 2 quantiles, rounded outwards.

    Args:
        agent_ticks: (W,) [ticks].
        deaths: (W,).
        rng: what maps are drawn from.
        level: share of the resamples between the bounds, in (0, 1).
        resamples: how many to draw.

    Returns:
        Lower and upper bound [ticks]; the upper is None where resamples without a death reach
        that far. None alone if one map or no death cannot say anything.

    Source: Efron, "Bootstrap methods: another look at the jackknife", 1979.
    """
    ticks, died = np.asarray(agent_ticks, np.float64), np.asarray(deaths, np.float64)
    W = len(ticks)
    if W < 2 or died.sum() == 0:
        return None
    drawn = rng.multinomial(W, np.full(W, 1 / W), size=resamples)  # [resamples, W]
    total = drawn @ died
    means = np.divide(drawn @ ticks, total, out=np.full(resamples, np.inf), where=total > 0)
    low = float(np.quantile(means, (1 - level) / 2, method="lower"))
    high = float(np.quantile(means, (1 + level) / 2, method="higher"))
    return (low, high if np.isfinite(high) else None) if np.isfinite(low) else None


def _ratio(numerator: ArrayLike, denominator: ArrayLike) -> float | None:
    total = float(np.sum(denominator))
    return float(np.sum(numerator)) / total if total > 0 else None
