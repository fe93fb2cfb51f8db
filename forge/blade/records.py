"""List the columns of the world's records: of agents, NPCs, lives, events, realms, populations.

Each fact stands here once, as a Column. The dtypes, the records of newborns, the bounds that
restored states are checked against and the tables of the documentation are made from these lists.
Rules read and write a column by its name (``agent.health``).
"""

from collections.abc import Iterable
from enum import Enum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade.items import MOST_STACKED, PLACES
from forge.blade.professions import RESOURCES
from forge.blade.skills import MOST_EXPERIENCE, Skill
from forge.blade.tiles import DEATHS, NUM_COMMON, Style, Tile
from forge.blade.trades import MOST_GOLD

Array = NDArray[Any]
DType = np.dtype[Any]

SPARE = "spare"  # bytes at the end of a record that are always 0
MOST_TICKS = 2**30  # the highest age of an agent, which is int32


class Column(NamedTuple):
    """One named value of a record."""

    name: str
    dtype: Any
    doc: str  # one line; in the tables of the documentation
    birth: int | str = 0  # the first value: a number, or the name of a setting
    most: int | str | None = None  # the largest value, or the name of a setting; None: see validity
    shape: tuple[int, ...] = ()
    parts: tuple[str, ...] = ()  # names of its numbers, if they have names


def _named(members: Iterable[Enum]) -> tuple[str, ...]:
    return tuple(it.name.lower() for it in members)


def _parted(name: str, doc: str, parts: tuple[str, ...], most: int | None = None) -> Column:
    """Make a column with a number for each of some named parts; in ``doc``, {} are their names."""
    doc = doc.format(", ".join(parts))
    return Column(name, np.int32, doc, most=most, shape=(len(parts),), parts=parts)


# One living individual as others observe it: one cache line of 64 bytes. A free slot is all 0.
AGENT_COLUMNS = (
    Column("id", np.int64, "0, 1, 2 … in order of birth in its realm; never used twice"),
    Column("population", np.int32, "0 … populations − 1"),
    Column("slot", np.int32, "0 … max_agents − 1"),
    Column("row", np.int16, "position on the map, from the north edge"),
    Column("col", np.int16, "position on the map, from the west edge"),
    Column("alive", np.bool_, "always true of observed agents", birth=1),
    Column("age", np.int32, "ticks lived", most=MOST_TICKS),
    Column("health", np.int32, "health left", birth="health", most="health"),
    Column("food", np.int32, "food left", birth="food", most="food"),
    Column("water", np.int32, "water left", birth="water", most="water"),
    Column("food_empty", np.int64, "tick in which food last became 0"),
    Column("water_empty", np.int64, "tick in which water last became 0"),
    Column("freeze", np.int32, "ticks in which it cannot move", most="freeze"),
    Column("damage", np.int32, "damage taken in the last tick"),
)

# What the world remembers of an NPC, by slot of NPCs; its place and its health are an AGENT record.
# ``births`` and ``depth`` outlast it: they belong to the slot.
NPC_COLUMNS = (
    Column("births", np.int64, "how many NPCs were born in this slot; its id follows from it"),
    Column("prey_id", np.int64, "id of the agent that a neutral NPC hunts; 0 if it hunts nobody"),
    Column("until", np.int64, "last tick of this hunt; 0: it hunts nobody"),
    Column("prey", np.int32, "slot of that agent; 0 if it hunts nobody"),
    Column("power", np.int16, "its offence and its defence, in all styles"),
    Column(
        "depth",
        np.int16,
        "tiles from the edge of the playable square, where this slot's first NPC was born; 0: none "
        "was yet",
    ),
    Column("kind", np.uint8, "1 passive, 2 neutral, 3 hostile; 0: nobody"),
    Column("level", np.uint8, "1 … 9"),
    Column("style", np.uint8, "its only style of attack"),
)

