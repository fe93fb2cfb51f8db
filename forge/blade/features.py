"""List the numbers by which agents are observed: the columns of ``own`` and ``others``.

A feature is (column − centre) / scale, computed in float64 and stored as float32. Those that depend
on the observer have no column. The kernel that writes them names each (``observe._describe``); a
test holds it to this list, from which bounds, the width of rows and a table of docs/world.md come.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade.records import AGENT_COLUMNS, valued

Array = NDArray[Any]
Number = float | Callable[[Any], float]  # or what it is under the settings


class Feature(NamedTuple):
    """One number of the row about an agent."""

    name: str
    doc: str  # one line
    centre: Number  # subtracted from the column
    scale: Number  # by which it is divided
    column: str = ""  # of AGENT; "": it depends on the observer
    least: Number = 0  # of the column
    most: Number | None = None  # likewise; None: as the column's list says

    def bounds(self, config: Any, oldest: int) -> tuple[float, float]:
        """Give the least and the most of it; 0, an empty row, is inside.

        Args:
            config: settings of the world.
            oldest: age that nobody exceeds [ticks].
        """
        centre, scale = of(self.centre, config), of(self.scale, config)
        most = oldest if self.name == "age" else self._most(config)
        low, high = (of(self.least, config) - centre) / scale, (most - centre) / scale
        return min(0.0, low), max(0.0, high)

    def _most(self, config: Any) -> float:
        if self.most is not None:
            return of(self.most, config)
        (most,) = (column.most for column in AGENT_COLUMNS if column.name == self.column)
        if most is None:
            raise ValueError(f"the feature {self.name} needs a most: its column has none")
        return valued(most, config)


def of(number: Number, config: Any) -> float:
    """Take a number, or what it is under some settings."""
    return number(config) if callable(number) else number


def _place(name: str, direction: str) -> Feature:
    return Feature(
        name,
        f"position, from the {direction} edge; ± 0.5 over the playable square",
        lambda c: (c.map_size - 1) / 2,
        lambda c: c.map_size - 2 * c.border - 1,
        name,
        lambda c: c.border,
        lambda c: c.map_size - 1 - c.border,
    )


def _offset(name: str, direction: str) -> Feature:
    doc = f"tiles to the {direction} of the observer"
    return Feature(name, doc, 0, lambda c: c.radius, "", lambda c: -c.radius, lambda c: c.radius)


# Their order is that of the columns.
FEATURES = (
    Feature("age", "ticks lived", 50, 100, "age"),
    Feature("health", "health left", lambda c: c.health / 2, lambda c: c.health, "health"),
    Feature("food", "food left", lambda c: c.food / 2, lambda c: c.food, "food"),
    Feature("water", "water left", lambda c: c.water / 2, lambda c: c.water, "water"),
    _place("row", "north"),
    _place("col", "west"),
    _offset("row_offset", "south"),
    _offset("col_offset", "east"),
    # Who took more damage than the most health is dead, and not observed.
    Feature("damage", "damage taken in the last tick", 2.5, 5, "damage", 0, lambda c: c.health),
    Feature("same", "+ 0.5: of the observer's population; − 0.5: of another", 0, 1, "", -0.5, 0.5),
    Feature("freeze", "ticks in which it cannot move", 1, 2, "freeze"),
)
NUM_FEATURES = len(FEATURES)
INDEX = {feature.name: k for k, feature in enumerate(FEATURES)}
AGE, HEALTH, SAME = INDEX["age"], INDEX["health"], INDEX["same"]
ROW_OFFSET, COL_OFFSET = INDEX["row_offset"], INDEX["col_offset"]


def bounds(config: Any, oldest: int) -> tuple[Array, Array]:
    """Bound the rows about agents; arguments as of ``Feature.bounds``.

    Returns:
        float32 (features,), the least and the most of each.
    """
    low, high = zip(*(feature.bounds(config, oldest) for feature in FEATURES), strict=True)
    return np.array(low, np.float32), np.array(high, np.float32)
