"""Evaluate agents on maps that training never sees: how long they live, where, and on what.

Scripted agents need numpy and the world alone; torch is imported for trained agents only.

Shape letters: W realms (one map each), P populations, S side of the stored map.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge import casting
from forge.args import Args
from forge.blade.config import Config, configured
from forge.blade.numbers import LARGEST_SEED, whole
from forge.blade.observation import Actions, Observation
from forge.blade.realm import Realms
from forge.blade.state import padding
from forge.blade.streams import Owner, generator
from forge.blade.tiles import CAUSES, DEATHS, SAFE, Cause
from forge.errors import CheckpointError
from forge.ethyr import lifetimes
from forge.ethyr.rating import rate_lives
from forge.trinity.engines.surroundings import Surroundings
from forge.trinity.trinity import ShardInfo, SwordBase

Array = NDArray[Any]
Decide = Callable[[Observation], Actions]
Begun = Callable[[Realms], Callable[[], object]]

logger = logging.getLogger("forge.run")

HELD_OUT = 10_000  # the first of the maps that training never sees
_TOTALS = ("agent_ticks", "deaths", "lifetimes", "harvests", "drinks", "kills")
_MOST_TICKS = 10**9  # warm-up and ticks together stay within the ages that records hold
_NUMBERS = {
    "maps": (1, 1_000_000),
    "ticks": (1, _MOST_TICKS),
    "warmup": (0, _MOST_TICKS),
    "seed": (0, LARGEST_SEED),
}
_TAKE = 16  # ticks after which life records are taken, so that few accumulate


@dataclass(frozen=True)
class Plan:
    """The settings of an evaluation; immutable and checked.

    Attributes:
        maps: number of maps: 10 000, 10 001, …; one realm each; 1 … 1 000 000.
        ticks: ticks that count, 1 … 10^9.
        warmup: ticks before the count begins, while realms fill up, 0 … 10^9.
        seed: master seed, 0 … 2^64 − 1.
    """

    maps: int = 8
    ticks: int = 8000
    warmup: int = 500
    seed: int = 0

    def __post_init__(self) -> None:
        """Check every value.

        Raises:
            ConfigError: says which value and why.
        """
        for name, (low, high) in _NUMBERS.items():
            object.__setattr__(self, name, whole(name, getattr(self, name), low, high))

    @property
    def numbers(self) -> list[int]:
        """The maps' numbers."""
        return [HELD_OUT + i for i in range(self.maps)]


@dataclass(frozen=True)
class Counts:
    """The events of the ticks that count.

    Attributes:
        totals: name → int64 (W, P): agent_ticks, deaths, lifetimes (sum over lives that ended),
            harvests, drinks, kills.
        causes: int64 (W, P, number of causes), deaths by Cause.
        visited: bool (W, P, S, S), tiles that agents have visited.
        walkable: bool (W, S, S), interior tiles that can be walked on.
    """

    totals: dict[str, Array]
    causes: Array
    visited: Array
    walkable: Array


def evaluate(
    config: Config | str,
    decide: Decide,
    plan: Plan | None = None,
    progress: Callable[[int], object] | None = None,
    finished: Callable[[Realms], object] | None = None,
    begun: Begun | None = None,
) -> dict[str, Any]:
    """Play and sum up. The result depends on the arguments alone; memory is constant over ticks.

    Args:
        config: settings of the world, or the name of a preset.
        decide: chooses the actions of all living agents of all realms.
        plan: maps, ticks and seed; None: the defaults.
        progress: called with the number of ticks played since its last call.
        finished: called with the realms after the last tick.
        begun: called with the realms before the first tick that counts; what it returns is called
            after each of these ticks.

    Returns:
        JSON values by name: ``mean_lifetime`` (agent-ticks ÷ deaths), ``mean_completed_lifetime``
        (over lives that ended), ``lifetime_ci95`` (by bootstrap over maps) [ticks], ``deaths``,
        ``causes``, ``coverage`` (share of the walkable interior visited, mean over maps),
        harvests, drinks and kills per life, ``living_mean`` (agents per realm) and, with several
        populations, the same for each of the ``populations``, with its shares of the living agents
        and of the deaths and its ``rating``: who lives longer on a map wins. None where nobody
        died.
    """
    config, plan = configured(config), plan or Plan()
    with Surroundings():
        counts = play(config, decide, plan, progress, finished, begun)
    return summed_up(config, [counts], plan)


def over_seeds(
    config: Config | str,
    player: Callable[[Plan], Decide],
    plan: Plan,
    seeds: int,
    progress: Callable[[int], object] | None = None,
    finished: Callable[[Realms], object] | None = None,
    begun: Begun | None = None,
) -> dict[str, Any]:
    """Evaluate over several master seeds: that of the plan and those that follow it.

    Args:
        config: as of ``evaluate``.
        player: makes what decides, for the plan of each seed.
        plan: maps, ticks and the first seed.
        seeds: their number.
        progress: as of ``evaluate``.
        finished: called for the first seed alone.
        begun: likewise.

    Returns:
        As ``evaluate``, with intervals over seeds and maps, and with ``seeds`` and
        ``mean_lifetime_by_seed`` if there are several.
    """
    config, counts = configured(config), []
    for k in range(seeds):
        seam = (finished, begun) if k == 0 else (None, None)
        of_seed = replace(plan, seed=plan.seed + k)
        decide = player(of_seed)
        with Surroundings():
            counts.append(play(config, decide, of_seed, progress, *seam))
    return summed_up(config, counts, plan)


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


