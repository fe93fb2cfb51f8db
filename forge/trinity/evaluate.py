"""Evaluate agents on maps that training never sees: how long they live, where, and on what.

Scripted agents need numpy and the world alone; torch is imported for trained agents only.

Shape letters: W realms (one map each), P populations, S side of the stored map.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
        populations, the same for each of the ``populations``. None where nobody died.
    """
    config, plan = configured(config), plan or Plan()
    with Surroundings():
        counts = play(config, decide, plan, progress, finished, begun)
    found = {
        "maps": plan.numbers,
        "ticks": plan.ticks,
        "warmup": plan.warmup,
        "seed": plan.seed,
        **_figures(counts, slice(None), plan),
        "mean_lifetime_by_map": [
            _rounded(lifetimes.mean_lifetime(ticks, deaths))
            for ticks, deaths in zip(
                counts.totals["agent_ticks"], counts.totals["deaths"], strict=True
            )
        ],
    }
    P = config.populations
    if P > 1:
        found["populations"] = [_figures(counts, slice(p, p + 1), plan) for p in range(P)]
    return found


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


def _figures(counts: Counts, populations: slice, plan: Plan) -> dict[str, Any]:
    """Sum up some populations together."""
    of = {name: total[:, populations].sum(axis=1) for name, total in counts.totals.items()}  # [W]
    ticks, deaths = of["agent_ticks"], of["deaths"]
    rng = generator(plan.seed, Owner.BOOTSTRAP)
    interval = lifetimes.bootstrap_interval(ticks, deaths, rng)
    causes = counts.causes[:, populations].sum(axis=(0, 1))
    visited = counts.visited[:, populations].any(axis=1) & counts.walkable
    walkable = np.maximum(counts.walkable.sum(axis=(1, 2)), 1)
    return {
        "mean_lifetime": _rounded(lifetimes.mean_lifetime(ticks, deaths)),
        "mean_completed_lifetime": _rounded(
            lifetimes.mean_completed_lifetime(of["lifetimes"], deaths)
        ),
        "lifetime_ci95": None if interval is None else [_rounded(bound) for bound in interval],
        "deaths": int(deaths.sum()),
        "agent_ticks": int(ticks.sum()),
        "causes": {name: int(causes[cause]) for name, cause in zip(CAUSES, DEATHS, strict=True)},
        "coverage": _rounded(float(np.mean(visited.sum(axis=(1, 2)) / walkable))),
        **{
            f"{name}_per_life": _rounded(lifetimes.per_life(of[name], deaths))
            for name in ("harvests", "drinks", "kills")
        },
        "living_mean": _rounded(float(ticks.sum()) / (plan.ticks * plan.maps)),
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
