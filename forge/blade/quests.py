"""Read tables of quests: tasks, of which each agent is given one at its birth.

A quest is to make something happen a number of times (see ``forge.blade.happenings``), or to reach
a number of some quantity. A table is a CSV file or a JSON list, with a row for each quest:

    does    a happening such as ``hit``, or a quantity such as ``level``
    kind    of the item, or the style, skill or cause of death; none: any
    level   of the item, of the skill, or of who was hit: at least this; none: any
    other   who else takes part: agent, passive, neutral or hostile; none: anybody
    number  how often, or how much
    weight  how often newborns are given it, compared with others; 1 if left out
    name    one line; if left out, it is made from the rest

Further columns are left alone.
"""

import csv
import io
import json
import os
from collections.abc import Iterator, Mapping
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from forge import files
from forge.blade.happenings import FACTS, HARVESTED, Facts, Happening
from forge.blade.items import Item
from forge.blade.kinds import Kind
from forge.blade.numbers import is_whole
from forge.blade.skills import HIGHEST, Skill
from forge.blade.tiles import NUM_STYLES, Cause
from forge.errors import ConfigError, ForgeError, shown

STANDARD = "standard"  # the name of the table that comes with Forge
MOST_QUESTS = 255
MOST_NUMBER, MOST_WEIGHT = 2**30, 10_000
LONGEST_NAME, LONGEST_TABLE = 60, 40_000  # characters
_COLUMNS = ("does", "kind", "level", "other", "number", "weight", "name")


class Quantity(IntEnum):
    """What a quest may ask to reach; the most that was reached in a life counts."""

    LEVEL = 1
    GOLD = 2
    EARNED = 3
    SPENT = 4
    DISTANCE = 5
    TILES = 6
    EQUIPMENT = 7
    OWNED = 8
    LIFETIME = 9


class Measure(NamedTuple):
    """What is known of a quantity.

    Attributes:
        doc: one line.
        kinds: as of ``happenings.Facts``.
        system: the setting or property without which a world has no such quantity; "": all have it.
        levelled: whether ``level`` says which items count.
        first: what every life begins with.
        only: as of ``happenings.Facts``.
    """

    doc: str
    kinds: type[IntEnum] | None = None
    system: str = ""
    levelled: bool = False
    first: int = 0
    only: tuple[Item, ...] = ()

    @property
    def least(self) -> int:
        """What ``kind`` is for the number 0 of ``kinds``."""
        return int(self.kinds is Skill)


MEASURES = {
    Quantity.LEVEL: Measure("level of a skill, or of its best one", Skill, "skills", first=1),
    Quantity.GOLD: Measure("gold that it has", None, "market"),
    Quantity.EARNED: Measure("gold that it has earned in its life", None, "market"),
    Quantity.SPENT: Measure("gold that it has spent", None, "market"),
    Quantity.DISTANCE: Measure("how far it is from where it was born [tiles]"),
    Quantity.TILES: Measure("distinct tiles visited", None, "counts_distinct_tiles"),
    Quantity.EQUIPMENT: Measure("levels of all that it wears, added up", None, "items"),
    Quantity.OWNED: Measure("pieces that it carries", Item, "items", True),
    Quantity.LIFETIME: Measure("ticks lived"),
}
# Both are numbered together, the quantities after the happenings: the first is 1.
NUM_HAPPENINGS = len(Happening)
NUM_TASKS = 1 + NUM_HAPPENINGS + len(Quantity)
TASKS: dict[str, Happening | Quantity] = {it.name.lower(): it for it in (*Happening, *Quantity)}
_LEVELLED = (
    *(it for it in Happening if FACTS[it].kinds is Item),
    Happening.HIT,
    Happening.KILL,
    Happening.LEVEL_UP,
)
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


def task_number(task: Happening | Quantity) -> int:
    """Number a happening or a quantity among the tasks, from 1."""
    return int(task) + NUM_HAPPENINGS * isinstance(task, Quantity)


def check_stored(value: Any) -> None:
    """Refuse a setting ``quests`` that names a file, where it comes from a stored config.

    A config that is kept holds its table (see ``table``), so only a forged one names a file, which
    is not opened.

    Raises:
        ConfigError: if it is a text that names one.
    """
    if isinstance(value, str) and value not in ("", STANDARD) and not _is_json(value):
        raise ConfigError(
            f"quests: a config that is read names no file, but holds its table as JSON; not "
            f"{shown(value)}"
        )


def table(value: str) -> str:
    """Read the setting ``quests``.

    Args:
        value: "": no quests; ``STANDARD``; the name of a .csv or .json file; or a table in JSON.

    Returns:
        "", ``STANDARD``, or the table as JSON, so that a config needs no file.

    Raises:
        ConfigError: names the file, the row and what is wrong with it.
    """
    if value in ("", STANDARD):
        return value
    rows = _rows(value) if _is_json(value) else _rows_of(value)
    where = "" if _is_json(value) else f"{value}, "
    if not 1 <= len(rows) <= MOST_QUESTS:
        raise ConfigError(f"quests: {where}{len(rows)} rows: give 1 … {MOST_QUESTS}")
    plain = [_plain(row, f"quests: {where}row {n}") for n, row in enumerate(rows, 1)]
    if not any(row.get("weight", 1) for row in plain):
        raise ConfigError(f"quests: {where}every weight is 0, so no quest would be given")
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    if len(text) > LONGEST_TABLE:
        raise ConfigError(
            f"quests: {where}the table takes {len(text)} characters as JSON, and at most "
            f"{LONGEST_TABLE} are possible: shorten the names"
        )
    return text


