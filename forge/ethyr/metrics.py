"""Summarise epochs: one dict of numbers each, which becomes a line of metrics.jsonl.

Shape letters: P populations.
"""

import math
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.tiles import CAUSES, DEATHS, Tile
from forge.errors import StateError, shown
from forge.ethyr.averages import averaged_of, by_quest, of_quest
from forge.ethyr.lifetimes import means_of
from forge.ethyr.summary import Summary

Array = NDArray[Any]

WINDOW = 10  # epochs in mean_lifetime and mean_completed_lifetime
_TOTALS = ("harvests", "drinks")


@dataclass
class Census:
    """Counts of some realms at the end of an epoch; ``+`` adds the counts of further realms.

    Attributes:
        tick: ticks since the start.
        agent_steps: int, ticks of living agents since the start.
        living: int64 (P,), living agents.
        harvests: int64 (P,), harvests since the start.
        drinks: int64 (P,), drinks since the start.
        forests: forest tiles of the fresh maps.
        scrubs: the number of these that are scrub now.
    """

    tick: int
    agent_steps: int
    living: Array
    harvests: Array
    drinks: Array
    forests: int
    scrubs: int

    @classmethod
    def of(cls, tally: Array, clock: Array, tiles: Array | None = None) -> "Census":
        """Count realms from their totals.

        Args:
            tally: TALLY (W, P).
            clock: CLOCK (W,).
            tiles: uint8 (W, S, S), must be given if other tiles than forest are harvested, too.
        """
        forests = int(clock["forests"].sum())
        scrubs = int(clock["scrubs"].sum())
        if tiles is not None:
            scrubs = forests - int((tiles == Tile.FOREST).sum())
        return cls(
            tick=int(clock["tick"].max()),
            agent_steps=int(tally["agent_ticks"].sum()),
            living=tally["living"].sum(axis=0),
            harvests=tally["harvests"].sum(axis=0),
            drinks=tally["drinks"].sum(axis=0),
            forests=forests,
            scrubs=scrubs,
        )

    def __add__(self, other: "Census") -> "Census":
        return Census(
            max(self.tick, other.tick),
            self.agent_steps + other.agent_steps,
            self.living + other.living,
            self.harvests + other.harvests,
            self.drinks + other.drinks,
            self.forests + other.forests,
            self.scrubs + other.scrubs,
        )


