"""List the quests of a world: tasks, of which each agent is given one at its birth.

A quest is a row of a table (see ``forge.blade.questtable``), if the world can fulfil it.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from forge.blade.happenings import HARVESTED, WEARABLE, Happening
from forge.blade.items import MOST_STACKED, PLACES, QUIVER, TOOLS, WORN, Item
from forge.blade.kinds import Kind, level_at, levels_in
from forge.blade.professions import level_of_harvest
from forge.blade.questtable import STANDARD, rows_of
from forge.blade.questtasks import TASKS, Quantity, about, task_number
from forge.blade.questwords import described
from forge.blade.skills import HIGHEST, Skill
from forge.blade.tiles import NUM_STYLES, Cause
from forge.errors import ConfigError

# What a world has: settings and properties that are on, or above 0; others, and agents whom agents
# can hit.
_SYSTEMS = (
    *("combat", "npcs", "skills", "items", "professions", "market", "counts_distinct_tiles"),
    "starvation",
)
_OTHERS, _FOES = "others", "foes"
_FIGHTS = {_FOES, "npcs"}
# Of these there is none without one of a set, by the name of the kind, or of what a quest asks for.
_SOURCES = {
    **{it.name.lower(): {"professions" if it in HARVESTED else "npcs"} for it in tuple(Item)[1:]},
    **{it.name.lower(): {"professions"} for it in tuple(Skill)[NUM_STYLES:]},
    **{it.name.lower(): _FIGHTS for it in tuple(Skill)[:NUM_STYLES]},
    **{it.name.lower(): {"starvation"} for it in (Cause.STARVED, Cause.DEHYDRATED)},
    Cause.SLAIN.name.lower(): _FIGHTS,
}
_OF_GOLD = ("find_gold", "buy", "sell", "give_gold", "gold", "earned", "spent")
_OF_TWO = ("buy", "sell", "give", "give_gold", "spent")
_OF_FIGHTS = ("hit", "kill", "loot", "find_gold", "shoot")
# What an agent must be able to use; a buyer, too.
_USED = (Quantity.WORN, Happening.BUY, Happening.SELL)
# How to have what a world lacks.
_REMEDIES = {
    "counts_distinct_tiles": "set distinct_tiles to on",
    "npcs": "set npcs above 0",
    "starvation": "set starvation above 0",
    _OTHERS: "set max_agents above 1",
    _FOES: "let agents hit others (max_agents, populations, friendly_fire)",
}


class Quest(NamedTuple):
    """One quest.

    Attributes:
        name: one line.
        task: a Happening; or a Quantity, plus the number of happenings.
        kind: as a row of a happening has it; 0: any.
        level: at least this; 0: any.
        other: a Kind of entity, plus 1; 0: anybody.
        number: how often, or how much more than a life begins with.
        weight: how often it is given, compared with others.
    """

    name: str
    task: int
    kind: int
    level: int
    other: int
    number: int
    weight: int


class _World(NamedTuple):
    """What decides whether a world can fulfil a quest.

    Attributes:
        systems: what it has, of what quests need.
        side: of the playable square [tiles].
        npcs: the highest level of each kind of NPC that can live in it.
        levels: the highest level of each kind of item; 0: there is none.
        usable: of those that an agent can reach the level to use.
    """

    systems: frozenset[str]
    side: int
    npcs: dict[Kind, int]
    levels: dict[Item, int]
    usable: dict[Item, int]


def quests_in(config: Any) -> tuple[Quest, ...]:
    """List the quests of a world, in the order of their numbers, from 1.

    Of the standard table, these are the quests that are possible in the world.

    Args:
        config: settings of the world.

    Raises:
        ConfigError: if a quest of another table is not possible: says which, and what it needs.
    """
    if not config.quests:
        return ()
    systems = {it for it in _SYSTEMS if getattr(config, it)}
    if config.max_agents > 1:
        systems.add(_OTHERS)
        if config.combat and (config.friendly_fire or config.populations > 1):
            systems.add(_FOES)
    return _listed(config.quests, frozenset(systems), config.side, config.npc_level)


def check(config: Any) -> None:
    """Refuse quests that a world cannot fulfil; see ``quests_in``."""
    quests_in(config)


@lru_cache(maxsize=64)
def _listed(setting: str, systems: frozenset[str], side: int, npc_level: int) -> tuple[Quest, ...]:
    npcs = levels_in(side, npc_level) if "npcs" in systems else {}
    levels = _levels(systems, max(npcs.values(), default=0))
    lowest = level_at(1, side, npc_level)
    world = _World(systems, side, npcs, levels, _usable(levels, systems, lowest))
    quests = []
    for n, row in enumerate(rows_of(setting), 1):
        why = next(_hindrances(row, world), "")
        if not why:
            quests.append(_quest(row))
        elif setting != STANDARD:
            raise ConfigError(
                f"quests: row {n} asks to {described(row)}: {why}, or leave the row out"
            )
    return tuple(quests)


def _levels(systems: frozenset[str], found: int) -> dict[Item, int]:
    """Find the highest level of each kind of item: NPCs leave theirs, harvests give one more."""
    harvested = level_of_harvest(found) if "professions" in systems else 0
    return {it: harvested if it in HARVESTED else found for it in tuple(Item)[1:]}


def _usable(levels: dict[Item, int], systems: frozenset[str], lowest: int) -> dict[Item, int]:
    """Find the highest levels that can be used: nobody learns to use tools without professions.

    Args:
        levels: the highest level of each kind.
        systems: those that are on.
        lowest: the lowest level of an NPC.
    """
    if "professions" in systems:
        return levels
    first = int(lowest == 1)
    return levels | {it: min(levels[it], first) for it in TOOLS}


def _hindrances(row: Mapping[str, Any], world: _World) -> Iterator[str]:
    """Say why a world cannot fulfil a quest, a plain row, and how it could."""
    for needed in _needs(row):
        if not needed & world.systems:
            ways = [_REMEDIES.get(it, f"switch {it} on") for it in sorted(needed)]
            yield f"this world has none of it: {' or '.join(ways)}"
    most = _most_level(row, world)
    if most == 0 and "other" in row:
        yield f"this world is too small for {row['other']} NPCs: give it more tiles (map_size)"
    if most == 0:
        yield "nobody here can reach the level to use it: switch professions on"
    if row.get("level", 0) > most:
        yield f"level {most} is the highest there can be in this world: ask for it"
    most = _most_number(row, world)
    if row["number"] > most:
        yield f"{most} is the most there can be in this world: ask for less, or {_more(row, world)}"


def _more(row: Mapping[str, Any], world: _World) -> str:
    """Say how a world could have more of what a quest asks for."""
    if TASKS[row["does"]] not in (Quantity.DISTANCE, Quantity.TILES):
        for system in ("professions", "npcs"):
            if system not in world.systems:
                return _REMEDIES.get(system, f"switch {system} on")
    return "enlarge map_size"


def _needs(row: Mapping[str, Any]) -> Iterator[set[str]]:
    """List what a quest needs: settings or properties, of which one of a set is on."""
    task, other = TASKS[row["does"]], row.get("other")
    if system := about(task).system:
        yield {system}
    if system == "items":
        yield {"npcs", "professions"}  # from which all items come
    if row["does"] in _OF_GOLD or other not in (None, "agent"):
        yield {"npcs"}
    if row["does"] in _OF_TWO:
        yield {_OTHERS}
    if row["does"] in _OF_FIGHTS or row.get("kind") == "slain":
        yield {"combat"}
        yield {_FOES} if other == "agent" else _FIGHTS
    if "level" in row and row["does"] in ("hit", "kill"):
        yield {"skills"} if other == "agent" else {"npcs"} if other else {"npcs", "skills"}
    kinds = [row["kind"]] if "kind" in row else about(task).numbered
    sources = [_SOURCES.get(it, set()) for it in kinds]
    if sources and all(sources):
        yield set().union(*sources)


def _most_level(row: Mapping[str, Any], world: _World) -> int:
    """Find the highest level there can be of what a quest asks for; 0: nobody like that lives."""
    task, other = TASKS[row["does"]], row.get("other", "agent")
    if other != "agent":
        return world.npcs.get(Kind[other.upper()], 0)
    if about(task).kinds is Item:
        return max(_item_levels(row, world).values())
    if task in (Happening.HIT, Happening.KILL) and not {"skills", _FOES} <= world.systems:
        return max(world.npcs.values(), default=1)  # agents have no levels, or cannot be hit
    return HIGHEST


def _item_levels(row: Mapping[str, Any], world: _World) -> dict[Item, int]:
    """Find the highest level of each kind of item that a quest asks for."""
    task = TASKS[row["does"]]
    numbered = about(task).numbered
    kinds = [numbered[row["kind"]]] if "kind" in row else numbered.values()
    levels = world.usable if task in _USED else world.levels
    return {Item(kind): levels[Item(kind)] for kind in kinds}


def _most_number(row: Mapping[str, Any], world: _World) -> int:
    """Find how often, or how much, a world makes possible of what a quest asks for."""
    task = TASKS[row["does"]]
    if task is Quantity.DISTANCE:
        return world.side - 1
    if task is Quantity.TILES:
        return world.side**2
    if task is Quantity.EQUIPMENT:
        return sum(_by_slot({it: world.usable[it] for it in WEARABLE}).values())
    if task is Quantity.WORN:
        levels = _by_slot(_item_levels(row, world)).values()
        return sum(it >= row.get("level", 1) for it in levels)
    if task is Quantity.OWNED:
        there = [it for it, most in _item_levels(row, world).items() if most >= row.get("level", 1)]
        return PLACES * (MOST_STACKED if any(WORN[it] == QUIVER for it in there) else 1)
    if task is Happening.LEVEL_UP and "kind" not in row:
        skills = about(task).numbered.items()
        return sum(
            about(task).most(kind, row.get("level", 0))
            for name, kind in skills
            if _SOURCES[name] & world.systems
        )
    return int(row["number"])


def _by_slot(levels: dict[Item, int]) -> dict[int, int]:
    """Find the highest level of what can be worn in each slot."""
    highest = dict.fromkeys((WORN[it] for it in levels), 0)
    for it, level in levels.items():
        highest[WORN[it]] = max(highest[WORN[it]], level)
    return highest


def _quest(row: Mapping[str, Any]) -> Quest:
    """Make a quest of a plain row."""
    facts = about(TASKS[row["does"]])
    return Quest(
        row.get("name") or described(row),
        task_number(TASKS[row["does"]]),
        facts.numbered[row["kind"]] if "kind" in row else 0,
        row.get("level", 0),
        Kind[row["other"].upper()] + 1 if "other" in row else 0,
        row["number"] - facts.first,
        row.get("weight", 1),
    )
