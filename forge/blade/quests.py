"""List the quests of a world: tasks, of which each agent is given one at its birth.

A quest is a row of a table (see ``forge.blade.questtable``), if the world can fulfil it.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from forge.blade.happenings import HARVESTED, Happening
from forge.blade.items import Item
from forge.blade.kinds import Kind, levels_in
from forge.blade.professions import level_of_harvest
from forge.blade.questtable import STANDARD, rows_of
from forge.blade.questtasks import TASKS, Quantity, about, task_number
from forge.blade.questwords import described
from forge.blade.skills import HIGHEST, Skill
from forge.blade.tiles import NUM_STYLES, Cause
from forge.errors import ConfigError

# The settings without which there is none of a kind, by its name; and no gold.
_SOURCES = {
    **{it.name.lower(): "professions" if it in HARVESTED else "npcs" for it in tuple(Item)[1:]},
    **{it.name.lower(): "professions" for it in tuple(Skill)[NUM_STYLES:]},
    Cause.SLAIN.name.lower(): "combat",
}
_OF_GOLD = ("find_gold", "buy", "sell", "give_gold", "gold", "earned", "spent")
# How to have what a world lacks.
_REMEDIES = {"counts_distinct_tiles": "set distinct_tiles to on", "npcs": "set npcs above 0"}
_SYSTEMS = ("combat", "npcs", "skills", "items", "professions", "market", "counts_distinct_tiles")


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
        systems: settings and properties that are on.
        side: of the playable square [tiles].
        npcs: the highest level of each kind of NPC that can live in it.
        found: the highest level of what NPCs leave.
        harvested: the highest level of what agents harvest.
    """

    systems: frozenset[str]
    side: int
    npcs: dict[Kind, int]
    found: int
    harvested: int


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
    systems = frozenset(it for it in _SYSTEMS if getattr(config, it))
    return _listed(config.quests, systems, config.side, config.npc_level)


def check(config: Any) -> None:
    """Refuse quests that a world cannot fulfil; see ``quests_in``."""
    quests_in(config)


@lru_cache(maxsize=64)
def _listed(setting: str, systems: frozenset[str], side: int, npc_level: int) -> tuple[Quest, ...]:
    npcs = levels_in(side, npc_level) if "npcs" in systems else {}
    found = max(npcs.values(), default=0)
    world, quests = _World(systems, side, npcs, found, level_of_harvest(found)), []
    for n, row in enumerate(rows_of(setting), 1):
        why = next(_hindrances(row, world), "")
        if not why:
            quests.append(_quest(row))
        elif setting != STANDARD:
            raise ConfigError(
                f"quests: row {n} asks to {described(row)}: {why}, or leave the row out"
            )
    return tuple(quests)


def _hindrances(row: Mapping[str, Any], world: _World) -> Iterator[str]:
    """Say why a world cannot fulfil a quest, a plain row, and how it could."""
    for needed in _needs(row):
        if not needed & world.systems:
            ways = [_REMEDIES.get(it, f"switch {it} on") for it in sorted(needed)]
            yield f"this world has none of it: {' or '.join(ways)}"
    most = _most_level(row, world)
    if most == 0:
        yield f"this world is too small for {row['other']} NPCs: give it more tiles (map_size)"
    if row.get("level", 0) > most:
        yield f"level {most} is the highest there can be in this world: ask for it"
    most = _most_number(row, world)
    if row["number"] > most:
        yield f"{most} is the most there can be in this world: ask for less, or enlarge map_size"


def _needs(row: Mapping[str, Any]) -> Iterator[set[str]]:
    """List what a quest needs: settings or properties, of which one of a set is on."""
    task, other = TASKS[row["does"]], row.get("other")
    if system := about(task).system:
        yield {system}
    if system == "items":
        yield {"npcs", "professions"}  # from which all items come
    if row["does"] in _OF_GOLD or other not in (None, "agent"):
        yield {"npcs"}
    if "level" in row and row["does"] in ("hit", "kill"):
        yield {"skills"} if other == "agent" else {"npcs"} if other else {"npcs", "skills"}
    kinds = [row["kind"]] if "kind" in row else about(task).numbered
    sources = {_SOURCES.get(it, "") for it in kinds}
    if sources and "" not in sources:
        yield sources


def _most_level(row: Mapping[str, Any], world: _World) -> int:
    """Find the highest level there can be of what a quest asks for; 0: nobody like that lives."""
    task, other = TASKS[row["does"]], row.get("other", "agent")
    if other != "agent":
        return world.npcs.get(Kind[other.upper()], 0)
    if about(task).kinds is Item:
        return max(_item_levels(row, world))
    alone = task in (Happening.HIT, Happening.KILL) and "skills" not in world.systems
    return max(world.found, 1) if alone else HIGHEST


def _item_levels(row: Mapping[str, Any], world: _World) -> Iterator[int]:
    """List the highest level of each kind of item that a quest asks for."""
    numbered = about(TASKS[row["does"]]).numbered
    for kind in [numbered[row["kind"]]] if "kind" in row else numbered.values():
        if kind not in HARVESTED:
            yield world.found
        elif "professions" in world.systems:
            yield world.harvested


def _most_number(row: Mapping[str, Any], world: _World) -> int:
    """Find how often, or how much, a world makes possible of what a quest asks for."""
    task = TASKS[row["does"]]
    if task is Quantity.DISTANCE:
        return world.side - 1
    if task is Quantity.EQUIPMENT:
        return _most_worn(world)
    return world.side**2 if task is Quantity.TILES else int(row["number"])


def _most_worn(world: _World) -> int:
    """Add up the highest levels of armour and a tool of NPCs, or a weapon and ammunition found."""
    harvested = world.harvested if "professions" in world.systems else 0
    return 3 * world.found + max(world.found, harvested) + harvested


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
