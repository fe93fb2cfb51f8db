"""Evaluate agents on maps that training never sees: how long they live, where, and on what.

Scripted agents need numpy and the world alone; torch is imported for trained agents only.

Shape letters: W realms (one map each), P populations, S side of the stored map.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.args import Args, Load, loads
from forge.blade.actions import ActionError
from forge.blade.observation import Actions, Observation
from forge.blade.realm import Realms
from forge.blade.state import padding
from forge.blade.streams import Owner, generator
from forge.blade.tiles import SAFE, Cause
from forge.config import Config, configured
from forge.errors import CheckpointError, ConfigError, shown
from forge.ethyr.averages import averaged_in, by_quest
from forge.trinity import casting
from forge.trinity.cast import called, cast_of
from forge.trinity.engines.surroundings import Surroundings
from forge.trinity.evaluation.counts import TOTALS, Counts, summed_up
from forge.trinity.evaluation.plan import HELD_OUT as HELD_OUT
from forge.trinity.evaluation.plan import Plan as Plan
from forge.trinity.trinity import ShardInfo, SwordBase

Array = NDArray[Any]
Decide = Callable[[Observation], Actions]
Begun = Callable[[Realms], Callable[[], object]]

logger = logging.getLogger("forge.run")

_TAKE = 16  # ticks after which life records are taken, so that few accumulate


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
        harvests, drinks and kills per life, ``living_mean`` (agents per realm), means over lives
        that ended: with skills ``levels`` (at death, by skill), with a market ``trades``, with
        quests ``quests`` (the share ``done``, and ``progress``), and their intervals as
        ``levels_ci95``, ``trades_ci95``, ``quests_ci95``; and, with several populations,
        the same for each of the ``populations``, with its shares of the living agents and of the
        deaths and its ``rating``: who lives longer on a map wins. With quests ``by_quest`` lists
        ``quest`` (its number), ``name``, ``lives``, ``done`` and ``progress`` of each. None where
        nobody died.
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
    ended = _Ended(config, realms.state.tally.shape)
    _advance(realms, decide, plan.ticks, progress, after, ended)
    if finished is not None:
        finished(realms)
    return Counts(
        totals={name: realms.state.tally[name] - tally[name] for name in TOTALS},
        causes=ended.causes,
        sums=ended.sums,
        quests=ended.quests,
        visited=realms.state.visits > visits,
        walkable=_walkable(realms),
    )


class _Ended:
    """Sums over the lives that ended; the attributes are as of ``Counts``."""

    def __init__(self, config: Config, shape: tuple[int, ...]) -> None:
        self._averaged = averaged_in(config)
        self.causes = np.zeros((*shape, len(Cause)), np.int64)
        self.sums = {name: np.zeros((*shape, len(it.names))) for name, it in self._averaged.items()}
        self.quests: Array = np.zeros(())

    def add(self, lives: Array) -> None:
        """Add lives to the sums. Modifies self in place."""
        whose = lives["realm"], lives["population"]
        np.add.at(self.causes, (*whose, lives["cause"]), 1)
        for name, it in self._averaged.items():
            np.add.at(self.sums[name], whose, it.of(lives))
        if "quests" in self._averaged:
            self.quests = self.quests + by_quest(lives)


def _advance(
    realms: Realms,
    decide: Decide,
    ticks: int,
    progress: Callable[[int], object] | None,
    after: Callable[[], object] | None = None,
    ended: _Ended | None = None,
) -> None:
    """Play some ticks, and add the lives that ended to sums. Modifies realms and ended in place."""
    for start in range(0, ticks, _TAKE):
        more = min(_TAKE, ticks - start)
        for _ in range(more):
            try:
                realms.step(decide(realms.observation))
            except ActionError as error:
                raise ActionError(f"{called(decide)}: {error}") from None
            if after is not None:
                after()
        lives = realms.take_lives()
        if ended is not None:
            ended.add(lives)
        if progress is not None:
            progress(more)


def _walkable(realms: Realms) -> Array:
    """Mark interior tiles that can be walked on without harm: bool (W, S, S)."""
    tiles, config = realms.state.tiles, realms.config
    rim = padding(config) + config.border + 1
    inside = np.zeros(tiles.shape, np.bool_)
    inside[:, rim:-rim, rim:-rim] = True
    return inside & np.isin(tiles, SAFE)


def trained(
    config: Config | str,
    load: Load,
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
        ConfigError: if an argument is not what it should be.
    """
    from forge.trinity.defaults import default_trinity

    config, plan = configured(config), plan or Plan()
    sword = default_trinity().Sword if sword is None else sword
    if not (isinstance(sword, type) and issubclass(sword, SwordBase)):
        raise ConfigError(f"sword is a subclass of Sword or SwordBase, not {shown(sword)}")
    model = weights(config, load, sword)
    args = Args(nRealm=plan.maps, seed=plan.seed, engine="serial")
    rng = generator(plan.seed, Owner.SWORD)
    model.flags.writeable = False  # as in a run
    with Surroundings():
        player = sword(config, args, ShardInfo(0, tuple(range(plan.maps)), rng))
        player.recv_update(model)
    return player.decide


def players(config: Config, load: Load) -> list[str]:
    """Say who plays each population: a script, or the file of its weights as ``--load`` names it.

    Args:
        config: settings of the world.
        load: as of ``trained``.
    """
    from forge.ethyr.checkpoint import parse_load

    P = config.populations
    found = [""] * P
    for text in loads(load):
        path, population, source = parse_load(text)
        for p in range(P) if population is None else [population]:
            number = p if source is None and P > 1 else source
            found[p] = path if number is None else f"{path}#{number}"
    scripts = casting.scripts(config.scripts, P)
    return [scripts.get(p, name) for p, name in enumerate(found)]


def weights(config: Config, load: Load, sword: type[SwordBase]) -> Array:
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
        set(range(P)) - set(cast_of(sword, config).scripts),
    )
    for text in loads(load):
        path, population, source = checkpoint.parse_load(text)
        loaded, about = checkpoint.load_described(path, layout, config)
        _warn_of_own_class(path, about, sword)
        model = checkpoint.merged(model, loaded, population, source, path)
        missing -= set(range(P)) if population is None else {population}
    if missing:
        first = min(missing)
        raise CheckpointError(
            f"population {first} has no weights: the config has {P} populations; "
            f"load some for it too, for example {first}=FILE"
        )
    return model


def _warn_of_own_class(path: str, about: dict[str, Any], sword: type[SwordBase]) -> None:
    """Warn if one of Forge's Swords is to use weights that a user's own Sword trained."""
    from forge.ethyr import checkpoint

    own = checkpoint.own_sword(about)
    if own is not None and sword.__module__.split(".")[0] == "forge":
        logger.warning(
            "%s was trained by a Sword of its own, %s; here Forge's decides. "
            "To let that one decide, call evaluate.trained(config, […], plan, Sword) from Python "
            "(docs/api.md)",
            path,
            own,
        )