def _is_json(value: str) -> bool:
    return value.lstrip().startswith("[")


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
    return _listed(config.quests, frozenset(it for it in _SYSTEMS if getattr(config, it)))


def check(config: Any) -> None:
    """Refuse quests for which a world lacks a system; see ``quests_in``."""
    quests_in(config)


@cache
def _listed(text: str, systems: frozenset[str]) -> tuple[Quest, ...]:
    rows = _rows(text) if text != STANDARD else _standard()
    found = []
    for n, row in enumerate(rows, 1):
        missing = [needed for needed in _needs(row) if not needed & systems]
        if not missing:
            found.append(_quest(row))
        elif text != STANDARD:
            ways = [_REMEDIES.get(it, f"switch {it} on") for it in sorted(missing[0])]
            raise ConfigError(
                f"quests: row {n} asks to {described(row)}: this world has none of it: "
                f"{' or '.join(ways)}, or leave the row out"
            )
    return tuple(found)


def _needs(row: Mapping[str, Any]) -> Iterator[set[str]]:
    """List what a quest needs, a plain row: settings or properties, of which one of a set is on."""
    task, other = TASKS[row["does"]], row.get("other")
    if system := about(task).system:
        yield {system}
    if system == "items":
        yield {"npcs", "professions"}  # from which all items come
    if row["does"] in _OF_GOLD or other not in (None, "agent"):
        yield {"npcs"}
    if "level" in row and row["does"] in ("hit", "kill"):
        yield {"skills"} if other == "agent" else {"npcs"} if other else {"npcs", "skills"}
    sources = {_SOURCES.get(it, "") for it in ([row["kind"]] if "kind" in row else kinds_of(task))}
    if sources and "" not in sources:
        yield sources


@cache
def _standard() -> list[dict[str, Any]]:
    """Read the table that comes with Forge."""
    rows = _rows_of(str(Path(__file__).with_name("quests.csv")))
    return [_plain(row, f"quests.csv, row {n}") for n, row in enumerate(rows, 1)]


def _rows_of(path: str) -> list[Any]:
    """Read the rows of a file."""
    suffix = os.path.splitext(path)[1].lower()
    if suffix not in (".csv", ".json"):
        raise ConfigError(
            f"quests is '', {STANDARD}, a .csv or .json file, or a table in JSON; not {shown(path)}"
        )
    try:
        text = files.read(path, 1 << 20).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(f"quests: {path} is not UTF-8") from None
    except (ForgeError, ValueError) as error:
        raise ConfigError(f"quests: {error}") from None
    if suffix == ".json":
        return _rows(text, f"{path}: ")
    try:
        return list(csv.DictReader(io.StringIO(text), strict=True, skipinitialspace=True))
    except csv.Error as error:
        raise ConfigError(f"quests: {path}: {error}") from None


def _rows(text: str, where: str = "") -> list[Any]:
    try:
        return files.parse_json(text, list)
    except ValueError as error:
        raise ConfigError(f"quests: {where}{error}") from None


def about(task: Happening | Quantity) -> Facts | Measure:
    """Find what is known of a task."""
    return FACTS[task] if isinstance(task, Happening) else MEASURES[task]


def _plain(row: Any, where: str) -> dict[str, Any]:
    """Check a row, and write it plainly: what is left out of it is not in it.

    Raises:
        ConfigError: says what is wrong.
    """
    if not isinstance(row, Mapping):
        raise ConfigError(f'{where} is {shown(row)}: a quest is an object, {{"does": …}}')
    if None in row:  # so csv names what is beyond the last column
        raise ConfigError(f"{where} has more values than columns: quote a text that has a comma")
    given = {name: row.get(name) for name in _COLUMNS}
    given = {name: it for name, it in given.items() if it not in (None, "")}
    does = _word(given, "does", TASKS, where)
    if does is None:
        raise ConfigError(f"{where}: does is missing: it is one of {', '.join(TASKS)}")
    task = TASKS[does]
    kinds, others = kinds_of(task), {kind.name.lower(): kind for kind in Kind}
    plain: dict[str, Any] = {"does": does}
    for name, known in (("kind", kinds), ("other", others if has_other(task) else {})):
        if (word := _word(given, name, known, where, does)) is not None:
            plain[name] = word
    if "level" in given and not has_level(task):
        raise ConfigError(f"{where}: {does} has no level: leave it out")
    first = 0 if isinstance(task, Happening) else MEASURES[task].first
    most = HIGHEST if task is Quantity.LEVEL else MOST_NUMBER
    for name, low, high in (("level", 1, HIGHEST), ("number", 1 + first, most),
                            ("weight", 0, MOST_WEIGHT)):  # fmt: skip
        if name in given:
            plain[name] = _number(given[name], low, high, f"{where}: {name}")
    if "number" not in plain:
        raise ConfigError(f"{where}: number is missing: how often, or how much?")
    if "name" in given:
        title = given["name"]
        if not isinstance(title, str) or len(title) > LONGEST_NAME or not title.isprintable():
            raise ConfigError(
                f"{where}: name is one line of at most {LONGEST_NAME} characters, not "
                f"{shown(title)}"
            )
        plain["name"] = title
    return plain