# What an agent has learned, by slot of agents; the records of the dead are cleared.
EXPERIENCE = _parted("experience", "experience in each skill: {}", _named(Skill), MOST_EXPERIENCE)
SKILL_COLUMNS = (
    EXPERIENCE,
    Column("combat_until", np.int64, "first tick in which it is in combat no longer; 0: never was"),
)

# What an agent carries, by slot of agents: a column has a number for each place.
_PLACES = (PLACES,)
BAG_COLUMNS = (
    Column("kind", np.uint8, "kind of the item in each place; 0: none", shape=_PLACES),
    Column("level", np.uint8, "its level, 1 … 10", shape=_PLACES),
    Column(
        "quantity", np.uint8, "pieces; only ammunition stacks", most=MOST_STACKED, shape=_PLACES
    ),
    Column("worn", np.uint8, "1 if it is worn", most=1, shape=_PLACES),
    Column(
        "gained",
        np.int64,
        "pieces that it has found, taken, harvested, bought or been given in its life",
    ),
    Column("used", np.int64, "pieces that it has consumed"),
    Column("destroyed", np.int64, "pieces that it has destroyed"),
)

# What an agent trades with, by slot of agents.
PURSE_COLUMNS = (
    Column("gold", np.int32, "gold that it has", most=MOST_GOLD),
    Column("earned", np.int64, "gold that it has found, taken, received and been paid in its life"),
    Column("spent", np.int64, "gold that it has paid and given away"),
    Column("bought", np.int64, "items that it has bought"),
    Column("sold", np.int64, "items that it has sold"),
    Column("given", np.int64, "items and pieces of gold that it has given to others"),
)

# The quest of an agent, by slot of agents; its first columns are those of ``quests.Quest``.
QUEST_COLUMNS = (
    Column("quest", np.uint8, "number of its quest, from 1; 0: it has none"),
    Column("task", np.uint8, "what it asks for (`forge.blade.questtasks.TASKS`)"),
    Column("kind", np.uint8, "of which kind; 0: of any"),
    Column("level", np.uint8, "of which level at least; 0: of any"),
    Column("other", np.uint8, "kind of the other party, plus 1; 0: any"),
    Column("goal", np.int32, "how often, or how much more than a life begins with"),
    Column("progress", np.int32, "how much of it is done"),
    Column(
        "counted",
        np.int64,
        "what it did for it, less what was undone since; 0 where a quantity is measured instead",
    ),
    Column("home_row", np.int16, "where it was born, from the north edge"),
    Column("home_col", np.int16, "the same, from the west edge"),
)

# A row of what happened in a realm.
HAPPENING_COLUMNS = (
    Column("tick", np.int64, "in which tick"),
    Column("who", np.int64, "id of the agent that did it"),
    Column("other", np.int64, "id of the other party; −1: none"),
    Column("realm", np.int32, "number of the realm"),
    Column("number", np.int32, "damage, pieces or gold; 1 where nothing is counted"),
    Column("code", np.uint8, "what happened (`forge.blade.happenings.Happening`)"),
    Column("kind", np.uint8, "kind of the item; style or skill, plus 1; cause of death; 0: none"),
    Column("level", np.uint8, "of the item or of the one hit, or the level reached; 0: none"),
    Column("price", np.uint8, "gold that was asked or paid for an item; 0: none"),
)

# An offer of the market; a realm's stand in order of age, and those not in use are all 0.
OFFER_COLUMNS = (
    Column("until", np.int64, "last tick in which it can be bought"),
    Column("seller", np.int32, "slot of the agent that offers it"),
    Column("kind", np.uint8, "kind of the item; 0: no offer"),
    Column("level", np.uint8, "its level, 1 … 10"),
    Column("price", np.uint8, "1 … 9 times its level"),
)

# How many pieces of a kind came and went in a realm since reset. What came less what went is there.
LEDGER_COLUMNS = (
    Column("looted", np.int64, "came as loot of NPCs"),
    Column("used", np.int64, "were consumed"),
    Column("spent", np.int64, "of ammunition: were spent in attacks"),
    Column("destroyed", np.int64, "were destroyed by their carrier"),
    Column("lost", np.int64, "found no room"),
    Column("buried", np.int64, "left with their dead carrier"),
)

