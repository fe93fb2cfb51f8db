"""Gather the settings that kernels read, and allocate the working space of a tick.

Kernels take settings as a record, never as globals (which numba would freeze at compile time).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade import space
from forge.blade.happenings import MOST_HAPPENINGS
from forge.blade.observation import ACTION
from forge.blade.packing import packable
from forge.blade.quests import Quest, quests_in
from forge.blade.records import (
    AGENT,
    AGENT_COLUMNS,
    LIFE,
    LIFE_COLUMNS,
    QUEST,
    newborn,
    record,
)
from forge.blade.state import padding
from forge.blade.tiles import NUM_STYLES
from forge.config import Config

Array = NDArray[Any]

RULES = record(
    ("regrowth", np.float64),
    ("map_size", np.int32),
    ("border", np.int32),
    ("pad", np.int32),
    ("radius", np.int32),
    ("shift", np.int32),  # regions have a side of 2^shift tiles
    ("lines", np.int32),  # most lines of the stored map that the observers of a region see
    ("births", np.int32),
    ("npcs", np.int32),
    ("npc_level", np.int32),
    ("words", np.int32),
    ("health", np.int32),
    ("food", np.int32),
    ("water", np.int32),
    ("harvest", np.int32),
    ("drink", np.int32),
    ("starvation", np.int32),
    ("regeneration", np.int32),
    ("freeze", np.int32),
    ("immunity", np.int32),
    ("reach", np.int32, (NUM_STYLES,)),  # [tiles], by style
    ("damage", np.int32, (NUM_STYLES,)),  # by style
    ("drained", np.int32, (NUM_STYLES,)),  # ⌊damage × drain⌋, by style
    ("drain_ratio", np.int64, (2,)),  # drain as a fraction; only with skills, which vary damage
    ("combat", np.bool_),
    ("skills", np.bool_),
    ("items", np.bool_),
    ("professions", np.bool_),
    ("market", np.bool_),
    ("num_quests", np.int32),
    ("friendly_fire", np.bool_),
    ("auto_target", np.bool_),
)

# Rules that ``rules`` computes; all others are settings of the same name.
_DERIVED = {
    "births", "pad", "shift", "lines", "reach", "damage", "drained", "drain_ratio", "num_quests",
}  # fmt: skip

# The intended action of one entity, by slot; its target is the victim's slot.
INTENT = record(
    ("index", np.int32),  # an agent's index in the observation acted on, and so in the events
    ("slayer", np.int32),  # slot of the agent that slew it in this tick; −1: none did
    *sorted(ACTION, key=lambda choice: -np.dtype(choice[1]).itemsize),  # so that none needs padding
    ("wanted", np.uint8),  # level of the item that it wants to buy; 0: it buys nothing
    ("most", np.uint8),  # what it pays for it at most, as it observed the market
)

# An agent that NPCs may hunt.
PREY = record(
    ("slot", np.int32),
    ("row", np.int16),
    ("col", np.int16),
)


# Something that happened in this tick: a row of HAPPENED in the making.
NOTE = record(
    ("slot", np.int32),  # whose
    ("other", np.int32),  # slot of who else took part; −1: nobody
    ("number", np.int32),
    ("code", np.uint8),
    ("kind", np.uint8),
    ("level", np.uint8),
    ("price", np.uint8),
)

# How much is noted.
NOTES = record(
    ("noted", np.int64),  # what happened in this tick in one realm
    ("handed", np.int64),  # rows that nobody has taken yet, of all realms and ticks
)


@packable(lambda: scratch(Config(), 0))
class Scratch(NamedTuple):
    """Working space of a tick, and what it reads again and again.

    Two parts outlast a tick: the intents, for whoever asks what was done (``Realms.intents``), and
    the number of the rows that were handed over, until somebody takes them.
    """

    intents: Array  # INTENT (W, E)
    agent: Array  # AGENT (1,): a newborn
    life: Array  # LIFE (1,): its record
    ring: Array  # int32 (ring tiles, 2): row and column in the stored map, row-major
    free: Array  # int32 (NPCs,): free slots of NPCs
    prey: Array  # PREY (A,): agents of one realm that hostile NPCs may hunt; empty without NPCs
    dealers: Array  # int64 (A,): slots of who deals or trades in one realm; empty without items
    asks: Array  # ASK (kinds, 1 + levels): the market of one realm; empty without one
    quests: Array  # QUEST (Q,): the quests of newborns; empty without quests
    odds: Array  # int64 (Q,): the weight of each quest, and of those before it
    noted: Array  # NOTE (room,): what happened in this tick in one realm; empty if nobody asks
    notes: Array  # NOTES (1,): how many of these there are, and rows made of them


def rules(config: Config) -> Array:
    """Write a config's rules as a RULES record.

    Returns:
        RULES (1,).
    """
    table = np.zeros(1, RULES)
    row = table[0]
    for name in set(RULES.names or ()) - _DERIVED:
        row[name] = getattr(config, name)  # a name that is no setting is an error
    row.births = min(config.births, config.max_agents)  # more would not fit
    row.pad = padding(config)
    row.shift = space.shift(config)
    row.lines = space.lines(config)
    row.num_quests = len(quests_in(config))
    styles = ("melee", "range", "mage")
    row.reach[:] = [getattr(config, f"{style}_reach") for style in styles]
    damages = [getattr(config, f"{style}_damage") for style in styles]
    row.damage[:] = damages
    above, below = config.drain_ratio
    row.drained[:] = [damage * above // below for damage in damages]
    row.drain_ratio[:] = (above, below) if config.skills else 0
    return table


def spawn_ring(map_size: int, border: int) -> Array:
    """List the tiles on which agents are born: the ring just inside the lava border.

    Returns:
        int32 (ring tiles, 2), map rows and columns, in row-major order.
    """
    is_ring = np.zeros((map_size, map_size), np.bool_)
    is_ring[border : map_size - border, border : map_size - border] = True
    is_ring[border + 1 : map_size - border - 1, border + 1 : map_size - border - 1] = False
    return np.argwhere(is_ring).astype(np.int32, order="C")


def scratch(config: Config, num_realms: int, kept: bool = False) -> Scratch:
    """Allocate the working space of a tick.

    Args:
        config: settings of the realms.
        num_realms: W.
        kept: whether rows are kept of what happens; quests note them, too.
    """
    listed = quests_in(config)
    room = MOST_HAPPENINGS * config.max_agents if kept or listed else 0
    return Scratch(
        intents=np.zeros((num_realms, config.slots), INTENT),
        agent=newborn(AGENT, AGENT_COLUMNS, config),
        life=newborn(LIFE, LIFE_COLUMNS, config),
        ring=spawn_ring(config.map_size, config.border) + np.int32(padding(config)),
        free=np.zeros(config.npcs, np.int32),
        prey=np.zeros(config.max_agents if config.npcs else 0, PREY),
        dealers=np.zeros(config.max_agents if config.items else 0, np.int64),
        asks=space.asks(config),
        quests=templates(listed),
        odds=np.cumsum([quest.weight for quest in listed], dtype=np.int64),
        noted=np.zeros(room, NOTE),
        notes=np.zeros(1, NOTES),
    )


def templates(listed: Sequence[Quest]) -> Array:
    """Write the quests as newborns are given them: QUEST (Q,)."""
    table = np.zeros(len(listed), QUEST)
    for number, (row, quest) in enumerate(zip(table, listed, strict=True), 1):
        row.quest, row.task, row.goal = number, quest.task, quest.number
        row.kind, row.level, row.other = quest.kind, quest.level, quest.other
    return table
