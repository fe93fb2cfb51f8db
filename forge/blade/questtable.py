"""Read and check tables of quests, which are files or settings: a row for each quest.

A table is a CSV file or a JSON list, with these columns:

    does    a happening such as ``hit``, or a quantity such as ``level``
    kind    of the item, or the style, skill or cause of death; none: any
    level   of the item, the skill or the one that was hit: at least this; none: any
    other   the other party: agent, passive, neutral or hostile; none: anybody
    number  how often, or how much
    weight  how often newborns are given it, compared with others; 1 if left out
    name    one line; if left out, it is made from the rest

Further columns are ignored, but a name that is almost one of these is an error.
"""

import csv
import io
import json
import os
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from forge import files
from forge.blade.happenings import FOUND, Happening
from forge.blade.kinds import Kind
from forge.blade.numbers import is_whole
from forge.blade.questtasks import TASKS, about
from forge.blade.skills import HIGHEST
from forge.errors import ConfigError, ForgeError, nearest, shown

STANDARD = "standard"  # the name of the table that comes with Forge
MOST_QUESTS = 255
MOST_WEIGHT = 10_000
LONGEST_NAME, LONGEST_TABLE = 60, 40_000  # characters
_COLUMNS = ("does", "kind", "level", "other", "number", "weight", "name")
_NEEDED = ("does", "number")
_OTHERS = tuple(kind.name.lower() for kind in Kind)
_LIST = "docs/saga.md lists what a quest can ask for"


# -- The setting ----------------------------------------------------------------------------
def text_of(value: Any) -> Any:
    """Write a list of rows as JSON, a path as a text, None as none; leave any other value as it is.

    Raises:
        ConfigError: if a row holds what JSON cannot.
    """
    if value is None:
        return ""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if not isinstance(value, (list, tuple)):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, default=_plain_number)
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigError(f"quests: {error}: rows are dicts of texts and numbers") from None