# What came of resources, by kind of item, since reset; all else is in the ledger.
YIELD_COLUMNS = (Column("harvested", np.int64, "came from harvests"),)

_KINDS, _FURTHER_KINDS = _named(tuple(Tile)[:NUM_COMMON]), _named(tuple(Tile)[NUM_COMMON:])
_STYLES = _named(style for style in Style if style != Style.NONE)
_CAUSES = ", ".join(f"{cause.value} {cause.name.lower()}" for cause in DEATHS)

# The record of a life; kept up to date while the agent lives.
LIFE_COLUMNS = (
    Column("id", np.int64, "0, 1, 2 … in order of birth in its realm"),
    Column("birth_tick", np.int64, "tick of its birth"),
    Column("death_tick", np.int64, "tick of its death; −1 while it lives", birth=-1),
    Column("killer", np.int64, "id of the agent or NPC that slew it; −1: none", birth=-1),
    Column("realm", np.int32, "number of its realm"),
    Column("population", np.int32, "number of its population"),
    Column("lifetime", np.int32, "ticks lived, including the tick of its death"),
    Column("cause", np.int32, f"0 still alive, {_CAUSES}"),
    Column("map", np.int32, "number of the realm's map"),
    _parted("ticks_on", "ticks spent on each kind of tile, in the order {}", _KINDS),
    _parted(
        "distinct",
        "distinct tiles visited, by their kind at the first visit; 0 where they are not counted "
        "(`distinct_tiles`)",
        _KINDS,
    ),
    Column("harvests", np.int32, "how often it ate"),
    Column("drinks", np.int32, "how often it drank"),
    Column("kills", np.int32, "agents it slew"),
    Column("food_drained", np.int32, "food it took from others"),
    Column("water_drained", np.int32, "water it took from others"),
    _parted("hits_dealt", "attacks that landed, by style: {}", _STYLES),
    _parted("hits_taken", "attacks that it suffered, by style", _STYLES),
    _parted("damage_dealt", "damage it did, by style", _STYLES),
    _parted("damage_taken", "damage it suffered, by style", _STYLES),
)

# What the record of a life holds of the professions, by slot of agents. The first two columns go on
# where those of the same name in LIFE end.
CRAFT_COLUMNS = (
    _parted(
        "ticks_on",
        "ticks spent on each further kind of tile, in the order {}",
        _FURTHER_KINDS,
    ),
    _parted("distinct", "distinct tiles visited, by their kind at the first visit", _FURTHER_KINDS),
    _parted(
        "gathered", "harvests of each resource: {}", _named(resource.tile for resource in RESOURCES)
    ),
)

# The events of one agent in a tick, in the order of the observation it acted on.
EVENT_COLUMNS = (
    Column("killer", np.int64, "id of the agent or NPC that slew it; −1: none", birth=-1),
    Column("cause", np.int32, "why it died (`forge.blade.tiles.Cause`); 0 if it lives on"),
    Column("damage_dealt", np.int32, "damage it did in the tick"),
    Column("damage_taken", np.int32, "damage it suffered from all hits together"),
    Column("hits", np.int32, "1 if its attack landed, else 0"),
    Column("kills", np.int32, "agents that it slew"),
    Column("food_drained", np.int32, "food taken from its victim"),
    Column("water_drained", np.int32, "water taken from its victim"),
    Column("died", np.bool_, "whether it died"),
    Column("harvested", np.bool_, "whether it ate a forest"),
    Column("drank", np.bool_, "whether it drank"),
    Column("slew_npc", np.bool_, "whether it slew an NPC"),
    Column("gathered", np.uint8, "resources that it harvested: 0 … 2"),
    Column("quest", np.float32, "by how much its quest came closer to its end: 0 … 1"),
)

