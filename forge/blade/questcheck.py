"""Check the quests of the agents of a restored realm; see ``validity``.

What an agent has reached, its life tells; of what it did, most lives tell at least a bound.

Shape letters: N living agents, Q quests.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from forge.blade.bounds import Bounds, SnapshotError, check_columns, within
from forge.blade.craftcheck import by_kind
from forge.blade.happenings import Happening
from forge.blade.items import NUM_SLOTS
from forge.blade.kinds import Kind
from forge.blade.quests import quests_in
from forge.blade.questtasks import NUM_HAPPENINGS, Quantity, task_number
from forge.blade.rules import templates
from forge.blade.skills import levels_of
from forge.blade.state import Array, State
from forge.config import Config

_ASKED = ("task", "kind", "level", "other", "goal")
_AGENT = int(Kind.AGENT) + 1  # as quests name it
_FIRST = 1  # level


class Known(NamedTuple):
    """What is known of some agents that have quests of one task, a record each."""

    quests: Array  # QUEST (N,)
    agents: Array  # AGENT (N,)
    lives: Array  # LIFE (N,)
    bags: Array  # BAG (N,)
    purses: Array  # PURSE (N,)
    tiles: Array  # int64 (N,): distinct tiles visited
    levels: Array  # int64 (N, skills)
    side: int  # of the playable square [tiles]


Range = tuple[Array, Array]  # the least and the most that can be done of a quest


def check_quests(state: State, config: Config, slots: Array) -> None:
    """Check that each agent has a quest of the world's table, and what can be done of it by now.

    Args:
        state: of one realm.
        config: its settings.
        slots: int64 (N,), of the living agents.
    """
    quests, agents = state.quests[slots], state.agents[slots]
    table = templates(quests_in(config))
    within("quests", quests["quest"], (1, len(table)), slots, "quest")
    asked, side = table[quests["quest"] - 1], (config.border, config.map_size - 1 - config.border)
    bounds: Bounds = {name: (asked[name], asked[name]) for name in _ASKED}
    bounds |= {"home_row": side, "home_col": side, "progress": (0, asked["goal"])}
    check_columns("quests", quests, bounds, slots)
    _check_homes(quests, agents, side, slots)
    known = Known(
        quests,
        agents,
        state.lives[slots],
        _of(state.bags, slots),
        _of(state.purses, slots),
        by_kind(state, "distinct", slots).sum(axis=1),
        levels_of(_of(state.skills, slots)["experience"])[:, 1:],
        config.side,
    )
    for task in np.unique(quests["task"]):
        those = np.flatnonzero(quests["task"] == task)
        part = _part(known, those)
        least, most = _DONE[int(task)](part)
        goal = part.quests["goal"]
        least, most = _check_counted(part, int(task), (least, most), slots[those])
        possible = np.minimum(least, goal), np.minimum(most, goal)
        within("quests", part.quests["progress"], possible, slots[those], "progress")


def _check_counted(known: Known, task: int, done: Range, slots: Array) -> Range:
    """Check what was counted, and find the least and the most that was reached by it."""
    counted, (least, most) = known.quests["counted"], done
    if task > NUM_HAPPENINGS and task not in _UNDONE:
        within("quests", counted, (0, 0), slots, "counted")
        return done
    possible = done
    if task == _EARNED:  # at worst, all that it spent were gifts
        possible = known.purses["gold"] - known.purses["earned"], known.purses["gold"]
    within("quests", counted, possible, slots, "counted")
    return np.maximum(counted, least), most if task in _UNDONE else counted


def _of(records: Array, slots: Array) -> Array:
    """Take the records of some slots; empty ones where their system is off."""
    return records[slots] if len(records) else np.zeros(len(slots), records.dtype)


def _part(known: Known, those: Array) -> Known:
    """Take what is known of those agents."""
    arrays = [name for name in Known._fields if name != "side"]
    return known._replace(**{name: getattr(known, name)[those] for name in arrays})


def _check_homes(quests: Array, agents: Array, side: tuple[int, int], slots: Array) -> None:
    """Check that homes are on the ring on which agents are born, and no farther than a walk."""
    rows, cols = (quests[name].astype(np.int64) for name in ("home_row", "home_col"))
    for n in np.flatnonzero(~(np.isin(rows, side) | np.isin(cols, side)))[:1]:
        raise SnapshotError(
            f"slot {slots[n]}: quests.home_row and home_col must be on the ring where agents are "
            f"born, not {rows[n]}, {cols[n]}"
        )
    walk = abs(agents["row"] - rows) + abs(agents["col"] - cols)
    within("quests", walk, (0, agents["age"]), slots, "home_row, in steps from it,")


# -- What was done --------------------------------------------------------------------------
def _total(known: Known, array: str, column: str) -> Array:
    """Take a count of each agent, in all its parts: int64 (N,)."""
    count = getattr(known, array)[column]
    total: Array = count.reshape(len(count), -1).sum(axis=1, dtype=np.int64)
    return total


def _counted(array: str, column: str) -> Callable[[Known], Range]:
    """Make a rule for what is counted anyway: quests that ask for nothing more count the same."""

    def done(known: Known) -> Range:
        quests, most = known.quests, _total(known, array, column)
        plain = (quests["kind"] == 0) & (quests["level"] == 0)
        return np.where(plain, most, 0), most

    return done


def _at_most(array: str, column: str) -> Callable[[Known], Range]:
    """Make a rule for what nothing else counts, but a count bounds."""

    def done(known: Known) -> Range:
        most = _total(known, array, column)
        return np.zeros_like(most), most

    return done


def _nothing(known: Known) -> Range:
    return (np.zeros(len(known.quests), np.int64),) * 2


def _hits(known: Known) -> Array:
    """Count hits of the style that a quest asks for, or of all."""
    hits = known.lives["hits_dealt"].astype(np.int64)
    return _chosen(np.concatenate([hits.sum(axis=1, keepdims=True), hits], axis=1), known.quests)


def _chosen(values: Array, quests: Array) -> Array:
    """Choose from a row of values by the kind that each quest asks for: (N,)."""
    chosen: Array = values[np.arange(len(quests)), quests["kind"]]
    return chosen


def _hit(known: Known) -> Range:
    hits = _hits(known)
    plain = (known.quests["level"] == 0) & (known.quests["other"] == 0)
    return np.where(plain, hits, 0), hits


def _killed(known: Known) -> Range:
    """Lives count the agents that they slew, and no NPCs."""
    quests, kills = known.quests, known.lives["kills"].astype(np.int64)
    plain = (quests["kind"] == 0) & (quests["level"] == 0) & (quests["other"] <= _AGENT)
    most = np.where(quests["other"] == _AGENT, kills, _hits(known))
    return np.where(plain, kills, 0), np.minimum(most, _hits(known))


def _levels_reached(known: Known) -> Range:
    """Count the levels that were reached, in the skill and from the level on that are asked for."""
    first = np.maximum(known.quests["level"].astype(np.int64), _FIRST + 1)
    reached = np.maximum(known.levels - first[:, None] + 1, 0)
    skill, each = known.quests["kind"], np.arange(known.levels.shape[1]) + 1
    number = (reached * ((skill[:, None] == 0) | (skill[:, None] == each))).sum(axis=1)
    return number, number


# -- What was reached -----------------------------------------------------------------------
def _level(known: Known) -> Range:
    """Find the level of the skill that a quest asks for, or the best, without the first."""
    best = known.levels.max(axis=1, keepdims=True)
    levels = np.concatenate([best, known.levels], axis=1)
    return (_chosen(levels, known.quests) - _FIRST,) * 2


def _tiles(known: Known) -> Range:
    return known.tiles, known.tiles


def _gold(known: Known) -> Range:
    return known.purses["gold"].astype(np.int64), known.purses["earned"]


def _distance(known: Known) -> Range:
    quests, agents = known.quests, known.agents
    away = [abs(agents[it].astype(np.int64) - quests[f"home_{it}"]) for it in ("row", "col")]
    return np.maximum(*away), np.minimum(agents["age"], known.side - 1)


def _equipment(known: Known) -> Range:
    """What is worn asks for its level, and levels never fall."""
    bags = known.bags
    worn = (bags["level"].astype(np.int64) * bags["worn"]).sum(axis=1)
    return worn, np.minimum(bags["gained"], NUM_SLOTS - 1) * known.levels.max(axis=1)


def _worn(known: Known) -> Range:
    quests, bags = known.quests, known.bags
    worn = (_fitting(known) & (bags["worn"] > 0)).sum(axis=1)
    return worn, np.minimum(bags["gained"], np.where(quests["kind"], 1, NUM_SLOTS - 1))


def _owned(known: Known) -> Range:
    bags = known.bags
    return (bags["quantity"].astype(np.int64) * _fitting(known)).sum(axis=1), bags["gained"]


def _fitting(known: Known) -> Array:
    """Mark the places that hold what a quest asks for: bool (N, places)."""
    quests, bags = known.quests, known.bags
    kind, level = quests["kind"][:, None], quests["level"][:, None]
    fitting: Array = ((kind == 0) | (bags["kind"] == kind)) & (bags["level"] >= level)
    return fitting


# The least and the most that somebody who lives can have done of each task.
_DONE = {
    task_number(task): done
    for task, done in (
        (Happening.EAT, _counted("lives", "harvests")),
        (Happening.DRINK, _counted("lives", "drinks")),
        (Happening.HIT, _hit),
        (Happening.KILL, _killed),
        (Happening.DIE, _nothing),
        (Happening.LEVEL_UP, _levels_reached),
        (Happening.SHOOT, _at_most("lives", "hits_dealt")),
        (Happening.LOOT, _at_most("bags", "gained")),
        (Happening.CONSUME, _counted("bags", "used")),
        (Happening.DESTROY, _at_most("bags", "destroyed")),
        (Happening.HARVEST, _at_most("bags", "gained")),
        (Happening.FIND_GOLD, _at_most("purses", "earned")),
        (Happening.OFFER, _at_most("agents", "age")),
        (Happening.BUY, _at_most("purses", "bought")),
        (Happening.SELL, _at_most("purses", "sold")),
        (Happening.GIVE, _at_most("purses", "given")),
        (Happening.GIVE_GOLD, _at_most("purses", "given")),
        (Quantity.LEVEL, _level),
        (Quantity.GOLD, _gold),
        (Quantity.EARNED, _at_most("purses", "earned")),
        (Quantity.SPENT, _at_most("purses", "spent")),
        (Quantity.DISTANCE, _distance),
        (Quantity.TILES, _tiles),
        (Quantity.EQUIPMENT, _equipment),
        (Quantity.OWNED, _owned),
        (Quantity.LIFETIME, _counted("agents", "age")),
        (Quantity.WORN, _worn),
    )
}

# What is counted of these may be undone: then more may have been reached than counts now.
_UNDONE = {
    task_number(it)
    for it in (
        *(Happening.BUY, Happening.SELL, Happening.GIVE, Happening.GIVE_GOLD),
        *(Quantity.EARNED, Quantity.SPENT),
    )
}
_EARNED = task_number(Quantity.EARNED)