def _plain_number(value: Any) -> Any:
    """Turn a NumPy scalar into a Python value, for JSON."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{shown(value)} is neither a text nor a number")


def table(value: str) -> str:
    """Read the setting ``quests``.

    Args:
        value: "": no quests; ``STANDARD``; the name of a .csv or .json file; or a table in JSON.

    Returns:
        "", ``STANDARD``, or the table as JSON, so that a config needs no file.

    Raises:
        ConfigError: names the file, the row or line, and what is wrong with it.
    """
    if value in ("", STANDARD):
        return value
    where = "quests: " if _is_json(value) else f"quests: {value}, "
    found = _from_json(value) if _is_json(value) else _from_file(value)
    if not 1 <= len(found) <= MOST_QUESTS:
        raise ConfigError(f"{where}{len(found)} rows: give 1 … {MOST_QUESTS}")
    plain = [_plain(row, f"{where}{place}") for place, row in found.items()]
    if not any(row.get("weight", 1) for row in plain):
        raise ConfigError(f"{where}every weight is 0, so no quest would be given")
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    if len(text) > LONGEST_TABLE:
        raise ConfigError(
            f"{where}the table takes {len(text)} characters as JSON, and at most "
            f"{LONGEST_TABLE} are possible: shorten the names"
        )
    return text


def check_stored(value: Any) -> None:
    """Refuse a setting ``quests`` that names a file, where it comes from a stored config.

    A config that is kept holds its table (see ``table``), so only a forged one names a file, which
    is not opened.

    Raises:
        ConfigError: if it is a text that names one.
    """
    if isinstance(value, str) and value not in ("", STANDARD) and not _is_json(value):
        raise ConfigError(
            "quests: a config that is read names no file, but holds its table as JSON; not "
            f"{shown(value)}"
        )


def rows_of(setting: str) -> list[dict[str, Any]]:
    """List the rows of a setting that ``table`` has read: what is left out of one is not in it."""
    rows: list[dict[str, Any]] = _standard() if setting == STANDARD else json.loads(setting)
    return rows


@cache
def _standard() -> list[dict[str, Any]]:
    found = _from_file(str(Path(__file__).with_name("quests.csv")))
    return [_plain(row, f"quests.csv, {place}") for place, row in found.items()]


# -- Files and texts: rows by the place where they stand ------------------------------------
def _is_json(value: str) -> bool:
    return value.lstrip().startswith("[")


def _from_file(path: str) -> dict[str, Any]:
    suffix = os.path.splitext(path)[1].lower()
    if suffix not in (".csv", ".json"):
        raise ConfigError(
            f"quests is '', {STANDARD}, a .csv or .json file, or a table in JSON; not {shown(path)}"
        )
    try:
        text = files.read(files.at_home(path), 1 << 20).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(f"quests: {path} is not UTF-8") from None
    except (ForgeError, ValueError) as error:
        raise ConfigError(f"quests: {error}") from None
    return _from_json(text, f"{path}: ") if suffix == ".json" else _from_csv(text, path)


def _from_json(text: str, where: str = "") -> dict[str, Any]:
    try:
        return {f"row {n}": row for n, row in enumerate(files.parse_json(text, list), 1)}
    except ValueError as error:
        raise ConfigError(f"quests: {where}{error}") from None


def _from_csv(text: str, path: str) -> dict[str, Any]:
    """Read lines that end in any way, with spaces around what stands in them."""
    lines = io.StringIO(text, newline=None)
    reader = csv.DictReader(lines, strict=True, skipinitialspace=True)
    try:
        found = {f"line {reader.line_num}": row for row in reader}
    except csv.Error as error:
        raise ConfigError(f"quests: {path}: {error}") from None
    names = [name.strip() for name in reader.fieldnames or ()]
    _check_names(names, f"quests: {path}")
    missing = [name for name in _NEEDED if found and name not in names]
    if missing:
        raise ConfigError(
            f"quests: {path} has no column {' and no column '.join(missing)}, but {shown(names)}: "
            "its first line names the columns, with commas between them"
        )
    return found


# -- Rows -----------------------------------------------------------------------------------
def _plain(row: Any, where: str) -> dict[str, Any]:
    """Check a row, and write it plainly: what is left out of it is not in it.

    Raises:
        ConfigError: says what is wrong.
    """
    given = _given(row, where)
    does = given.get("does")
    if does is None:
        raise ConfigError(f"{where}: does is missing ({_LIST})")
    if not isinstance(does, str) or does not in TASKS:
        raise ConfigError(f"{where}: {shown(does)} is no task{_near(does, TASKS)} ({_LIST})")
    facts, plain = about(TASKS[does]), dict[str, Any](does=does)
    plain |= _word(given, "other", _OTHERS if facts.with_other else (), f"{where}: other of {does}")
    other = plain.get("other", "agent")
    of = f"{does} from a {other} NPC" if other != "agent" else does
    plain |= _word(given, "kind", _kinds(does, other), f"{where}: kind of {of}")
    if "level" in given and not facts.levelled:
        raise ConfigError(f"{where}: {does} has no level: leave it out")
    plain |= _number(given, "level", (1, HIGHEST), where)
    kind = facts.numbered[plain["kind"]] if "kind" in plain else 0
    most = facts.most(kind, plain.get("level", 0))
    plain |= _number(given, "number", (1 + facts.first, most), where)
    if "number" not in plain:
        raise ConfigError(f"{where}: number is missing: how often, or how much?")
    return plain | _number(given, "weight", (0, MOST_WEIGHT), where) | _name(given, where)


def _given(row: Any, where: str) -> dict[str, Any]:
    """Take what a row gives, without spaces around it."""
    if not isinstance(row, Mapping):
        raise ConfigError(f'{where} is {shown(row)}: a quest is an object, {{"does": …}}')
    if None in row:  # so csv names what is beyond the last column
        raise ConfigError(f"{where} has more values than columns: quote a text that has a comma")
    _check_names([name.strip() for name in row], where)
    given = {name.strip(): _stripped(it) for name, it in row.items()}
    return {name: it for name, it in given.items() if name in _COLUMNS and it not in (None, "")}


def _stripped(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _check_names(names: list[str], where: str) -> None:
    """Refuse names of columns that are almost ours, or there twice: a quest would be another."""
    for name in names:
        if name in _COLUMNS and names.count(name) > 1:
            raise ConfigError(f"{where}: the column {name} is there twice")
        if name not in _COLUMNS and (near := _near(name, _COLUMNS)):
            raise ConfigError(f"{where}: there is no column {shown(name)}{near}")


def _near(word: Any, known: Collection[str]) -> str:
    """Ask whether a word that is close to another was meant; "": none is."""
    return nearest(str(word).lower(), known, cutoff=0.75)


def _kinds(does: str, other: str) -> list[str]:
    """List what ``kind`` can be, where a quest names who else takes part."""
    kinds = about(TASKS[does]).numbered
    left = TASKS[does] is Happening.LOOT and other != "agent"
    return [name for name, number in kinds.items() if not left or number in FOUND]


def _word(
    given: Mapping[str, Any], name: str, known: Collection[str], where: str
) -> dict[str, str]:
    """Take one of some words, if it is given."""
    if name not in given:
        return {}
    word = given[name]
    if not known:
        raise ConfigError(f"{where}: there is none: leave it out, not {shown(word)}")
    if not isinstance(word, str) or word not in known:
        raise ConfigError(f"{where} is one of {', '.join(known)}; not {shown(word)}")
    return {name: word}


def _number(
    given: Mapping[str, Any], name: str, bounds: tuple[int, int], where: str
) -> dict[str, int]:
    """Take a whole number, from a text too, if it is given."""
    if name not in given:
        return {}
    value = number = given[name]
    if isinstance(value, str) and len(value) < 20 and value.isascii() and value.isdigit():
        number = int(value)
    low, high = bounds
    if not is_whole(number) or not low <= number <= high:
        span = f"{low} … {high}" if low < high else f"{low}"
        raise ConfigError(f"{where}: {name} is {span}, not {shown(value)}")
    return {name: int(number)}


def _name(given: Mapping[str, Any], where: str) -> dict[str, str]:
    """Take a name, if it is given."""
    if "name" not in given:
        return {}
    name = given["name"]
    if not isinstance(name, str) or len(name) > LONGEST_NAME or not name.isprintable():
        raise ConfigError(
            f"{where}: name is one line of at most {LONGEST_NAME} characters, not {shown(name)}"
        )
    return {"name": name}
