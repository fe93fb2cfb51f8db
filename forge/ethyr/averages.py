"""List what summaries and evaluations average over the lives that ended, in worlds that have it."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade.questtable import MOST_QUESTS
from forge.blade.skills import LEVELS, levels_of
from forge.blade.trades import TRADED
from forge.ethyr.lifetimes import means_of

Array = NDArray[Any]

QUESTED = ("done", "progress")


class Averaged(NamedTuple):
    """Quantities of lives.

    Attributes:
        system: the setting without which lives have none of them.
        column: of the record of a life, which only worlds with the system have.
        names: of the quantities.
        of: LIFE (n,) → (n, names), the quantities of each life.
    """

    system: str
    column: str
    names: tuple[str, ...]
    of: Callable[[Array], Array]


def quested(lives: Array) -> Array:
    """Find out how far lives have come with their quests.

    Args:
        lives: LIFE (n,), in a world with quests.

    Returns:
        float64 (n, 2): 1 if the quest was fulfilled, else 0; and its progress, 0 … 1.
    """
    progress = lives["progress"] / np.maximum(lives["goal"], 1)
    return np.stack([progress >= 1, progress], axis=-1).astype(np.float64)


def by_quest(lives: Array) -> Array:
    """Sum up how far lives have come, by the number of their quest.

    Args:
        lives: LIFE (n,), in a world with quests.

    Returns:
        float64 (1 + most quests, 3): lives, and sums over these of ``quested``; row 0 is of lives
        without a quest.
    """
    sums = np.zeros((1 + MOST_QUESTS, 1 + len(QUESTED)))
    np.add.at(sums, lives["quest"], np.column_stack([np.ones(len(lives)), quested(lives)]))
    return sums


def of_quest(sums: Array) -> dict[str, float | None]:
    """Tell how lives have done with one quest: a row of ``by_quest``, or of several added up.

    Returns:
        ``lives``, and their means of ``QUESTED``; None if there are none.
    """
    lives, *reached = sums.tolist()
    return {"lives": int(lives), **means_of(QUESTED, reached, int(lives))}


def _traded(lives: Array) -> Array:
    return np.stack([lives[name] for name in TRADED], axis=-1)


AVERAGED = {
    "levels": Averaged("skills", "experience", LEVELS, lambda it: levels_of(it["experience"])),
    "trades": Averaged("market", "earned", TRADED, _traded),
    "quests": Averaged("quests", "progress", QUESTED, quested),
}


def averaged_in(config: Any) -> dict[str, Averaged]:
    """List what is averaged in a world."""
    return {name: it for name, it in AVERAGED.items() if getattr(config, it.system)}


def averaged_of(lives: Array) -> dict[str, Averaged]:
    """List what is averaged in the world that some lives are from, by the columns they have."""
    columns = lives.dtype.names or ()
    return {name: it for name, it in AVERAGED.items() if it.column in columns}
