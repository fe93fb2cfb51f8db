"""List the arrays that systems add to the state of the world, and to the records of lives.

Their dtypes, their rows and their share in lives stand here. Where its system is off, an array is
empty, and no part of snapshots, digests and recordings.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade.items import NUM_ITEMS
from forge.blade.records import (
    BAG,
    BAG_COLUMNS,
    CRAFT,
    CRAFT_COLUMNS,
    EXPERIENCE,
    LEDGER,
    LIFE,
    NPC,
    OFFER,
    PURSE,
    PURSE_COLUMNS,
    QUEST,
    QUEST_COLUMNS,
    SKILLS,
    YIELD,
    Column,
    DType,
    record,
)
from forge.blade.trades import LASTING, MOST_OFFERS, NUM_BOOKS

Array = NDArray[Any]


class Added(NamedTuple):
    """An array of State, of shape (W, rows), that a system adds."""

    system: str  # the setting without which it is empty
    dtype: DType
    rows: Callable[[Any], int] | None = None  # by the config; None: one for each slot of agents
    life: tuple[Column, ...] = ()  # its columns that the record of a life has, too

    @property
    def by_slot(self) -> bool:
        """Whether it has a row for each slot of agents."""
        return self.rows is None

    def is_in(self, config: Any) -> bool:
        """Say whether a world has its system."""
        return bool(getattr(config, self.system))

    def rows_in(self, config: Any) -> int:
        """Count its rows in a realm."""
        if not self.is_in(config):
            return 0
        return int(config.max_agents if self.rows is None else self.rows(config))


def _most_offers(config: Any) -> int:
    """Count the offers that a realm can have at once: an agent makes one in a tick at most."""
    return int(min(NUM_BOOKS * MOST_OFFERS, LASTING * config.max_agents))


ADDED = {
    "npcs": Added("npcs", NPC, lambda config: config.npcs),
    "skills": Added("skills", SKILLS, life=(EXPERIENCE,)),
    "bags": Added("items", BAG, life=tuple(it for it in BAG_COLUMNS if not it.shape)),
    "ledger": Added("items", LEDGER, lambda config: NUM_ITEMS + config.market),
    "crafts": Added("professions", CRAFT, life=CRAFT_COLUMNS),
    "yields": Added("professions", YIELD, lambda _: NUM_ITEMS),
    "purses": Added("market", PURSE, life=tuple(it for it in PURSE_COLUMNS if it.name != "gold")),
    "offers": Added("market", OFFER, _most_offers),
    "said": Added("words", np.dtype(np.uint8)),
    "quests": Added(
        "quests",
        QUEST,
        life=tuple(it for it in QUEST_COLUMNS if it.name in ("quest", "goal", "progress")),
    ),
}  # fmt: skip

OF_AGENTS = tuple(name for name, it in ADDED.items() if it.by_slot)
OF_LIVES = {name: it for name, it in ADDED.items() if it.life}


def none_of(name: str) -> Array:
    """Make the array of a system that is off, of no realm."""
    return np.zeros((0, 0), ADDED[name].dtype)


def _with(dtype: DType, *columns: Column) -> DType:
    """Add columns at the end of a record; one whose name it has goes on where that one ends."""
    fields = {name: (dtype[name].base, dtype[name].shape) for name in dtype.names or ()}
    for it in columns:
        there = fields.get(it.name)
        fields[it.name] = it.dtype, (there[1][0] + it.shape[0],) if there else it.shape
    return record(*((name, *about) for name, about in fields.items()))


@cache
def _life_of(*names: str) -> DType:
    return _with(LIFE, *(column for name in names for column in OF_LIVES[name].life))


def life_in(config: Any) -> DType:
    """Choose the dtype of the records of lives in a world: LIFE, and columns of its systems."""
    names = [name for name, it in OF_LIVES.items() if it.is_in(config)]
    return _life_of(*names) if names else LIFE