def kinds_of(task: Happening | Quantity) -> dict[str, int]:
    """List what ``kind`` can be, by name."""
    facts = about(task)
    kinds = facts.only or facts.kinds or ()
    numbered = {it.name.lower(): it.value + facts.least for it in kinds}
    return {name: number for name, number in numbered.items() if number}


def has_level(task: Happening | Quantity) -> bool:
    """Tell whether a quest may ask for a level."""
    return task in _LEVELLED if isinstance(task, Happening) else MEASURES[task].levelled


def has_other(task: Happening | Quantity) -> bool:
    """Tell whether a quest may ask for somebody else of a kind."""
    return isinstance(task, Happening) and FACTS[task].with_other


def _word(
    given: Mapping[str, Any], name: str, known: Mapping[str, Any], where: str, does: str = ""
) -> str | None:
    """Take one of some words; None: it was left out."""
    word = given.get(name)
    if word is None or (isinstance(word, str) and word in known):
        return word
    of = f" of {does}" if does else ""
    if not known:
        raise ConfigError(f"{where}: there is no {name}{of}: leave it out, not {shown(word)}")
    raise ConfigError(f"{where}: {name}{of} is one of {', '.join(known)}; not {shown(word)}")


def _number(value: Any, low: int, high: int, where: str) -> int:
    """Read a whole number, from a text too."""
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        value = int(value) if len(value) < 20 else MOST_NUMBER + 1
    if not is_whole(value) or not low <= value <= high:
        raise ConfigError(f"{where} is {low} … {high}, not {shown(value)}")
    return int(value)


def _quest(row: Mapping[str, Any]) -> Quest:
    """Make a quest of a plain row."""
    task = TASKS[row["does"]]
    first = 0 if isinstance(task, Happening) else MEASURES[task].first
    return Quest(
        row.get("name") or described(row),
        task_number(task),
        kinds_of(task)[row["kind"]] if "kind" in row else 0,
        row.get("level", 0),
        Kind[row["other"].upper()] + 1 if "other" in row else 0,
        row["number"] - first,
        row.get("weight", 1),
    )


def described(row: Mapping[str, Any]) -> str:
    """Describe a quest in a few words: "hit a hostile NPC of level 3 or more, 10 times"."""
    kind, other, number = row.get("kind", ""), row.get("other"), row["number"]
    named = kind or ("ammunition" if row["does"] == "shoot" else "item")
    words = {
        "n": number,
        "times": _TIMES.get(number, f"{number} times"),
        "item": named if named in _UNCOUNTED else _with_article(named),
        "items": named if number == 1 or named.endswith("s") else f"{named}s",
        "by": f" by {kind}" if kind else "",
        "cause": f" ({kind})" if kind else "",
        "skill": kind or "any skill",
        "rising": f" ({row['level']} or higher)" if "level" in row else "",
        "who": _with_article(other if other == "agent" else f"{other} NPC")
        if other
        else "somebody",
        "level": f" of level {row['level']} or more" if "level" in row else "",
    }
    return _PHRASES[row["does"]].format(**words)


def _with_article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


_UNCOUNTED = ("ammunition", "gloves")
_TIMES = {1: "once", 2: "twice"}
_PHRASES = {
    "eat": "eat {times}",
    "drink": "drink {times}",
    "hit": "hit {who}{level}{by}, {times}",
    "kill": "slay {who}{level}{by}, {times}",
    "die": "die{cause}",
    "level_up": "gain a level{rising} in {skill}, {times}",
    "shoot": "shoot {item}{level}, {times}",
    "loot": "loot {item}{level} from {who}, {times}",
    "consume": "consume {item}{level}, {times}",
    "equip": "put on {item}{level}, {times}",
    "take_off": "take off {item}{level}, {times}",
    "destroy": "destroy {item}{level}, {times}",
    "harvest": "harvest {item}{level}, {times}",
    "find_gold": "take the gold of {who}, {times}",
    "offer": "offer {item}{level}, {times}",
    "buy": "buy {item}{level}, {times}",
    "sell": "sell {item}{level}, {times}",
    "give": "give {item}{level} away, {times}",
    "give_gold": "give gold away, {times}",
    "level": "reach level {n} in {skill}",
    "gold": "have {n} gold",
    "earned": "earn {n} gold",
    "spent": "spend {n} gold",
    "distance": "go {n} tiles from home",
    "tiles": "visit {n} tiles",
    "equipment": "wear {n} levels in all",
    "owned": "carry {n} {items}{level}",
    "lifetime": "live {n} ticks",
}