# Counters of one realm.
CLOCK_COLUMNS = (
    Column("tick", np.int64, "ticks since reset"),
    Column("next_id", np.int64, "id of the next newborn"),
    Column("realm", np.int32, "its number in the run"),
    Column("living", np.int32, "agents"),
    Column("top", np.int32, "one more than the highest living slot"),
    Column("scrubs", np.int32, "tiles in the regrowth list"),
    Column("map", np.int32, "number of its map"),
    Column("forests", np.int32, "forest tiles on the fresh map"),
)

# Totals of one population in one realm since reset.
TALLY_COLUMNS = (
    Column("births", np.int64, "births"),
    Column("deaths", np.int64, "deaths"),
    Column("agent_ticks", np.int64, "ticks lived by all its agents"),
    Column("harvests", np.int64, "forests eaten"),
    Column("drinks", np.int64, "ticks in which an agent drank"),
    Column("kills", np.int64, "agents slain"),
    Column("lifetimes", np.int64, "sum over completed lives"),
    Column("living", np.int64, "agents"),
)


def record(*columns: tuple[Any, ...]) -> DType:
    """Build an aligned record dtype whose rows have attributes (``row.health``)."""
    return np.dtype((np.record, np.dtype(list(columns), align=True)))


def _listed(columns: tuple[Column, ...], filled: bool = True) -> DType:
    """Build the dtype of a list: the largest values come first, so that none needs padding.

    Args:
        columns: in any order; columns of equal size keep their order.
        filled: whether padding at the end becomes a column ``SPARE``. Records of a state must have
            no padding: a copy need not keep its bytes, but a digest would see them.
    """
    ordered = sorted(columns, key=lambda column: -np.dtype(column.dtype).itemsize)
    fields = [(column.name, column.dtype, column.shape) for column in ordered]
    rest = record(*fields).itemsize - sum(record(field).itemsize for field in fields)
    return record(*fields, *[(SPARE, np.uint8, (rest,))] * (filled and rest > 0))


AGENT = _listed(AGENT_COLUMNS)
NPC = _listed(NPC_COLUMNS)
SKILLS = _listed(SKILL_COLUMNS)
BAG = _listed(BAG_COLUMNS)
PURSE = _listed(PURSE_COLUMNS)
QUEST = _listed(QUEST_COLUMNS)
HAPPENED = _listed(HAPPENING_COLUMNS)
OFFER = _listed(OFFER_COLUMNS)
LEDGER = _listed(LEDGER_COLUMNS)
YIELD = _listed(YIELD_COLUMNS)
CRAFT = _listed(CRAFT_COLUMNS)
LIFE = _listed(LIFE_COLUMNS)
EVENT = _listed(EVENT_COLUMNS, filled=False)
CLOCK = _listed(CLOCK_COLUMNS)
TALLY = _listed(TALLY_COLUMNS)


def widened(records: Array, dtype: DType) -> Array:
    """Copy records into longer ones that begin like them; the rest is 0.

    Args:
        records: (n,).
        dtype: a dtype made from theirs by adding columns at the end, or by making columns longer.
    """
    longer, names = np.zeros(len(records), dtype), records.dtype.names or ()
    if any(dtype[name] != records.dtype[name] for name in names):
        for name in names:
            given, column = records[name], longer[name]
            (column[:, : given.shape[1]] if given.ndim > 1 else column)[...] = given
    elif len(records):
        np.ndarray(len(records), records.dtype, longer, strides=(dtype.itemsize,))[...] = records
    return longer


def valued(value: int | str, config: Any) -> int:
    """Take a number, or the value of the setting with that name."""
    return int(getattr(config, value)) if isinstance(value, str) else value


def newborn(dtype: DType, columns: tuple[Column, ...], config: Any = None) -> Array:
    """Write a new record, with the first value of each column.

    Args:
        dtype: dtype of the record.
        columns: its list of columns.
        config: the settings that the list names.

    Returns:
        (1,), of that dtype.
    """
    first = np.zeros(1, dtype)
    for column in columns:
        first[column.name] = valued(column.birth, config)
    return first