def play(
    config: Config,
    decide: Decide,
    plan: Plan,
    progress: Callable[[int], object] | None = None,
    finished: Callable[[Realms], object] | None = None,
    begun: Begun | None = None,
) -> Counts:
    """Play the warm-up and the ticks that count; arguments as of ``evaluate``."""
    realms = Realms(config, plan.seed, range(plan.maps), plan.numbers)
    _advance(realms, decide, plan.warmup, progress)
    tally, visits = realms.state.tally.copy(), realms.state.visits.copy()
    after = None if begun is None else begun(realms)
    causes = _advance(realms, decide, plan.ticks, progress, after)
    if finished is not None:
        finished(realms)
    return Counts(
        totals={name: realms.state.tally[name] - tally[name] for name in _TOTALS},
        causes=causes,
        visited=realms.state.visits > visits,
        walkable=_walkable(realms),
    )


def _advance(
    realms: Realms,
    decide: Decide,
    ticks: int,
    progress: Callable[[int], object] | None,
    after: Callable[[], object] | None = None,
) -> Array:
    """Play some ticks and count deaths by cause: int64 (W, P, causes)."""
    causes = np.zeros((*realms.state.tally.shape, len(Cause)), np.int64)
    for start in range(0, ticks, _TAKE):
        more = min(_TAKE, ticks - start)
        for _ in range(more):
            realms.step(decide(realms.observation))
            if after is not None:
                after()
        lives = realms.take_lives()
        np.add.at(causes, (lives["realm"], lives["population"], lives["cause"]), 1)
        if progress is not None:
            progress(more)
    return causes


def _walkable(realms: Realms) -> Array:
    """Mark interior tiles that can be walked on without harm: bool (W, S, S)."""
    tiles, config = realms.state.tiles, realms.config
    rim = padding(config) + config.border + 1
    inside = np.zeros(tiles.shape, np.bool_)
    inside[:, rim:-rim, rim:-rim] = True
    return inside & np.isin(tiles, SAFE)


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
        for name in _TOTALS
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
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def trained(
    config: Config | str,
    load: Sequence[str],
    plan: Plan | None = None,
    sword: type[SwordBase] | None = None,
) -> Decide:
    """Load weights from checkpoints into a Sword and return its ``decide``.

    Args:
        config: settings of the world and of the network, or the name of a preset.
        load: checkpoints, as ``Args.load``; together they hold weights for every population that
            no script plays.
        plan: as for ``evaluate``.
        sword: the class of the Sword; None: the default.

    Raises:
        CheckpointError: if a file cannot be read or does not fit, or a population has no weights.
    """
    from forge.trinity.defaults import default_trinity

    config, plan = configured(config), plan or Plan()
    sword = sword or default_trinity().Sword
    model = weights(config, load, sword)
    args = Args(nRealm=plan.maps, seed=plan.seed, engine="serial")
    rng = generator(plan.seed, Owner.SWORD)
    model.flags.writeable = False  # as in a run
    with Surroundings():
        player = sword(config, args, ShardInfo(0, tuple(range(plan.maps)), rng))
        player.recv_update(model)
    return player.decide


def players(config: Config, load: Sequence[str]) -> list[str]:
    """Say who plays each population: a script, or the file of its weights as ``--load`` names it.

    Args:
        config: settings of the world.
        load: as of ``trained``.
    """
    from forge.ethyr.checkpoint import parse_load

    P = config.populations
    found = [""] * P
    for text in load:
        path, population, source = parse_load(text)
        for p in range(P) if population is None else [population]:
            number = p if source is None and P > 1 else source
            found[p] = path if number is None else f"{path}#{number}"
    scripts = casting.scripts(config.scripts, P)
    return [scripts.get(p, name) for p, name in enumerate(found)]


def weights(config: Config, load: Sequence[str], sword: type[SwordBase]) -> Array:
    """Assemble the weights of all populations from checkpoints.

    Returns:
        float32 (P, n).

    Raises:
        CheckpointError: as ``trained``.
    """
    from forge.ethyr import checkpoint
    from forge.ethyr.layout import Layout

    P, layout = config.populations, Layout(sword.parameters(config))
    model, missing = (
        np.zeros((P, layout.size), np.float32),
        set(range(P)) - set(sword.cast(config).scripts),
    )
    for text in load:
        path, population, source = checkpoint.parse_load(text)
        loaded = checkpoint.load_model(path, layout)
        _warn_of_own_class(path, sword)
        model = checkpoint.merged(model, loaded, population, source, path)
        missing -= set(range(P)) if population is None else {population}
    if missing:
        first = min(missing)
        raise CheckpointError(
            f"population {first} has no weights: the config has {P} populations; "
            f"load some for it too, for example {first}=FILE"
        )
    return model


def _warn_of_own_class(path: str, sword: type[SwordBase]) -> None:
    """Warn if one of Forge's Swords is to use weights that a user's own Sword trained."""
    from forge.ethyr import checkpoint

    own = checkpoint.own_sword(checkpoint.read(path)[1])
    if own is not None and sword.__module__.split(".")[0] == "forge":
        logger.warning(
            "%s was trained by a Sword of its own, %s; here Forge's decides. "
            "To let that one decide, call evaluate.trained(config, […], plan, Sword) from Python "
            "(docs/api.md)",
            path,
            own,
        )
