"""Evaluate agents on maps that training never sees: how long they live, where, and on what.

Scripted agents need numpy and the world alone; torch is imported for trained agents only.

Shape letters: W realms (one map each), P populations, S side of the stored map.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.args import Load, loads
from forge.blade.actions import ActionError
from forge.blade.observation import Actions, Observation
from forge.blade.realm import Realms
from forge.blade.state import padding
from forge.blade.tiles import SAFE, Cause
from forge.config import Config, configured
from forge.ethyr.averages import averaged_in, by_quest
from forge.trinity import casting
from forge.trinity.cast import called
from forge.trinity.engines.surroundings import Surroundings
from forge.trinity.evaluation.counts import TOTALS, Counts, summed_up
from forge.trinity.evaluation.plan import HELD_OUT as HELD_OUT
from forge.trinity.evaluation.plan import Plan as Plan
from forge.trinity.policy import Policy
from forge.trinity.trinity import SwordBase

Array = NDArray[Any]
Decide = Callable[[Observation], Actions]
Begun = Callable[[Realms], Callable[[], object]]
Lives = Callable[[Array], object]

_TAKE = 16  # ticks after which life records are taken, so that few accumulate


def evaluate(
    config: Config | str,
    decide: Decide,
    plan: Plan | None = None,
    progress: Callable[[int], object] | None = None,
    finished: Callable[[Realms], object] | None = None,
    begun: Begun | None = None,
    lives: Lives | None = None,
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
        lives: called every few of the ticks that count, and after the last of them, with the
            records of the lives that ended since its last call: LIFE (n,), n ≥ 0.

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
        counts = play(config, decide, plan, progress, finished, begun, lives)
    return summed_up(config, [counts], plan)


def over_seeds(
    config: Config | str,
    player: Callable[[Plan], Decide],
    plan: Plan,
    seeds: int,
    progress: Callable[[int], object] | None = None,
    finished: Callable[[Realms], object] | None = None,
    begun: Begun | None = None,
    lives: Lives | None = None,
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
        lives: likewise.

    Returns:
        As ``evaluate``, with intervals over seeds and maps, and with ``seeds`` and
        ``mean_lifetime_by_seed`` if there are several.
    """
    config, counts = configured(config), []
    for k in range(seeds):
        seam = (finished, begun, lives) if k == 0 else (None, None, None)
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
    lives: Lives | None = None,
) -> Counts:
    """Play the warm-up and the ticks that count; arguments as of ``evaluate``."""
    realms = Realms(config, plan.seed, range(plan.num_maps), plan.numbers)
    _advance(realms, decide, plan.warmup, progress)
    tally, visits = realms.state.tally.copy(), realms.state.visits.copy()
    after = None if begun is None else begun(realms)
    ended = _Ended(config, realms.state.tally.shape)
    takers = (ended.add,) if lives is None else (ended.add, lives)
    _advance(realms, decide, plan.ticks, progress, after, takers)
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
    takers: Sequence[Lives] = (),
) -> None:
    """Play some ticks, and hand over the lives that ended. Modifies realms in place."""
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
        for take in takers:
            take(lives)
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
    plan = plan or Plan()
    return Policy(load, config, sword, plan.seed, plan.num_maps).decide


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
