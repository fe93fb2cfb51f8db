"""Estimate how long agents live: unbiased means, and their confidence intervals.

A window of time cuts lives at both ends. The mean over the lives that ended in the window is too
low if lives are long, as it leaves out lives that still go on. The number of agent-ticks lived in
the window divided by the number of deaths in it has no such bias: every tick of every life counts
once.

Shape letters: W realms (one map each).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

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


def means_of(names: Sequence[str], sums: ArrayLike, deaths: int) -> dict[str, float | None]:
    """Average quantities of lives, such as levels reached, over the lives that ended.

    Args:
        names: of the quantities, for example ``forge.blade.skills.LEVELS``.
        sums: (names,), sums over these lives, in the same order.
        deaths: their number.

    Returns:
        The means by name; None if nobody died.
    """
    ratios = [_ratio(total, deaths) for total in np.asarray(sums)]
    means = [None if ratio is None else round(ratio, 4) for ratio in ratios]
    return dict(zip(names, means, strict=True))


def bounds_of(
    names: Sequence[str],
    seeds: Sequence[Array],
    rng: np.random.Generator,
    level: float = 0.95,
    resamples: int = RESAMPLES,
) -> dict[str, list[float] | None]:
    """Bound the means of ``means_of`` by the bootstrap of master seeds and maps.

    Equation: quantiles of Σ quantity / Σ deaths of the sums of ``resampled``. Resamples in which
    nobody died have no mean, and are left out.

    Args:
        names: of the quantities.
        seeds: (maps, 1 + names) each, the same maps for all: deaths, then sums over these lives.
        rng: generator to draw seeds and maps from.
        level: share of the resamples between the bounds, in (0, 1).
        resamples: number of resamples.

    Returns:
        Lower and upper bound by name; None if there is only one map of one seed, or nobody died.

    Raises:
        ValueError: as ``resampled``.
    """
    deaths = sum(float(maps[:, 0].sum()) for maps in seeds)
    if sum(map(len, seeds)) < 2 or deaths == 0:
        return dict.fromkeys(names)
    sums = resampled(seeds, rng, resamples)
    means = sums[sums[:, 0] > 0, 1:] / sums[sums[:, 0] > 0, :1]  # [resamples, names]
    low = np.quantile(means, (1 - level) / 2, axis=0, method="lower")
    high = np.quantile(means, (1 + level) / 2, axis=0, method="higher")
    bounds = np.stack([low, high], axis=1).round(4).tolist()
    return dict(zip(names, bounds, strict=True))


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
    return _bounds(drawn @ ticks, drawn @ died, level)


class Estimate(NamedTuple):
    """A mean lifetime with the bounds of its interval [ticks]."""

    mean: float | None  # None: nobody died
    low: float | None  # None: there are too few maps or deaths for an interval
    high: float | None  # None: there is none, or it is infinite


def over_seeds(
    seeds: Sequence[ArrayLike],
    rng: np.random.Generator,
    level: float = 0.95,
    resamples: int = RESAMPLES,
) -> Estimate:
    """Estimate the mean lifetime over master seeds and maps, by the bootstrap of both.

    Equation: take Σ agent_ticks / Σ deaths of the sums of ``resampled``. Bounds are quantiles as in
    ``bootstrap_interval``; with few seeds they are too narrow, as every bootstrap's are.

    Args:
        seeds: (maps, k) each, the same maps for all: agent-ticks, then deaths; further columns are
            left alone.
        rng: generator to draw seeds and maps from.
        level: share of the resamples between the bounds, in (0, 1).
        resamples: number of resamples.

    Raises:
        ValueError: as ``resampled``.
    """
    counts = [np.asarray(maps, np.float64)[:, :2] for maps in seeds]
    total = np.sum([maps.sum(axis=0) for maps in counts], axis=0)
    mean = _ratio(total[0], total[1])
    if mean is None or sum(map(len, counts)) < 2:
        return Estimate(mean, None, None)
    sums = resampled(counts, rng, resamples)
    return Estimate(mean, *(_bounds(sums[:, 0], sums[:, 1], level) or (None, None)))


def resampled(seeds: Sequence[Array], rng: np.random.Generator, resamples: int) -> Array:
    """Sum counts over resamples of seeds and of maps, each drawn with replacement.

    Equation: Σ_s Σ_w a_s b_w counts_sw, where a_s and b_w say how often seed s and map w were
    drawn, as many as there are. Every seed plays the same maps, so the draw of maps is one for all
    seeds: a map on which lives are long is so in every seed.

    Args:
        seeds: (maps, k) each, in the same order of maps.
        rng: generator to draw seeds and maps from.
        resamples: number of resamples.

    Returns:
        float64 (resamples, k).

    Raises:
        ValueError: if the seeds have different numbers of maps.

    Source: Owen, "The pigeonhole bootstrap", 2007, arXiv 0712.1111, section 3.
    """
    if len({len(maps) for maps in seeds}) > 1:
        raise ValueError(
            "every seed has to have played the same maps, not "
            + ", ".join(str(len(maps)) for maps in seeds)
        )
    counts = np.stack([np.asarray(maps, np.float64) for maps in seeds])  # [S, W, k]
    S, W, _ = counts.shape
    of_seeds = rng.multinomial(S, np.full(S, 1 / S), size=resamples)  # [resamples, S]
    of_maps = rng.multinomial(W, np.full(W, 1 / W), size=resamples)  # [resamples, W]
    sums: Array = sum(
        times[:, None] * (of_maps @ maps) for times, maps in zip(of_seeds.T, counts, strict=True)
    )
    return sums


def _bounds(ticks: Array, deaths: Array, level: float) -> tuple[float, float | None] | None:
    """Bound the ratio by the quantiles of its resamples, rounded outwards."""
    means = np.divide(ticks, deaths, out=np.full(len(ticks), np.inf), where=deaths > 0)
    low = float(np.quantile(means, (1 - level) / 2, method="lower"))
    high = float(np.quantile(means, (1 + level) / 2, method="higher"))
    return (low, high if np.isfinite(high) else None) if np.isfinite(low) else None


def _ratio(numerator: ArrayLike, denominator: ArrayLike) -> float | None:
    total = float(np.sum(denominator))
    return float(np.sum(numerator)) / total if total > 0 else None
