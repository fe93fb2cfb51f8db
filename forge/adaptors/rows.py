"""Keep the observations of the gymnasium VectorEnv: a row per agent slot, in arrays over all slots.

Shape letters: R rows (an agent slot each), A choices of all parts of an action.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.adaptors.masks import mask_rows, part_sizes
from forge.blade.observation import PLANES, Observation
from forge.blade.slots import Slots, of_systems
from forge.config import Config

Array = NDArray[Any]
Obs = dict[str, Array]


class Rows:
    """The table of all slots under the names and dtypes of gymnasium's observations.

    Attributes:
        slots: the agents in the slots: ``ids``, ``population``.
        alive: bool (R,), whether the row shows an agent.
    """

    def __init__(self, config: Config, realms: int, nearest: int) -> None:
        """Allocate.

        Args:
            config: settings of the world.
            realms: W.
            nearest: K ≥ 1, number of observed others.
        """
        self.slots = Slots(config, realms, nearest)
        self._config = config
        shape = (len(self.slots.ids), sum(part_sizes(config, nearest)))
        self._mask = np.zeros(shape, np.int8) if len(part_sizes(config, nearest)) > 1 else None

    @property
    def alive(self) -> Array:
        """View of whether each row shows an agent."""
        alive: Array = self.slots.table.alive
        return alive

    def lay_out(self, obs: Observation) -> None:
        """Write an observation into the table, and compute its masks."""
        self.slots.lay_out(obs)
        self.slots.table.can_move[:, 0] = True  # empty rows too
        if self._mask is not None:
            mask_rows(self.slots, obs, self._config, self._mask)

    def hide(self, rows: Array) -> None:
        """Make these rows look empty until the next observation, even if an agent lives there.

        Modifies the table in place.

        Args:
            rows: bool (R,).
        """
        for array in self.slots.table:
            array[rows] = 0
        self.slots.table.can_move[rows, 0] = True
        if self._mask is not None:
            parts = part_sizes(self._config, self.slots.table.others.shape[1])
            self._mask[rows] = 0
            self._mask[np.ix_(rows, np.cumsum((0, *parts[:-1])))] = 1  # the first of each part

    def views(self) -> Obs:
        """Return views of the table by the observation's names; masks are int8, as in gymnasium.

        They are made anew each time: in a copy of the environment, kept ones would not be views.
        """
        table = self.slots.table
        shown = (*PLANES, "own", "others", *of_systems(self._config))
        views = {name: getattr(table, name) for name in shown}
        views["alive"] = table.alive.view(np.int8)
        views["others_mask"] = table.others_mask.view(np.int8)
        views["action_mask"] = table.can_move.view(np.int8) if self._mask is None else self._mask
        if self._config.combat:
            views["can_attack"] = table.can_attack.view(np.int8)
        if self._config.market:
            views["can_receive"] = table.can_receive.view(np.int8)
        return views

    def infos(self) -> dict[str, Any]:
        """Return id and population of the agent in each row, with masks."""
        alive = self.alive.copy()
        return {
            "id": self.slots.ids.copy(),
            "_id": alive,
            "population": self.slots.population.copy(),
            "_population": alive,
        }


def epitaphs(died: Array, lives: Array) -> dict[str, Any]:
    """Describe the ends of lives, by row.

    Args:
        died: bool (R,), rows whose agent died.
        lives: LIFE, a record for each of these rows.

    Returns:
        ``id`` and ``population`` (−1 elsewhere), ``lifetime`` [ticks] and ``cause`` (a Cause; both
        0 elsewhere), int64 (R,) each, with their masks.
    """
    told: dict[str, Any] = {}
    for name, elsewhere in (("id", -1), ("population", -1), ("lifetime", 0), ("cause", 0)):
        told[name] = np.full(len(died), elsewhere, np.int64)
        told[name][died] = lives[name]
        told[f"_{name}"] = died
    return told
