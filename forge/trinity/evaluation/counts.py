"""Sum up what happened in an evaluation: lifetimes with their intervals, coverage, shares, ratings.

Shape letters: W realms (one map each), P populations, S side of the stored map.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.quests import quests_in
from forge.blade.streams import Owner, generator
from forge.blade.tiles import CAUSES, DEATHS
from forge.config import Config
from forge.ethyr import lifetimes
from forge.ethyr.averages import AVERAGED, of_quest
from forge.ethyr.rating import rate_lives
from forge.trinity.evaluation.plan import Plan

Array = NDArray[Any]

TOTALS = ("agent_ticks", "deaths", "lifetimes", "harvests", "drinks", "kills")


@dataclass(frozen=True)
class Counts:
    """The events of the ticks that count.

    Attributes:
        totals: name → int64 (W, P): agent_ticks, deaths, lifetimes (sum over lives that ended),
            harvests, drinks, kills.
        causes: int64 (W, P, number of causes), deaths by Cause.
        sums: name → float64 (W, P, quantities), sums over lives that ended, of what is averaged
            over them in the world (forge.ethyr.averages).
        quests: float64 (1 + most quests, 3), sums over lives that ended, by the number of their
            quest (``forge.ethyr.averages.by_quest``); 0 in worlds without quests.
        visited: bool (W, P, S, S), tiles that agents have visited.
        walkable: bool (W, S, S), interior tiles that can be walked on.
    """

    totals: dict[str, Array]
    causes: Array
    sums: dict[str, Array]
    quests: Array
    visited: Array
    walkable: Array


def summed_up(config: Config, seeds: Sequence[Counts], plan: Plan) -> dict[str, Any]:
    """Sum up the counts of one or several seeds; see ``evaluate`` and ``over_seeds``."""
    P = config.populations
    ticks, deaths = (
        np.stack([counts.totals[name].sum(axis=1) for counts in seeds])
        for name in ("agent_ticks", "deaths")
    )  # [seeds, W]
    found = {
        "maps": plan.numbers,
        "ticks": plan.ticks,
        "warmup": plan.warmup,
        "seed": plan.seed,
        **_figures(seeds, slice(None), plan),
        "mean_lifetime_by_map": _means(ticks.T, deaths.T),
    }
    found |= _by_quest(config, seeds)
    if len(seeds) > 1:
        found["seeds"] = [plan.seed + k for k in range(len(seeds))]
        found["mean_lifetime_by_seed"] = _means(ticks, deaths)
    if P > 1:
        each = [_figures(seeds, slice(p, p + 1), plan) for p in range(P)]
        found["populations"] = [
            report | shares for report, shares in zip(each, _beside(seeds, each), strict=True)
        ]
    return found


def _beside(seeds: Sequence[Counts], reports: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Compare populations that share worlds: their shares, and a rating of skill (see rating)."""
    ticks, deaths = (
        np.concatenate([counts.totals[name] for counts in seeds])
        for name in ("agent_ticks", "deaths")
    )  # [games, P]
    lived = np.divide(ticks, deaths, out=np.full(ticks.shape, np.inf), where=deaths > 0)
    lived[ticks == 0] = 0
    ratings = rate_lives(lived.T)
    return [
        {
            "share_of_living": _rounded(report["agent_ticks"] / max(1, int(ticks.sum()))),
            "share_of_deaths": _rounded(report["deaths"] / max(1, int(deaths.sum()))),
            "rating": round(float(rating), 1),
        }
        for report, rating in zip(reports, ratings, strict=True)
    ]


def _means(ticks: Array, deaths: Array) -> list[float | None]:
    """Estimate the mean lifetime of each row."""
    pairs = zip(ticks, deaths, strict=True)
    return [_rounded(lifetimes.mean_lifetime(*pair)) for pair in pairs]


def _interval(ticks: Array, deaths: Array, seeds: int, plan: Plan) -> list[float | None] | None:
    """Bound the mean lifetime: over maps, and over seeds where there are several."""
    rng = generator(plan.seed, Owner.BOOTSTRAP)
    if seeds == 1:
        interval = lifetimes.bootstrap_interval(ticks, deaths, rng)
        return None if interval is None else [_rounded(bound) for bound in interval]
    counts = np.stack([ticks, deaths], axis=1).reshape(seeds, -1, 2)
    _, low, high = lifetimes.over_seeds(list(counts), rng)
    return None if low is None else [_rounded(low), _rounded(high)]


def _figures(seeds: Sequence[Counts], populations: slice, plan: Plan) -> dict[str, Any]:
    """Sum up some populations together."""
    of = {
        name: np.concatenate([each.totals[name][:, populations].sum(axis=1) for each in seeds])
        for name in TOTALS
    }  # [seeds × W]
    ticks, deaths = of["agent_ticks"], of["deaths"]
    causes = sum(each.causes[:, populations].sum(axis=(0, 1)) for each in seeds)
    covered = [
        (each.visited[:, populations].any(axis=1) & each.walkable).sum(axis=(1, 2))
        / np.maximum(each.walkable.sum(axis=(1, 2)), 1)
        for each in seeds
    ]
    return {
        "mean_lifetime": _rounded(lifetimes.mean_lifetime(ticks, deaths)),
        "mean_completed_lifetime": _rounded(
            lifetimes.mean_completed_lifetime(of["lifetimes"], deaths)
        ),
        "lifetime_ci95": _interval(ticks, deaths, len(seeds), plan),
        "deaths": int(deaths.sum()),
        "agent_ticks": int(ticks.sum()),
        "causes": {name: int(causes[cause]) for name, cause in zip(CAUSES, DEATHS, strict=True)},
        "coverage": _rounded(float(np.mean(covered))),
        **{
            f"{name}_per_life": _rounded(lifetimes.per_life(of[name], deaths))
            for name in ("harvests", "drinks", "kills")
        },
        "living_mean": _rounded(float(ticks.sum()) / (plan.ticks * len(ticks))),
        **_averages(seeds, populations, plan),
    }


def _averages(seeds: Sequence[Counts], populations: slice, plan: Plan) -> dict[str, Any]:
    """Average what is averaged over the lives of some populations, and bound it over seeds, maps.

    Every name has a second one, ``levels`` has ``levels_ci95``, with the same quantities.
    """
    found: dict[str, Any] = {}
    for name in seeds[0].sums:
        sums = [
            np.column_stack(
                [it[:, populations].sum(axis=1) for it in (each.totals["deaths"], each.sums[name])]
            )
            for each in seeds
        ]  # [W, 1 + quantities]
        names, (deaths, *total) = AVERAGED[name].names, np.concatenate(sums).sum(axis=0)
        found[name] = lifetimes.means_of(names, total, int(deaths))
        rng = generator(plan.seed, Owner.BOOTSTRAP)
        found[f"{name}_ci95"] = lifetimes.bounds_of(names, sums, rng)
    return found


def _by_quest(config: Config, seeds: Sequence[Counts]) -> dict[str, Any]:
    """List how lives have done with each quest; nothing in worlds without quests."""
    if not config.quests:
        return {}
    sums = np.sum([each.quests for each in seeds], axis=0)
    listed = [
        {"quest": number, "name": quest.name, **of_quest(sums[number])}
        for number, quest in enumerate(quests_in(config), 1)
    ]
    return {"by_quest": listed}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
