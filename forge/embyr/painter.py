"""Compute the overlays that somebody looks at, as often as the world's pace allows."""

import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade.realm import Realms
from forge.embyr.overlays import OVERLAYS, Look, NothingToShowError, OverlayError
from forge.trinity.trinity import SwordBase

Array = NDArray[Any]

OFTEN = 0.5  # between two pictures of one overlay, at least [s]
REST = 4.0  # times as long as overlays have taken is kept free of them
LONGEST = 0.5  # begin no further overlay in a turn after that time [s]


class View(NamedTuple):
    """A realm as it is now."""

    realms: Realms
    sword: SwordBase | None
    w: int
    source: str  # of the world, which names the weights

    @property
    def tick(self) -> int:
        """Give the realm's tick."""
        return int(self.realms.state.clock[self.w].tick)


class Painted(NamedTuple):
    """What a look has shown."""

    look: Look
    tick: int
    values: Array | None  # float64 (map_size, map_size); None: nothing, and the fault says why
    fault: str = ""
    is_error: bool = False  # whether the overlay has failed


class _Done(NamedTuple):
    """When a look was last painted, and what of."""

    at: float
    tick: int
    source: str


class Painter:
    """Paint what is looked at, and remember when."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing painted.

        Args:
            clock: gives the time [s].
        """
        self._clock = clock
        self._done: dict[Look, _Done] = {}
        self._rest = -np.inf  # no overlay is due before

    def forget(self, realm: int) -> None:
        """Take a realm as one that was never painted."""
        self._done = {look: done for look, done in self._done.items() if look.realm != realm}

    def paint(self, views: Mapping[Look, View], hurry: bool) -> list[Painted]:
        """Paint what is due.

        Args:
            views: all that is looked at now.
            hurry: paint all that is out of date, as no turn may follow soon.

        Returns:
            What was painted, each at most once.
        """
        self._done = {look: done for look, done in self._done.items() if look in views}
        begin, painted = self._clock(), []
        for look in sorted(views, key=lambda look: self._last(look)):
            now = self._clock()
            if now - begin > LONGEST:
                break
            if self._is_due(look, views[look], now, hurry):
                painted.append(paint(look, views[look]))
                after = self._clock()
                self._done[look] = _Done(after, views[look].tick, views[look].source)
                self._rest = max(now, self._rest) + (1 + REST) * (after - now)
        return painted

    def _last(self, look: Look) -> float:
        done = self._done.get(look)
        return -np.inf if done is None else done.at

    def _is_due(self, look: Look, view: View, now: float, hurry: bool) -> bool:
        done = self._done.get(look)
        if done is not None and (done.tick, done.source) == (view.tick, view.source):
            return False
        return hurry or (now >= self._rest and now >= self._last(look) + OFTEN)


def paint(look: Look, view: View) -> Painted:
    """Compute one overlay; whatever goes wrong in it is told, not raised."""
    try:
        found = OVERLAYS[look.name]
        values = found.draw(view.realms, view.sword, view.w, look)
    except NothingToShowError as nothing:
        return Painted(look, view.tick, None, str(nothing))
    except OverlayError as error:
        return Painted(look, view.tick, None, str(error), is_error=True)
    except Exception as error:
        text = f"{type(error).__name__}: {' '.join(str(error).split())}"
        return Painted(look, view.tick, None, text, is_error=True)
    return Painted(look, view.tick, values)
