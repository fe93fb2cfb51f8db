"""Estimate how long agents live: unbiased means, and their confidence intervals.

A window of time cuts lives at both ends. The mean over the lives that ended in the window is too
low if lives are long, as it leaves out lives that still go on. The number of agent-ticks lived in
the window divided by the number of deaths in it has no such bias: every tick of every life counts
once.

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
        The mean [ticks]; None if nobody died, as the window then only shows that lives are long.
    """
    return _ratio(agent_ticks, deaths)


def mean_completed_lifetime(lifetimes: ArrayLike, deaths: ArrayLike) -> float | None:
    """Average the lifetimes of completed lives, as older work does; too low if lives are long.

    Equation: Σ_w lifetimes_w / Σ_w deaths_w.

    Args:
        lifetimes: (W,), sums over the lives that ended in the window [ticks].
        deaths: (W,), their number.

    Returns:
        The mean [ticks]; None if nobody died.
    """
    return _ratio(lifetimes, deaths)


def per_life(events: ArrayLike, deaths: ArrayLike) -> float | None:
    """Estimate the number of events per life, without bias.

    Equation: Σ_w events_w / Σ_w deaths_w, the rate per agent-tick times the mean lifetime.

    Args:
        events: (W,), events in the window.
        deaths: (W,), lives that ended in it.

    Returns:
        Events per life; None if nobody died.
    """
    return _ratio(events, deaths)


def bootstrap_interval(
    agent_ticks: ArrayLike,
    deaths: ArrayLike,
    rng: np.random.Generator,
    level: float = 0.95,
    resamples: int = RESAMPLES,
) -> tuple[float, float | None] | None:
    """Bound the mean lifetime by the percentile bootstrap over maps.

    Equation: draw W maps with replacement and take their ``mean_lifetime``, again and again; the
    bounds are the (1 − level) / 2 and (1 + level) / 2 quantiles, rounded outwards.

    Args:
        agent_ticks: (W,) [ticks].
        deaths: (W,).
        rng: generator to draw maps from.
        level: share of the resamples between the bounds, in (0, 1).
        resamples: number of resamples.

    Returns:
        Lower and upper bound [ticks]. The upper bound is None if it falls among resamples without
        a death. None instead of both if there is only one map, or too few deaths.

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
