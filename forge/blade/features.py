"""List the features of an agent: the columns of ``own`` and ``others``.

A feature is (column − centre) / scale, computed in float64 and stored as float32. Features that
depend on the observer have no column. The kernel that writes the features names each of them
(``observe._describe``), and a test compares it with this list. Bounds, the width of rows and a
table in docs/world.md are made from the list.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade import kinds
from forge.blade.records import AGENT_COLUMNS, valued

Array = NDArray[Any]
Number = float | Callable[[Any], float]  # a number, or a function of the settings


class Feature(NamedTuple):
    """One number of the row about an agent."""

    name: str
    doc: str  # one line
    centre: Number  # subtracted from the column
    scale: Number  # divides the difference
    column: str = ""  # a column of AGENT; "": the feature depends on the observer
    least: Number = 0  # least value of the column
    most: Number | None = None  # greatest value of the column; None: the column's own bound

    def bounds(self, config: Any, oldest: int) -> tuple[float, float]:
        """Bound the feature from below and above; the bounds include 0, as in an empty row.

        Args:
            config: settings of the world.
            oldest: age that no agent exceeds [ticks].
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
    """Evaluate a number under some settings."""
    return number(config) if callable(number) else number


def _position(name: str, direction: str) -> Feature:
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


def _healthiest(config: Any) -> int:
    """Find the most health of any entity."""
    return max(int(config.health), kinds.HEALTH if config.npcs else 0)


# In the order of the columns of ``own`` and ``others``.
FEATURES = (
    Feature("age", "ticks lived", 50, 100, "age"),
    Feature(
        "health",
        "health left",
        lambda c: c.health / 2,
        lambda c: c.health,
        "health",
        0,
        _healthiest,
    ),
    Feature("food", "food left", lambda c: c.food / 2, lambda c: c.food, "food"),
    Feature("water", "water left", lambda c: c.water / 2, lambda c: c.water, "water"),
    _position("row", "north"),
    _position("col", "west"),
    _offset("row_offset", "south"),
    _offset("col_offset", "east"),
    # Who took more damage than the maximum of health is dead, so it is not observed.
    Feature("damage", "damage taken in the last tick", 2.5, 5, "damage", 0, _healthiest),
    Feature("same", "+ 0.5: of the observer's population; − 0.5: of another", 0, 1, "", -0.5, 0.5),
    Feature("freeze", "ticks in which it cannot move", 1, 2, "freeze"),
)
NUM_FEATURES = len(FEATURES)
INDEX = {feature.name: k for k, feature in enumerate(FEATURES)}
AGE, HEALTH, SAME = INDEX["age"], INDEX["health"], INDEX["same"]
ROW_OFFSET, COL_OFFSET = INDEX["row_offset"], INDEX["col_offset"]


def bounds(config: Any, oldest: int) -> tuple[Array, Array]:
    """Bound the rows about agents. The arguments are those of ``Feature.bounds``.

    Returns:
        float32 (features,) each: the lower bounds, and the upper bounds.
    """
    low, high = zip(*(feature.bounds(config, oldest) for feature in FEATURES), strict=True)
    return np.array(low, np.float32), np.array(high, np.float32)