@dataclass
class Metrics:
    """Sums over the last epochs, from which each epoch's summary is made.

    Attributes:
        populations: P.
        lifetimes: summed lifetimes of the lives that ended, (P,) per epoch of the window [ticks].
        lives: number of lives that ended, (P,) per epoch of the window.
        steps: agent-steps, per epoch of the window; runs begun earlier have had none of these.
        totals: harvests and drinks up to the last epoch, (P,) each.
        agent_steps: agent-steps up to the last epoch.
    """

    populations: int
    lifetimes: deque[Array] = field(default_factory=lambda: deque(maxlen=WINDOW))
    lives: deque[Array] = field(default_factory=lambda: deque(maxlen=WINDOW))
    steps: deque[int] = field(default_factory=lambda: deque(maxlen=WINDOW))
    totals: dict[str, Array] = field(default_factory=dict)
    agent_steps: int = 0

    def summary(
        self, epoch: int, seconds: float, lives: Array, census: Census, learning: dict[str, float]
    ) -> Summary:
        """Summarise one epoch. Modifies self in place.

        Args:
            epoch: number of the epoch, from 1.
            seconds: duration of the epoch.
            lives: LIFE (k,), lives that ended in the epoch.
            census: counts of all realms at its end.
            learning: figures that the Swords report; numbers that are not finite become None.

        Returns:
            JSON values by name. ``mean_lifetime`` [ticks] is agent-steps ÷ deaths over the last 10
            epochs, which has no bias; None if nobody died. ``mean_completed_lifetime`` and
            ``lives`` are over the lives that ended in them, too low where lives are long.
            ``deaths`` (by cause),
            ``harvests`` and ``drinks`` are over this epoch. ``living`` and ``forest_standing`` are
            from its end. ``populations`` lists one number per population. Means over the lives
            that ended in this epoch are with skills ``levels`` at death, by skill; with a market
            ``trades``: gold earned and spent, items bought, sold and given; and with quests
            ``quests``: the share that was ``done``, ``progress`` (0 … 1), and ``by_number`` the
            ``lives`` that had each quest, with the same of these; quests of none are left out.
        """
        self._count(lives)
        lifetimes, ended = sum(self.lifetimes), sum(self.lives)
        steps = census.agent_steps - self.agent_steps
        self.agent_steps = census.agent_steps
        self.steps.append(steps)
        deaths = self._deaths(lives)
        return Summary(
            epoch=epoch,
            tick=census.tick,
            agent_steps=census.agent_steps,
            agent_steps_per_s=round(steps / max(seconds, 1e-9), 1),
            mean_lifetime=self.mean_lifetime(),
            mean_completed_lifetime=self.mean_completed_lifetime(),
            lives=int(np.sum(ended)),
            living=int(census.living.sum()),
            forest_standing=_mean(census.forests - census.scrubs, census.forests),
            deaths={cause: sum(each) for cause, each in deaths.items()},
            **_averages(lives),
            populations={
                "mean_completed_lifetime": list(map(_mean, lifetimes, ended)),  # type: ignore[arg-type]
                "lives": ended.tolist(),  # type: ignore[union-attr]
                "living": census.living.tolist(),
                **self._new_totals(census),
                "deaths": deaths,
            },
            learning={name: _finite(value) for name, value in learning.items()},
        )

    def mean_lifetime(self) -> float | None:
        """Estimate the mean lifetime over the window, without bias [ticks]; None: nobody died.

        See forge.ethyr.lifetimes.
        """
        ended = list(self.lives)[-len(self.steps) :]
        return _mean(sum(self.steps), np.sum(ended))

    def mean_completed_lifetime(self) -> float | None:
        """Average the lifetimes of lives that ended in the window [ticks]; None: none has."""
        return _mean(np.sum(self.lifetimes), np.sum(self.lives))

    def _deaths(self, lives: Array) -> dict[str, list[int]]:
        """Count the lives of each population that ended by each cause."""
        P = self.populations
        return {
            name: np.bincount(lives["population"][lives["cause"] == cause], minlength=P).tolist()
            for name, cause in zip(CAUSES, DEATHS, strict=True)
        }

    def _count(self, lives: Array) -> None:
        who, P = lives["population"], self.populations
        self.lifetimes.append(np.bincount(who, lives["lifetime"], P).astype(np.int64))
        self.lives.append(np.bincount(who, minlength=P).astype(np.int64))

    def _new_totals(self, census: Census) -> dict[str, list[int]]:
        new = {name: getattr(census, name) - self.totals.get(name, 0) for name in _TOTALS}
        self.totals = {name: getattr(census, name) for name in _TOTALS}
        return {name: array.tolist() for name, array in new.items()}

    def state(self) -> dict[str, Any]:
        """List all sums as JSON values."""
        return {
            "lifetimes": [array.tolist() for array in self.lifetimes],
            "lives": [array.tolist() for array in self.lives],
            "steps": list(self.steps),
            "totals": {name: array.tolist() for name, array in self.totals.items()},
            "agent_steps": self.agent_steps,
        }

    def load_state(self, state: Any) -> None:
        """Restore sums that ``state`` listed. Modifies self in place.

        Raises:
            StateError: if ``state`` cannot have listed them.
        """
        try:
            lifetimes, lives = (
                [self._row(row) for row in state[name]] for name in ("lifetimes", "lives")
            )
            totals = {name: self._row(row) for name, row in state["totals"].items()}
            steps = _whole(state["agent_steps"])
            recent = [_whole(each) for each in state.get("steps", [])]
            if len(lifetimes) != len(lives) or len(lives) > WINDOW or set(totals) - set(_TOTALS):
                raise ValueError
            if len(recent) > len(lives):
                raise ValueError
        except (AttributeError, KeyError, TypeError, ValueError):
            raise StateError(
                f"the sums that summaries are made from are not those of {self.populations} "
                "populations"
            ) from None
        self.lifetimes, self.lives = deque(lifetimes, WINDOW), deque(lives, WINDOW)
        self.steps, self.totals, self.agent_steps = deque(recent, WINDOW), totals, steps

    def _row(self, values: Any) -> Array:
        """Read one whole number per population."""
        if not isinstance(values, list) or len(values) != self.populations:
            raise ValueError
        return np.array([_whole(value) for value in values], np.int64)


def _averages(lives: Array) -> dict[str, dict[str, Any]]:
    """Average what is averaged over lives in their world."""
    found: dict[str, dict[str, Any]] = {
        name: means_of(it.names, it.of(lives).sum(axis=0), len(lives))
        for name, it in averaged_of(lives).items()
    }
    if "quests" in found:
        sums = by_quest(lives)
        had = np.flatnonzero(sums[:, 0]).tolist()
        found["quests"]["by_number"] = {str(number): of_quest(sums[number]) for number in had}
    return found


class Mean:
    """Means over samples, collected as sums; each over the samples with which its sums came."""

    def __init__(self) -> None:
        self._sums: dict[str, float] = {}
        self._samples: Counter[str] = Counter()

    def add(self, samples: int, sums: dict[str, float]) -> None:
        """Add sums over some samples. Modifies self in place.

        Raises:
            TypeError: if a sum is not one number.
        """
        for name, value in sums.items():
            if np.ndim(value):
                raise TypeError(
                    f"metrics[{shown(name)}] is a sum over samples, one number; not {shown(value)}"
                )
            self._sums[name] = self._sums.get(name, 0.0) + float(value)
            self._samples[name] += samples

    def values(self) -> dict[str, float]:
        """List the means by name."""
        return {name: value / max(1, self._samples[name]) for name, value in self._sums.items()}


def _finite(value: float) -> float | None:
    """Turn a number that is not finite, which JSON cannot hold, into None."""
    return float(value) if math.isfinite(value) else None


def _whole(value: Any) -> int:
    """Refuse anything but a count."""
    if type(value) is not int or not 0 <= value < 2**53:
        raise ValueError
    return value


def _mean(total: Any, count: Any) -> float | None:
    return round(float(total) / int(count), 4) if count else None
