"""Read which populations do not learn: a script or frozen weights play them.

Both settings are texts, so that a command line can give them and a checkpoint can keep them:
``scripts="1=greedy,2=careful"``, ``frozen="3"``. From Python ``{1: "greedy", 2: "careful"}`` and
``[3]`` will do, too.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from forge.blade.numbers import is_whole
from forge.errors import ConfigError, shown

ANCHORS = ("random", "careful", "greedy")  # shown beside agents that learn
SCRIPTS = (  # see forge.blade.scripted
    "random",
    "careful",
    "greedy",
    "forager",
    "fighter",
    "gatherer",
    "trader",
    "still",
)
LISTED = f"{', '.join(SCRIPTS)} (forager is another name of greedy)"


def scripts_text(value: Any) -> Any:
    """Write {population: script} as a text; leave any other value as it is.

    Raises:
        ConfigError: for a function in place of a script's name.
    """
    if value is None:
        return ""
    if not isinstance(value, Mapping):
        return value
    for population, script in value.items():
        if callable(script):
            raise ConfigError(
                f"scripts: population {shown(population)} is to be played by a function: give the "
                f"name of a script, one of {', '.join(SCRIPTS)}; functions of your own go into "
                "Sword.cast"
            )
    return ",".join(f"{population}={script}" for population, script in value.items())


def frozen_text(value: Any) -> Any:
    """Write a number, or a list or set of them, as a text; leave any other value as it is."""
    if value is None:
        return ""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, (set, frozenset)):
        value = sorted(value, key=str)
    if isinstance(value, (list, tuple, range)):
        return ",".join(map(str, value))
    return str(value) if is_whole(value) else value


def scripts(text: str, populations: int) -> dict[int, str]:
    """Read which populations are played by scripts.

    Args:
        text: the setting ``scripts``.
        populations: P.

    Returns:
        The name of the script of each such population.

    Raises:
        ConfigError: names the part that is wrong.
    """
    found: dict[int, str] = {}
    for part in _parts(text):
        number, _, name = (word.strip() for word in part.partition("="))
        population = _population("scripts", number, populations, part)
        if name not in SCRIPTS:
            raise ConfigError(
                f"scripts: population {population} is to be played by {shown(name)}; there are "
                f"{LISTED}; for example scripts={population}=greedy"
            )
        if population in found:
            raise ConfigError(f"scripts names population {population} twice")
        found[population] = name
    return found


def frozen(text: str, populations: int) -> frozenset[int]:
    """Read which populations play with weights that do not change.

    Args:
        text: the setting ``frozen``.
        populations: P.

    Raises:
        ConfigError: names the part that is wrong.
    """
    return frozenset(_population("frozen", part, populations, part) for part in _parts(text))


def check(config: Any) -> None:
    """Refuse a population that is both scripted and frozen.

    Raises:
        ConfigError: names the population; also if one of the two settings cannot be read.
    """
    scripted = scripts(config.scripts, config.populations)
    both = sorted(scripted.keys() & frozen(config.frozen, config.populations))
    if both:
        raise ConfigError(
            f"population {both[0]} is in scripts and in frozen: a script has no weights to freeze"
        )


def refuse(config: Any, player: str) -> None:
    """Refuse a cast where somebody plays every population.

    Raises:
        ConfigError: says who does.
    """
    for name in ("scripts", "frozen"):
        if getattr(config, name):
            raise ConfigError(
                f"{player} plays every population: leave the setting {name} out, which is for "
                "training and evaluating with the default Sword"
            )


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")] if text.strip() else []


def _population(name: str, number: str, populations: int, part: str) -> int:
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        example = "1=greedy,2=careful" if name == "scripts" else "1,2"
        raise ConfigError(
            f"{name} lists populations by number (for example {name}={example}), not {shown(part)}"
        )
    if int(number) >= populations:
        raise ConfigError(
            f"{name} names population {number}: populations are numbered 0 … {populations - 1}"
        )
    return int(number)
